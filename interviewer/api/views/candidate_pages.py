"""Interviews and postings as candidates see them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

from interviewer.api.schemas import candidate_pages as wire
from interviewer.domain.interview import Interview, StepState
from interviewer.domain.plan import InterviewPlan, Overview
from interviewer.domain.posting import Posting
from interviewer.domain.transcript import Turn
from interviewer.sessions.candidates import Retake
from interviewer.sessions.consent import ConsentTexts
from interviewer.sessions.resume import MAX_BYTES
from interviewer.sessions.workflow import current_step, effective_status, is_optional

MINUTES_AROUND = 2.0
MINUTES_PER_QUESTION = 1.75
MINUTES_PER_FOLLOW_UP = 0.75


def interview(
    record: Interview,
    posting: Posting,
    plan: InterviewPlan,
    texts: ConsentTexts,
    *,
    retention_days: int,
    contact: str | None,
    is_live: bool,
    retake: Retake | None,
) -> wire.CandidateInterview:
    steps = page_steps(record.steps, posting)
    consent = record.consent
    return wire.CandidateInterview(
        interview_id=record.id,
        status=record.status,
        candidate=wire.CandidateName(
            first_name=plan.candidate_first_name or record.name, name=record.name
        ),
        posting=_posting(posting, plan),
        interviewer=wire.PageInterviewer(name=plan.interviewer_name, voice_id=plan.voice_id),
        steps=steps,
        current_step=_current(record.steps),
        consent=wire.PageConsent(
            required=True,
            given=consent is not None and consent.text_version == texts.version,
            text_version=texts.version,
            recording_text=texts.recording,
            assessment_text=texts.assessment,
        ),
        options=wire.PageOptions(
            video=plan.video, typed_answers=True, retention_days=retention_days, contact=contact
        ),
        limits=wire.PageLimits(
            max_duration_seconds=plan.max_duration_seconds,
            expected_minutes=expected_minutes(plan),
            question_count=len(plan.questions),
            resume_max_bytes=MAX_BYTES,
        ),
        progress=_progress(record, plan, is_live),
        attempt=record.attempt,
        retake=wire.PageRetake(**asdict(retake)) if retake else None,
    )


def page_steps(states: Sequence[StepState], posting: Posting) -> list[wire.PageStep]:
    by_id = {state.id: state for state in states}
    return [
        wire.PageStep(
            id=step.id,
            type=step.type,
            order=step.order,
            status=by_id[step.id].status if step.id in by_id else "not_started",
            optional=step.type == "resume" and is_optional(step.config),
        )
        for step in sorted(posting.workflow, key=lambda step: step.order)
    ]


def step_changed(states: Sequence[StepState], posting: Posting) -> wire.StepChanged:
    return wire.StepChanged(steps=page_steps(states, posting), current_step=_current(states))


def stored_of_me(
    record: Interview, turns: Sequence[Turn], retention_days: int, erasure_requested: bool
) -> wire.StoredOfMe:
    """No scores: the company explains its assessment, with the candidate's right to ask.

    The number that the company has is shown whole once its owner has taken part: before that,
    the link may be in the hands of anyone who typed the address.
    """
    return wire.StoredOfMe(
        interview_id=record.id,
        name=record.name,
        email=record.email,
        phone_number=record.phone_number if record.consent else _masked(record.phone_number),
        status=record.status,
        consent=asdict(record.consent) if record.consent else None,
        resume_stored=record.resume_blob is not None,
        recording_stored=record.started_at is not None,
        transcript=[
            {
                "turn_id": turn.turn_id,
                "speaker": turn.speaker,
                "text": turn.text,
                "start": turn.start,
                "end": turn.end,
            }
            for turn in turns
        ],
        retention_days=retention_days,
        erasure_requested=erasure_requested,
    )


def public_posting(posting: Posting, plan: InterviewPlan, now: float) -> wire.PublicPosting:
    return wire.PublicPosting(
        id=posting.id,
        title=posting.title,
        company=plan.company,
        company_overview=_shown(plan.company_overview),
        job_overview=_shown(plan.job_overview),
        language=plan.language,
        interviewer={"name": plan.interviewer_name},
        limits={
            "expected_minutes": expected_minutes(plan),
            "question_count": len(plan.questions),
        },
        open=effective_status(posting, now) == "active",
    )


def expected_minutes(plan: InterviewPlan) -> int:
    """About how long it takes, within its limit; at least one minute."""
    follow_ups = sum((q.min_follow_ups + q.max_follow_ups) / 2 for q in plan.questions)
    minutes = (
        MINUTES_AROUND
        + MINUTES_PER_QUESTION * len(plan.questions)
        + MINUTES_PER_FOLLOW_UP * follow_ups
    )
    return max(1, min(math.ceil(minutes), math.floor(plan.max_duration_seconds / 60)))


def _posting(posting: Posting, plan: InterviewPlan) -> wire.PagePosting:
    return wire.PagePosting(
        id=posting.id,
        title=plan.job_title,
        company=plan.company,
        company_overview=_shown(plan.company_overview),
        job_overview=_shown(plan.job_overview),
        language=plan.language,
        redirect_url=plan.redirect_url,
        deadline=posting.deadline,
    )


def _shown(overview: Overview) -> str | None:
    """Texts for reference only are for the interviewer's answers, not for the page."""
    return overview.text if overview.is_spoken else None


def _progress(record: Interview, plan: InterviewPlan, is_live: bool) -> wire.PageProgress:
    index = int((record.conversation or {}).get("index", -1))
    return wire.PageProgress(
        started=record.started_at is not None,
        ended=record.ended_at is not None,
        question_index=min(index + 1, len(plan.questions)),
        question_total=len(plan.questions),
        live=is_live,
        end_reason=record.end_reason,
    )


def _current(states: Sequence[StepState]) -> wire.StepTypeName | None:
    match current_step(states):
        case "resume":
            return "resume"
        case "web_interview":
            return "web_interview"
    return None


def _masked(phone_number: str | None) -> str | None:
    return None if phone_number is None else f"•••{phone_number[-4:]}"
