"""The one module that talks to Pants: porting to another Pants changes this file only.

Each function wraps one request to the engine, is called as ``await engine.NAME(...)`` in a rule,
and names in its docstring what it returns. They are annotated with bare ``Get``: that is what the
rule parser of Pants 2.17 follows into. It evaluates the annotations, on Python 3.7 to 3.9: here
``Union`` and ``typing.Iterable`` are needed.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import re
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Sequence, Tuple, Union

from pants.backend.python.subsystems.python_tool_base import (
    LockfileRules,
    PythonToolBase,
    PythonToolRequirementsBase,
)
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    ConsoleScript,
    EntryPointField,
    PexArgsField,
    PexEntryPointField,
    PexEnvField,
    PexScriptField,
    PythonRequirementsField,
    PythonResolveField,
    PythonSourceField,
    ResolvedPexEntryPoint,
    ResolvePexEntryPointRequest,
)
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import (
    Pex,
    PexRequest,
    PexResolveInfo,
    VenvPex,
    VenvPexProcess,
    VenvPexRequest,
)
from pants.backend.python.util_rules.pex_environment import PexEnvironment
from pants.backend.python.util_rules.pex_from_targets import (
    InterpreterConstraintsRequest,
    PexFromTargetsRequest,
)
from pants.backend.python.util_rules.pex_requirements import (
    EntireLockfile,
    LoadedLockfile,
    LoadedLockfileRequest,
    Lockfile,
    Resolve,
)
from pants.backend.python.util_rules.python_sources import (
    PythonSourceFiles,
    PythonSourceFilesRequest,
    StrippedPythonSourceFiles,
)
from pants.base.build_environment import get_buildroot
from pants.base.build_root import BuildRoot
from pants.base.specs import Specs
from pants.core.goals.package import (
    BuiltPackage,
    BuiltPackageArtifact,
    OutputPathField,
    PackageFieldSet,
)
from pants.core.goals.run import RunFieldSet, RunInSandboxBehavior, RunRequest
from pants.core.goals.tailor import PutativeTarget, PutativeTargets, PutativeTargetsRequest
from pants.core.goals.test import TestFieldSet, TestRequest, TestResult, TestSubsystem
from pants.core.target_types import FileSourceField, ResourceSourceField
from pants.core.util_rules.environments import (
    EnvironmentField,
    EnvironmentNameRequest,
    determine_bootstrap_environment,
)
from pants.core.util_rules.search_paths import ExecutableSearchPathsOptionMixin
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.core.util_rules.system_binaries import (
    BinaryPathRequest,
    BinaryPaths,
    BinaryPathTest,
    BinaryShims,
    BinaryShimsRequest,
)
from pants.engine.addresses import Address, Addresses, UnparsedAddressInputs
from pants.engine.console import Console
from pants.engine.environment import EnvironmentName
from pants.engine.fs import (
    EMPTY_DIGEST,
    AddPrefix,
    CreateDigest,
    Digest,
    DigestContents,
    DigestEntries,
    DigestSubset,
    FileContent,
    FileEntry,
    GlobMatchErrorBehavior,
    MergeDigests,
    PathGlobs,
    Paths,
    RemovePrefix,
    Snapshot,
    SymlinkEntry,
    Workspace,
)
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.internals.graph import Owners, OwnersRequest
from pants.engine.internals.scheduler import ExecutionError, SchedulerSession
from pants.engine.internals.selectors import Params
from pants.engine.platform import Platform
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import (
    Get,
    MultiGet,
    QueryRule,
    Rule,
    _uncacheable_rule,
    collect_rules,
    goal_rule,
    rule,
)
from pants.engine.streaming_workunit_handler import (
    StreamingWorkunitContext,
    WorkunitsCallback,
    WorkunitsCallbackFactory,
    WorkunitsCallbackFactoryRequest,
)
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    AllTargets,
    AllUnexpandedTargets,
    AsyncFieldMixin,
    BoolField,
    Dependencies,
    DependenciesRequest,
    ExplicitlyProvidedDependencies,
    FieldSet,
    InferDependenciesRequest,
    InferredDependencies,
    IntField,
    InvalidFieldException,
    InvalidFieldTypeException,
    SourcesField,
    SourcesPaths,
    SourcesPathsRequest,
    SpecialCasedDependencies,
    StringField,
    StringSequenceField,
    Target,
    Targets,
    TransitiveTargets,
    TransitiveTargetsRequest,
    TriBoolField,
    WrappedTarget,
    WrappedTargetRequest,
)
from pants.engine.unions import UnionRule
from pants.goal.builtin_goal import BuiltinGoal
from pants.init.engine_initializer import GraphSession
from pants.option.option_types import BoolOption, EnumOption, SkipOption, StrOption
from pants.option.options import Options
from pants.option.subsystem import Subsystem
from pants.util.strutil import help_text, softwrap

from pants_freeze import errors, output
from pants_freeze.manifest import ManifestFile

_logger = logging.getLogger(__name__)

__all__ = [
    "COMMON_TARGET_FIELDS",
    "EMPTY_DIGEST",
    "Address",
    "Addresses",
    "AllTargets",
    "AllUnexpandedTargets",
    "AsyncFieldMixin",
    "BoolField",
    "BoolOption",
    "BuildRoot",
    "BuiltPackage",
    "BuiltPackageArtifact",
    "BuiltinGoal",
    "Console",
    "ConsoleScript",
    "Dependencies",
    "Digest",
    "Entry",
    "EnumOption",
    "EnvironmentField",
    "EnvironmentName",
    "ExecutableSearchPathsOptionMixin",
    "ExplicitlyProvidedDependencies",
    "FallibleProcessResult",
    "FieldSet",
    "FileContent",
    "Get",
    "Goal",
    "GoalSubsystem",
    "InferDependenciesRequest",
    "InferredDependencies",
    "IntField",
    "InterpreterConstraints",
    "InvalidFieldException",
    "InvalidFieldTypeException",
    "Lockfile",
    "LockfileRules",
    "OutputPathField",
    "Owners",
    "PackageFieldSet",
    "Paths",
    "Pex",
    "PexArgsField",
    "PexEntryPointField",
    "PexEnvField",
    "PexEnvironment",
    "PexRequest",
    "PexScriptField",
    "Platform",
    "PutativeTarget",
    "PutativeTargets",
    "PutativeTargetsRequest",
    "PythonSetup",
    "PythonToolBase",
    "PythonToolRequirementsBase",
    "Rule",
    "RunFieldSet",
    "RunInSandboxBehavior",
    "RunRequest",
    "SkipOption",
    "SourcesPaths",
    "SpecialCasedDependencies",
    "Specs",
    "StrOption",
    "StringField",
    "StringSequenceField",
    "Subsystem",
    "Target",
    "Targets",
    "TestFieldSet",
    "TestRequest",
    "TestResult",
    "TestSubsystem",
    "TriBoolField",
    "UnionRule",
    "UnparsedAddressInputs",
    "Workspace",
    "WorkunitsCallbackFactory",
    "WorkunitsCallbackFactoryRequest",
    "collect_rules",
    "concurrently",
    "goal_rule",
    "help_text",
    "named",
    "rule",
    "softwrap",
    "uncacheable_rule",
]

concurrently = MultiGet
uncacheable_rule = _uncacheable_rule

Entry = Union[FileEntry, SymlinkEntry]

# --- Targets -------------------------------------------------------------------------------------


def target(address: Address, origin: str) -> Get:
    """``WrappedTarget``: the target at *address*; *origin* says who asks."""
    return Get(WrappedTarget, WrappedTargetRequest(address, description_of_origin=origin))


def named(values: Iterable[str], field: str, owner: Address) -> UnparsedAddressInputs:
    """The addresses *values* that the field *field* of the target *owner* names."""
    return UnparsedAddressInputs(
        values,
        owning_address=owner,
        description_of_origin=f"the `{field}` field of the target {owner}",
    )


def addresses(unparsed: UnparsedAddressInputs) -> Get:
    """``Addresses`` that a field names."""
    return Get(Addresses, UnparsedAddressInputs, unparsed)


def addresses_if_any(values: Iterable[str], owner: Address) -> Get:
    """``Addresses`` of those of *values*, relative to *owner*, that can be addresses."""
    unparsed = UnparsedAddressInputs(
        values,
        owning_address=owner,
        description_of_origin=str(owner),
        skip_invalid_addresses=True,
    )
    return Get(Addresses, UnparsedAddressInputs, unparsed)


def targets(unparsed: UnparsedAddressInputs) -> Get:
    """``Targets`` that a field names, generators replaced by what they generate."""
    return Get(Targets, UnparsedAddressInputs, unparsed)


def targets_at(addresses: Iterable[Address]) -> Get:
    """``Targets`` at *addresses*, generators replaced by what they generate."""
    return Get(Targets, Addresses(addresses))


def transitive_targets(roots: Iterable[Address]) -> Get:
    """``TransitiveTargets``: *roots* and all that they depend on."""
    return Get(TransitiveTargets, TransitiveTargetsRequest(roots))


def direct_dependencies(field: Dependencies) -> Get:
    """``Targets`` that a target depends on directly, generators replaced by what they generate."""
    return Get(Targets, DependenciesRequest(field))


def explicit_dependencies(field: Dependencies) -> Get:
    """``ExplicitlyProvidedDependencies``: what the author of a target has written into *field*."""
    return Get(ExplicitlyProvidedDependencies, DependenciesRequest(field))


def owners(paths: Iterable[str]) -> Get:
    """``Owners``: addresses of the targets that have files of *paths* among their sources."""
    return Get(Owners, OwnersRequest(tuple(paths)))


def source_paths(target: Target) -> Get:
    """``SourcesPaths`` of *target*, relative to the root of the repository."""
    return Get(SourcesPaths, SourcesPathsRequest(target.get(SourcesField)))


def environment_of(field_set: FieldSet) -> Get:
    """``EnvironmentName`` of what the field `environment` of a target says."""
    return Get(
        EnvironmentName, EnvironmentNameRequest, EnvironmentNameRequest.from_field_set(field_set)
    )


def entry_point(field: EntryPointField) -> Get:
    """``ResolvedPexEntryPoint`` of a PEX, with ``file.py:function`` made a module."""
    return Get(ResolvedPexEntryPoint, ResolvePexEntryPointRequest(field))


def specified_targets(specs: Specs) -> Get:
    """``Targets`` that *specs* of the command line name."""
    return Get(Targets, Specs, specs)


# --- Files ---------------------------------------------------------------------------------------


def create(entries: Iterable[Union[FileContent, Entry]]) -> Get:
    """``Digest`` of new files. Raises ``ValueError`` if two have one path."""
    files = tuple(entries)
    if len({file.path for file in files}) != len(files):
        # The engine itself would fail and try again without end.
        raise ValueError("two files of one digest have the same path")
    return Get(Digest, CreateDigest(files))


def merge(digests: Iterable[Digest]) -> Get:
    """``Digest`` of all the files of *digests*."""
    return Get(Digest, MergeDigests(digests))


def add_prefix(digest: Digest, prefix: str) -> Get:
    """``Digest`` of the same files below the folder *prefix*."""
    return Get(Digest, AddPrefix(digest, prefix))


def remove_prefix(digest: Digest, prefix: str) -> Get:
    """``Digest`` of the same files without the folder *prefix*."""
    return Get(Digest, RemovePrefix(digest, prefix))


def subset(digest: Digest, globs: Iterable[str]) -> Get:
    """``Digest`` of the files that match *globs*."""
    return Get(Digest, DigestSubset(digest, PathGlobs(globs)))


def contents(digest: Digest) -> Get:
    """``DigestContents``: the files of *digest* with their bytes."""
    return Get(DigestContents, Digest, digest)


def entries(digest: Digest) -> Get:
    """``DigestEntries``: the files of *digest* with their fingerprints, without their bytes."""
    return Get(DigestEntries, Digest, digest)


def workspace_files(globs: Iterable[str], origin: str) -> Get:
    """``Snapshot`` of files of the repository; every glob must match; *origin* names the field."""
    path_globs = PathGlobs(globs, GlobMatchErrorBehavior.error, description_of_origin=origin)
    return Get(Snapshot, PathGlobs, path_globs)


def workspace_paths(globs: Iterable[str]) -> Get:
    """``Paths`` of the files of the repository that match *globs*; none need match."""
    return Get(Paths, PathGlobs(globs))


def workspace_file_if_any(path: str) -> Get:
    """``Snapshot`` of the file *path* of the repository; it is empty if there is none."""
    return Get(Snapshot, PathGlobs((path,)))


def replace_file(root: BuildRoot, path: str, content: bytes) -> None:
    """Write the file *path* of the repository for a goal; it is there whole or not at all."""
    target = root.pathlib_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.new")
    beside.write_bytes(content)
    beside.replace(target)


def write_packages_whole() -> None:
    """Have ``./pants package`` replace what is in the dist folder as a whole, and not bit by bit.

    Pants removes what was built before, and then writes; whoever interrupts that has neither. There
    is no hook for it. And it copies large files out of its store unread, damaged ones as well.
    `errors.OutputFailed` tells of that, of a full disk and of a folder that is read-only.
    """
    Workspace.write_digest = _write_whole  # type: ignore[method-assign, assignment]


_write_in_place = Workspace.write_digest


def _write_whole(
    workspace: Workspace,
    digest: Digest,
    *,
    path_prefix: Union[str, None] = None,
    clear_paths: Sequence[str] = (),
    side_effecting: bool = True,
) -> None:
    # Only what writes packages names paths to clear.
    if not clear_paths or not path_prefix:
        _write_in_place(workspace, digest, path_prefix=path_prefix, side_effecting=side_effecting)
        return
    root = Path(get_buildroot())
    dist = root / path_prefix
    try:
        with output.staging(dist) as folder:
            beside = (folder / output.NEW).relative_to(root)
            _write_in_place(
                workspace, digest, path_prefix=str(beside), side_effecting=side_effecting
            )
            output.check(folder, clear_paths)
            output.publish(folder, dist, clear_paths)
    except output.Damaged as error:
        what = (
            f"{error} has not the content that was built, so the store of Pants is damaged; delete "
            "it (`./pants help-advanced global` tells the folder: `local_store_dir`) and build "
            "again. What was built before is still there"
        )
        raise errors.OutputFailed(path_prefix, [errors.Problem("", what)]) from None
    except Exception as error:  # the class that the engine raises
        what = (
            f"it cannot be written: {_system_words(error)}; make room, or see that the folder can "
            "be written to. What was built before is still there"
        )
        raise errors.OutputFailed(path_prefix, [errors.Problem("", what)]) from None


_RUST_MESSAGE = re.compile(r'message: "([^"]+)"')


def _system_words(error: Exception) -> str:
    """What the system said, which the engine has in the middle of its own words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    found = _RUST_MESSAGE.search(str(error))
    return found[1] if found else str(error).splitlines()[0]


def sources(targets: Iterable[Target]) -> Get:
    """``SourceFiles`` of any *targets*, at their paths in the repository."""
    return Get(
        SourceFiles,
        SourceFilesRequest(
            (each.get(SourcesField) for each in targets),
            for_sources_types=(FileSourceField, ResourceSourceField, PythonSourceField),
            enable_codegen=True,
        ),
    )


def file_sources(files: Iterable[Target]) -> Get:
    """``SourceFiles`` of ``file``, ``files`` and ``relocated_files`` targets."""
    return Get(
        SourceFiles,
        SourceFilesRequest(
            (each.get(SourcesField) for each in files),
            for_sources_types=(FileSourceField,),
            enable_codegen=True,
        ),
    )


def python_sources(closure: Iterable[Target]) -> Get:
    """``StrippedPythonSourceFiles``: modules and resources, below their source roots."""
    return Get(StrippedPythonSourceFiles, PythonSourceFilesRequest(closure, include_resources=True))


def unstripped_python_sources(closure: Iterable[Target]) -> Get:
    """``PythonSourceFiles``: the same, at their paths in the repository, and the source roots."""
    return Get(PythonSourceFiles, PythonSourceFilesRequest(closure, include_resources=True))


# --- PEXes and processes -------------------------------------------------------------------------


def interpreter_constraints(pex: Address) -> Get:
    """``InterpreterConstraints`` that the sources of the target *pex* agree on."""
    return Get(InterpreterConstraints, InterpreterConstraintsRequest((pex,)))


_MINOR_VERSIONS = range(9, 14)
# More than any release series has had.
_PATCH_VERSIONS = range(31)


def pythons(constraints: InterpreterConstraints) -> Mapping[str, Tuple[int, int]]:
    """The release series from 3.9 to 3.13 that satisfy *constraints*, with the first and the last
    patch version that does; {"3.11": (4, 30)}, where 30 is any from then on."""
    # Its annotations lack this.
    specifiers: Any = [each.specifier for each in constraints]  # type: ignore[attr-defined]
    found = {}
    for minor in _MINOR_VERSIONS:
        patches = [
            patch
            for patch in _PATCH_VERSIONS
            if any(each.contains(f"3.{minor}.{patch}") for each in specifiers)
        ]
        if patches:
            found[f"3.{minor}"] = (patches[0], patches[-1])
    return found


def accepts(
    tool: InterpreterConstraints, program: InterpreterConstraints, setup: PythonSetup
) -> bool:
    """Whether *tool* runs with each interpreter that *program* may run with."""
    return bool(tool.contains(program, setup.interpreter_versions_universe))


def requirements_pex(pex: Address) -> Get:
    """``Pex`` of the requirements of the target *pex*: of its closure, never a whole lockfile."""
    return Get(
        Pex,
        PexFromTargetsRequest(
            (pex,),
            output_filename="requirements.pex",
            # An internal PEX would be the entire lockfile where the option
            # `[python].run_against_entire_lockfile` is set.
            internal_only=False,
            include_source_files=False,
            include_local_dists=True,
        ),
    )


def pex_distributions(pex: Pex) -> Get:
    """``PexResolveInfo``: name and version of each distribution in *pex*."""
    return Get(PexResolveInfo, Pex, pex)


def requirement_strings(closure: Iterable[Target]) -> Tuple[str, ...]:
    """What the targets of *closure* ask for, sorted."""
    fields = (
        each[PythonRequirementsField] for each in closure if each.has_field(PythonRequirementsField)
    )
    return tuple(sorted({str(requirement) for field in fields for requirement in field.value}))


def resolve_of(target: Target, setup: PythonSetup) -> str:
    """The name of the resolve of *target*; empty if the repository has none."""
    return target[PythonResolveField].normalized_value(setup) if setup.enable_resolves else ""


def resolve_lockfile(name: str) -> Get:
    """``Lockfile`` of the resolve *name*."""
    return Get(Lockfile, Resolve(name, False))


def own_lockfile(tool: PythonToolRequirementsBase) -> Union[Lockfile, None]:
    """The lockfile that *tool* brings along or has an option for, if it is installed from one."""
    requirements = tool.pex_requirements()
    return requirements.lockfile if isinstance(requirements, EntireLockfile) else None


def loaded_lockfile(lockfile: Lockfile) -> Get:
    """``LoadedLockfile``: its digest has no comments of Pants in it."""
    return Get(LoadedLockfile, LoadedLockfileRequest(lockfile))


def pex(request: PexRequest) -> Get:
    """``Pex`` as requested."""
    return Get(Pex, PexRequest, request)


def environment(
    parts: Iterable[Pex], constraints: InterpreterConstraints, pex_env: PexEnvironment
) -> Get:
    """``VenvPex``: one environment of *parts*; what comes first wins. Its files are copies."""
    request = PexRequest(
        output_filename="environment.pex",
        internal_only=True,
        interpreter_constraints=constraints,
        pex_path=parts,
    )
    complete = pex_env.in_sandbox(working_directory=None)
    return Get(VenvPex, VenvPexRequest(request, complete, site_packages_copies=True))


def shims(names: Iterable[str], search_path: Iterable[str], rationale: str) -> Get:
    """``BinaryShims``: a folder with the system's programs *names*, to use as PATH."""
    return Get(
        BinaryShims,
        BinaryShimsRequest,
        BinaryShimsRequest.for_binaries(
            *names, rationale=rationale, search_path=tuple(search_path)
        ),
    )


def system_program(name: str, search_path: Iterable[str]) -> Get:
    """``BinaryPaths`` of the system's program *name*, if it answers to ``--version``; what it
    answers is its fingerprint."""
    return Get(
        BinaryPaths,
        BinaryPathRequest(
            binary_name=name,
            search_path=tuple(search_path),
            test=BinaryPathTest(("--version",)),
        ),
    )


def run_python(
    venv: VenvPex,
    *,
    arguments: Iterable[str],
    inputs: Digest,
    files: Iterable[str],
    folders: Iterable[str],
    environment: Mapping[str, str],
    caches: Mapping[str, str],
    description: str,
) -> Get:
    """``FallibleProcessResult`` of the interpreter of *venv*, which writes *files* and *folders*.

    *caches* are the folders of named caches in the sandbox. A file among *folders* is an output all
    the same, but no remote cache takes the result.

    The interpreter is run itself, not through the script of the PEX, whose ``-I`` would ignore
    ``PYTHONHASHSEED``.
    """
    return Get(
        FallibleProcessResult,
        VenvPexProcess(
            dataclasses.replace(venv, pex=venv.python),
            argv=arguments,
            input_digest=inputs,
            output_directories=tuple(folders),
            output_files=tuple(files),
            extra_env=environment,
            append_only_caches=caches,
            description=description,
        ),
    )


# --- Goals ---------------------------------------------------------------------------------------


class AtEndOf(WorkunitsCallback):
    """Has a *product* computed once a run of *goal* has succeeded, and handed to *show*.

    The product may depend on the specs of the command line; its query is ``query(product, Specs)``.
    """

    # It prints, so the run waits for it.
    can_finish_async = False

    def __init__(self, goal: str, product: type, show: Callable[[Any], None]) -> None:
        self._goal = goal
        self._product = product
        self._show = show

    def __call__(self, *, finished: bool, context: StreamingWorkunitContext, **_: Any) -> None:
        run = context.run_tracker
        succeeded = run.run_information().get("outcome") == "SUCCESS"
        if finished and succeeded and self._goal in run.goals:
            product = _product_or_error(context._scheduler, self._product, context._specs)
            if product is not None:
                self._show(product)


def query(product: type, *params: type) -> QueryRule:
    """What lets *product* of *params* be computed outside of rules."""
    return QueryRule(product, (*params, EnvironmentName))


def _product_or_error(session: SchedulerSession, product: type, request: object) -> Any:
    try:
        params = Params(request, determine_bootstrap_environment(session))
        (found,) = session.product_request(product, [params])
    except ExecutionError as error:
        _logger.error(error)
        return None
    return found


def ask(graph_session: GraphSession, product: type, request: object) -> Any:
    """The *product* of *request* for a builtin goal, or None if it failed, which is logged."""
    return _product_or_error(graph_session.scheduler_session, product, request)


def words_of(options: Options, specs: Specs) -> Tuple[Specs, Tuple[str, ...]]:
    """What a builtin goal is called with: specs that are addresses, and plain words and paths."""
    includes = specs.includes
    words = (
        *options.goals,
        *options.unknown_goals,
        *(each.directory for each in includes.dir_literals),
        *(each.file for each in includes.file_literals),
    )
    rest = dataclasses.replace(includes, dir_literals=(), file_literals=())
    return dataclasses.replace(specs, includes=rest), words


# --- Values --------------------------------------------------------------------------------------


def moved(entry: Entry, path: str) -> Entry:
    """The same file at another *path*."""
    return dataclasses.replace(entry, path=path)


def executables(entries: Iterable[Entry]) -> list[str]:
    """The paths of those that can be executed, sorted."""
    return sorted(
        each.path for each in entries if isinstance(each, FileEntry) and each.is_executable
    )


def link(path: str, target: str) -> Entry:
    """A link at *path* to *target*, which is relative to the folder of *path*."""
    return SymlinkEntry(path, target)


def size_of(entry: Entry) -> int:
    """Bytes of *entry*, as ``ls`` tells them: a link has those of its target's name."""
    if isinstance(entry, SymlinkEntry):
        return len(os.fsencode(entry.target))
    return int(entry.file_digest.serialized_bytes_length)


def manifest_file(entry: Entry, origin: str, components: Iterable[str]) -> ManifestFile:
    """*entry* as a line of the manifest."""
    users = tuple(sorted(set(components)))
    if isinstance(entry, SymlinkEntry):
        return ManifestFile(entry.path, size_of(entry), "", "link", entry.target, origin, users)
    sha256, mode = entry.file_digest.fingerprint, "0755" if entry.is_executable else "0644"
    return ManifestFile(entry.path, size_of(entry), sha256, mode, "", origin, users)


def content_of(entry: Entry) -> str:
    """What identifies the content of *entry*: two files with the same value are alike."""
    if isinstance(entry, SymlinkEntry):
        return f"link to {entry.target}"
    mode = "executable" if entry.is_executable else "file"
    return f"{mode} {entry.file_digest.fingerprint}"
