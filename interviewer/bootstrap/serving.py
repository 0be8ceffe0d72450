"""`interviewer serve`: API, pages, media and jobs in one process group."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from interviewer import children, demo
from interviewer.agent.remote import RemoteInterviews
from interviewer.agent.rooms import Rooms
from interviewer.api.app import create_app
from interviewer.api.deps import ApiConfig, Services
from interviewer.bootstrap.interviews import Exchange, make_minds, room_services
from interviewer.bootstrap.parts import (
    Readiness,
    language_model,
    live_model,
    open_blob_store,
    signing_secret,
    web_server,
)
from interviewer.bootstrap.recognising import live_decoder
from interviewer.domain.interview import Interview
from interviewer.jobs.queue import DbosJobQueue, open_queue
from interviewer.jobs.worker import place_of
from interviewer.llm.fallback import LiveModel
from interviewer.llm.followups import opening
from interviewer.llm.meaning import load_meaning
from interviewer.media.peer_io import PeerIO
from interviewer.media.recording import SessionRecorder
from interviewer.media.recordings import GIVEN_UP_SECONDS, LocalRecordings
from interviewer.observability import metrics
from interviewer.sessions.keys import create_key
from interviewer.sessions.start import (
    check_can_connect,
    finish_interview,
)
from interviewer.sessions.upkeep import (
    end_what_was_abandoned,
    erase_what_is_old,
    evaluate_what_ended,
    forget_what_was_delivered,
    invite_who_was_handed_in,
    screen_what_was_handed_in,
)
from interviewer.settings import Settings
from interviewer.speech.synthesizer import Synthesizer, Voices
from interviewer.storage.blobs import LocalBlobs
from interviewer.storage.engine import SqlStore, open_store

log = structlog.get_logger()

WORKER_NICENESS = 10
UPKEEP_SECONDS = 300.0


class Server:
    """Everything of `interviewer serve`, opened by `run`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: SqlStore = open_store(settings.database_url)
        self.queue: DbosJobQueue = open_queue(settings.database_url)
        self.blobs = open_blob_store(settings)
        self.synthesizer = Synthesizer(Voices.embedded(settings.model_dir))
        self.exchange = Exchange(self.store, settings) if settings.media == "livekit" else None
        self.live: Rooms | RemoteInterviews
        if self.exchange is not None:
            self.live = self.exchange.remote(self._check_connect)
        else:
            self.live = Rooms(
                check_connect=self._check_connect,
                max_interviews=settings.max_interviews,
                ice_servers=settings.ice_servers,
            )
        metrics.LIVE.set_function(self.live.live_count)
        self._loaded = asyncio.Event()
        self.readiness = Readiness(self.store, {"models": "the speech models are still loading"})
        services = Services(
            store=self.store,
            blobs=self.blobs,
            jobs=self.queue,
            live=self.live,
            synthesizer=self.synthesizer,
            readiness=self.readiness,
            verify_blob_url=self.blobs.verify if isinstance(self.blobs, LocalBlobs) else None,
        )
        config = ApiConfig(
            public_url=settings.public_url,
            session_secret=signing_secret(settings).encode(),
            retention_days=settings.retention_days,
            contact=settings.contact or None,
            rate_limit_url=settings.rate_limit_url or "memory://",
            webhook_allow_loopback=settings.webhook_allow_loopback,
        )
        self.app = create_app(services, config)

    async def run(self) -> None:
        """Serve until told to stop. Live interviews are suspended, not ended, by a stop."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.store.close)
            stack.push_async_callback(self.queue.close)
            work: list[Callable[[], Coroutine[Any, Any, None]]] = [self.live.run, self._keep_up]
            settings = self.settings
            if self.exchange is not None:
                # Interviews, and the models for them, are in the agents.
                await stack.enter_async_context(self.exchange.sfu)
                work += [self.exchange.bus.run, self._load_voice]
            else:
                first, settings = await stack.enter_async_context(
                    language_model(settings, opening())
                )
                model = await stack.enter_async_context(live_model(settings, first, opening()))
                work.append(partial(self._load, model))
            if settings.serve_jobs:
                work.append(partial(self._keep_worker, settings))
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            background = [tasks.create_task(part()) for part in work]
            await self._greet()
            try:
                await self._listen()
            finally:
                await self.live.close()
                for task in background:
                    task.cancel()

    async def _listen(self) -> None:
        settings = self.settings
        server = web_server(
            self.app,
            settings,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            ws_max_size=1 << 20,
        )
        await server.serve()

    async def _load(self, model: LiveModel) -> None:
        """Load the speech models beside the server's first seconds, then open the rooms; stay,
        as a recogniser service's connection lasts as long as this."""
        settings = self.settings
        began = time.monotonic()
        async with live_decoder(settings) as decoder:
            await self.synthesizer.load(settings.tts_voice)
            meaning = await asyncio.to_thread(load_meaning, settings.model_dir)
            services = room_services(
                settings,
                self.store,
                make_thinking=make_minds(settings, model, meaning),
                engine=decoder,
                synthesizer=self.synthesizer,
                recordings=LocalRecordings(settings.data_dir),
                finish=self._finish,
            )
            if isinstance(self.live, Rooms):
                self.live.open(replace(services, make_peer=self._make_peer))
            self._all_loaded(began)
            await asyncio.Event().wait()

    async def _load_voice(self) -> None:
        """What recruiters listen to voices with."""
        began = time.monotonic()
        await self.synthesizer.load(self.settings.tts_voice)
        self._all_loaded(began)

    def _all_loaded(self, began: float) -> None:
        self.readiness.done("models")
        self._loaded.set()
        log.info("serve.models_loaded", seconds=round(time.monotonic() - began, 1))

    def _make_peer(self, recorder: SessionRecorder | None) -> PeerIO:
        return PeerIO(
            ice_servers=self.settings.ice_servers,
            public_ip=self.settings.rtc_public_ip or None,
            port_range=self.settings.rtc_ports,
            recorder=recorder,
        )

    async def _check_connect(self, interview_id: str) -> Interview:
        return await check_can_connect(self.store, interview_id, time.time())

    async def _finish(self, interview_id: str, reason: str) -> Interview:
        return await finish_interview(
            self.store, self.queue, interview_id, reason=reason, now=time.time()
        )

    async def _keep_worker(self, settings: Settings) -> None:
        """Keep a worker for the jobs alive in a process of its own, sharing our model server.

        It starts once interviews can be held, so as not to make candidates wait for it.
        """
        await self._loaded.wait()
        environ = settings.environ()
        arguments = ["-m", "interviewer", "work"]
        await children.keep_alive("work", arguments, environ=environ, niceness=WORKER_NICENESS)

    async def _keep_up(self) -> None:
        """Look after what nobody asks for, now and every few minutes."""
        while True:
            now = time.time()
            try:
                await evaluate_what_ended(
                    self.store, self.queue, now, settled_after=self._settled_after()
                )
                await invite_who_was_handed_in(self.store, self.queue, now)
                await screen_what_was_handed_in(self.store, self.queue, now)
                await end_what_was_abandoned(self.store, self.queue, self.live, now)
                await erase_what_is_old(
                    self.store,
                    self.blobs,
                    self.live,
                    retention_days=self.settings.retention_days,
                    now=now,
                )
                await forget_what_was_delivered(self.store, now)
            except Exception as error:
                # Whatever it was, the interviews that are being held must not feel it.
                where = place_of(error)
                log.error("serve.upkeep.failed", error=type(error).__name__, where=where)  # noqa: TRY400 - a traceback may quote a candidate
            await asyncio.sleep(UPKEEP_SECONDS)

    def _settled_after(self) -> float:
        """Agents ask for the evaluation themselves, once all that they recorded is stored."""
        return GIVEN_UP_SECONDS + 60.0 if self.settings.media == "livekit" else 0.0

    async def _greet(self) -> None:
        """The default workspace, its key, and on an empty database the demo; printed once."""
        settings = self.settings
        workspace = await demo.ensure_workspace(self.store)
        empty = await demo.is_empty(self.store, workspace.id)
        if empty and settings.demo:
            made = await demo.make_demo(self.app, self.store, workspace, settings.api_key or None)
            if made is None:
                return
            print(
                f"\n  API key        {made.api_key}   (shown once; it is stored hashed)\n"
                f"  interview_url  {made.interview_url}\n"
                f"  review_url     {made.review_url}\n"
                f"  API docs       {settings.public_url}/docs\n",
                flush=True,
            )
        elif settings.api_key:
            await create_key(
                self.store,
                workspace.id,
                "INTERVIEWER_API_KEY",
                time.time(),
                secret=settings.api_key,
            )


async def serve(settings: Settings) -> None:
    await Server(settings).run()


def openapi(settings: Settings) -> dict[str, object]:
    """The OpenAPI document. Nothing is opened, loaded or written for it but a signing secret."""
    return dict(Server(settings).app.openapi())
