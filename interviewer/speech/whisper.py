"""One Whisper for the whole process: decodes for all live interviews, finals before interims.

Whisper pads every decode to 30 s; CTranslate2 also takes shorter features, at a fifth of the
cost, but stock weights then tend to loop. What makes short windows usable (measured on accented
speech, see `docs/benchmarks.md`): timestamp tokens on, some seconds of zeros behind the speech,
a cap on tokens by duration, loop detection, and a full window as second try when that trips.

On a GPU a full window costs next to nothing, and what waits is decoded in batches: those have one
window, the full one, and prompts of one length.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Pcm
from interviewer.observability import metrics
from interviewer.speech.decode_queue import DecodeQueue, Kind
from interviewer.speech.hypothesis import Hypothesis, Segment, collapse_repeats, is_looping

log = structlog.get_logger()

SAMPLE_RATE = 16_000
WINDOW_SECONDS = 30.0

# Zeros behind the speech, in seconds. Word error rates by padding: `docs/benchmarks.md`.
_PADDING: dict[Kind, float] = {"final": 4.0, "interim": 3.0}
_BEAM: dict[Kind, int] = {"final": 3, "interim": 1}
# Fast speech is about six tokens a second; a loop runs into the cap and is caught there.
_TOKENS_PER_SECOND, _FREE_TOKENS = 8, 16
_MAX_TOKENS = 224
_MAX_PROMPT_TOKENS = 48
_HOP = 160
# Whisper's `max_initial_timestamp` (1 s) in steps of 20 ms.
_MAX_INITIAL_TIMESTAMP = 50
_CUDA_BATCH = 16
# Of one thread, on a CPU: with many interviews at once interims would take a core for themselves.
_INTERIM_SHARE = 0.5
# CTranslate2 wants `<|startoftranscript|>` at one place in all prompts of a batch: what was said
# before is cut to a multiple of this, so that there are few lengths.
_PROMPT_STEP = 8


@dataclass(frozen=True, slots=True)
class _Window:
    """One decode that is asked for. `tokens`: the prompt's; `plain`: without what was said."""

    pcm: Pcm
    kind: Kind
    tokens: Sequence[int]
    plain: Sequence[int]

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE

    @property
    def cap(self) -> int:
        """Most tokens that the speech can have; a loop has more."""
        return min(_MAX_TOKENS, int(self.seconds * _TOKENS_PER_SECOND) + _FREE_TOKENS)


def load_whisper(
    model_dir: Path, *, device: str, compute_type: str, threads: int, workers: int
) -> WhisperModel:
    """The weights of a CTranslate2 Whisper in `model_dir`. Blocks.

    `device`: cpu or cuda; `compute_type`: as CTranslate2 names them; int8 on the CPU and float16
    on CUDA if empty; `workers`: decodes at once. Raises Unavailable if it cannot be loaded there.
    """
    try:
        return WhisperModel(
            str(model_dir),
            device=device,
            compute_type=compute_type or ("float16" if device == "cuda" else "int8"),
            cpu_threads=threads,
            num_workers=workers,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise Unavailable(
            f"The recogniser {model_dir.name} cannot be loaded on {device}"
            f"{f' as {compute_type}' if compute_type else ''}: {error}"
        ) from error


class WhisperEngine:
    """One model, `workers` decoding threads behind a `DecodeQueue`; a `Decoder`.

    `threads`: per worker, inside CTranslate2. One is nearly as fast as two on short windows, so
    two cores are best used by two workers. `batch`: decodes done at once; 16 on CUDA, one on the
    CPU if None. `passes`: decodes beside the queue's that `model` has room for. Loading blocks
    for about a second. Raises Unavailable if the model cannot be loaded.
    """

    def __init__(
        self,
        model_dir: Path,
        *,
        device: str = "cpu",
        compute_type: str = "",
        threads: int = 1,
        workers: int = 2,
        passes: int = 0,
        batch: int | None = None,
        language: str = "en",
        max_finals: int = 64,
        max_interims: int = 16,
    ) -> None:
        self.model = load_whisper(
            model_dir,
            device=device,
            compute_type=compute_type,
            threads=threads,
            workers=workers + passes,
        )
        self._tokenizer = Tokenizer(
            self.model.hf_tokenizer,
            self.model.model.is_multilingual,
            task="transcribe",
            language=language,
        )
        self._suppressed = get_suppressed_tokens(self._tokenizer, [-1])
        self._batch = batch or (_CUDA_BATCH if device == "cuda" else 1)
        self._queue: DecodeQueue[_Window, Hypothesis] = DecodeQueue(
            self._recognise_all,
            workers=workers,
            max_finals=max_finals,
            max_interims=max_interims,
            max_batch=self._batch,
            interim_share=_INTERIM_SHARE if device == "cpu" else 1.0,
        )
        metrics.MODEL_FAILURES.labels("recogniser", "whisper")
        for kind in _PADDING:
            waiting = metrics.DECODES_WAITING.labels(kind)
            waiting.set_function(partial(self._waiting_of, kind))

    async def decode(
        self,
        pcm: Pcm,
        *,
        kind: Kind,
        prompt: str = "",
        language: str = "",
        stream: Hashable = None,
    ) -> Hypothesis | None:
        """See `Decoder.decode`. Cancelling takes the job out of the queue."""
        window = self._window(pcm, kind, prompt, language)
        with metrics.DECODE.labels(kind).time():
            try:
                return await self._queue.run(
                    window, kind=kind, stream=stream, like=len(window.tokens)
                )
            except Exception:
                metrics.MODEL_FAILURES.labels("recogniser", "whisper").inc()
                raise

    def _waiting_of(self, kind: Kind) -> float:
        return self._queue.waiting()[kind]

    def waiting(self) -> dict[Kind, int]:
        """Decodes in the queue by kind, for metrics and admission."""
        return self._queue.waiting()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is being decoded."""
        return self._queue.idle

    def close(self) -> None:
        """Stop the threads; what waits fails with Unavailable."""
        self._queue.close()

    # --- decoding ----------------------------------------------------------------------------

    def recognise(
        self, pcm: Pcm, *, kind: Kind, prompt: str = "", language: str = ""
    ) -> Hypothesis:
        """Decode in this thread (blocking). See `decode`."""
        return self._recognise_all([self._window(pcm, kind, prompt, language)])[0]

    def _window(self, pcm: Pcm, kind: Kind, prompt: str, language: str) -> _Window:
        plain = self._start_tokens(language)
        tokens = [*self._prompt_tokens(prompt), *plain]
        return _Window(pcm[: int(WINDOW_SECONDS * SAMPLE_RATE)], kind, tokens, plain)

    def _recognise_all(self, windows: Sequence[_Window]) -> list[Hypothesis]:
        """Of one kind, with prompts of one length. What looped is decoded again by itself."""
        metrics.DECODE_BATCH.observe(len(windows))
        seconds = max(w.seconds for w in windows) + _PADDING[windows[0].kind]
        if self._batch > 1:
            seconds = WINDOW_SECONDS
        first = self._decode_windows(windows, min(WINDOW_SECONDS, seconds))
        return [
            self._again(window, hypothesis) if tripped else hypothesis
            for window, (hypothesis, tripped) in zip(windows, first, strict=True)
        ]

    def _again(self, window: _Window, looping: Hypothesis) -> Hypothesis:
        """A second try where the first one looped: a final's only, in a window of full length."""
        if window.kind == "interim":
            return self._without_loops(looping)
        log.info("speech.decode.retried", seconds=round(window.seconds, 2))
        alone = replace(window, tokens=window.plain)
        ((second, tripped),) = self._decode_windows([alone], WINDOW_SECONDS, retried=True)
        return self._without_loops(second) if tripped else second

    @staticmethod
    def _without_loops(hypothesis: Hypothesis) -> Hypothesis:
        return Hypothesis(
            text=collapse_repeats(hypothesis.text),
            log_probability=hypothesis.log_probability,
            no_speech=hypothesis.no_speech,
            seconds=hypothesis.seconds,
            retried=hypothesis.retried,
        )

    def _decode_windows(
        self, windows: Sequence[_Window], length: float, *, retried: bool = False
    ) -> list[tuple[Hypothesis, bool]]:
        """One decode each in a window of `length` seconds; also whether it looped."""
        prompts = [list(w.tokens) for w in windows]
        features = np.stack([self._features(w.pcm, length) for w in windows])
        results = self.model.model.generate(
            self.model.encode(features),
            prompts,
            max_length=len(prompts[0]) + max(w.cap for w in windows),
            beam_size=_BEAM[windows[0].kind],
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            max_initial_timestamp_index=_MAX_INITIAL_TIMESTAMP,
        )
        return [
            self._read(window, result, retried)
            for window, result in zip(windows, results, strict=True)
        ]

    def _read(self, window: _Window, result: Any, retried: bool) -> tuple[Hypothesis, bool]:
        tokens: list[int] = result.sequences_ids[0]
        segments = self._segments(tokens, window.seconds)
        text = " ".join(s.text for s in segments)
        hypothesis = Hypothesis(
            text=text,
            segments=segments,
            log_probability=float(result.scores[0]) * len(tokens) / (len(tokens) + 1),
            no_speech=float(result.no_speech_prob),
            seconds=window.seconds,
            retried=retried,
        )
        return hypothesis, len(tokens) >= window.cap or is_looping(text)

    def _start_tokens(self, language: str) -> list[int]:
        start = list(self._tokenizer.sot_sequence)
        code = language.split("-", maxsplit=1)[0].lower()
        token = self.model.hf_tokenizer.token_to_id(f"<|{code}|>")
        if token is not None and self.model.model.is_multilingual and len(code) in (2, 3):
            start[1] = token
        return start

    def _prompt_tokens(self, prompt: str) -> list[int]:
        """What was said before; nothing if there is nothing."""
        if not prompt.strip():
            return []
        before = self._tokenizer.encode(" " + prompt.strip())[-_MAX_PROMPT_TOKENS:]
        if self._batch > 1:
            before = before[len(before) % _PROMPT_STEP :]
        return [self._tokenizer.sot_prev, *before] if before else []

    def _features(self, pcm: Pcm, window: float) -> npt.NDArray[np.float32]:
        """Log-mel features `float32[mels, 100 * window]` of the audio with zeros behind it."""
        samples = np.zeros(int(window * SAMPLE_RATE), np.float32)
        samples[: len(pcm)] = pcm.astype(np.float32) / 32768.0
        features: npt.NDArray[np.float32] = self.model.feature_extractor(samples, padding=0)
        return np.ascontiguousarray(features[:, : len(samples) // _HOP])

    def _segments(self, tokens: list[int], seconds: float) -> tuple[Segment, ...]:
        """Cut the tokens at the timestamp tokens among them."""
        first = self._tokenizer.timestamp_begin
        segments: list[Segment] = []
        words: list[int] = []
        start = 0.0

        def close(end: float) -> None:
            text: Any = self._tokenizer.decode(words).strip()
            if text:
                segments.append(Segment(text, min(start, seconds), min(end, seconds)))
            words.clear()

        for token in tokens:
            if token >= first:
                at = (token - first) * 0.02
                close(at)
                start = at
            elif token < self._tokenizer.eot:
                words.append(token)
        close(seconds)
        return tuple(segments)
