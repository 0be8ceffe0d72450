"""Packing a whole recording for the second pass."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from interviewer.speech.packs import speech_packs, voiced_runs
from interviewer.speech.segmenter import WINDOW_SECONDS

runs = st.lists(st.tuples(st.sampled_from([0.02, 0.4, 0.9]), st.integers(1, 300)), max_size=40)


def windows(seconds: float) -> int:
    return round(seconds / WINDOW_SECONDS)


def test_silence_has_no_packs() -> None:
    assert speech_packs([]) == []
    assert speech_packs([0.01] * 1000) == []


def test_a_click_is_left_out() -> None:
    assert voiced_runs([0.01, 0.9, 0.9, 0.01]) == []


def test_a_long_silence_parts_two_packs() -> None:
    packs = speech_packs([0.9] * 100 + [0.01] * windows(5) + [0.9] * 100)
    assert len(packs) == 2


def test_a_full_pack_is_cut_at_the_longest_pause_of_its_second_half() -> None:
    first, pause, second = windows(16), windows(1.2), windows(8)
    short = windows(0.3)
    probabilities = [0.9] * first + [0.01] * pause + [0.9] * second + [0.01] * short + [0.9] * 300
    packs = speech_packs(probabilities)
    assert len(packs) == 2
    assert first < packs[0][1] <= packs[1][0] < first + pause


@given(runs)
def test_packs_hold_all_speech_once_and_fit_a_window(parts: list[tuple[float, int]]) -> None:
    probabilities = [p for p, count in parts for _ in range(count)]
    packs = speech_packs(probabilities)
    for (_, end), (start, _) in itertools.pairwise(packs):
        assert end <= start
    assert all(0 <= a < b <= len(probabilities) for a, b in packs)
    assert all((b - a) * WINDOW_SECONDS <= 30.0 for a, b in packs)
    for first, last in voiced_runs(probabilities):
        covered = sum(max(0, min(b, last) - max(a, first)) for a, b in packs)
        assert covered == last - first
