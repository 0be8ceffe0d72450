"""What holds interviews: in `serve` itself, or in `interviewer agent` behind LiveKit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import cycle

import structlog

from interviewer.agent.hosting import HostedInterview
from interviewer.agent.remote import RemoteInterviews
from interviewer.agent.room import Finish, RoomServices
from interviewer.agent.rooms import CheckConnect
from interviewer.agent.thinking import Thinking
from interviewer.agent.worker import AgentWorker
from interviewer.bootstrap.parts import (
    ASIDE_SLOT,
    FOLLOW_UP_SLOTS,
    Readiness,
    language_model,
    live_model,
    open_blob_store,
    opened_store,
    own_folder,
    watched,
)
from interviewer.bootstrap.recognising import live_decoder
from interviewer.domain.errors import NotFound, Unavailable
from interviewer.domain.interview import Interview
from interviewer.domain.plan import InterviewPlan
from interviewer.interfaces import Store
from interviewer.jobs.queue import DbosJobQueue, open_queue
from interviewer.llm.asides import AsideWriter
from interviewer.llm.desk import Desk
from interviewer.llm.fallback import LiveModel
from interviewer.llm.followups import FollowUpWriter, opening
from interviewer.llm.intents import IntentReader
from interviewer.llm.meaning import Meaning, load_meaning
from interviewer.media.recordings import Recordings, UploadedRecordings
from interviewer.media.sfu import Sfu, SfuAccess
from interviewer.sessions.start import (
    begin_interview,
    close_interview,
    enqueue_evaluation,
)
from interviewer.settings import Settings
from interviewer.speech.decoding import Decoder
from interviewer.speech.synthesizer import Synthesizer, Voices
from interviewer.storage.engine import SqlStore
from interviewer.storage.live_registry import LeasedStore, SqlLiveRegistry
from interviewer.storage.message_bus import SqlMessageBus

log = structlog.get_logger()


MakeThinking = Callable[[InterviewPlan], Thinking]


def make_minds(settings: Settings, model: LiveModel, meaning: Meaning | None) -> MakeThinking:
    """What makes an interview's use of the models; one a process, for all interviews in it."""
    intents = IntentReader(model.on_slot(ASIDE_SLOT), meaning)
    asides = AsideWriter(model.on_slot(ASIDE_SLOT))
    # Requests pinned to a slot of llama.cpp wait for each other; other servers word many at once.
    is_pinned = (
        settings.embedded_llm
        or settings.llm_server == "llama.cpp"
        or settings.llm_fallback_base_url == "embedded"
    )
    desk = Desk() if is_pinned else None
    # An interview stays with its slot, which has its prompt.
    writers = cycle([FollowUpWriter(model.on_slot(slot), desk) for slot in FOLLOW_UP_SLOTS])
    return lambda plan: Thinking(plan, intents, next(writers), asides)


def room_services(
    settings: Settings,
    store: Store,
    *,
    make_thinking: MakeThinking,
    engine: Decoder,
    synthesizer: Synthesizer,
    recordings: Recordings,
    finish: Finish,
) -> RoomServices:
    """What holds an interview, in whichever process and however its sound comes."""
    return RoomServices(
        store=store,
        engine=engine,
        synthesizer=synthesizer,
        default_voice=settings.tts_voice,
        recordings=recordings,
        begin=lambda interview_id: begin_interview(store, interview_id, time.time()),
        finish=finish,
        make_thinking=make_thinking,
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


# How soon a recording that is still on its way notices that its interview has been erased.
ERASED_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Hosting:
    """What the interviews of one agent share."""

    settings: Settings
    store: SqlStore
    queue: DbosJobQueue
    exchange: Exchange
    make_thinking: MakeThinking
    engine: Decoder
    synthesizer: Synthesizer
    recordings: UploadedRecordings
    _settling: set[asyncio.Task[None]] = field(default_factory=set)

    def make(self, interview_id: str, agent_id: str) -> HostedInterview:
        """An interview that stores only while the agent has its lease."""
        leased = LeasedStore(self.store, interview_id, agent_id)

        async def finish(interview_id: str, reason: str) -> Interview:
            return await close_interview(leased, interview_id, reason=reason, now=time.time())

        services = room_services(
            self.settings,
            leased,
            make_thinking=self.make_thinking,
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
            ended=self.ended,
        )

    def ended(self, interview_id: str) -> None:
        """Have it evaluated once all its sound is among the blobs; its agent is free meanwhile."""
        task = asyncio.create_task(self._evaluate(interview_id), name="agent.settling")
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def settled(self) -> None:
        """Returns once nothing that was recorded is on its way any more."""
        await asyncio.gather(*self._settling, return_exceptions=True)
        await self.recordings.settle()

    async def _evaluate(self, interview_id: str) -> None:
        settling = asyncio.create_task(self.recordings.settle(interview_id))
        try:
            while True:
                done, _ = await asyncio.wait({settling}, timeout=ERASED_SECONDS)
                async with self.store.snapshot() as tx:
                    interview = await tx.interview(None, interview_id)
                if done:
                    await enqueue_evaluation(self.queue, interview)
                    return
        except NotFound:
            # Erased meanwhile: what still arrived has to go as well.
            await self.recordings.erase(interview_id)
        except Unavailable as error:
            # Upkeep asks for the evaluation when the database is back.
            log.warning("agent.settling.unknown", interview_id=interview_id, reason=error.message)
            await settling
        finally:
            settling.cancel()


async def hold_interviews(settings: Settings, stop: asyncio.Event) -> None:
    """`interviewer agent`: hold interviews in LiveKit rooms until `stop` is set."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened_store(settings))
        ready = Readiness(
            store,
            {
                "models": "the models are still loading",
                "livekit": "the LiveKit server has not taken this agent yet",
            },
        )
        await stack.enter_async_context(watched(settings, ready))
        queue = open_queue(settings.database_url)
        stack.push_async_callback(queue.close)
        exchange = Exchange(store, settings)
        await stack.enter_async_context(exchange.sfu)
        first, _ = await stack.enter_async_context(language_model(settings, opening()))
        model = await stack.enter_async_context(live_model(settings, first, opening()))
        synthesizer = Synthesizer(Voices.embedded(settings.model_dir))
        stack.callback(synthesizer.close)
        await synthesizer.load(settings.tts_voice)
        hosting = Hosting(
            settings=settings,
            store=store,
            queue=queue,
            exchange=exchange,
            make_thinking=make_minds(
                settings, model, await asyncio.to_thread(load_meaning, settings.model_dir)
            ),
            engine=await stack.enter_async_context(live_decoder(settings)),
            synthesizer=synthesizer,
            recordings=UploadedRecordings(
                await asyncio.to_thread(own_folder, settings.data_dir / "agents"),
                open_blob_store(settings),
            ),
        )
        worker = AgentWorker(
            access=exchange.sfu.access,
            registry=exchange.registry,
            make_hosted=hosting.make,
            slots=settings.max_interviews,
            registered=lambda: ready.done("livekit"),
        )
        ready.done("models")
        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(exchange.bus.run(), name="agent.bus")
            try:
                await worker.run(stop)
            finally:
                await hosting.settled()
            hearing.cancel()
