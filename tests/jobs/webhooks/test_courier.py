"""Sending to hosts that lie, hang, redirect and talk too much."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore
import pytest

from interviewer.jobs.webhooks.courier import (
    BODY_BYTES,
    KEPT_CHARACTERS,
    Address,
    Courier,
    resolve,
)
from tests.jobs.webhooks.certificates import contexts_for
from tests.jobs.webhooks.receiver import Receiver, receiving

HEADERS = {"webhook-id": "evt_1", "Content-Type": "application/json"}
BODY = b'{"said":"na\xc3\xafve"}'
LOOPBACK = ip_address("127.0.0.1")
PUBLIC = ip_address("93.184.216.34")


class Names:
    """A resolver that answers what it was told, each time the next."""

    def __init__(self, *answers: Sequence[Address]) -> None:
        self._answers: Iterator[Sequence[Address]] = iter(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append((host, port))
        return next(self._answers)


class Wires(httpcore.AsyncNetworkBackend):
    """A network where nobody answers. `tried`: whom it was asked for."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.tried.append(host)
        raise httpcore.ConnectError


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def courier() -> Courier:
    return Courier(allow_loopback=True, timeout=1.0)


async def test_the_request_is_what_was_given(receiver: Receiver, courier: Courier) -> None:
    attempt = await courier.send(receiver.url("/ok"), HEADERS, BODY, 5.0)
    assert (attempt.outcome, attempt.response_status) == ("succeeded", 200)
    assert (attempt.response_body, attempt.error, attempt.at) == ("fine", None, 5.0)
    (got,) = receiver.received
    assert got.body == BODY
    assert got.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "content-length": str(len(BODY)),
        "webhook-id": "evt_1",
        "content-type": "application/json",
    }


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        ("/empty", "succeeded", 204),
        ("/fail", "refused", 500),
        ("/gone", "refused", 410),
        ("/redirect", "refused", 307),
        ("/half", "succeeded", 200),
        ("/drip", "succeeded", 200),
        ("/hang", "timeout", None),
        ("/continue", "timeout", None),
        ("/die", "unreachable", None),
        ("/garbage", "unreachable", None),
    ],
)
async def test_whatever_it_does_there_is_an_outcome(
    receiver: Receiver, courier: Courier, path: str, outcome: str, status: int | None
) -> None:
    attempt = await courier.send(receiver.url(path), HEADERS, BODY, 5.0)
    assert (attempt.outcome, attempt.response_status) == (outcome, status)
    assert (attempt.error is None) == (status is not None and status != 307)
    assert [got.path for got in receiver.received] == [path]


async def test_of_a_huge_answer_only_the_beginning_is_read(
    receiver: Receiver, courier: Courier
) -> None:
    attempt = await courier.send(receiver.url("/huge"), HEADERS, BODY, 5.0)
    assert attempt.outcome == "succeeded"
    assert attempt.response_body == "x" * KEPT_CHARACTERS
    assert BODY_BYTES < receiver.sent < 100_000_000


async def test_an_answer_that_is_no_text_is_kept_as_far_as_it_is(
    receiver: Receiver, courier: Courier
) -> None:
    attempt = await courier.send(receiver.url("/binary"), HEADERS, BODY, 5.0)
    assert attempt.response_body == "\x00��\x1b[m"


async def test_nobody_listening_is_unreachable(courier: Courier) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    attempt = await courier.send(f"http://127.0.0.1:{port}/", HEADERS, BODY, 5.0)
    assert attempt.outcome == "unreachable"


async def test_a_name_that_nobody_knows_is_unreachable() -> None:
    async def unknown(host: str, port: int) -> Sequence[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    courier = Courier(resolve=unknown, timeout=1.0)
    attempt = await courier.send("https://nobody.example/", HEADERS, BODY, 5.0)
    assert (attempt.outcome, attempt.error) == ("unreachable", "The host's name was not found.")


@pytest.mark.parametrize(
    "inside",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"],
)
async def test_a_name_that_stands_for_an_address_inside_is_not_connected_to(
    receiver: Receiver, inside: str
) -> None:
    names = Names([ip_address(inside)])
    courier = Courier(resolve=names, timeout=1.0)
    url = receiver.url("/ok", "hooks.example", "https")
    attempt = await courier.send(url, HEADERS, BODY, 5.0)
    assert (attempt.outcome, attempt.response_status) == ("forbidden", None)
    assert names.asked == [("hooks.example", receiver.port)]
    assert receiver.received == []


async def test_a_name_that_changes_its_meaning_gains_nothing(receiver: Receiver) -> None:
    """DNS rebinding: what was vetted is what is connected to; it is not asked for again."""
    names, wires = Names([PUBLIC], [LOOPBACK]), Wires()
    courier = Courier(resolve=names, network=wires, timeout=1.0)
    url = receiver.url("/ok", "hooks.example", "https")
    first = await courier.send(url, HEADERS, BODY, 5.0)
    assert first.outcome == "unreachable"
    assert (len(names.asked), wires.tried) == (1, [str(PUBLIC)])
    second = await courier.send(url, HEADERS, BODY, 5.0)
    assert second.outcome == "forbidden"
    assert wires.tried == [str(PUBLIC)]
    assert receiver.received == []


async def test_of_several_addresses_only_the_allowed_are_tried_and_not_for_ever() -> None:
    inside = [ip_address("10.0.0.1"), LOOPBACK, ip_address("fd00::1")]
    outside = [PUBLIC, *(ip_address(f"8.8.8.{n}") for n in range(8))]
    wires = Wires()
    courier = Courier(resolve=Names([*inside, *outside]), network=wires, timeout=1.0)
    attempt = await courier.send("https://hooks.example/", HEADERS, BODY, 5.0)
    assert attempt.outcome == "unreachable"
    assert wires.tried == [str(PUBLIC), "8.8.8.0", "8.8.8.1"]


async def test_the_next_address_is_tried_where_one_does_not_answer(receiver: Receiver) -> None:
    names = Names([ip_address("::1"), LOOPBACK])
    courier = Courier(resolve=names, allow_loopback=True, timeout=5.0)
    attempt = await courier.send(receiver.url("/ok", "hooks.test"), HEADERS, BODY, 5.0)
    assert attempt.outcome == "succeeded"
    assert receiver.received[0].headers["host"] == f"hooks.test:{receiver.port}"


async def test_what_was_allowed_when_it_was_made_may_be_forbidden_by_now(
    receiver: Receiver,
) -> None:
    attempt = await Courier(timeout=1.0).send(receiver.url("/ok"), HEADERS, BODY, 5.0)
    assert attempt.outcome == "forbidden"
    assert receiver.received == []


async def test_certificates_are_checked_against_the_name(tmp_path: Path) -> None:
    server, client = contexts_for("hooks.example", tmp_path)

    def courier(**more: object) -> Courier:
        return Courier(
            resolve=Names([LOOPBACK]),
            allow_loopback=True,
            **more,  # type: ignore[arg-type]
        )

    async with receiving(server) as receiver:
        for host in ("hooks.example", "hooks.example."):
            url = receiver.url("/ok", host, "https")
            attempt = await courier(ssl_context=client).send(url, HEADERS, BODY, 5.0)
            assert attempt.outcome == "succeeded", attempt.error
        url = receiver.url("/ok", "other.example", "https")
        wrong = await courier(ssl_context=client).send(url, HEADERS, BODY, 5.0)
        url = receiver.url("/ok", "hooks.example", "https")
        unknown = await courier().send(url, HEADERS, BODY, 5.0)
    assert len(receiver.received) == 2
    for attempt in (wrong, unknown):
        assert attempt.outcome == "unreachable"
        assert attempt.error is not None
        assert attempt.error.startswith("TLS failed: ")


@pytest.mark.parametrize(
    ("spelling", "address"),
    [("127.0.0.1", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("0x7f.1", "127.0.0.1")],
)
async def test_the_system_reads_every_spelling_as_the_address_it_is(
    spelling: str, address: str
) -> None:
    """So what slips past the URL's check would still be vetted as what it means."""
    assert set(await resolve(spelling, 443)) == {ip_address(address)}
