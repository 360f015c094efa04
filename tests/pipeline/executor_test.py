"""A program that another machine freezes: an executor, which has nothing of this one's folders."""

from __future__ import annotations

import contextlib
import hashlib
import io
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import executor
from pipeline.foreign import Repository, execute
from pipeline.remote import free_port, from_page

FILES = {
    "src/small/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main", environment="far")
pyinstaller_binary(name="binary", pex=":pex", output_path="small", environment="far")
""",
    "src/small/main.py": """
import json

def main():
    print(json.dumps("far"))
""",
}
# Of this machine, which has what the executor has.
OPTIONS = """
[stats]
log = true

[python-bootstrap]
internal_python_build_standalone_info = "{{'linux_x86_64': ('{url}', '{sha256}', {size})}}"
"""
# What the executor does not see: the kernel's folders, and where tests have theirs.
_NOT_SEEN = ("dev", "lost+found", "proc", "run", "sys", "tmp")
_STARTS_WITHIN = 60


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where an executor is; what it keeps is in the folder ``executor``."""
    host, port = "127.0.0.1", free_port()
    seen = [
        str(folder)
        for folder in sorted(Path("/").iterdir())
        if folder.is_dir() and folder.name not in _NOT_SEEN
    ]
    program = [sys.executable, executor.__file__]
    with (tmp_path / "executor.log").open("wb") as log:
        server = subprocess.Popen(
            [*program, "serve", f"{host}:{port}", tmp_path / "executor", *seen],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        end = time.monotonic() + _STARTS_WITHIN
        while True:
            with contextlib.suppress(OSError), socket.create_connection((host, port)):
                break
            assert server.poll() is None and time.monotonic() < end, "the executor does not start"
            time.sleep(0.1)
        yield f"{host}:{port}"
    finally:
        server.kill()
        server.wait()


def python_archive(path: Path) -> bytes:
    """What Pants has the executor unpack to run its scripts with: here, a Python that is there."""
    script = f'#!/bin/sh\nexec {sys.base_prefix}/bin/python3 "$@"\n'.encode()
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("python/bin/python3")
        entry.size, entry.mode = len(script), 0o755
        archive.addfile(entry, io.BytesIO(script))
    return path.read_bytes()


def test_all_stages_run_at_the_executor(address: str, tmp_path: Path) -> None:
    archive = tmp_path / "python.tar.gz"
    content = python_archive(archive)
    options = OPTIONS.format(
        url=archive.as_uri(),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
    )
    # Tools are found by paths of the executor.
    python = {'["/usr/bin"]': f'["{sys.base_prefix}/bin"]'}
    files = {
        **FILES,
        "envs/BUILD": from_page("python", "remote_environment", python),
        "pants.far.toml": from_page("toml", "append_only", {"executor:8981": address}),
        "pants.here.toml": options,
    }
    repository = Repository.make(tmp_path / "client" / "repository", files)
    run = repository.pants(
        "package",
        "src/small:binary",
        env={
            "PANTS_CONFIG_FILES": "+['pants.far.toml', 'pants.here.toml']",
            "PANTS_LOCAL_STORE_DIR": str(tmp_path / "client" / "store"),
        },
        timeout=1200,
    ).checked()
    counters = run.counters()
    assert counters["local_execution_requests"] == 0
    assert counters["remote_execution_success"] == counters["remote_execution_requests"] > 0
    executed = (tmp_path / "executor" / "executed").read_text()
    for stage in ("imports", "freeze", "link", "licences", "sbom"):
        assert f" -m pants_freeze.sandbox.measured {stage} " in executed
    # Nothing that ran there was told of a folder of this machine.
    assert str(tmp_path) not in executed
    assert execute(repository.program("small")).checked().stdout == '"far"\n'
