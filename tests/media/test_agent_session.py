"""A real `AgentSession` over a real call: what it says is heard, an interruption stops it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession

from interviewer.media.frames import Pcm
from interviewer.rehearsal.peer import AUDIBLE

from .conftest import Call
from .sounds import frames_of, tone

Connect = Callable[..., Awaitable[Call]]


async def sound(pcm: Pcm, rate: int) -> AsyncIterator[rtc.AudioFrame]:
    for frame in frames_of(pcm, rate):
        yield frame


@pytest.fixture
async def talking(call: Connect) -> AsyncIterator[tuple[Call, AgentSession[None]]]:
    pair = await call()
    session: AgentSession[None] = AgentSession()
    session.input.audio = pair.peer.audio_input
    session.output.audio = pair.peer.audio_output
    await session.start(Agent(instructions=""))
    yield pair, session
    await session.aclose()


async def test_what_it_says_is_heard_to_the_end(talking: tuple[Call, AgentSession[None]]) -> None:
    pair, session = talking
    handle = session.say("Hello", audio=sound(tone(500, 1.0, 24_000), 24_000))
    await asyncio.wait_for(handle.wait_for_playout(), 5)
    await asyncio.sleep(0.2)
    levels = [level for _, level in pair.candidate.ear.frames]
    assert sum(level > AUDIBLE for level in levels) * 0.02 == pytest.approx(1.0, abs=0.2)
    assert not handle.interrupted


async def test_an_interruption_is_silence_within_200_ms_and_the_next_sentence_is_whole(
    talking: tuple[Call, AgentSession[None]],
) -> None:
    pair, session = talking
    ear, loop = pair.candidate.ear, asyncio.get_running_loop()
    heard: list[tuple[float, bool]] = []
    pair.peer.audio_output.on(
        "playback_finished",
        lambda event: heard.append((event.playback_position, event.interrupted)),
    )
    said_at = loop.time()
    handle = session.say("A long one", audio=sound(tone(500, 8.0, 22_050), 22_050))
    await ear.wait_for_voice(said_at, 3)
    await asyncio.sleep(1.0)
    interrupted_at = loop.time()
    await session.interrupt()
    await asyncio.wait_for(handle.wait_for_playout(), 2)
    await asyncio.sleep(0.4)
    assert ear.last_voice_at is not None
    assert ear.last_voice_at - interrupted_at < 0.2
    ((position, interrupted),) = heard
    assert interrupted
    seconds = sum(level > AUDIBLE for _, level in ear.frames) * 0.02
    assert position == pytest.approx(seconds, abs=0.2)
    before = loop.time()
    handle = session.say("Next", audio=sound(tone(500, 0.5, 22_050), 22_050))
    await asyncio.wait_for(handle.wait_for_playout(), 5)
    await asyncio.sleep(0.2)
    after = [level for at, level in ear.frames if at > before]
    assert sum(level > AUDIBLE for level in after) * 0.02 == pytest.approx(0.5, abs=0.15)
    position, interrupted = heard[-1]
    assert position == pytest.approx(0.5, abs=0.001)
    assert not interrupted


async def test_sentences_that_wait_are_said_in_order_and_interrupted_together(
    talking: tuple[Call, AgentSession[None]],
) -> None:
    pair, session = talking
    first = session.say("One", audio=sound(tone(500, 0.4, 24_000), 24_000))
    second = session.say("Two", audio=sound(tone(500, 5.0, 24_000), 24_000))
    await asyncio.wait_for(first.wait_for_playout(), 5)
    assert not first.interrupted
    await asyncio.sleep(0.3)
    await session.interrupt()
    await asyncio.wait_for(second.wait_for_playout(), 2)
    assert second.interrupted
    assert pair.peer.audio_output.buffered == 0.0


async def test_hanging_up_in_mid_sentence_leaves_nobody_waiting(
    talking: tuple[Call, AgentSession[None]],
) -> None:
    pair, session = talking
    handle = session.say("A long one", audio=sound(tone(500, 8.0, 24_000), 24_000))
    await pair.candidate.ear.wait_for_voice(0.0, 3)
    await pair.peer.close()
    await asyncio.wait_for(handle.wait_for_playout(), 2)
