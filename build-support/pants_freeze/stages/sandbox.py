"""How a stage runs one of the programs of ``pants_freeze.sandbox``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    Digest,
    FallibleProcessResult,
    FileContent,
    Get,
    InterpreterConstraints,
    Pex,
    PexEnvironment,
    Rule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.programs import ENVIRONMENT, failure_message
from pants_freeze.report import Step
from pants_freeze.sandbox.measured import METRICS, TOOLS
from pants_freeze.subsystems import Freeze, PyInstaller

_PACKAGE = Path(__file__).resolve().parents[1]
_PLAN = "plan.json"

# Runs each program and measures it.
_WRAPPER = ("sandbox/measured.py", "sandbox/usage.py")


@dataclass(frozen=True)
class ProgramRequest:
    """A run of ``python -m pants_freeze.sandbox.PROGRAM`` in a sandbox.

    ``plan`` is JSON (see `plan_json`); ``parts`` are PEXes to put on the path before ``freezer``,
    which is PyInstaller if it is None; ``caches`` are pairs of a named cache and its folder;
    ``modules`` are the files of the plugin that the program consists of, relative to it;
    ``system_programs`` are looked for on the executable search path; ``output`` is the file that it
    writes, or the folder if ``output_is_folder``.
    """

    program: str
    plan: str
    modules: tuple[str, ...]
    inputs: Digest
    output: str
    constraints: InterpreterConstraints
    description: str
    output_is_folder: bool = False
    parts: tuple[Pex, ...] = ()
    system_programs: tuple[str, ...] = ()
    freezer: Pex | None = None
    caches: tuple[tuple[str, str], ...] = ()


def plan_json(plan: object) -> str:
    """A plan, a dataclass or a dict, as the program reads it."""
    content = plan if isinstance(plan, dict) else vars(plan)
    return json.dumps(content, sort_keys=True)


@dataclass(frozen=True)
class ProgramResult:
    """What a program wrote: ``output`` if it succeeded, else ``failure``, a message.

    ``step`` is what it took. It differs from run to run, so it is part of no input of a process.
    ``process`` is how it ended.
    """

    output: Digest
    failure: str
    step: Step
    process: FallibleProcessResult

    def checked(
        self, failure_class: type[errors.FreezeError], address: str, field: str = ""
    ) -> Digest:
        """The output; raises *failure_class* for *address* if there is none."""
        if self.failure:
            raise failure_class(address, [errors.Problem(field, self.failure)])
        return self.output


def step_of(program: str, metrics: bytes) -> Step:
    """What *program* took, by what it wrote of itself; nothing if it was ended before it could."""
    return Step(step=program, **{"seconds": 0.0, "peak_bytes": 0, **json.loads(metrics)})


def program_files(modules: Iterable[str]) -> Iterable[FileContent]:
    """The files of the plugin named by *modules*, with the packages they are in."""
    for name in sorted({"__init__.py", "sandbox/__init__.py", *modules}):
        yield FileContent(f"{_PACKAGE.name}/{name}", (_PACKAGE / name).read_bytes())


@rule
async def run_program(
    request: ProgramRequest,
    pyinstaller: PyInstaller,
    freeze: Freeze.EnvironmentAware,
    pex_environment: PexEnvironment,
) -> ProgramResult:
    freezer = request.freezer
    if freezer is None:
        default = pyinstaller.to_pex_request(interpreter_constraints=request.constraints)
        freezer = await engine.pex(default)
    tools = await engine.shims(
        request.system_programs,
        (*freeze.executable_search_path, "/usr/sbin", "/sbin"),
        "freeze programs (Debian: libc-bin has `ldd` and `ldconfig`; binutils has `strip`, "
        "`objdump`, `as`, `ld` and `readelf`; gcc has `gcc`)",
    )
    venv, tools_digest, files = await concurrently(
        engine.environment((*request.parts, freezer), request.constraints, pex_environment),
        engine.add_prefix(tools.digest, TOOLS),
        engine.create(
            (
                *program_files((*request.modules, *_WRAPPER)),
                FileContent(_PLAN, request.plan.encode()),
            )
        ),
    )
    inputs = await engine.merge((request.inputs, tools_digest, files))
    result = await engine.run_python(
        venv,
        arguments=("-m", f"{_PACKAGE.name}.sandbox.measured", request.program, _PLAN),
        inputs=inputs,
        files=(METRICS,) if request.output_is_folder else (METRICS, request.output),
        folders=(request.output,) if request.output_is_folder else (),
        environment=ENVIRONMENT,
        caches=dict(request.caches),
        description=request.description,
    )
    assert isinstance(result, FallibleProcessResult)
    output, metrics = await concurrently(
        engine.subset(result.output_digest, [request.output, f"{request.output}/**"]),
        engine.subset(result.output_digest, [METRICS]),
    )
    measured = await engine.contents(metrics)
    return ProgramResult(
        output,
        failure_message(result.exit_code, result.stderr.decode()),
        step_of(request.program, measured[0].content if measured else b"{}"),
        result,
    )


def run(request: ProgramRequest) -> Get:
    """``ProgramResult`` of running *request*."""
    return Get(ProgramResult, ProgramRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
