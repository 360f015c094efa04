"""Inputs: the files that the fields of a freezing target name, looked at before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import Get, Rule, collect_rules, concurrently, rule
from pants_freeze.field_sets import FreezingFieldSet
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


def missing_problem(path: str, *, is_glob: bool, folders: Iterable[str]) -> str:
    """What is wrong with *path*, a glob or a file, that matches no file but perhaps *folders*."""
    if any(folders):
        what = f"{path!r} matches only folders" if is_glob else f"{path} is a folder"
        return f"{what}; name files"
    what = f"no file matches {path!r}" if is_glob else f"there is no file {path}"
    return f"{what}; correct it, or look whether `.gitignore` or `pants_ignore` hides it"


@rule
async def find_input_problems(request: InputProblemsRequest) -> InputProblems:
    field_set = request.field_set
    trim = tuple(path for path in field_set.trim.paths() if path != request.without_trim)
    globs = {glob for glob, _ in field_set.datas.pairs()}
    named = [
        *((field_set.datas.alias, glob) for glob, _ in field_set.datas.pairs()),
        *((field_set.runtime_hooks.alias, path) for path in field_set.runtime_hooks.paths()),
        *((field_set.trim.alias, path) for path in trim),
        *((field_set.icon.alias, path) for path in [field_set.icon_path()] if path),
        *((alias, path) for alias, path in field_set.further_files()),
    ]
    snapshots = await concurrently([engine.workspace_file_if_any(path) for _, path in named])
    problems = [
        errors.Problem(alias, missing_problem(path, is_glob=path in globs, folders=snapshot.dirs))
        for (alias, path), snapshot in zip(named, snapshots)
        if not snapshot.files
    ]
    if any(each.field == field_set.trim.alias for each in problems):
        return InputProblems(tuple(problems))
    rules = await Get(TrimRules, TrimRulesRequest(field_set.address, trim))
    return InputProblems((*problems, *rules.problems))


def rules() -> Iterable[Rule]:
    return collect_rules()
