"""Sentences as vectors, in NumPy: what they mean, and how they are put.

Two published networks, all-MiniLM-L6-v2 (BERT, arXiv:1810.04805) and all-mpnet-base-v2 (MPNet,
arXiv:2004.09297: the same layers, with a bias for how far apart two tokens stand). Their model
cards take the mean of the last layer as the sentence's vector, which says what a sentence is about.
Earlier layers, maxima and the first words say more of how it is put (asked, told, begged), so
`features` keeps those as well.
"""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Array = NDArray[np.float32]

WEIGHTS = "model.safetensors"
TOKENS = "tokenizer.json"

_HEADS = 12
_POOLED = 4  # of the last layers go into the features ...
_OPENED = 3  # ... and of these the first words once more
_OPENING = slice(1, 4)  # tokens behind the one that begins a text
# Longer than any aside; time grows with it.
MAX_TOKENS = 96


@dataclass(frozen=True, slots=True)
class Network:
    """What tells one network from another, from its config.json and the names of its weights.

    `first_position`: the index of the first token's place. `query` to `attended`: weights of a
    layer's attention, the last one the norm behind it.
    """

    folder: str
    width: int
    layers: int
    epsilon: float
    first_position: int
    query: str
    key: str
    value: str
    mixed: str
    attended: str

    @property
    def features(self) -> int:
        return (2 * _POOLED + _OPENED) * self.width


MINILM = Network(
    folder="all-minilm-l6-v2",
    width=384,
    layers=6,
    epsilon=1e-12,
    first_position=0,
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    mixed="attention.output.dense",
    attended="attention.output",
)
"""Quick: 10 to 30 ms a turn on one thread; uses 45 MB."""

MPNET = Network(
    folder="all-mpnet-base-v2",
    width=768,
    layers=12,
    epsilon=1e-5,
    first_position=2,
    query="attention.attn.q",
    key="attention.attn.k",
    value="attention.attn.v",
    mixed="attention.attn.o",
    attended="attention",
)
"""Reads finer, at 0.1 to 0.2 s a turn; uses 340 MB."""

# MPNet tells distances apart one by one up to 8, then in steps that grow, up to 128.
_DISTANCE = "encoder.relative_attention_bias.weight"
_NEAR, _STEPS, _FAR = 8, 8, 128


class SentenceEncoder:
    """Reads sentences. Immutable once made, so threads may share one.

    The weights are mapped, not read: what is used of them is shared by all processes that use the
    same file. `parent`: where the network's folder lies. Raises `OSError` or `ValueError` where
    its files are missing or broken.
    """

    def __init__(self, network: Network, parent: Path) -> None:
        self.network = network
        folder = parent / network.folder
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
            self._distance = self._distance_bias()
            self.layers("ready")  # meets missing or misshapen weights here, not in an interview
        except (LookupError, ValueError) as error:
            raise ValueError(f"{WEIGHTS} cannot be used: {error!r}") from error

    def ids(self, text: str) -> list[int]:
        """Its WordPiece tokens, one for its beginning and end around them; at most `MAX_TOKENS`."""
        # A lone surrogate is no text; the tokenizer refuses it.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        return list(self._tokens.encode(clean).ids)

    def vector(self, text: str) -> Array:
        """`float32[width]` of length 1; the cosine of two is how alike their meanings are."""
        mean: Array = self.layers(text)[-1].mean(axis=0)
        return mean / np.float32(np.linalg.norm(mean))

    def features(self, text: str) -> Array:
        """`float32[network.features]`: the last layers' means and maxima over all tokens, and their
        means over the first three."""
        features: Array = self.features_of([text])[0]
        return features

    def features_of(self, texts: Sequence[str]) -> Array:
        """`float32[texts, network.features]`: of many at once, which is quicker a text."""
        layers, places = self._layers(texts)
        return np.stack([_pooled([x[place] for x in layers[-_POOLED:]]) for place in places])

    def layers(self, text: str) -> list[Array]:
        """What comes out of each layer: `float32[tokens, width]`, the first layer first."""
        return self._layers([text])[0]

    def _layers(self, texts: Sequence[str]) -> tuple[list[Array], list[slice]]:
        """`layers` of texts one behind the other, and where each of them stands."""
        ids = [self.ids(text) for text in texts]
        ends = np.cumsum([len(one) for one in ids]).tolist()
        places = [slice(end - len(one), end) for one, end in zip(ids, ends, strict=True)]
        w, net = self._weights, self.network
        first = net.first_position
        x = (
            w["embeddings.word_embeddings.weight"][np.concatenate(ids)]
            + w["embeddings.position_embeddings.weight"][
                np.concatenate([np.arange(first, first + len(one)) for one in ids])
            ]
        )
        if "embeddings.token_type_embeddings.weight" in w:
            x = x + w["embeddings.token_type_embeddings.weight"][0]
        x = self._norm(x, "embeddings")
        out = []
        for number in range(net.layers):
            layer = f"encoder.layer.{number}"
            x = self._norm(x + self._attention(x, places, layer), f"{layer}.{net.attended}")
            wide = _gelu(self._linear(x, f"{layer}.intermediate.dense"))
            x = self._norm(x + self._linear(wide, f"{layer}.output.dense"), f"{layer}.output")
            out.append(x)
        return out, places

    def _attention(self, x: Array, places: Sequence[slice], layer: str) -> Array:
        net = self.network
        parts = [self._linear(x, f"{layer}.{part}") for part in (net.query, net.key, net.value)]
        mixed = [self._mixed(*(part[place] for part in parts)) for place in places]
        return self._linear(np.concatenate(mixed), f"{layer}.{net.mixed}")

    def _mixed(self, *parts: Array) -> Array:
        """One text's values by its queries and keys, `float32[tokens, width]` each."""
        size = len(parts[0])
        query, key, value = (p.reshape(size, _HEADS, -1).transpose(1, 0, 2) for p in parts)
        odds = query @ key.transpose(0, 2, 1) / np.float32(math.sqrt(self.network.width / _HEADS))
        if self._distance is not None:
            odds += self._distance[:, :size, :size]
        odds = np.exp(odds - odds.max(axis=-1, keepdims=True))
        odds /= odds.sum(axis=-1, keepdims=True)
        mixed: Array = (odds @ value).transpose(1, 0, 2).reshape(size, self.network.width)
        return mixed

    def _distance_bias(self) -> Array | None:
        """`float32[heads, tokens, tokens]`: what a token's distance adds to its odds."""
        if _DISTANCE not in self._weights:
            return None
        places = np.arange(MAX_TOKENS)
        behind = places[:, None] - places[None, :]
        apart = np.abs(behind)
        steps = np.log(np.maximum(apart, 1) / _NEAR) / math.log(_FAR / _NEAR) * _STEPS
        far = np.minimum(_NEAR + steps.astype(int), _NEAR + _STEPS - 1)
        bucket = np.where(apart < _NEAR, apart, far) + (_NEAR + _STEPS) * (behind < 0)
        bias: Array = self._weights[_DISTANCE][bucket].transpose(2, 0, 1)
        return bias

    def _linear(self, x: Array, name: str) -> Array:
        out: Array = x @ self._weights[f"{name}.weight"].T
        out += self._weights[f"{name}.bias"]
        return out

    def _norm(self, x: Array, name: str) -> Array:
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(self.network.epsilon))
        out: Array = x * self._weights[f"{name}.LayerNorm.weight"]
        out += self._weights[f"{name}.LayerNorm.bias"]
        return out


def _pooled(last: Sequence[Array]) -> Array:
    """The features in a text's last layers."""
    pools = [pool for x in last for pool in (x.mean(axis=0), x.max(axis=0))]
    return np.concatenate([*pools, *(x[_OPENING].mean(axis=0) for x in last[-_OPENED:])])


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
