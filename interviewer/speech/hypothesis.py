"""What a recogniser believes was said, and when to believe it. Pure: no audio, no model, no clock.

Whisper writes fluent text for anything, silence included. The guards here are the usual ones
(compression ratio, log probability, no-speech probability: OpenAI Whisper's `transcribe.py`;
looping on short windows: measured on this project's models), kept apart from the decoder so that
they can be tested with plain strings. `LocalAgreement` is the commit rule of Macháček et al.,
"Turning Whisper into Real-Time Transcription System" (2023): what two successive hypotheses
agree on is stable.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

# OpenAI Whisper's own limits (`compression_ratio_threshold`, `logprob_threshold`,
# `no_speech_threshold`).
_MAX_COMPRESSION_RATIO = 2.4
_MIN_LOG_PROBABILITY = -1.0
_MAX_NO_SPEECH = 0.6

# The fastest intelligible speech is about 6 words a second; the constant forgives a VAD that
# noticed the first word late.
_MAX_WORDS_PER_SECOND = 7.0
_FREE_WORDS = 3

# What Whisper writes over noise and breath: the captions of its training videos. They are
# dropped only where the sound does not carry them either (short, or thought to be no speech).
_CAPTIONS = frozenset(
    {
        "you",
        "bye",
        "bye bye",
        "thank you",
        "thank you very much",
        "thanks",
        "the end",
        "so",
        "oh",
        "i'm sorry",
        "i'll see you next time",
        "see you next time",
        "see you in the next video",
    }
)
_VIDEO_TALK = re.compile(
    r"thank(s| you)( so much| very much)? for (watching|listening|your attention)"
    r"|(please )?(like and )?subscribe( to)?( my| the| our)? ?(channel)?$"
    r"|don't forget to (like|subscribe)|subtitles? (by|provided)|transcription by|amara\.org"
    r"|see you (in the )?next (time|video)"
)
_NOT_SPOKEN = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫]+")
_EDGES = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch between Whisper's timestamp tokens; seconds from the start of the audio."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """One decode of one stretch of audio.

    `log_probability`: mean over tokens. `no_speech`: probability of the no-speech token.
    `seconds`: length of the audio. `retried`: a short window looped and the full one was used.
    """

    text: str
    segments: tuple[Segment, ...] = ()
    log_probability: float = 0.0
    no_speech: float = 0.0
    seconds: float = 0.0
    retried: bool = False

    @property
    def confidence(self) -> float:
        """0 to 1: the geometric mean of the tokens' probabilities."""
        return float(min(1.0, max(0.0, 2.718281828459045**self.log_probability)))


def normal_word(word: str) -> str:
    """A word for comparing: lower case, without the punctuation around it."""
    return _EDGES.sub("", word.lower())


def normal_words(text: str) -> list[str]:
    """The words of a text for comparing; tokens that are punctuation alone vanish."""
    return [w for w in map(normal_word, text.split()) if w]


def compression_ratio(text: str) -> float:
    """Bytes over zlib bytes: above 2.4 the text repeats itself (OpenAI Whisper)."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def _repeats(words: Sequence[str], start: int, length: int) -> int:
    """How often `words[start:start+length]` stands there in a row."""
    unit, times = words[start : start + length], 1
    while words[start + times * length : start + (times + 1) * length] == unit:
        times += 1
    return times


def _allowed_repeats(length: int) -> int:
    """People do say "no no no" and "really, really"; nobody says a clause three times over."""
    return 4 if length == 1 else 3 if length == 2 else 2


def is_looping(text: str) -> bool:
    """Whether the decoder ran in a circle: a unit of 1-12 words too often in a row."""
    if compression_ratio(text) > _MAX_COMPRESSION_RATIO:
        return True
    words = normal_words(text)
    return any(
        _repeats(words, start, length) > _allowed_repeats(length)
        for length in range(1, 13)
        for start in range(len(words) - length * _allowed_repeats(length))
    )


def without_loops(words: Sequence[str]) -> list[int]:
    """Indices of the words that stay when every loop is cut down to its first round."""
    kept = list(range(len(words)))
    plain = [normal_word(w) for w in words]
    for length in range(1, 13):
        start = 0
        while start + length * 2 <= len(plain):
            times = _repeats(plain, start, length)
            if times > _allowed_repeats(length):
                cut = slice(start + length, start + times * length)
                del kept[cut], plain[cut]
            start += 1
    return kept


def collapse_repeats(text: str) -> str:
    """The text with every loop cut down to its first round."""
    words = text.split()
    return " ".join(words[i] for i in without_loops(words))


def accepted_text(hypothesis: Hypothesis, *, voiced_seconds: float) -> str:
    """The text to keep, "" where it was most likely made up.

    `voiced_seconds`: how much of the audio the voice activity detector took for speech.
    """
    text = " ".join(_NOT_SPOKEN.sub(" ", hypothesis.text).split())
    words = normal_words(text)
    if not words or voiced_seconds <= 0.0:
        return ""
    unsure = hypothesis.log_probability < _MIN_LOG_PROBABILITY
    if hypothesis.no_speech > _MAX_NO_SPEECH and unsure:
        return ""
    if _VIDEO_TALK.search(" ".join(words)) and len(words) <= 12:
        return ""
    faint = voiced_seconds < 0.25 or hypothesis.no_speech > 0.5 or unsure
    if faint and " ".join(words) in _CAPTIONS:
        return ""
    if len(words) > _FREE_WORDS + _MAX_WORDS_PER_SECOND * voiced_seconds:
        return ""
    return collapse_repeats(text)


class LocalAgreement:
    """Turns successive hypotheses of growing audio into text that only ever grows at its end.

    `update` returns (committed, tail): committed words were the same in two hypotheses in a row
    and never change again within the segment; the tail may.
    """

    def __init__(self) -> None:
        self._committed: list[str] = []
        self._last: list[str] = []

    def update(self, text: str) -> tuple[str, str]:
        words = text.split()
        agreed = len(self._committed)
        for index in range(agreed, min(len(words), len(self._last))):
            if normal_word(words[index]) != normal_word(self._last[index]):
                break
            agreed = index + 1
        # The newest of the two carries better punctuation and case.
        self._committed.extend(words[len(self._committed) : agreed])
        self._last = words
        return " ".join(self._committed), " ".join(words[len(self._committed) :])

    def reset(self) -> None:
        """A new segment begins."""
        self._committed, self._last = [], []
