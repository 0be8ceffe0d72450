"""The candidate's page in a real browser: joins the LiveKit room, and stays when its agent dies."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.cluster.cluster import Cluster
from tests.functional.candidate import Candidate
from tests.functional.conftest import Speak

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.browser,
    pytest.mark.models,
    pytest.mark.timeout(900),
]

LINES = (
    "Last year I closed a deal with a logistics company for three hundred thousand dollars.",
    "I like sales because every customer teaches me something about their business.",
)


def test_the_page_holds_the_interview_over_the_death_of_its_agent(
    cluster: Cluster, browser: Browser, speak: Speak
) -> None:
    posting = cluster.create_posting("Tell me about a deal you closed.", "Why do you like sales?")
    interview_id = cluster.create_candidate(posting)
    page = Candidate(browser)
    killed: list[Any] = []

    def answer(question: dict[str, Any]) -> Any:
        if question["index"] == 2 and not killed:
            killed.append(cluster.holder(interview_id))
            killed[0].kill()
            return None
        return speak(LINES[question["index"] - 1])

    page.give_consent(f"{cluster.urls[0]}/demo/i/{interview_id}")
    page.start()
    page.converse(answer, seconds=300)
    page.close()

    assert next(page.of_type("ended"))["reason"] == "completed"
    assert page.count("notice", code="interrupted") == 1
    said = " ".join(
        t["text"] for t in page.of_type("transcript") if t["speaker"] == "Candidate" and t["final"]
    ).lower()
    assert "logistics" in said
    assert "customer" in said
    assert not [line for line in page.console if line.startswith("pageerror")]
    killed[0].start()
    cluster.wait_until_ready()
