"""The inbound axis: sample n of the stream is second n / 16000, whatever the network does."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.media.frames import SPEECH_RATE
from interviewer.media.jitter import InboundAxis, Silence, Speech


def packet(number: int, size: int = 80) -> bytes:
    return bytes([0xF8]) + number.to_bytes(4, "big") + bytes(size - 5)


def number_of(item: Speech) -> int:
    return int.from_bytes(item.payload[1:5], "big")


class Run:
    """Feeds an axis and keeps where each packet came out."""

    def __init__(self) -> None:
        self.axis = InboundAxis()
        self.position = 0
        self.placed: dict[int, float] = {}
        self.came_out: dict[int, float] = {}

    def take(self, items: list[Speech | Silence], now: float) -> None:
        for item in items:
            if isinstance(item, Speech):
                self.placed[number_of(item)] = self.position / SPEECH_RATE
                self.came_out[number_of(item)] = now
            self.position += item.samples

    def feed(self, arrivals: list[tuple[float, int]], until: float, start: int = 0) -> None:
        """`arrivals`: (second, packet number). Ticks every 20 ms in between."""
        events = sorted([*arrivals, *((i * 0.02, -1) for i in range(int(until / 0.02) + 1))])
        for now, number in events:
            if number < 0:
                self.take(self.axis.tick(now), now)
            else:
                timestamp = (start + number * 960) & 0xFFFFFFFF
                self.take(self.axis.push(packet(number), timestamp, now), now)


def test_packets_on_time_pass_at_once_and_stand_where_they_were_said() -> None:
    run = Run()
    run.feed([(0.1 + 0.02 * i, i) for i in range(100)], until=2.1)
    for i in range(100):
        assert run.placed[i] == pytest.approx(0.08 + 0.02 * i, abs=0.001)
        assert run.came_out[i] == pytest.approx(0.1 + 0.02 * i)


def test_a_lost_packet_is_silence_and_the_next_ones_stay_in_place() -> None:
    run = Run()
    run.feed([(0.1 + 0.02 * i, i) for i in range(100) if i not in (40, 41)], until=2.1)
    assert run.placed[42] == pytest.approx(0.08 + 0.02 * 42, abs=0.001)
    assert run.came_out[42] - (0.1 + 0.02 * 42) < 0.07
    assert run.came_out[60] == pytest.approx(0.1 + 0.02 * 60), "no delay stays behind"


def test_swapped_packets_are_put_in_order() -> None:
    run = Run()
    order = [0, 2, 1, 3, 5, 4, 6]
    run.feed([(0.1 + 0.02 * i, n) for i, n in enumerate(order)], until=0.5)
    assert list(run.placed) == [0, 1, 2, 3, 4, 5, 6]
    assert run.axis.late == 0


def test_a_line_that_jumbles_its_packets_loses_hardly_any_of_them() -> None:
    """Each up to 200 ms late, for itself; how far they are overtaken is learnt within a second."""
    chance = random.Random(3)
    run = Run()
    run.feed([(0.1 + 0.02 * i + 0.2 * chance.random(), i) for i in range(1500)], until=31.0)
    lost = [i for i in range(1500) if i not in run.placed]
    assert len([i for i in lost if i >= 50]) <= 15
    waited = [run.came_out[i] - 0.1 - 0.02 * i for i in run.placed]
    assert max(waited) < 0.55


def test_a_line_that_was_jumbled_for_a_while_is_quick_again() -> None:
    chance = random.Random(4)
    late = [0.2 * chance.random() if i < 250 else 0.0 for i in range(1500)]
    run = Run()
    run.feed([(0.1 + 0.02 * i + late[i], i) for i in range(1500) if i != 1400], until=31.0)
    assert run.came_out[1401] - (0.1 + 0.02 * 1401) <= 0.06


def test_a_stray_timestamp_and_packets_that_come_twice_teach_nothing() -> None:
    run = Run()
    arrivals = [(0.1 + 0.02 * i, i) for i in range(500) if i != 400]
    twice = [(0.1 + 0.02 * i + 0.3, i) for i in range(350, 390)]
    stray = [(2.05, 90_000)]
    run.feed([*arrivals, *twice, *stray], until=11.0)
    assert run.came_out[401] - (0.1 + 0.02 * 401) <= 0.06
    jumbled = Run()
    chance = random.Random(3)
    late = [(0.1 + 0.02 * i + 0.2 * chance.random(), i) for i in range(1500)]
    jumbled.feed([*late, *stray], until=31.0)
    assert len([i for i in range(150, 1500) if i not in jumbled.placed]) <= 15


def test_a_sender_that_stops_and_goes_on_keeps_its_place() -> None:
    run = Run()
    talk = [(0.1 + 0.02 * i, i) for i in range(250) if not 50 <= i < 200]
    run.feed(talk, until=5.2)
    assert run.placed[220] == pytest.approx(0.08 + 0.02 * 220, abs=0.001)
    assert run.position / SPEECH_RATE == pytest.approx(5.1, abs=0.55)


def test_a_burst_after_a_stall_loses_little_and_moves_nothing() -> None:
    run = Run()
    arrivals = [(0.1 + 0.02 * i, i) for i in range(50)]
    arrivals += [(1.7, i) for i in range(50, 80)] + [(0.1 + 0.02 * i, i) for i in range(80, 120)]
    run.feed(arrivals, until=2.6)
    assert run.placed[100] == pytest.approx(0.08 + 0.02 * 100, abs=0.001)
    assert run.axis.late <= 8, "what came within the hold is kept"


def test_a_line_that_has_become_slow_is_put_back_on_the_axis() -> None:
    run = Run()
    arrivals = [(0.1 + 0.02 * i + (0.3 if i > 200 else 0.0), i) for i in range(1_000)]
    run.feed(arrivals, until=20.5)
    assert run.placed[150] == pytest.approx(0.08 + 0.02 * 150, abs=0.001)
    assert run.placed[999] == pytest.approx(arrivals[999][0] - 0.02, abs=0.03)
    assert len(run.placed) > 985


def test_a_sender_that_starts_a_new_timeline_is_followed() -> None:
    run = Run()
    run.feed([(0.1 + 0.02 * i, i) for i in range(50)], until=1.1)
    for i in range(50, 150):
        now = 0.1 + 0.02 * i
        run.take(run.axis.push(packet(i), (i * 960 + 1_000_000_000) & 0xFFFFFFFF, now), now)
    assert run.placed[140] == pytest.approx(0.08 + 0.02 * 140, abs=0.03)


def test_timestamps_wrap_around() -> None:
    run = Run()
    run.feed([(0.1 + 0.02 * i, i) for i in range(60)], until=1.3, start=0xFFFFFFFF - 30 * 960)
    assert run.placed[59] == pytest.approx(0.08 + 0.02 * 59, abs=0.001)
    assert run.axis.late == 0


@pytest.mark.parametrize("drift", [-400e-6, 400e-6])
def test_a_microphone_whose_clock_drifts_stays_within_50_ms(drift: float) -> None:
    run = Run()
    count = 30_000  # ten minutes
    arrivals = [(0.1 + 0.02 * i * (1 + drift), i) for i in range(count)]
    run.feed(arrivals, until=arrivals[-1][0] + 0.02)
    errors = [run.placed[i] - (at - 0.02) for at, i in arrivals if i in run.placed]
    assert max(abs(error) for error in errors) < 0.05
    assert len(errors) > count - 20


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.1), st.floats(0.0, 0.15))
def test_any_jitter_and_loss_keeps_the_axis(seed: int, jitter: float, loss: float) -> None:
    rng = random.Random(seed)
    run = Run()
    arrivals = [
        (0.2 + 0.02 * i + rng.uniform(0, jitter), i) for i in range(300) if rng.random() >= loss
    ]
    run.feed(arrivals, until=7.0)
    numbers = list(run.placed)
    assert numbers == sorted(numbers)
    first = numbers[0]
    for number, at in run.placed.items():
        ideal = run.placed[first] + 0.02 * (number - first)
        assert abs(at - ideal) <= 0.021, "only a drift correction may move a packet"
    assert run.position / SPEECH_RATE == pytest.approx(7.0, abs=0.55)
    assert run.position == run.axis.cursor


@given(st.lists(st.tuples(st.binary(max_size=5), st.integers(0, 2**32 - 1)), max_size=50))
def test_hostile_packets_neither_break_it_nor_run_ahead_of_the_clock(
    packets: list[tuple[bytes, int]],
) -> None:
    axis = InboundAxis()
    for i, (payload, timestamp) in enumerate(packets):
        axis.push(payload, timestamp, i * 0.01)
    axis.tick(1.0)
    assert axis.cursor <= (1.0 + 1.2) * SPEECH_RATE
