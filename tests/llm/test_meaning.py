"""Asides are told from answers by what they mean, and hardly an answer is taken for one."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.llm.intents import IntentReader
from interviewer.llm.meaning import (
    HEAD,
    INTENTS,
    NETWORKS,
    Meaning,
    load_encoders,
    load_meaning,
    plain,
)
from interviewer.llm.sentences import SentenceEncoder
from tests.fakes.llm import FakeLanguageModel
from tests.llm.conftest import MODELS
from tests.load.intents import WRITERS, utterances
from tests.load.train_intents import fit, labels, lines, looked_at, odds

pytestmark = pytest.mark.models

# A little below what the committed head reached on `dev` when it was made.
RIGHT, NOTICED, FALSE = 0.65, 0.74, 0.02


@pytest.fixture(scope="module")
def encoders() -> tuple[SentenceEncoder, ...]:
    return load_encoders(MODELS)


@pytest.fixture(scope="module")
def meaning(encoders: tuple[SentenceEncoder, ...]) -> Meaning:
    return Meaning(encoders)


@pytest.fixture
def reader(meaning: Meaning) -> IntentReader:
    return IntentReader(FakeLanguageModel(down=True), meaning)


async def test_half_of_the_nasty_utterances_is_read_as_well_as_when_the_head_was_made(
    reader: IntentReader,
) -> None:
    read = [
        (intent, await reader.read(asked, said, timeout=30.0))
        for intent, asked, said in utterances("dev")
    ]
    asides = [(intent, meant) for intent, meant in read if intent != "answer"]
    answers = [meant for intent, meant in read if intent == "answer"]
    assert sum(intent == meant for intent, meant in asides) >= RIGHT * len(asides)
    assert sum(meant != "answer" for _, meant in asides) >= NOTICED * len(asides)
    assert sum(meant != "answer" for meant in answers) <= FALSE * len(answers)


async def test_an_aside_behind_its_reason_is_found(reader: IntentReader) -> None:
    said = "sorry my dog was going mad at the window there could you say that one again for me"
    assert await reader.read("How do you build pipeline?", said, timeout=30.0) == "repeat"


async def test_when_there_is_no_time_the_quick_network_reads_alone(
    reader: IntentReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "sorry my dog was going mad at the window there could you say that one again for me"
    monkeypatch.setattr(Meaning, "look", lambda *_: time.sleep(0.5))
    assert await reader.read("How do you build pipeline?", said, timeout=0.3) == "repeat"
    monkeypatch.setattr(Meaning, "glance", lambda *_: time.sleep(0.5))
    assert await reader.read("How do you build pipeline?", said, timeout=0.1) == "answer"


async def test_a_long_answer_is_one_whatever_is_quoted_in_it(reader: IntentReader) -> None:
    said = (
        "so she said can you repeat that and I said of course and I read the whole order back to "
        "her, and then she asked me what's the salary there because she was so impressed with how "
        "I had handled it that she wanted to work with us herself, which made my day"
    )
    assert await reader.read("Tell me about a call you are proud of.", said) == "answer"


@settings(deadline=None, max_examples=30)
@given(said=st.text(st.characters(), max_size=200))
def test_of_anything_the_odds_sum_to_one(meaning: Meaning, said: str) -> None:
    found = meaning.look(meaning.glance(said))
    assert list(found) == list(INTENTS)
    assert sum(found.values()) == pytest.approx(1, abs=1e-4)


def test_commas_and_case_change_nothing(meaning: Meaning) -> None:
    typed, heard = "Can’t we SKIP this, please...", "can't we skip this please"
    assert plain(typed) == plain(heard)


def test_the_head_is_what_its_training_makes(
    encoders: tuple[SentenceEncoder, ...], tmp_path: Path
) -> None:
    """On a slice: a head trained on few of the lines reads the others mostly as ours does."""
    every = [row for _, row in lines(WRITERS)]
    learnt, others = every[::30], every[5::120]
    weights, bias = fit(looked_at(encoders, learnt), labels(learnt))
    x = looked_at(encoders, others)
    with np.load(HEAD) as ours:
        assert ours["weights"].shape == weights.shape
        expected = odds(x, ours["weights"], ours["bias"]).argmax(axis=1)
    assert (odds(x, weights, bias).argmax(axis=1) == expected).mean() >= 0.65
    # Ours has learnt from these.
    assert (expected == labels(others)).mean() >= 0.9


def test_the_quick_network_alone_loses_hardly_an_aside(meaning: Meaning) -> None:
    sure = {"answer": 0, "aside": 0}
    for intent, _, said in utterances("dev"):
        kind = "answer" if intent == "answer" else "aside"
        sure[kind] += meaning.glance(said).plainly_an_answer
    assert sure["aside"] <= 3
    assert sure["answer"] >= 60


def test_the_training_leaves_out_what_is_counted_on() -> None:
    counted = {plain(said) for half in ("dev", "held") for _, _, said in utterances(half)}
    assert len(counted) > 550
    assert not counted & {plain(said) for _, (_, _, said) in lines(WRITERS)}


@pytest.mark.parametrize("damage", ["missing", "broken"])
def test_without_its_files_the_rules_read(tmp_path: Path, damage: str) -> None:
    if damage == "broken":
        for network in NETWORKS:
            (tmp_path / network.folder).mkdir()
            for name in ("model.safetensors", "tokenizer.json"):
                (tmp_path / network.folder / name).write_bytes(b"\0" * 100)
    assert load_meaning(tmp_path) is None


def test_without_the_second_network_the_first_reads_alone(tmp_path: Path) -> None:
    quick = NETWORKS[0].folder
    (tmp_path / quick).symlink_to(MODELS / quick)
    alone = load_meaning(tmp_path)
    assert alone is not None
    odds = alone.look(alone.glance("could you say that one again for me please"))
    assert max(odds, key=lambda intent: odds[intent]) == "repeat"


def test_a_head_for_other_features_is_refused(
    encoders: tuple[SentenceEncoder, ...], tmp_path: Path
) -> None:
    zeros = np.zeros((384, 8))
    np.savez(
        tmp_path / "head.npz", weights=zeros, bias=zeros, quick_weights=zeros, quick_bias=zeros
    )
    with pytest.raises(ValueError, match="other features"):
        Meaning(encoders, tmp_path / "head.npz")
    (tmp_path / "head.npz").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="head"):
        Meaning(encoders, tmp_path / "head.npz")
