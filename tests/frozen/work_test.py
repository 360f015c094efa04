"""The programs do their work, with the libraries that they brought along."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from frozen.support import PROGRAMS, Distribution, run
from frozen.window import green_dots, screenshot


def test_scan(distribution: Distribution, tree: Path) -> None:
    scan = distribution.run("scanner", "--path", tree, "--no-lint", "--format", "json").report
    counted = {each["language"]: each["files"] for each in scan["languages"]}
    assert counted["Python"] == 4
    assert counted["TypeScript"] == 1
    assert [each["file"] for each in scan["syntax_errors"]] == ["package/broken.py"]
    cycles = [sorted(each["modules"]) for each in scan["imports"]["cycles"]]
    assert cycles == [["package/a.py", "package/b.py"]]
    assert [each["name"] for each in scan["imports"]["external"]] == ["networkx"]


def test_scan_writes_a_report(distribution: Distribution, tree: Path, tmp_path: Path) -> None:
    output = tmp_path / "new folder" / "report.txt"
    result = distribution.run("scanner", "--path", tree, "--no-lint", "--output", output)
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    assert "package/a.py -> package/b.py" in output.read_text()


def test_scan_of_these_tests(distribution: Distribution) -> None:
    folder = Path(__file__).absolute().parent
    scan = distribution.run("scanner", "--path", folder, "--no-lint", "--format", "json").report
    assert scan["syntax_errors"] == []
    assert scan["totals"]["lines"] >= len(Path(__file__).read_text().splitlines())


PAGES = {
    "/robots.txt": ("text/plain", "User-agent: *\nDisallow: /secret\n"),
    "/": (
        "text/html; charset=utf-8",
        "<html lang=en><title>Stärt</title><body><p>Grüße aus dem Netz</p>"
        "<a href=/next>n</a> <a href=/secret>s</a> <a href=https://example.org/>e</a></body></html>",
    ),
    "/next": ("text/html", "<title>Next</title><body>the second page</body>"),
    "/secret": ("text/html", "<title>Secret</title><body>not for programs</body>"),
}


class Handler(BaseHTTPRequestHandler):
    """Answers with a page of `PAGES`."""

    def do_GET(self) -> None:
        kind, text = PAGES.get(self.path, ("", ""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def site() -> Iterator[str]:
    """The address of a web site on this machine, without the scheme."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


POLITE = ("--delay", "0", "--retries", "0", "--format", "json")


def test_web_keeps_documents_beside_the_programs(own: Distribution, site: str) -> None:
    options = ("--allow-private", "--depth", "1", *POLITE)
    report = own.run("launcher", "web", "--url", f"http://{site}/", *options).report
    data = own.folder / "shared" / "data"
    assert report["output"] == str(data)
    assert [each["title"] for each in report["documents"]] == ["Stärt", "Next"]
    assert [(each["url"], "robots.txt" in each["reason"]) for each in report["skipped"]] == [
        (f"http://{site}/secret", True)
    ]
    files = [data / each["file"] for each in report["documents"]]
    assert set(data.glob("*.json")) == set(files)
    assert "Grüße aus dem Netz" in json.loads(files[0].read_text())["text"]


def test_web_keeps_out_of_private_networks(own: Distribution, site: str) -> None:
    result = own.run("web", "--url", f"http://{site}/", *POLITE)
    assert result.status == 5
    assert "--allow-private" in result.stdout
    assert list((own.folder / "shared" / "data").glob("*.json")) == []


def test_web_brings_tls_and_certificates(own: Distribution, site: str) -> None:
    """A server that does not speak TLS is found out only once both are loaded."""
    result = own.run("web", "--url", f"https://{site}/", "--allow-private", *POLITE)
    assert result.status == 5
    assert "WRONG_VERSION_NUMBER" in result.stdout
    # Nothing else lacks the file, so it must be the one that was loaded.
    (own.folder / "shared" / "runtime" / "certifi" / "cacert.pem").unlink()
    result = own.run("web", "--url", f"https://{site}/", "--allow-private", *POLITE)
    assert "WRONG_VERSION_NUMBER" not in result.stdout


def test_core_shows_its_window(distribution: Distribution, tmp_path: Path) -> None:
    picture = screenshot(distribution, tmp_path / "window.png")
    assert picture.width > 400
    assert picture.height > 300
    pixels = b"".join(picture.rows)
    colours = {pixels[start : start + 3] for start in range(0, len(pixels), 3)}
    # Text is smoothed; a window without fonts has but a few colours.
    assert len(colours) > 50
    # Web and launcher; the scanner is selected.
    assert green_dots(picture) == 2


def test_core_shows_which_components_are_there(own: Distribution, tmp_path: Path) -> None:
    own.path("web").unlink()
    assert green_dots(screenshot(own, tmp_path / "window.png")) == 1


def test_core_without_a_display_says_so(distribution: Distribution) -> None:
    result = distribution.run("core")
    assert (result.status, result.stdout) == (3, "")
    assert result.stderr.startswith("ai-coder-core: there is no display")
    assert result.stderr.count("\n") == 1


def test_list(distribution: Distribution) -> None:
    listing = distribution.run("launcher", "list", "--format", "json").report
    assert listing["folder"] == str(distribution.folder)
    available = {each["name"]: each["path"] for each in listing["components"] if each["available"]}
    assert available == {name: str(distribution.path(name)) for name in PROGRAMS}


def test_run_py_starts_the_launcher_beside_it(distribution: Distribution, tmp_path: Path) -> None:
    script = distribution.folder / "run.py"
    result = run(sys.executable, script, "scanner", "--version", cwd=tmp_path)
    assert (result.status, result.stdout) == (0, "ai-coder-scanner 1.0.0\n")
    assert run(sys.executable, script, "nonsense", cwd=tmp_path).status == 127


def test_a_pipe_of_two_programs(distribution: Distribution, tree: Path) -> None:
    """Text output is plain lines, fit for the tools of the system."""
    command = '"$0" --path "$1" --no-lint | /usr/bin/tail -n 3'
    output = subprocess.run(
        ["/bin/sh", "-c", command, str(distribution.path("scanner")), str(tree)],
        env={},
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert "networkx" in output
