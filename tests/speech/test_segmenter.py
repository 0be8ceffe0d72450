"""Where speech begins and ends, from made-up voice probabilities."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from interviewer.speech.segmenter import (
    WINDOW_SECONDS,
    Closed,
    Draft,
    Ended,
    Event,
    Segmenter,
    Started,
)

LONGEST = 25.0 / WINDOW_SECONDS

# Runs of voice and silence of 0 to 3.2 s; some of the voice unsure.
runs = st.lists(
    st.tuples(st.sampled_from([0.02, 0.4, 0.6, 0.95]), st.integers(1, 100)), max_size=40
)


def windows(seconds: float) -> int:
    return round(seconds / WINDOW_SECONDS)


def feed(segmenter: Segmenter, probabilities: Iterable[float]) -> list[Event]:
    return [event for p in probabilities for event in segmenter.push(p)]


def spoken(*parts: tuple[float, float]) -> list[float]:
    """(seconds, probability) one after the other."""
    return [p for seconds, p in parts for _ in range(windows(seconds))]


def closed(events: Iterable[Event | None]) -> list[Closed]:
    return [e for e in events if isinstance(e, Closed)]


def test_sure_voice_is_told_in_its_first_window() -> None:
    segmenter = Segmenter()
    assert feed(segmenter, [0.01] * 20) == []
    assert segmenter.push(0.9) == [Started(20)]


def test_unsure_voice_is_told_in_its_second_window() -> None:
    segmenter = Segmenter()
    assert segmenter.push(0.55) == []
    assert segmenter.push(0.55) == [Started(0)]


def test_a_draft_comes_after_160_ms_and_the_end_later() -> None:
    segmenter = Segmenter()
    events = feed(segmenter, spoken((2.0, 0.9), (0.16, 0.01)))
    assert events == [Started(0), Ended(windows(2.0)), Draft(0, windows(2.0) + 5)]
    (done,) = closed(feed(segmenter, [0.01] * 40))
    assert done.is_speech
    assert done.last_voice == windows(2.0)
    assert done.first_voice == 0


def test_the_beginning_before_the_voice_belongs_to_it() -> None:
    segmenter = Segmenter()
    feed(segmenter, spoken((1.0, 0.01), (1.0, 0.9)))
    assert segmenter.open_start == windows(1.0) - 10
    assert segmenter.first_voice == windows(1.0)


def test_a_click_is_no_speech() -> None:
    (click,) = closed(feed(Segmenter(), [0.01] * 9 + [0.9, 0.8] + [0.01] * 60))
    assert not click.is_speech


def test_long_segments_end_at_shorter_pauses() -> None:
    pause = spoken((0.35, 0.01))
    assert not closed(feed(Segmenter(), [*spoken((3.0, 0.9)), *pause]))
    assert closed(feed(Segmenter(), [*spoken((12.0, 0.9)), *pause]))


def test_speech_without_a_pause_is_cut_where_it_is_faintest() -> None:
    segmenter = Segmenter()
    faint = windows(22.0)
    probabilities = [0.9] * faint + [0.4] + [0.9] * windows(5.0)
    (cut,) = closed(feed(segmenter, probabilities))
    assert cut.end == faint
    assert segmenter.open_start == faint
    assert segmenter.voice


def test_closing_on_demand_takes_the_pause_that_has_begun() -> None:
    segmenter = Segmenter()
    feed(segmenter, spoken((2.0, 0.9), (0.1, 0.01)))
    done = segmenter.close(windows(2.0))
    assert done is not None
    assert done.last_voice == windows(2.0)
    assert segmenter.close(segmenter.window) is None


def test_closing_on_demand_splits_at_the_last_pause_if_the_voice_is_back() -> None:
    segmenter = Segmenter()
    feed(segmenter, spoken((2.0, 0.9), (0.3, 0.01), (0.5, 0.9)))
    done = segmenter.close(windows(2.0))
    assert done is not None
    assert (done.start, done.end, done.last_voice) == (0, windows(2.0) + 5, windows(2.0))
    assert segmenter.open_start == done.end
    assert segmenter.first_voice == windows(2.0) + windows(0.3)


def test_closing_on_demand_never_cuts_into_flowing_speech() -> None:
    segmenter = Segmenter()
    feed(segmenter, spoken((2.0, 0.9)))
    assert segmenter.close(windows(1.0)) is None


@given(runs, st.lists(st.integers(0, 3000), max_size=4))
def test_segments_never_overlap_and_leave_no_voice_out(
    parts: list[tuple[float, int]], demands: list[int]
) -> None:
    segmenter = Segmenter()
    probabilities = [p for p, count in parts for _ in range(count)]
    done: list[Closed] = []
    voiced: list[int] = []
    for at, p in enumerate(probabilities):
        done += closed(segmenter.push(p))
        if segmenter.voice and segmenter.last_voice == at + 1:
            voiced.append(at)
        if at in demands:
            done += closed([segmenter.close(at)])
    done += closed([segmenter.finish()])
    for before, after in itertools.pairwise(done):
        assert before.end <= after.start
    for segment in done:
        assert 0 <= segment.start <= segment.first_voice <= segment.last_voice <= segment.end
        assert segment.end - segment.start <= LONGEST + 1
    assert all(any(s.start <= at < s.end for s in done) for at in voiced)


@given(runs)
def test_starts_and_ends_alternate(parts: list[tuple[float, int]]) -> None:
    events = feed(Segmenter(), [p for p, count in parts for _ in range(count)])
    edges = [type(e) for e in events if isinstance(e, Started | Ended)]
    assert edges == [Started, Ended] * (len(edges) // 2) + [Started] * (len(edges) % 2)
