"""What many prompts begin with, read by the embedded model once and kept.

Read from nothing, the 450 tokens before each follow-up's own part take two cores ten seconds, in
each slot and after each restart, and the first candidate would wait for them. llama.cpp can write
down what a slot has read (13 MB here) and take it up again in some milliseconds, in any slot.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import tempfile
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

    Kept beside the model, where that can be written to, else in the folder for temporary files.
    Raises OSError where there is no place for it.
    """

    def __init__(self, model_path: Path, messages: Sequence[Message], slots: Sequence[int]) -> None:
        self._model = model_path.stem
        self._messages = [{"role": m.role, "content": m.content} for m in messages]
        self._slots = slots
        self._name = f"{self._digest(model_path)}.bin"
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
        if (self.folder / self._name).exists():
            with contextlib.suppress(httpx.HTTPError):
                self._there = all([await self._restored(client, slot) for slot in self._slots])

    async def read(self, client: httpx.AsyncClient) -> None:
        """What is not there is read, kept, and had in every slot."""
        kept = self._there
        try:
            if not kept:
                await self._from_nothing(client, self._slots[0])
                for slot in self._slots[1:]:
                    await self._restored(client, slot)
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
        fresh = f"{os.getpid()}-{self._name}"
        answer = await self._post(client, f"/slots/{slot}?action=save", filename=fresh)
        answer.raise_for_status()
        (self.folder / fresh).replace(self.folder / self._name)

    async def _post(self, client: httpx.AsyncClient, path: str, **body: object) -> httpx.Response:
        return await client.post(path, json=body, timeout=_READ_SECONDS)

    def _digest(self, model_path: Path) -> str:
        """Of all that a slot's state depends on."""
        size = model_path.stat().st_size if model_path.is_file() else 0
        parts = [self._model, size, version("xllamacpp"), self._messages]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _writable(folder: Path) -> Path:
    """`folder`, or one of our own that the next start finds again. Raises OSError for neither."""
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    own = Path(tempfile.gettempdir()) / f"interviewer-read-{os.getuid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    if own.is_symlink() or own.stat().st_uid != os.getuid():
        raise PermissionError(f"{own} is somebody else's")
    return own
