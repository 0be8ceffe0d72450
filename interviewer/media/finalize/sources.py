"""Reading recordings that may end in mid-write: the service's own, and what a page uploaded.

A page's upload is a stranger's file. Its container is told by its first bytes and forced, so that
no playlist or protocol of FFmpeg's is ever reached; only the codecs that browsers record with are
decoded; damage ends or thins the stream but raises nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import numpy.typing as npt

from interviewer.media.echo import Echo, EchoGate
from interviewer.media.frames import FRAME_SECONDS, OPUS_FRAME, SPEECH_FRAME

RATE = 48_000
"""Everything is decoded at Opus's own rate (RFC 7845)."""
MAX_SECONDS = 4 * 3600.0
"""Times beyond this are damage: the longest interview and its pauses are far shorter."""
TOLERANCE = 0.04
"""Timestamps that disagree with the sample count by less are rounding (Matroska's are in ms)."""
VIDEO_CODECS = frozenset({"h264", "vp8", "vp9", "av1"})
AUDIO_CODECS = frozenset({"opus", "aac", "vorbis", "mp3", "pcm_s16le", "flac"})
MAX_PIXELS = 4096 * 2304

Stereo = npt.NDArray[np.int16]
"""`int16[n, 2]` at 48 kHz."""


class Unplayable(Exception):
    """Nothing in the file can be decoded."""


def container_format(path: Path) -> str:
    """`mp4` or `matroska` by the first bytes. Raises Unplayable."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if head[4:8] in (b"ftyp", b"styp", b"moof", b"moov"):
        return "mp4"
    raise Unplayable("neither MP4 nor Matroska")


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """An input container. Raises Unplayable where it has no readable header."""
    try:
        container = av.open(str(path), format=container_format(path))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise Unplayable(str(error)) from error
    try:
        yield container
    finally:
        container.close()


def origin(container: Any) -> float:
    """The container's own zero in seconds; some recorders start at their clock's time."""
    return float(container.start_time or 0) / av.time_base


def packets(container: Any, stream: Any) -> Iterator[Any]:
    """The stream's sound packets in order, until the end or the first damage of the container."""
    demuxed = container.demux(stream)
    while True:
        try:
            packet = next(demuxed)
        except (StopIteration, av.error.FFmpegError, EOFError):
            return
        if packet.dts is not None and packet.size and not packet.is_corrupt:
            yield packet


def frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decoded frames; a packet that cannot be decoded is left out."""
    for packet in packets(container, stream):
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            continue
    try:
        yield from stream.codec_context.decode(None)
    except (av.error.FFmpegError, EOFError):
        return


def audio_stream(container: Any) -> Any | None:
    """The first sound stream, if a browser or the service could have written it."""
    for stream in container.streams.audio:
        if stream.codec_context is not None and stream.codec_context.name in AUDIO_CODECS:
            return stream
    return None


def video_stream(container: Any) -> Any | None:
    """The first picture stream, if a browser could have written it."""
    for stream in container.streams.video:
        context = stream.codec_context
        if context is None or context.codec.canonical_name not in VIDEO_CODECS:
            continue
        if 0 < context.width * context.height <= MAX_PIXELS:
            return stream
    return None


def sound(path: Path, *, own_zero: bool) -> Iterator[Stereo]:
    """The file's sound without a gap: holes are filled with silence. Raises Unplayable.

    `own_zero`: start at the container's zero (a page's clock means nothing); else at second 0,
    which in the service's recordings is the session's. Mono comes in both channels.
    """
    with opened(path) as container:
        stream = audio_stream(container)
        if stream is None:
            return
        stream.thread_type = "NONE"
        zero, cursor = origin(container) if own_zero else 0.0, 0
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
        for frame in frames(container, stream):
            if frame.pts is None:
                continue
            # The frame's own time base is lost in the last, flushed frames.
            at = round((float(frame.pts * stream.time_base) - zero) * RATE)
            missing = at - cursor
            if missing > MAX_SECONDS * RATE:
                return
            if missing > TOLERANCE * RATE:
                yield np.zeros((missing, 2), np.int16)
                cursor = at
            frame.pts = None
            for piece in resampler.resample(frame):
                pcm: Stereo = np.asarray(piece.to_ndarray(), np.int16).reshape(-1, 2)
                surplus = cursor - at if missing < -TOLERANCE * RATE else 0
                kept = pcm[min(surplus, len(pcm)) :]
                cursor += len(kept)
                yield kept


class Decimator:
    """48 kHz to a lower rate by a whole factor: windowed-sinc low-pass, then every nth sample.

    Blocks may have any length; the output is one stream, delayed by nothing.
    """

    def __init__(self, factor: int, *, taps_per_phase: int = 16) -> None:
        self._factor = factor
        half = factor * taps_per_phase // 2
        n = np.arange(-half, half + 1)
        kernel = np.sinc(0.92 * n / factor) * np.blackman(len(n))
        self._kernel = (kernel / kernel.sum()).astype(np.float32)
        self._tail = np.zeros(half, np.float32)
        self._half = half
        self._phase = 0

    def push(self, block: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        """`block`: `int16[n]`. Returns what is complete so far."""
        data = np.concatenate([self._tail, block.astype(np.float32)])
        ready = len(data) - 2 * self._half
        if ready <= 0:
            self._tail = data
            return np.zeros(0, np.int16)
        filtered = np.convolve(data, self._kernel, "valid")[self._phase :: self._factor]
        self._phase = (self._phase - ready) % self._factor
        self._tail = data[ready:]
        return np.clip(np.rint(filtered), -32768, 32767).astype(np.int16)

    def flush(self) -> npt.NDArray[np.int16]:
        return self.push(np.zeros(self._half, np.int16))


@dataclass(frozen=True, slots=True)
class AudioSession:
    """One session's recording (left: candidate, right: interviewer).

    `offset`: the second on the interview's axis of its first sample.
    """

    path: Path
    offset: float


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds on the interview's axis."""

    start: float
    end: float


def axis_sound(sessions: list[AudioSession]) -> Iterator[tuple[int | None, Stereo]]:
    """(index of the session or None in a gap, block) for the whole axis.

    A session that reaches past the next one's offset is cut there. Unreadable ones are silence.
    """
    cursor = 0
    for i, session in enumerate(sessions):
        start = round(session.offset * RATE)
        while cursor < start:
            n = min(RATE, start - cursor)
            yield None, np.zeros((n, 2), np.int16)
            cursor += n
        limit = round(sessions[i + 1].offset * RATE) if i + 1 < len(sessions) else None
        try:
            for block in sound(session.path, own_zero=False):
                kept = block if limit is None else block[: max(0, limit - cursor)]
                for at in range(0, len(kept), RATE):
                    yield i, kept[at : at + RATE]
                cursor += len(kept)
        except Unplayable:
            continue


def candidate_sound(sessions: list[AudioSession], path: Path) -> float:
    """Write the candidate's voice of the whole axis as raw `int16`, 16 kHz; its length in s.

    Without the interviewer's voice where that came back through the microphone.
    """
    early: dict[int, Echo] = {}
    seconds = _write_candidate(sessions, path, early)
    # It is known some seconds after it was first heard; then from the session's beginning on.
    return _write_candidate(sessions, path, early) if early else seconds


def _write_candidate(sessions: list[AudioSession], path: Path, early: dict[int, Echo]) -> float:
    """`early`: what is known of each session's echo, by its index; what is found is added."""
    decimator, written = Decimator(3), 0
    came, sent = np.zeros(0, np.int16), np.zeros(0, np.int16)
    session: int | None = None
    cleaned = _Cleaned(None)
    with path.open("wb") as file:
        for index, block in axis_sound(sessions):
            if index is not None and index != session:
                written += file.write(cleaned.rest())
                session, cleaned = index, _Cleaned(early.get(index))
            came = np.concatenate((came, decimator.push(block[:, 0])))
            sent = np.concatenate((sent, block[:, 1]))
            whole = min(len(came) // SPEECH_FRAME, len(sent) // OPUS_FRAME)
            for i in range(whole):
                out = sent[i * OPUS_FRAME : (i + 1) * OPUS_FRAME]
                back = came[i * SPEECH_FRAME : (i + 1) * SPEECH_FRAME]
                written += file.write(cleaned.push(out, back))
            came, sent = came[whole * SPEECH_FRAME :], sent[whole * OPUS_FRAME :]
            if session is not None and cleaned.early_echo is not None:
                early.setdefault(session, cleaned.early_echo)
        written += file.write(cleaned.rest())
        written += file.write(came.tobytes())
        written += file.write(decimator.flush().tobytes())
    return written / 2 / 16_000


class _Cleaned:
    """One session's candidate without the echo, `ONSET` frames late: so much of a voice that
    begins in an echo was taken for it."""

    ONSET = 4
    EARLY = round(30 / FRAME_SECONDS)

    def __init__(self, echo: Echo | None) -> None:
        self.early_echo: Echo | None = None
        self._gate = EchoGate(echo)
        self._held: deque[npt.NDArray[np.int16]] = deque()  # as they came
        self._frames = 0
        self._passed_to = -1  # the last frame that is the candidate's

    def push(self, sent: npt.NDArray[np.int16], came: npt.NDArray[np.int16]) -> bytes:
        """20 ms of both voices; answers the frame that is ready, or nothing yet."""
        self._gate.sent(sent, self._frames * FRAME_SECONDS)
        if self._gate.heard(came) is came:
            self._passed_to = self._frames
        self._held.append(came)
        self._frames += 1
        if self.early_echo is None and self._frames < self.EARLY:
            self.early_echo = self._gate.echo
        return self._oldest() if len(self._held) > self.ONSET else b""

    def rest(self) -> bytes:
        """What is still held, once."""
        return b"".join(self._oldest() for _ in range(len(self._held)))

    def _oldest(self) -> bytes:
        index = self._frames - len(self._held)
        frame = self._held.popleft()
        return (frame if index <= self._passed_to else np.zeros_like(frame)).tobytes()
