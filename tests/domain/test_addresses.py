"""Where webhooks may go, spelling by spelling."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from interviewer.domain.addresses import is_allowed, unfit_url

PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::808:808"]
INSIDE = """
    0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.0.1 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.8 192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1
    168.63.129.16 198.51.100.1 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::2 ::7f00:1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::a00:1
    64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1
    2002:7f00:1:: 2002:a00:1::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1
    ff02::1 ff0e::1
""".split()


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_delivered_to(address: str) -> None:
    assert is_allowed(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert unfit_url(f"https://{host}/hook") is None


@pytest.mark.parametrize("address", INSIDE)
def test_no_other_address_may(address: str) -> None:
    assert not is_allowed(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert unfit_url(f"https://{host}/hook") is not None


@pytest.mark.parametrize(
    "host",
    """
    localhost LOCALHOST localhost. api.localhost 127.0.0.1. 2130706433 0x7f000001 0x7f.1 0177.0.0.1
    127.1 127.0.1 1 0 0x 0x7f.0.0.0x1 10.0.0.0x1 1.2.3.4.5 8.8.8.8. 010.8.8.8 256.1.1.1 1.1.1.01
    """.split(),
)
def test_an_address_is_taken_in_its_usual_form_only(host: str) -> None:
    assert unfit_url(f"https://{host}/hook") is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com/hook",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "//example.com/hook",
        "example.com/hook",
        "https://",
        "https:///hook",
        "https://?x",
        "https://:443/",
        "https://user@example.com/hook",
        "https://user:secret@example.com/hook",
        "https://example.com@127.0.0.1/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com#@127.0.0.1/",
        "https://example.com/hook#part",
        "https://example.com:0/hook",
        "https://example.com:65536/hook",
        "https://example.com:-1/hook",
        "https://example.com:port/hook",
        "https://exa mple.com/hook",
        "https://example.com/ho ok",
        "https://example.com/hook\r\nHost: inside",
        "https://bücher.example/hook",
        "https://①②⑦.⓪.⓪.①/hook",
        "https://127。0。0。1/hook",
        "https://[::1/hook",
        "https://[1.1.1.1]/hook",
        "https://[fe80::1%25eth0]/hook",
        "https://a..example.com/hook",
        "https://.example.com/hook",
        "https://-a.example.com/hook",
        f"https://{'a' * 64}.example.com/hook",
        f"https://{'a.' * 130}com/hook",
        "https://exa%6dple.com/hook",
        "https://1.1.1.1%2f@127.0.0.1/",
    ],
)
def test_what_is_no_plain_https_url_of_a_host_is_refused(url: str) -> None:
    assert unfit_url(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "HTTPS://Example.COM/Hook",
        "https://example.com:8443/hook?token=a%20b&x=[1]",
        "https://hooks.example.com./hook",
        "https://webhook.site/test",
        "https://my_service.internal-name.example/hook",
        "https://intranet/hook",
        "https://xn--bcher-kva.example/hook",
        "https://1password.example/",
        "https://[2606:4700:4700::1111]:8443/hook",
    ],
)
def test_plain_https_urls_are_taken(url: str) -> None:
    assert unfit_url(url) is None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/", "http://localhost:9000/x", "https://[::1]/", "http://a.test/"]
)
def test_this_machine_is_for_development_only(url: str) -> None:
    assert unfit_url(url) is not None
    assert unfit_url(url, allow_loopback=True) is None


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[fd00:ec2::254]", "0.0.0.0"])
def test_even_then_no_other_machine_inside(host: str) -> None:
    assert unfit_url(f"http://{host}/", allow_loopback=True) is not None
