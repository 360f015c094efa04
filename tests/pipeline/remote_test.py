"""A cache that machines share, over the network: what it saves, and that nothing depends on it.

The server is a real one, BuildGrid. Each machine is a repository in a folder of its own, with a
local store of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.foreign import Repository, Run, daemon_of, execute
from pipeline.remote import free_port, from_page

# The server of the page.
_ADDRESS = "127.0.0.1:8980"

FILES = {
    "src/small/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="small")
""",
    "src/small/main.py": """
import pathspec

from small import words

def main():
    print(words.WORD, pathspec.PathSpec.from_lines("gitwildmatch", ["*.o"]).match_file("a.o"))
""",
    "src/small/words.py": "WORD = 'one'\n",
}

# Does not look whether it has what an answer names. Servers may do without, and between looking and
# reading anything may happen.
CARELESS = """
from buildgrid.server.actioncache.caches.action_cache_abc import ActionCacheABC
from buildgrid.server.app import cli

ActionCacheABC.referenced_blobs_still_exist = lambda *_: True
cli()
"""

# What the plugin does for a program, and so what a cache can save.
STAGES = [
    "Freeze src/small:binary",
    "Link src/small:binary",
    "Read the licences of src/small:binary",
    "Scan the imports of src/small:binary",
    "Write the SBOM of src/small:binary",
]
EDITED = ["Link src/small:binary", "Scan the imports of src/small:binary"]


@dataclass
class Server:
    """A cache server that keeps what it is given below ``folder``."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        configuration = self.folder / "server.yml"
        changes = {_ADDRESS: f"127.0.0.1:{self.port}", "/var/cache/freeze": str(self.folder)}
        configuration.write_text(from_page("yaml", "!channel", changes))
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", CARELESS, "server", "start", configuration],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def kept(self, file: Path) -> Path:
        """Where it keeps the content of *file*."""
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return self.folder / "cas" / "objects" / digest[:2] / digest[2:]


@dataclass(frozen=True)
class Machine:
    """A repository, and what belongs to a machine: the local store."""

    repository: Repository
    store: Path
    may_write: bool

    def package(self, *, daemon: bool = False) -> Run:
        return self.repository.pants(
            "--stats-log", "package", "src/small:binary", daemon=daemon, env=self.env()
        ).checked()

    def env(self) -> dict[str, str]:
        return {
            "PANTS_CONFIG_FILES": "pants.remote.toml",
            "PANTS_LOCAL_STORE_DIR": str(self.store),
            "PANTS_REMOTE_CACHE_WRITE": str(self.may_write).lower(),
        }

    def files(self) -> dict[str, bytes]:
        """All that it has built."""
        built = self.repository.root / "dist"
        return {
            file.relative_to(built).as_posix(): file.read_bytes()
            for file in sorted(built.rglob("*"))
            if file.is_file()
        }

    def edit(self, word: str, module: str = "pathspec") -> None:
        """Have the program print *word*; it freezes again if it imports another *module*."""
        self.repository.write({"src/small/words.py": f"import {module}\n\nWORD = '{word}'\n"})

    def prints(self) -> str:
        return execute(self.repository.program("small")).checked().stdout


def own(run: Run) -> list[str]:
    """Which processes of the plugin have run to their end."""
    return [each for each in run.completed() if each.endswith(" src/small:binary")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.kill()


def machine(folder: Path, server: Server, *, may_write: bool = False) -> Machine:
    options = from_page("toml", "remote_cache_read", {_ADDRESS: f"127.0.0.1:{server.port}"})
    repository = Repository.make(folder / "repository", {**FILES, "pants.remote.toml": options})
    return Machine(repository, folder / "store", may_write)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, server: Server) -> tuple[Machine, Run]:
    """A machine that has built everything itself."""
    made = machine(tmp_path_factory.mktemp("first"), server, may_write=True)
    return made, made.package()


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Machine]:
    """A machine that has built nothing."""
    made = machine(tmp_path_factory.mktemp("the second machine"), server)
    with daemon_of(made.repository):
        yield made


def test_a_second_machine_runs_nothing(first: tuple[Machine, Run], second: Machine) -> None:
    builder, built = first
    assert own(built) == STAGES
    assert built.counters()["remote_cache_write_errors"] == 0
    run = second.package(daemon=True)
    assert run.completed() == []
    assert run.counters()["remote_cache_requests_uncached"] == 0
    assert run.counters()["remote_cache_requests_cached"] >= len(STAGES)
    assert second.files() == builder.files()
    assert second.prints() == "one True\n"


def test_damage_is_noticed(first: tuple[Machine, Run], server: Server, tmp_path: Path) -> None:
    """Of each program's files the server has changed one, has half of another, lost a third."""
    builder, _ = first
    built = builder.repository.root / "dist" / "small"
    changed = server.kept(built / "runtime" / "pathspec" / "pathspec.pyc")
    content = changed.read_bytes()
    changed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    library = server.kept(next((built / "runtime").glob("libpython3.11.so.*")))
    library.write_bytes(library.read_bytes()[:1_000_000])
    server.kept(built / "small").unlink()
    third = machine(tmp_path, server)
    run = third.package()
    assert own(run) == ["Freeze src/small:binary", "Link src/small:binary"]
    assert third.files() == builder.files()
    assert third.prints() == "one True\n"


def test_the_server_dies_during_a_build(second: Machine, server: Server) -> None:
    second.edit("two", "colorsys")
    process = second.repository.start(
        "--stats-log", "package", "src/small:binary", daemon=True, env=second.env()
    )
    assert process.stderr
    log = []
    for line in process.stderr:
        log.append(line)
        if "Starting: Freeze" in line:
            server.kill()
    stdout, _ = process.communicate()
    run = Run(process.returncode, stdout, "".join(log)).checked()
    # What the first build took from the cache is known here, too.
    assert own(run) == ["Freeze src/small:binary", *EDITED]
    assert "remote cache" in run.stderr
    assert second.prints() == "two True\n"


def test_the_server_is_gone(second: Machine) -> None:
    second.edit("three", "colorsys")
    run = second.package(daemon=True)
    assert own(run) == EDITED
    assert "[WARN] Failed to read from remote cache" in run.stderr
    assert second.prints() == "three True\n"


def test_the_server_was_never_there(second: Machine) -> None:
    second.repository.stop()
    second.edit("four", "colorsys")
    run = second.package()
    assert own(run) == EDITED
    assert "[WARN] Failed to read from remote cache" in run.stderr
    assert second.prints() == "four True\n"
