"""Asides are told from answers by what they mean, and hardly an answer is taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.llm.intents import IntentReader
from interviewer.llm.meaning import HEAD, INTENTS, Meaning, load_meaning, plain
from interviewer.llm.sentences import FOLDER, SentenceEncoder
from tests.fakes.llm import FakeLanguageModel
from tests.llm.conftest import MODELS
from tests.load.intents import utterances
from tests.load.train_intents import WRITERS, fit, labels, lines, looked_at, odds

pytestmark = pytest.mark.models

# A little below what the committed head reached on `dev` when it was made.
RIGHT, NOTICED, FALSE = 0.5, 0.6, 0.02


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder(MODELS / FOLDER)


@pytest.fixture(scope="module")
def meaning(encoder: SentenceEncoder) -> Meaning:
    return Meaning(encoder)


@pytest.fixture
def reader(meaning: Meaning) -> IntentReader:
    return IntentReader(FakeLanguageModel(down=True), meaning)


async def test_half_of_the_nasty_utterances_is_read_as_well_as_when_the_head_was_made(
    reader: IntentReader,
) -> None:
    read = [(intent, await reader.read(asked, said)) for intent, asked, said in utterances("dev")]
    asides = [(intent, meant) for intent, meant in read if intent != "answer"]
    answers = [meant for intent, meant in read if intent == "answer"]
    assert sum(intent == meant for intent, meant in asides) >= RIGHT * len(asides)
    assert sum(meant != "answer" for _, meant in asides) >= NOTICED * len(asides)
    assert sum(meant != "answer" for meant in answers) <= FALSE * len(answers)


async def test_an_aside_behind_its_reason_is_found(reader: IntentReader) -> None:
    said = "sorry my dog was going mad at the window there could you say that one again for me"
    assert await reader.read("How do you build pipeline?", said) == "repeat"


async def test_a_long_answer_is_one_whatever_is_quoted_in_it(reader: IntentReader) -> None:
    said = (
        "so she said can you repeat that and I said of course and I read the whole order back to "
        "her, and then she asked me what's the salary there because she was so impressed with how "
        "I had handled it that she wanted to work with us herself, which made my day"
    )
    assert await reader.read("Tell me about a call you are proud of.", said) == "answer"


@settings(deadline=None)
@given(said=st.text(st.characters(), max_size=200))
def test_of_anything_the_odds_sum_to_one(meaning: Meaning, said: str) -> None:
    found = meaning.odds(said)
    assert list(found) == list(INTENTS)
    assert sum(found.values()) == pytest.approx(1, abs=1e-4)


def test_commas_and_case_change_nothing(meaning: Meaning) -> None:
    typed, heard = "Can’t we SKIP this, please...", "can't we skip this please"
    assert plain(typed) == plain(heard)


def test_the_head_is_what_its_training_makes(encoder: SentenceEncoder, tmp_path: Path) -> None:
    """On a slice: a head trained on a tenth of the lines reads the others mostly as ours does."""
    every = [row for _, row in lines(WRITERS)]
    learnt, others = every[::10], every[5::60]
    weights, bias = fit(looked_at(encoder, learnt), labels(learnt))
    x = looked_at(encoder, others)
    with np.load(HEAD) as ours:
        assert ours["weights"].shape == weights.shape
        expected = odds(x, ours["weights"], ours["bias"]).argmax(axis=1)
    assert (odds(x, weights, bias).argmax(axis=1) == expected).mean() >= 0.7
    # Ours has learnt from these.
    assert (expected == labels(others)).mean() >= 0.9


def test_the_training_leaves_out_what_is_counted_on() -> None:
    counted = {plain(said) for half in ("dev", "held") for _, _, said in utterances(half)}
    assert len(counted) > 550
    assert not counted & {plain(said) for _, (_, _, said) in lines(WRITERS)}


@pytest.mark.parametrize("damage", ["missing", "broken"])
def test_without_its_files_the_rules_read(tmp_path: Path, damage: str) -> None:
    if damage == "broken":
        (tmp_path / FOLDER).mkdir()
        for name in ("model.safetensors", "tokenizer.json"):
            (tmp_path / FOLDER / name).write_bytes(b"\0" * 100)
    assert load_meaning(tmp_path) is None


def test_a_head_for_other_features_is_refused(encoder: SentenceEncoder, tmp_path: Path) -> None:
    np.savez(tmp_path / "head.npz", weights=np.zeros((384, 8)), bias=np.zeros(8))
    with pytest.raises(ValueError, match="other features"):
        Meaning(encoder, tmp_path / "head.npz")
    (tmp_path / "head.npz").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="head"):
        Meaning(encoder, tmp_path / "head.npz")
