from __future__ import annotations

import pytest

from pants_freeze._engine import Address
from pants_freeze.field_sets import PyInstallerFieldSet
from pants_freeze.manifest import DISTRIBUTION_FILES, ManifestFile
from pants_freeze.report import (
    BudgetUse,
    Change,
    ComponentReport,
    Import,
    Machine,
    RequirementReport,
    Start,
    Step,
)
from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.stages.component import ComponentRequest
from pants_freeze.stages.measure import Measurements
from pants_freeze.stages.report import (
    attributed,
    in_distribution,
    measured_budgets,
    requirement_reports,
)
from pants_freeze.target_types import PyInstallerBinary


def file(path: str, size: int, origin: str, *components: str) -> ManifestFile:
    return ManifestFile(path, size, "ab" * 32, "0644", "", origin, components)


FILES = (
    file("README.md", 1, DISTRIBUTION_FILES),
    file("manifest.json", 2, DISTRIBUTION_FILES),
    file("runtime/libpython.so", 10_000, "CPython 3.11.7", "scanner", "web"),
    ManifestFile("runtime/l.so", 8, "", "link", "x.so", "CPython 3.11.7", ("scanner", "web")),
    file("runtime/requests.pyc", 200, "requests==2.34.2", "web"),
    file("runtime/requests/more.pyc", 300, "requests==2.34.2", "scanner", "web"),
    file("runtime/words.txt", 40, FIRST_PARTY, "scanner", "web"),
    file("runtime/empty.pyc", 0, "six==1.16", "web"),
    file("scanner", 5_000, FIRST_PARTY, "scanner"),
    file("web", 7_000, FIRST_PARTY, "web"),
)

EARLY = Start("--version", 0.02, 0.019, 9_000_000, 5, "")
READY = Start("--serve", 0.2, 0.19, 90_000_000, 5, "")
FAILED = Start("--serve", 0.0, 0.0, 0, 0, "it ended with status 1")


def field_set(**fields: object) -> PyInstallerFieldSet:
    target = PyInstallerBinary({"pex": ":pex", **fields}, Address("src/x", target_name="b"))
    return PyInstallerFieldSet.create(target)


BUDGETED = field_set(startup_budget="300ms", memory_budget="100MB")


# --- Bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("executable", "expected"),
    [
        ("scanner", (5_040, 0, 10_308)),
        ("web", (7_040, 200, 10_308)),
        ("scan", (0, 0, 0)),
        ("", (0, 0, 0)),
    ],
)
def test_own_exclusive_and_shared_bytes(executable: str, expected: tuple[int, int, int]) -> None:
    assert attributed(iter(FILES), executable) == expected


@pytest.mark.parametrize("executable", ["scanner", "web"])
def test_own_exclusive_and_shared_bytes_are_the_closure(executable: str) -> None:
    closure = sum(each.size for each in FILES if executable in each.components)
    assert sum(attributed(FILES, executable)) == closure


def test_a_program_alone_shares_nothing() -> None:
    alone = [file("web", 7, FIRST_PARTY, "web"), file("a.pyc", 5, "a==1", "web")]
    assert attributed(alone, "web") == (7, 5, 0)


def test_first_party_code_is_own_although_more_programs_need_it() -> None:
    assert attributed([file("words.txt", 40, FIRST_PARTY, "a", "b")], "a") == (40, 0, 0)


def test_the_bytes_and_users_of_each_origin() -> None:
    assert requirement_reports(iter(FILES)) == (
        RequirementReport("CPython 3.11.7", 10_008, ("scanner", "web")),
        RequirementReport(DISTRIBUTION_FILES, 3, ()),
        RequirementReport(FIRST_PARTY, 12_040, ("scanner", "web")),
        RequirementReport("requests==2.34.2", 500, ("scanner", "web")),
        RequirementReport("six==1.16", 0, ("web",)),
    )


def test_the_bytes_of_all_origins_are_those_of_all_files() -> None:
    reports = requirement_reports(FILES)
    assert sum(each.bytes for each in reports) == sum(each.size for each in FILES)


def test_the_order_of_files_means_nothing() -> None:
    assert requirement_reports(reversed(FILES)) == requirement_reports(FILES)
    assert requirement_reports([]) == ()


# --- Budgets that are measured -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"size_budget": "1MB", "closure_budget": "2MB"}, []),
        ({"startup_budget": "300ms"}, [BudgetUse("startup_budget", "seconds", 0.3, 0.2)]),
        (
            {"memory_budget": "100MB"},
            [BudgetUse("memory_budget", "bytes", 100_000_000, 90_000_000)],
        ),
        (
            {"memory_budget": "1GB", "startup_budget": "2s"},
            [
                BudgetUse("startup_budget", "seconds", 2, 0.2),
                BudgetUse("memory_budget", "bytes", 1_000_000_000, 90_000_000),
            ],
        ),
    ],
)
def test_budgets_are_for_the_last_start(
    fields: dict[str, object], expected: list[BudgetUse]
) -> None:
    assert list(measured_budgets(field_set(**fields), iter([EARLY, READY]))) == expected


@pytest.mark.parametrize(
    "starts",
    [
        pytest.param([], id="no start"),
        pytest.param([FAILED], id="it failed"),
        pytest.param([EARLY, FAILED], id="an earlier one did not fail"),
    ],
)
def test_budgets_of_a_start_that_was_not_measured_have_no_value(starts: list[Start]) -> None:
    assert list(measured_budgets(BUDGETED, starts)) == [
        BudgetUse("startup_budget", "seconds", 0.3, None),
        BudgetUse("memory_budget", "bytes", 100_000_000, None),
    ]


def test_an_earlier_start_that_failed_does_not_matter() -> None:
    values = [each.value for each in measured_budgets(BUDGETED, [FAILED, READY])]
    assert values == [0.2, 90_000_000]


# --- A component in a distribution ---------------------------------------------------------------


def test_the_report_on_a_component_is_completed_by_its_distribution() -> None:
    size = BudgetUse("size_budget", "bytes", 1_000_000, 7_000)
    alone = ComponentReport(
        name="web",
        address="src/x:b",
        freezer="pyinstaller",
        executable_bytes=7_000,
        closure_bytes=17_548,
        own_bytes=7_040,
        exclusive_bytes=10_508,
        shared_bytes=0,
        budgets=(size,),
        change=Change(1, 2, {"six": 2}),
        steps=(Step("freeze", 3.7, 400_000_000),),
        starts=(),
        imports=(),
    )
    imports = (Import("site", 10, ()),)
    found = in_distribution(
        ComponentRequest(BUDGETED, "runtime"),
        alone,
        Measurements(Machine("Linux", "x86_64", 8), (EARLY, READY), imports),
        iter(FILES),
    )
    assert found == ComponentReport(
        name="web",
        address="src/x:b",
        freezer="pyinstaller",
        executable_bytes=7_000,
        closure_bytes=17_548,
        own_bytes=7_040,
        exclusive_bytes=200,
        shared_bytes=10_308,
        budgets=(
            size,
            BudgetUse("startup_budget", "seconds", 0.3, 0.2),
            BudgetUse("memory_budget", "bytes", 100_000_000, 90_000_000),
        ),
        change=Change(1, 2, {"six": 2}),
        steps=(Step("freeze", 3.7, 400_000_000),),
        starts=(EARLY, READY),
        imports=imports,
    )
    assert found.own_bytes + found.exclusive_bytes + found.shared_bytes == found.closure_bytes
