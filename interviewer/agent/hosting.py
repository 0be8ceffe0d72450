"""One interview in an agent: its `Room`, the candidate's place in LiveKit, and its pages.

Everything it does follows from looking: at the registry (which connection, which pages) and at
the LiveKit room (whose microphone). Messages only say when to look. So an agent that takes over
from one that died is in no other position than one that begins.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog

from interviewer.agent import protocol
from interviewer.agent.messages import deliver, is_lasting, parse
from interviewer.agent.room import Room, RoomServices
from interviewer.agent.rooms import EMPTY_ROOM_SECONDS, TEXT_MODE_AFTER
from interviewer.domain.errors import Conflict, InterviewerError, Unavailable
from interviewer.interfaces import LiveRegistry, LiveRoom, MessageBus
from interviewer.media.recording import SessionRecorder
from interviewer.media.room_io import InterviewRoom, Microphone, RoomIO
from interviewer.media.sfu import Sfu, candidate_identity

log = structlog.get_logger()

T = TypeVar("T")

LOOK_SECONDS = 2.0
# Pages read the last messages and go within so long of the interview's end.
FAREWELL_SECONDS = 10.0
RETRY_SECONDS = 1.0
# Whoever missed this agent has told the pages so by then.
MISSED_SECONDS = 1.0
# Words that were posted again while the database was away are told from new ones.
REMEMBERED = 64


class HostedInterview:
    """Holds one interview whose lease the agent has, until it is over or nobody comes back."""

    def __init__(
        self,
        interview_id: str,
        *,
        services: RoomServices,
        registry: LiveRegistry,
        bus: MessageBus,
        sfu: Sfu,
        ended: Callable[[str], None],
    ) -> None:
        """`ended`: called when the interview is over, with its id; it does not wait."""
        self.interview_id = interview_id
        self._registry = registry
        self._bus = bus
        self._sfu = sfu
        self._ended = ended
        self._recordings = services.recordings
        self._room = Room(interview_id, services)
        self._place = InterviewRoom(self._look_soon)
        self._look_now = asyncio.Event()
        self._adopting = asyncio.Lock()
        self._line: RoomIO | None = None
        self._pages: dict[str, asyncio.Task[None]] = {}
        self._stopped: str | None = None
        self._asked_at: float | None = None
        self._has_looked = False
        self._pages_kept_until = float("-inf")
        self._heard: deque[str] = deque(maxlen=REMEMBERED)

    async def hold(self, identity: str) -> None:
        """`identity`: the agent's in the LiveKit room. Cancelling suspends the interview."""
        try:
            await self._join(identity)
            async with self._bus.listen(protocol.agent_topic(self.interview_id)) as words:
                hearing = asyncio.create_task(self._hear(words), name="agent.hosting.hear")
                try:
                    await self._keep_looking()
                finally:
                    hearing.cancel()
                    await asyncio.gather(hearing, return_exceptions=True)
        except Conflict as refused:
            if refused.code != "interview_over":
                raise
            log.info("agent.job.over", interview_id=self.interview_id)  # while it was asked for
        finally:
            await asyncio.shield(self._leave())

    async def _join(self, identity: str) -> None:
        token = self._sfu.access.agent_token(self.interview_id, identity)
        await self._place.join(self._sfu.access.url, token)
        # One that died is still in the room for a while; its silence must not be listened to.
        for other in self._place.other_agents():
            await self._sfu.show_out(self.interview_id, other)

    async def _leave(self) -> None:
        await self._room.close(self._stopped or "shutdown")
        if self._pages:
            _, unread = await asyncio.wait(self._pages.values(), timeout=FAREWELL_SECONDS)
            for page in unread:
                page.cancel()
            await asyncio.gather(*unread, return_exceptions=True)
        await self._place.leave()
        if self._stopped == "erased":
            await self._recordings.erase(self.interview_id)
        elif self._room.has_ended:
            self._ended(self.interview_id)

    # --- looking ------------------------------------------------------------------------------

    def _look_soon(self) -> None:
        if self._line is not None:
            self._line.update()
        self._look_now.set()

    async def _keep_looking(self) -> None:
        """Until it is over: ended, told to stop, or left for too long."""
        while self._stopped is None and not self._place.lost.is_set():
            self._look_now.clear()
            try:
                if not await self._look():
                    return
            except Unavailable as error:
                log.warning("agent.hosting.waits", reason=error.message)
                self._pages_kept_until = time.monotonic() + protocol.GRACE
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._look_now.wait()

    async def _look(self) -> bool:
        """Bring everything in line with what is; False when there is nothing more to do."""
        known = await self._registry.room(self.interview_id)
        if known is None:
            return False
        self._notice_missed(known)
        await self._adopt(known)
        await self._attend_pages(known.connection_id)
        if self._room.has_ended:
            await self._room.session_over()
            return False
        await self._attend_microphone(known.connection_id)
        return not self._is_deserted()

    def _notice_missed(self, known: LiveRoom) -> None:
        """Another agent was asked for because this one was silent for long: it is here after all,
        and the pages, which were told that it is away, must know."""
        first, self._has_looked = not self._has_looked, True
        before, self._asked_at = self._asked_at, known.asked_at
        if not first and known.asked_at not in (None, before):
            log.info("agent.hosting.missed", interview_id=self.interview_id)
            loop = asyncio.get_running_loop()
            loop.call_later(MISSED_SECONDS, self._room.tell_state_again)

    def _is_deserted(self) -> bool:
        since = self._room.idle_since
        return (
            not self._room.is_live
            and since is not None
            and time.monotonic() - since > EMPTY_ROOM_SECONDS
        )

    async def _adopt(self, known: LiveRoom) -> None:
        """Another connection of the candidate: the session of the one before ends."""
        async with self._adopting:
            if self._room.connection_id == known.connection_id:
                return
            old = self._room.adopt(known.connection_id, known.browser_id)
            self._room.wants_text = known.wants_text
            if old is not None:
                await self._room.hang_up()

    async def _attend_microphone(self, connection_id: str) -> None:
        """Begin a session with sound when there is sound and none runs with it."""
        if self._line is not None and not self._line.lost.is_set():
            return
        microphone = self._place.microphone(candidate_identity(connection_id))
        if microphone is None:
            return

        async def open_line(recorder: SessionRecorder) -> RoomIO:
            return self._open_line(microphone, recorder)

        await self._room.begin_with_sound(open_line)

    def _open_line(self, microphone: Microphone, recorder: SessionRecorder) -> RoomIO:
        self._line = RoomIO(self._place, microphone, recorder)
        return self._line

    # --- pages --------------------------------------------------------------------------------

    async def _attend_pages(self, connection_id: str) -> None:
        """A feed for each page of the connection; those of others have been told to go."""
        seen = await self._registry.pages(seen_within=protocol.PAGE_LOST)
        wanted = {p.page_id for p in seen if p.connection_id == connection_id}
        left = self._pages.keys() - wanted
        if time.monotonic() < self._pages_kept_until:
            # No page could say that it is there, and what it has not been told yet waits here.
            left = {page_id for page_id in left if self._pages[page_id].done()}
        gone = [self._pages.pop(page_id) for page_id in left]
        for page in gone:
            page.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        for page_id in wanted - self._pages.keys():
            feeding = self._feed(page_id, connection_id)
            self._pages[page_id] = asyncio.create_task(feeding, name="agent.hosting.page")

    async def _feed(self, page_id: str, connection_id: str) -> None:
        topic = protocol.page_topic(page_id)
        async with self._room.subscribe() as messages, self._writing_in_time(connection_id):
            async for message in messages:
                await self._tell(topic, message)
            await self._tell(topic, None)

    async def _tell(self, topic: str, message: dict[str, Any] | None) -> None:
        """Messages wait for a database that is away; their number is bounded by the feed."""
        await _until_there(lambda: self._bus.post(self.interview_id, topic, message))

    @asynccontextmanager
    async def _writing_in_time(self, connection_id: str) -> AsyncIterator[None]:
        """A page that only reads wants to type: the interview begins without sound."""

        async def begin() -> None:
            await asyncio.sleep(0.0 if self._room.wants_text else TEXT_MODE_AFTER)
            if self._room.connection_id == connection_id:
                with contextlib.suppress(Conflict):
                    await self._room.begin_without_sound()

        beginning = asyncio.create_task(begin(), name="agent.hosting.text")
        try:
            yield
        finally:
            beginning.cancel()
            await asyncio.gather(beginning, return_exceptions=True)

    # --- what is said to it -------------------------------------------------------------------

    async def _hear(self, words: AsyncIterator[dict[str, Any] | None]) -> None:
        async for word in words:
            try:
                await self._obey(word or {})
            except InterviewerError as error:
                log.warning("agent.hosting.unheard", reason=error.code)
            except Exception as error:
                # One word that nobody understands must not make this deaf to the next.
                log.error("agent.hosting.unheard", reason=type(error).__name__)  # noqa: TRY400 - a traceback may quote a candidate

    async def _obey(self, word: dict[str, Any]) -> None:
        match word.get("type"):
            case "said":
                await self._deliver(word)
            case "hang_up":
                await self._room.hang_up()
            case "stop":
                self._stopped = str(word["reason"])
        self._look_now.set()

    async def _deliver(self, said: dict[str, Any]) -> None:
        """From the browser that is connected now, on this connection or one before: what it said
        while agents changed has waited, and it may have connected anew meanwhile."""
        if (word_id := said.get("id")) is not None:
            if word_id in self._heard:
                return
            self._heard.append(word_id)
        if said["connection_id"] != self._room.connection_id:
            known = await _until_there(lambda: self._registry.room(self.interview_id))
            if known is None or known.browser_id != said["browser_id"]:
                return
            await self._adopt(known)
            if known.connection_id != said["connection_id"] and not is_lasting(said["message"]):
                return
        await deliver(self._room, parse(said["message"]))


async def _until_there(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer; waits for a database that is away."""
    while True:
        try:
            return await ask()
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
