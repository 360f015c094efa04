"""``./pants freeze-trim``: write down what exercised programs never opened, as trim lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    BuildRoot,
    Console,
    Get,
    Goal,
    GoalSubsystem,
    Rule,
    Targets,
    collect_rules,
    concurrently,
    goal_rule,
    rule,
)
from pants_freeze.field_sets import FreezingFieldSet
from pants_freeze.goals.targets import NamedComponents, NamedComponentsRequest, no_program
from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.sandbox.graph import ImportGraph
from pants_freeze.sandbox.trim import written_for
from pants_freeze.stages.component import ComponentRequest, component
from pants_freeze.stages.files import NamedFilesRequest, named_files
from pants_freeze.stages.freeze import TrimRules, TrimRulesRequest
from pants_freeze.stages.observe import ObserveRequest, observe
from pants_freeze.trimming import Runtime, trim_list

_FOLDER = "specs"


class FreezeTrimSubsystem(GoalSubsystem):
    name = "freeze-trim"
    help = (
        "Write a trim list of all that a frozen program does not open in its `exercises`, such as "
        "`./pants freeze-trim src/python/project:binary`: `specs/NAME.trim`, where NAME is that of "
        "its executable. Review the list, commit it, and name it in the field `trim` of the "
        "target; nothing else applies it. Written again, it keeps its `keep` lines. Needs Linux."
    )


class FreezeTrim(Goal):
    subsystem_cls = FreezeTrimSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@dataclass(frozen=True)
class TrimListRequest:
    """The trim list of ``component``."""

    component: ComponentRequest


@dataclass(frozen=True)
class TrimList:
    """A trim list and its path, relative to the root of the repository."""

    path: str
    text: str


@dataclass(frozen=True)
class OldTrimListRequest:
    """The trim list that was written for ``field_set`` before."""

    field_set: FreezingFieldSet


@rule
async def old_trim_list(request: OldTrimListRequest) -> TrimList:
    """Where it is, or where to write it: then the text is empty.

    A list can be moved, for it says what it belongs to. If another list has the name of the
    executable, the name is that of the address.
    """
    field_set = request.field_set
    address = field_set.address
    places = [
        f"{_FOLDER}/{name}.trim"
        for name in (field_set.output_path.executable(), address.path_safe_spec)
    ]
    candidates = [*field_set.trim.paths(), *places]
    snapshots = await concurrently([engine.workspace_file_if_any(path) for path in candidates])
    files = await concurrently([engine.contents(each.digest) for each in snapshots])
    texts = {
        path: file[0].content.decode(errors="replace")
        for path, file in zip(candidates, files)
        if file
    }
    for path, text in texts.items():
        if written_for(text) == str(address):
            return TrimList(path, text)
    for path in places:
        if path not in texts:
            return TrimList(path, "")
    problem = f"{' and '.join(places)} are lists of something else; move one"
    raise errors.InvalidTarget(str(address), [errors.Problem("trim", problem)])


@rule
async def new_trim_list(request: TrimListRequest) -> TrimList:
    field_set = request.component.field_set
    address = field_set.address
    if not field_set.exercises.value:
        what = "no command line is there to observe; set it to what users do with the program"
        raise errors.InvalidTarget(str(address), [errors.Problem("exercises", what)])
    # What is wrong with them is told before anything is frozen.
    await named_files(
        NamedFilesRequest(address, "exercise_files", tuple(field_set.exercise_files.value or ()))
    )
    old = await Get(TrimList, OldTrimListRequest(field_set))
    others = tuple(path for path in field_set.trim.paths() if path != old.path)
    whole = replace(request.component, without_trim=old.path)
    built, observed, rules = await concurrently(
        component(whole),
        observe(ObserveRequest(whole)),
        Get(TrimRules, TrimRulesRequest(address, others)),
    )
    entries, graphs = await concurrently(
        engine.entries(built.runtime), engine.contents(built.graph)
    )
    graph = ImportGraph.parse(graphs[0].content)
    stay = {path for path, origin in built.origins if origin == FIRST_PARTY}
    # What starts before the program, whatever its arguments are, and what its author has named.
    names = (*graph.hooks["CPython itself"], *field_set.hidden_imports.value)
    stay.update(graph.stored[name] for name in names if name in graph.stored)
    runtime = Runtime(
        {entry.path: engine.size_of(entry) for entry in entries},
        graph.stored,
        frozenset(stay.union(observed.opened)),
    )
    try:
        text = trim_list(
            str(address),
            field_set.exercises.value,
            runtime,
            old.text,
            [each for each, _ in rules.rules],
        )
    except ValueError as error:
        problem = errors.Problem("trim", f"{old.path}: {error}")
        raise errors.InvalidTarget(str(address), [problem]) from None
    return TrimList(old.path, text)


@goal_rule
async def freeze_trim(targets: Targets, console: Console, root: BuildRoot) -> FreezeTrim:
    named = await Get(NamedComponents, NamedComponentsRequest(tuple(targets)))
    if not named.requests:
        console.print_stderr(no_program(targets))
        return FreezeTrim(exit_code=1)
    lists = await concurrently(
        [Get(TrimList, TrimListRequest(request)) for request in named.requests]
    )
    for each in lists:
        engine.replace_file(root, each.path, each.text.encode())
        console.print_stdout(f"Wrote {each.path}")
    return FreezeTrim(exit_code=0)


def rules() -> Iterable[Rule]:
    return collect_rules()
