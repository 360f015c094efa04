"""Servers of the Remote Execution API.

``servers.pex cache ADDRESS FOLDER`` is BuildGrid, a cache: what it holds is in files below FOLDER,
its index in memory. ``servers.pex executor ADDRESS FOLDER PATH...`` is `buildbox-casd`, an executor
whose processes see the PATHs, which are only to be read, the network, and ``/caches``, which lasts.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import buildstream
import grpc
from buildgrid.server.app import cli
from buildstream._protos.build.bazel.remote.execution.v2 import remote_execution_pb2 as api
from buildstream._protos.build.bazel.remote.execution.v2 import remote_execution_pb2_grpc as stubs

_PROGRAMS = Path(buildstream.__file__).parent / "subprojects" / "buildbox"
_CACHE = """
server:
  - !channel
    address: {address}
    insecure-mode: true
description: A cache
authorization:
  method: none
monitoring:
  enabled: false
instances:
  - name: ''
    storages:
      - !disk-storage &storage
        path: {folder}
    caches:
      - !lru-action-cache &cache
        storage: *storage
        max-cached-refs: 100000
        allow-updates: true
        cache-failed-actions: false
    services:
      - !action-cache
        cache: *cache
      - !cas
        storage: *storage
      - !bytestream
        storage: *storage
thread-pool-size: 20
"""
# With the name of a file beside the server, for what the server runs.
_EXECUTED = "FREEZE_TEST_EXECUTED"


def cache(address: str, folder: str) -> None:
    """Serve until the process is ended."""
    settings = Path(folder, "cache.yml")
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(_CACHE.format(address=address, folder=folder), encoding="utf-8")
    cli(["server", "start", str(settings)], prog_name="bgd")


def executor(address: str, folder: str, *paths: str) -> None:
    """Become `buildbox-casd`, which runs this program again for each process."""
    runner = Path(folder, "runner")
    caches = Path(folder, "caches")
    caches.mkdir(parents=True)
    runner.write_text(f'#!/bin/sh\nexec {sys.argv[0]} run "$@"\n', encoding="utf-8")
    runner.chmod(0o755)
    # A link would be mounted as what it names, so its own name is given the content.
    mounts = [f"--ro-bind-mount={Path(path).resolve()}:{path}" for path in paths]
    mounts.append(f"--bind-mount={caches}:/caches")
    arguments = [
        f"--bind={address}",
        f"--buildbox-run={runner}",
        *(f"--runner-arg={each}" for each in mounts),
        "--cache-failures=false",
        "--quota-high=10G",
        str(Path(folder, "store")),
    ]
    _become("buildbox-casd", arguments, {**os.environ, _EXECUTED: str(Path(folder, "executed"))})


def run(arguments: list[str]) -> None:
    """Become `buildbox-run`, for the action and the server that *arguments* name.

    Pants 2.17 says what a process writes in the way of version 2.0 of the interface, as files and
    folders; `buildbox-run` knows only the way of version 2.1, as paths, and would drop all outputs.
    """
    options = dict(each.split("=", 1) for each in arguments if "=" in each)
    file = Path(options["--action"])
    action = api.Action.FromString(file.read_bytes())
    with grpc.insecure_channel(options["--remote"].partition("://")[2]) as channel:
        storage = stubs.ContentAddressableStorageStub(channel)
        wanted = api.BatchReadBlobsRequest(digests=[action.command_digest])
        command = api.Command.FromString(storage.BatchReadBlobs(wanted).responses[0].data)
        command.output_paths[:] = sorted({*command.output_files, *command.output_directories})
        del command.output_files[:], command.output_directories[:]
        # Pants asks for the PATH of a worker by the program `env`.
        if all(each.name != "PATH" for each in command.environment_variables):
            command.environment_variables.add(name="PATH", value="/usr/bin:/bin")
        data = command.SerializeToString()
        digest = api.Digest(hash=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
        blob = api.BatchUpdateBlobsRequest.Request(digest=digest, data=data)
        storage.BatchUpdateBlobs(api.BatchUpdateBlobsRequest(requests=[blob]))
    action.command_digest.CopyFrom(digest)
    file.write_bytes(action.SerializeToString())
    with open(os.environ[_EXECUTED], "a", encoding="utf-8") as executed:
        executed.write(" ".join(command.arguments).replace("\n", " ") + "\n")
    _become("buildbox-run", arguments, dict(os.environ))


def _become(program: str, arguments: list[str], environment: dict[str, str]) -> None:
    path = _PROGRAMS / program
    # A wheel that is unpacked by a build tool may have lost its modes.
    path.chmod(0o755)
    os.execve(path, [str(path), *arguments], environment)


def main() -> None:
    what, *arguments = sys.argv[1:]
    if what == "cache":
        cache(*arguments)
    elif what == "executor":
        executor(*arguments)
    else:
        run(arguments)


if __name__ == "__main__":
    main()
