"""Settings: every refusal is one line that names its variable, and what is accepted is complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interviewer.settings import Settings, SettingsError, load

ICE = [{"urls": "turn:turn.example.com", "username": "u", "credential": "p w"}]


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    path = tmp_path / "cert.pem"
    path.write_text("certificate")
    return str(path)


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        load(environ)
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_without_any_variable_it_serves_from_the_current_folder() -> None:
    settings = load({})
    data = Path("data").absolute()

    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.data_dir == data
    assert settings.database_url == f"sqlite:///{data / 'interviewer.db'}"
    assert settings.blob_url == f"file://{data / 'blobs'}"
    assert settings.embedded_llm


def test_an_unknown_variable_is_refused_with_the_nearest_known_one() -> None:
    message = refusal({"INTERVIEWER_PROT": "80"})
    assert message.startswith("INTERVIEWER_PROT is not a setting")
    assert message.endswith("did you mean INTERVIEWER_PORT?")
    assert "did you mean" not in refusal({"INTERVIEWER_Q": "1"})


def test_variables_of_others_are_none_of_ours() -> None:
    assert load({"PATH": "/bin", "LIVEKIT_SOMETHING": "x"}) == load({})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "http", "whole number from 0 to 65535"),
        ("PORT", "65536", "whole number from 0 to 65535"),
        ("PORT", "-1", "whole number from 0 to 65535"),
        ("OPS_PORT", "65536", "whole number from 0 to 65535"),
        ("TRUSTED_PROXIES", "ingress", "addresses or networks like 10.0.0.0/8"),
        ("TRUSTED_PROXIES", "10.0.0.0/40", "addresses or networks like 10.0.0.0/8"),
        ("RETENTION_DAYS", "0", "whole number from 1"),
        ("MAX_INTERVIEWS", "2.5", "whole number from 1"),
        ("LLM_THREADS", "many", "whole number from 1"),
        ("LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("STT_MODEL", "whisper-huge", "one of whisper-base"),
        ("STT_DEVICE", "tpu", "one of cpu, cuda"),
        ("STT_COMPUTE_TYPE", "int4", "one of int8"),
        ("STT_FALLBACK", "perhaps", "one of local, none"),
        ("STT_BASE_URL", "recognizer:8080", "http:// or https://"),
        ("LLM_FALLBACK_BASE_URL", "another", "embedded, or start with http://"),
        ("TTS_VOICE", "hal", "one of heart, joe"),
        ("DEMO", "maybe", "true or false"),
        ("PUBLIC_URL", "interviews.example.com", "http:// or https://"),
        ("DATABASE_URL", "mysql://db/x", "sqlite:// or postgresql://"),
        ("BLOB_URL", "/blobs", "file:// or s3://"),
        ("LLM_BASE_URL", "ftp://llm", "http:// or https://"),
        ("ICE_SERVERS", "stun:stun.example.com", "JSON list"),
        ("ICE_SERVERS", '{"urls": "stun:x"}', "JSON list"),
        ("ICE_SERVERS", '[{"url": "stun:x"}]', "`urls`"),
        ("RTC_PORTS", "50000:50100", "range like 50000-50100"),
        ("RTC_PORTS", "50100-50000", "range like 50000-50100"),
        ("RTC_PORTS", "0-10", "range like 50000-50100"),
        ("RTC_PUBLIC_IP", "example.com", "IP address"),
        ("TLS_CERT", "/nowhere/cert.pem", "not a readable file"),
        ("MEDIA", "pigeon", "one of webrtc"),
    ],
)
def test_a_bad_value_is_refused_by_name(name: str, value: str, said: str) -> None:
    message = refusal({f"INTERVIEWER_{name}": value})
    assert message.startswith(f"INTERVIEWER_{name} ")
    assert said in message


LIVEKIT = {"LIVEKIT_URL": "wss://x", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "s"}


@pytest.mark.parametrize("missing", LIVEKIT)
def test_livekit_needs_a_server_and_its_key_pair(missing: str) -> None:
    given = {"INTERVIEWER_MEDIA": "livekit", **LIVEKIT}
    assert load(given).media == "livekit"
    del given[missing]
    assert refusal(given) == f"{missing} is missing: INTERVIEWER_MEDIA=livekit needs it"


@pytest.mark.parametrize(
    ("name", "value"),
    [("ICE_SERVERS", json.dumps(ICE)), ("RTC_PUBLIC_IP", "192.0.2.1"), ("RTC_PORTS", "50000")],
)
def test_what_livekit_sets_itself_is_refused_beside_it(name: str, value: str) -> None:
    given = {"INTERVIEWER_MEDIA": "livekit", **LIVEKIT, f"INTERVIEWER_{name}": value}
    assert refusal(given).startswith(f"INTERVIEWER_{name} is for webrtc")


@pytest.mark.parametrize(("given", "missing"), [("CERT", "KEY"), ("KEY", "CERT")])
def test_half_a_certificate_is_refused(certificate: str, given: str, missing: str) -> None:
    message = refusal({f"INTERVIEWER_TLS_{given}": certificate})
    assert message.startswith(f"INTERVIEWER_TLS_{missing} is missing")


def test_a_language_model_server_needs_a_model() -> None:
    url = {"INTERVIEWER_LLM_BASE_URL": "http://127.0.0.1:9000/v1/"}
    assert refusal(url).startswith("INTERVIEWER_LLM_MODEL is missing")
    settings = load({**url, "INTERVIEWER_LLM_MODEL": "some-model"})
    assert settings.llm_base_url == "http://127.0.0.1:9000/v1"
    assert not settings.embedded_llm


def test_a_second_language_model_needs_a_first_and_a_name() -> None:
    second = {"INTERVIEWER_LLM_FALLBACK_BASE_URL": "http://127.0.0.1:9001/v1/"}
    assert refusal(second).startswith("INTERVIEWER_LLM_FALLBACK_BASE_URL is for")
    both = {**second, "INTERVIEWER_LLM_BASE_URL": "http://x/v1", "INTERVIEWER_LLM_MODEL": "m"}
    assert refusal(both).startswith("INTERVIEWER_LLM_FALLBACK_MODEL is missing")
    settings = load({**both, "INTERVIEWER_LLM_FALLBACK_MODEL": "n"})
    assert settings.llm_fallback_base_url == "http://127.0.0.1:9001/v1"
    embedded = load({**both, "INTERVIEWER_LLM_FALLBACK_BASE_URL": "embedded"})
    assert embedded.llm_fallback_base_url == "embedded"


def test_a_recogniser_may_be_a_folder_and_a_service_is_named_without_a_slash_at_its_end() -> None:
    given = {"INTERVIEWER_STT_MODEL": "/m/large-v3", "INTERVIEWER_STT_BASE_URL": "http://x/v1/"}
    settings = load(given)
    assert settings.model_dir / settings.stt_model == Path("/m/large-v3")
    assert settings.stt_base_url == "http://x/v1"
    relative = refusal({"INTERVIEWER_STT_MODEL": "m/large-v3"})
    assert relative.startswith("INTERVIEWER_STT_MODEL must be one of")


def test_relative_folders_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")
    settings = load({"INTERVIEWER_DATA_DIR": "kept/here", "INTERVIEWER_MODEL_DIR": "~/models"})

    assert settings.data_dir == tmp_path / "kept/here"
    assert settings.model_dir == Path("/home/someone/models")
    assert settings.database_url == f"sqlite:///{tmp_path}/kept/here/interviewer.db"
    assert settings.blob_url == f"file://{tmp_path}/kept/here/blobs"


def test_the_public_url_follows_from_address_port_and_certificate(certificate: str) -> None:
    tls = {"INTERVIEWER_TLS_CERT": certificate, "INTERVIEWER_TLS_KEY": certificate}
    everywhere = {"INTERVIEWER_HOST": "0.0.0.0", "INTERVIEWER_PORT": "8443"}

    assert load({**tls, **everywhere}).public_url == "https://127.0.0.1:8443"
    given = {"INTERVIEWER_PUBLIC_URL": "https://interviews.example.com/"}
    assert load({**everywhere, **given}).public_url == "https://interviews.example.com"


def test_an_empty_variable_is_an_unset_one() -> None:
    assert load({"INTERVIEWER_PORT": "", "INTERVIEWER_RTC_PORTS": ""}) == load({})


@pytest.mark.parametrize(
    "more",
    [
        {},
        {
            "INTERVIEWER_ICE_SERVERS": json.dumps(ICE),
            "INTERVIEWER_RTC_PORTS": "50000-50100",
            "INTERVIEWER_RTC_PUBLIC_IP": "2001:db8::1",
            "INTERVIEWER_DEMO": "no",
            "INTERVIEWER_DATABASE_URL": "postgresql://u:p%40ss@db/x",
            "INTERVIEWER_LLM_BASE_URL": "http://llm:9000/v1",
            "INTERVIEWER_LLM_MODEL": "m",
            "INTERVIEWER_DATA_DIR": "with a space",
        },
    ],
)
def test_a_child_process_gets_the_very_same_settings(more: dict[str, Any]) -> None:
    settings = load(more)
    handed_on = settings.environ()
    assert isinstance(settings, Settings)
    assert load(handed_on) == settings
    assert "PATH" in handed_on
