"""Dashboard and alerts ask for figures that there are, in queries that Prometheus can read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.observability.names import metrics_in_the_code, metrics_named

ROOT = Path(__file__).parents[2]
PROMETHEUS_OWN = {"up"}

Json = dict[str, Any]


def dashboard() -> Json:
    found: Json = json.loads((ROOT / "monitoring" / "dashboard.json").read_text())
    return found


def panels() -> list[Json]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def alerts() -> list[Json]:
    groups = yaml.safe_load((ROOT / "monitoring" / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def parsed(expression: str) -> None:
    """Raises where it is no PromQL; Grafana's variables stand for something."""
    try:
        import promql_parser
    except ImportError:
        pytest.fail("promql-parser is missing; `make test` installs it", pytrace=False)
    plain = expression.replace("$__rate_interval", "5m").replace("$namespace", ".*")
    try:
        promql_parser.parse(plain)
    except ValueError as error:
        pytest.fail(f"{expression}: {error}", pytrace=False)


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: str(panel["title"]))
def test_a_panel_asks_for_figures_that_the_code_has(panel: Json) -> None:
    assert panel["targets"]
    for target in panel["targets"]:
        parsed(target["expr"])
        named = metrics_named(target["expr"])
        assert named, target["expr"]
        assert named <= metrics_in_the_code(), named - metrics_in_the_code()
        assert 'namespace=~"$namespace"' in target["expr"]


def test_panels_have_ids_and_places_of_their_own() -> None:
    everything = dashboard()["panels"]
    assert len({panel["id"] for panel in everything}) == len(everything)
    taken: set[tuple[int, int]] = set()
    for panel in everything:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_every_figure_of_the_code_is_on_the_dashboard() -> None:
    shown = {
        name for panel in panels() for t in panel["targets"] for name in metrics_named(t["expr"])
    }
    for name in metrics_in_the_code():
        if not name.startswith("interviewer_") or name.endswith(("_created", "_sum", "_count")):
            continue
        assert name in shown, f"{name} is shown nowhere"


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_is_readable_and_has_its_line_in_the_runbook(rule: Json) -> None:
    parsed(rule["expr"])
    named = metrics_named(rule["expr"])
    assert named <= metrics_in_the_code()
    assert named or set(re.findall(r"\bup\b", rule["expr"])) == PROMETHEUS_OWN
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"].endswith(".")
    document, _, anchor = rule["annotations"]["runbook"].partition("#")
    text = (ROOT / document).read_text()
    assert f"\n## {anchor.capitalize()}\n" in text
    assert f"\n| `{rule['alert']}` |" in text


def test_the_runbook_knows_no_other_alert() -> None:
    text = (
        (ROOT / "docs" / "ops.md").read_text().partition("\n## Alerts\n")[2].partition("\n## ")[0]
    )
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == {r["alert"] for r in alerts()}


def test_labels_that_rules_look_for_are_those_that_are_counted() -> None:
    from interviewer.observability import metrics

    counted = {sample.labels.get("outcome") for sample in _samples(metrics.DISPATCHES)}
    assert {"asked", "failed"} <= counted, "an alert would miss the first one"
    assert {"disk", "blobs"} <= {
        s.labels.get("where") for s in _samples(metrics.RECORDING_FAILURES)
    }
    assert "at_capacity" in {s.labels.get("reason") for s in _samples(metrics.REFUSED)}


def _samples(metric: Any) -> list[Any]:
    return [sample for family in metric.collect() for sample in family.samples]
