from __future__ import annotations

import email.utils
import gzip
import socket
import ssl
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from ai_coder.common.errors import NetworkError
from ai_coder.common.version import __version__
from ai_coder.web.conftest import Reply, Site, redirect
from ai_coder.web.fetch import Fetcher, Limits

# Of no worth: it certifies example.test to this test alone, and its key is in plain sight.
_CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOWM8mdp+6tVw6Ty7
H6RhDIV4VJBV1KNz41TqWhEp2qGhRANCAASV8/tqo+6ovE7ixMeKzbxNBPKzYuDq
XdnOXTunvFtv9b1HWIwXVcjQdr7WDj4TluT/zMRtuUH2YUfm5FOwm2+D
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBSjCB8aADAgECAgEBMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDGV4YW1wbGUu
dGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFzEVMBMGA1UE
AwwMZXhhbXBsZS50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAElfP7aqPu
qLxO4sTHis28TQTys2Lg6l3Zzl07p7xbb/W9R1iMF1XI0Ha+1g4+E5bk/8zEbblB
9mFH5uRTsJtvg6MsMCowFwYDVR0RBBAwDoIMZXhhbXBsZS50ZXN0MA8GA1UdEwEB
/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhANyWtqQiGeiz9MGF8JVpGgvh9axx
9MPXvsRj7LK1DzV8AiBRKuC4ZOn0L6rWqTvHSRT3vzHEZxMPywAngPIz0FDEfQ==
-----END CERTIFICATE-----
"""


def fetcher(**limits: float) -> Fetcher:
    defaults: dict[str, float] = {"delay": 0, "allow_private": True, "retries": 0, "deadline": 10}
    return Fetcher(Limits(**{**defaults, **limits}))  # type: ignore[arg-type]


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, which take no time."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def named(monkeypatch: pytest.MonkeyPatch, addresses: dict[str, list[str]]) -> None:
    """Resolve the names in *addresses*, each time to the next of its addresses."""
    real = socket.getaddrinfo

    def resolved(host: str, port: int, *arguments: object, **options: object) -> object:
        known = addresses.get(host)
        if known is None:
            return real(host, port, *arguments, **options)  # type: ignore[arg-type]
        address = known.pop(0) if len(known) > 1 else known[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


def test_the_program_says_who_it_is(site: Site) -> None:
    site.pages["/"] = Reply("hello")
    answer = fetcher().get(f"{site.url}/")
    assert (answer.status, answer.body, answer.media_type) == (200, b"hello", "text/html")
    assert site.paths == ["/robots.txt", "/"]
    assert all(
        headers["user-agent"] == f"ai-coder-web/{__version__}" for _, headers in site.requests
    )


def test_private_addresses_are_refused_by_default(site: Site) -> None:
    with pytest.raises(NetworkError, match=r"127.0.0.1, which is not a public address"):
        fetcher(allow_private=False).get(f"{site.url}/")
    assert site.requests == []


def test_a_redirect_to_a_private_address_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/"] = redirect("http://10.0.0.7/secret")
    from ai_coder.web import address

    real = address.is_public
    monkeypatch.setattr(address, "is_public", lambda ip: ip == "127.0.0.1" or real(ip))
    with pytest.raises(NetworkError, match=r"10.0.0.7, which is not a public address"):
        fetcher(allow_private=False).get(f"{site.url}/")


SECRETS = [
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1"),
    *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]"),
    *("[2002:7f00:1::]", "[::]", "0.0.0.0", "0", "169.254.169.254", "[fe80::a9fe:a9fe%25lo]"),
    *("localhost", "localhost.", "LOCALHOST", "%6cocalhost", "\u24db\u24de\u24d2alhost"),
    *("127\u30020\u30020\u30021", "[fd00:ec2::254]", "both.test", "10.0.0.7"),
]


@pytest.mark.parametrize("host", SECRETS)
@pytest.mark.parametrize("polite", [False, True])
def test_no_redirect_leads_to_this_machine_or_its_network(
    host: str, polite: bool, site: Site, start: Callable[[], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it is spelled; a name with one public and one private address is refused as well."""
    from ai_coder.web import address

    secret = start()
    port = secret.server.server_port
    site.pages["/"] = redirect(f"http://{host}:{port}/secret")
    real, public = socket.getaddrinfo, address.is_public

    def resolved(name: str, port: int, **options: object) -> object:
        known = {"site.test": ["127.0.0.1"], "both.test": ["8.8.8.8", "127.0.0.1"]}
        if name in known:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in known[name]]
        return real(name, port, **options)  # type: ignore[arg-type]

    # The first address is that of the site, which has to be on this machine for the test.
    first = [True] * (2 if polite else 1)
    monkeypatch.setattr(address, "is_public", lambda ip: bool(first and first.pop()) or public(ip))
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(NetworkError):
        fetcher(allow_private=False).get(
            f"http://site.test:{site.server.server_port}/", polite=polite
        )
    assert site.paths[-1] == "/"
    assert secret.requests == []


def test_a_name_that_changes_its_address_is_checked_where_it_is_connected(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ai_coder.web import address

    port = site.server.server_port
    named(monkeypatch, {"rebinding.test": ["127.0.0.1", "127.0.0.9"]})
    monkeypatch.setattr(address, "is_public", lambda ip: ip == "127.0.0.1")
    site.pages["/"] = Reply("secret")
    with pytest.raises(NetworkError, match=r"rebinding.test is 127.0.0.9"):
        fetcher(allow_private=False).get(f"http://rebinding.test:{port}/")
    assert site.paths == ["/robots.txt"]


def test_each_connection_resolves_only_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def resolved(host: str, port: int, *_: object, **__: object) -> object:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    site.pages["/"] = Reply("hello")
    fetcher().get(f"http://named.test:{site.server.server_port}/")
    assert asked == ["named.test", "named.test"]  # robots.txt and the page
    assert site.requests[1][1]["host"] == f"named.test:{site.server.server_port}"


def test_tls_verifies_the_name_and_not_the_address(
    start: Callable[[], Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "certificate.pem"
    file.write_text(_CERTIFICATE)
    site = start()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
    site.pages["/"] = Reply("secure")
    named(monkeypatch, {"example.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]})
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    port = site.server.server_port
    with pytest.raises(NetworkError, match="no trustworthy certificate"):
        fetcher().get(f"https://example.test:{port}/", polite=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    assert fetcher().get(f"https://example.test:{port}/", polite=False).body == b"secure"
    with pytest.raises(NetworkError, match="no trustworthy certificate"):
        fetcher(retries=3).get(f"https://other.test:{port}/", polite=False)
    site.pages["/"] = redirect(f"http://example.test:{port}/plain")
    with pytest.raises(NetworkError, match="which is not encrypted"):
        fetcher().get(f"https://example.test:{port}/", polite=False)
    assert "/plain" not in site.paths


def test_redirects_are_followed_by_hand(site: Site) -> None:
    site.pages["/a"] = redirect("/b c", 301)
    site.pages["/b%20c"] = redirect(f"{site.url}/d#part", 308)
    site.pages["/d"] = Reply("end")
    answer = fetcher().get(f"{site.url}/a")
    assert (answer.url, answer.body) == (f"{site.url}/d", b"end")


def test_redirects_have_an_end(site: Site) -> None:
    site.pages["/"] = redirect("/")
    with pytest.raises(NetworkError, match="redirects more than 10 times"):
        fetcher().get(f"{site.url}/")
    assert site.paths.count("/") == 11


@pytest.mark.parametrize(
    "location",
    [
        *("file:///etc/passwd", "ftp://x/", "data:text/html,x", "gopher://x/", "javascript:1"),
        *("http://user:pw@127.0.0.1/", "//user:pw@127.0.0.1/", "http://127.0.0.1\\@x/", "http://["),
        *("http://a:99999/", "http://[::1"),
    ],
)
def test_redirects_to_what_is_not_fetched(location: str, site: Site) -> None:
    site.pages["/"] = redirect(location)
    with pytest.raises(NetworkError, match="redirects to what is not fetched") as refused:
        fetcher().get(f"{site.url}/")
    assert "user:pw" not in str(refused.value)


def test_headers_stay_with_their_origin(start: Callable[[], Site]) -> None:
    first, other = start(), start()
    first.pages["/"] = redirect("/again")
    first.pages["/again"] = redirect(f"{other.url}/")
    other.pages["/"] = redirect(f"{first.url}/back")
    first.pages["/back"] = Reply("end")
    fetcher().get(f"{first.url}/", headers={"Authorization": "secret"}, polite=False)
    given = [headers.get("authorization") for _, headers in first.requests + other.requests]
    assert given == ["secret", "secret", None, None]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 0])
def test_what_may_pass_is_tried_again(status: int, site: Site, sleeps: list[float]) -> None:
    site.pages["/"] = [Reply("", status), Reply("", status), Reply("better")]
    assert fetcher(retries=2).get(f"{site.url}/", polite=False).body == b"better"
    assert sleeps == [0.5, 1.0]


def test_retries_have_an_end(site: Site, sleeps: list[float]) -> None:
    site.pages["/"] = Reply("", 503)
    assert fetcher(retries=2).get(f"{site.url}/", polite=False).status == 503
    assert site.paths == ["/"] * 3


def test_what_will_not_pass_is_not_tried_again(site: Site, sleeps: list[float]) -> None:
    site.pages["/"] = Reply("", 404)
    assert fetcher(retries=2).get(f"{site.url}/", polite=False).status == 404
    assert site.paths == ["/"]


@pytest.mark.parametrize(
    ("value", "pause"), [("7", 7.0), ("9999", 60.0), ("soon", 0.5), ("-1", 0.5)]
)
def test_retry_after(value: str, pause: float, site: Site, sleeps: list[float]) -> None:
    site.pages["/"] = [Reply("", 503, {"Retry-After": value}), Reply("ok")]
    fetcher(retries=1, deadline=100).get(f"{site.url}/", polite=False)
    assert sleeps == [pause]


def test_retry_after_as_a_date(site: Site, sleeps: list[float]) -> None:
    date = email.utils.formatdate(time.time() + 20, usegmt=True)
    site.pages["/"] = [Reply("", 503, {"Retry-After": date}), Reply("ok")]
    fetcher(retries=1, deadline=100).get(f"{site.url}/", polite=False)
    assert 15 < sleeps[0] <= 20


def test_a_pause_beyond_the_deadline_is_not_begun(site: Site, sleeps: list[float]) -> None:
    site.pages["/"] = Reply("", 503, {"Retry-After": "30"})
    assert fetcher(retries=3, deadline=10).get(f"{site.url}/", polite=False).status == 503
    assert sleeps == []


def test_a_refused_connection_is_named(site: Site, sleeps: list[float]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(
            NetworkError, match=f"cannot connect to 127.0.0.1, port {port}: .*efused"
        ):
            fetcher(retries=1).get(f"http://127.0.0.1:{port}/", polite=False)
    assert sleeps == [0.5]


def test_a_body_larger_than_allowed_is_refused_before_it_is_read(site: Site) -> None:
    site.pages["/"] = Reply(b"", headers={"Content-Length": "2000"})
    with pytest.raises(NetworkError, match="larger than 1,000 bytes"):
        fetcher(max_bytes=1000).get(f"{site.url}/", polite=False)


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 10_000)
    except OSError:
        pass


def dripping_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    drip(handler)


def drip(handler: BaseHTTPRequestHandler) -> None:
    try:
        for _ in range(200):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass


def test_a_body_of_unknown_size_is_cut_off(site: Site) -> None:
    site.pages["/"] = endless
    with pytest.raises(NetworkError, match="larger than 100,000 bytes"):
        fetcher(max_bytes=100_000).get(f"{site.url}/", polite=False)


def test_a_decompression_bomb_is_cut_off(site: Site) -> None:
    body = gzip.compress(b"\0" * 50_000_000)
    assert len(body) < 100_000
    site.pages["/"] = Reply(body, headers={"Content-Encoding": "gzip"})
    with pytest.raises(NetworkError, match="larger than 100,000 bytes"):
        fetcher(max_bytes=100_000).get(f"{site.url}/", polite=False)


def test_the_body_of_a_redirect_is_not_read(site: Site) -> None:
    def endless_redirect(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", "/end")
        handler.end_headers()
        dripping_body(handler)

    site.pages["/"] = endless_redirect
    site.pages["/end"] = Reply("end")
    started = time.monotonic()
    assert fetcher().get(f"{site.url}/", polite=False).body == b"end"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("slow", [drip, dripping_body])
def test_a_server_that_drips_meets_the_deadline(
    slow: Callable[[BaseHTTPRequestHandler], None], site: Site
) -> None:
    site.pages["/"] = slow
    started = time.monotonic()
    with pytest.raises(NetworkError, match="took longer than its deadline"):
        fetcher(deadline=0.5).get(f"{site.url}/", polite=False)
    assert time.monotonic() - started < 3


def test_a_silent_server_meets_the_timeout(site: Site) -> None:
    site.pages["/"] = lambda _: time.sleep(2)
    with pytest.raises(NetworkError, match="no answer in time"):
        fetcher(timeout=0.2).get(f"{site.url}/", polite=False)


def test_a_truncated_body_is_no_document(site: Site) -> None:
    site.pages["/"] = Reply(b"half", headers={"Content-Length": "8"})
    with pytest.raises(NetworkError, match="cannot be fetched"):
        fetcher().get(f"{site.url}/", polite=False)


def test_robots_txt_is_obeyed_and_read_once(site: Site) -> None:
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /private")
    site.pages["/a"] = site.pages["/private/b"] = Reply("x")
    polite = fetcher()
    polite.get(f"{site.url}/a")
    with pytest.raises(NetworkError, match=r"robots.txt forbids it"):
        polite.get(f"{site.url}/private/b")
    assert site.paths == ["/robots.txt", "/a"]


def test_robots_txt_may_name_this_program(site: Site) -> None:
    site.pages["/robots.txt"] = Reply("User-agent: ai-coder-web\nDisallow: /\n\nUser-agent: *\n")
    with pytest.raises(NetworkError, match=r"robots.txt forbids it"):
        fetcher().get(f"{site.url}/")


def test_robots_txt_is_asked_at_every_redirect(start: Callable[[], Site]) -> None:
    first, other = start(), start()
    first.pages["/"] = redirect(f"{other.url}/closed")
    other.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /closed")
    with pytest.raises(NetworkError, match=r"robots.txt forbids it"):
        fetcher().get(f"{first.url}/")
    assert other.paths == ["/robots.txt"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_without_robots_txt_all_is_allowed(status: int, site: Site) -> None:
    site.pages["/robots.txt"] = Reply("", status)
    site.pages["/"] = Reply("x")
    assert fetcher().get(f"{site.url}/").body == b"x"


@pytest.mark.parametrize("status", [500, 503, 0])
def test_robots_txt_that_cannot_be_read_closes_the_site(status: int, site: Site) -> None:
    site.pages["/robots.txt"] = Reply("", status)
    with pytest.raises(NetworkError, match=r"its robots.txt cannot be read"):
        fetcher().get(f"{site.url}/")
    assert "/" not in site.paths


def test_requests_to_one_host_are_apart(site: Site, sleeps: list[float]) -> None:
    site.pages["/"] = Reply("x")
    polite = fetcher(delay=5)
    polite.get(f"{site.url}/")
    polite.get(f"{site.url}/")
    assert [round(pause) for pause in sleeps] == [5, 5]


def test_a_longer_crawl_delay_is_kept(site: Site, sleeps: list[float]) -> None:
    site.pages["/robots.txt"] = Reply("User-agent: *\nCrawl-delay: 9")
    site.pages["/"] = Reply("x")
    fetcher(delay=5).get(f"{site.url}/")
    assert [round(pause) for pause in sleeps] == [9]


@pytest.mark.parametrize(
    "line", ["Crawl-delay: ²", f"Crawl-delay: {'9' * 5000}", "Request-rate: ²/³", "Allow: //["]
)
def test_a_line_of_robots_txt_that_makes_no_sense_is_passed_over(line: str, site: Site) -> None:
    site.pages["/robots.txt"] = Reply(f"User-agent: *\n{line}\nDisallow: /b")
    site.pages["/a"] = site.pages["/b"] = Reply("x")
    polite = fetcher()
    assert polite.get(f"{site.url}/a").body == b"x"
    with pytest.raises(NetworkError, match=r"robots.txt forbids it"):
        polite.get(f"{site.url}/b")


def test_a_length_of_thousands_of_digits(site: Site) -> None:
    site.pages["/"] = Reply(b"", headers={"Content-Length": "9" * 5000})
    with pytest.raises(NetworkError, match="larger than 1,000 bytes"):
        fetcher(max_bytes=1000).get(f"{site.url}/", polite=False)


def test_an_absurd_crawl_delay_closes_the_site(site: Site) -> None:
    site.pages["/robots.txt"] = Reply("User-agent: *\nCrawl-delay: 86400")
    with pytest.raises(NetworkError, match="asks for 86400 seconds"):
        fetcher().get(f"{site.url}/")


def test_proxies_and_passwords_of_the_environment_are_not_used(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    site.pages["/"] = Reply("x")
    assert fetcher().get(f"{site.url}/").body == b"x"
    assert "authorization" not in site.requests[-1][1]
