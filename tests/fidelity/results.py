"""Results of two runs of one suite -> what a reader of docs/fidelity.md is told."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass(frozen=True)
class Outcome:
    """How a case ended: `PASSED`, `FAILED` or `SKIPPED`, and the first line of why.

    The home folder is "~" in it.
    """

    status: str
    why: str = ""


@dataclass(frozen=True)
class Difference:
    """Cases, as a glob such as "test_splash.py::*", that do not apply, and the reason."""

    cases: str
    reason: str

    def fits(self, case: str) -> bool:
        """Whether it is about *case*."""
        # Brackets are parameters of cases here, no sets of characters.
        return fnmatch.fnmatchcase(case, self.cases.replace("[", "[[]"))


def outcomes(report: Path) -> dict[str, Outcome]:
    """Case, such as "test_basic.py::test_codecs[onedir]", -> its outcome, from a JUnit *report*."""
    found = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        file = case.get("classname", "").rpartition(".")[2]
        found[f"{file}.py::{case.get('name')}"] = _outcome(case)
    return dict(sorted(found.items()))


def _outcome(case: ElementTree.Element) -> Outcome:
    for kind, status in (("error", FAILED), ("failure", FAILED), ("skipped", SKIPPED)):
        element = case.find(kind)
        if element is not None:
            lines = (element.get("message") or "").strip().splitlines()
            return Outcome(status, lines[0].replace(str(Path.home()), "~") if lines else "")
    return Outcome(PASSED)


@dataclass(frozen=True)
class Comparison:
    """What `compare` finds: cases of each kind, by name.

    ``apply`` are those that run and apply, as (case, outcome of PyInstaller, outcome here);
    ``differ`` those that do not apply, by the reason; ``skipped`` those that PyInstaller itself
    skips here, by the reason.
    """

    apply: tuple[tuple[str, Outcome, Outcome], ...]
    differ: Mapping[str, tuple[str, ...]]
    skipped: Mapping[str, tuple[str, ...]]


def compare(
    stock: Mapping[str, Outcome], own: Mapping[str, Outcome], differences: Iterable[Difference]
) -> Comparison:
    """Hold the outcomes of two runs of the same cases against each other.

    Raises ``ValueError`` if the cases are not the same, or if one of *differences* is idle: fits no
    case, or only cases that pass.
    """
    if stock.keys() != own.keys():
        only = sorted(stock.keys() ^ own.keys())
        raise ValueError(f"the two runs do not have the same cases: {', '.join(only)}")
    apply = []
    differ: dict[str, list[str]] = {}
    skipped: dict[str, list[str]] = {}
    used = set()
    differences = tuple(differences)
    for case, outcome in stock.items():
        fitting = [each for each in differences if each.fits(case)]
        if outcome.status == SKIPPED:
            used.update(fitting)
            skipped.setdefault(outcome.why, []).append(case)
            continue
        if own[case].status != PASSED and outcome.status == PASSED:
            used.update(fitting)
        if fitting:
            differ.setdefault(fitting[0].reason, []).append(case)
        else:
            apply.append((case, outcome, own[case]))
    idle = [each.cases for each in differences if each not in used]
    if idle:
        raise ValueError(f"differences that no failing case needs: {', '.join(idle)}")
    return Comparison(
        tuple(apply),
        {reason: tuple(cases) for reason, cases in sorted(differ.items())},
        {reason: tuple(cases) for reason, cases in sorted(skipped.items())},
    )


def table(comparison: Comparison) -> str:
    """The Markdown of a section: how many pass, what fails, and what does not apply."""
    counts: dict[str, Counter[str]] = {}
    for case, stock, own in comparison.apply:
        row = counts.setdefault(case.partition("::")[0], Counter())
        row["cases"] += 1
        row["stock"] += stock.status == PASSED
        row["own"] += own.status == PASSED
    lines = ["| | cases | PyInstaller passes | pants-freeze passes |", "|---|--:|--:|--:|"]
    for name, row in sorted(counts.items()):
        lines.append(f"| {name} | {row['cases']} | {row['stock']} | {row['own']} |")
    total: Counter[str] = sum(counts.values(), Counter())
    rates = [
        f"**{total[key]}** ({100 * total[key] / max(total['cases'], 1):.1f} %)"
        for key in ("stock", "own")
    ]
    lines += [f"| **all that apply** | **{total['cases']}** | {rates[0]} | {rates[1]} |", ""]
    failing = [each for each in comparison.apply if {each[1].status, each[2].status} != {PASSED}]
    if failing:
        lines += ["Failing:", ""]
        for case, stock, own in failing:
            lines.append(f"- `{case}`: {_who_fails(stock, own)}")
        lines.append("")
    for title, groups in (
        ("Cases that do not apply, and why:", comparison.differ),
        ("Cases that PyInstaller's suite skips here:", comparison.skipped),
    ):
        lines += [title, "", "| cases | which | reason |", "|--:|---|---|"]
        for reason, cases in groups.items():
            names = sorted({case.partition("[")[0] for case in cases})
            which = "<br>".join(f"`{name}`" for name in names)
            lines.append(f"| {len(cases)} | {which} | {reason.replace('|', '/')} |")
        lines.append("")
    return "\n".join(lines)


def _who_fails(stock: Outcome, own: Outcome) -> str:
    if stock.status == own.status:
        return "both fail"
    return "PyInstaller fails" if stock.status == FAILED else f"fails here: {own.why}"


def with_section(document: str, title: str, body: str) -> str:
    """*document* with *body* below the heading *title*, where that was or at the end."""
    section = f"## {title}\n\n{body.strip()}\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if not pattern.search(document):
        return f"{document.rstrip()}\n\n{section}"
    replaced = pattern.sub(lambda _: f"{section}\n", document)
    return f"{replaced.rstrip()}\n"
