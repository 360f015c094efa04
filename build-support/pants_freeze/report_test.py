from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pants_freeze import report
from pants_freeze.report import (
    Archive,
    BudgetUse,
    Change,
    ComponentReport,
    FileReport,
    Import,
    Machine,
    PackedFile,
    Report,
    RequirementReport,
    Start,
    Step,
    Whole,
    size_row,
    table,
)

SCHEMA = json.loads(
    (Path(__file__).resolve().parents[2] / "docs" / "report.schema.json").read_bytes()
)
OBJECTS = {"Report": SCHEMA, **SCHEMA["$defs"]}

SCANNER = ComponentReport(
    name="scanner",
    address="src/scanner:binary",
    freezer="pyinstaller",
    executable_bytes=168_405,
    closure_bytes=27_100_000,
    own_bytes=170_000,
    exclusive_bytes=6_930_000,
    shared_bytes=20_000_000,
    budgets=(
        BudgetUse("size_budget", "bytes", 1_000_000, 168_405),
        BudgetUse("closure_budget", "bytes", 30_000_000, 27_100_000),
        BudgetUse("startup_budget", "seconds", 0.3, 0.068),
        BudgetUse("memory_budget", "bytes", 1, None),
    ),
    change=Change(1_200, -300_000, {"requests": -301_200, "first-party code": 1_200}),
    steps=(Step("freeze", 3.72, 400_000_000), Step("link", 0.4, 30_000_000)),
    starts=(
        Start("--version", 0.021, 0.02, 9_000_000, 5, ""),
        Start("--path .", 0.0684, 0.06, 21_500_000, 5, ""),
    ),
    imports=(
        Import("site", 10, ()),
        Import("scanner.main", 900, (Import("json", 300, (Import("json.decoder", 50, ()),)),)),
    ),
)
WEB = ComponentReport(
    name="web",
    address="src/web:binary",
    freezer="pyinstaller",
    executable_bytes=999,
    closure_bytes=20_000_999,
    own_bytes=999,
    exclusive_bytes=0,
    shared_bytes=20_000_000,
    budgets=(),
    change=None,
    steps=(),
    starts=(Start("--serve", 0, 0, 0, 0, "it ended with status 1"),),
    imports=(),
)
FULL = Report(
    schema_version=report.SCHEMA_VERSION,
    distribution=Whole("tools-v1", "//:tools", "1", 27_101_999, Archive("tools-v1.tar.xz", 9_000)),
    machine=Machine("Linux", "x86_64", 8),
    components=(SCANNER, WEB),
    requirements=(
        RequirementReport("CPython 3.11.7", 20_000_000, ("scanner", "web")),
        RequirementReport("distribution files", 1_000, ()),
        RequirementReport("first-party code", 170_999, ("scanner", "web")),
        RequirementReport("requests==2.34.2", 6_930_000, ("scanner",)),
    ),
    files=(
        FileReport("README.md", 1_000, "distribution files", ()),
        FileReport("runtime/é.so", 20_000_000, "CPython 3.11.7", ("scanner", "web")),
        FileReport("scanner", 168_405, "first-party code", ("scanner",)),
    ),
    packed=(
        PackedFile("runtime/0.so", 90_000, 90_000, "not smaller"),
        PackedFile("runtime/a.so", 3_000, 3_000, "smaller than 32 KiB"),
        PackedFile("runtime/b.so", 3_000, 3_000, "smaller than 32 KiB"),
        PackedFile("runtime/é.so", 40_000_000, 20_000_000, ""),
        PackedFile("scanner", 210_000, 168_405, ""),
    ),
)
EMPTY = Report(1, Whole("none-v1", "//:none", "1", 0, None), None, (), (), (), ())


def sample() -> Any:
    """The JSON of a full report, to damage."""
    return json.loads(FULL.json())


def problems(content: object) -> list[str]:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return [error.message for error in validator.iter_errors(content)]


# --- JSON and its schema -------------------------------------------------------------------------


def test_the_json_is_the_dataclasses_field_for_field() -> None:
    content = sample()
    assert content["schema_version"] == 1
    assert content["distribution"]["archive"] == {"name": "tools-v1.tar.xz", "bytes": 9_000}
    assert content["components"][0]["change"]["requirements"] == {
        "requests": -301_200,
        "first-party code": 1_200,
    }
    assert content["components"][0]["imports"][1]["imports"][0]["imports"] == [
        {"name": "json.decoder", "microseconds": 50, "imports": []}
    ]
    assert content["components"][1]["change"] is None
    assert content["files"][1] == {
        "path": "runtime/é.so",
        "bytes": 20_000_000,
        "requirement": "CPython 3.11.7",
        "components": ["scanner", "web"],
    }


def test_the_json_is_one_line_of_readable_text() -> None:
    text = FULL.json().decode()
    assert text.count("\n") == 1
    assert text.endswith("}\n")
    assert "é" in text


def test_the_schema_is_one() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("found", [FULL, EMPTY], ids=["full", "empty"])
def test_a_report_is_valid(found: Report) -> None:
    assert problems(json.loads(found.json())) == []


def test_the_schema_has_the_version_of_reports() -> None:
    assert SCHEMA["properties"]["schema_version"]["const"] == report.SCHEMA_VERSION
    assert problems({**sample(), "schema_version": report.SCHEMA_VERSION + 1})


def test_the_schema_has_each_dataclass() -> None:
    classes = {
        name
        for name, value in vars(report).items()
        if dataclasses.is_dataclass(value) and value.__module__ == report.__name__
    }
    assert set(OBJECTS) == classes


@pytest.mark.parametrize("name", OBJECTS)
def test_the_schema_has_each_field_of_a_dataclass(name: str) -> None:
    fields = [field.name for field in dataclasses.fields(getattr(report, name))]
    assert list(OBJECTS[name]["properties"]) == fields
    assert OBJECTS[name]["required"] == fields
    assert OBJECTS[name]["additionalProperties"] is False


@pytest.mark.parametrize("name", OBJECTS)
def test_the_schema_describes_each_field(name: str) -> None:
    assert OBJECTS[name]["description"].endswith(".")
    for field, content in OBJECTS[name]["properties"].items():
        assert content["description"][0].isalnum()
        for unit in ("bytes", "microseconds", "seconds"):
            if field == unit or field.endswith(f"_{unit}"):
                assert unit in content["description"].lower()
                break


def test_all_of_the_schema_is_used() -> None:
    text = json.dumps(SCHEMA)
    assert [name for name in SCHEMA["$defs"] if f'"#/$defs/{name}"' not in text] == []


# Where the sample has an object of each class.
OBJECT_PATHS: dict[str, tuple[str | int, ...]] = {
    "Report": (),
    "Whole": ("distribution",),
    "Archive": ("distribution", "archive"),
    "Machine": ("machine",),
    "ComponentReport": ("components", 1),
    "BudgetUse": ("components", 0, "budgets", 2),
    "Change": ("components", 0, "change"),
    "Step": ("components", 0, "steps", 1),
    "Start": ("components", 0, "starts", 0),
    "Import": ("components", 0, "imports", 1, "imports", 0, "imports", 0),
    "RequirementReport": ("requirements", 3),
    "FileReport": ("files", 1),
    "PackedFile": ("packed", 0),
}
FIELDS = [(name, field) for name, each in OBJECTS.items() for field in each["properties"]]


def at(content: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        content = content[key]
    return content


def test_the_sample_has_an_object_of_each_class() -> None:
    assert OBJECT_PATHS.keys() == OBJECTS.keys()
    for name, path in OBJECT_PATHS.items():
        assert at(sample(), path).keys() == OBJECTS[name]["properties"].keys()


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_report_without_a_key_is_not_valid(name: str, field: str) -> None:
    content = sample()
    del at(content, OBJECT_PATHS[name])[field]
    assert problems(content)


@pytest.mark.parametrize(("name", "field"), FIELDS)
@pytest.mark.parametrize("wrong", [True, ["x"], {"x": "y"}], ids=["bool", "list", "object"])
def test_a_value_of_a_wrong_type_is_not_valid(name: str, field: str, wrong: object) -> None:
    content = sample()
    at(content, OBJECT_PATHS[name])[field] = wrong
    text_list = {("RequirementReport", "components"), ("FileReport", "components")}
    assert bool(problems(content)) is not (wrong == ["x"] and (name, field) in text_list)


@pytest.mark.parametrize("name", OBJECTS)
def test_an_unknown_key_is_not_valid(name: str) -> None:
    content = sample()
    at(content, OBJECT_PATHS[name])["extra"] = 1
    assert problems(content)


@pytest.mark.parametrize("unit", ["byte", "MB", "ms", "", None, 1])
def test_an_unknown_unit_is_not_valid(unit: object) -> None:
    content = sample()
    content["components"][0]["budgets"][0]["unit"] = unit
    assert problems(content)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("Archive", "bytes", -1),
        ("Archive", "bytes", 1.5),
        ("Archive", "bytes", "9 kB"),
        ("Machine", "cpus", 0),
        ("BudgetUse", "limit", 0),
        ("BudgetUse", "value", -0.1),
        ("Change", "closure_bytes", 0.5),
        ("Change", "requirements", {"requests": 0}),
        ("Change", "requirements", {"requests": None}),
        ("Start", "seconds", -0.1),
        ("Start", "problem", None),
        ("Import", "microseconds", 0.5),
        ("FileReport", "components", [1]),
        ("FileReport", "components", ["web", "web"]),
    ],
)
def test_a_value_that_cannot_be_is_not_valid(name: str, field: str, value: object) -> None:
    content = sample()
    at(content, OBJECT_PATHS[name])[field] = value
    assert problems(content)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("Report", "machine", None),
        ("Whole", "archive", None),
        ("ComponentReport", "change", None),
        ("BudgetUse", "value", None),
        ("BudgetUse", "value", 0),
        ("Change", "closure_bytes", -1),
        ("Change", "requirements", {}),
        ("Start", "seconds", 0),
    ],
)
def test_a_value_that_may_be_is_valid(name: str, field: str, value: object) -> None:
    content = sample()
    at(content, OBJECT_PATHS[name])[field] = value
    assert problems(content) == []


# --- For people ----------------------------------------------------------------------------------


def test_the_markdown() -> None:
    assert FULL.markdown().decode().splitlines() == [
        "### tools-v1: 27.1 MB, archive 9.0 kB",
        "",
        "| component | executable | closure | budget | change | start | memory |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| scanner | 168.4 kB | 27.1 MB | 90 % of closure_budget | -300.0 kB | 68 ms | 21.5 MB |",
        "| web | 999 B | 20.0 MB | none | no record | not measured | not measured |",
        "",
        "| largest | size | needed by |",
        "| --- | ---: | ---: |",
        "| CPython 3.11.7 | 20.0 MB | scanner, web |",
        "| requests==2.34.2 | 6.9 MB | scanner |",
        "| first-party code | 171.0 kB | scanner, web |",
        "| distribution files | 1.0 kB |  |",
        "",
        "UPX: packed 2 files, 40.2 MB -> 20.2 MB; kept as they were: 1 (not smaller), "
        "2 (smaller than 32 KiB)",
        "",
        "scanner since the accepted record: requests -301.2 kB, first-party code +1.2 kB",
    ]
    assert FULL.markdown().endswith(b"kB\n")


def test_the_markdown_of_nothing() -> None:
    assert EMPTY.markdown().decode().splitlines() == [
        "### none-v1: 0 B",
        "",
        "| component | executable | closure | budget | change | start | memory |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "",
        "| largest | size | needed by |",
        "| --- | ---: | ---: |",
    ]


def markdown_of(component: ComponentReport) -> list[str]:
    lines = dataclasses.replace(EMPTY, components=(component,)).markdown().decode().splitlines()
    assert lines[4].startswith(f"| {component.name} |")
    return lines[4:5] + lines[8:]


def test_a_component_that_has_no_start_is_not_measured() -> None:
    row, *rest = markdown_of(dataclasses.replace(WEB, starts=()))
    assert row.endswith("| no record | not measured | not measured |")
    assert rest == []


def test_a_start_that_failed_is_not_told_by_another_one() -> None:
    starts = (SCANNER.starts[0], WEB.starts[0])
    row, *_ = markdown_of(dataclasses.replace(SCANNER, starts=starts))
    assert row.endswith("| not measured | not measured |")


def test_a_component_that_is_as_accepted() -> None:
    row, *rest = markdown_of(dataclasses.replace(WEB, change=Change(0, 0, {})))
    assert row == "| web | 999 B | 20.0 MB | none | +0 B | not measured | not measured |"
    assert rest == []


def test_the_markdown_tells_of_eight_changes_and_of_the_eight_largest() -> None:
    change = Change(0, -55, {f"p{number}": -10 + number for number in range(10)})
    requirements = tuple(
        RequirementReport(f"p{number}==1", 100 if number < 9 else 200, ("web",))
        for number in range(10)
    )
    found = dataclasses.replace(
        EMPTY,
        components=(dataclasses.replace(WEB, change=change),),
        requirements=requirements,
    )
    *_, last = lines = found.markdown().decode().splitlines()
    shown = ", ".join(f"p{number} -{10 - number} B" for number in range(8))
    assert last == f"web since the accepted record: {shown}"
    assert [line.split()[1] for line in lines if "==" in line] == [
        f"p{number}==1" for number in (9, 0, 1, 2, 3, 4, 5, 6)
    ]


def test_the_table() -> None:
    assert table(iter([SCANNER, WEB])).splitlines() == [
        "component  executable  closure  budget                     change",
        "scanner      168.4 kB  27.1 MB  90 % of closure_budget  -300.0 kB",
        "web             999 B  20.0 MB  none                    no record",
    ]


def test_the_table_of_nothing_is_its_header() -> None:
    assert table([]) == "component  executable  closure  budget  change"


@pytest.mark.parametrize(
    ("budgets", "text"),
    [
        ((), "none"),
        ((BudgetUse("startup_budget", "seconds", 0.3, None),), "none"),
        (
            (
                BudgetUse("startup_budget", "seconds", 0.3, None),
                BudgetUse("size_budget", "bytes", 3, 0),
            ),
            "0 % of size_budget",
        ),
        ((BudgetUse("size_budget", "bytes", 3, 1),), "33 % of size_budget"),
        ((BudgetUse("size_budget", "bytes", 3, 3),), "100 % of size_budget"),
        ((BudgetUse("size_budget", "bytes", 3, 0),), "0 % of size_budget"),
        ((BudgetUse("startup_budget", "seconds", 0.3, 0.6),), "200 % of startup_budget"),
        (
            (
                BudgetUse("size_budget", "bytes", 1_000_000, 200_000),
                BudgetUse("startup_budget", "seconds", 0.3, 0.15),
                BudgetUse("memory_budget", "bytes", 1, None),
            ),
            "50 % of startup_budget",
        ),
    ],
)
def test_the_budget_that_is_used_most(budgets: tuple[BudgetUse, ...], text: str) -> None:
    row = size_row(dataclasses.replace(WEB, budgets=budgets))
    assert row == ("web", "999 B", "20.0 MB", text, "no record")
