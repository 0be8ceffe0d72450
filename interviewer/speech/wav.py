"""Sound as a WAV file."""

from __future__ import annotations

import io
import wave

from interviewer.interfaces import Pcm


def wav(pcm: Pcm, rate: int) -> bytes:
    """`pcm`: `int16[n]`, mono, `rate` samples a second."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm.astype("<i2", copy=False).tobytes())
    return file.getvalue()
