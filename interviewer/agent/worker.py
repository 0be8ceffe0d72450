"""`interviewer agent`: a LiveKit Agents worker that holds several interviews in one process.

LiveKit hands a job to a worker; the framework runs it on a thread of its own, which here only
waits: the interview itself runs on the process's one event loop, where the models are loaded
once and every interview shares them, as in `serve`. Who holds an interview is settled in the
registry, not by the job: a job whose interview another agent holds ends at once.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import math
import secrets
import socket
from collections.abc import Callable
from dataclasses import replace

import structlog
from livekit.agents import AgentServer, JobContext, JobExecutorType, JobRequest

from interviewer.agent import protocol
from interviewer.agent.hosting import HostedInterview
from interviewer.domain.errors import InterviewerError, Unavailable
from interviewer.interfaces import LiveAgent, LiveRegistry
from interviewer.media.sfu import AGENT_NAME, SfuAccess
from interviewer.observability import metrics

log = structlog.get_logger()

# Live interviews are let finish; LiveKit's own bound, an hour, is the longest of them and more.
DRAIN_SECONDS = 3600

MakeHosted = Callable[[str, str], HostedInterview]
"""(interview id, agent id) to the interview, ready to be held."""


def new_agent_id() -> str:
    """Never used again, so that a lease tells one life of a worker from the next."""
    return f"{socket.gethostname()}-{secrets.token_hex(6)}"


class AgentWorker:
    """One worker. `run` until `stop` is set; then it takes no more and lets its interviews end."""

    def __init__(
        self,
        *,
        access: SfuAccess,
        registry: LiveRegistry,
        make_hosted: MakeHosted,
        slots: int,
        registered: Callable[[], None] = lambda: None,
    ) -> None:
        self._access = access
        self._registry = registry
        self._make_hosted = make_hosted
        self._on_registered = registered
        self._me = LiveAgent(agent_id=new_agent_id(), slots=slots)
        self._held: dict[str, asyncio.Task[None]] = {}
        self._claiming: set[str] = set()
        self._started = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._server = self._make_server()
        metrics.AGENT_INTERVIEWS.set_function(lambda: len(self._held))
        metrics.AGENT_SLOTS.set_function(lambda: 0 if self._me.draining else self._me.slots)

    async def run(self, stop: asyncio.Event) -> None:
        """Raises Unavailable when the LiveKit server cannot be reached for minutes."""
        serving = asyncio.create_task(self._server.run(), name="agent.livekit")
        beating = asyncio.create_task(self._beat(), name="agent.beat")
        stopping = asyncio.create_task(stop.wait(), name="agent.stop")
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done() and not serving.cancelled() and serving.exception() is not None:
                raise Unavailable("The LiveKit server cannot be reached.", code="sfu")
            await self._drain()
        finally:
            for task in (beating, stopping):
                task.cancel()
            await self._server.aclose()
            await self._suspend_all()
            await asyncio.gather(serving, beating, stopping, return_exceptions=True)
            await self._registry.retire(self._me.agent_id)

    async def _drain(self) -> None:
        if not self._started.is_set():
            return
        log.info("agent.draining", interviews=len(self._held))
        self._me = replace(self._me, draining=True)
        try:
            await self._server.drain(timeout=DRAIN_SECONDS)
        except TimeoutError:
            log.warning("agent.drain.unfinished", interviews=len(self._held))

    async def _suspend_all(self) -> None:
        """What was said is stored; another agent can go on with each."""
        held = list(self._held.values())
        for task in held:
            _suspend(task)
        await asyncio.gather(*held, return_exceptions=True)

    # --- signs of life ------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            # What is claimed while the beat is on its way is not among what it counts.
            held = dict(self._held)
            mine = replace(self._me, holding=len(held))
            try:
                kept = await self._registry.beat(mine)
            except Unavailable as error:
                log.warning("agent.beat.missed", reason=error.message)
            except Exception:
                # A beat that ends in silence would cost every lease.
                log.exception("agent.beat.failed")
            else:
                for interview_id in held.keys() - kept:
                    log.info("agent.lease.lost", interview_id=interview_id)
                    _suspend(held[interview_id])
            await asyncio.sleep(protocol.BEAT)

    # --- jobs ---------------------------------------------------------------------------------

    def _make_server(self) -> AgentServer:
        # Many interviews share this process; the framework's default is a process for each job.
        server = AgentServer(
            job_executor_type=JobExecutorType.THREAD,
            num_idle_processes=1,
            load_fnc=self._load,
            load_threshold=math.inf,
            ws_url=self._access.url,
            api_key=self._access.api_key,
            api_secret=self._access.api_secret,
            host="127.0.0.1",
            port=0,
        )
        server.on("worker_started", self._started.set)
        server.on("worker_registered", self._registered)
        server.rtc_session(self._work, agent_name=AGENT_NAME, on_request=self._answer)
        logging.getLogger("livekit.agents").addFilter(_is_ours_to_know)
        return server

    def _registered(self, worker_id: str, _: object) -> None:
        log.info("agent.registered", agent=self._me.agent_id, worker=worker_id)
        self._on_registered()

    def _load(self) -> float:
        return min(1.0, len(self._held) / self._me.slots)

    async def _answer(self, request: JobRequest) -> None:
        """LiveKit asks whether this worker takes the job; one that says no is not the last."""
        if len(self._held) >= self._me.slots or self._me.draining:
            await request.reject(terminate=False)
            return
        await request.accept(identity=f"agent-{secrets.token_hex(8)}")

    async def _work(self, context: JobContext) -> None:
        """Runs on the job's own thread and loop: wait for the interview, held on ours."""
        interview_id = context.job.metadata
        holding = asyncio.run_coroutine_threadsafe(
            self._hold(interview_id, context.local_participant_identity), self._loop
        )
        try:
            await asyncio.wrap_future(holding)
        except (asyncio.CancelledError, concurrent.futures.CancelledError):
            holding.cancel()
        finally:
            context.shutdown(reason="the interview is over")

    async def _hold(self, interview_id: str, identity: str) -> None:
        agent_id = self._me.agent_id
        if interview_id in self._held or interview_id in self._claiming:
            log.info("agent.job.needless", interview_id=interview_id)
            return
        self._claiming.add(interview_id)
        try:
            claimed = await self._registry.claim(
                interview_id, agent_id, lost_after=protocol.AGENT_LOST
            )
        finally:
            self._claiming.discard(interview_id)
        if not claimed:
            log.info("agent.job.needless", interview_id=interview_id)
            return
        log.info("agent.job.taken", interview_id=interview_id)
        hosted = self._make_hosted(interview_id, agent_id)
        task = asyncio.create_task(hosted.hold(identity), name="agent.hosting")
        self._held[interview_id] = task
        try:
            await asyncio.wait({task})
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("agent.job.failed", interview_id=interview_id, exc_info=error)
        except asyncio.CancelledError:
            _suspend(task)
            await asyncio.gather(task, return_exceptions=True)
        finally:
            del self._held[interview_id]
            await self._release(interview_id)

    async def _release(self, interview_id: str) -> None:
        try:
            await self._registry.release(interview_id, self._me.agent_id)
        except InterviewerError as error:
            log.warning("agent.release.failed", interview_id=interview_id, reason=error.code)
        log.info("agent.job.done", interview_id=interview_id)


def _suspend(task: asyncio.Task[None]) -> None:
    """Once: a second cancellation would cut short what the first one is waiting for."""
    if task.cancelling() == 0:
        task.cancel()


def _is_ours_to_know(record: logging.LogRecord) -> bool:
    """The framework misses a room on the job's thread; ours is joined on the process's loop."""
    return "room connection was not established" not in record.getMessage()
