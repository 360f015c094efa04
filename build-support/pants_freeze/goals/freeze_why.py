"""``./pants freeze-why``: the shortest chain of imports that brings something into a program."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants_freeze import _engine as engine
from pants_freeze._engine import (
    BuiltinGoal,
    Get,
    Rule,
    Specs,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.goals.targets import NamedComponents, NamedComponentsRequest, no_program
from pants_freeze.stages.budget import ProgramRequest
from pants_freeze.stages.component import component
from pants_freeze.why import Program

_USAGE = (
    "error: name what to look for and a frozen program: ./pants freeze-why MODULE path/to:binary"
)


@dataclass(frozen=True)
class ExplanationRequest:
    """Why each of ``words`` is in the programs that ``specs`` name."""

    words: tuple[str, ...]
    specs: Specs


@dataclass(frozen=True)
class Explanation:
    """Text for people, or ``problem``, what is wrong with the command line."""

    text: str
    problem: str = ""


@rule
async def explain_words(request: ExplanationRequest) -> Explanation:
    targets = await engine.specified_targets(request.specs)
    named = await Get(NamedComponents, NamedComponentsRequest(tuple(targets)))
    if not named.requests:
        return Explanation("", no_program(targets))
    built = await concurrently([component(each) for each in named.requests])
    programs = await concurrently([Get(Program, ProgramRequest(each)) for each in built])
    lines = [line for each in programs for word in request.words for line in each.explain(word)]
    return Explanation("\n".join(lines))


class FreezeWhy(BuiltinGoal):
    """A goal that takes plain words, which to other goals of Pants would be goals themselves."""

    name = "freeze-why"
    help = (
        "Print the shortest chain of imports, from a file and line of first-party code, that "
        "brings a module, a file, a native library or a requirement into a frozen program, such as "
        "`./pants freeze-why numpy src/python/project:binary`. Names with a colon are targets."
    )

    def run(self, *, graph_session: Any, options: Any, specs: Specs, **_: Any) -> int:
        addresses, words = engine.words_of(options, specs)
        if not words or not addresses:
            print(_USAGE, file=sys.stderr)
            return 2
        explanation = engine.ask(graph_session, Explanation, ExplanationRequest(words, addresses))
        if explanation is None:
            return 1
        if explanation.problem:
            print(explanation.problem, file=sys.stderr)
            return 1
        print(explanation.text)
        return 0


def rules() -> Iterable[Rule]:
    return (
        *collect_rules(),
        *FreezeWhy.rules(),
        engine.query(Explanation, ExplanationRequest),
    )
