"""k8s/ is valid, and whatever it names of the interviewer exists in the code."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from interviewer import settings
from interviewer.__main__ import _parser
from interviewer.agent.worker import DRAIN_SECONDS
from interviewer.bootstrap.parts import READY_WITHIN_SECONDS
from tests.k8s.rendered import (
    OVERLAYS,
    ROOT,
    Manifest,
    containers,
    environment,
    named,
    of_kind,
    our_containers,
    rendered,
    workloads,
)
from tests.observability.names import metrics_in_the_code, metrics_named

KUBERNETES = "1.33"
"""The oldest that the manifests are checked against; `sleep` in preStop came with 1.30."""
SCALED_OBJECT = json.loads(Path(__file__).with_name("scaledobject.json").read_text())
OPS_PATHS = {"/health", "/ready", "/metrics"}
NEWEST = "1.37"

each_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


@each_overlay
@pytest.mark.parametrize("version", [KUBERNETES, NEWEST])
def test_every_object_is_as_its_schema_says(overlay: str, version: str) -> None:
    validate = _validator()
    for manifest in rendered(overlay):
        if manifest["kind"] == "ScaledObject":
            jsonschema.validate(manifest, SCALED_OBJECT)
            continue
        try:
            validate(manifest, version, strict=True)
        except jsonschema.ValidationError as error:
            where = f"{manifest['kind']} {manifest['metadata']['name']}"
            pytest.fail(f"{overlay}, {where}: {error.message}", pytrace=False)


def _validator() -> Any:
    try:
        import kubernetes_validate
    except ImportError:
        pytest.fail("kubernetes-validate is missing; `make test` installs it", pytrace=False)
    return kubernetes_validate.validate


@each_overlay
def test_every_variable_is_a_setting_with_a_usable_value(overlay: str) -> None:
    for name, container in our_containers(overlay):
        given = environment(overlay, container)
        usable = {key: value or _stand_in(key) for key, value in given.items() if value != ""}
        try:
            loaded = settings.load(usable)
        except settings.SettingsError as error:
            pytest.fail(f"{overlay}, {name}: {error}", pytrace=False)
        known = {variable for variable, _, _ in settings.describe()}
        assert given.keys() <= known, name
        assert loaded.host == "0.0.0.0", "probes come from outside of the pod"


def _stand_in(variable: str) -> str:
    """Something of the right form for what only the cluster knows."""
    return {
        "INTERVIEWER_DATABASE_URL": "postgresql://user:password@db/interviewer",
        "INTERVIEWER_RTC_PUBLIC_IP": "203.0.113.7",
        "INTERVIEWER_RATE_LIMIT_URL": "redis://:password@redis:6379/1",
    }.get(variable, "of-the-cluster")


@each_overlay
def test_every_command_exists_and_no_other_program_is_run(overlay: str) -> None:
    for name, container in our_containers(overlay):
        assert "command" not in container, f"{name}: the image's entrypoint is the interviewer"
        _parser().parse_args(container["args"])


@each_overlay
def test_ports_are_those_that_the_settings_give(overlay: str) -> None:
    for name, container in our_containers(overlay):
        given = environment(overlay, container)
        variable = {
            "serve": ("http", "INTERVIEWER_PORT"),
            "recognize": ("http", "INTERVIEWER_PORT"),
            "agent": ("ops", "INTERVIEWER_OPS_PORT"),
            "work": ("ops", "INTERVIEWER_OPS_PORT"),
        }.get(container["args"][0])
        expected = {variable[0]: int(str(given[variable[1]]))} if variable else {}
        found = {port["name"]: port["containerPort"] for port in container.get("ports", ())}
        assert found == expected, name


@each_overlay
def test_every_pod_is_probed_where_something_answers(overlay: str) -> None:
    for name, container in containers(overlay):
        if name == "interviewer-migrate":
            continue
        named_ports = {port["name"] for port in container["ports"]}
        for kind in ("livenessProbe", "readinessProbe"):
            probe = container[kind]
            target = probe.get("httpGet") or probe["tcpSocket"]
            assert target["port"] in named_ports, (name, kind)
        if container["name"] == "interviewer":
            assert container["livenessProbe"]["httpGet"]["path"] == "/health"
            assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
            assert container["readinessProbe"]["timeoutSeconds"] > READY_WITHIN_SECONDS
            assert container["startupProbe"]["httpGet"]["path"] in OPS_PATHS


@each_overlay
def test_what_prometheus_scrapes_is_there(overlay: str) -> None:
    for deployment in of_kind(overlay, "Deployment"):
        template = deployment["spec"]["template"]
        asked = template["metadata"].get("annotations", {})
        if asked.get("prometheus.io/scrape") != "true":
            continue
        ports = {p["containerPort"] for c in template["spec"]["containers"] for p in c["ports"]}
        assert int(asked["prometheus.io/port"]) in ports
        assert asked.get("prometheus.io/path", "/metrics") in OPS_PATHS


@each_overlay
def test_scaling_asks_for_figures_that_the_code_has(overlay: str) -> None:
    queries = [
        trigger["metadata"]["query"]
        for scaled in of_kind(overlay, "ScaledObject")
        for trigger in scaled["spec"]["triggers"]
    ]
    assert len(queries) == (0 if overlay == "single" else 2)
    for query in queries:
        assert metrics_named(query) <= metrics_in_the_code(), query
        assert metrics_named(query)


@each_overlay
def test_what_scales_by_itself_has_no_number_of_replicas(overlay: str) -> None:
    for scaler in of_kind(overlay, "ScaledObject", "HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]["name"]
        assert "replicas" not in named(overlay, "Deployment", target)["spec"], target


@pytest.mark.parametrize("overlay", ["cpu", "gpu"])
def test_an_agent_has_the_time_of_its_longest_interview_to_end(overlay: str) -> None:
    pods = dict(workloads(overlay))
    assert pods["interviewer-agent"]["terminationGracePeriodSeconds"] > DRAIN_SECONDS
    assert pods["livekit"]["terminationGracePeriodSeconds"] > DRAIN_SECONDS


@pytest.mark.parametrize("overlay", ["cpu", "gpu"])
def test_some_slots_stay_free_while_another_agent_starts(overlay: str) -> None:
    agent = next(c for name, c in our_containers(overlay) if name == "interviewer-agent")
    slots = int(str(environment(overlay, agent)["INTERVIEWER_MAX_INTERVIEWS"]))
    scaled = named(overlay, "ScaledObject", "interviewer-agent")
    assert int(scaled["spec"]["triggers"][0]["metadata"]["threshold"]) < slots


@each_overlay
def test_only_the_job_migrates_where_there_is_one(overlay: str) -> None:
    jobs = [m["metadata"]["name"] for m in of_kind(overlay, "Job")]
    assert jobs == ([] if overlay == "single" else ["interviewer-migrate"])
    for _, container in our_containers(overlay):
        if container["args"] == ["recognize"]:
            continue  # it has no database
        given = environment(overlay, container)
        assert given.get("INTERVIEWER_MIGRATE_AT_START", "true") == ("false" if jobs else "true")


@each_overlay
def test_pods_are_locked_down(overlay: str) -> None:
    for name, pod in workloads(overlay):
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] == 10001, f"{name}: a number, as the image's"
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, f"{name}: or Kubernetes sets variables of ours"
        volumes = {volume["name"]: volume for volume in pod.get("volumes", ())}
        for container in pod["containers"]:
            own = container["securityContext"]
            assert own["readOnlyRootFilesystem"] is True, name
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["requests"].keys() >= {"cpu", "memory"}, name
            assert "memory" in container["resources"]["limits"], name
            for mount in container.get("volumeMounts", ()):
                assert mount["name"] in volumes, (name, mount)
            if container["name"] == "interviewer":
                written = {"/tmp"} if container["args"] == ["recognize"] else {"/tmp", "/data"}
                assert {m["mountPath"] for m in container["volumeMounts"]} == written


@each_overlay
def test_secrets_are_only_referred_to(overlay: str) -> None:
    assert of_kind(overlay, "Secret") == []
    secret = {
        f"INTERVIEWER_{f.upper()}"
        for f, field in settings.Settings.__dataclass_fields__.items()
        if field.metadata["secret"]
    } | {"INTERVIEWER_DATABASE_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"}
    for manifest in of_kind(overlay, "ConfigMap"):
        assert not secret & manifest["data"].keys()
    for name, container in containers(overlay):
        for entry in container.get("env", ()):
            if entry["name"] in secret or "PASSWORD" in entry["name"]:
                assert "secretKeyRef" in entry["valueFrom"], (name, entry["name"])


@each_overlay
def test_the_documents_tell_how_to_make_every_secret(overlay: str) -> None:
    text = (ROOT / "docs" / "ops.md").read_text()
    for name, container in containers(overlay):
        for entry in container.get("env", ()):
            reference = entry.get("valueFrom", {}).get("secretKeyRef")
            if reference is not None:
                assert reference["name"] == "interviewer-secrets"
                assert f"--from-literal={reference['key']}=" in text, (name, reference["key"])


@each_overlay
def test_selectors_select_pods(overlay: str) -> None:
    labels = [
        m["spec"]["template"]["metadata"]["labels"] for m in of_kind(overlay, "Deployment", "Job")
    ]

    def selects(wanted: Manifest) -> bool:
        return any(wanted.items() <= have.items() for have in labels)

    for manifest in of_kind(overlay, "Service"):
        if manifest["metadata"]["name"] == "interviewer-nothing":
            continue
        assert selects(manifest["spec"]["selector"]), manifest["metadata"]["name"]
    for manifest in of_kind(overlay, "PodDisruptionBudget"):
        assert selects(manifest["spec"]["selector"]["matchLabels"]), manifest["metadata"]["name"]
    for manifest in of_kind(overlay, "NetworkPolicy"):
        wanted = manifest["spec"]["podSelector"].get("matchLabels")
        if wanted:
            assert selects(wanted), manifest["metadata"]["name"]


@each_overlay
def test_nothing_is_let_in_or_out_that_no_policy_names(overlay: str) -> None:
    policies = {m["metadata"]["name"]: m["spec"] for m in of_kind(overlay, "NetworkPolicy")}
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    ports = {
        (p["protocol"], p["port"]) for rule in policies["api"]["ingress"] for p in rule["ports"]
    }
    assert ports == {("TCP", 8080)}


@pytest.mark.parametrize("overlay", ["cpu", "gpu"])
def test_what_livekit_listens_on_is_open(overlay: str) -> None:
    import yaml

    config = yaml.safe_load(named(overlay, "ConfigMap", "livekit")["data"]["config.yaml"])
    (container,) = [c for name, c in containers(overlay) if name == "livekit"]
    found = {p["name"]: (p["hostPort"], p.get("protocol", "TCP")) for p in container["ports"]}
    assert found == {
        "http": (config["port"], "TCP"),
        "rtc-tcp": (config["rtc"]["tcp_port"], "TCP"),
        "rtc-udp": (config["rtc"]["udp_port"], "UDP"),
        "turn-udp": (config["turn"]["udp_port"], "UDP"),
        "turn-tls": (config["turn"]["tls_port"], "TCP"),
        "metrics": (config["prometheus_port"], "TCP"),
    }
    media = named(overlay, "NetworkPolicy", "agent-media")["spec"]["egress"][0]["ports"]
    open_to_agents = {(p["port"], p["protocol"]) for p in media}
    assert found["rtc-udp"] in open_to_agents
    assert found["rtc-tcp"] in open_to_agents


def test_the_language_model_is_reached_where_it_listens() -> None:
    agent = next(c for name, c in our_containers("gpu") if name == "interviewer-agent")
    given = environment("gpu", agent)
    (vllm,) = [c for name, c in containers("gpu") if name == "vllm"]
    arguments = dict(a.removeprefix("--").split("=") for a in vllm["args"] if "=" in a)
    (port,) = named("gpu", "Service", "vllm")["spec"]["ports"]
    assert given["INTERVIEWER_LLM_BASE_URL"] == f"http://vllm.interviewer.svc:{port['port']}/v1"
    assert arguments["port"] == str(port["port"]) == str(vllm["ports"][0]["containerPort"])
    assert given["INTERVIEWER_LLM_MODEL"] == arguments["served-model-name"]
    assert "--enable-prefix-caching" in vllm["args"]
    assert int(arguments["max-logprobs"]) >= 20, "what `llm/client.py` asks for"


def test_the_recogniser_is_reached_where_it_listens_with_its_key() -> None:
    mine = {name: environment("gpu", c) for name, c in our_containers("gpu")}
    (port,) = named("gpu", "Service", "recognizer")["spec"]["ports"]
    (recogniser,) = [c for n, c in containers("gpu") if n == "interviewer-recognizer"]
    assert str(port["port"]) == mine["interviewer-recognizer"]["INTERVIEWER_PORT"]
    assert mine["interviewer-recognizer"]["INTERVIEWER_STT_DEVICE"] == "cuda"
    assert recogniser["resources"]["limits"]["nvidia.com/gpu"] == "1"
    key = next(e for e in recogniser["env"] if e["name"] == "INTERVIEWER_STT_API_KEY")
    for name in ("interviewer-agent", "interviewer-worker"):
        url = mine[name]["INTERVIEWER_STT_BASE_URL"]
        assert url == f"http://recognizer.interviewer.svc:{port['port']}/v1"
        (container,) = [c for n, c in our_containers("gpu") if n == name]
        assert key in container["env"], f"{name} shows the key that is asked for"
    let_in = named("gpu", "NetworkPolicy", "recognizer")["spec"]["ingress"][0]
    let_out = named("gpu", "NetworkPolicy", "to-recognizer")["spec"]
    assert let_in["from"][0]["podSelector"] == let_out["podSelector"]
    assert let_in["ports"] == let_out["egress"][0]["ports"] == [{"protocol": "TCP", "port": 8080}]


@each_overlay
def test_images_are_pinned_by_tag_and_ours_is_this_version(overlay: str) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    livekit = re.search(
        r"livekit-server (v[\d.]+)", (ROOT / "tests" / "livekit" / "go.mod").read_text()
    )
    assert livekit is not None
    for name, container in containers(overlay):
        image, _, tag = container["image"].partition(":")
        assert tag not in ("", "latest"), name
        assert "." not in image.split("/")[0], f"{name}: whose registry is the cluster's to say"
        if image in ("interviewer", "interviewer-cuda"):
            assert tag == version
        if image == "livekit/livekit-server":
            assert tag == livekit[1], "the version that the tests run against"
