"""Where the speech is in a whole recording, packed into windows for Whisper. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from interviewer.speech.segmenter import WINDOW_SECONDS

_VOICE, _STILL_VOICE = 0.5, 0.35
_MIN_RUN = 4
_JOIN = round(0.2 / WINDOW_SECONDS)
# Whisper guesses at words that begin with the window: with 0.3 s before them it made 15 % more
# errors on learners of English than with 0.6 s.
_MARGIN = round(0.6 / WINDOW_SECONDS)
_LONGEST = int(28.0 / WINDOW_SECONDS)
_LONGEST_GAP = int(2.0 / WINDOW_SECONDS)

Span = tuple[int, int]


def voiced_runs(probabilities: Sequence[float]) -> list[Span]:
    """Stretches of voice as (first window, window after the last); clicks are left out."""
    runs: list[Span] = []
    start = -1
    for at, p in enumerate([*probabilities, 0.0]):
        if start < 0 and p >= _VOICE:
            start = at
        elif start >= 0 and p < _STILL_VOICE:
            if runs and start - runs[-1][1] <= _JOIN:
                runs[-1] = (runs[-1][0], at)
            else:
                runs.append((start, at))
            start = -1
    return [(a, b) for a, b in runs if b - a >= _MIN_RUN]


def speech_packs(probabilities: Sequence[float]) -> list[Span]:
    """All speech, in order, in packs of at most 28 s that never overlap.

    Pauses up to 2 s stay inside a pack, for context; a pack that is full is cut at the longest
    pause of its second half; speech without any pause is cut where the voice is faintest.
    """
    packs: list[Span] = []
    waiting = [part for run in voiced_runs(probabilities) for part in _fit(run, probabilities)]
    while waiting:
        taken = 1
        while (
            taken < len(waiting)
            and waiting[taken][0] - waiting[taken - 1][1] <= _LONGEST_GAP
            and waiting[taken][1] - waiting[0][0] <= _LONGEST
        ):
            taken += 1
        if taken < len(waiting) and waiting[taken][0] - waiting[taken - 1][1] <= _LONGEST_GAP:
            taken = _longest_pause(waiting, taken)
        packs.append((waiting[0][0], waiting[taken - 1][1]))
        del waiting[:taken]
    return _with_margins(packs, len(probabilities))


def _fit(run: Span, probabilities: Sequence[float]) -> list[Span]:
    """Cut a run that is longer than a pack at its faintest windows."""
    start, end = run
    parts: list[Span] = []
    while end - start > _LONGEST:
        search = range(start + _LONGEST // 2, start + _LONGEST)
        cut = min(search, key=probabilities.__getitem__)
        parts.append((start, cut))
        start = cut
    return [*parts, (start, end)]


def _longest_pause(runs: Sequence[Span], taken: int) -> int:
    """How many runs to take so that the pack ends at the longest pause of its second half."""
    begin = runs[0][0]
    ends = [n for n in range(1, taken + 1) if runs[n - 1][1] - begin >= _LONGEST // 2]
    return max(ends or [taken], key=lambda n: (runs[n][0] - runs[n - 1][1], n))


def _with_margins(packs: Sequence[Span], windows: int) -> list[Span]:
    """Some silence around each pack, shared where two are close."""
    result: list[Span] = []
    for number, (start, end) in enumerate(packs):
        before = packs[number - 1][1] if number else 0
        after = packs[number + 1][0] if number + 1 < len(packs) else windows
        first = max(start - _MARGIN, (before + start + 1) // 2 if number else 0)
        last = min(end + _MARGIN, (end + after + 1) // 2 if number + 1 < len(packs) else windows)
        result.append((first, last))
    return result
