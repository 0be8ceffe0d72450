"""The embedded model itself: concrete answers outscore vague ones, told by what was said."""

from __future__ import annotations

import pytest

from interviewer.domain.plan import PlannedQuestion
from interviewer.domain.transcript import Turn
from interviewer.llm.assessor import Assessor
from interviewer.llm.embedded import EmbeddedServer
from tests.llm.conftest import ASSESSING

QUESTION = PlannedQuestion(
    question_id="q1",
    text="How do you find new customers? Walk me through your typical week.",
    rank=1,
    evaluation_criteria=(
        "Assess how disciplined the prospecting is. Look for several channels (calls, email, "
        "social, referrals) and clear activity numbers."
    ),
    score_of_1="No clear process, waits for inbound leads, or cannot say what they do in a week.",
    score_of_5="Describes a system of several channels with specific daily or weekly targets.",
)
VAGUE = (
    "I mostly work the leads that marketing sends me. I look at what comes in and I call them "
    "when I have time. It depends on the week really, I just go with the flow."
)
MIDDLING = (
    "In the morning I make some cold calls and then I send emails to people on my list. I also "
    "use LinkedIn a bit. I try to book a few meetings every week, and I note everything in the CRM."
)
CONCRETE = (
    "I run it as a system. Monday I pick twenty five target accounts that just hired a head of "
    "data. Tuesday to Thursday I make 40 cold calls a day, send 30 personal emails and do ten "
    "LinkedIn touches with a short video. Every Friday I ask two happy customers for a referral. "
    "I need 12 meetings a week, and last quarter that built 1.8 million in pipeline."
)


def said(text: str) -> list[Turn]:
    return [Turn(turn_id="a", speaker="Candidate", text=text, start=0.0, end=9.0, kind="answer")]


@pytest.mark.models
async def test_concrete_answers_outscore_vague_ones() -> None:
    async with EmbeddedServer(ASSESSING, threads=2, slots=1, context=4096) as server:
        await server.wait_ready()
        llm = server.client()
        assessor = Assessor(llm)
        vague, _ = await assessor.score(QUESTION, said(VAGUE))
        middling, _ = await assessor.score(QUESTION, said(MIDDLING))
        concrete = await assessor.assess(QUESTION, said(CONCRETE))
        await llm.aclose()
    assert vague < 2.5
    assert vague + 0.5 < middling < 3.5
    assert concrete.evaluation_score is not None
    assert concrete.evaluation_score >= 4
    assert concrete.quotes
    assert all(quote in CONCRETE for quote in concrete.quotes)
    assert concrete.summary.startswith("The candidate")
