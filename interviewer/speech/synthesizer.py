"""Text to speech: two embedded voices behind one seam, streamed by clause, cached by text.

`heart` (hibari-tts, Apache-2.0, weights in its wheel) is the default, `joe` (Piper
en_US-joe-medium, CC0) the second. Questions are known ahead: `prerender` puts them in the cache
and `stream` answers at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from interviewer.domain.errors import NotFound
from interviewer.interfaces import Pcm, Voice
from interviewer.observability import metrics
from interviewer.speech.spoken import pieces, spoken

T = TypeVar("T")

HEART = Voice(
    id="heart",
    name="Heart",
    language="en-US",
    gender="female",
    engine="hibari-tts",
    licence="Apache-2.0",
    sample_rate=24_000,
)
JOE = Voice(
    id="joe",
    name="Joe",
    language="en-US",
    gender="male",
    engine="piper",
    licence="CC0-1.0",
    sample_rate=22_050,
)

# Both engines put silence around each sentence (heart 0.3 s before and 0.45 s after), which the
# candidate would hear as slowness. It is cut to these, in seconds.
_LEAD, _TAIL = 0.03, 0.06
_SENTENCE_PAUSE, _CLAUSE_PAUSE = 0.32, 0.14
_SILENCE = 250  # of 32767
_PEAK = 30_000
_CHUNK_SECONDS = 0.5


class Engine(Protocol):
    """One loaded voice. `first`, `longest`: how long a piece of text it should get, in
    characters, to answer early and to stay within what it was trained on."""

    voice: Voice
    first: int
    longest: int

    def render(self, text: str) -> Pcm:
        """Blocking, thread-safe; `int16[n]` mono at the voice's rate."""


class HibariEngine:
    """The voice `heart`: about 100 times faster than speech on one core."""

    voice = HEART
    first, longest = 120, 240
    _GAIN = 1.9  # to the loudness of `joe`

    def __init__(self) -> None:
        from hibari import Hibari  # noqa: PLC0415 - half a second, only where it is spoken

        self._model = Hibari(voice="heart", threads=1)
        self._phonemizing = threading.Lock()

    def render(self, text: str) -> Pcm:
        with self._phonemizing:
            sentences = self._model.phonemize(text)
        # A fixed seed: the same text sounds the same, cached or not.
        rng = np.random.default_rng(7)
        parts = [self._model.from_ids(self._model.ids(s), 1.0, rng) for s in sentences]
        return _pcm16(np.concatenate(parts) if parts else np.zeros(0, np.float32), self._GAIN)


class PiperEngine:
    """The voice `joe`: about 20 times faster than speech on one core."""

    voice = JOE
    first, longest = 40, 160
    _GAIN = 0.8  # it normalises each sentence to full scale

    def __init__(self, model: Path) -> None:
        import onnxruntime  # type: ignore[import-untyped]  # noqa: PLC0415 - only where spoken
        from orjson import loads  # noqa: PLC0415
        from piper import PiperVoice  # noqa: PLC0415
        from piper.config import PiperConfig  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        options.log_severity_level = 3
        self._model = PiperVoice(
            session=onnxruntime.InferenceSession(
                str(model), sess_options=options, providers=["CPUExecutionProvider"]
            ),
            config=PiperConfig.from_dict(loads(model.with_suffix(".onnx.json").read_bytes())),
        )

    def render(self, text: str) -> Pcm:
        parts = [chunk.audio_float_array for chunk in self._model.synthesize(text)]
        return _pcm16(np.concatenate(parts) if parts else np.zeros(0, np.float32), self._GAIN)


def _pcm16(audio: npt.NDArray[np.float32], gain: float) -> Pcm:
    scaled: Pcm = np.clip(audio * (32767.0 * gain), -_PEAK, _PEAK).astype(np.int16)
    return scaled


class Voices:
    """The voices that this installation has; each is loaded when it is first asked for."""

    def __init__(self, factories: dict[str, tuple[Voice, Callable[[], Engine]]]) -> None:
        self._factories = factories
        self._engines: dict[str, Engine] = {}
        self._loading = threading.Lock()

    @classmethod
    def embedded(cls, model_dir: Path) -> Voices:
        """`heart`, and `joe` if its model is in `model_dir`."""
        factories: dict[str, tuple[Voice, Callable[[], Engine]]] = {"heart": (HEART, HibariEngine)}
        joe = model_dir / "piper" / "en_US-joe-medium.onnx"
        if joe.exists():
            factories["joe"] = (JOE, lambda: PiperEngine(joe))
        return cls(factories)

    def all(self) -> Sequence[Voice]:
        return [voice for voice, _ in self._factories.values()]

    def get(self, voice_id: str) -> Voice:
        """Raises NotFound."""
        try:
            return self._factories[voice_id][0]
        except KeyError:
            raise NotFound(f"There is no voice {voice_id!r}.", param="voice_id") from None

    def engine(self, voice_id: str) -> Engine:
        """The loaded voice; blocks while it loads (about 0.5 s). Raises NotFound."""
        self.get(voice_id)
        with self._loading:
            if voice_id not in self._engines:
                self._engines[voice_id] = self._factories[voice_id][1]()
            return self._engines[voice_id]


@dataclass(frozen=True, slots=True)
class CacheFigures:
    """For metrics."""

    entries: int
    bytes: int
    hits: int
    misses: int


class _Cache:
    """Least recently used renders, bounded by bytes. Used on the event loop only."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[tuple[str, str], Pcm] = OrderedDict()
        self.bytes = self.hits = self.misses = 0

    def get(self, key: tuple[str, str]) -> Pcm | None:
        pcm = self._entries.get(key)
        if pcm is None:
            self.misses += 1
            return None
        self.hits += 1
        self._entries.move_to_end(key)
        return pcm

    def put(self, key: tuple[str, str], pcm: Pcm) -> None:
        if pcm.nbytes > self._max_bytes // 4:
            return
        if key in self._entries:
            self.bytes -= self._entries.pop(key).nbytes
        self._entries[key] = pcm
        self.bytes += pcm.nbytes
        while self.bytes > self._max_bytes:
            _, old = self._entries.popitem(last=False)
            self.bytes -= old.nbytes

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)


class Synthesizer:
    """The embedded `SpeechSynthesizer`. Renders in threads of its own, never in the loop's.

    One thread is kept for what is spoken now: prerendering uses one at a time.
    `cache_bytes`: 48 kB a second of speech.
    """

    def __init__(self, voices: Voices, *, threads: int = 2, cache_bytes: int = 64 << 20) -> None:
        self._voices = voices
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="tts")
        self._cache = _Cache(cache_bytes)
        self._ahead = asyncio.Lock()

    def voices(self) -> Sequence[Voice]:
        return self._voices.all()

    def voice(self, voice_id: str) -> Voice:
        """Raises NotFound."""
        return self._voices.get(voice_id)

    async def load(self, voice_id: str) -> None:
        """Load the voice and run it once, so that the first sentence is not late."""
        await self._in_pool(lambda: self._voices.engine(voice_id).render("Ready."))

    async def stream(self, text: str, voice_id: str) -> AsyncIterator[Pcm]:
        """Chunks of at most 0.5 s, the first as soon as its clause is rendered.

        Raises NotFound for an unknown voice. Nothing more is rendered once the caller stops.
        """
        self._voices.get(voice_id)
        key = (voice_id, text)
        cached = self._cache.get(key)
        if cached is not None:
            for chunk in _chunks(cached, self._voices.get(voice_id).sample_rate):
                yield chunk
            return
        rendered: list[Pcm] = []
        async with contextlib.aclosing(self._pieces(text, voice_id)) as parts:
            async for piece in parts:
                rendered.append(piece)
                for chunk in _chunks(piece, self._voices.get(voice_id).sample_rate):
                    yield chunk
        if rendered:
            self._cache.put(key, np.concatenate(rendered))

    async def prerender(self, texts: Sequence[str], voice_id: str) -> None:
        """Render and cache, one text at a time, behind whatever is spoken now."""
        for text in texts:
            async with self._ahead:
                if (voice_id, text) in self._cache:
                    continue
                parts = [piece async for piece in self._pieces(text, voice_id)]
                if parts:
                    self._cache.put((voice_id, text), np.concatenate(parts))

    def figures(self) -> CacheFigures:
        cache = self._cache
        return CacheFigures(len(cache), cache.bytes, cache.hits, cache.misses)

    def close(self) -> None:
        """Stop the threads; what is being rendered is finished first."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _pieces(self, text: str, voice_id: str) -> AsyncGenerator[Pcm]:
        engine = await self._in_pool(partial(self._voices.engine, voice_id))
        parts = pieces(spoken(text), first=engine.first, longest=engine.longest)
        for number, part in enumerate(parts):
            try:
                pcm = await self._in_pool(partial(engine.render, part))
            except Exception:
                metrics.MODEL_FAILURES.labels("voice", voice_id).inc()
                raise
            last = number == len(parts) - 1
            pause = _TAIL if last else _SENTENCE_PAUSE if part[-1] in ".!?" else _CLAUSE_PAUSE
            yield trimmed(pcm, engine.voice.sample_rate, pause)

    async def _in_pool(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def trimmed(pcm: Pcm, rate: int, pause: float) -> Pcm:
    """The audio without the engine's own silence around it, and `pause` seconds behind it."""
    loud = np.nonzero(np.abs(pcm.astype(np.int32)) > _SILENCE)[0]
    if not len(loud):
        return np.zeros(0, np.int16)
    start = max(0, int(loud[0]) - int(_LEAD * rate))
    end = min(len(pcm), int(loud[-1]) + int(_TAIL * rate))
    silence = np.zeros(max(0, int((pause - _TAIL) * rate)), np.int16)
    return np.concatenate((pcm[start:end], silence))


def _chunks(pcm: Pcm, rate: int) -> Iterator[Pcm]:
    size = int(_CHUNK_SECONDS * rate)
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]
