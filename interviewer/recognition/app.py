"""The service's routes."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from interviewer.recognition import errors
from interviewer.recognition.service import RecogniserService
from interviewer.recognition.stream import serve_stream
from interviewer.recognition.transcriptions import transcribe
from interviewer.recognition.uploads import MAX_FILE_BYTES, BodyLimit
from interviewer.speech import remote_hearing, wire

BASE = "/v1"
_FORM_BYTES = 64 << 10


def recognition_app(service: RecogniserService) -> FastAPI:
    app = FastAPI(title="Recogniser", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(BodyLimit, limit=MAX_FILE_BYTES + _FORM_BYTES)
    app.add_exception_handler(errors.Refused, errors.on_refused)
    app.add_exception_handler(HTTPException, errors.on_http)

    @app.get("/health")
    async def health() -> JSONResponse:
        if await service.unready() and service.fitness.lost:
            return JSONResponse({"message": "the model has failed for good", "status": 503}, 503)
        return JSONResponse({"message": "The recogniser is running.", "status": 200})

    @app.get("/ready")
    async def ready() -> JSONResponse:
        if not (why := await service.unready()):
            return JSONResponse({"message": "Ready for work.", "status": 200})
        body = {"message": why, "status": 503}
        return JSONResponse(body, 503, headers={"Retry-After": "5"})

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.get(f"{BASE}/models")
    async def models(request: Request) -> JSONResponse:
        service.check_key(request.headers.get("authorization", ""))
        one = {"id": service.model, "object": "model", "created": 0, "owned_by": "interviewer"}
        return JSONResponse({"object": "list", "data": [one]})

    @app.post(BASE + remote_hearing.PATH)
    async def transcriptions(request: Request) -> Response:
        return await transcribe(request, service)

    @app.websocket(BASE + wire.PATH)
    async def stream(socket: WebSocket) -> None:
        await serve_stream(socket, service)

    return app
