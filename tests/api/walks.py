"""Walks through the API along the links of its OpenAPI document, by Schemathesis.

Each walk makes things, follows the ids in the answers into other calls, and checks every answer:
no 5xx, what the document promises, nothing found after it was deleted, nothing missing that was
just made. Four bodies in five are the document's own examples, since a generated posting or
person is nearly always refused; the fifth is generated, good or bad.

    python -m tests.api.walks --walks 300     (about ten minutes)
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import Bundle, MultipleResults, initialize, multiple
from requests.structures import CaseInsensitiveDict
from schemathesis import Case, checks
from schemathesis.core import NOT_SET
from schemathesis.core.transport import Response
from schemathesis.generation.stateful.state_machine import StepInput, StepOutput

from interviewer.api.app import create_app
from interviewer.api.deps import ApiConfig
from interviewer.storage.engine import migrate, open_store
from tests.api.conftest import SECRET, World, make_world, serving

CHECKS = [
    checks.not_a_server_error,
    checks.response_schema_conformance,
    checks.content_type_conformance,
    checks.status_code_conformance,
    checks.ensure_resource_availability,
    checks.ignored_auth,
    checks.missing_required_header,
    checks.response_headers_conformance,
    checks.unsupported_method,
    checks.allow_header_conformance,
]
USE_AFTER_FREE = [*CHECKS, checks.use_after_free]
SETTINGS = settings(
    max_examples=2,  # the first is always the simplest, which does nearly nothing
    stateful_step_count=30,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
EXAMPLES_IN_TEN = 8


@dataclass
class Walked:
    """`answers`: operation id → how often it answered with each status."""

    answers: dict[str, Counter[int]] = field(default_factory=dict)

    def note(self, operation: str, status: int) -> None:
        self.answers.setdefault(operation, Counter())[status] += 1

    @property
    def reached(self) -> set[str]:
        """Operations that answered 2xx at least once."""
        return {name for name, seen in self.answers.items() if any(s < 300 for s in seen)}


def examples_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Operation id → the first example of its request body."""
    found: dict[str, Any] = {}
    for methods in document["paths"].values():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {})
            shown = content.get("application/json", {}).get("examples")
            if shown:
                found[operation["operationId"]] = next(iter(shown.values()))["value"]
    return found


def walk(
    document: dict[str, Any], origin: str, headers: Mapping[str, str], *, walks: int
) -> Walked:
    """Take `walks` walks of at most 30 calls. Raises what Schemathesis finds."""
    walked = Walked()
    bodies = examples_of(document)
    schema = schemathesis.openapi.from_dict(document)
    # Links that it would guess itself lead to one known id among unknown ones.
    schema.config.phases.stateful.inference.algorithms = []

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        """One walk; what it made is its own."""

        def setup(self) -> None:
            self.posting_id = ""
            self.chance = random.Random(1)

        @initialize(target=Bundle("catch_all"))
        def begin(self) -> MultipleResults[StepOutput]:
            made = self._begin("/api/v4/postings", "create_posting")
            path = "/api/v4/postings/{posting_id}/candidates"
            invited = self._begin(path, "ingest_candidate", posting_id=self.posting_id)
            return multiple(made, invited)

        def _begin(self, path: str, name: str, **parameters: str) -> StepOutput:
            body = _newcomers(copy.deepcopy(bodies[name]), self.chance)
            case = schema[path]["POST"].Case(
                path_parameters=parameters, body=body, media_type="application/json"
            )
            self.recorder.record_case(case=case)
            output: StepOutput = self.step(StepInput.initial(case))
            return output

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:
            return {"base_url": origin, "headers": dict(headers)}

        def before_call(self, case: Case[Any]) -> None:
            # Generated keys are wrong ones; what they get is tested elsewhere.
            case.headers = CaseInsensitiveDict(dict(case.headers or {}) | dict(headers))
            name = _name(case)
            if name not in bodies or case.body is NOT_SET:
                return
            if self.chance.randrange(10) < EXAMPLES_IN_TEN:
                own = {"posting_id": self.posting_id} if name == "create_webhook" else {}
                case.body = _newcomers(copy.deepcopy(bodies[name]), self.chance) | own
                case.media_type = "application/json"

        def after_call(self, response: Response, case: Case[Any]) -> None:
            super().after_call(response, case)
            walked.note(_name(case), response.status_code)
            if _name(case) == "create_posting" and response.status_code == 201:
                self.posting_id = response.json()["data"]["id"]

        def validate_response(
            self, response: Response, case: Case[Any], additional_checks: Any = None, **kwargs: Any
        ) -> None:
            case.validate_response(
                response,
                checks=CHECKS if _name(case) == "get_metadata" else USE_AFTER_FREE,
                transport_kwargs=kwargs,
                recorder=self.recorder,
            )

    for number in range(walks):
        # Only what its draws say may decide how a walk goes on, but the service remembers earlier
        # walks. Few in a run, so that Hypothesis hardly ever sees two begin alike and end
        # differently; where it does, that is no finding.
        with suppress(FlakyStrategyDefinition):
            seed(number)(Walk).run(settings=SETTINGS)
    return walked


def _name(case: Case[Any]) -> str:
    return str(case.operation.definition.raw["operationId"])


def _newcomers(body: Any, chance: random.Random) -> Any:
    """People have addresses of their own in each call, or they would be known already."""
    for person in body.get("data", [body]):
        if "email" in person:
            person["email"] = f"{chance.randrange(16**8):x}.{person['email']}"
    return body


async def walk_through(world: World, *, walks: int) -> Walked:
    """Serve `world` on a socket, without a limit of requests, and walk."""
    config = ApiConfig(
        public_url="http://interviews.test",
        session_secret=SECRET.encode(),
        requests_per_minute=1_000_000,
    )
    app = create_app(world.app.state.services, config)
    async with serving(app) as origin:
        key = {"X-API-KEY": world.key}
        return await asyncio.to_thread(walk, app.openapi(), origin, key, walks=walks)


async def _main(walks: int) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/interviewer.db"
        migrate(url)
        store = open_store(url)
        try:
            walked = await walk_through(await make_world(store, Path(folder)), walks=walks)
        finally:
            await store.close()
    print("| operation | answers |\n|---|---|")
    for name, seen in sorted(walked.answers.items()):
        print(f"| {name} | {', '.join(f'{status}: {n}' for status, n in sorted(seen.items()))} |")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--walks", type=int, default=300)
    asyncio.run(_main(arguments.parse_args().walks))
