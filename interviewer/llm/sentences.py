"""Sentences as vectors by all-MiniLM-L6-v2, in NumPy: what they mean, and how they are put.

The network is BERT (arXiv:1810.04805): WordPiece tokens, six layers of attention, 384 numbers a
token. The model card takes the mean of the last layer as the sentence's vector, which says what a
sentence is about. Earlier layers, maxima and the first words say more of how it is put (asked,
told, begged), so `features` keeps those as well.
"""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Array = NDArray[np.float32]

FOLDER = "all-minilm-l6-v2"
WEIGHTS = "model.safetensors"
TOKENS = "tokenizer.json"

WIDTH = 384
_HEADS = 12
_LAYERS = 6
_POOLED = 4  # of the last layers go into the features ...
_OPENED = 3  # ... and of these the first words once more
_OPENING = slice(1, 4)  # tokens behind [CLS]
FEATURES = (2 * _POOLED + _OPENED) * WIDTH
# Longer than any aside; time grows with it.
MAX_TOKENS = 96
_EPSILON = 1e-12  # of the layer norms, from the model's config.json


class SentenceEncoder:
    """Reads sentences. Immutable once made, so threads may share one.

    The weights are mapped, not read: what is used of them (about 45 MB) is shared by all processes
    that use the same file. Raises `OSError` or `ValueError` where the files are missing or broken.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._weights = _mapped(folder / WEIGHTS)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"{WEIGHTS} cannot be read: {error!r}") from error
        text = (folder / TOKENS).read_text(encoding="utf-8")
        try:
            self._tokens: Tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # the library raises bare Exceptions
            raise ValueError(f"{TOKENS} cannot be read: {error}") from error
        self._tokens.no_padding()
        self._tokens.enable_truncation(MAX_TOKENS)
        try:
            self.layers("ready")  # meets missing or misshapen weights here, not in an interview
        except (LookupError, ValueError) as error:
            raise ValueError(f"{WEIGHTS} cannot be used: {error!r}") from error

    def ids(self, text: str) -> list[int]:
        """Its WordPiece tokens, [CLS] and [SEP] around them; never more than `MAX_TOKENS`."""
        # A lone surrogate is no text; the tokenizer refuses it.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        return list(self._tokens.encode(clean).ids)

    def vector(self, text: str) -> Array:
        """`float32[384]` of length 1; the cosine of two is how alike their meanings are."""
        mean: Array = self.layers(text)[-1].mean(axis=0)
        return mean / np.float32(np.linalg.norm(mean))

    def features(self, text: str) -> Array:
        """`float32[FEATURES]`: the last layers' means and maxima over all tokens, and the means
        over the first three."""
        last = self.layers(text)[-_POOLED:]
        pools = [pool for x in last for pool in (x.mean(axis=0), x.max(axis=0))]
        return np.concatenate([*pools, *(x[_OPENING].mean(axis=0) for x in last[-_OPENED:])])

    def layers(self, text: str) -> list[Array]:
        """What comes out of each layer: `float32[tokens, 384]`, the first layer first."""
        ids = self.ids(text)
        w = self._weights
        x = (
            w["embeddings.word_embeddings.weight"][ids]
            + w["embeddings.position_embeddings.weight"][: len(ids)]
            + w["embeddings.token_type_embeddings.weight"][0]
        )
        x = self._norm(x, "embeddings")
        out = []
        for layer in range(_LAYERS):
            name = f"encoder.layer.{layer}"
            x = self._norm(x + self._attention(x, f"{name}.attention"), f"{name}.attention.output")
            wide = _gelu(self._linear(x, f"{name}.intermediate.dense"))
            x = self._norm(x + self._linear(wide, f"{name}.output.dense"), f"{name}.output")
            out.append(x)
        return out

    def _attention(self, x: Array, name: str) -> Array:
        query, key, value = (
            self._linear(x, f"{name}.self.{part}").reshape(len(x), _HEADS, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        odds = query @ key.transpose(0, 2, 1) / np.float32(math.sqrt(WIDTH / _HEADS))
        odds = np.exp(odds - odds.max(axis=-1, keepdims=True))
        odds /= odds.sum(axis=-1, keepdims=True)
        mixed = (odds @ value).transpose(1, 0, 2).reshape(len(x), WIDTH)
        return self._linear(mixed, f"{name}.output.dense")

    def _linear(self, x: Array, name: str) -> Array:
        out: Array = x @ self._weights[f"{name}.weight"].T
        out += self._weights[f"{name}.bias"]
        return out

    def _norm(self, x: Array, name: str) -> Array:
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
        out: Array = x * self._weights[f"{name}.LayerNorm.weight"]
        out += self._weights[f"{name}.LayerNorm.bias"]
        return out


def _gelu(x: Array) -> Array:
    """x * Phi(x). NumPy has no erf: Abramowitz and Stegun 7.1.26, off by less than 2e-7."""
    z = np.abs(x) * np.float32(math.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = np.full_like(t, 1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        poly *= t
        poly += np.float32(coefficient)
    erf = 1 - poly * t * np.exp(-z * z)
    out: Array = np.float32(0.5) * x * (1 + np.copysign(erf, x))
    return out


def _mapped(path: Path) -> Mapping[str, Array]:
    """The float32 tensors of a safetensors file: a JSON header with its length before it."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if not 0 < size < path.stat().st_size:
            raise ValueError(f"{path.name} is no safetensors file")
        header = json.loads(file.read(size))
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    found = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            begin, end = entry["data_offsets"]
            flat = np.frombuffer(data, np.float32, (end - begin) // 4, offset=8 + size + begin)
            found[name] = flat.reshape(entry["shape"])
    if not found:
        raise ValueError("it holds no weights")
    return found
