"""What a token lets its bearer do, and for how long."""

from __future__ import annotations

import time
from dataclasses import replace

import jwt
import pytest

from interviewer.media.sfu import SfuAccess, candidate_identity

ACCESS = SfuAccess(url="ws://sfu", api_key="key", api_secret="a-secret-of-thirty-two-characters")


def test_a_page_may_join_its_room_speak_and_hear_for_a_short_while() -> None:
    token = ACCESS.candidate_token("00AA", "connection")
    claims = jwt.decode(token, ACCESS.api_secret, algorithms=["HS256"], issuer="key")
    assert claims["video"] == {
        "roomJoin": True,
        "room": "interview-00AA",
        "canPublish": True,
        "canPublishSources": ["microphone"],
        "canSubscribe": True,
        "canPublishData": False,
        "canUpdateOwnMetadata": False,
    }
    assert claims["exp"] <= time.time() + 600
    assert claims["sub"] == candidate_identity("connection")


@pytest.mark.parametrize(
    ("given", "told"),
    [("https://sfu.example.com", "wss://sfu.example.com"), ("http://sfu", "ws://sfu")],
)
def test_pages_are_told_a_websocket_address(given: str, told: str) -> None:
    assert replace(ACCESS, url=given).page_url == told
    assert ACCESS.page_url == ACCESS.url


def test_neither_the_token_nor_the_access_gives_a_secret_away() -> None:
    assert "connection" not in candidate_identity("connection")
    assert ACCESS.api_secret not in repr(ACCESS)
