"""Single file: a component -> one executable, which unpacks itself into a cache, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    EMPTY_DIGEST,
    Entry,
    Get,
    Rule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.field_sets import FreezingFieldSet
from pants_freeze.sandbox import single_file as program
from pants_freeze.sandbox import stub
from pants_freeze.stages import sandbox
from pants_freeze.stages.component import Component
from pants_freeze.subsystems import Zig, Zstandard

_FOLDER = "payload"


@dataclass(frozen=True)
class StubRequest:
    """The stub, which is the same for all components."""


@dataclass(frozen=True)
class Stub:
    """The result of compiling the stub: the file ``stub``, or a failure."""

    result: sandbox.ProgramResult


@dataclass(frozen=True)
class SingleFileRequest:
    """``component``, the one of ``field_set``, as one file."""

    field_set: FreezingFieldSet
    component: Component


@dataclass(frozen=True)
class SingleFile:
    """One executable file, named like the executable in it."""

    entry: Entry


@rule
async def compile_stub(_: StubRequest, zig: Zig) -> Stub:
    compiler = await engine.pex(zig.to_pex_request())
    result = await sandbox.run(
        sandbox.ProgramRequest(
            program="stub",
            plan=sandbox.plan_json({}),
            modules=(
                "frozen/decoder.zig",
                "frozen/single_file.c",
                "sandbox/errors.py",
                "sandbox/stub.py",
            ),
            inputs=EMPTY_DIGEST,
            output=str(stub.OUTPUT),
            # Not those of a component: it is compiled once for all.
            constraints=zig.interpreter_constraints,
            parts=(compiler,),
            description="Compile the stub of single files",
        )
    )
    return Stub(result)


@rule
async def write_single_file(request: SingleFileRequest, zstandard: Zstandard) -> SingleFile:
    component = request.component
    owner, constraints = str(component.address), component.closure.constraints
    compression = request.field_set.payload_compression()
    compiled, runtime = await concurrently(
        Get(Stub, StubRequest()),
        engine.add_prefix(component.runtime, component.contents_directory),
    )
    stub_file = compiled.result.checked(errors.SingleFileFailed, owner)
    parts = []
    if compression == "zstd":
        tool = zstandard.to_pex_request(interpreter_constraints=constraints)
        parts.append(await engine.pex(tool))
    content = await engine.merge((component.executable_digest, runtime))
    executables = engine.executables(await engine.entries(content))
    inputs = await engine.merge((stub_file, await engine.add_prefix(content, _FOLDER)))
    result = await sandbox.run(
        sandbox.ProgramRequest(
            program="single_file",
            plan=sandbox.plan_json(
                program.Plan(
                    stub=str(stub.OUTPUT),
                    folder=_FOLDER,
                    program=component.executable,
                    compression=compression,
                    executables=executables,
                )
            ),
            modules=("sandbox/archive.py", "sandbox/errors.py", "sandbox/single_file.py"),
            inputs=inputs,
            output=str(program.OUTPUT),
            output_is_folder=True,
            constraints=constraints,
            parts=tuple(parts),
            description=f"Compress {owner} into one file",
        )
    )
    digest = await engine.remove_prefix(
        result.checked(errors.SingleFileFailed, owner), str(program.OUTPUT)
    )
    (entry,) = await engine.entries(digest)
    return SingleFile(entry)


def single_file(request: SingleFileRequest) -> Get:
    """``SingleFile`` as requested."""
    return Get(SingleFile, SingleFileRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
