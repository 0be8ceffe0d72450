"""Where webhooks may go: public hosts over HTTPS, and nothing inside anyone's network.

What is written in an URL is vetted by `unfit_url` when the webhook is made; what a name stands
for, by `is_allowed`, each time it is about to be connected to.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
# Special by IANA's registries, but global to some versions of `ipaddress`: protocol
# assignments (Teredo among them), 6to4 and its relays, documentation. And one that Azure's
# machines find their host at.
_SPECIAL = tuple(
    ip_network(text)
    for text in (
        *("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20"),
        "168.63.129.16/32",
    )
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)


def unfit_url(url: str, *, allow_loopback: bool = False) -> str | None:
    """What is wrong with it as a webhook's URL, in words, or None."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "Must be an https URL."
    if not url.isascii() or any(c <= " " or c in "\\\x7f" for c in url):
        return "Must be plain ASCII: write other characters of a host in punycode, elsewhere as %."
    if parts.scheme != "https" and not (allow_loopback and parts.scheme == "http"):
        return "Must be an https URL."
    if "@" in parts.netloc:
        return "Must not hold a user name or password."
    if "#" in url:
        return "Must not have a fragment."
    if port == 0:
        return "There is no port 0."
    return _unfit_host(host, is_literal="[" in parts.netloc, allow_loopback=allow_loopback)


def _unfit_host(host: str, *, is_literal: bool, allow_loopback: bool) -> str | None:
    labels = host.removesuffix(".").split(".")
    # As in the URL Standard: what ends in a number is an address, however it is written.
    if is_literal or _NUMBER.fullmatch(labels[-1]):
        return _unfit_literal(host, allow_loopback=allow_loopback)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return "Must name a host."
    if labels[-1].lower() == "localhost" and not allow_loopback:
        return "Must be a public host, not this machine."
    return None


def _unfit_literal(host: str, *, allow_loopback: bool) -> str | None:
    try:
        address = ip_address(host)
    except ValueError:
        return "Must be a host's name or an address in its usual form."
    if not is_allowed(address, allow_loopback=allow_loopback):
        return "Must be a public address."
    return None


def is_allowed(address: IPv4Address | IPv6Address, *, allow_loopback: bool = False) -> bool:
    """Whether webhooks may be delivered to it: global unicast, seen through what wraps IPv4."""
    inner = _wrapped(address) if isinstance(address, IPv6Address) else None
    if inner is not None:
        return is_allowed(inner, allow_loopback=allow_loopback)
    if address.is_loopback:
        return allow_loopback
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    special = any(address in network for network in _SPECIAL)
    return address.is_global and not address.is_multicast and not special


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a mapped or a NAT64 address stands for."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped
