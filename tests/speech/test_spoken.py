"""What the voice says where the text is written for the eye."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.speech.spoken import pieces, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("$50K-$500K ARR", "50 thousand to 500 thousand dollars A R R"),
        ("OTE $120K-$180K", "O T E 120 thousand to 180 thousand dollars"),
        ("$40M and €1.2bn", "40 million dollars and 1.2 billion euros"),
        ("$1", "1 dollar"),
        ("200+ customers, 100% YoY", "200 plus customers, 100 percent year over year"),
        ("B2B sales", "B to B sales"),
        ("your 60-second pitch", "your 60-second pitch"),
        ("a VP at a 500-person firm", "a V P at a 500-person firm"),
        ("KPIs, APIs", "K P I's, A P I's"),
        ("tools (Salesforce, HubSpot, etc.)", "tools, Salesforce, HubSpot, et cetera"),
        ("e.g. C++, C# & .NET", "for example C plus plus, C sharp and dot net"),
        ("see https://www.x-y.io/jobs.", "see x dash y dot io slash jobs."),
        ("ask jobs@acme.com", "ask jobs at acme dot com"),
        ("and/or", "and or or"),
        ("9-5, 24/7", "9 to 5, twenty-four seven"),
        ("well — yes… maybe", "well, yes, maybe"),
        ("“So” *what*?", "So what?"),
        ("I live in the US.", "I live in the U S."),
    ],
)
def test_written_becomes_spoken(written: str, said: str) -> None:
    assert spoken(written) == said


@pytest.mark.parametrize(
    "text", ["", "Hello, how are you today?", "Tell me about a time you lost a deal."]
)
def test_plain_english_stays(text: str) -> None:
    assert spoken(text) == text


@given(st.text(max_size=300))
def test_nothing_breaks_it(text: str) -> None:
    said = spoken(text)
    assert "\n" not in said
    for piece in pieces(said, first=40, longest=120):
        assert piece.strip() == piece != ""


@given(st.lists(st.sampled_from(["deal", "we,", "won.", "Mr. Jones", "really?"]), max_size=80))
def test_pieces_are_the_text_in_order_and_short(words: list[str]) -> None:
    text = " ".join(words)
    parts = pieces(text, first=40, longest=120)
    assert " ".join(parts) == text
    assert all(len(part) <= 120 for part in parts)


def test_titles_do_not_end_sentences() -> None:
    assert pieces("Ask Dr. Lee. She knows.", first=40, longest=120) == [
        "Ask Dr. Lee.",
        "She knows.",
    ]


def test_the_first_piece_of_a_long_sentence_is_a_clause() -> None:
    text = "What was the deal size, who was involved, and what made it successful in the end?"
    assert pieces(text, first=40, longest=160)[0] == "What was the deal size,"
