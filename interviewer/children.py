"""Child processes that are kept alive: started again when they die, ended with the parent."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence

import structlog

log = structlog.get_logger()

FIRST_PAUSE, LAST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 60.0
STOP_TIMEOUT = 15.0
_PR_SET_PDEATHSIG = 1


async def keep_alive(
    name: str, arguments: Sequence[str], *, environ: Mapping[str, str], niceness: int = 0
) -> None:
    """Run `python ARGUMENTS…` again and again until cancelled, then end it politely."""
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE
    while True:
        began = loop.time()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            env=dict(environ),
            preexec_fn=lambda: _prepare(niceness),
        )
        try:
            code = await child.wait()
        except asyncio.CancelledError:
            await _stop(child)
            raise
        pause = FIRST_PAUSE if loop.time() - began > STEADY_SECONDS else min(2 * pause, LAST_PAUSE)
        log.warning("child.died", name=name, code=code, restart_in=pause)
        await asyncio.sleep(pause)


def _prepare(niceness: int) -> None:
    """In the child: die with the parent, and leave the processor to the live interviews."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    os.nice(niceness)


async def _stop(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.terminate()
    try:
        await asyncio.wait_for(child.wait(), STOP_TIMEOUT)
    except TimeoutError:
        child.kill()
        await child.wait()
