"""`interviewer work`: the jobs after an interview, and webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from interviewer.api.views.webhooks import Payloads
from interviewer.bootstrap.parts import (
    JOBS_SLOT,
    LIVE_SLOTS,
    Readiness,
    language_model,
    open_blob_store,
    own_folder,
    signing_secret,
    watched,
)
from interviewer.bootstrap.recognising import second_pass
from interviewer.interfaces import LanguageModel, Store
from interviewer.jobs.tasks import make_tasks
from interviewer.jobs.tasks.context import TaskContext
from interviewer.jobs.webhooks import Courier, Deliverer
from interviewer.jobs.worker import run_worker
from interviewer.llm.assessor import Assessor
from interviewer.llm.behind import BehindLive
from interviewer.llm.client import ChatModel
from interviewer.llm.resume_screen import ResumeScreen
from interviewer.settings import Settings
from interviewer.storage.engine import open_store


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Do the jobs after interviews, and deliver to webhooks, until `stop` is set."""
    async with AsyncExitStack() as stack:
        store = open_store(settings.database_url)
        stack.push_async_callback(store.close)
        ready = Readiness(store, {"models": "the models are still loading"})
        await stack.enter_async_context(watched(settings, ready))
        await stack.enter_async_context(_delivering(settings, store, stop))
        shared, _ = await stack.enter_async_context(language_model(settings))
        model = _jobs_model(settings, shared)
        # What a killed worker left behind holds voices; a folder each, so that none is another's.
        scratch = await asyncio.to_thread(own_folder, settings.data_dir / "scratch")
        transcriber = await asyncio.to_thread(second_pass, settings)
        context = TaskContext(
            store=store,
            blobs=open_blob_store(settings),
            transcriber=transcriber,
            llm=model,
            assessor=Assessor(model),
            recordings=settings.data_dir / "recordings",
            scratch=scratch,
        )
        ready.done("models")
        tasks = make_tasks(context, ResumeScreen(model))
        await run_worker(settings.database_url, store, tasks, stop=stop)


def _jobs_model(settings: Settings, shared: ChatModel) -> LanguageModel:
    """In a slot of its own, and behind live interviews where they may use the same llama.cpp."""
    model = shared.on_slot(JOBS_SLOT)
    if settings.llm_server != "llama.cpp":
        return model

    async def is_live() -> bool:
        return not LIVE_SLOTS.isdisjoint(await shared.slots_at_work())

    return BehindLive(model, is_live)


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
