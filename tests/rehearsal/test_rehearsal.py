"""Whole rehearsals over real WebRTC against a service that keeps the contract and no more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from interviewer.interfaces import Voice
from interviewer.media.frames import Pcm
from interviewer.rehearsal.client import CandidateClient, ServiceRefused
from interviewer.rehearsal.command import main
from interviewer.rehearsal.persona import Answer, Persona
from interviewer.rehearsal.run import RehearsalReport, rehearse

from .service import TinyService

QUIET = Persona(name="quiet", answers=["yes indeed"], follow_ups=["because"], delay=0.2)
Start = Callable[[TinyService], Awaitable[str]]


class Tones:
    """A voice that hums: a tenth of a second for each letter."""

    def voices(self) -> Sequence[Voice]:
        hum = Voice(
            id="joe",
            name="Joe",
            language="en",
            gender="male",
            engine="tones",
            licence="CC0",
            sample_rate=22_050,
        )
        return [hum]

    async def stream(self, text: str, voice_id: str) -> AsyncIterator[Pcm]:
        t = np.arange(len(text) * 2_205) / 22_050
        yield (8_000 * np.sin(2 * np.pi * 300 * t)).astype(np.int16)

    async def prerender(self, texts: Sequence[str], voice_id: str) -> None: ...


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    runners = []

    async def serve(service: TinyService) -> str:
        runner = web.AppRunner(service.app(), shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield serve
    for runner in runners:
        await runner.cleanup()


async def held(base_url: str, persona: Persona = QUIET) -> RehearsalReport:
    return await rehearse(base_url, "A1B2C3D4E5F6A7B8", persona, synthesizer=Tones(), limit=60)


async def test_an_interview_is_held_to_its_end_and_timed(start: Start) -> None:
    service = TinyService([("Why this?", 1), ("Why now?", 0)])
    report = await held(await start(service))
    assert [path.rsplit("/", 1)[-1] for _, path in service.calls[:4]] == [
        "A1B2C3D4E5F6A7B8",
        "consent",
        "skip",
        "connect",
    ]
    assert report.end_reason == "completed"
    assert [turn.said for turn in report.turns] == ["yes indeed", "because", "yes indeed"]
    assert [turn.follow_up for turn in report.turns] == [False, True, False]
    assert [turn.number for turn in report.turns] == [1, 1, 2]
    for turn in report.turns:
        assert turn.spoke_for == pytest.approx(len(turn.said) * 0.1, abs=0.1)
        assert turn.first_sound is not None
        # Half a second of patience, a tenth of thinking, and the road there and back.
        assert 0.55 < turn.first_sound < 2.0
        assert turn.to_move == turn.first_sound
        assert not turn.cut_in
        assert not turn.nudged
    assert [turn["speaker"] for turn in report.transcript].count("Candidate") == 3


async def test_a_backchannel_is_sound_but_no_move(start: Start) -> None:
    report = await held(await start(TinyService([("Why this?", 0)], backchannel=True)))
    (turn,) = report.turns
    assert turn.first_sound is not None
    assert turn.to_move is not None
    assert turn.to_move - turn.first_sound == pytest.approx(0.6, abs=0.2)


async def test_being_cut_off_in_a_pause_is_noticed(start: Start) -> None:
    persona = replace(QUIET, answers=["I think [1.2] so"])
    report = await held(await start(TinyService([("Why this?", 0)], patience=0.4)), persona)
    assert report.turns[0].cut_in
    patient = await held(await start(TinyService([("Why this?", 0)], patience=1.6)), persona)
    assert not patient.turns[0].cut_in


async def test_interrupting_measures_the_silence_that_follows(start: Start) -> None:
    entry = Answer(question=1, say=["wait a moment"], interrupt_after=0.4)
    report = await held(
        await start(TinyService([("Why this?", 0)])), replace(QUIET, entries=[entry])
    )
    assert report.end_reason == "completed"
    (stopped,) = report.barge_ins
    assert 0.05 < stopped < 0.6
    assert [turn.said for turn in report.turns] == ["wait a moment"]


async def test_silence_waits_to_be_asked_again(start: Start) -> None:
    entry = Answer(question=1, say=["", "here I am"])
    report = await held(
        await start(TinyService([("Why this?", 0)], prompt_after=1.0)),
        replace(QUIET, entries=[entry]),
    )
    assert [turn.said for turn in report.turns] == ["here I am"]
    assert "Take your time." in [turn["text"] for turn in report.transcript]


async def test_a_service_that_does_not_react_is_told_that_we_are_done(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interviewer.rehearsal.run.NUDGE_AFTER", 1.0)
    service = TinyService([("Why this?", 0)], patience=60.0)
    report = await held(await start(service))
    assert report.turns[0].nudged
    assert service.received == [{"type": "done_speaking"}]


async def test_after_a_drop_the_same_client_comes_back(start: Start) -> None:
    service = TinyService([("Why this?", 0)])
    async with CandidateClient(await start(service), "A1B2C3D4E5F6A7B8") as client:
        await client.join()
        first = service.peer
        await client.connect(takeover=True)
        assert service.takeovers == 1
        assert first is not None
        await asyncio.wait_for(first.lost.wait(), 3)
        moment = asyncio.get_running_loop().time()
        question = await client.wait_for(
            lambda message: message["type"] == "question", timeout=5, after=moment
        )
        assert question.message["text"] == "Why this?"
        with pytest.raises(TimeoutError):
            await client.wait_for(lambda message: message["type"] == "no such", timeout=0.1)
        await client.hang_up()
        assert service.calls[-1] == ("DELETE", "/sdp")


async def test_refusals_carry_the_services_code(start: Start) -> None:
    async with CandidateClient(await start(TinyService([])), "A1B2C3D4E5F6A7B8") as client:
        with pytest.raises(ServiceRefused, match="consent_required") as refused:
            await client.connect()
        assert refused.value.status == 403


async def test_the_command_prints_transcript_scorecard_and_latencies(
    start: Start, tmp_path: Path
) -> None:
    persona = tmp_path / "short.toml"
    persona.write_text('answers = ["yes"]\nfollow_ups = ["because"]\ndelay = 0.2\n')
    base_url = await start(TinyService([("Why this?", 0)]))
    printed: list[str] = []
    code = await main(
        base_url,
        "key",
        "D9E0F1A2",
        str(persona),
        synthesizer=Tones(),
        json_path=tmp_path / "report.json",
        write=printed.append,
    )
    text = "".join(printed)
    assert code == 0, text
    for expected in ("Why this?", "match score: 80", "4/5", "01:01 “because”", "p50", "completed"):
        assert expected in text
    stored = json.loads((tmp_path / "report.json").read_text())
    assert stored["end_reason"] == "completed"
    assert stored["turns"][0]["first_sound"] > 0


@pytest.mark.parametrize(
    ("key", "persona", "complaint"),
    [("wrong", "strong", "401"), ("key", "nobody", "No persona nobody")],
)
async def test_a_rehearsal_that_cannot_be_held_says_why(
    start: Start, key: str, persona: str, complaint: str
) -> None:
    printed: list[str] = []
    base_url = await start(TinyService([]))
    code = await main(base_url, key, "D9E0F1A2", persona, synthesizer=Tones(), write=printed.append)
    assert code == 2
    assert complaint in "".join(printed)


async def test_a_call_that_breaks_in_mid_interview_is_made_again(start: Start) -> None:
    service = TinyService([("Why this?", 0), ("Why now?", 0)])
    base_url = await start(service)
    holding = asyncio.create_task(held(base_url))
    async with asyncio.timeout(10):
        while ("POST", "/sdp") not in service.calls or service.peer is None:
            await asyncio.sleep(0.05)
        await service.peer.connected.wait()
    broken = service.peer
    await broken.close()
    report = await holding
    assert report.reconnects == 1
    assert report.end_reason == "completed"
    assert service.peer is not broken
