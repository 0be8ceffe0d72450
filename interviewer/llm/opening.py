"""What many prompts begin with, read by the embedded model once and kept.

Read from nothing, the 450 tokens before each follow-up's own part take two cores ten seconds, in
each slot and after each restart, and the first candidate would wait for them. llama.cpp can write
down what a slot has read (12 MB here) and take it up again in some milliseconds, in any slot.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import secrets
import stat
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import httpx
import structlog

from interviewer.interfaces import Message

log = structlog.get_logger()

_READ_SECONDS = 120.0
_FOLDER = "read"


class Opening:
    """`messages`, for the `slots` of the server of one model.

    Read in a slot of its own, in which nothing else is ever said: what is kept has no candidate's
    words. Kept beside the model, where that can be written to, else in the folder for temporary
    files. Raises OSError where there is no place for it.
    """

    def __init__(self, model_path: Path, messages: Sequence[Message], slots: Sequence[int]) -> None:
        self._model = model_path.stem
        self._messages = [{"role": m.role, "content": m.content} for m in messages]
        self._slots = slots
        self._name = f"{self._model}-{self._digest(model_path)}.bin"
        self.folder = _writable(model_path.parent / _FOLDER)
        self._there = False
        self.tried = asyncio.Event()
        """Set once the first server has it, or has failed to."""

    async def restore(self, client: httpx.AsyncClient) -> None:
        """Have what is kept in every slot; nothing, where there is nothing. Takes milliseconds.

        `client`: of the server that has just begun to answer. Failures do not matter, here and in
        `read`: it is read with the first prompt then.
        """
        self._there = False
        with contextlib.suppress(httpx.HTTPError, OSError):
            if (self.folder / self._name).exists() and _is_ours(self.folder):
                self._there = all([await self._restored(client, slot) for slot in self._slots])

    async def read(self, client: httpx.AsyncClient, slot: int) -> None:
        """What is not there is read in `slot`, kept, and had in every other."""
        kept = self._there
        try:
            if not kept:
                await self._from_nothing(client, slot)
                for other in self._slots:
                    await self._restored(client, other)
        except (httpx.HTTPError, OSError) as error:
            log.info("llm.opening.failed", error=type(error).__name__)
        else:
            log.info("llm.opening.read", kept=kept)
        finally:
            self.tried.set()

    async def _restored(self, client: httpx.AsyncClient, slot: int) -> bool:
        answer = await self._post(client, f"/slots/{slot}?action=restore", filename=self._name)
        return answer.is_success

    async def _from_nothing(self, client: httpx.AsyncClient, slot: int) -> None:
        answer = await self._post(
            client,
            "/v1/chat/completions",
            model=self._model,
            messages=self._messages,
            max_tokens=1,
            cache_prompt=True,
            id_slot=slot,
        )
        answer.raise_for_status()
        # Another service may be reading the same file.
        fresh = f"{self._model}-{secrets.token_hex(8)}.new"
        answer = await self._post(client, f"/slots/{slot}?action=save", filename=fresh)
        answer.raise_for_status()
        (self.folder / fresh).replace(self.folder / self._name)
        self._forget_others()

    def _forget_others(self) -> None:
        """What other versions kept, and what a crash left: 12 MB each."""
        a_day_ago = time.time() - 86_400
        for other in self.folder.glob(f"{self._model}-*"):
            if other.name != self._name and other.stat().st_mtime < a_day_ago:
                other.unlink(missing_ok=True)

    async def _post(self, client: httpx.AsyncClient, path: str, **body: object) -> httpx.Response:
        return await client.post(path, json=body, timeout=_READ_SECONDS)

    def _digest(self, model_path: Path) -> str:
        """Of all that a slot's state depends on."""
        about = model_path.stat() if model_path.is_file() else None
        size = (about.st_size, about.st_mtime_ns) if about is not None else ()
        parts = [size, version("xllamacpp"), self._messages]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _writable(folder: Path) -> Path:
    """`folder`, or one of our own that the next start finds again. Raises OSError for neither."""
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    own = Path(tempfile.gettempdir()) / f"interviewer-read-{os.getuid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    if not _is_ours(own):
        raise PermissionError(f"{own.name} is somebody else's")
    return own


def _is_ours(folder: Path) -> bool:
    """Whether nobody else could have put files there; in a common folder for temporary files."""
    if folder.name == _FOLDER:
        return True
    about = folder.lstat()
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o077
