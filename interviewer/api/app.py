"""The application: every route behind the gate, every refusal in one envelope."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, Depends, FastAPI

from interviewer.api import errors, gate, openapi, queries
from interviewer.api.deps import ApiConfig, Services
from interviewer.api.limiter import Limiter
from interviewer.api.middleware import OuterLayer
from interviewer.api.routes import (
    audit,
    blobs,
    camera,
    candidate,
    candidates,
    catalog,
    docs,
    exports,
    interviews,
    live,
    ops,
    pages,
    postings,
    public,
    questions,
    review,
    webhooks,
)

LOGIN_FAILURES_PER_MINUTE = 10
JOINS_PER_MINUTE = 30
RECRUITER_ROUTES = (
    postings,
    questions,
    candidates,
    exports,
    interviews,
    webhooks,
    audit,
    catalog,
)
CANDIDATE_ROUTES = (candidate, camera, public, live)


def create_app(services: Services, config: ApiConfig) -> FastAPI:
    """The whole HTTP side. `services` are opened and closed by the caller."""
    app = FastAPI(
        title="Interviewer API",
        version=_version(),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # Generated clients name their methods after these.
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = services
    app.state.config = config
    app.state.login_limiter = Limiter(LOGIN_FAILURES_PER_MINUTE, config.rate_limit_url)
    app.state.join_limiter = Limiter(JOINS_PER_MINUTE, config.rate_limit_url)
    doc_url = f"{config.origin}/docs"
    errors.install(app, doc_url)
    openapi.install(app)
    recruiters = APIRouter(prefix=gate.PREFIX, dependencies=[Depends(queries.refuse_unknown)])
    for module in RECRUITER_ROUTES:
        recruiters.include_router(module.router)
    recruiters.include_router(candidates.ingestions)
    app.include_router(recruiters)
    for room in (*CANDIDATE_ROUTES, review, ops, blobs):
        app.include_router(room.router)
    docs.install(app)
    pages.install(app, config)
    # The last one added is the outermost.
    app.add_middleware(gate.Gate, services=services, config=config)
    app.add_middleware(OuterLayer, doc_url=doc_url)
    return app


def _version() -> str:
    try:
        return version("interviewer")
    except PackageNotFoundError:
        return "0"
