"""The only reader of the environment. Every variable, its meaning and its default stand here.

`load()` raises `SettingsError` with one line that names the variable; `describe()` is what
`interviewer settings` and the README's table are made from.
"""

from __future__ import annotations

import difflib
import ipaddress
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "INTERVIEWER_"


class SettingsError(Exception):
    """An unknown or unusable variable; the message is one line and names it."""


def _var(doc: str, default: Any = None, *, name: str | None = None, secret: bool = False) -> Any:
    metadata = {"doc": doc, "name": name, "secret": secret}
    if isinstance(default, (list, tuple, dict)):
        return field(default_factory=lambda: default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, checked. Field `x_y` is read from `INTERVIEWER_X_Y` unless it names another."""

    host: str = _var("Address to listen on.", "127.0.0.1")
    port: int = _var("TCP port to listen on.", 8080)
    ops_port: int = _var(
        "TCP port of `agent` and `work` for `/health`, `/ready` and `/metrics`; none if 0.", 0
    )
    trusted_proxies: str = _var(
        "Addresses or networks of proxies, with commas; their `X-Forwarded-…` are believed.",
        "127.0.0.1",
    )
    migrate_at_start: bool = _var(
        "Whether `serve`, `agent` and `work` migrate the database; false where a job does.", True
    )
    public_url: str = _var(
        "Address that candidates and recruiters open; made from host and port if unset.", ""
    )
    data_dir: Path = _var("Folder of the SQLite database, blobs and recordings.", Path("data"))
    model_dir: Path = _var(
        "Folder of the models, shared by every start.", Path("~/.cache/interviewer/models")
    )
    database_url: str = _var(
        "`sqlite:///…` or `postgresql://…`; SQLite in the data folder if unset.", ""
    )
    blob_url: str = _var(
        "`file:///…` or `s3://bucket/prefix`; a folder in the data folder if unset.", ""
    )
    s3_endpoint: str = _var("Endpoint of an S3-compatible server, if not AWS.", "")
    s3_region: str = _var("Region of the bucket.", "us-east-1")
    s3_access_key: str = _var("Access key of the bucket.", "", secret=True)
    s3_secret_key: str = _var("Secret key of the bucket.", "", secret=True)
    api_key: str = _var("If set: a key of the default workspace, made at start.", "", secret=True)
    secret: str = _var(
        "Signs links and sessions; made once in the data folder if unset. The same on every pod.",
        "",
        secret=True,
    )
    rate_limit_url: str = _var(
        "`redis://…` or `rediss://…` where several pods share the limits of requests; counted in "
        "each process if unset.",
        "",
        secret=True,
    )
    llm_base_url: str = _var("Any OpenAI-compatible server; the embedded model if unset.", "")
    llm_model: str = _var("Model name asked of that server.", "")
    llm_api_key: str = _var("Its key.", "", secret=True)
    llm_server: str = _var(
        "`openai` for any compatible server, `llama.cpp` where its own fields may be sent too.",
        "openai",
    )
    llm_threads: int = _var("Threads of the embedded language model.", 2)
    llm_fallback_base_url: str = _var(
        "What live interviews ask while that server is away: another one, or `embedded`.", ""
    )
    llm_fallback_model: str = _var("Model name asked of that other server.", "")
    llm_fallback_api_key: str = _var("Its key.", "", secret=True)
    stt_model: str = _var(
        "Recognizer: `whisper-base`, `whisper-tiny.en`, or the path of a CTranslate2 Whisper.",
        "whisper-base",
    )
    stt_threads: int = _var("Threads of the recognizer.", 2)
    stt_device: str = _var(
        "Where a recognizer loaded by this process runs: `cpu` or `cuda`.", "cpu"
    )
    stt_compute_type: str = _var(
        "Its arithmetic, as CTranslate2 names it; `int8` on the CPU, `float16` on CUDA if unset.",
        "",
    )
    stt_base_url: str = _var(
        "A recogniser service (`interviewer recognize`), with `/v1`; this process if unset.", ""
    )
    stt_api_key: str = _var(
        "The service's key: shown by whoever asks it, asked for by `recognize`.", "", secret=True
    )
    stt_fallback: str = _var(
        "While the service is away: `local`, a model of this process; or `none`, waiting.", "local"
    )
    tts_voice: str = _var("Voice where a posting names none: `heart` or `joe`.", "heart")
    media: str = _var(
        "How the media comes: `webrtc`, in this process, or `livekit`, to `interviewer agent`.",
        "webrtc",
    )
    serve_jobs: bool = _var(
        "Whether `serve` does the jobs after interviews too; false where `interviewer work` runs.",
        True,
    )
    ice_servers: tuple[Mapping[str, Any], ...] = _var(
        'JSON list of ICE servers as browsers take them, e.g. `[{"urls": "stun:…"}]`.', ()
    )
    rtc_public_ip: str = _var("Address to advertise for media, where it is not the host's own.", "")
    rtc_ports: tuple[int, int] | None = _var(
        "UDP ports for media, `50000-50100`; any if unset.", None
    )
    tls_cert: str = _var("Certificate file; with the key, serves HTTPS.", "")
    tls_key: str = _var("Key file of the certificate.", "")
    max_interviews: int = _var("Live interviews at once; more are asked to wait some minutes.", 4)
    retention_days: int = _var(
        "Days after its last activity that an interview is erased; told to candidates.", 180
    )
    webhook_allow_loopback: bool = _var(
        "Webhooks may go to this machine, over http too; for development only.", False
    )
    contact: str = _var("Whom candidates may ask for a person or an adjustment.", "")
    log_level: str = _var("`debug`, `info`, `warning` or `error`.", "info")
    log_format: str = _var("`json` or `text`.", "text")
    demo: bool = _var("On an empty database, make the demo posting and one candidate.", True)
    livekit_url: str = _var(
        "LiveKit server, `wss://…`; the address that browsers and agents use.",
        "",
        name="LIVEKIT_URL",
    )
    livekit_api_key: str = _var("Its API key.", "", name="LIVEKIT_API_KEY")
    livekit_api_secret: str = _var("Its secret.", "", name="LIVEKIT_API_SECRET", secret=True)

    def environ(self) -> dict[str, str]:
        """The environment of a child process with these settings; the rest of it is ours."""
        own = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name in ("ice_servers", "rtc_ports"):
                value = (
                    json.dumps(value)
                    if f.name == "ice_servers"
                    else "-".join(map(str, value or ()))
                )
            own[_variable(f)] = str(value)
        return {**os.environ, **own}

    @property
    def embedded_llm(self) -> bool:
        """Whether the embedded language model is used."""
        return not self.llm_base_url


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings. Raises SettingsError."""
    environ = os.environ if environ is None else environ
    known = {_variable(f): f for f in fields(Settings)}
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            ends = [n.removeprefix(PREFIX) for n in known if n.startswith(PREFIX)]
            near = difflib.get_close_matches(name.removeprefix(PREFIX), ends, n=1)
            hint = f"; did you mean {PREFIX}{near[0]}?" if near else ""
            raise SettingsError(f"{name} is not a setting of the interviewer{hint}")
    values = {
        f.name: _parse(name, f.name, environ[name])
        for name, f in known.items()
        if environ.get(name)
    }
    return _complete(values)


def describe() -> list[tuple[str, str, str]]:
    """(variable, default, meaning) of every setting, in order."""
    rows = []
    for f in fields(Settings):
        default = "" if f.default in (None, "") or f.default is _MISSING else str(f.default)
        rows.append((_variable(f), default, str(f.metadata["doc"])))
    return rows


_MISSING = field().default


def _variable(f: Any) -> str:
    return str(f.metadata["name"] or PREFIX + f.name.upper())


WHISPERS = ("whisper-base", "whisper-tiny.en")
_CHOICES = {
    "media": ("webrtc", "livekit"),
    "log_level": ("debug", "info", "warning", "error"),
    "log_format": ("json", "text"),
    "llm_server": ("openai", "llama.cpp"),
    "stt_device": ("cpu", "cuda"),
    "stt_compute_type": (
        "int8",
        "int8_float16",
        "int8_bfloat16",
        "float16",
        "bfloat16",
        "float32",
    ),
    "stt_fallback": ("local", "none"),
    "tts_voice": ("heart", "joe"),
}
_RANGES = {
    "port": (0, 65535),
    "ops_port": (0, 65535),
    "llm_threads": (1, 256),
    "stt_threads": (1, 256),
    "max_interviews": (1, 10_000),
    "retention_days": (1, 36_500),
}
_URLS = {
    "public_url": ("http", "https"),
    "database_url": ("sqlite", "postgresql", "postgres"),
    "blob_url": ("file", "s3"),
    "llm_base_url": ("http", "https"),
    "rate_limit_url": ("redis", "rediss"),
    "stt_base_url": ("http", "https"),
    "s3_endpoint": ("http", "https"),
    "livekit_url": ("ws", "wss", "http", "https"),
}

_BASES = ("public_url", "llm_base_url", "stt_base_url")


def _parse(variable: str, name: str, raw: str) -> Any:
    raw = raw.strip()
    if name in _RANGES:
        return _integer(variable, raw, *_RANGES[name])
    if name in _CHOICES and raw not in _CHOICES[name]:
        raise SettingsError(f"{variable} must be one of {', '.join(_CHOICES[name])}, not {raw!r}")
    if name in _URLS:
        scheme = urlsplit(raw).scheme
        if scheme.split("+")[0] not in _URLS[name]:
            wanted = " or ".join(f"{s}://" for s in _URLS[name])
            raise SettingsError(f"{variable} must start with {wanted}")
        return raw.rstrip("/") if name in _BASES else raw
    parser = {
        "ice_servers": _ice_servers,
        "rtc_ports": _ports,
        "rtc_public_ip": _address,
        "tls_cert": _file,
        "tls_key": _file,
        "demo": _boolean,
        "webhook_allow_loopback": _boolean,
        "serve_jobs": _boolean,
        "migrate_at_start": _boolean,
        "trusted_proxies": _networks,
        "stt_model": _whisper,
        "llm_fallback_base_url": _fallback_server,
    }.get(name)
    if parser is not None:
        return parser(variable, raw)
    return Path(raw) if name in ("data_dir", "model_dir") else raw


def _integer(variable: str, raw: str, low: int, high: int) -> int:
    try:
        value = int(raw)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise SettingsError(f"{variable} must be a whole number from {low} to {high}, not {raw!r}")
    return value


def _boolean(variable: str, raw: str) -> bool:
    values = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if raw.lower() not in values:
        raise SettingsError(f"{variable} must be true or false, not {raw!r}")
    return values[raw.lower()]


def _ice_servers(variable: str, raw: str) -> tuple[Mapping[str, Any], ...]:
    try:
        servers = json.loads(raw)
    except ValueError:
        servers = None
    if not isinstance(servers, list) or not all(
        isinstance(s, dict) and isinstance(s.get("urls"), (str, list)) for s in servers
    ):
        raise SettingsError(f"{variable} must be a JSON list of objects with `urls`")
    return tuple(servers)


def _ports(variable: str, raw: str) -> tuple[int, int]:
    low, _, high = raw.partition("-")
    try:
        ports = (int(low), int(high or low))
    except ValueError:
        ports = (0, 0)
    if not 1 <= ports[0] <= ports[1] <= 65535:
        raise SettingsError(f"{variable} must be a range like 50000-50100, not {raw!r}")
    return ports


def _address(variable: str, raw: str) -> str:
    try:
        return str(ipaddress.ip_address(raw))
    except ValueError:
        raise SettingsError(f"{variable} must be an IP address, not {raw!r}") from None


def _networks(variable: str, raw: str) -> str:
    found = [part.strip() for part in raw.split(",")]
    try:
        for part in found:
            ipaddress.ip_network(part)
    except ValueError:
        raise SettingsError(
            f"{variable} must be addresses or networks like 10.0.0.0/8, not {raw!r}"
        ) from None
    return ",".join(found)


def _file(variable: str, raw: str) -> str:
    if not Path(raw).is_file():
        raise SettingsError(f"{variable} names {raw!r}, which is not a readable file")
    return raw


def _whisper(variable: str, raw: str) -> str:
    if raw not in WHISPERS and not raw.startswith("/"):
        raise SettingsError(
            f"{variable} must be one of {', '.join(WHISPERS)}, or a path from /, not {raw!r}"
        )
    return raw


def _fallback_server(variable: str, raw: str) -> str:
    if raw != "embedded" and urlsplit(raw).scheme not in _URLS["llm_base_url"]:
        raise SettingsError(f"{variable} must be embedded, or start with http:// or https://")
    return raw.rstrip("/")


def _check_fallback(values: Mapping[str, Any]) -> None:
    server = values.get("llm_fallback_base_url")
    if server and not values.get("llm_base_url"):
        raise SettingsError(
            f"{PREFIX}LLM_FALLBACK_BASE_URL is for {PREFIX}LLM_BASE_URL, which is missing"
        )
    if server and server != "embedded" and not values.get("llm_fallback_model"):
        raise SettingsError(
            f"{PREFIX}LLM_FALLBACK_MODEL is missing: {PREFIX}LLM_FALLBACK_BASE_URL needs a name"
        )


def _check_livekit(values: Mapping[str, Any]) -> None:
    for name in ("livekit_url", "livekit_api_key", "livekit_api_secret"):
        if not values.get(name):
            raise SettingsError(f"{name.upper()} is missing: {PREFIX}MEDIA=livekit needs it")
    for name in ("ice_servers", "rtc_public_ip", "rtc_ports"):
        if values.get(name):
            raise SettingsError(
                f"{PREFIX}{name.upper()} is for webrtc: with {PREFIX}MEDIA=livekit it is the "
                "LiveKit server's to set"
            )


def _complete(values: dict[str, Any]) -> Settings:
    """Fill what follows from other settings, and check what belongs together."""
    if bool(values.get("tls_cert")) != bool(values.get("tls_key")):
        missing = "TLS_KEY" if values.get("tls_cert") else "TLS_CERT"
        raise SettingsError(f"{PREFIX}{missing} is missing: HTTPS needs certificate and key")
    if values.get("llm_base_url") and not values.get("llm_model"):
        raise SettingsError(
            f"{PREFIX}LLM_MODEL is missing: {PREFIX}LLM_BASE_URL needs a model name"
        )
    _check_fallback(values)
    if values.get("media") == "livekit":
        _check_livekit(values)
    base = Settings(**values)
    data_dir = base.data_dir.expanduser().absolute()
    scheme = "https" if base.tls_cert else "http"
    host = "127.0.0.1" if base.host in ("0.0.0.0", "::") else base.host  # noqa: S104 - compared, not bound
    values |= {
        "data_dir": data_dir,
        "model_dir": base.model_dir.expanduser().absolute(),
        "public_url": base.public_url or f"{scheme}://{host}:{base.port}",
        "database_url": base.database_url or f"sqlite:///{data_dir / 'interviewer.db'}",
        "blob_url": base.blob_url or f"file://{data_dir / 'blobs'}",
    }
    return Settings(**values)
