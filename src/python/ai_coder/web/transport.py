"""One HTTP exchange: to a checked address, within limits of time and size."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ai_coder.common.errors import NetworkError
from ai_coder.common.version import __version__
from ai_coder.web.address import resolve

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

PRODUCT = "ai-coder-web"

_CHUNK_BYTES = 65536


class UnreachableError(NetworkError):
    """The exchange failed in a way that may pass: worth another try."""


@dataclass(frozen=True)
class Answer:
    """An HTTP response; *headers* have lower-case names, *body* is decompressed.

    *body* is empty where the caller did not want it.
    """

    url: str
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case; empty if there is none."""
        return media_type(self.headers)


def media_type(headers: Mapping[str, str]) -> str:
    """The content type that *headers* name, without parameters and in lower case."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


class Transport:
    """Makes exchanges; *timeout* is how many seconds to wait for a connection or for more data."""

    def __init__(self, timeout: float, allow_private: bool) -> None:
        self._timeout = timeout
        self._watch = _Watch()
        self._adapter = _adapter(allow_private, self._watch)
        # A company's own certificate authority, as for curl and pip.
        self._verify = (
            os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or True
        )

    def get(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        seconds: float,
        max_bytes: int,
        wanted: Callable[[int, Mapping[str, str]], bool],
    ) -> Answer:
        """Get *url* without following redirects, within *seconds* in all.

        The body is read if *wanted* says so of the status and the headers, and may be at most
        *max_bytes* long after decompression. Raises `NetworkError`, or `UnreachableError` if it may
        pass.
        """
        import requests
        import urllib3

        try:
            request = requests.Request("GET", url, {**_HEADERS, **headers}).prepare()
        except (requests.RequestException, ValueError) as error:
            raise NetworkError(f"{url} cannot be requested: {error}") from error
        timeout = max(0.001, min(self._timeout, seconds))
        late = UnreachableError(f"{url} took longer than its deadline (--deadline)")
        with self._watch.limited(seconds) as watch:
            try:
                # Not a `requests.Session`: it reads the bodies of redirects without a limit, and
                # takes proxies and passwords from the environment.
                response = self._adapter.send(
                    request, stream=True, timeout=(timeout, timeout), verify=self._verify
                )
                with response:
                    names = {key.lower(): value for key, value in response.headers.items()}
                    body = b""
                    if wanted(response.status_code, names):
                        body = _read(url, response.raw, names, max_bytes)
            except requests.exceptions.SSLError as error:
                raise NetworkError(f"{url} has no trustworthy certificate: {error}") from error
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                if watch.expired:
                    raise late from error
                raise UnreachableError(f"{url} cannot be fetched: {_cause(error)}") from error
            if watch.expired:
                # The end of a body without a stated length looks the same as a cut connection.
                raise late
        return Answer(url, response.status_code, str(response.reason or ""), names, body)


_HEADERS = {
    "User-Agent": f"{PRODUCT}/{__version__}",
    "Accept": "text/html, text/plain, text/markdown, application/json, */*;q=0.1",
    # What Python itself can decompress.
    "Accept-Encoding": "gzip, deflate",
    # A fresh connection each time, so that each is checked and watched.
    "Connection": "close",
}


def _read(url: str, raw: Any, headers: Mapping[str, str], max_bytes: int) -> bytes:
    too_large = NetworkError(f"{url} is larger than {max_bytes:,} bytes (--max-bytes)")
    length = headers.get("content-length", "")
    # Python refuses to make an integer of thousands of digits.
    if length.isdecimal() and float(length) > max_bytes:
        raise too_large
    body = bytearray()
    for chunk in raw.stream(_CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > max_bytes:
            raise too_large
    return bytes(body)


def _cause(error: BaseException) -> str:
    """What went wrong in the end, in the words of the system if it has any."""
    innermost: BaseException | None = error
    while innermost is not None:
        if isinstance(innermost, TimeoutError):
            return "no answer in time"
        if isinstance(innermost, OSError) and innermost.strerror:
            return innermost.strerror
        innermost = innermost.__cause__ or innermost.__context__
    return str(error)


class _Watch:
    """Cuts the connection in use when its time is up.

    The timeouts of a socket start anew with every byte, so a server that sends one now and then
    would hold it forever.
    """

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.expired = False
        self._timer: threading.Timer | None = None

    def limited(self, seconds: float) -> _Watch:
        self.socket, self.expired = None, False
        self._timer = threading.Timer(max(0.0, seconds), self._cut)
        self._timer.daemon = True
        return self

    def __enter__(self) -> _Watch:
        assert self._timer is not None
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._timer is not None
        self._timer.cancel()
        self._timer.join()

    def _cut(self) -> None:
        self.expired = True
        if self.socket is not None:
            with suppress(OSError):
                # The plain one: that of a TLS socket would change its state under the reader.
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


def _adapter(allow_private: bool, watch: _Watch) -> HTTPAdapter:
    """An adapter of `requests` that connects to checked addresses only.

    The address is checked where the connection is made, so a host name cannot mean one address
    for the check and another one for the connection. TLS still verifies the host name.
    """
    # Imported here, the only module that does: --help and --version do without it.
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self._dns_host, self.port, self.timeout, allow_private)

        def connect(self) -> None:
            super().connect()
            watch.socket = self.sock

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self._dns_host, self.port, self.timeout, allow_private)

        def connect(self) -> None:
            super().connect()
            watch.socket = self.sock

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    adapter = HTTPAdapter(max_retries=0)
    pools: Any = adapter.poolmanager
    pools.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return adapter


def _connected(host: str, port: int, timeout: float | None, allow_private: bool) -> socket.socket:
    reason = "no address"
    for family, address in resolve(host, port, allow_private):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout)
            connection.connect(address)
        except OSError as error:
            reason = error.strerror or str(error)
            connection.close()
        else:
            return connection
    raise UnreachableError(f"cannot connect to {host}, port {port}: {reason}")
