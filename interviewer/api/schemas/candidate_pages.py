"""What the candidate's pages read and send."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from interviewer.api.schemas.candidates import StatusName, StepStatusName
from interviewer.api.schemas.common import Email, Line200, Phone, Request, Resource, refusal

StepTypeName = Literal["resume", "web_interview"]


def _agreed(value: bool) -> bool:
    if not value:
        raise refusal("consent_needed", "The interview cannot go on without this consent.")
    return value


Agreed = Annotated[bool, AfterValidator(_agreed)]


class GiveConsent(Request):
    """Both boxes, ticked by the candidate."""

    recording: Agreed
    ai_assessment: Agreed


class Connect(Request):
    """`takeover`: go on here although another browser is live. `transport`: `text` for a typed
    interview, which begins as soon as events are read; unset for sound as this service carries it,
    which is `webrtc` or `livekit`, and the other one is refused."""

    transport: Literal["webrtc", "livekit", "text"] | None = None
    takeover: bool = False


class Join(Request):
    """Who begins an interview from the public page."""

    name: Line200
    email: Email
    phone_number: Phone | None = None


class CandidateName(Resource):
    first_name: str
    name: str


class PagePosting(Resource):
    """Overviews are null where the posting keeps them to itself."""

    id: str
    title: str
    company: str
    company_overview: str | None
    job_overview: str | None
    language: str
    redirect_url: str | None
    deadline: float | None


class PageInterviewer(Resource):
    name: str
    voice_id: str | None


class PageStep(Resource):
    id: str
    type: StepTypeName
    order: int
    status: StepStatusName
    optional: bool


class PageConsent(Resource):
    required: bool
    given: bool
    text_version: str
    recording_text: str
    assessment_text: str


class PageOptions(Resource):
    video: bool
    typed_answers: bool
    retention_days: int | None
    contact: str | None


class PageLimits(Resource):
    max_duration_seconds: float
    expected_minutes: int
    question_count: int
    resume_max_bytes: int


class PageProgress(Resource):
    """`question_index`: 1-based; 0 before the first question."""

    started: bool
    ended: bool
    question_index: int
    question_total: int
    live: bool
    end_reason: str | None


class PageRetake(Resource):
    """`attempts_left`: at least 1. `available_at`: null until the last attempt is evaluated."""

    attempts_left: int
    available_at: float | None


class CandidateInterview(Resource):
    """All that the interview page shows."""

    interview_id: str
    status: StatusName
    candidate: CandidateName
    posting: PagePosting
    interviewer: PageInterviewer
    steps: list[PageStep]
    current_step: StepTypeName | None
    consent: PageConsent
    options: PageOptions
    limits: PageLimits
    progress: PageProgress
    attempt: int
    retake: PageRetake | None


class PublicPosting(Resource):
    """What the public page shows of a posting. `open`: it takes candidates now."""

    id: str
    title: str
    company: str
    company_overview: str | None
    job_overview: str | None
    language: str
    interviewer: dict[str, str]
    limits: dict[str, int]
    open: bool


class JoinedInterview(Resource):
    """Where to go on."""

    interview_id: str
    interview_url: str


class ConsentGiven(Resource):
    given: bool
    text_version: str
    at: float


class StepChanged(Resource):
    """Where the candidate stands after a step."""

    steps: list[PageStep]
    current_step: StepTypeName | None


class StoredOfMe(Resource):
    """What is stored about the candidate, for the candidate."""

    interview_id: str
    name: str
    email: str
    phone_number: str | None
    status: StatusName
    consent: dict[str, Any] | None
    resume_stored: bool
    recording_stored: bool
    transcript: list[dict[str, Any]]
    retention_days: int
    erasure_requested: bool


class ErasureRequested(Resource):
    requested: bool


class Received(Resource):
    """Chunks 0..received-1 are stored."""

    received: Annotated[int, Field(ge=0)]


class WebRtcConnection(Resource):
    """Where to send the offer and where to listen."""

    transport: Literal["webrtc"] = "webrtc"
    sdp_url: str
    events_url: str
    ice_servers: list[dict[str, Any]]


class TextConnection(Resource):
    """Where to listen and to write; there is no sound."""

    transport: Literal["text"] = "text"
    events_url: str


class LiveKitConnection(Resource):
    """Which room to join, and where to listen."""

    transport: Literal["livekit"] = "livekit"
    url: str
    token: str
    events_url: str
