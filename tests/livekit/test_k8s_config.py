"""The configuration in k8s/ is one that the LiveKit server of that version takes."""

from __future__ import annotations

import subprocess

import pytest

from tests.k8s.rendered import named
from tests.livekit.server import livekit_binary

pytestmark = pytest.mark.cluster


def ports(config: str) -> str:
    """What the server says of it; it exits with 0 even where it could not read it."""
    command = [livekit_binary(), "--config-body", config, "ports"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("overlay", ["cpu", "gpu"])
def test_the_server_reads_it_and_names_the_ports(overlay: str) -> None:
    config = named(overlay, "ConfigMap", "livekit")["data"]["config.yaml"]
    # No STUN server is reached from here.
    assert "use_external_ip: true" in config
    said = ports(config.replace("use_external_ip: true", "use_external_ip: false"))
    assert "could not" not in said, said
    for port in ("7880", "7881", "7882", "3478", "5349"):
        assert port in said, said


def test_a_wrong_word_would_be_refused() -> None:
    assert "could not parse config" in ports("rtc: {udp_prot: 7882}")
