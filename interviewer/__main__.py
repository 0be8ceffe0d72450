"""The commands. `interviewer COMMAND --help` tells each one's options."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import signal
import ssl
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from interviewer import models, settings
from interviewer.domain.errors import InterviewerError
from interviewer.observability import logging


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status. Unusable settings are one line on standard error."""
    options = _parser().parse_args(arguments)
    try:
        values = settings.load()
    except settings.SettingsError as error:
        print(f"interviewer: {error}", file=sys.stderr)
        return 2
    logging.configure(level=values.log_level, format=values.log_format)
    try:
        command: Callable[[settings.Settings, argparse.Namespace], int] = options.run
        return command(values, options)
    except (models.ModelError, InterviewerError) as error:
        print(f"interviewer: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="interviewer", description="A voice interviewer: candidates talk, recruiters decide."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[..., int], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    add("serve", _serve, "API, pages, media and jobs in one process group")
    add("agent", _agent, "a LiveKit Agents worker: joins rooms and holds interviews")
    add("work", _work, "a worker for the jobs after an interview")
    add("recognize", _recognize, "a recogniser service, for agents and workers without a GPU")
    add("migrate", _migrate, "bring the database schema up to date")
    add("health", _health, "whether the interviewer on this machine answers; for containers")
    add("settings", _settings, "every setting, its default and what it means")
    add("openapi", _openapi, "print the OpenAPI document")
    _add_models(add("models", _models, "the models: where from, licence, checksum, size"))
    _add_keys(add("keys", _keys, "API keys, stored hashed"))
    rehearse = add("rehearse", _rehearse, "hold an interview with a simulated candidate")
    rehearse.add_argument("posting_id")
    rehearse.add_argument("--persona", default="strong", help="a persona's name or file")
    rehearse.add_argument("--url", default=None, help="the service; the public URL by default")
    rehearse.add_argument("--key", default=None, help="an API key; INTERVIEWER_API_KEY by default")
    return parser


def _serve(values: settings.Settings, _: argparse.Namespace) -> int:
    from interviewer import bootstrap  # noqa: PLC0415 - the models' libraries take seconds

    only_api = values.media == "livekit" and not values.serve_jobs
    if (error := _missing_models(values, voices_only=only_api)) is not None:
        print(f"interviewer: {error}", file=sys.stderr)
        return 1
    bootstrap.prepare_database(values)
    return _run(bootstrap.serve(values))


def _agent(values: settings.Settings, _: argparse.Namespace) -> int:
    from interviewer import bootstrap  # noqa: PLC0415

    if values.media != "livekit":
        print("interviewer: INTERVIEWER_MEDIA must be livekit for an agent", file=sys.stderr)
        return 2
    if (error := _missing_models(values)) is not None:
        print(f"interviewer: {error}", file=sys.stderr)
        return 1
    bootstrap.prepare_database(values)
    return _run(_until_stopped(lambda stop: bootstrap.hold_interviews(values, stop)))


def _work(values: settings.Settings, _: argparse.Namespace) -> int:
    from interviewer import bootstrap  # noqa: PLC0415

    bootstrap.prepare_database(values)
    return _run(_until_stopped(lambda stop: bootstrap.work(values, stop)))


def _recognize(values: settings.Settings, _: argparse.Namespace) -> int:
    from interviewer import bootstrap  # noqa: PLC0415

    if not values.stt_api_key and not _is_loopback(values.host):
        print(
            "interviewer: INTERVIEWER_STT_API_KEY is missing: INTERVIEWER_HOST lets others in",
            file=sys.stderr,
        )
        return 2
    if (error := _missing_whisper(values)) is not None:
        print(f"interviewer: {error}", file=sys.stderr)
        return 1
    return _run(bootstrap.recognize(values))


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _until_stopped(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run `work` with an event that a signal to stop sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await work(stop)


def _migrate(values: settings.Settings, _: argparse.Namespace) -> int:
    from interviewer import bootstrap  # noqa: PLC0415

    bootstrap.migrate_all(values)
    print("the database schema is up to date")
    return 0


def _health(values: settings.Settings, _: argparse.Namespace) -> int:
    """0 if this machine's `serve`, `recognize`, `agent` or `work` answers `/health`."""
    scheme = "https" if values.tls_cert else "http"
    # Our own certificate names the public host, not this one.
    trusting = ssl._create_unverified_context()  # noqa: S323
    for url in (f"{scheme}://127.0.0.1:{values.port}", f"http://127.0.0.1:{values.ops_port}"):
        try:
            with urlopen(f"{url}/health", timeout=3, context=trusting) as answer:  # noqa: S310
                print(json.load(answer)["message"])
                return 0
        except HTTPError as error:
            print(f"interviewer: {error.code} {error.reason}", file=sys.stderr)
            return 1
        except (OSError, ValueError):
            continue
    print("interviewer: nothing answers here", file=sys.stderr)
    return 1


def _settings(_: settings.Settings, __: argparse.Namespace) -> int:
    for variable, default, doc in settings.describe():
        print(f"{variable}\n    {doc}" + (f" Default: {default}." if default else ""))
    return 0


def _openapi(values: settings.Settings, _: argparse.Namespace) -> int:
    from interviewer import bootstrap  # noqa: PLC0415

    json.dump(bootstrap.openapi(values), sys.stdout, indent=1)
    print()
    return 0


def _run(work: Coroutine[Any, Any, None]) -> int:
    asyncio.run(work)
    return 0


# --- models ----------------------------------------------------------------------------------


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "pull", "verify"))
    parser.add_argument("name", nargs="*", help="all that an interview needs, if none is named")


def _models(values: settings.Settings, options: argparse.Namespace) -> int:
    chosen = _chosen(options.name, everything=options.action == "list")
    folder = values.model_dir
    if options.action == "pull":
        for model in chosen:
            models.pull(model, folder, say=print)
        return 0
    failed = False
    for model in chosen:
        wrong = models.problems(model, folder, thorough=options.action == "verify")
        failed = failed or bool(wrong)
        state = "; ".join(wrong) or "ok"
        print(f"{model.name}: {model.purpose}\n    {model.origin} ({model.licence}), {state}")
        for file in model.files if options.action == "list" else ():
            print(f"    {file.path}  {file.size} bytes  sha256 {file.sha256}")
    return 1 if failed and options.action == "verify" else 0


def _chosen(names: Sequence[str], *, everything: bool) -> list[models.Model]:
    known = {model.name: model for model in models.manifest()}
    for name in names:
        if name not in known:
            raise models.ModelError(f"no model {name}; there are: {', '.join(known)}")
    if names:
        return [known[name] for name in names]
    return [model for model in known.values() if everything or not model.optional]


def _missing_models(values: settings.Settings, *, voices_only: bool = False) -> str | None:
    """One line for the first model that the process needs and the model folder lacks."""
    needed = {"joe"}
    if not voices_only:
        own_whisper = not values.stt_base_url or values.stt_fallback == "local"
        if own_whisper and (error := _missing_whisper(values)) is not None:
            return error
        if values.embedded_llm or values.llm_fallback_base_url == "embedded":
            needed.add("qwen2.5-coder-1.5b-instruct")
    return _missing(needed, values)


def _missing_whisper(values: settings.Settings) -> str | None:
    if values.stt_model in settings.WHISPERS:
        return _missing({values.stt_model}, values)
    if not Path(values.stt_model, "model.bin").is_file():
        return f"INTERVIEWER_STT_MODEL names {values.stt_model!r}, which has no model.bin"
    return None


def _missing(needed: set[str], values: settings.Settings) -> str | None:
    for model in models.manifest():
        if model.name in needed:
            for problem in models.problems(model, values.model_dir, thorough=False):
                return f"{problem}; run `interviewer models pull {model.name}`"
    return None


# --- keys ------------------------------------------------------------------------------------


def _add_keys(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make a key; it is shown once")
    create.add_argument("--name", default="unnamed")
    create.add_argument("--workspace", default=None, help="slug; the first one by default")
    actions.add_parser("list", help="all keys, without their secrets")
    actions.add_parser("revoke", help="a key is refused from now on").add_argument("key_id")


def _keys(values: settings.Settings, options: argparse.Namespace) -> int:
    from interviewer import bootstrap  # noqa: PLC0415

    bootstrap.migrate_all(values)
    if options.action == "create":
        work = bootstrap.create_api_key(values, options.name, options.workspace)
    elif options.action == "revoke":
        work = bootstrap.revoke_api_key(values, options.key_id)
    else:
        work = bootstrap.list_api_keys(values, _date)
    return _run(work)


def _date(unix: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(unix)) if unix else ""


# --- rehearsal -------------------------------------------------------------------------------


def _rehearse(values: settings.Settings, options: argparse.Namespace) -> int:
    from interviewer import bootstrap  # noqa: PLC0415

    key = options.key or values.api_key
    if not key:
        print("interviewer: an API key is needed: --key or INTERVIEWER_API_KEY", file=sys.stderr)
        return 2
    return asyncio.run(
        bootstrap.rehearse(
            values,
            url=options.url or values.public_url,
            api_key=key,
            posting_id=options.posting_id,
            persona=options.persona,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
