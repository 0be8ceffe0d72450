"""The embedded language model's server: a process of its own, started by `llm.embedded`.

`python -m interviewer.llm.server --model model.gguf --port 8123` serves llama.cpp's
OpenAI-compatible API on loopback, and nothing else. The bearer token comes on the first line of
standard input, never on the command line, where every user of the machine could read it. The
process ends when its standard input closes, and on Linux when its parent dies, so that a killed
service leaves no model behind.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

_PR_SET_PDEATHSIG = 1  # prctl(2)
# Prompt tokens read between two looks at the queue. Small, so that a long prompt (scoring) keeps
# a live interview's follow-up waiting for half a second a word at most; 16 reads as fast as 512 on
# two cores.
_BATCH = 16


class ServerOptions(NamedTuple):
    """What the command line sets.

    `context`: tokens all slots share; `slots`: prompts kept warm and requests answered at once;
    `cache_mib`: memory for prompts that were pushed out of their slot; `state_dir`: where `/slots`
    saves what was read.
    """

    model: Path
    port: int
    threads: int
    slots: int
    context: int
    cache_mib: int
    niceness: int
    state_dir: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until standard input closes."""
    options = _parse(arguments)
    _die_with_parent()
    token = sys.stdin.readline().strip()
    if not token:
        raise SystemExit("interviewer.llm.server: no bearer token on standard input")
    os.nice(options.niceness)
    server = _serve(options, token)
    print(server.listening_address, flush=True)
    for _ in sys.stdin:  # only its end matters
        pass
    # llama.cpp's threads are in native code: leave without waiting for a decode to finish.
    os._exit(0)


def _parse(arguments: Sequence[str] | None) -> ServerOptions:
    parser = argparse.ArgumentParser(prog="interviewer.llm.server", description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--context", type=int, default=16384)
    parser.add_argument("--cache-mib", type=int, default=1024)
    parser.add_argument("--niceness", type=int, default=0)
    parser.add_argument("--state-dir", default="")
    parsed = parser.parse_args(arguments)
    return ServerOptions(
        model=parsed.model,
        port=parsed.port,
        threads=parsed.threads,
        slots=parsed.slots,
        context=parsed.context,
        cache_mib=parsed.cache_mib,
        niceness=parsed.niceness,
        state_dir=parsed.state_dir,
    )


def _die_with_parent() -> None:
    """Ask Linux for SIGKILL when the parent dies; elsewhere the closed pipe has to do."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the call: nobody is left to tell us
        raise SystemExit(0)


def _serve(options: ServerOptions, token: str) -> Any:
    # Threads that spin at OpenMP's barriers bring generation from 11 to 1-3 tokens/s as soon as
    # anything else (recognition) wants one of the two cores; sleeping ones keep 6.6. A look of some
    # microseconds before the sleep makes quiet cores a tenth quicker. libgomp reads these when it
    # is loaded, so they are set before the import.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    import xllamacpp  # noqa: PLC0415

    params = xllamacpp.CommonParams()
    params.model.path = str(options.model)
    params.model_alias = {options.model.stem}
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.api_keys = [token]
    params.n_ctx = options.context
    params.n_parallel = options.slots
    params.kv_unified = True  # one long prompt may use what the other slots leave
    params.cache_ram_mib = options.cache_mib
    # By default a request clears what the idle slots have read, into a cache that requests pinned
    # to a slot are never served from: each follow-up behind a scoring would be read from nothing.
    params.cache_idle_slots = False
    if options.state_dir:
        params.slot_save_path = f"{options.state_dir}/"
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    params.n_batch = params.n_ubatch = _BATCH
    params.n_gpu_layers = 0
    params.ui = False
    params.verbosity = 1
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
