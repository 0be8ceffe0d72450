"""Postings and questions as the wire shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from interviewer.api.schemas import postings as wire
from interviewer.api.schemas.questions import Question as WireQuestion
from interviewer.domain.posting import Posting, Question, WorkflowStep
from interviewer.interfaces import Workspace
from interviewer.sessions.postings import PostingStats
from interviewer.sessions.questions import STEP_OF
from interviewer.sessions.workflow import effective_status


def candidate_url(origin: str, workspace: Workspace, posting: Posting) -> str:
    return f"{origin}/{workspace.slug}/{posting.slug}"


def urls(origin: str, workspace: Workspace, posting: Posting) -> wire.PostingUrls:
    return wire.PostingUrls(
        candidate_url=candidate_url(origin, workspace, posting),
        ingestion_url_key=posting.ingestion_url_key,
        review_url=f"{origin}/review/postings/{posting.id}",
    )


def posting(record: Posting, workspace: Workspace, origin: str, now: float) -> wire.Posting:
    """The whole posting as stored."""
    details = record.details
    status = effective_status(record, now)
    return wire.Posting(
        id=record.id,
        company_id=record.workspace_id,
        title=record.title,
        name=record.slug,
        description=record.description,
        language=record.language,
        interviewer_name=record.interviewer_name,
        status=status,
        finalized=record.status != "draft",
        archived=record.status == "archived",
        test_posting=False,
        workflow=[_step(step) for step in record.workflow],
        urls=urls(origin, workspace, record),
        deadline=record.deadline,
        redirect_url=record.redirect_url,
        scheduling_url=details.get("scheduling_url"),
        max_retakes=record.max_retakes,
        retake_cooldown_days=record.retake_cooldown_days,
        allow_sms_comms=details.get("allow_sms_comms", False),
        email_report_to_candidate=details.get("email_report_to_candidate", False),
        instructions=record.instructions,
        company_overview=record.company_overview,
        job_overview=record.job_overview,
        interview_process_overview=record.interview_process_overview,
        company_overview_delivery_mode=record.company_overview_delivery_mode,
        job_overview_delivery_mode=record.job_overview_delivery_mode,
        interview_process_overview_delivery_mode=record.interview_process_overview_delivery_mode,
        phone_number_id=details.get("phone_number_id"),
        sender_email_id=details.get("sender_email_id"),
        email_template_group_id=details.get("email_template_group_id"),
        design_template_group_id=details.get("design_template_group_id"),
        ats_metadata=None,
        metadata=record.metadata,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )


def created(
    record: Posting,
    questions: Sequence[Question],
    workspace: Workspace,
    origin: str,
    now: float,
) -> wire.CreatedPosting:
    """The receipt of a creation: the posting as stored, each step with its questions."""
    whole = posting(record, workspace, origin, now)
    steps = [
        {
            **_step(step).model_dump(),
            "questions": [question(q) for q in questions if STEP_OF[q.modality] == step.type],
        }
        for step in record.workflow
    ]
    with_questions = wire.PostingWithQuestions.model_validate(
        {**whole.model_dump(), "workflow": steps}
    )
    return wire.CreatedPosting(
        id=record.id,
        status=whole.status,
        urls=whole.urls,
        created_at=record.created_at,
        posting=with_questions,
    )


def summary(record: Posting) -> wire.PostingSummary:
    return wire.PostingSummary(id=record.id, title=record.title, name=record.slug)


def stats(record: Posting, figures: PostingStats) -> wire.PostingStats:
    return wire.PostingStats(
        posting_id=record.id,
        title=record.title,
        name=record.slug,
        total_candidates=figures.total,
        completed_interviews=figures.completed,
        average_interview_score=figures.average_interview_score,
        average_resume_score=figures.average_resume_score,
    )


def question(record: Question) -> WireQuestion:
    values = asdict(record)
    del values["active"]
    if record.options is not None:
        values["options"] = list(record.options)
    return WireQuestion(**values)


def _step(step: WorkflowStep) -> wire.WorkflowStep:
    return wire.WorkflowStep(id=step.id, type=step.type, order=step.order, config=step.config)
