"""The backend: ``./pants lint`` runs `ruff check` and `ruff format`, ``./pants fmt`` formats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from pants.backend.python.subsystems.python_tool_base import LockfileRules, PythonToolBase
from pants.backend.python.target_types import ConsoleScript, PythonSourceField
from pants.backend.python.util_rules import pex
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.core.goals.fmt import FmtResult, FmtTargetsRequest
from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.config_files import ConfigFiles, ConfigFilesRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.fs import Digest, MergeDigests, Snapshot
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Get, MultiGet, Rule, collect_rules, rule
from pants.engine.target import FieldSet
from pants.option.option_types import SkipOption
from pants.util.strutil import pluralize

_CONFIG = "ruff.toml"


class Ruff(PythonToolBase):
    options_scope = "ruff"
    name = "Ruff"
    help = "The Ruff linter and formatter (https://docs.astral.sh/ruff/)."

    default_version = "ruff>=0.17,<1"
    default_requirements = [default_version]
    default_main = ConsoleScript("ruff")
    default_lockfile_resource = ("pants_ruff", "ruff.lock")
    register_interpreter_constraints = True
    lockfile_rules_type = LockfileRules.SIMPLE

    skip = SkipOption("fmt", "lint")


@dataclass(frozen=True)
class RuffFieldSet(FieldSet):
    required_fields = (PythonSourceField,)

    source: PythonSourceField


class RuffCheckRequest(LintTargetsRequest):
    field_set_type = RuffFieldSet
    tool_subsystem = Ruff  # type: ignore[assignment]
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION


class RuffFormatRequest(FmtTargetsRequest):
    field_set_type = RuffFieldSet
    tool_subsystem = Ruff  # type: ignore[assignment]
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION

    @classmethod
    def _tool_name(cls) -> str:
        return "ruff format"


@dataclass(frozen=True)
class RuffRun:
    """One run of ruff: its subcommand with options, on all the files of *snapshot*."""

    arguments: tuple[str, ...]
    snapshot: Snapshot


@rule
async def run_ruff(request: RuffRun, ruff: Ruff) -> FallibleProcessResult:
    tool, config = await MultiGet(
        Get(VenvPex, PexRequest, ruff.to_pex_request()),
        Get(ConfigFiles, ConfigFilesRequest(specified=_CONFIG, specified_option_name="ruff.toml")),
    )
    digest = await Get(Digest, MergeDigests((request.snapshot.digest, config.snapshot.digest)))
    files = request.snapshot.files
    return await Get(
        FallibleProcessResult,
        VenvPexProcess(
            tool,
            argv=(*request.arguments, "--no-cache", "--force-exclude", *files),
            input_digest=digest,
            output_files=files,
            description=f"ruff {request.arguments[0]} on {pluralize(len(files), 'file')}",
        ),
    )


@rule(desc="Lint with ruff")
async def ruff_check(request: RuffCheckRequest.Batch[RuffFieldSet, Any]) -> LintResult:
    sources = await Get(SourceFiles, SourceFilesRequest(each.source for each in request.elements))
    result = await Get(FallibleProcessResult, RuffRun(("check", "--quiet"), sources.snapshot))
    return LintResult.create(request, result)


@rule(desc="Format with ruff")
async def ruff_format(request: RuffFormatRequest.Batch) -> FmtResult:
    result = await Get(FallibleProcessResult, RuffRun(("format", "--quiet"), request.snapshot))
    return await FmtResult.create(request, result)


def rules() -> Iterable[Rule]:
    return cast(
        "Iterable[Rule]",
        (
            *collect_rules(),
            *RuffCheckRequest.rules(),
            *RuffFormatRequest.rules(),
            *pex.rules(),  # type: ignore[no-untyped-call]
        ),
    )
