"""The interviewer's voice that comes back: found, silenced, and nobody else's with it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from interviewer.media.echo import EchoGate
from interviewer.media.frames import FRAME_SECONDS, OPUS_FRAME, SPEECH_FRAME, Pcm
from interviewer.media.voice_io import CandidateVoice, InterviewerVoice
from tests.media.sounds import frames_of

Sound = npt.NDArray[np.float64]

LEVEL = 2_000.0
LAG_FRAMES = 13


def speech(seconds: float, seed: int) -> Sound:
    """Noise as loud from moment to moment as speech is: syllables, and pauses between words."""
    chance = np.random.default_rng(seed)
    parts: list[Sound] = []
    while sum(map(len, parts)) < seconds * 16_000:
        syllable = np.hanning(round(16_000 * chance.uniform(0.1, 0.25)))
        parts.append(syllable * LEVEL * chance.uniform(0.3, 1.5))
        if chance.random() < 0.3:
            parts.append(np.zeros(round(16_000 * chance.uniform(0.05, 0.4))))
    envelope = np.concatenate(parts)[: round(seconds * 16_000)]
    return envelope * chance.standard_normal(len(envelope))


def rest(seconds: float) -> Sound:
    return np.zeros(round(seconds * 16_000))


def echo_of(sound: Sound, quieter: float, seed: int = 9) -> Sound:
    """As it comes back from a room, `quieter` dB below, and as long as it was."""
    chance = np.random.default_rng(seed)
    ring = chance.standard_normal(4_800) * 10 ** (-3 * np.arange(4_800) / 6_400) * 0.1
    ring[0] = 1.0
    ring /= np.sqrt(ring @ ring)
    late = np.concatenate((rest(LAG_FRAMES * FRAME_SECONDS), np.convolve(sound, ring)))
    return late[: len(sound)] * 10 ** (-quieter / 20)


def frames(sound: Sound) -> list[Pcm]:
    pcm = np.clip(sound, -32_768, 32_767).astype(np.int16)
    return [pcm[i : i + SPEECH_FRAME] for i in range(0, len(pcm) - SPEECH_FRAME + 1, SPEECH_FRAME)]


def through(gate: EchoGate, sent: Sound, came: Sound) -> npt.NDArray[np.bool_]:
    """Which frames of what came were let through."""
    noise = np.random.default_rng(3).standard_normal(len(came)) * 10
    passed = []
    for i, (out, back) in enumerate(zip(frames(sent), frames(came + noise), strict=True)):
        gate.sent(np.repeat(out, 3) if out.any() else None, i * FRAME_SECONDS)
        passed.append(bool(gate.heard(back).any()))
    return np.array(passed)


def heard_in(sound: Sound) -> npt.NDArray[np.bool_]:
    """Which frames of it have a voice in them."""
    return np.array([np.sqrt(np.mean(f.astype(float) ** 2)) > 0.15 * LEVEL for f in frames(sound)])


@pytest.mark.parametrize("quieter", [0.0, 12.0, 20.0])
def test_an_echo_is_silenced_within_seconds(quieter: float) -> None:
    gate, sent = EchoGate(), speech(8.0, 1)
    passed = through(gate, sent, echo_of(sent, quieter))
    assert gate.echo is not None
    assert gate.echo.lag == pytest.approx(LAG_FRAMES, abs=1)
    assert gate.echo.gain == pytest.approx(-quieter, abs=3.0)
    assert passed[:50].all(), "nothing is silenced before it is known"
    assert not passed[150:].any()


def test_an_echo_that_stops_the_voice_is_found_all_the_same() -> None:
    """Until then each echo pauses what makes it."""
    gate = EchoGate()
    crumbs = [part for i in range(6) for part in (speech(0.5, i), rest(0.8))]
    sent = np.concatenate(crumbs)
    through(gate, sent, echo_of(sent, 12.0))
    assert gate.echo is not None


def test_a_candidate_who_speaks_into_their_echo_is_heard() -> None:
    gate, sent = EchoGate(), speech(9.0, 1)
    mine = np.concatenate((rest(5.0), speech(4.0, 2)))
    passed = through(gate, sent, echo_of(sent, 15.0) + mine)
    assert passed[heard_in(mine)].mean() > 0.8
    assert not passed[150:245].any()


@pytest.mark.parametrize(("gap", "at_most"), [(0.0, 0.1), (0.2, 0.04), (0.5, 0.0)])
@pytest.mark.parametrize("quieter", [6.0, 12.0])
def test_an_answer_behind_the_echo_keeps_its_beginning(
    gap: float, at_most: float, quieter: float
) -> None:
    """`gap`: seconds between them; `at_most`: seconds of the answer that may be silenced."""
    gate = EchoGate()
    sent = np.concatenate((speech(4.0, 1), rest(6.0)))
    begins = 4.0 + LAG_FRAMES * FRAME_SECONDS + gap
    answer = np.concatenate((rest(begins), speech(10.0 - begins, 2)))
    passed = through(gate, sent, echo_of(sent, quieter) + answer)
    assert gate.echo is not None
    assert (~passed[heard_in(answer)]).sum() * FRAME_SECONDS <= at_most


@pytest.mark.parametrize("seed", range(8))
def test_without_an_echo_nothing_is_taken_from_who_speaks_at_the_same_time(seed: int) -> None:
    gate = EchoGate()
    passed = through(gate, speech(10.0, 100 + seed), speech(10.0, 200 + seed))
    assert gate.echo is None
    assert passed.all()


def test_turns_that_follow_each_other_are_no_echo() -> None:
    """Question and answer, again and again, with the same gap between them."""
    gate = EchoGate()
    pairs = [(speech(1.0, i), speech(1.0, 50 + i)) for i in range(12)]
    sent = np.concatenate([part for q, _ in pairs for part in (q, rest(1.0))])
    came = np.concatenate([part for _, a in pairs for part in (rest(1.0), a)])
    assert through(gate, sent, came).all()
    assert gate.echo is None


def test_an_echo_that_is_gone_silences_nothing() -> None:
    """Somebody has put their headphones on."""
    gate = EchoGate()
    sent = speech(24.0, 1)
    echo = echo_of(sent, 10.0)
    echo[8 * 16_000 :] = 0.0
    mine = np.concatenate((rest(16.0), 0.2 * speech(8.0, 2)))
    passed = through(gate, sent, echo + mine)
    assert gate.echo is None
    assert passed[16 * 50 :].all()


async def test_the_recording_keeps_what_the_agent_does_not_hear() -> None:
    gate = EchoGate()
    candidate, interviewer = CandidateVoice(gate), InterviewerVoice(gate)
    sent = speech(6.0, 1)
    for said in frames_of(np.repeat(sent, 3).astype(np.int16), 48_000):
        await interviewer.capture_frame(said)
    interviewer.flush()
    kept = []
    for i, frame in enumerate(frames(echo_of(sent, 6.0))):
        pulled = interviewer.pull(i * FRAME_SECONDS)
        assert pulled is not None
        assert len(pulled) == OPUS_FRAME
        kept += candidate.push(frame)
    candidate.close()
    heard = [np.frombuffer(frame.data, np.int16) async for frame in candidate]
    assert len(heard) == len(kept) == 300
    assert all(frame.any() for frame in kept[-100:-20])
    assert not any(frame.any() for frame in heard[-100:])
