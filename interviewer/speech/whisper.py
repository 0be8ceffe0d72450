"""One Whisper for the whole process: decodes for all live interviews, finals before interims.

Whisper pads every decode to 30 s; CTranslate2 also takes shorter features, at a fifth of the
cost, but stock weights then tend to loop. What makes short windows usable (measured on accented
speech, see `docs/benchmarks.md`): timestamp tokens on, some seconds of zeros behind the speech,
a cap on tokens by duration, loop detection, and a full window as second try when that trips.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

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


class WhisperEngine:
    """One model, `workers` decoding threads behind a `DecodeQueue`.

    `threads`: per worker, inside CTranslate2. One is nearly as fast as two on short windows, so
    two cores are best used by two workers. Loading blocks for about a second.
    """

    def __init__(
        self,
        model_dir: Path,
        *,
        threads: int = 1,
        workers: int = 2,
        language: str = "en",
        max_finals: int = 64,
        max_interims: int = 16,
    ) -> None:
        self._model = WhisperModel(
            str(model_dir),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            num_workers=workers,
            local_files_only=True,
        )
        self._tokenizer = Tokenizer(
            self._model.hf_tokenizer,
            self._model.model.is_multilingual,
            task="transcribe",
            language=language,
        )
        self._suppressed = get_suppressed_tokens(self._tokenizer, [-1])
        self._queue: DecodeQueue[Hypothesis] = DecodeQueue(
            workers=workers, max_finals=max_finals, max_interims=max_interims
        )

    async def decode(
        self,
        pcm: Pcm,
        *,
        kind: Kind,
        prompt: str = "",
        language: str = "",
        stream: Hashable = None,
    ) -> Hypothesis | None:
        """Recognise `pcm` (`int16[n]`, 16 kHz mono, at most 30 s; more is cut off).

        `prompt`: what was said before, for spelling and case. `language`: as in BCP 47; the
        engine's own where it is empty or the model does not know it. `stream`: whose it is.
        None: an interim that was thinned out. Raises Unavailable when closed or when too many
        finals wait. Cancelling takes the job out of the queue.
        """
        work = partial(self.recognise, pcm, kind=kind, prompt=prompt, language=language)
        with metrics.DECODE.labels(kind).time():
            return await self._queue.run(work, kind=kind, stream=stream)

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
        pcm = pcm[: int(WINDOW_SECONDS * SAMPLE_RATE)]
        seconds = len(pcm) / SAMPLE_RATE
        window = min(WINDOW_SECONDS, seconds + _PADDING[kind])
        tokens = self._prompt_tokens(prompt, language)
        hypothesis, tripped = self._decode_window(pcm, window, tokens, beam=_BEAM[kind])
        if not tripped:
            return hypothesis
        if kind == "interim":
            return self._without_loops(hypothesis)
        log.info("speech.decode.retried", seconds=round(seconds, 2))
        tokens = self._prompt_tokens("", language)
        second, tripped = self._decode_window(
            pcm, WINDOW_SECONDS, tokens, beam=_BEAM[kind], retried=True
        )
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

    def _decode_window(
        self, pcm: Pcm, window: float, tokens_in: list[int], *, beam: int, retried: bool = False
    ) -> tuple[Hypothesis, bool]:
        """One decode in a window of that many seconds; also whether it looped."""
        seconds = len(pcm) / SAMPLE_RATE
        cap = min(_MAX_TOKENS, int(seconds * _TOKENS_PER_SECOND) + _FREE_TOKENS)
        result = self._model.model.generate(
            self._model.encode(self._features(pcm, window)),
            [tokens_in],
            max_length=len(tokens_in) + cap,
            beam_size=beam,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            max_initial_timestamp_index=_MAX_INITIAL_TIMESTAMP,
        )[0]
        tokens: list[int] = result.sequences_ids[0]
        segments = self._segments(tokens, seconds)
        text = " ".join(s.text for s in segments)
        hypothesis = Hypothesis(
            text=text,
            segments=segments,
            log_probability=float(result.scores[0]) * len(tokens) / (len(tokens) + 1),
            no_speech=float(result.no_speech_prob),
            seconds=seconds,
            retried=retried,
        )
        return hypothesis, len(tokens) >= cap or is_looping(text)

    def _prompt_tokens(self, prompt: str, language: str) -> list[int]:
        start = list(self._tokenizer.sot_sequence)
        code = language.split("-", maxsplit=1)[0].lower()
        token = self._model.hf_tokenizer.token_to_id(f"<|{code}|>")
        if token is not None and self._model.model.is_multilingual and len(code) in (2, 3):
            start[1] = token
        if not prompt.strip():
            return start
        before = self._tokenizer.encode(" " + prompt.strip())[-_MAX_PROMPT_TOKENS:]
        return [self._tokenizer.sot_prev, *before, *start]

    def _features(self, pcm: Pcm, window: float) -> npt.NDArray[np.float32]:
        """Log-mel features `float32[80, 100 * window]` of the audio with zeros behind it."""
        samples = np.zeros(int(window * SAMPLE_RATE), np.float32)
        samples[: len(pcm)] = pcm.astype(np.float32) / 32768.0
        features: npt.NDArray[np.float32] = self._model.feature_extractor(samples, padding=0)
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
