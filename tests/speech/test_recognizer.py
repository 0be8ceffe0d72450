"""The live recogniser: exact seconds, nothing lost or doubled, text in time for the turn."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence

import jiwer
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import stt
from whisper_normalizer.english import EnglishTextNormalizer

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Pcm
from interviewer.speech.hypothesis import Hypothesis
from interviewer.speech.listeners import Listeners, Utterance
from interviewer.speech.recognizer import WhisperSTT
from interviewer.speech.whisper import WhisperEngine
from tests.load.hearing import FRAME, RATE, Heard, listen

from .conftest import Say, silence

FIRST = "Last year I closed a deal with a hospital group in Denver."
SECOND = "The hardest part was winning over their finance team."
STORY = [
    "I began in support and moved to sales after two years.",
    "My first territory was small and nobody had worked it before me.",
    "So I made a list of every company within an hour's drive.",
    "I called ten of them each morning before nine o'clock.",
    "Most people said no but they often told me who to ask.",
    "By the end of the summer I had three pilots running.",
    "Two of those pilots turned into contracts within the quarter.",
    "The third one failed because I ignored their security officer.",
    "Since then I meet that person in the very first week.",
    "It made the next four deals much easier to finish.",
]
normal = EnglishTextNormalizer()


def wrong(said: str, heard: str) -> float:
    """Word error rate, 0 to 1."""
    return float(jiwer.wer(normal(said), normal(heard)))


def frame(pcm: Pcm) -> rtc.AudioFrame:
    return rtc.AudioFrame(pcm.tobytes(), RATE, 1, len(pcm))


def framed(pcm: Pcm) -> list[Pcm]:
    return [pcm[i : i + FRAME] for i in range(0, len(pcm) - FRAME + 1, FRAME)]


def check_apart(finals: Sequence[Utterance]) -> None:
    """In order of time, none over another."""
    for before, after in itertools.pairwise(finals):
        assert before.start < before.end <= after.start + 0.001


# --- with real recognition -------------------------------------------------------------------


@pytest.mark.models
async def test_two_utterances_come_with_their_words_and_exact_seconds(
    engine: WhisperEngine, say: Say
) -> None:
    first, second = say(FIRST), say(SECOND)
    pcm = np.concatenate((silence(1.0), first, silence(1.6), second, silence(0.5)))
    heard = await listen(engine, pcm, realtime=False)
    assert wrong(f"{FIRST} {SECOND}", heard.text) < 0.1
    check_apart(heard.finals)
    began = [1.0, 2.6 + len(first) / RATE]
    ended = [1.0 + len(first) / RATE, began[1] + len(second) / RATE]
    assert heard.finals[0].start == pytest.approx(began[0], abs=0.2)
    assert heard.finals[-1].end == pytest.approx(ended[1], abs=0.2)
    starts = [u.start for u in heard.finals]
    assert min(abs(s - began[1]) for s in starts) < 0.2
    assert heard.interims_at


@pytest.mark.models
async def test_minutes_of_speech_without_a_pause_lose_and_double_nothing(
    engine: WhisperEngine, say: Say
) -> None:
    pcm = np.concatenate([say(s) for s in STORY])
    heard = await listen(engine, pcm, realtime=False)
    assert wrong(" ".join(STORY), heard.text) < 0.1, heard.text
    assert len(heard.finals) >= 2
    assert all(u.end - u.start <= 25.1 for u in heard.finals)
    check_apart(heard.finals)


@pytest.mark.models
@pytest.mark.parametrize("pause", [0.3, 0.6, 0.9])
async def test_an_answer_with_thinking_pauses_is_never_doubled(
    engine: WhisperEngine, say: Say, pause: float
) -> None:
    parts = ["I let him finish, and then I asked what he", "needed most that day."]
    parts += ["So I drove to the depot", "and brought it to his door myself."]
    audio = [x for part in parts for x in (say(part), silence(pause))]
    heard = await listen(engine, np.concatenate(audio), realtime=False)
    words = len(normal(" ".join(parts)).split())
    assert abs(len(normal(heard.text).split()) - words) <= 2, heard.text
    assert wrong(" ".join(parts), heard.text) < 0.15
    check_apart(heard.finals)


@pytest.mark.models
async def test_lost_packets_cost_few_words_and_no_time(engine: WhisperEngine, say: Say) -> None:
    said = f"{FIRST} {SECOND}"
    pcm = np.concatenate((silence(0.5), say(said)))
    whole = framed(pcm)
    lost = np.random.default_rng(5).random(len(whole)) < 0.05
    holed = np.concatenate([p * 0 if gone else p for p, gone in zip(whole, lost, strict=True)])
    heard = await listen(engine, holed, realtime=False)
    assert wrong(said, heard.text) < 0.25, heard.text
    assert heard.finals[-1].end == pytest.approx(len(pcm) / RATE, abs=0.3)


@pytest.mark.models
async def test_silence_noise_and_knocks_give_no_text(engine: WhisperEngine) -> None:
    random = np.random.default_rng(11)
    hiss = (random.normal(0, 600, 4 * RATE)).astype(np.int16)
    t = np.arange(4 * RATE) / RATE
    hum = (3_000 * np.sin(2 * np.pi * 50 * t)).astype(np.int16)
    knock = (np.exp(-np.arange(1_600) / 200) * random.normal(0, 9_000, 1_600)).astype(np.int16)
    knocks = np.concatenate([np.concatenate((knock, silence(0.7))) for _ in range(5)])
    heard = await listen(engine, np.concatenate((silence(3.0), hiss, hum, knocks)), realtime=False)
    assert heard.text == ""
    assert not heard.interims_at


# --- with a recogniser on strings ------------------------------------------------------------


class Scribe:
    """Stands in for the engine: answers with how much it heard, after a while; or fails."""

    def __init__(self, *, delay: float = 0.0, failing: bool = False) -> None:
        self.delay, self.failing = delay, failing
        self.finals = 0

    async def decode(
        self, pcm: Pcm, *, kind: str, prompt: str = "", language: str = "", stream: object = None
    ) -> Hypothesis:
        await asyncio.sleep(self.delay)
        if self.failing:
            raise Unavailable("Too much speech waits for the recogniser.")
        self.finals += kind == "final"
        return Hypothesis(text=f"{kind} words", seconds=len(pcm) / RATE)

    idle = True


class Ears:
    """A stream on a scribe, with everything that it told."""

    def __init__(self, scribe: Scribe) -> None:
        self.started: list[tuple[float, float]] = []
        self.ended: list[tuple[float, float]] = []
        self.events: list[stt.SpeechEventType] = []
        listeners = Listeners(
            speech_started=lambda t: self.started.append((t, self.stream.seconds_heard)),
            speech_ended=lambda t: self.ended.append((t, self.stream.seconds_heard)),
        )
        self.stt = WhisperSTT(scribe, listeners=listeners)
        self.stream = self.stt.stream()
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for event in self.stream:
            self.events.append(event.type)

    async def hear(self, pcm: Pcm) -> None:
        for part in framed(pcm):
            self.stream.push_frame(frame(part))
            await asyncio.sleep(0)
        while self.stream.samples_heard % FRAME:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)

    async def close(self) -> None:
        self.stream.end_input()
        await self.reading


@pytest.fixture
async def ears() -> AsyncIterator[Ears]:
    ears = Ears(Scribe())
    yield ears
    await ears.stream.aclose()
    await asyncio.gather(ears.reading, return_exceptions=True)


async def test_speech_is_told_within_60_ms_and_its_end_within_250(ears: Ears, say: Say) -> None:
    speech = say(FIRST)
    await ears.hear(np.concatenate((silence(1.0), speech, silence(1.0))))
    began, told = ears.started[0]
    assert told - began <= 0.064 + 0.02
    assert told - 1.0 <= 0.2, "the voice itself rises for some tens of milliseconds"
    last, told = ears.ended[-1]
    assert told - last <= 0.064 + 0.02
    assert last == pytest.approx(1.0 + len(speech) / RATE, abs=0.2)


async def test_asking_for_the_text_ends_the_segment_at_once(ears: Ears, say: Say) -> None:
    await ears.hear(np.concatenate((silence(0.5), say(FIRST), silence(0.22))))
    last = ears.stream.last_voice
    assert ears.stream.pending()
    assert not ears.stt.utterances
    finals = await asyncio.wait_for(ears.stt.settled(last), 5)
    assert [u.text for u in finals] == ["final words"]
    assert not ears.stream.pending()
    await ears.hear(silence(2.0))
    assert len(ears.stt.utterances) == 1, "the final came once, and none comes after it"


async def test_settling_waits_for_a_slow_recogniser(say: Say) -> None:
    ears = Ears(Scribe(delay=0.3))
    await ears.hear(np.concatenate((silence(0.2), say(FIRST), silence(0.9))))
    assert ears.stream.pending()
    finals = await asyncio.wait_for(ears.stt.settled(ears.stream.last_voice), 5)
    assert len(finals) == 1
    await ears.close()


async def test_settling_when_nobody_spoke_is_immediate(ears: Ears) -> None:
    await ears.hear(silence(1.0))
    assert list(await asyncio.wait_for(ears.stt.settled(1.0), 1)) == []


async def test_speech_that_came_back_is_split_off_and_both_are_kept(ears: Ears, say: Say) -> None:
    first, again = say(FIRST), say(SECOND)[: RATE // 2]
    await ears.hear(np.concatenate((first, silence(0.3))))
    last = ears.stream.last_voice
    await ears.hear(again)
    finals = await asyncio.wait_for(ears.stt.settled(last), 5)
    assert [u.end for u in finals] == [pytest.approx(last)]
    await ears.close()
    assert len(ears.stt.utterances) == 2
    check_apart(list(ears.stt.utterances))


async def test_a_failing_recogniser_is_owned_up_to(say: Say) -> None:
    ears = Ears(Scribe(failing=True))
    await ears.hear(np.concatenate((say(FIRST), silence(1.0))))
    (utterance,) = await asyncio.wait_for(ears.stt.settled(ears.stream.last_voice), 5)
    assert (utterance.text, utterance.recognised) == ("", False)
    await ears.close()


async def test_closing_the_stream_frees_who_waits_for_it(say: Say) -> None:
    ears = Ears(Scribe(delay=30.0))
    await ears.hear(np.concatenate((say(FIRST), silence(0.5))))
    waiting = asyncio.create_task(ears.stt.settled(ears.stream.last_voice))
    await asyncio.sleep(0.01)
    await ears.stream.aclose()
    assert list(await asyncio.wait_for(waiting, 5)) == []
    await asyncio.gather(ears.reading, return_exceptions=True)


async def test_a_listener_that_fails_does_not_make_it_deaf(ears: Ears, say: Say) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a bug elsewhere")

    ears.stt.listeners = Listeners(
        speech_started=broken, speech_ended=broken, drafted=broken, finished=broken, voice=broken
    )
    await ears.hear(np.concatenate((say(FIRST), silence(1.0))))
    assert len(await asyncio.wait_for(ears.stt.settled(ears.stream.last_voice), 5)) == 1


async def test_events_come_in_the_frameworks_order(ears: Ears, say: Say) -> None:
    await ears.hear(np.concatenate((say(FIRST), silence(1.0))))
    await ears.close()
    kinds = [k for k in ears.events if k is not stt.SpeechEventType.INTERIM_TRANSCRIPT]
    assert kinds == [
        stt.SpeechEventType.START_OF_SPEECH,
        stt.SpeechEventType.FINAL_TRANSCRIPT,
        stt.SpeechEventType.END_OF_SPEECH,
    ]


async def test_a_new_stream_goes_on_with_the_time(ears: Ears, say: Say) -> None:
    await ears.hear(silence(2.0))
    await ears.close()
    ears.stream = ears.stt.stream()
    ears.reading = asyncio.create_task(ears._read())
    await ears.hear(np.concatenate((silence(0.5), say(FIRST), silence(1.0))))
    assert ears.stt.utterances[0].start == pytest.approx(2.5, abs=0.2)
    assert ears.stt.said(2.0, 3.0) == list(ears.stt.utterances)
    assert ears.stt.said(3.0) == []


async def test_one_off_recognition_takes_whole_buffers(say: Say) -> None:
    scribe = Scribe()
    recogniser = WhisperSTT(scribe)
    event = await recogniser.recognize([frame(say(FIRST))])
    assert event.alternatives[0].text == "final words"


def test_heard_is_all_finals_in_order() -> None:
    parts = [Utterance(text=t, start=s, end=s + 1) for t, s in (("a", 0.0), ("b", 2.0))]
    assert Heard(finals=parts).text == "a b"
