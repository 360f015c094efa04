"""A cache that machines share: what it saves, and that no state of it makes a build fail or lie.

And a freeze on another machine. Folders with empty stores stand for machines.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.differences import compare_folders
from pipeline.foreign import ROOT, Repository, Run, daemon_of, execute

SERVERS = ROOT / "remote" / "servers.pex"
MAIN = "src/small/main.py"
PRINTS = """
import json

def main():
    print(json.dumps({word!r}))
"""
FILES = {
    "src/small/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="small")
""",
    MAIN: PRINTS.format(word="first"),
}
# As in docs/remote.md.
SHARED = """
[GLOBAL]
remote_cache_read = true
remote_cache_write = true
remote_store_address = "grpc://{address}"
remote_cache_warnings = "backoff"
cache_content_behavior = "fetch"

[stats]
log = true
"""
STAGES = ("Building", "Scan", "Freeze", "Link", "Read", "Write")
_START = 60


# What runs at an executor finds its tools by paths of the executor.
FAR = """
local_environment(name="near")
remote_environment(
    name="far",
    extra_platform_properties=["network=on"],
    python_bootstrap_search_path=["{bin}"],
    pex_executable_search_paths=["/usr/bin", "/bin"],
    freeze_executable_search_paths=["/usr/bin", "/bin", "/usr/sbin", "/sbin"],
)
"""
EXECUTED = """
[GLOBAL]
remote_execution = true
remote_execution_address = "grpc://{address}"
remote_store_address = "grpc://{address}"
remote_execution_append_only_caches_base_path = "/caches"

[environments-preview.names]
near = "//envs:near"
far = "//envs:far"

[python-bootstrap]
internal_python_build_standalone_info = "{{'linux_x86_64': ('{url}', '{sha256}', {size})}}"
"""
# Of this machine, what the executor is not to see: repositories, stores, and the kernel's.
_NOT_SHARED = ("dev", "proc", "sys", "run", "tmp", "lost+found")


@dataclass
class Server:
    """A server that can be lost: ``what`` it is, the ``folder`` with what it holds."""

    what: str
    folder: Path
    address: str
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None)

    @classmethod
    def make(cls, what: str, folder: Path, *arguments: str) -> Server:
        """One that is not started, at a free port."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        return cls(what, folder, f"127.0.0.1:{port}", arguments)

    def start(self) -> None:
        """Start it; it answers when this returns."""
        host, port = self.address.split(":")
        log = self.folder.with_suffix(".log")
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [SERVERS, self.what, self.address, self.folder, *self.arguments],
                env={**os.environ, "PEX_ROOT": str(self.folder.with_suffix(".pex"))},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        end = time.monotonic() + _START
        while True:
            assert self.process.poll() is None, log.read_text()
            with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
                return
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)

    def kill(self) -> None:
        """End it as a power failure does."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def blobs(self) -> list[Path]:
        """The files with what it holds, each named by its digest."""
        return sorted(each for each in (self.folder / "cas").rglob("*") if each.is_file())


@dataclass(frozen=True)
class Machine:
    """A repository, and a store of Pants that only this machine has."""

    repository: Repository
    store: Path

    def package(self, daemon: bool = False) -> Run:
        return self.repository.pants(
            "package", "src/small:binary", env=self.environment(), daemon=daemon
        ).checked()

    def environment(self) -> dict[str, str]:
        return {
            "PANTS_CONFIG_FILES": "pants.shared.toml",
            "PANTS_LOCAL_STORE_DIR": str(self.store),
        }

    def edit(self, word: str) -> None:
        """Have the program print *word*."""
        self.repository.write({MAIN: PRINTS.format(word=word)})

    def says(self) -> str:
        """What the program prints that was built last."""
        return execute(self.repository.program("small")).checked().stdout


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server.make("cache", tmp_path_factory.mktemp("server") / "cache")
    made.start()
    try:
        yield made
    finally:
        made.kill()


def machine(folder: Path, cache: Server) -> Machine:
    shared = {"pants.shared.toml": SHARED.format(address=cache.address)}
    repository = Repository.make(folder / "repository", {**FILES, **shared})
    return Machine(repository, folder / "store")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, cache: Server) -> tuple[Machine, Run]:
    """The machine that has built first, and that build."""
    made = machine(tmp_path_factory.mktemp("first"), cache)
    return made, made.package()


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory, cache: Server) -> Iterator[Machine]:
    made = machine(tmp_path_factory.mktemp("second"), cache)
    with daemon_of(made.repository):
        yield made


def here(run: Run) -> list[str]:
    """What the run did of all stages, and did not get from the cache."""
    return [each for each in run.completed() if each.startswith(STAGES)]


def same_program(left: Machine, right: Machine) -> None:
    folders = (each.repository.root / "dist" / "small" for each in (left, right))
    assert compare_folders(*folders) == []
    assert left.says() == right.says()


def test_what_is_built_is_offered_to_others(first: tuple[Machine, Run]) -> None:
    _, run = first
    assert {"Freeze src/small:binary", "Link src/small:binary"} <= set(here(run))
    counters = run.counters()
    assert counters["remote_cache_write_attempts"] > 0 == counters["remote_cache_write_errors"]
    assert "remote cache" not in run.stderr


def test_the_second_machine_builds_nothing(first: tuple[Machine, Run], second: Machine) -> None:
    run = second.package(daemon=True)
    assert here(run) == []
    counters = run.counters()
    assert counters["remote_cache_requests_cached"] == counters["remote_cache_requests"] > 0
    same_program(first[0], second)


def test_a_cache_that_is_lost(first: tuple[Machine, Run], second: Machine, cache: Server) -> None:
    """Between builds of one daemon; during a build; and it is not there when Pants starts."""
    cache.kill()
    second.edit("lost between builds")
    run = second.package(daemon=True)
    assert here(run) == ["Link src/small:binary", "Scan the imports of src/small:binary"]
    assert "[WARN] Failed to " in run.stderr
    assert second.says() == '"lost between builds"\n'

    cache.start()
    second.edit("lost during a build")
    process = second.repository.start(
        "package", "src/small:binary", env=second.environment(), daemon=True
    )
    assert process.stderr
    seen = ""
    for line in process.stderr:
        seen += line
        if "Starting: Link" in line:
            cache.kill()
    assert process.wait() == 0, seen
    assert "[WARN] Failed to write to remote cache" in seen
    assert second.says() == '"lost during a build"\n'

    second.edit("not there at the start")
    second.repository.stop()
    assert "[WARN] Failed to " in second.package().stderr
    assert second.says() == '"not there at the start"\n'
    cache.start()


def test_a_cache_that_lies(first: tuple[Machine, Run], cache: Server, tmp_path: Path) -> None:
    """Each second of its blobs has another content, and the others are gone."""
    blobs = cache.blobs()
    for number, blob in enumerate(blobs):
        content = blob.read_bytes()
        if number % 2 and content:
            blob.chmod(0o644)
            blob.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        else:
            blob.unlink()
    third = machine(tmp_path, cache)
    run = third.package()
    assert "Freeze src/small:binary" in here(run)
    same_program(first[0], third)
    shutil.rmtree(third.store)


def python_archive(folder: Path) -> Path:
    """What Pants installs at an executor, to run its scripts with: here, the executor's own one."""
    path = folder / "python.tar.gz"
    script = f'#!/bin/sh\nexec {sys.base_prefix}/bin/python3 "$@"\n'.encode()
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("python/bin/python3")
        entry.size, entry.mode = len(script), 0o755
        archive.addfile(entry, io.BytesIO(script))
    return path


def test_a_freeze_on_another_machine(tmp_path: Path) -> None:
    folders = sorted(str(each) for each in Path("/").iterdir() if each.is_dir())
    seen = [each for each in folders if each[1:] not in _NOT_SHARED]
    executor = Server.make("executor", tmp_path / "executor", *seen)
    executor.start()
    archive = python_archive(tmp_path)
    content = archive.read_bytes()
    options = EXECUTED.format(
        address=executor.address,
        url=archive.as_uri(),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
    )
    far = FILES["src/small/BUILD"].replace(")\npyi", ', environment="far")\npyi')
    far = far.replace('"small")', '"small", environment="far")')
    repository = Repository.make(
        tmp_path / "repository",
        {
            **FILES,
            "src/small/BUILD": far,
            "envs/BUILD": FAR.format(bin=f"{sys.base_prefix}/bin"),
            "pants.shared.toml": options,
        },
    )
    client = Machine(repository, tmp_path / "store")
    try:
        client.package()
    finally:
        executor.kill()
    executed = (executor.folder / "executed").read_text()
    for stage in ("scan", "freeze", "link"):
        assert f" -m pants_freeze.sandbox.measured {stage} " in executed
    assert client.says() == '"first"\n'
