"""Check: a component -> what users of its frozen program would hit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import Get, Rule, collect_rules, concurrently, rule
from pants_freeze.checking import modules_to_import
from pants_freeze.sandbox import check as program
from pants_freeze.sandbox.execute import HOME
from pants_freeze.sandbox.graph import ImportGraph
from pants_freeze.stages import sandbox
from pants_freeze.stages.component import ComponentRequest, component
from pants_freeze.stages.files import NamedFilesRequest, named_files

_SOURCES = "sources"


@dataclass(frozen=True)
class CheckRequest:
    """A check of the component ``component``."""

    component: ComponentRequest


@dataclass(frozen=True)
class Check:
    """What was found, each with its kind and its field, and ``notes``: what was looked at."""

    findings: tuple[tuple[str, errors.Problem], ...]
    notes: tuple[str, ...]


@rule
async def check_component(request: CheckRequest) -> Check:
    field_set = request.component.field_set
    # What is wrong with them is told before anything is frozen.
    exercise_files = await named_files(
        NamedFilesRequest(
            field_set.address, "exercise_files", tuple(field_set.exercise_files.value or ())
        )
    )
    built = await component(replace(request.component, is_checked=True))
    closure = built.closure
    entries, graphs, files, runtime, sources = await concurrently(
        engine.entries(closure.modules),
        engine.contents(built.graph),
        engine.add_prefix(exercise_files.digest, str(HOME)),
        engine.add_prefix(built.runtime, built.contents_directory),
        engine.add_prefix(closure.modules, _SOURCES),
    )
    modules = modules_to_import(
        ImportGraph.parse(graphs[0].content),
        [each.name for each in closure.imports],
        [entry.path for entry in entries],
        dict(built.origins),
        "" if closure.entry_function else closure.entry_module,
    )
    result = await sandbox.run(
        sandbox.ProgramRequest(
            program="check",
            plan=sandbox.plan_json(
                program.Plan(
                    program=built.executable,
                    is_linked=not built.program,
                    runtime=built.contents_directory,
                    modules=modules,
                    left_out=list(built.left_out),
                    sources=_SOURCES,
                    distributions=[str(requirement) for requirement in closure.requirements],
                    exercises=[each.plan() for each in field_set.exercise_starts()],
                    system_libraries=list(field_set.system_libraries.value or ()),
                    oldest_glibc=field_set.oldest_glibc.value or "",
                )
            ),
            modules=(
                "frozen/check.py",
                "sandbox/check.py",
                "sandbox/environment.py",
                "sandbox/errors.py",
                "sandbox/execute.py",
                "sandbox/files.py",
                "sandbox/modules.py",
                "sandbox/native.py",
                "sandbox/usage.py",
            ),
            inputs=await engine.merge((built.executable_digest, runtime, files, sources)),
            output=str(program.OUTPUT),
            constraints=closure.constraints,
            parts=(closure.requirements_pex,),
            system_programs=("objdump",),
            description=f"Check {built.address}",
        )
    )
    output = result.checked(errors.CheckFailed, str(field_set.address))
    written = await engine.contents(output)
    content = json.loads(written[0].content)
    return Check(
        tuple(
            (each["problem"], errors.Problem(each["field"], each["what"]))
            for each in content["findings"]
        ),
        tuple(content["notes"]),
    )


def check(request: CheckRequest) -> Get:
    """``Check`` as requested."""
    return Get(Check, CheckRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
