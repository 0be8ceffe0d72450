"""Where the processor's time goes in one turn: a flame graph of the service, by py-spy.

    python -m tests.load.bench flame

From the first word of the candidate's first answer to the first word of the next: an answer heard,
a pause, a follow-up worded and spoken. In `docs/turn.svg` each frame tells its share under the
pointer. The language model is a process of its own and is not in it, nor is any waiting.
"""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import aiohttp

from interviewer import settings
from interviewer.media.frames import Pcm
from interviewer.rehearsal.command import create_candidate
from interviewer.rehearsal.peer import CandidatePeer
from interviewer.rehearsal.persona import load_persona
from interviewer.rehearsal.run import rehearse
from interviewer.speech.synthesizer import Synthesizer, Voices
from tests.functional.service import API_KEY, ServiceProcess
from tests.functional.test_rehearsals import POSTING
from tests.load.response import served

SAMPLES_A_SECOND = 200
TITLE = "One turn: the service, without the language model"
WIDTH, ROW, NARROWEST = 1200, 16, 1.0
# A thread is waiting where its innermost frame is here; py-spy cannot tell on every kernel.
WAITING = (
    "(threading.py:",
    "(selectors.py:",
    "(queue.py:",
    "select (asyncio/",
    "asyncio/unix_events.py:",
    "aiosqlite/core.py:",
    "_worker (concurrent/futures/thread.py:",
)


class Watch:
    """py-spy on one process, from `begin` to `end`; `stacks` are its collapsed samples."""

    def __init__(self, pid: int, stacks: Path) -> None:
        self._pid = pid
        self.stacks = stacks
        self._spy: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        command = Path(sys.executable).with_name("py-spy")
        options = ["--format", "raw", "--rate", str(SAMPLES_A_SECOND)]
        self._spy = subprocess.Popen(
            [command, "record", *options, "--output", self.stacks, "--pid", str(self._pid)],
            stdout=subprocess.DEVNULL,
        )

    def end(self) -> None:
        """Raises `RuntimeError` where nothing was recorded."""
        if self._spy is None:
            raise RuntimeError("no turn was taken")
        self._spy.send_signal(signal.SIGINT)
        if self._spy.wait(60) or not self.stacks.exists():
            raise RuntimeError("py-spy recorded nothing")


class WatchedPeer(CandidatePeer):
    """A candidate whose first turn is watched."""

    def __init__(self, watch: Watch, **options: Any) -> None:
        super().__init__(**options)
        self._watch = watch
        self._turns = 0

    async def say(self, pcm: Pcm, rate: int) -> float:
        self._turns += 1
        if self._turns == 1:
            await asyncio.to_thread(self._watch.begin)
        elif self._turns == 2:
            await asyncio.to_thread(self._watch.end)
        return await super().say(pcm, rate)


def measure(picture: Path) -> None:
    """Hold an interview, and draw its first turn."""
    with served() as service, tempfile.TemporaryDirectory() as folder:
        watch = Watch(service.pid, Path(folder) / "stacks")
        asyncio.run(_interview(service, watch))
        picture.write_text(drawn(busy(watch.stacks.read_text().splitlines())))


def busy(lines: Iterable[str]) -> dict[tuple[str, ...], int]:
    """Samples by stack, outermost frame first, without threads that only wait for something."""
    stacks: dict[tuple[str, ...], int] = {}
    for line in lines:
        frames, _, count = line.rpartition(" ")
        stack = tuple(frames.split(";"))
        if not any(place in stack[-1] for place in WAITING):
            # Where in a function it was makes no frame of its own.
            stack = tuple(re.sub(r":\d+\)$", ")", frame) for frame in stack)
            stacks[stack] = stacks.get(stack, 0) + int(count)
    return stacks


def drawn(stacks: Mapping[tuple[str, ...], int]) -> str:
    """An SVG: a frame as wide as its samples, above it what it called; each tells its share."""
    total = max(1, sum(stacks.values()))
    height = ROW * (2 + max(map(len, stacks), default=0))
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="sans-serif" font-size="11">'
        ),
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="6" y="15">{TITLE}: {total / SAMPLES_A_SECOND:.1f} s of work</text>',
    ]

    def draw(inside: Mapping[tuple[str, ...], int], depth: int, x: float) -> None:
        callees: dict[str, dict[tuple[str, ...], int]] = {}
        for stack, count in inside.items():
            if stack:
                callees.setdefault(stack[0], {})[stack[1:]] = count
        for frame, rest in sorted(callees.items()):
            share = sum(rest.values()) / total
            width, y = share * WIDTH, height - ROW * (depth + 1)
            if width >= NARROWEST:
                name = escape(frame)
                shown = escape(frame.split(" ")[0][: int(width / 6.5)]) if width > 30 else ""
                colour = f"hsl({20 + zlib.crc32(frame.encode()) % 35} 85% 68%)"
                parts.append(
                    f'<g><title>{name}: {share:.1%}</title><rect x="{x:.1f}" y="{y}" '
                    f'width="{width:.1f}" height="{ROW - 1}" fill="{colour}"/>'
                    f'<text x="{x + 3:.1f}" y="{y + 12}">{shown}</text></g>'
                )
                draw(rest, depth + 1, x)
            x += width

    draw(stacks, 0, 0.0)
    return "\n".join([*parts, "</svg>", ""])


async def _interview(service: ServiceProcess, watch: Watch) -> None:
    persona = load_persona("strong")
    synthesizer = Synthesizer(Voices.embedded(settings.load().model_dir))
    posting_id = service.create_posting(POSTING)["id"]
    try:
        async with aiohttp.ClientSession(headers={"X-API-KEY": API_KEY}) as http:
            interview_id = await create_candidate(http, service.url, posting_id, persona.name)
        await rehearse(
            service.url,
            interview_id,
            persona,
            synthesizer=synthesizer,
            new_peer=partial(WatchedPeer, watch),
        )
    finally:
        synthesizer.close()
