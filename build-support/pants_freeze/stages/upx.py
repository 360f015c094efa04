"""UPX: a runtime layer and the executable over it -> both packed, as far as that is proven to work.

The layer and the executable are packed by processes of their own, so that an edit of first-party
code packs the executable alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    Address,
    Digest,
    Get,
    InterpreterConstraints,
    Rule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.report import PackedFile, Step
from pants_freeze.sandbox import upx as program
from pants_freeze.sandbox.measured import TOOLS
from pants_freeze.stages import sandbox
from pants_freeze.subsystems import Freeze

_RUNTIME = "runtime"
_FIELD = "compression"
_UNPROVEN = "`startup_arguments` is empty, so nothing proves it"


@dataclass(frozen=True)
class UpxToolRequest:
    """The UPX that the target ``owner`` asks for."""

    owner: Address


@dataclass(frozen=True)
class UpxTool:
    """A UPX on the executable search path; ``fingerprint`` tells one version from another."""

    fingerprint: str


@dataclass(frozen=True)
class UpxRequest:
    """``layer`` and ``executable`` packed with ``tool``, for the target ``owner``.

    ``layer`` is the content of a runtime layer, and ``data`` are the first-party files that lie in
    the runtime folder too, which is at ``contents_directory`` beside the executable. The executable
    is the file ``executable`` in ``executable_digest``; with ``arguments``, if there are any, it
    ends at once, and well.
    """

    owner: Address
    tool: UpxTool
    layer: Digest
    data: Digest
    executable: str
    executable_digest: Digest
    contents_directory: str
    arguments: tuple[str, ...]
    constraints: InterpreterConstraints


@dataclass(frozen=True)
class Packed:
    """What takes the place of layer and executable. ``files`` are all native files, sorted."""

    layer: Digest
    executable_digest: Digest
    files: tuple[PackedFile, ...]
    step: Step


@dataclass(frozen=True)
class _Run:
    """One run of the program: what it packs is ``inputs``."""

    owner: Address
    tool: UpxTool
    what: str
    runtime: str
    program: str
    arguments: tuple[str, ...]
    inputs: Digest
    constraints: InterpreterConstraints


@dataclass(frozen=True)
class _Ran:
    """What it has made of its inputs."""

    packed: Digest
    result: program.Result
    step: Step


@rule
async def find_upx(request: UpxToolRequest, freeze: Freeze.EnvironmentAware) -> UpxTool:
    found = await engine.system_program("upx", freeze.executable_search_path)
    if found.first_path is None:
        what = (
            '"upx" takes UPX 4.2 or newer, and no `upx` on the executable search path answers; '
            "install it (Debian: upx-ucl, for Debian 12 from bookworm-backports), name its folder "
            "in `[freeze].executable_search_paths`, or choose another `compression`"
        )
        raise errors.CompressionFailed(str(request.owner), [errors.Problem(_FIELD, what)])
    return UpxTool(found.first_path.fingerprint)


@rule
async def run_upx(request: _Run) -> _Ran:
    address = str(request.owner)
    ran = await sandbox.run(
        sandbox.ProgramRequest(
            program="upx",
            plan=sandbox.plan_json(
                program.Plan(
                    upx=f"{TOOLS}/upx",
                    version=request.tool.fingerprint,
                    runtime=request.runtime,
                    program=request.program,
                    arguments=list(request.arguments),
                )
            ),
            modules=("sandbox/errors.py", "sandbox/upx.py"),
            inputs=request.inputs,
            output=str(program.OUTPUT),
            output_is_folder=True,
            constraints=request.constraints,
            system_programs=("upx",),
            description=f"Pack the {request.what} of {address} with UPX",
        )
    )
    output = ran.checked(errors.CompressionFailed, address, _FIELD)
    folder = f"{program.OUTPUT}/{program.PACKED}"
    packed, result = await concurrently(
        engine.subset(output, [f"{folder}/**"]),
        engine.subset(output, [f"{program.OUTPUT}/{program.RESULT}"]),
    )
    digest, files = await concurrently(
        engine.remove_prefix(packed, folder), engine.contents(result)
    )
    return _Ran(digest, program.Result.parse(files[0].content), ran.step)


def packed_files(
    folder: str, outcomes: Iterable[program.Outcome], problem: str = ""
) -> list[PackedFile]:
    """*outcomes* of files in *folder*, as if nothing was packed if there is a *problem* with it."""
    return [
        PackedFile(
            f"{folder}/{each.path}" if folder else each.path,
            each.before,
            each.before if problem else each.after,
            each.reason or problem,
        )
        for each in outcomes
    ]


@rule
async def pack(request: UpxRequest) -> Packed:
    layer = await engine.add_prefix(request.layer, _RUNTIME)
    libraries = await Get(
        _Ran,
        _Run(
            request.owner, request.tool, "libraries", _RUNTIME, "", (), layer, request.constraints
        ),
    )
    folder = request.contents_directory
    if not request.arguments:
        (entry,) = await engine.entries(request.executable_digest)
        size = engine.size_of(entry)
        files = packed_files(folder, libraries.result.outcomes)
        files.append(PackedFile(request.executable, size, size, _UNPROVEN))
        return Packed(
            libraries.packed, request.executable_digest, tuple(sorted(files)), libraries.step
        )
    runtime = await engine.merge((libraries.packed, request.data))
    placed = await engine.add_prefix(runtime, folder)
    inputs = await engine.merge((placed, request.executable_digest))
    executable = await Get(
        _Ran,
        _Run(
            request.owner,
            request.tool,
            "executable",
            "",
            request.executable,
            request.arguments,
            inputs,
            request.constraints,
        ),
    )
    problem = executable.result.problem
    if problem:
        problem = f"with all libraries packed, the program does not run: {problem}"
    files = [
        *packed_files(folder, libraries.result.outcomes, problem),
        *packed_files("", executable.result.outcomes),
    ]
    return Packed(
        request.layer if problem else libraries.packed,
        executable.packed,
        tuple(sorted(files)),
        Step(
            libraries.step.step,
            libraries.step.seconds + executable.step.seconds,
            max(libraries.step.peak_bytes, executable.step.peak_bytes),
        ),
    )


def upx(owner: Address) -> Get:
    """``UpxTool`` for the target *owner*; `errors.CompressionFailed` if there is none."""
    return Get(UpxTool, UpxToolRequest(owner))


def packed(request: UpxRequest) -> Get:
    """``Packed`` as requested."""
    return Get(Packed, UpxRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
