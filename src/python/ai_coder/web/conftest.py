"""A web site on this machine whose answers a test decides."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass(frozen=True)
class Reply:
    """One answer; a *status* of 0 closes the connection without any."""

    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})

    @property
    def content(self) -> bytes:
        """The body as bytes."""
        return self.body.encode() if isinstance(self.body, str) else self.body


def redirect(location: str, status: int = 302) -> Reply:
    """An answer that leads to *location*."""
    return Reply(b"", status, {"Location": location})


Answering = Reply | list[Reply] | Callable[[BaseHTTPRequestHandler], None]


class Site:
    """A running server: *pages* are its answers by path, a list is used up to its last one."""

    def __init__(self) -> None:
        self.pages: dict[str, Answering] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [path for path, _ in self.requests]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                names = {key.lower(): value for key, value in self.headers.items()}
                site.requests.append((self.path, names))
                answering = site.pages.get(self.path, Reply(b"", 404))
                if isinstance(answering, list):
                    answering = answering.pop(0) if len(answering) > 1 else answering[0]
                if not isinstance(answering, Reply):
                    answering(self)
                    return
                if not answering.status:
                    return
                self.send_response(answering.status)
                for name, value in {
                    "Content-Length": str(len(answering.content)),
                    **answering.headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answering.content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def start() -> Iterator[Callable[[], Site]]:
    """Starts a site; each is stopped after the test."""
    sites: list[Site] = []

    def begin() -> Site:
        site = Site()
        sites.append(site)
        threading.Thread(target=site.server.serve_forever, args=(0.01,), daemon=True).start()
        return site

    yield begin
    for site in sites:
        site.server.shutdown()
        site.server.server_close()


@pytest.fixture
def site(start: Callable[[], Site]) -> Site:
    """A site without any page."""
    return start()
