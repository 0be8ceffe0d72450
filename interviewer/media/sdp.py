"""An offer looked at before aiortc sees it (SDP: RFC 8866, JSEP: RFC 9429)."""

from __future__ import annotations

from typing import Final

from interviewer.domain.errors import Invalid

MAX_SDP_BYTES: Final = 64 * 1024


def check_offer(sdp: str) -> str:
    """The offer, made fit for aiortc. Raises `Invalid` (`param="sdp"`).

    Candidates with mDNS names are left out: resolving them needs multicast and up to seconds,
    while such a browser finds us by our own candidates (peer-reflexive, RFC 8445 §7.3.1.3).
    Nor is the list of candidates taken as complete, for the same reason.
    """
    if len(sdp.encode()) > MAX_SDP_BYTES:
        raise Invalid("The SDP offer is too long.", param="sdp")
    lines = [line.strip() for line in sdp.strip().splitlines()]
    if not lines or lines[0] != "v=0":
        raise Invalid("This is not SDP: it must begin with v=0.", param="sdp")
    if not any(line.startswith("m=audio ") for line in lines):
        raise Invalid("The SDP offer has no audio section.", param="sdp")
    for needed in ("a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:"):
        if not any(line.startswith(needed) for line in lines):
            raise Invalid(f"The SDP offer has no {needed[2:-1]}.", param="sdp")
    return "".join(f"{line}\r\n" for line in lines if not _left_out(line))


def _left_out(line: str) -> bool:
    if line == "a=end-of-candidates":
        return True
    fields = line.split()
    return line.startswith("a=candidate:") and len(fields) > 4 and fields[4].endswith(".local")
