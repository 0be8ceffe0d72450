"""Composition root: the only place that knows every adapter. Settings become values here."""

from interviewer.bootstrap.commands import (
    create_api_key,
    list_api_keys,
    rehearse,
    revoke_api_key,
)
from interviewer.bootstrap.interviews import hold_interviews
from interviewer.bootstrap.jobs import work
from interviewer.bootstrap.parts import EMBEDDED_MODEL, migrate_all, prepare_database
from interviewer.bootstrap.recognising import recognize
from interviewer.bootstrap.serving import openapi, serve

__all__ = [
    "EMBEDDED_MODEL",
    "create_api_key",
    "hold_interviews",
    "list_api_keys",
    "migrate_all",
    "openapi",
    "prepare_database",
    "recognize",
    "rehearse",
    "revoke_api_key",
    "serve",
    "work",
]
