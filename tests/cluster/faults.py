"""What can die under an interview: how to kill it, and how it comes back."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping

from tests.cluster.cluster import Cluster

# Kubernetes, or whoever else starts what died again, takes seconds to notice.
RESTART_SECONDS = 3.0

Mend = Callable[[], None]
Fault = Callable[[Cluster, str], Mend]
"""Kills it under the interview of that id; what it returns brings it back, and blocks till then."""


def agent(cluster: Cluster, interview_id: str) -> Mend:
    """The one that holds the interview."""
    killed = cluster.holder(interview_id)
    killed.kill()

    def mend() -> None:
        killed.start()
        cluster.wait_until_ready()

    return mend


def api(cluster: Cluster, interview_id: str) -> Mend:
    """One of the two; the page's socket is on it or is not."""
    killed = cluster.apis[0]
    killed.kill()

    def mend() -> None:
        killed.start()
        cluster.wait_until_ready()

    return mend


def livekit_node(cluster: Cluster, interview_id: str) -> Mend:
    """The one that the interview's room is on."""
    killed = cluster.livekit.node_of(interview_id)
    killed.kill()
    return lambda: cluster.livekit.start(killed)


def worker(cluster: Cluster, interview_id: str) -> Mend:
    cluster.worker.kill()

    def mend() -> None:
        cluster.worker.start()
        cluster.wait_until_ready()

    return mend


def recogniser(cluster: Cluster, interview_id: str) -> Mend:
    """Agents and worker go on with a model of their own."""
    cluster.recogniser.kill()

    def mend() -> None:
        cluster.recogniser.start()
        cluster.wait_until_ready()

    return mend


def language_model(cluster: Cluster, interview_id: str) -> Mend:
    cluster.llm.process.kill()
    return cluster.llm.start


def database(cluster: Cluster, interview_id: str) -> Mend:
    """It crashes, and is there again after `RESTART_SECONDS`."""
    cluster.postgres.stop(signal.SIGQUIT)
    time.sleep(RESTART_SECONDS)
    cluster.postgres.start()
    return lambda: None


FAULTS: Mapping[str, Fault] = {
    "agent": agent,
    "API process": api,
    "LiveKit node": livekit_node,
    "job worker": worker,
    "recogniser": recogniser,
    "language model": language_model,
    "PostgreSQL": database,
}
