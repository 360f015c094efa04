from __future__ import annotations

from pathlib import Path

import pytest
import results
from results import Difference, Outcome

REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite>
<testcase classname="tests.functional.test_b" name="test_x[onefile]"/>
<testcase classname="tests.functional.test_a" name="test_y">
<failure message="Failed: it&#10;more"/></testcase>
<testcase classname="test_a" name="test_z"><skipped message="no {home}/display"/></testcase>
<testcase classname="test_a" name="test_w"><error message="fixture"/></testcase>
</testsuite></testsuites>
"""

GOOD, BAD = Outcome("passed"), Outcome("failed", "it broke")
SKIP = Outcome("skipped", "needs a | display")


def test_outcomes_of_a_report(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format(home=Path.home()))
    assert results.outcomes(report) == {
        "test_a.py::test_w": Outcome("failed", "fixture"),
        "test_a.py::test_y": Outcome("failed", "Failed: it"),
        "test_a.py::test_z": Outcome("skipped", "no ~/display"),
        "test_b.py::test_x[onefile]": Outcome("passed"),
    }


def test_each_case_is_counted_once() -> None:
    stock = {"a.py::p[1]": GOOD, "a.py::q": BAD, "a.py::r": SKIP, "b.py::s[x-y]": GOOD}
    own = {"a.py::p[1]": GOOD, "a.py::q": GOOD, "a.py::r": GOOD, "b.py::s[x-y]": BAD}
    found = results.compare(stock, own, [Difference("b.py::s[*-y]", "by design")])
    assert [case for case, _, _ in found.apply] == ["a.py::p[1]", "a.py::q"]
    assert found.differ == {"by design": ("b.py::s[x-y]",)}
    assert found.skipped == {"needs a | display": ("a.py::r",)}


@pytest.mark.parametrize(
    ("cases", "own"),
    [("a.py::*", GOOD), ("b.py::*", BAD), ("a.py::p", BAD)],
    ids=["the case passes", "no such case", "not its parameters"],
)
def test_a_difference_that_nothing_needs_is_an_error(cases: str, own: Outcome) -> None:
    with pytest.raises(ValueError, match="no failing case needs"):
        results.compare({"a.py::p[1]": GOOD}, {"a.py::p[1]": own}, [Difference(cases, "why")])


def test_a_difference_does_not_hide_what_pyinstaller_fails_too() -> None:
    with pytest.raises(ValueError, match="no failing case needs"):
        results.compare({"a.py::p": BAD}, {"a.py::p": BAD}, [Difference("a.py::p", "why")])


def test_a_difference_may_be_of_what_this_machine_skips() -> None:
    found = results.compare({"a.py::p": SKIP}, {"a.py::p": SKIP}, [Difference("a.py::p", "why")])
    assert (found.apply, found.differ) == ((), {})


def test_what_is_skipped_only_here_does_not_pass() -> None:
    stock, own = {"a.py::p": GOOD}, {"a.py::p": SKIP}
    assert f"- `a.py::p`: fails here: {SKIP.why}" in results.table(results.compare(stock, own, []))
    found = results.compare(stock, own, [Difference("a.py::p", "why")])
    assert found.differ == {"why": ("a.py::p",)}


def test_runs_of_other_cases_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match=r"not have the same cases: a\.py::q"):
        results.compare({"a.py::p": GOOD}, {"a.py::p": GOOD, "a.py::q": GOOD}, [])


def test_the_table_says_what_fails_and_what_does_not_apply() -> None:
    stock = {"a.py::p": GOOD, "a.py::q": BAD, "a.py::r": GOOD, "b.py::s[1]": GOOD, "b.py::t": SKIP}
    own = {"a.py::p": GOOD, "a.py::q": GOOD, "a.py::r": BAD, "b.py::s[1]": BAD, "b.py::t": SKIP}
    text = results.table(results.compare(stock, own, [Difference("b.py::s[*", "by design")]))
    assert text.splitlines() == [
        "| | cases | PyInstaller passes | pants-freeze passes |",
        "|---|--:|--:|--:|",
        "| a.py | 3 | 2 | 2 |",
        "| **all that apply** | **3** | **2** (66.7 %) | **2** (66.7 %) |",
        "",
        "Failing:",
        "",
        "- `a.py::q`: PyInstaller fails",
        "- `a.py::r`: fails here: it broke",
        "",
        "Cases that do not apply, and why:",
        "",
        "| cases | which | reason |",
        "|--:|---|---|",
        "| 1 | `b.py::s` | by design |",
        "",
        "Cases that PyInstaller's suite skips here:",
        "",
        "| cases | which | reason |",
        "|--:|---|---|",
        "| 1 | `b.py::t` | needs a / display |",
    ]


def test_sections_are_replaced_in_their_place() -> None:
    document = "# Fidelity\n\nText.\n"
    first = results.with_section(document, "One", "1")
    both = results.with_section(first, "Two", "2\n\n### Deeper\n")
    assert both == "# Fidelity\n\nText.\n\n## One\n\n1\n\n## Two\n\n2\n\n### Deeper\n"
    changed = results.with_section(both, "One", "new \\1")
    assert changed == both.replace("\n1\n", "\nnew \\1\n")
    assert results.with_section(changed, "Two", "3").endswith("\n## Two\n\n3\n")
