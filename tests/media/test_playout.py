"""The playout clock: whatever is pushed, paused and cleared, no sample is lost, doubled or late."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from interviewer.media.frames import FRAME_SECONDS, OPUS_FRAME, OPUS_RATE, Pcm
from interviewer.media.playout import Event, Finished, Playout, Progressed, Started


def ramp(length: int, start: int = 1) -> Pcm:
    """Samples that can be told apart and are never 0."""
    return ((np.arange(start, start + length) % 30_000) + 1).astype(np.int16)


def play(playout: Playout, ticks: int, first: int = 0) -> tuple[list[Pcm | None], list[Event]]:
    frames, events = [], []
    for tick in range(first, first + ticks):
        pcm, happened = playout.pull(tick * FRAME_SECONDS)
        frames.append(pcm)
        events += happened
    return frames, events


def test_a_segment_starts_plays_and_finishes_on_the_clock() -> None:
    playout = Playout()
    playout.push(ramp(2 * OPUS_FRAME + 100))
    playout.flush()
    frames, events = play(playout, 5)
    assert [frame is not None for frame in frames] == [True, True, True, False, False]
    seconds = (2 * OPUS_FRAME + 100) / OPUS_RATE
    assert events == [
        Started(0.0),
        Progressed(0.0, 0.0, seconds),
        Finished(seconds, interrupted=False),
    ]


def test_less_than_a_frame_waits_for_more_or_for_the_flush() -> None:
    playout = Playout()
    playout.push(ramp(500))
    assert play(playout, 3)[0] == [None, None, None]
    playout.push(ramp(460, start=501))
    frames, _ = play(playout, 1)
    assert frames[0] is not None
    assert np.array_equal(frames[0], ramp(OPUS_FRAME))


def test_pause_is_heard_with_the_next_frame_and_loses_nothing() -> None:
    playout = Playout()
    playout.push(ramp(10 * OPUS_FRAME))
    playout.flush()
    before, _ = play(playout, 4)
    playout.pause()
    silent, events = play(playout, 3, first=4)
    assert silent == [None] * 3
    assert playout.position == 4 * FRAME_SECONDS
    assert not any(isinstance(event, Finished) for event in events)
    playout.resume()
    after, events = play(playout, 7, first=7)
    heard = np.concatenate([frame for frame in before + after if frame is not None])
    assert np.array_equal(heard, ramp(10 * OPUS_FRAME))
    assert events[-1] == Finished(0.2, interrupted=False)


def test_clear_stops_at_once_and_reports_what_was_heard() -> None:
    playout = Playout()
    playout.push(ramp(10 * OPUS_FRAME))
    play(playout, 3)
    playout.clear()
    playout.push(ramp(OPUS_FRAME))
    frames, events = play(playout, 2, first=3)
    assert frames == [None, None]
    assert events[-1] == Finished(0.06, interrupted=True)
    playout.flush()
    playout.push(ramp(OPUS_FRAME))
    frames, events = play(playout, 1, first=5)
    assert frames[0] is not None, "the next segment is not the cleared one"
    assert isinstance(events[0], Started)


def test_a_segment_that_was_heard_to_its_end_is_not_interrupted() -> None:
    playout = Playout()
    playout.push(ramp(OPUS_FRAME))
    playout.flush()
    play(playout, 1)
    playout.clear()
    assert play(playout, 1)[1][-1] == Finished(0.02, interrupted=False)


def test_hanging_up_ends_every_segment() -> None:
    playout = Playout()
    for _ in range(3):
        playout.push(ramp(5 * OPUS_FRAME))
        playout.flush()
    play(playout, 2)
    ends = [event for event in playout.drain() if isinstance(event, Finished)]
    assert ends == [Finished(0.04, True), Finished(0.0, True), Finished(0.0, True)]
    assert playout.drain() == []


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.integers(0, 3_000)),
        st.tuples(st.sampled_from(["flush", "clear", "pause", "resume"]), st.just(0)),
        st.tuples(st.just("pull"), st.integers(1, 6)),
    ),
    max_size=60,
)


@given(ACTIONS)
def test_any_history_keeps_the_books(actions: list[tuple[str, int]]) -> None:
    playout = Playout()
    tick = pushed = segments = 0
    is_open = cleared = False
    heard: list[Pcm] = []
    events: list[Event] = []

    def pull(times: int) -> None:
        nonlocal tick
        frames, happened = play(playout, times, first=tick)
        tick += times
        heard.extend(frame for frame in frames if frame is not None)
        events.extend(happened)

    for action, amount in actions:
        if action == "push":
            segments += not is_open
            cleared = cleared and is_open
            is_open = True
            playout.push(ramp(amount, start=pushed))
            pushed += 0 if cleared else amount
        elif action == "pull":
            pull(amount)
        else:
            getattr(playout, action)()
            is_open = is_open and action != "flush"
            cleared = (cleared or action == "clear") and is_open
    playout.flush()
    playout.resume()
    pull(pushed // OPUS_FRAME + segments + 3)

    finished = [event for event in events if isinstance(event, Finished)]
    runs = [event for event in events if isinstance(event, Progressed)]
    assert len(finished) == segments, "one end for each segment"
    assert playout.buffered == 0.0
    sound = np.concatenate(heard) if heard else np.zeros(0, dtype=np.int16)
    sound = sound[sound != 0]
    played = sum(event.position for event in finished)
    assert len(sound) == round(played * OPUS_RATE), "positions count what was heard"
    assert abs(sum(run.duration for run in runs) - played) < 1e-6
    assert all(run.duration <= 0.2 for run in runs)
    steps = np.diff(sound.astype(int)) % 30_000
    assert (steps >= 1).all() or len(sound) < 2, "in order, nothing twice"
