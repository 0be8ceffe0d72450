"""Consent: what the candidate is told, in words made from the posting, and what they said."""

from __future__ import annotations

from dataclasses import dataclass

from interviewer.domain.errors import Conflict, Forbidden, Gone
from interviewer.domain.interview import Consent, Interview
from interviewer.domain.posting import Posting
from interviewer.interfaces import AuditEntry, Store, Workspace
from interviewer.sessions.workflow import OVER, can_knock_out, effective_status

TEXT_VERSION = "2026-11.2"


@dataclass(frozen=True, slots=True)
class ConsentTexts:
    """The two texts beside the two boxes, and their version."""

    recording: str
    assessment: str
    version: str = TEXT_VERSION


def consent_texts(
    posting: Posting, workspace: Workspace, *, retention_days: int, contact: str | None
) -> ConsentTexts:
    """What is recorded, what is assessed, what is not, who decides and how long it is kept."""
    step = posting.step("web_interview")
    video = bool(step and step.config.get("video"))
    company = workspace.name
    recorded = "Your voice, and your camera's picture if you turn it on," if video else "Your voice"
    verb = "are" if video else "is"
    resume = " Your resume, if you upload one, is stored too." if posting.step("resume") else ""
    reach = f" To ask for that, write to {contact}." if contact else ""
    recording = (
        f"{recorded} {verb} recorded, together with the interviewer's voice, and turned into a"
        f" transcript.{resume} {company} keeps this for {retention_days} days after your last"
        " activity and then deletes it. You can see what is stored and ask for it to be corrected"
        f" or erased at any time.{reach}"
    )
    resume_step = posting.step("resume")
    knock_out = (
        " One thing is decided by the assessment alone: if your resume does not meet the"
        f" requirements that {company} set for this role, the interview does not go on. You may"
        " ask for a person to look at it."
        if resume_step and can_knock_out(resume_step.config)
        else ""
    )
    read = "the words of your answers" + (" and of your resume" if posting.step("resume") else "")
    assessment = (
        f"{posting.interviewer_name} is an AI. It asks the questions and assesses {read} against"
        f" criteria that {company} wrote for this role; pace and structure of your speech are"
        " reported apart from that and do not count towards the score. Your face, your accent,"
        " your emotions and your identity are not analysed. The assessment is a recommendation"
        f" with its evidence: people at {company} read it and decide.{knock_out} You may ask for a"
        " person or for more time, and you may type your answers instead of speaking."
    )
    return ConsentTexts(recording=recording, assessment=assessment)


async def give_consent(
    store: Store, interview_id: str, *, recording: bool, ai_assessment: bool, now: float
) -> Consent:
    """Store the candidate's agreement to both texts; giving it again keeps the first one.

    Raises Forbidden unless both are agreed to, NotFound, Conflict (`interview_over`),
    Gone (`posting_closed`).
    """
    if not (recording and ai_assessment):
        raise Forbidden("The interview needs both consents.", code="consent_required")
    async with store.transaction() as tx:
        interview = await tx.interview(None, interview_id)
        if interview.consent is not None and interview.consent.text_version == TEXT_VERSION:
            return interview.consent
        _refuse_late(interview, await tx.posting(None, interview.posting_id), now)
        consent = Consent(recording=True, ai_assessment=True, text_version=TEXT_VERSION, at=now)
        await tx.set_consent(interview_id, consent)
        await tx.audit(
            AuditEntry(
                workspace_id=interview.workspace_id,
                actor="candidate",
                action="consent.given",
                object_type="interview",
                object_id=interview_id,
                at=now,
                details={"text_version": TEXT_VERSION},
            )
        )
    return consent


def _refuse_late(interview: Interview, posting: Posting, now: float) -> None:
    if interview.status in OVER:
        raise Conflict("This interview is over.", code="interview_over")
    if interview.started_at is None and effective_status(posting, now) != "active":
        raise Gone("This posting takes no more interviews.", code="posting_closed")
