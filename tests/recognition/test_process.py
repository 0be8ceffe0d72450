"""`interviewer recognize` as ops run it, and an answer that is being given when it is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.client import HTTPConnection

import numpy as np
import pytest
from jiwer import wer
from livekit import rtc
from whisper_normalizer.english import EnglishTextNormalizer

from interviewer.__main__ import main
from interviewer.bootstrap.recognising import live_decoder, second_pass
from interviewer.interfaces import Pcm
from interviewer.settings import PREFIX, Settings, load
from interviewer.speech.fallback import FallbackDecoder
from interviewer.speech.recognizer import WhisperSTT
from interviewer.speech.remote import RemoteDecoder
from tests.ports import free_port
from tests.recognition.server import KEY, TINY
from tests.speech.conftest import Say, say, silence  # noqa: F401 - a fixture

FRAME = 320
BEFORE = "Last year I closed a deal with a hospital group in Denver."
DURING = "The hardest part was winning over their finance team."
AFTER = "In the end they signed for three years."


def environ(port: int, **more: str) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    given = {"PORT": str(port), "STT_MODEL": "whisper-tiny.en", "STT_THREADS": "1"}
    given |= {"STT_API_KEY": KEY, "MODEL_DIR": str(TINY.parent), **more}
    return own | {PREFIX + name: value for name, value in given.items()}


@contextmanager
def recognizing(port: int, **more: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "interviewer", "recognize"],
        env=environ(port, **more),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def told(port: int, path: str) -> tuple[int, str]:
    """Status and body; 0 where nobody answers. A client of httpx costs 0.1 s each time."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def wait_until_ready(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if told(port, "/ready")[0] == 200:
            return
        time.sleep(0.1)
    raise AssertionError(f"the recogniser did not become ready: {process.poll()}")


def agent(port: int, fallback: str) -> Settings:
    return load(environ(8080, STT_BASE_URL=f"http://127.0.0.1:{port}/v1", STT_FALLBACK=fallback))


async def hear(stt: WhisperSTT, pcm: Pcm) -> None:
    stream = stt.current or stt.stream()
    for start in range(0, len(pcm) - FRAME + 1, FRAME):
        part = pcm[start : start + FRAME].tobytes()
        stream.push_frame(rtc.AudioFrame(part, 16_000, 1, FRAME))
        await asyncio.sleep(0)


async def until(true: Callable[[], object], seconds: float = 120.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


def errors(said: str, heard: str) -> float:
    normal = EnglishTextNormalizer()
    return float(wer(normal(said), normal(heard)))


@asynccontextmanager
async def listening(port: int, fallback: str) -> AsyncIterator[WhisperSTT]:
    """A candidate's recogniser in an agent that has reached its service."""
    async with live_decoder(agent(port, fallback)) as decoder:
        assert isinstance(decoder, FallbackDecoder)
        assert isinstance(decoder.service, RemoteDecoder)
        await asyncio.wait_for(decoder.service.reached(), 20)
        stt = WhisperSTT(decoder)
        stream = stt.stream()
        yield stt
        await stream.aclose()


@pytest.mark.models
async def test_a_recogniser_killed_in_mid_answer_costs_no_word(say: Say) -> None:  # noqa: F811
    port = free_port()
    with recognizing(port) as process:
        await asyncio.to_thread(wait_until_ready, port, process)
        async with listening(port, "local") as own, listening(port, "none") as waiting:
            for stt in (own, waiting):
                await hear(stt, np.concatenate((silence(0.5), say(BEFORE), silence(1.0))))
            await until(lambda: own.utterances and waiting.utterances)
            # It hangs, has the words, and is killed with them.
            process.send_signal(signal.SIGSTOP)
            for stt in (own, waiting):
                await hear(stt, np.concatenate((say(DURING), silence(1.0))))
            process.kill()
            for stt in (own, waiting):
                await hear(stt, np.concatenate((say(AFTER), silence(1.0))))
            await until(lambda: len(own.utterances) == 3)
            with recognizing(port) as second:
                await until(lambda: len(waiting.utterances) == 3)
                second.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(second.wait, 60) == 0
            for stt in (own, waiting):
                check_all_was_heard(stt)


def check_all_was_heard(stt: WhisperSTT) -> None:
    assert all(u.recognised for u in stt.utterances)
    heard = " ".join(u.text for u in stt.utterances)
    assert errors(f"{BEFORE} {DURING} {AFTER}", heard) < 0.2
    starts = [u.start for u in stt.utterances]
    assert starts == sorted(starts)


@pytest.mark.models
def test_it_is_probed_measured_and_asked_for_a_second_pass(say: Say) -> None:  # noqa: F811
    port = free_port()
    with recognizing(port) as process:
        wait_until_ready(port, process)
        done = subprocess.run(
            [sys.executable, "-m", "interviewer", "health"],
            env=environ(port),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0
        words = second_pass(agent(port, "none")).transcribe(say(BEFORE))
        assert errors(BEFORE, " ".join(w.text for w in words)) < 0.2
        status, figures = told(port, "/metrics")
        assert status == 200
        assert "process_resident_memory_bytes" in figures


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"STT_API_KEY": "", "HOST": "0.0.0.0"}, 2, "INTERVIEWER_STT_API_KEY is missing"),
        ({"STT_MODEL": "/nowhere/whisper"}, 1, "INTERVIEWER_STT_MODEL names '/nowhere/whisper'"),
        ({"STT_DEVICE": "cuda"}, 1, "cannot be loaded on cuda"),
        ({"STT_DEVICE": "tpu"}, 2, "INTERVIEWER_STT_DEVICE must be one of cpu, cuda"),
    ],
)
def test_it_refuses_in_one_line(
    given: dict[str, str],
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("interviewer.observability.logging.configure", lambda **_: None)
    for name, value in environ(free_port(), **given).items():
        monkeypatch.setenv(name, value)
    assert main(["recognize"]) == status
    lines = [
        line for line in capsys.readouterr().err.splitlines() if line.startswith("interviewer:")
    ]
    assert len(lines) == 1
    assert said in lines[0]
