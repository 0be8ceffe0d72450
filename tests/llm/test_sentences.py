"""The sentence encoder computes what the published model does, of any text."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.llm.sentences import (
    MAX_TOKENS,
    MINILM,
    MPNET,
    TOKENS,
    WEIGHTS,
    SentenceEncoder,
)
from tests.llm.conftest import MODELS

# The first numbers of two vectors, computed by another implementation (JAX, padded batches, the
# exact error function) from the same weights.
ASKED = "could you say that again please, my dog was barking and I lost the last bit of it you know"
KNOWN = {
    "hello world": [-0.03447723, 0.03102316, 0.00673499, 0.02610901, -0.03936199, -0.16030245],
    ASKED: [0.00565647, 0.02109041, 0.09082425, 0.02660265, 0.08929245, -0.01414646],
}


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder(MINILM, MODELS)


@pytest.fixture(scope="module")
def mpnet() -> SentenceEncoder:
    return SentenceEncoder(MPNET, MODELS)


@pytest.mark.models
class TestEncoder:
    @pytest.mark.parametrize("text", KNOWN)
    def test_vectors_are_those_of_the_published_model(
        self, encoder: SentenceEncoder, text: str
    ) -> None:
        vector = encoder.vector(text)
        assert vector.shape == (MINILM.width,)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
        assert vector[:6] == pytest.approx(KNOWN[text], abs=1e-5)

    def test_words_are_cut_as_the_model_was_trained(self, encoder: SentenceEncoder) -> None:
        # "Café" loses its accent and case, the long word falls into pieces, signs stand alone.
        cut = [7668, 2123, 1005, 1056, 3424, 10521, 4355, 7875, 13602, 3672, 12199, 2964]
        assert encoder.ids("Café don't antidisestablishmentarianism") == [101, *cut, 102]

    def test_what_means_the_same_is_nearer_than_what_shares_words(
        self, encoder: SentenceEncoder
    ) -> None:
        asked = encoder.vector("What is the salary for this job?")
        meant = encoder.vector("how much money would I earn here")
        shared = encoder.vector("The job for this is to wash what is dirty.")
        assert asked @ meant > asked @ shared + 0.2

    def test_long_texts_are_read_to_their_limit(self, encoder: SentenceEncoder) -> None:
        assert len(encoder.ids("word " * 1000)) == MAX_TOKENS

    def test_many_at_once_are_read_as_each_alone(
        self, encoder: SentenceEncoder, mpnet: SentenceEncoder
    ) -> None:
        texts = [*KNOWN, "", "word " * 1000]
        for network in (encoder, mpnet):
            alone = [network.features(text) for text in texts]
            np.testing.assert_allclose(network.features_of(texts), alone, atol=1e-4)

    @settings(deadline=None)
    @given(st.text(st.characters(), max_size=200))
    def test_anything_has_features(self, encoder: SentenceEncoder, text: str) -> None:
        found = encoder.features(text)
        assert found.shape == (MINILM.features,)
        assert np.isfinite(found).all()

    def test_broken_tokens_are_refused(self, tmp_path: Path) -> None:
        folder = tmp_path / MINILM.folder
        folder.mkdir()
        (folder / WEIGHTS).symlink_to(MODELS / MINILM.folder / WEIGHTS)
        (folder / TOKENS).write_text("{")
        with pytest.raises(ValueError, match=TOKENS):
            SentenceEncoder(MINILM, tmp_path)


@pytest.mark.models
class TestMPNet:
    def test_sentences_are_as_alike_as_its_authors_library_finds_them(
        self, mpnet: SentenceEncoder
    ) -> None:
        texts = (
            "The weather is lovely today.",
            "It's so sunny outside!",
            "He drove to the stadium.",
        )
        vectors = np.stack([mpnet.vector(text) for text in texts])
        alike = vectors @ vectors.T
        assert alike[0] == pytest.approx([1.0, 0.6817, 0.0492], abs=1e-4)

    @pytest.mark.parametrize("text", ["", "\ud800", "word " * 1000])
    def test_anything_has_features(self, mpnet: SentenceEncoder, text: str) -> None:
        assert len(mpnet.ids(text)) <= MAX_TOKENS
        found = mpnet.features(text)
        assert found.shape == (MPNET.features,)
        assert np.isfinite(found).all()


@pytest.mark.parametrize(
    "weights",
    [
        b"",
        b"short",
        b"\xff" * 64,
        (9).to_bytes(8, "little") + b"not json." + b"\0" * 64,
        (2).to_bytes(8, "little") + b"[]" + b"\0" * 64,
        (2).to_bytes(8, "little") + b"{}" + b"\0" * 64,
        (len(entry := json.dumps({"a": {"dtype": "F32"}}).encode())).to_bytes(8, "little") + entry,
    ],
)
def test_broken_weights_are_refused(tmp_path: Path, weights: bytes) -> None:
    folder = tmp_path / MINILM.folder
    folder.mkdir()
    (folder / WEIGHTS).write_bytes(weights)
    (folder / TOKENS).write_text("{}")
    with pytest.raises(ValueError, match=WEIGHTS):
        SentenceEncoder(MINILM, tmp_path)


def test_missing_weights_are_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=WEIGHTS):
        SentenceEncoder(MINILM, tmp_path)
