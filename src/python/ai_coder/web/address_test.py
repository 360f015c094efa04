from __future__ import annotations

import socket

import pytest

from ai_coder.common.errors import InputError, NetworkError
from ai_coder.web.address import check_url, is_public, resolve


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("https://example.org/a#part", "https://example.org/a"),
        ("http://[::1]:80/", "http://[::1]:80/"),
    ],
)
def test_urls_that_may_be_fetched(url: str, checked: str) -> None:
    assert check_url(url) == checked


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org", "not http"),
        ("file:///etc/passwd", "not http"),
        ("example.org", "not http"),
        ("", "not http"),
        ("http://", "no host"),
        ("https://user:secret@example.org/", "user name or password"),
        ("https://token@example.org/", "user name or password"),
        ("http://exa mple.org/", "spaces"),
        ("http://a\\@b/", "backslashes"),
        ("http://a\r\nHost: b/", "control characters"),
        ("http://[::1/", "malformed"),
        ("http://a:99999/", "malformed"),
    ],
)
def test_urls_that_may_not(url: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as refused:
        check_url(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "255.255.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "ff0e::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1"),
        *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "64:ff9b:1::808:808", "3fff::1", "5f00::1"),
        *("192.0.0.9", "192.88.99.1", "100:0:0:1::1"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


def names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def resolved(host: str, port: int, **_: object) -> list[object]:
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port, 0, 0) if ":" in address else (address, port),
            )
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


def test_public_names_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "8.8.8.8", "2606:4700::1111")
    assert resolve("example.org", 80, allow_private=False) == [
        (socket.AF_INET, ("8.8.8.8", 80)),
        (socket.AF_INET6, ("2606:4700::1111", 80, 0, 0)),
    ]


def test_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "8.8.8.8", "10.0.0.1")
    with pytest.raises(NetworkError, match=r"example.org is 10.0.0.1.*--allow-private"):
        resolve("example.org", 80, allow_private=False)
    assert len(resolve("example.org", 80, allow_private=True)) == 2


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "017700000001", "127.1", "[::1]"])
def test_odd_ways_to_write_this_machine_are_refused(host: str) -> None:
    with pytest.raises(NetworkError):
        resolve(host, 80, allow_private=False)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example", "a..b"])
def test_what_cannot_be_resolved_is_a_network_error(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def offline(name: str, *arguments: object, **options: object) -> object:
        if name.endswith(".invalid"):
            raise socket.gaierror(-2, "Name or service not known")
        return real(name, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", offline)
    with pytest.raises(NetworkError, match="cannot be resolved"):
        resolve(host, 80, allow_private=False)
