"""`/voices`, `/schemas`, `/workspaces`: what there is to choose from."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import numpy as np
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from interviewer.api import paging
from interviewer.api.deps import CallerDep, ServicesDep
from interviewer.api.schemas import postings, questions
from interviewer.api.schemas.common import Line100, Listing, Resource, Single
from interviewer.domain.errors import NotFound
from interviewer.interfaces import SpeechSynthesizer, Voice
from interviewer.sessions.questions import STEP_OF
from interviewer.speech.wav import wav

router = APIRouter()

PREVIEW = "Hello, I am {name}. I look forward to our conversation."


class WireVoice(Resource):
    """A voice for `voice_id` of a web interview."""

    object: Literal["voice"] = "voice"
    id: str
    provider: str
    provider_voice_id: str
    name: str
    language: str
    country_code: str | None
    gender: str
    preview_url: str
    labels: dict[str, str]
    created_at: float
    updated_at: float


class WireWorkspace(Resource):
    """The caller's workspace. `slug` begins the paths of its public pages."""

    object: Literal["workspace"] = "workspace"
    id: str
    name: str
    slug: str
    created_at: float


@router.get("/voices", tags=["Voices"], summary="List voices")
async def list_voices(
    request: Request,
    services: ServicesDep,
    limit: paging.Limit = 20,
    starting_after: paging.After = None,
    search: Line100 | None = None,
) -> Listing[WireVoice]:
    """All run on the service's own machines."""
    wanted = (search or "").casefold()
    voices = [v for v in services.synthesizer.voices() if wanted in v.name.casefold()]
    page, has_more = paging.page_of(voices, limit=limit, after=starting_after, id_of=lambda v: v.id)
    rows = [_voice(request, v) for v in page]
    return paging.listing(request, rows, has_more=has_more, total=len(voices))


@router.get("/voices/{voice_id}", tags=["Voices"], summary="Get a voice")
async def get_voice(request: Request, voice_id: str, services: ServicesDep) -> Single[WireVoice]:
    return Single(object="voice", data=_voice(request, _find(services.synthesizer, voice_id)))


@router.get(
    "/voices/{voice_id}/preview",
    tags=["Voices"],
    summary="Hear a voice",
    response_class=Response,
    responses={200: {"content": {"audio/wav": {}}, "description": "A sentence as WAV."}},
)
async def preview_voice(voice_id: str, services: ServicesDep) -> Response:
    voice = _find(services.synthesizer, voice_id)
    text = PREVIEW.format(name=voice.name)
    chunks = [chunk async for chunk in services.synthesizer.stream(text, voice.id)]
    pcm = np.concatenate([np.zeros(0, np.int16), *chunks])
    audio = await asyncio.to_thread(wav, pcm, voice.sample_rate)
    return Response(audio, media_type="audio/wav")


@router.get("/schemas/agents", tags=["Schemas"], summary="List step types")
async def list_agents() -> dict[str, Any]:
    """JSON Schema of each step's `config`."""
    configs: Mapping[str, type[BaseModel]] = {
        "resume": postings.ResumeConfig,
        "web_interview": postings.WebInterviewConfig,
    }
    agents = [
        {
            "type": name,
            "description": (model.__doc__ or "").strip(),
            "modalities": [modality for modality, step in STEP_OF.items() if step == name],
            "config_schema": _schema(model),
        }
        for name, model in configs.items()
    ]
    return {"object": "agent_schemas", "data": {"agents": agents}}


@router.get("/schemas/question-types", tags=["Schemas"], summary="List question types")
async def list_question_types() -> dict[str, Any]:
    """JSON Schema of a question, and which step asks which modality."""
    kinds = [{"modality": modality, "step": step} for modality, step in STEP_OF.items()]
    schema = _schema(questions.CreateQuestion)
    return {
        "object": "question_type_schemas",
        "data": {"question_types": kinds, "question_schema": schema},
    }


@router.get("/workspaces", tags=["Workspaces"], summary="List workspaces")
async def list_workspaces(request: Request, caller: CallerDep) -> Listing[WireWorkspace]:
    """An API key belongs to one workspace."""
    own = caller.workspace
    row = WireWorkspace(id=own.id, name=own.name, slug=own.slug, created_at=own.created_at)
    return paging.listing(request, [row], has_more=False, total=1)


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _find(synthesizer: SpeechSynthesizer, voice_id: str) -> Voice:
    for voice in synthesizer.voices():
        if voice.id == voice_id:
            return voice
    raise NotFound("No such voice.")


def _voice(request: Request, voice: Voice) -> WireVoice:
    language, _, country = voice.language.partition("-")
    return WireVoice(
        id=voice.id,
        provider=voice.engine,
        provider_voice_id=voice.id,
        name=voice.name,
        language=language,
        country_code=country or None,
        gender=voice.gender,
        preview_url=str(request.url_for("preview_voice", voice_id=voice.id)),
        labels={"licence": voice.licence},
        created_at=0.0,
        updated_at=0.0,
    )
