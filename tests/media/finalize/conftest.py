"""The studio, for tests that ask for it by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.media.finalize.studio import (
    Interview,
    Recorder,
    beeps_heard,
    flashes_seen,
    interview,
    write_session,
)


@dataclass(frozen=True)
class Studio:
    """What the tests of this folder use."""

    folder: Path
    interview: Callable[..., Interview] = interview
    session: Callable[..., Path] = write_session
    recorder: type[Recorder] = Recorder
    flashes: Callable[[Path], list[float]] = flashes_seen
    beeps: Callable[[Path], list[float]] = beeps_heard


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)
