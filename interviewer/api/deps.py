"""What the routes stand on, and who is calling."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Protocol, cast
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import HTTPConnection

from interviewer.interfaces import (
    Blobs,
    JobQueue,
    LiveInterviews,
    SpeechSynthesizer,
    Store,
    Workspace,
)
from interviewer.sessions.camera import CameraUploads
from interviewer.sessions.resume import ReadResume, ResumeDesk
from interviewer.sessions.resume_text import extract


class SignedFile(Protocol):
    """A local blob that a signed URL gives access to."""

    @property
    def path(self) -> Path: ...
    @property
    def content_type(self) -> str: ...
    @property
    def filename(self) -> str | None: ...


VerifyBlobUrl = Callable[[str, Mapping[str, str]], SignedFile]
"""(URL path, query) to the file. Raises NotFound, Forbidden or Gone."""


async def always_ready() -> str | None:
    """For a service that has nothing to load."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything behind the API. `bootstrap` fills it; tests fill it with fakes.

    `readiness`: None once models are loaded, or what is still missing, in words.
    `understood`: languages that recognizer and conversation know, as primary subtags.
    `verify_blob_url`: None where the blob store signs URLs of its own (S3).
    """

    store: Store
    blobs: Blobs
    jobs: JobQueue
    live: LiveInterviews
    synthesizer: SpeechSynthesizer
    readiness: Callable[[], Awaitable[str | None]] = always_ready
    verify_blob_url: VerifyBlobUrl | None = None
    read_resume: ReadResume = extract
    understood: frozenset[str] = frozenset({"en"})
    clock: Callable[[], float] = time.time

    @property
    def resumes(self) -> ResumeDesk:
        return ResumeDesk(store=self.store, blobs=self.blobs, jobs=self.jobs, read=self.read_resume)

    @property
    def cameras(self) -> CameraUploads:
        return CameraUploads(store=self.store, blobs=self.blobs)

    def languages(self) -> frozenset[str]:
        """Primary subtags (RFC 5646) of what can be both spoken and understood."""
        spoken = {voice.language.partition("-")[0].lower() for voice in self.synthesizer.voices()}
        return frozenset(spoken & self.understood)

    def voice_ids(self) -> frozenset[str]:
        return frozenset(voice.id for voice in self.synthesizer.voices())


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiConfig:
    """Values from the settings.

    `session_secret`: signs the review pages' cookie, and webhooks' secrets are derived from it;
    at least 16 bytes, the same on every pod.
    `web_dir`: the built pages. `rate_limit_url`: `memory://`, or `redis://…` for several pods.
    """

    public_url: str
    session_secret: bytes = field(repr=False)
    web_dir: Path = Path(__file__).parent.parent / "web"
    retention_days: int = 180
    contact: str | None = None
    requests_per_minute: int = 300
    rate_limit_url: str = "memory://"
    webhook_allow_loopback: bool = False

    def __post_init__(self) -> None:
        if len(self.session_secret) < 16:
            raise ValueError("session_secret needs at least 16 bytes")

    @property
    def origin(self) -> str:
        return self.public_url.rstrip("/")

    @property
    def is_https(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls `/api/v4`. `actor` is what the audit trail says: `key:<id>`."""

    workspace: Workspace
    key_id: str
    via_session: bool = False

    @property
    def actor(self) -> str:
        return f"key:{self.key_id}"


def get_services(connection: HTTPConnection) -> Services:
    return cast(Services, connection.app.state.services)


def get_config(connection: HTTPConnection) -> ApiConfig:
    return cast(ApiConfig, connection.app.state.config)


def get_caller(connection: HTTPConnection) -> Caller:
    """The gate put it there; a route under `/api/v4` is not reached without."""
    return cast(Caller, connection.state.caller)


def get_now(services: ServicesDep) -> float:
    return services.clock()


ServicesDep = Annotated[Services, Depends(get_services)]
ConfigDep = Annotated[ApiConfig, Depends(get_config)]
CallerDep = Annotated[Caller, Depends(get_caller)]
NowDep = Annotated[float, Depends(get_now)]
