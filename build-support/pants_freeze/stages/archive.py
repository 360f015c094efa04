"""Archive: a bundle -> one reproducible archive file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    Address,
    Digest,
    FileContent,
    Get,
    InterpreterConstraints,
    Rule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.sandbox import archive as program
from pants_freeze.stages import sandbox
from pants_freeze.stages.bundle import Bundle


@dataclass(frozen=True)
class ArchiveRequest:
    """``bundle`` as an archive of the folder ``folder``, for the target ``owner``.

    ``constraints`` choose the interpreter that writes it.
    """

    owner: Address
    bundle: Bundle
    folder: str
    format: str
    constraints: InterpreterConstraints


@dataclass(frozen=True)
class Archive:
    """One archive file: its name is the folder's with the format as suffix."""

    digest: Digest
    path: str


@dataclass(frozen=True)
class ArchivePart:
    """The bytes of one part of an archive, in the file ``archive``."""

    digest: Digest


@dataclass(frozen=True)
class ArchivePartRequest:
    """``files`` below ``folder`` as one part; ``what`` says for people which."""

    owner: Address
    files: Digest
    folder: str
    format: str
    is_last: bool
    what: str
    constraints: InterpreterConstraints


@rule
async def write_part(request: ArchivePartRequest) -> ArchivePart:
    files = await engine.add_prefix(request.files, request.folder)
    executables = engine.executables(await engine.entries(files))
    result = await sandbox.run(
        sandbox.ProgramRequest(
            program="archive",
            plan=sandbox.plan_json(
                program.Plan(request.folder, request.format, request.is_last, executables),
            ),
            modules=("sandbox/archive.py", "sandbox/errors.py"),
            inputs=files,
            output=str(program.OUTPUT),
            constraints=request.constraints,
            description=f"Compress {request.what} for {request.owner}",
        )
    )
    return ArchivePart(result.checked(errors.FreezeFailed, str(request.owner)))


@rule
async def write_archive(request: ArchiveRequest) -> Archive:
    bundle, owner, folder = request.bundle, request.owner, request.folder
    path = f"{folder}.{request.format}"

    def part(files: Digest, is_last: bool, what: str) -> ArchivePartRequest:
        return ArchivePartRequest(
            owner, files, folder, request.format, is_last, what, request.constraints
        )

    if request.format in program.IN_PARTS:
        requests = [
            *(part(files, False, origin) for origin, files in bundle.runtime),
            part(bundle.programs, True, "programs"),
        ]
    else:
        requests = [part(bundle.digest, True, "files")]
    parts = await concurrently([Get(ArchivePart, ArchivePartRequest, each) for each in requests])
    contents = await concurrently([engine.contents(each.digest) for each in parts])
    data = b"".join(files[0].content for files in contents)
    return Archive(await engine.create((FileContent(path, data),)), path)


def archive(request: ArchiveRequest) -> Get:
    """``Archive`` as requested."""
    return Get(Archive, ArchiveRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
