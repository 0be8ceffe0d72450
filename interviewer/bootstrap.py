"""Composition root: the only place that knows every adapter. Settings become values here."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
import uvicorn

from interviewer import children, demo
from interviewer.agent.hosting import HostedInterview
from interviewer.agent.remote import RemoteInterviews
from interviewer.agent.room import Finish, RoomServices
from interviewer.agent.rooms import CheckConnect, Rooms
from interviewer.agent.thinking import Thinking
from interviewer.agent.worker import AgentWorker
from interviewer.api.app import create_app
from interviewer.api.deps import ApiConfig, Services
from interviewer.api.views.webhooks import Payloads
from interviewer.domain.errors import Unavailable
from interviewer.domain.interview import Interview
from interviewer.domain.plan import InterviewPlan
from interviewer.interfaces import Store
from interviewer.jobs.queue import DbosJobQueue, migrate_jobs, open_queue
from interviewer.jobs.tasks import make_tasks
from interviewer.jobs.tasks.context import TaskContext
from interviewer.jobs.webhooks import Courier, Deliverer
from interviewer.jobs.worker import run_worker
from interviewer.llm.asides import AsideWriter
from interviewer.llm.assessor import Assessor
from interviewer.llm.client import ChatModel
from interviewer.llm.embedded import EmbeddedServer
from interviewer.llm.followups import FollowUpContext, FollowUpWriter
from interviewer.llm.intents import IntentReader
from interviewer.llm.resume_screen import ResumeScreen
from interviewer.media.peer_io import PeerIO
from interviewer.media.recording import SessionRecorder
from interviewer.media.recordings import LocalRecordings, Recordings, UploadedRecordings
from interviewer.media.sfu import Sfu, SfuAccess
from interviewer.observability import metrics
from interviewer.rehearsal.command import main as hold_rehearsal
from interviewer.sessions.keys import create_key, list_keys, revoke_key
from interviewer.sessions.start import (
    begin_interview,
    check_can_connect,
    close_interview,
    enqueue_evaluation,
    finish_interview,
)
from interviewer.sessions.upkeep import (
    end_what_was_abandoned,
    erase_what_is_old,
    evaluate_what_ended,
    forget_what_was_delivered,
    screen_what_was_handed_in,
)
from interviewer.settings import Settings
from interviewer.speech.synthesizer import Synthesizer, Voices
from interviewer.speech.transcriber import WhisperTranscriber
from interviewer.speech.whisper import WhisperEngine
from interviewer.storage.blobs import LocalBlobs, ObstoreBlobs, open_blobs
from interviewer.storage.engine import SqlStore, migrate, open_store
from interviewer.storage.live_registry import LeasedStore, SqlLiveRegistry
from interviewer.storage.message_bus import SqlMessageBus

log = structlog.get_logger()

EMBEDDED_MODEL = Path("llm/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")
# Slots of the embedded model's cache, a kind of prompt each, so that none puts another out of
# it. Lower ones are served first: live interviews before evaluations.
FOLLOW_UP_SLOT, INTENT_SLOT, REPLY_SLOT, JOBS_SLOT = range(4)
WORKER_NICENESS = 10
SHUTDOWN_SECONDS = 10
UPKEEP_SECONDS = 300.0


def migrate_all(settings: Settings) -> None:
    """Bring the database's schema, and the job queue's, up to date. Blocks."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    migrate_jobs(settings.database_url)


def signing_secret(settings: Settings) -> str:
    """The configured secret, or one made once in the data folder, readable by its owner only."""
    if settings.secret:
        return settings.secret
    path = settings.data_dir / "secret"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with open(path, "x", opener=partial(os.open, mode=0o600)) as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[SqlStore]:
    store = open_store(settings.database_url)
    try:
        yield store
    finally:
        await store.close()


def open_blob_store(settings: Settings) -> ObstoreBlobs:
    return open_blobs(
        settings.blob_url,
        public_url=settings.public_url,
        secret=signing_secret(settings),
        s3={
            "endpoint": settings.s3_endpoint,
            "region": settings.s3_region,
            "access_key_id": settings.s3_access_key,
            "secret_access_key": settings.s3_secret_key,
        },
    )


# --- language model --------------------------------------------------------------------------


@asynccontextmanager
async def language_model(settings: Settings) -> AsyncIterator[tuple[ChatModel, Settings]]:
    """The model, and settings by which a child process reaches the same server.

    The embedded model's process lives as long as this.
    """
    if not settings.embedded_llm:
        async with aclosing(_chat_model(settings)) as model:
            yield model, settings
        return
    server = EmbeddedServer(settings.model_dir / EMBEDDED_MODEL, threads=settings.llm_threads)
    async with server:
        reached = replace(
            settings,
            llm_base_url=server.base_url,
            llm_model=server.model_name,
            llm_api_key=server.api_key,
            llm_server="llama.cpp",
        )
        async with aclosing(_chat_model(reached)) as model:
            yield model, reached


def _chat_model(settings: Settings) -> ChatModel:
    return ChatModel(
        name=settings.llm_model,
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key,
        llama_cpp=settings.llm_server == "llama.cpp",
    )


# --- interviews ------------------------------------------------------------------------------


def room_services(
    settings: Settings,
    store: Store,
    *,
    model: ChatModel,
    engine: WhisperEngine,
    synthesizer: Synthesizer,
    recordings: Recordings,
    finish: Finish,
) -> RoomServices:
    """What holds an interview, in whichever process and however its sound comes."""
    intents = IntentReader(model.on_slot(INTENT_SLOT))
    writer = FollowUpWriter(model.on_slot(FOLLOW_UP_SLOT))
    asides = AsideWriter(model.on_slot(REPLY_SLOT))

    async def warm(plan: InterviewPlan) -> None:
        await intents.warm()
        if plan.questions:
            await writer.warm(_first_context(plan))

    return RoomServices(
        store=store,
        engine=engine,
        synthesizer=synthesizer,
        default_voice=settings.tts_voice,
        recordings=recordings,
        begin=lambda interview_id: begin_interview(store, interview_id, time.time()),
        finish=finish,
        make_thinking=lambda plan: Thinking(plan, intents, writer, asides),
        warm=warm,
    )


def _first_context(plan: InterviewPlan) -> FollowUpContext:
    question = plan.questions[0]
    return FollowUpContext(
        interviewer_name=plan.interviewer_name,
        company=plan.company,
        role=plan.job_title,
        question_text=question.text,
        evaluation_criteria=question.evaluation_criteria,
        additional_instructions=question.additional_instructions,
    )


class Exchange:
    """What API processes and agents share about live interviews. `sfu` and `bus.run` are the
    caller's to open and to run."""

    def __init__(self, store: SqlStore, settings: Settings) -> None:
        self.registry = SqlLiveRegistry(store)
        self.bus = SqlMessageBus(store, settings.database_url)
        self.sfu = Sfu(
            SfuAccess(
                url=settings.livekit_url,
                api_key=settings.livekit_api_key,
                api_secret=settings.livekit_api_secret,
            )
        )

    def remote(self, check_connect: CheckConnect) -> RemoteInterviews:
        return RemoteInterviews(
            registry=self.registry, bus=self.bus, sfu=self.sfu, check_connect=check_connect
        )


@dataclass(frozen=True, kw_only=True)
class Hosting:
    """What the interviews of one agent share."""

    settings: Settings
    store: SqlStore
    queue: DbosJobQueue
    exchange: Exchange
    model: ChatModel
    engine: WhisperEngine
    synthesizer: Synthesizer
    recordings: UploadedRecordings

    def make(self, interview_id: str, agent_id: str) -> HostedInterview:
        """An interview that stores only while the agent has its lease."""
        leased = LeasedStore(self.store, interview_id, agent_id)

        async def finish(interview_id: str, reason: str) -> Interview:
            return await close_interview(leased, interview_id, reason=reason, now=time.time())

        services = room_services(
            self.settings,
            leased,
            model=self.model,
            engine=self.engine,
            synthesizer=self.synthesizer,
            recordings=self.recordings,
            finish=finish,
        )
        return HostedInterview(
            interview_id,
            services=services,
            registry=self.exchange.registry,
            bus=self.exchange.bus,
            sfu=self.exchange.sfu,
            evaluate=self.evaluate,
        )

    async def evaluate(self, interview_id: str) -> None:
        """Once everything that was recorded is among the blobs."""
        async with self.store.snapshot() as tx:
            await enqueue_evaluation(self.queue, await tx.interview(None, interview_id))


async def hold_interviews(settings: Settings, stop: asyncio.Event) -> None:
    """`interviewer agent`: hold interviews in LiveKit rooms until `stop` is set."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened_store(settings))
        queue = open_queue(settings.database_url)
        stack.push_async_callback(queue.close)
        exchange = Exchange(store, settings)
        await stack.enter_async_context(exchange.sfu)
        model, _ = await stack.enter_async_context(language_model(settings))
        synthesizer = Synthesizer(Voices.embedded(settings.model_dir))
        stack.callback(synthesizer.close)
        await synthesizer.load(settings.tts_voice)
        hosting = Hosting(
            settings=settings,
            store=store,
            queue=queue,
            exchange=exchange,
            model=model,
            engine=await asyncio.to_thread(
                WhisperEngine, settings.model_dir / settings.stt_model, workers=settings.stt_threads
            ),
            synthesizer=synthesizer,
            recordings=UploadedRecordings(
                await asyncio.to_thread(_own_folder, settings.data_dir / "agents"),
                open_blob_store(settings),
            ),
        )
        worker = AgentWorker(
            access=exchange.sfu.access,
            registry=exchange.registry,
            make_hosted=hosting.make,
            slots=settings.max_interviews,
        )
        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(exchange.bus.run(), name="agent.bus")
            await worker.run(stop)
            hearing.cancel()


# --- serving ---------------------------------------------------------------------------------


@dataclass
class Readiness:
    """What is still missing before interviews can be held, in words; None: nothing."""

    store: Store
    waiting_for: dict[str, str] = field(default_factory=dict)

    async def __call__(self) -> str | None:
        try:
            await self.store.ping()
        except Unavailable as error:
            return error.message
        return next(iter(self.waiting_for.values()), None)


class _WebServer(uvicorn.Server):
    """Stops at a signal without raising it again, so that what we opened is closed in order."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.force_exit = self.should_exit
        self.should_exit = True


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
                model, settings = await stack.enter_async_context(language_model(settings))
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
        config = uvicorn.Config(
            self.app,
            host=settings.host,
            port=settings.port,
            ssl_certfile=settings.tls_cert or None,
            ssl_keyfile=settings.tls_key or None,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips="127.0.0.1",
            ws_max_size=1 << 20,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        await _WebServer(config).serve()

    async def _load(self, model: ChatModel) -> None:
        """Load the speech models beside the server's first seconds, then open the rooms."""
        settings = self.settings
        began = time.monotonic()
        engine = await asyncio.to_thread(
            WhisperEngine, settings.model_dir / settings.stt_model, workers=settings.stt_threads
        )
        await self.synthesizer.load(settings.tts_voice)
        services = room_services(
            settings,
            self.store,
            model=model,
            engine=engine,
            synthesizer=self.synthesizer,
            recordings=LocalRecordings(settings.data_dir),
            finish=self._finish,
        )
        if isinstance(self.live, Rooms):
            self.live.open(replace(services, make_peer=self._make_peer))
        self._all_loaded(began)

    async def _load_voice(self) -> None:
        """What recruiters listen to voices with."""
        began = time.monotonic()
        await self.synthesizer.load(self.settings.tts_voice)
        self._all_loaded(began)

    def _all_loaded(self, began: float) -> None:
        self.readiness.waiting_for.pop("models")
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
                await evaluate_what_ended(self.store, self.queue, now)
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
            except Exception:
                # Whatever it was, the interviews that are being held must not feel it.
                log.exception("serve.upkeep.failed")
            await asyncio.sleep(UPKEEP_SECONDS)

    async def _greet(self) -> None:
        """The default workspace, its key, and on an empty database the demo; printed once."""
        settings = self.settings
        workspace = await demo.ensure_workspace(self.store)
        empty = await demo.is_empty(self.store, workspace.id)
        if empty and settings.demo:
            made = await demo.make_demo(self.app, self.store, workspace, settings.api_key or None)
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


# --- jobs ------------------------------------------------------------------------------------


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Do the jobs after interviews, and deliver to webhooks, until `stop` is set."""
    async with AsyncExitStack() as stack:
        store = open_store(settings.database_url)
        stack.push_async_callback(store.close)
        await stack.enter_async_context(_delivering(settings, store, stop))
        shared, _ = await stack.enter_async_context(language_model(settings))
        model = shared.on_slot(JOBS_SLOT)
        # What a killed worker left behind holds voices; a folder each, so that none is another's.
        scratch = await asyncio.to_thread(_own_folder, settings.data_dir / "scratch")
        transcriber = await asyncio.to_thread(
            WhisperTranscriber,
            settings.model_dir / settings.stt_model,
            threads=settings.stt_threads,
        )
        context = TaskContext(
            store=store,
            blobs=open_blob_store(settings),
            transcriber=transcriber,
            llm=model,
            assessor=Assessor(model),
            recordings=settings.data_dir / "recordings",
            scratch=scratch,
        )
        tasks = make_tasks(context, ResumeScreen(model))
        await run_worker(settings.database_url, store, tasks, stop=stop)


@asynccontextmanager
async def _delivering(settings: Settings, store: Store, stop: asyncio.Event) -> AsyncIterator[None]:
    """Deliver to webhooks meanwhile: here, at low priority, so that no interview feels it."""
    payloads = Payloads(store, open_blob_store(settings), settings.public_url.rstrip("/"))
    deliverer = Deliverer(
        store=store,
        courier=Courier(allow_loopback=settings.webhook_allow_loopback),
        render=payloads.body,
        secret=signing_secret(settings).encode(),
    )
    task = asyncio.create_task(deliverer.run(stop), name="work.webhooks")
    try:
        yield
    finally:
        if not stop.is_set():
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _own_folder(parent: Path) -> Path:
    """This process's folder in `parent`, empty; those of processes that are gone are removed."""
    own = parent / str(os.getpid())
    own.mkdir(parents=True, exist_ok=True)
    for folder in parent.iterdir():
        alive = folder.name.isdigit() and Path("/proc", folder.name).exists()
        if folder == own or not alive:
            shutil.rmtree(folder, ignore_errors=True)
    own.mkdir(exist_ok=True)
    return own


# --- the other commands ----------------------------------------------------------------------


async def serve(settings: Settings) -> None:
    await Server(settings).run()


def openapi(settings: Settings) -> dict[str, object]:
    """The OpenAPI document. Nothing is opened, loaded or written for it but a signing secret."""
    return dict(Server(settings).app.openapi())


async def create_api_key(settings: Settings, name: str, workspace_slug: str | None) -> None:
    async with opened_store(settings) as store:
        workspace = await demo.ensure_workspace(store)
        if workspace_slug is not None:
            async with store.snapshot() as tx:
                workspace = await tx.workspace_by_slug(workspace_slug)
        key, secret = await create_key(store, workspace.id, name, time.time())
    print(f"{key.id}  {secret}\nIt is stored hashed: keep it now, it cannot be shown again.")


async def list_api_keys(settings: Settings, date: Callable[[float | None], str]) -> None:
    async with opened_store(settings) as store:
        for key in await list_keys(store):
            revoked = f"  revoked {date(key.revoked_at)}" if key.revoked_at else ""
            print(f"{key.id}  {key.prefix}…  {date(key.created_at)}  {key.name}{revoked}")


async def revoke_api_key(settings: Settings, key_id: str) -> None:
    async with opened_store(settings) as store:
        await revoke_key(store, key_id, time.time())
    print(f"{key_id} is revoked")


async def rehearse(
    settings: Settings, *, url: str, api_key: str, posting_id: str, persona: str
) -> int:
    """Hold an interview of a running service with a simulated candidate; the exit status."""
    synthesizer = Synthesizer(Voices.embedded(settings.model_dir))
    try:
        return await hold_rehearsal(url, api_key, posting_id, persona, synthesizer=synthesizer)
    finally:
        synthesizer.close()
