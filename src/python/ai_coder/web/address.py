"""Which URLs and network addresses may be contacted."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urldefrag, urlsplit

from ai_coder.common.errors import InputError, NetworkError

# A parser that reads these differently from the next one sees another host.
_CONFUSING = re.compile(r"[\x00-\x20\x7f\\]")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# All that is given out as public addresses of IPv6, now and for years.
_UNICAST = ipaddress.IPv6Network("2000::/3")
# Of the registries of special addresses, what not every version of `ipaddress` knows.
_SPECIAL = tuple(
    map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20"))
)
_DEFAULT_PORTS = {"http": 80, "https": 443}

SocketAddress = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]


def check_url(url: str) -> str:
    """*url* without its fragment, if it is one that may be fetched.

    Raises `InputError` where it is not http or https, has no host, or has credentials in it.
    """
    if _CONFUSING.search(url):
        raise InputError(f"URL {url!r} has spaces, backslashes or control characters in it")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"URL {url!r} is malformed: {error}") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise InputError(f"URL {url!r} is not http:// or https://; only those are fetched")
    if "@" in parts.netloc:
        # The URL would end up in reports and logs; do not print the secret again here.
        raise InputError(f"a URL for {host} has a user name or password in it; remove that")
    if not host:
        raise InputError(f"URL {url!r} has no host")
    return urldefrag(url).url


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of *url*: who answers it."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", _port(parts)


def resolve(host: str, port: int, allow_private: bool) -> list[SocketAddress]:
    """The socket addresses of *host*, every one of them public unless *allow_private*.

    Connect to one of these and do not resolve again: the next answer may be another one.
    Raises `NetworkError` where the name cannot be resolved or an address is not public.
    """
    name = host.strip("[]")
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NetworkError(f"host {name} cannot be resolved: {reason}") from error
    addresses: list[SocketAddress] = []
    for family, _, _, _, address in found:
        if family not in (socket.AF_INET, socket.AF_INET6):
            continue
        if not allow_private and not is_public(str(address[0])):
            raise NetworkError(
                f"{name} is {address[0]}, which is not a public address; "
                "give --allow-private if it is meant to be fetched"
            )
        addresses.append((family, address))  # type: ignore[arg-type]
    if not addresses:
        raise NetworkError(f"host {name} has no address")
    return addresses


def is_public(address: str) -> bool:
    """Whether *address* (in digits) is one of the public internet.

    An IPv6 address that stands for an IPv4 address is judged as that.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public(str(embedded))
        if ip not in _UNICAST:
            return False
    is_special = any(ip in network for network in _SPECIAL)
    return ip.is_global and not (is_special or ip.is_multicast or ip.is_reserved)


def _port(parts: SplitResult) -> int:
    return parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
