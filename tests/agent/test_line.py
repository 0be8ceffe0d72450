"""A text on its way through the voice: when it begins, and when it may not any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from interviewer.agent.line import Line
from interviewer.agent.voice import SilentVoice, Spoken
from interviewer.agent.wording import Wording


class SlowVoice(SilentVoice):
    """Its first sample goes out when `sample` is set, even if it was stopped before."""

    def __init__(self) -> None:
        super().__init__(lambda: 0.0)
        self.sample = asyncio.Event()

    async def say(self, text: str | Wording, on_started: Callable[[], None]) -> Spoken:
        await self.sample.wait()
        on_started()
        return Spoken(str(text), complete=False, start=0.0, end=0.1)


@pytest.mark.parametrize("gives_way", [False, True])
async def test_a_line_that_gave_way_begins_nothing(gives_way: bool) -> None:
    """A sample may slip out between the stop and the voice's silence."""
    voice, begun = SlowVoice(), list[bool]()
    line = Line(voice, "How did you win them over?")
    line.when_started(lambda: begun.append(True))
    if gives_way:
        line.give_way()
    voice.sample.set()
    await line.spoken
    assert begun == ([] if gives_way else [True])
    await line.close()


async def test_who_asks_late_is_told_at_once() -> None:
    voice, begun = SlowVoice(), list[bool]()
    line = Line(voice, "How did you win them over?")
    voice.sample.set()
    await line.spoken
    line.when_started(lambda: begun.append(True))
    assert begun == [True]
    await line.close()
