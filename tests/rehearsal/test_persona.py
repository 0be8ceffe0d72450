"""Persona files: what they may say, and what is wrong with them when something is."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from interviewer.rehearsal.persona import PERSONAS, Pause, Persona, Recorded, load_persona
from interviewer.rehearsal.report import percentile
from interviewer.rehearsal.voice import read_sound
from tests.media.sounds import tone

NAMES = ["asking_back", "interrupting", "silent", "strong", "vague"]


def test_there_are_five() -> None:
    assert sorted(path.stem for path in PERSONAS.glob("*.toml")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_has_an_answer_for_any_question(name: str) -> None:
    persona = load_persona(name)
    for number in range(1, 12):
        answer = persona.answer(number, "What is your favourite colour?")
        assert answer.say
        assert answer.follow_ups
        for line in [*answer.say, *answer.follow_ups]:
            persona.parts(line)
            assert line in persona.lines()


def test_answers_are_found_by_the_questions_words_wherever_it_stands() -> None:
    persona = load_persona("strong")
    text = "Tell me about a time you LOST A DEAL. What happened?"
    assert persona.answer(1, text) == persona.answer(4, text)
    assert "hospital" in persona.answer(2, text).say[0]


def test_lines_hold_pauses_and_files(tmp_path: Path) -> None:
    persona = Persona(name="p", answers=["a"], follow_ups=["b"], folder=tmp_path)
    assert persona.parts("I think [2.5] it was Tuesday.") == [
        "I think",
        Pause(2.5),
        "it was Tuesday.",
    ]
    assert persona.parts("") == []
    assert persona.parts("wav:answer.wav") == [Recorded(tmp_path / "answer.wav")]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("answers = [", "toml"),
        ('answers = ["a"]', "follow_ups"),
        ('answers = ["a"]\nfollow_ups = ["b"]\nspeed = 3', "unknown speed"),
        ('answers = ["a"]\nfollow_ups = ["b"]\n[[answer]]\nsays = ["c"]', "says"),
    ],
)
def test_a_faulty_file_is_named_with_its_fault(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        load_persona(path)


def test_a_sound_file_is_read_at_the_voices_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(tone(440, 1.0, 44_100).tobytes())
    pcm = read_sound(path, 22_050)
    assert len(pcm) == pytest.approx(22_050, abs=30)
    assert np.abs(pcm).max() == pytest.approx(8_000, rel=0.05)


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([1.0], 0.95) == 1.0
    values = [float(i) for i in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.95)) == (50.0, 95.0)
