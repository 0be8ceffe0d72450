"""The OpenAPI document: its examples are what the service answers, its links lead somewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from interviewer.api.answers import ANSWERS
from interviewer.api.links import SOURCES
from tests.api.answers import record
from tests.api.conftest import World


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for methods in document["paths"].values()
        for operation in methods.values()
    }


def good(operation: dict[str, Any]) -> dict[str, Any]:
    """The answer to a good request."""
    (found,) = [r for status, r in operation["responses"].items() if status.startswith("2")]
    return dict(found)


def shape(value: Any) -> Any:
    """Names and types; of a list, its first row's."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value[:1]]
    return type(value).__name__


@pytest.fixture
def document(world: World) -> dict[str, Any]:
    return dict(world.app.openapi())


async def test_the_examples_are_what_the_service_answers(world: World) -> None:
    answered = await record(world)
    assert answered.keys() == ANSWERS.keys()
    outdated = [name for name in ANSWERS if shape(ANSWERS[name]) != shape(answered[name])]
    assert not outdated, f"run `python -m tests.api.answers`: {outdated}"


def test_every_json_answer_has_an_example_that_fits_its_schema(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        for status, response in operation["responses"].items():
            shown = response.get("content", {}).get("application/json")
            if shown is None:
                continue
            assert "example" in shown, f"{name} {status}"
            schema = shown["schema"] | {"components": document["components"]}
            jsonschema.Draft202012Validator(schema).validate(shown["example"])


def test_examples_hold_no_host_of_the_tests_and_no_key(world: World) -> None:
    text = Path(__file__).parents[2].joinpath("interviewer/api/answers.json").read_text()
    assert ".test" not in text
    assert world.key not in text
    assert "/tmp" not in text


def test_links_name_parameters_of_operations_that_exist(document: dict[str, Any]) -> None:
    known = operations(document)
    for source in SOURCES:
        links = good(known[source]).get("links", {})
        assert links, source
        for target, link in links.items():
            path = {p["name"] for p in known[target]["parameters"] if p["in"] == "path"}
            assert link == {"operationId": target, "parameters": link["parameters"]}
            assert link["parameters"].keys() == path, (source, target)


def test_links_find_their_ids_in_the_examples(document: dict[str, Any]) -> None:
    for source, given in SOURCES.items():
        for where in given.values():
            place, _, pointer = where.partition("#")
            if place != "$response.body":
                continue
            value: Any = ANSWERS[source]
            for part in pointer.split("/")[1:]:
                value = value[int(part)] if part.isdigit() else value[part]
            assert isinstance(value, str), source
