"""Freezing and the launcher stay invisible: status, signals, streams, arguments, environment."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from frozen.support import Distribution, run

AWKWARD: list[str | bytes] = [
    "",
    " ",
    "two words",
    "'single' \"double\" `back` $HOME $(id) \\",
    "two\nlines\ttab",
    "grüße 目录 🐍",
    b"not UTF-8: \xff\xfe",
    "--version",
    "-h",
    "--",
    "*",
]


def test_status(distribution: Distribution, tmp_path: Path, command: tuple[str, ...]) -> None:
    arguments = ("--path", tmp_path / "missing")
    failed = distribution.run(*command, *arguments)
    assert (failed.status, failed.stdout) == (3, "")
    assert failed.stderr.startswith("ai-coder-scanner: ")
    assert distribution.run("scanner", *arguments) == failed
    usage = distribution.run(*command, "--no-such-option")
    assert (usage.status, usage.stdout) == (2, "")


@pytest.mark.parametrize(
    ("argument", "says"), [("nonsense", "there is no component"), ("trainer", "is not in")]
)
def test_unknown_and_missing_components(
    distribution: Distribution, argument: str, says: str
) -> None:
    result = distribution.run("launcher", argument)
    assert (result.status, result.stdout, result.stderr.count("\n")) == (127, "", 1)
    assert says in result.stderr


def test_a_component_that_may_not_run(own: Distribution) -> None:
    own.replace("web", "")
    own.path("web").chmod(0o644)
    result = own.run("launcher", "web")
    assert (result.status, result.stdout, result.stderr.count("\n")) == (126, "", 1)


@pytest.mark.parametrize(("script", "status"), [("exit 42", 42), ("kill -KILL $$", -9)])
def test_any_end_of_a_component(own: Distribution, script: str, status: int) -> None:
    own.replace("web", script)
    assert own.run("launcher", "web").status == status


def test_streams_are_separate_and_binary(own: Distribution) -> None:
    own.replace("web", "/bin/cat; echo to stderr >&2")
    payload = bytes(range(256)) * 1000 + b"\r\n\r"
    result = own.run("launcher", "web", stdin=payload)
    assert result.stdout.encode("utf-8", "surrogateescape") == payload
    assert result.stderr == "to stderr\n"


def test_arguments_arrive_unchanged(own: Distribution) -> None:
    own.replace("web", r"""printf '%s\0' "$@" """)
    result = own.run("launcher", "web", *AWKWARD)
    expected = b"".join(os.fsencode(each) + b"\0" for each in AWKWARD)
    assert result.stdout.encode("utf-8", "surrogateescape") == expected


@pytest.mark.parametrize("name", [each for each in AWKWARD if each])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_scan_of_a_folder_with_any_name(
    distribution: Distribution,
    tmp_path: Path,
    command: tuple[str, ...],
    name: str | bytes,
    locale: str,
) -> None:
    folder = os.fsencode(tmp_path) + b"/" + os.fsencode(name)
    os.mkdir(folder)
    with open(folder + "/ü.py".encode(), "wb") as file:
        file.write(b"import json\n")
    options = ("--path", folder, "--no-lint")
    result = distribution.run(*command, *options, env={"LC_ALL": locale})
    assert (result.status, result.stderr) == (0, "")
    assert "Python" in result.stdout


def test_help_and_errors_in_a_poor_locale(distribution: Distribution) -> None:
    env = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    listing = distribution.run("launcher", "list", env=env)
    assert (listing.status, listing.stderr) == (0, "")
    # The path of the distribution is not ASCII.
    assert str(distribution.path("scanner")) in listing.stdout
    unknown = distribution.run("launcher", "größe", env=env)
    assert (unknown.status, "Traceback" in unknown.stderr) == (127, False)


@pytest.mark.parametrize("form", ["text", "json"])
def test_reader_that_leaves_early(
    distribution: Distribution, tmp_path: Path, command: tuple[str, ...], form: str
) -> None:
    (tmp_path / "a.py").write_text("import json\n")
    program, *arguments = command
    reader, writer = os.pipe()
    # Nobody will read, as after the first line of `| head -1`.
    os.close(reader)
    done = subprocess.run(
        [
            distribution.path(program),
            *arguments,
            *("--path", tmp_path, "--no-lint", "--format", form),
        ],
        env={},
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode in (0, -signal.SIGPIPE)


@dataclass
class SlowSite:
    """A site that lets a request wait until the test is over."""

    asked: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""


@pytest.fixture
def slow() -> Iterator[SlowSite]:
    """A site whose page never comes."""
    site = SlowSite()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/slow":
                site.asked.set()
                site.over.wait(60)
            else:
                self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Keep the output of the tests clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        site.url = f"http://127.0.0.1:{server.server_port}/slow"
        yield site
        site.over.set()
        server.shutdown()


@pytest.mark.parametrize(
    ("number", "status", "says"),
    [
        (signal.SIGTERM, -signal.SIGTERM, ""),
        (signal.SIGHUP, -signal.SIGHUP, ""),
        (signal.SIGINT, 130, "ai-coder-web: interrupted\n"),
    ],
)
def test_signal_to_the_launcher_ends_the_component(
    own: Distribution, slow: SlowSite, number: signal.Signals, status: int, says: str
) -> None:
    options = ("--allow-private", "--delay", "0", "--retries", "0")
    if signal.getsignal(number) is signal.SIG_IGN:
        # The tests run under nohup, and what is ignored is inherited.
        signal.signal(number, signal.SIG_DFL)
    with subprocess.Popen(
        [own.path("launcher"), "web", "--url", slow.url, *options],
        env={},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert slow.asked.wait(30)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=30)
        assert (process.returncode, stdout, stderr.decode()) == (status, b"", says)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize(
    "command", ["/bin/ls /proc/self/fd", "/bin/grep -E '^Sig(Blk|Ign)' /proc/self/status"]
)
def test_a_component_inherits_nothing_but_its_streams(own: Distribution, command: str) -> None:
    """No open file, no ignored or blocked signal."""
    # Not a child of the shell, which blocks signals while it starts one.
    own.replace("web", f"exec {command}")
    result = own.run("launcher", "web")
    assert result.stdout
    assert result == run(own.path("web"))


def environment_of_linter(
    distribution: Distribution, tmp_path: Path, env: dict[str, str], *command: str
) -> dict[str, str]:
    """What a linter finds in its environment that a scan with *env* starts."""
    tools, tree, dump = tmp_path / "tools", tmp_path / "tree", tmp_path / "dump"
    tools.mkdir()
    tree.mkdir()
    (tree / "a.py").write_text("import json\n")
    linter = tools / "ruff"
    # A shell would add variables of its own.
    linter.write_text("#!/bin/sh\n/bin/cat /proc/$$/environ > \"$DUMP\"\necho '[]'\n")
    linter.chmod(0o755)
    program, *arguments = command
    options = ("--path", tree, "--linter", "ruff", "--format", "json")
    scan = distribution.run(
        program, *arguments, *options, env={"PATH": str(tools), "DUMP": str(dump), **env}
    ).report
    assert [(each["name"], each["status"]) for each in scan["linters"]] == [("ruff", "ran")]
    pairs = [each.partition("=") for each in dump.read_text().rstrip("\0").split("\0")]
    result = {name: value for name, _, value in pairs}
    assert result.pop("PATH") == str(tools)
    assert result.pop("DUMP") == str(dump)
    return result


@pytest.mark.parametrize(
    ("number", "status", "says"),
    [
        (signal.SIGTERM, -signal.SIGTERM, ""),
        (signal.SIGINT, 130, "ai-coder-scanner: interrupted\n"),
    ],
)
def test_signal_to_a_scan(
    distribution: Distribution, tmp_path: Path, number: signal.Signals, status: int, says: str
) -> None:
    (tmp_path / "a.py").write_text("import json\n")
    started = tmp_path / "started"
    linter = tmp_path / "ruff"
    linter.write_text(f"#!/bin/sh\n: > '{started}'\nexec /bin/sleep 60\n")
    linter.chmod(0o755)
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
    with subprocess.Popen(
        [distribution.path("scanner"), "--path", tmp_path, "--linter", "ruff"],
        env={"PATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        while not started.exists() and process.poll() is None:
            time.sleep(0.01)
        # As a terminal does: to all of the group.
        os.killpg(process.pid, number)
        stdout, stderr = process.communicate(timeout=30)
        assert (process.returncode, stdout, stderr.decode()) == (status, b"", says)


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"LD_LIBRARY_PATH": "/somewhere/lib:/else where"},
        {"PYTHONPATH": "/somewhere", "LC_ALL": "C", "GRÜSSE": "an alle"},
    ],
    ids=["empty", "library path", "others"],
)
def test_environment_of_a_system_tool(
    distribution: Distribution, tmp_path: Path, command: tuple[str, ...], env: dict[str, str]
) -> None:
    """Neither our library path nor PyInstaller's marks; what the user set is there."""
    assert environment_of_linter(distribution, tmp_path, env, *command) == env


@pytest.mark.parametrize(
    "env", [{}, {"LD_LIBRARY_PATH": "/somewhere/lib"}], ids=["empty", "library path"]
)
def test_environment_of_a_component(own: Distribution, env: dict[str, str]) -> None:
    own.replace("web", "/bin/cat /proc/$$/environ")
    result = own.run("launcher", "web", env=env)
    assert result.stdout == "".join(f"{name}={value}\0" for name, value in env.items())
