"""Inputs: the files that the fields of a freezing target name, looked at before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    BuildRoot,
    Get,
    Rule,
    collect_rules,
    concurrently,
    rule,
    uncacheable_rule,
)
from pants_freeze.field_sets import FreezingFieldSet
from pants_freeze.links import looping_link
from pants_freeze.stages.freeze import TrimRules, TrimRulesRequest


@dataclass(frozen=True)
class InputProblemsRequest:
    """What is wrong with the files of ``field_set``, but for the trim list ``without_trim``."""

    field_set: FreezingFieldSet
    without_trim: str = ""


@dataclass(frozen=True)
class InputProblems:
    """What is wrong, in the order of the fields; nothing is if it is empty."""

    problems: tuple[errors.Problem, ...]


@dataclass(frozen=True)
class PathProblemRequest:
    """What is wrong with ``path``, that of a file of the repository or a glob."""

    path: str
    is_glob: bool


@dataclass(frozen=True)
class PathProblem:
    """What is wrong, and what to do; nothing is if it is empty."""

    what: str


def missing_problem(path: str, *, is_glob: bool, folders: Iterable[str]) -> str:
    """What is wrong with *path*, a glob or a file, that matches no file but perhaps *folders*."""
    if any(folders):
        what = f"{path!r} matches only folders" if is_glob else f"{path} is a folder"
        return f"{what}; name files"
    what = f"no file matches {path!r}" if is_glob else f"there is no file {path}"
    return f"{what}; correct it, or look whether `.gitignore` or `pants_ignore` hides it"


@dataclass(frozen=True)
class LoopingLinkRequest:
    """Whether a link is in the way of ``path``, a file of the repository or a glob."""

    path: str


@dataclass(frozen=True)
class LoopingLink:
    """The path of a link that leads to itself; empty if there is none."""

    path: str


# Pants does not know what this looks at, so it asks anew in each run.
@uncacheable_rule
async def find_looping_link(request: LoopingLinkRequest, root: BuildRoot) -> LoopingLink:
    return LoopingLink(looping_link(root.pathlib_path, request.path))


@rule
async def find_path_problem(request: PathProblemRequest) -> PathProblem:
    link = await Get(LoopingLink, LoopingLinkRequest(request.path))
    if link.path:
        return PathProblem(f"{link.path} is a link that leads to itself; remove it")
    try:
        snapshot = await engine.workspace_file_if_any(request.path)
    except Exception:  # Pants has one class for all that it tells of its native part.
        what = "a link leads out of the repository, or to a folder around itself; correct the link"
        return PathProblem(f"{request.path} cannot be read, for {what}")
    if snapshot.files:
        return PathProblem("")
    problem = missing_problem(request.path, is_glob=request.is_glob, folders=snapshot.dirs)
    return PathProblem(problem)


@rule
async def find_input_problems(request: InputProblemsRequest) -> InputProblems:
    field_set = request.field_set
    trim = tuple(path for path in field_set.trim.paths() if path != request.without_trim)
    without = (field_set.trim.alias, request.without_trim)
    named = [each for each in field_set.named_files() if each != without]
    found = await concurrently(
        [
            Get(PathProblem, PathProblemRequest(path, alias == field_set.datas.alias))
            for alias, path in named
        ]
    )
    problems = [
        errors.Problem(alias, each.what) for (alias, _), each in zip(named, found) if each.what
    ]
    if any(each.field == field_set.trim.alias for each in problems):
        return InputProblems(tuple(problems))
    rules = await Get(TrimRules, TrimRulesRequest(field_set.address, trim))
    return InputProblems((*problems, *rules.problems))


def rules() -> Iterable[Rule]:
    return collect_rules()
