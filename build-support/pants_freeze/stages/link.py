"""Link: first-party code, over a runtime layer -> an executable. The fast stage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import Address, Digest, Get, Rule, collect_rules, concurrently, rule
from pants_freeze.report import Step
from pants_freeze.sandbox import link as program
from pants_freeze.sandbox.layer import data_folders
from pants_freeze.stages import sandbox
from pants_freeze.stages.closure import Closure

_SOURCES = "sources"
_LAYER = "layer"
_LINKED = "linked"


@dataclass(frozen=True)
class LinkOptions:
    """What the fields of a freezing target say about its executable.

    ``icon`` is relative to the root of the repository, or empty. With ``import_times`` the program
    prints how long each import takes; with ``is_checked`` it can be checked.
    """

    name: str
    optimize: int
    console: bool
    icon: str
    import_times: bool
    is_checked: bool


@dataclass(frozen=True)
class LinkRequest:
    """The executable of ``closure`` for the target ``owner``.

    ``layer`` is the ``link`` part of its runtime layer; ``contents_directory`` is the runtime
    folder relative to the executable; ``data_paths`` are the first-party data files in it.
    """

    owner: Address
    closure: Closure
    layer: Digest
    contents_directory: str
    data_paths: tuple[str, ...]
    options: LinkOptions


@dataclass(frozen=True)
class Executable:
    """A linked executable: one file at the top of ``digest``, named ``path``; ``step`` is what
    linking took."""

    digest: Digest
    path: str
    step: Step


@rule
async def link_executable(request: LinkRequest) -> Executable:
    options = request.options
    icon = await engine.workspace_files(
        (options.icon,) if options.icon else (), f"the `icon` field of the target {request.owner}"
    )
    sources, layer = await concurrently(
        engine.add_prefix(request.closure.modules, _SOURCES),
        engine.add_prefix(request.layer, _LAYER),
    )
    inputs = await engine.merge((sources, layer, icon.digest))
    result = await sandbox.run(
        sandbox.ProgramRequest(
            program="link",
            plan=sandbox.plan_json(
                program.Plan(
                    owner=str(request.owner),
                    name=options.name,
                    entry_module=request.closure.entry_module,
                    entry_function=request.closure.entry_function,
                    arguments=list(request.closure.arguments),
                    environment=dict(request.closure.environment),
                    sources=_SOURCES,
                    data_folders=sorted(data_folders(request.data_paths)),
                    layer=_LAYER,
                    contents_directory=request.contents_directory,
                    optimize=options.optimize,
                    console=options.console,
                    icon=options.icon,
                    import_times=options.import_times,
                    is_checked=options.is_checked,
                )
            ),
            modules=(
                "frozen/check.py",
                "frozen/entry.py",
                "frozen/importer.py",
                "frozen/missing.py",
                "sandbox/errors.py",
                "sandbox/files.py",
                "sandbox/layer.py",
                "sandbox/link.py",
                "sandbox/modules.py",
            ),
            inputs=inputs,
            output=_LINKED,
            output_is_folder=True,
            # PyInstaller looks for it when it is imported.
            system_programs=("ldd",),
            constraints=request.closure.constraints,
            description=f"Link {request.owner}"
            + (" to print its import times" if options.import_times else "")
            + (" to be checked" if options.is_checked else ""),
        )
    )
    digest = await engine.remove_prefix(
        result.checked(errors.LinkFailed, str(request.owner)), _LINKED
    )
    entries = await engine.entries(digest)
    return Executable(digest, entries[0].path, result.step)


def link(request: LinkRequest) -> Get:
    """``Executable`` as requested."""
    return Get(Executable, LinkRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
