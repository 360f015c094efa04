"""An executor of the Remote Execution API, `buildbox-casd`.

``executor.py serve ADDRESS FOLDER PATH...`` keeps what it has below FOLDER. The processes that it
runs see nothing of the machine but the PATHs, which they cannot change, the network, and
``/caches``, which lasts. ``FOLDER/executed`` has a line for each.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
from pathlib import Path

import buildstream
import grpc
from buildstream._protos.build.bazel.remote.execution.v2 import remote_execution_pb2 as api
from buildstream._protos.build.bazel.remote.execution.v2 import remote_execution_pb2_grpc as stubs

_PROGRAMS = Path(buildstream.__file__).parent / "subprojects" / "buildbox"


def serve(address: str, folder: Path, paths: list[str]) -> None:
    """Become the server, which runs this program again for each process."""
    caches = folder / "caches"
    caches.mkdir(parents=True)
    runner = folder / "runner"
    this = shlex.join([sys.executable, str(Path(__file__).resolve()), "run", str(folder)])
    runner.write_text(f'#!/bin/sh\nexec {this} "$@"\n', encoding="utf-8")
    runner.chmod(0o755)
    # What a link names is mounted in its place: links to mounted folders would lead nowhere.
    mounts = [f"--ro-bind-mount={Path(path).resolve()}:{path}" for path in paths]
    mounts.append(f"--bind-mount={caches}:/caches")
    _become(
        "buildbox-casd",
        f"--bind={address}",
        f"--buildbox-run={runner}",
        *(f"--runner-arg={mount}" for mount in mounts),
        "--cache-failures=false",
        "--quota-high=10G",
        str(folder / "store"),
    )


def run(folder: Path, arguments: list[str]) -> None:
    """Run the action that *arguments* name, the arguments for `buildbox-run`.

    Pants 2.17 says what a process writes in the way of version 2.0 of the interface, as files and
    as folders. `buildbox-run` knows the way of version 2.1 only, as paths, and would write nothing.
    """
    options = dict(each.split("=", 1) for each in arguments if "=" in each)
    file = Path(options["--action"])
    action = api.Action.FromString(file.read_bytes())
    with grpc.insecure_channel(options["--remote"].partition("://")[2]) as channel:
        storage = stubs.ContentAddressableStorageStub(channel)  # type: ignore[no-untyped-call]
        wanted = api.BatchReadBlobsRequest(digests=[action.command_digest])
        command = api.Command.FromString(storage.BatchReadBlobs(wanted).responses[0].data)
        command.output_paths[:] = sorted({*command.output_files, *command.output_directories})
        del command.output_files[:], command.output_directories[:]
        # Pants asks for the PATH of an executor by the program `env`.
        if all(each.name != "PATH" for each in command.environment_variables):
            command.environment_variables.add(name="PATH", value="/usr/bin:/bin")
        data = command.SerializeToString()
        digest = api.Digest(hash=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
        blob = api.BatchUpdateBlobsRequest.Request(digest=digest, data=data)
        storage.BatchUpdateBlobs(api.BatchUpdateBlobsRequest(requests=[blob]))
    action.command_digest.CopyFrom(digest)
    file.write_bytes(action.SerializeToString())
    with (folder / "executed").open("a", encoding="utf-8") as executed:
        executed.write(" ".join(command.arguments).replace("\n", " ") + "\n")
    _become("buildbox-run", *arguments)


def _become(name: str, *arguments: str) -> None:
    program = str(_PROGRAMS / name)
    os.execv(program, [program, *arguments])


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
    else:
        run(Path(sys.argv[2]), sys.argv[3:])
