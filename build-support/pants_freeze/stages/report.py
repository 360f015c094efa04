"""Report: a bundle with its components -> HTML, JSON and Markdown on where the bytes go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pants_freeze import _engine as engine
from pants_freeze import errors, report
from pants_freeze._engine import (
    EMPTY_DIGEST,
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
from pants_freeze.field_sets import FreezingFieldSet
from pants_freeze.manifest import ManifestFile
from pants_freeze.sandbox import page as program
from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.sizes import Record, Sizes
from pants_freeze.stages import sandbox
from pants_freeze.stages.budget import ComponentSizesRequest, RecordRequest
from pants_freeze.stages.bundle import Bundle
from pants_freeze.stages.component import ComponentRequest, component
from pants_freeze.stages.measure import Measurements, MeasureRequest
from pants_freeze.subsystems import Plotly

_JSON = "report.json"


@dataclass(frozen=True)
class ReportRequest:
    """The report on ``bundle`` of ``components``, in files whose names begin with ``folder``.

    ``archive`` has the archive, or is None. ``constraints`` choose the interpreter that draws it.
    """

    owner: Address
    version: str
    folder: str
    components: tuple[ComponentRequest, ...]
    bundle: Bundle
    archive: Digest | None
    constraints: InterpreterConstraints


@dataclass(frozen=True)
class Report:
    """The files of a report, at ``paths``."""

    digest: Digest
    paths: tuple[str, ...]


@dataclass(frozen=True)
class SizeReportRequest:
    """What is known of a component without running it."""

    component: ComponentRequest


def attributed(files: Iterable[ManifestFile], executable: str) -> tuple[int, int, int]:
    """Of the component *executable*: bytes of first-party code, bytes of others that only it needs,
    and bytes of others that more components need."""
    own = exclusive = shared = 0
    for file in files:
        if executable not in file.components:
            continue
        if file.origin == FIRST_PARTY:
            own += file.size
        elif len(file.components) > 1:
            shared += file.size
        else:
            exclusive += file.size
    return own, exclusive, shared


def requirement_reports(files: Iterable[ManifestFile]) -> tuple[report.RequirementReport, ...]:
    """Bytes and users of each origin, sorted by its label."""
    sums: Counter[str] = Counter()
    users: dict[str, set[str]] = defaultdict(set)
    for file in files:
        sums[file.origin] += file.size
        users[file.origin].update(file.components)
    return tuple(
        report.RequirementReport(label, size, tuple(sorted(users[label])))
        for label, size in sorted(sums.items())
    )


def measured_budgets(
    field_set: FreezingFieldSet, starts: Iterable[report.Start]
) -> Iterator[report.BudgetUse]:
    """The budgets that `./pants test` checks, with the last of *starts* if it was measured."""
    last = [start for start in tuple(starts)[-1:] if not start.problem]
    for field, unit, values in (
        (field_set.startup_budget, "seconds", [start.seconds for start in last]),
        (field_set.memory_budget, "bytes", [start.peak_bytes for start in last]),
    ):
        if field.limit():
            yield report.BudgetUse(field.alias, unit, field.limit(), *(values or [None]))


def in_distribution(
    request: ComponentRequest,
    sizes: report.ComponentReport,
    measured: Measurements,
    files: Iterable[ManifestFile],
) -> report.ComponentReport:
    """The report on a component alone, completed by what it shares and what was measured."""
    own, exclusive, shared = attributed(files, sizes.name)
    return replace(
        sizes,
        own_bytes=own,
        exclusive_bytes=exclusive,
        shared_bytes=shared,
        budgets=(*sizes.budgets, *measured_budgets(request.field_set, measured.starts)),
        starts=measured.starts,
        imports=measured.imports,
    )


@rule
async def report_sizes(request: SizeReportRequest) -> report.ComponentReport:
    built = await component(request.component)
    sizes, record = await concurrently(
        Get(Sizes, ComponentSizesRequest(request.component.field_set, built)),
        Get(Record, RecordRequest(built.address)),
    )
    own = dict(sizes.requirements)[FIRST_PARTY]
    return report.ComponentReport(
        name=built.executable,
        address=str(built.address),
        freezer=request.component.field_set.freezer,
        executable_bytes=sizes.executable_bytes,
        closure_bytes=sizes.closure_bytes,
        own_bytes=own,
        exclusive_bytes=sizes.closure_bytes - own,
        shared_bytes=0,
        budgets=tuple(
            report.BudgetUse(each.field, "bytes", each.limit, each.used(sizes))
            for each in request.component.field_set.size_budgets()
        ),
        change=sizes.change_since(record.sizes) if record.sizes else None,
        steps=built.steps,
        starts=(),
        imports=(),
    )


@rule(desc="Report on a distribution")
async def write_report(request: ReportRequest, plotly: Plotly) -> Report:
    files, archive = request.bundle.files, request.archive
    sizes = await concurrently(
        [Get(report.ComponentReport, SizeReportRequest(each)) for each in request.components]
    )
    charts, archives, *measurements = await concurrently(
        [
            engine.pex(plotly.to_pex_request()),
            engine.entries(archive or EMPTY_DIGEST),
            *(Get(Measurements, MeasureRequest(each)) for each in request.components),
        ]
    )
    built = await concurrently([component(each) for each in request.components])
    machines = [each.machine for each in measurements if each.machine]
    content = report.Report(
        schema_version=report.SCHEMA_VERSION,
        distribution=report.Whole(
            name=request.folder,
            address=str(request.owner),
            version=request.version,
            bytes=sum(file.size for file in files),
            archive=report.Archive(archives[0].path, engine.size_of(archives[0]))
            if archives
            else None,
        ),
        machine=machines[0] if machines else None,
        components=tuple(
            in_distribution(*each, files) for each in zip(request.components, sizes, measurements)
        ),
        requirements=requirement_reports(files),
        files=tuple(
            report.FileReport(file.path, file.size, file.origin, file.components) for file in files
        ),
        # Programs that share a file have it packed alike.
        packed=tuple(sorted({file for each in built for file in each.packed})),
    )
    name = f"{request.folder}-report"
    data = content.json()
    inputs = await engine.create([FileContent(_JSON, data)])
    drawn = await sandbox.run(
        sandbox.ProgramRequest(
            program="page",
            plan=sandbox.plan_json(program.Plan(report=_JSON, title=request.folder)),
            modules=(
                "page/report.css",
                "page/report.html",
                "page/report.js",
                "sandbox/errors.py",
                "sandbox/page.py",
            ),
            inputs=inputs,
            output=str(program.OUTPUT),
            constraints=request.constraints,
            parts=(charts,),
            description=f"Draw the report on {request.owner}",
        )
    )
    page_files = await engine.entries(drawn.checked(errors.FreezeFailed, str(request.owner)))
    digest = await engine.create(
        [
            engine.moved(page_files[0], f"{name}.html"),
            FileContent(f"{name}.json", data),
            FileContent(f"{name}.md", content.markdown()),
        ]
    )
    return Report(digest, tuple(f"{name}.{suffix}" for suffix in ("html", "json", "md")))


def report_on(request: ReportRequest) -> Get:
    """``Report`` as requested."""
    return Get(Report, ReportRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
