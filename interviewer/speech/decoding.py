"""What the live recogniser needs of whoever decodes for it: here, or in another process."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from interviewer.interfaces import Pcm
from interviewer.speech.decode_queue import Kind
from interviewer.speech.hypothesis import Hypothesis


class Decoder(Protocol):
    """Decodes short windows for all interviews of a process: finals before interims."""

    async def decode(
        self,
        pcm: Pcm,
        *,
        kind: Kind,
        prompt: str = "",
        language: str = "",
        stream: Hashable = None,
    ) -> Hypothesis | None:
        """Recognise `pcm` (`int16[n]`, 16 kHz mono, at most 30 s; more is cut off).

        `prompt`: what was said before, for spelling and case. `language`: as in BCP 47; the
        decoder's own where it is empty or the model does not know it. `stream`: whose it is: of
        one stream at most one interim waits. None: an interim that was thinned out. Raises
        Unavailable when closed, away, or when too many finals wait. Cancelling is safe.
        """
