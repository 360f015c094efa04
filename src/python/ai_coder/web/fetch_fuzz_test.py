"""Whatever a server answers, fetching gives an answer or a `NetworkError`, within the deadline."""

from __future__ import annotations

import gzip
import io
import socket
import threading
import time
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ai_coder.common.errors import NetworkError
from ai_coder.web.fetch import Fetcher, Limits
from ai_coder.web.transport import Answer

tried = settings(
    max_examples=300,
    derandomize=True,
    deadline=None,
    # All examples ask the same server.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

MOST_BYTES = 10_000
DEADLINE = 2.0


class Hostile:
    """A server that answers every request with the bytes ``answer``, and then hangs up."""

    def __init__(self) -> None:
        self.answer = b""
        self.robots = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    request = connection.recv(65536)
                    robots = request.startswith(b"GET /robots.txt ")
                    connection.sendall(self.robots if robots else self.answer)
                except OSError:
                    continue

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    server = Hostile()

    def resolved(host: str, port: int, **_: object) -> object:
        if host != "127.0.0.1":
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]

    with pytest.MonkeyPatch.context() as patched:
        # Where redirects lead to is not there.
        patched.setattr(socket, "getaddrinfo", resolved)
        yield server
    server.close()


def check(hostile: Hostile, polite: bool = False) -> Answer | None:
    """Fetch, and hold what comes of it to what is promised."""
    limits = Limits(
        timeout=DEADLINE,
        deadline=DEADLINE,
        retries=0,
        delay=0,
        max_bytes=MOST_BYTES,
        allow_private=True,
    )
    began = time.monotonic()
    try:
        answer = Fetcher(limits).get(hostile.url, polite=polite, wanted=lambda *_: True)
    except NetworkError as error:
        assert str(error)
        answer = None
    assert time.monotonic() - began < DEADLINE + 2
    assert answer is None or len(answer.body) <= MOST_BYTES
    return answer


NUMBERS = st.one_of(
    st.integers(-3, 2 * MOST_BYTES).map(str),
    st.sampled_from(["9" * 20, "9" * 5000, "0x10", "1e3", "", "-", "+5", "1_0", "²", "5, 5", "٣"]),
)
# What headers hold: plausible parts, in any order, and anything else.
PARTS = st.one_of(
    st.sampled_from(
        [
            *("text/html", "; charset=", "utf-8", "utf-16", "no-such", "idna", '"', "=", ";", ","),
            *(
                "gzip",
                "deflate",
                "br",
                "zstd",
                "identity",
                "chunked",
                "close",
                "http://",
                "https://",
            ),
            *(
                "//",
                "/",
                "[",
                "]",
                "@",
                ":",
                "?",
                "#",
                "127.0.0.1",
                "localhost",
                "%",
                "..",
                "file:",
            ),
            *("a=b", "; Expires=", "; Domain=", "Thu, 01 Jan 1970 00:00:00 GMT", "; Max-Age="),
        ]
    ),
    NUMBERS,
    st.text(max_size=8),
)
VALUES = st.lists(PARTS, max_size=6).map("".join)
NAMES = st.sampled_from(
    [
        *("Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Location"),
        *("Retry-After", "Set-Cookie", "Connection", "Content-Location", "X-RateLimit-Remaining"),
        *("WWW-Authenticate", "Link", "Refresh", "", " ", "a b", "X" * 300, "\x00", "ä", ":"),
    ]
)
STATUS_LINES = st.one_of(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2", "ICY", ""]),
        st.one_of(
            st.sampled_from([200, 204, 206, 301, 302, 304, 307, 308, 401, 404, 429, 500, 503, 100]),
            st.integers(-1, 100_000),
            NUMBERS,
        ),
        st.text(max_size=8),
    ),
    st.text(max_size=20),
)
BODIES = st.one_of(
    st.binary(max_size=200),
    st.just(b"x" * (MOST_BYTES + 1)),
    st.binary(max_size=100).map(gzip.compress),
    st.binary(max_size=100).map(zlib.compress),
    st.just(gzip.compress(b"\0" * 1_000_000)),
    st.just(gzip.compress(gzip.compress(b"\0" * 1_000_000))),
    st.lists(
        st.one_of(
            st.sampled_from(
                [b"5\r\nhello\r\n", b"0\r\n\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n"]
            ),
            st.sampled_from([b"5;x=y\r\nhello\r\n", b"\r\n", b"5\r\nhel", b"g\r\n", b"9" * 70_000]),
            st.binary(max_size=10),
        ),
        max_size=5,
    ).map(b"".join),
)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """An HTTP response, or nearly one."""
    headers = draw(st.lists(st.tuples(NAMES, VALUES), max_size=6))
    end = draw(st.sampled_from(["\r\n", "\n", "\r"])) if draw(st.booleans()) else "\r\n"
    lines = [draw(STATUS_LINES), *(f"{name}: {value}" for name, value in headers), "", ""]
    body = draw(BODIES)
    encoding = draw(st.sampled_from(["utf-8", "latin-1", "utf-16"]))
    answer: bytes = end.join(lines).encode(encoding, "replace") + body
    if draw(st.booleans()) and draw(st.booleans()):
        answer = answer[: draw(st.integers(0, len(answer)))]
    return answer


@tried
@given(answers())
def test_any_answer(hostile: Hostile, answer: bytes) -> None:
    hostile.answer = answer
    check(hostile)


@tried
@given(NAMES, VALUES, st.sampled_from([200, 302, 429, 503]), BODIES)
@example("Content-Length", "9" * 5000, 200, b"")
def test_any_header(hostile: Hostile, name: str, value: str, status: int, body: bytes) -> None:
    line = f"{name}: {value}".replace("\r", "").replace("\n", "")
    head = f"HTTP/1.1 {status} Fine\r\n{line}\r\n\r\n"
    hostile.answer = head.encode("utf-8", "replace") + body
    check(hostile)


# What robots.txt is made of.
ROBOTS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "User-agent:",
                    "Disallow:",
                    "Allow:",
                    "Crawl-delay:",
                    "Request-rate:",
                    "Sitemap:",
                ),
                *(
                    " *",
                    " /",
                    " ai-coder-web",
                    "\n",
                    "\r",
                    "#",
                    "//[",
                    "%",
                    "%5b",
                    "²",
                    "1/1",
                    "\0",
                ),
            ]
        ),
        NUMBERS,
        st.text(max_size=5),
    ),
    max_size=20,
).map("".join)


@tried
@given(ROBOTS)
@example("User-agent: *\nDisallow: //[")
@example("User-agent: *\nCrawl-delay: ²")
@example("User-agent: *\nCrawl-delay: " + "9" * 400)
@example("User-agent: *\nCrawl-delay: " + "9" * 5000)
@example("User-agent: *\nRequest-rate: ²/³")
def test_any_robots_txt(hostile: Hostile, robots: str) -> None:
    known, hostile.robots = hostile.robots, b"HTTP/1.0 200 OK\r\n\r\n" + robots.encode()
    hostile.answer = b"HTTP/1.0 200 OK\r\n\r\nhello"
    try:
        check(hostile, polite=True)
    finally:
        hostile.robots = known


def test_a_size_of_a_chunk_without_end(hostile: Hostile) -> None:
    """It is not kept in memory until the deadline."""
    import tracemalloc

    hostile.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 50_000_000
    tracemalloc.start()
    try:
        assert check(hostile) is None
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_body_in_chunks(hostile: Hostile) -> None:
    """Also compressed, and with an extension and a trailer."""
    body = gzip.compress(b"hello" * 1000)
    chunks = io.BytesIO()
    for at in range(0, len(body), 7):
        part = body[at : at + 7]
        chunks.write(b"%x;name=value\r\n%b\r\n" % (len(part), part))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    hostile.answer = head + chunks.getvalue() + b"0\r\nX-Trailer: 1\r\n\r\n"
    answer = check(hostile)
    assert answer is not None
    assert answer.body == b"hello" * 1000
    hostile.answer = head + chunks.getvalue()[:-10]
    assert check(hostile) is None
