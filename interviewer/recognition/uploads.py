"""Sound that a caller sends: bounded in bytes and in seconds, read as 16 kHz mono."""

from __future__ import annotations

from typing import BinaryIO

import av
import numpy as np
from starlette.types import ASGIApp, Receive, Scope, Send

from interviewer.bodies import limited
from interviewer.domain.errors import TooLarge
from interviewer.interfaces import Pcm
from interviewer.media.frames import decoded
from interviewer.recognition.errors import Refused, as_response
from interviewer.speech.whisper import SAMPLE_RATE

MAX_FILE_BYTES = 25 << 20
"""OpenAI's own limit."""
MAX_SECONDS = 3600
_TOO_LARGE = f"`file` may have at most {MAX_FILE_BYTES >> 20} MB."
# Containers of sound and nothing that names other files or addresses, as playlists do.
_FORMATS = "wav,w64,aiff,mp3,flac,ogg,aac,matroska,webm,mov,mp4,m4a,3gp,amr,caf"


class BodyLimit:
    """Refuses bodies over the limit, by their announced length or as they come."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            receive = limited(scope, receive, self._limit, _TOO_LARGE)
        except TooLarge as error:
            refused = Refused(413, "too_large", error.message, param="file")
            await as_response(refused)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def read_sound(file: BinaryIO) -> Pcm:
    """The first audio stream as `int16[n]`, 16 kHz mono. Blocks.

    Raises Refused, which names `file`, for what is no sound or lasts longer than an hour.
    """
    parts: list[Pcm] = []
    seconds = 0.0
    try:
        with av.open(file, "r", container_options={"format_whitelist": _FORMATS}) as container:
            if not container.streams.audio:
                raise _unreadable("it has no sound")
            for part in decoded(container, SAMPLE_RATE):
                parts.append(part)
                seconds += len(part) / SAMPLE_RATE
                if seconds > MAX_SECONDS:
                    raise Refused(
                        413, "too_long", f"`file` may last {MAX_SECONDS} s at most.", param="file"
                    )
    except (av.FFmpegError, ValueError) as error:
        raise _unreadable("it is no sound file that can be read") from error
    if not seconds:
        raise _unreadable("it is empty")
    return np.concatenate(parts)


def _unreadable(why: str) -> Refused:
    return Refused(400, "invalid_file", f"`file` cannot be used: {why}.", param="file")
