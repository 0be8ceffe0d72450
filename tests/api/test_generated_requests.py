"""Schemathesis reads our OpenAPI document and sends what it allows and what it forbids.

Nothing may answer 5xx, every answer must be one that the document promises, and what the
document forbids must be refused.
"""

from __future__ import annotations

import asyncio
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode, checks
from schemathesis.core.result import Ok

from interviewer.api.app import create_app
from interviewer.api.deps import ApiConfig
from tests.api.bodies import consented, created, invited
from tests.api.conftest import SECRET, World, serving

EXAMPLES = 4
CHECKS = [
    checks.not_a_server_error,
    checks.response_schema_conformance,
    checks.content_type_conformance,
    checks.status_code_conformance,
]
UNSPOKEN = ("video/mp4", "application/sdp")
"""Bodies that Schemathesis cannot make; `test_candidate_pages` and `test_live` send them."""


async def test_generated_requests_are_answered_as_documented(world: World) -> None:
    config = ApiConfig(
        public_url="http://interviews.test",
        session_secret=SECRET.encode(),
        requests_per_minute=1_000_000,
    )
    app = create_app(world.app.state.services, config)
    async with world.client(world.key) as api, world.client() as page:
        posting_id = await created(api)
        hook = {"webhook_url": "https://ats.example.com/", "event_type": "candidate_ingested"}
        made = await api.post("/api/v4/webhooks", json={"posting_id": posting_id} | hook)
        webhook_id = made.json()["data"]["webhook_id"]
        interview_id = await invited(api, posting_id)
        sent = await api.get(f"/api/v4/webhooks/{webhook_id}/deliveries")
        await consented(page, interview_id)
    known = {
        "posting_id": posting_id,
        "interview_id": interview_id,
        "webhook_id": webhook_id,
        "delivery_id": sent.json()["data"][0]["id"],
    }
    async with serving(app) as origin:
        failures = await asyncio.to_thread(
            _try_all, app.openapi(), origin, {"X-API-KEY": world.key}, known
        )
    assert not failures, "\n\n".join(failures)


def _try_all(
    document: dict[str, Any], origin: str, headers: dict[str, str], known: dict[str, str]
) -> list[str]:
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) >= 40
    failures = []
    # What deletes the known rows comes last, so that the rest still finds them.
    for operation in sorted(operations, key=lambda o: o.method.upper() == "DELETE"):
        if any(kind in operation.get_request_payload_content_types() for kind in UNSPOKEN):
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode), use_known=st.booleans())
            def attempt(case: Case[Any], use_known: bool) -> None:
                if use_known and case.meta is not None and case.path_parameters:
                    case.path_parameters |= {
                        k: v for k, v in known.items() if k in case.path_parameters
                    }
                answer = case.call(base_url=origin, headers=headers)
                # Any refusal will do: a closed posting is told before the body is looked at.
                accepted = answer.status_code < 400
                more = [checks.negative_data_rejection] if accepted else []
                case.validate_response(answer, checks=[*CHECKS, *more])

            try:
                attempt()
            except Unsatisfiable:
                continue  # nothing can be wrong about a request that has no parameters
            except Exception as error:
                failures.append(f"{operation.label} ({mode.value}): {str(error)[:1500]}")
    return failures
