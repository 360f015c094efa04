"""Polite fetching: robots.txt, pauses between requests, retries and checked redirects."""

from __future__ import annotations

import email.utils
import time
import urllib.robotparser
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from ai_coder.common.errors import InputError, NetworkError
from ai_coder.web.address import check_url, origin
from ai_coder.web.transport import PRODUCT, Answer, Transport, UnreachableError

_MAX_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TEMPORARY = frozenset({429, 500, 502, 503, 504})
_FIRST_BACKOFF_SECONDS = 0.5
_MOST_BACKOFF_SECONDS = 60.0
# A site that wants longer pauses than this does not want to be read by a program.
_MOST_CRAWL_DELAY_SECONDS = 120.0
_ROBOTS_BYTES = 512_000


@dataclass(frozen=True)
class Limits:
    """How to fetch: all times in seconds, sizes in bytes after decompression.

    *timeout* is for a connection and for more data, *deadline* for one document with its
    redirects and retries; *delay* is the least pause between two requests to one host.
    """

    timeout: float = 30.0
    deadline: float = 120.0
    retries: int = 3
    delay: float = 0.5
    max_bytes: int = 10_000_000
    allow_private: bool = False


def _is_success(status: int, _: Mapping[str, str]) -> bool:
    return status == 200


@dataclass(frozen=True)
class _Request:
    headers: Mapping[str, str]
    polite: bool
    max_bytes: int
    wanted: Callable[[int, Mapping[str, str]], bool]


@dataclass(frozen=True)
class _Site:
    """What is known of one origin: its robots.txt, or why it is closed to programs."""

    robots: urllib.robotparser.RobotFileParser | None = None
    closed: str = ""


@dataclass
class Fetcher:
    """Fetches URLs and remembers robots.txt and the time of the last request of each site."""

    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self._transport = Transport(self.limits.timeout, self.limits.allow_private)
        self._sites: dict[tuple[str, str, int], _Site] = {}
        self._last_request: dict[str, float] = {}

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        polite: bool = True,
        max_bytes: int | None = None,
        wanted: Callable[[int, Mapping[str, str]], bool] = _is_success,
    ) -> Answer:
        """The final answer to *url*, whatever its status, after redirects and retries.

        *headers* go to the origin of *url* only, never to where it redirects. *polite* obeys
        robots.txt and pauses; an API made for programs does without. *wanted* says by status and
        headers whether to read the body. Raises `NetworkError`.
        """
        request = _Request(headers or {}, polite, max_bytes or self.limits.max_bytes, wanted)
        target, seconds = url, self.limits.deadline
        for _ in range(_MAX_REDIRECTS + 1):
            if polite:
                self._ask_robots(target)
            if origin(target) != origin(url):
                request = replace(request, headers={})
            answer, seconds = self._retried(target, request, seconds)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location:
                return answer
            target = _redirect(target, location)
        raise NetworkError(f"{url} redirects more than {_MAX_REDIRECTS} times")

    def _retried(self, url: str, request: _Request, seconds: float) -> tuple[Answer, float]:
        """The answer, and how many of the *seconds* are left."""
        for attempt in range(self.limits.retries + 1):
            is_last = attempt == self.limits.retries
            backoff = _FIRST_BACKOFF_SECONDS * 2**attempt
            if request.polite:
                self._pause(url)
            started = time.monotonic()
            try:
                answer = self._transport.get(
                    url,
                    request.headers,
                    seconds=seconds,
                    max_bytes=request.max_bytes,
                    wanted=request.wanted,
                )
            except UnreachableError:
                seconds -= time.monotonic() - started
                if is_last or backoff >= seconds:
                    raise
            else:
                seconds -= time.monotonic() - started
                # An exhausted quota comes back in an hour, not with a retry.
                exhausted = answer.headers.get("x-ratelimit-remaining") == "0"
                if answer.status not in _TEMPORARY or exhausted or is_last:
                    return answer, seconds
                backoff = _retry_after(answer.headers, backoff)
                if backoff >= seconds:
                    return answer, seconds
            finally:
                self._last_request[_host(url)] = time.monotonic()
            time.sleep(backoff)
            seconds -= backoff
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, url: str) -> None:
        """Wait until it is polite to ask the host of *url* again."""
        last = self._last_request.get(_host(url))
        if last is None:
            return
        site = self._sites.get(origin(url), _Site())
        asked = site.robots.crawl_delay(PRODUCT) if site.robots is not None else None
        delay = max(self.limits.delay, float(asked or 0))
        time.sleep(max(0.0, last + delay - time.monotonic()))

    def _ask_robots(self, url: str) -> None:
        key = origin(url)
        if key not in self._sites:
            self._sites[key] = self._site(urljoin(url, "/robots.txt"))
        site = self._sites[key]
        if site.closed:
            raise NetworkError(f"{url} is not fetched: {site.closed}")
        try:
            allowed = site.robots is None or site.robots.can_fetch(PRODUCT, url)
        except ValueError:
            allowed = False  # Without its escapes it is no URL to compare with rules.
        if not allowed:
            raise NetworkError(f"{url} is not fetched: the site's robots.txt forbids it")

    def _site(self, robots_url: str) -> _Site:
        try:
            answer = self.get(robots_url, polite=False, max_bytes=_ROBOTS_BYTES)
        except NetworkError as error:
            return _Site(closed=f"its robots.txt cannot be read, {error}")
        if 400 <= answer.status < 500:
            return _Site()
        if answer.status != 200:
            return _Site(closed=f"its robots.txt cannot be read, it answers {answer.status}")
        robots = _robots(answer.body.decode("utf-8-sig", "replace").splitlines())
        delay = robots.crawl_delay(PRODUCT)
        if delay is not None and int(delay) > _MOST_CRAWL_DELAY_SECONDS:
            return _Site(closed=f"its robots.txt asks for {delay} seconds between requests")
        return _Site(robots)


def _robots(lines: list[str]) -> urllib.robotparser.RobotFileParser:
    """The rules in *lines*, without those that Python's parser fails at."""
    robots = urllib.robotparser.RobotFileParser()
    try:
        robots.parse(lines)
    except ValueError:
        robots = urllib.robotparser.RobotFileParser()
        robots.parse([line for line in lines if _is_understood(line)])
    return robots


def _is_understood(line: str) -> bool:
    try:
        urllib.robotparser.RobotFileParser().parse(["User-agent: *", line])
    except ValueError:
        return False
    return True


def _redirect(url: str, location: str) -> str:
    with suppress(UnicodeError):
        # A header is bytes; servers send UTF-8 in it, and spaces that should be escapes.
        location = location.encode("latin-1").decode("utf-8")
    try:
        target = check_url(urljoin(url, location.strip().replace(" ", "%20")))
    except (InputError, ValueError) as error:
        raise NetworkError(f"{url} redirects to what is not fetched: {error}") from error
    if origin(url)[0] == "https" and origin(target)[0] == "http":
        # Anybody on the way could answer for the site then.
        raise NetworkError(
            f"{url} redirects to {target}, which is not encrypted; "
            "ask for that URL if it is meant to be fetched"
        )
    return target


def _retry_after(headers: Mapping[str, str], backoff: float) -> float:
    """The seconds that the server asks for, *backoff* if it does not say, but not too many."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        backoff = float(value)
    elif value:
        with suppress(ValueError, OverflowError):
            backoff = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    return min(max(0.0, backoff), _MOST_BACKOFF_SECONDS)


def _host(url: str) -> str:
    return origin(url)[1]
