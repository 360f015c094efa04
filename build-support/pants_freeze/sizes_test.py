from __future__ import annotations

import json

import pytest

from pants_freeze.report import Change
from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.sizes import Sizes, name_of

ACCEPTED = Sizes.of(
    100, [("CPython 3.11.7", 5_000), ("gone==1", 70), ("numpy==1.0", 2_000), ("six==1.16", 30)]
)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("networkx==3.6.1", "networkx"),
        ("torch==2.0+cpu", "torch"),
        ("CPython 3.11.7", "CPython"),
        ("CPython 3.12.0rc1", "CPython"),
        ("first-party code", "first-party code"),
        ("the build machine", "the build machine"),
    ],
)
def test_the_name_of_a_label_has_no_version(label: str, name: str) -> None:
    assert name_of(label) == name


def test_the_bytes_of_a_label_are_those_of_its_files() -> None:
    files = [("b==1", 5), ("a==1", 20), ("b==1", 7), (FIRST_PARTY, 30), ("c==1", 0)]
    assert Sizes.of(100, iter(files)) == Sizes(
        100, (("a==1", 20), ("b==1", 12), ("c==1", 0), (FIRST_PARTY, 130))
    )


def test_the_closure_is_the_executable_and_all_files() -> None:
    files = [("b==1", 5), ("a==1", 20), ("b==1", 7), (FIRST_PARTY, 30)]
    assert Sizes.of(100, files).closure_bytes == 100 + sum(size for _, size in files)


def test_a_program_without_files_is_its_executable() -> None:
    sizes = Sizes.of(100, [])
    assert sizes.requirements == ((FIRST_PARTY, 100),)
    assert sizes.closure_bytes == sizes.executable_bytes == 100


def test_a_record_has_one_requirement_a_line() -> None:
    sizes = Sizes.of(100, [("numpy==1.0", 2_000), ("CPython 3.11.7", 5_000), ("é==1", 3)])
    assert sizes.record().decode().splitlines() == [
        "{",
        '  "executable_bytes": 100,',
        '  "requirements": {',
        '    "CPython 3.11.7": 5000,',
        '    "first-party code": 100,',
        '    "numpy==1.0": 2000,',
        '    "é==1": 3',
        "  }",
        "}",
    ]
    assert sizes.record().endswith(b"}\n")


def test_the_order_of_files_does_not_show_in_a_record() -> None:
    files = [("b==1", 5), ("a==1", 20), ("b==1", 7)]
    assert Sizes.of(1, files).record() == Sizes.of(1, reversed(files)).record()


@pytest.mark.parametrize("sizes", [ACCEPTED, Sizes.of(0, []), Sizes.of(1, [("é==1", 2)])])
def test_a_record_is_read_as_it_was_written(sizes: Sizes) -> None:
    assert Sizes.parse(sizes.record()) == sizes


def test_a_record_that_was_sorted_by_hand_is_the_same() -> None:
    content = {"requirements": {"b==1": 2, "a==1": 1}, "executable_bytes": 3}
    assert Sizes.parse(json.dumps(content).encode()) == Sizes(3, (("a==1", 1), ("b==1", 2)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("sizes", id="no JSON"),
        pytest.param('{"executable_bytes": 1, "requirements": {"a==1": 2}', id="cut off"),
        pytest.param('{"executable_bytes": 1, "requirements": {}}\n<<<<<<< HEAD', id="merged"),
        pytest.param(b'{"executable_bytes": 1, "requirements": {"\xff": 2}}', id="no UTF-8"),
        pytest.param("null", id="null"),
        pytest.param("1", id="number"),
        pytest.param('"sizes"', id="string"),
        pytest.param("[]", id="list"),
        pytest.param("{}", id="empty object"),
        pytest.param('{"executable_bytes": 1}', id="no requirements"),
        pytest.param('{"requirements": {}}', id="no executable"),
        pytest.param('{"executable_bytes": null, "requirements": {}}', id="executable is null"),
        pytest.param('{"executable_bytes": "a", "requirements": {}}', id="executable is text"),
        pytest.param('{"executable_bytes": [], "requirements": {}}', id="executable is a list"),
        pytest.param('{"executable_bytes": NaN, "requirements": {}}', id="executable is NaN"),
        pytest.param('{"executable_bytes": 1e999, "requirements": {}}', id="executable is endless"),
        pytest.param('{"executable_bytes": 1, "requirements": null}', id="requirements are null"),
        pytest.param('{"executable_bytes": 1, "requirements": []}', id="requirements are a list"),
        pytest.param('{"executable_bytes": 1, "requirements": "a"}', id="requirements are text"),
        pytest.param('{"executable_bytes": 1, "requirements": {"a": null}}', id="size is null"),
        pytest.param('{"executable_bytes": 1, "requirements": {"a": "b"}}', id="size is text"),
        pytest.param('{"executable_bytes": 1, "requirements": {"a": {}}}', id="size is an object"),
        pytest.param('{"executable_bytes": 1, "requirements": {"a": Infinity}}', id="no end"),
    ],
)
def test_a_damaged_record(text: str | bytes) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ValueError) as caught:
        Sizes.parse(content)
    assert str(caught.value) == "it is no record of sizes"


def test_nothing_changed() -> None:
    assert ACCEPTED.change_since(ACCEPTED) == Change(0, 0, {})


def test_a_change_is_of_names_and_largest_first() -> None:
    files = [("CPython 3.11.8", 5_010), ("numpy==2.0", 1_500), ("six==1.17", 30), ("new==1", 70)]
    change = Sizes.of(110, files).change_since(ACCEPTED)
    assert change == Change(
        executable_bytes=10,
        closure_bytes=10 + 10 - 500 + 70 - 70,
        requirements={"CPython": 10, "first-party code": 10, "gone": -70, "new": 70, "numpy": -500},
    )
    assert list(change.requirements) == ["numpy", "gone", "new", "CPython", "first-party code"]


def test_what_changed_is_the_change_of_the_closure() -> None:
    files = [("CPython 3.11.8", 5_010), ("numpy==2.0", 1_500), (FIRST_PARTY, 3)]
    change = Sizes.of(90, files).change_since(ACCEPTED)
    assert sum(change.requirements.values()) == change.closure_bytes


def test_another_version_of_the_same_size_is_no_change() -> None:
    old, new = Sizes.of(1, [("a==1", 5)]), Sizes.of(1, [("a==2", 5)])
    assert new.change_since(old) == Change(0, 0, {})


def test_all_versions_of_a_name_are_one_change() -> None:
    old = Sizes.of(1, [("a==1", 5), ("a==2", 6)])
    new = Sizes.of(1, [("a==2", 6), ("a==3", 8)])
    assert new.change_since(old).requirements == {"a": 3}
    assert old.change_since(new).requirements == {"a": -3}


def test_the_code_can_grow_outside_the_executable() -> None:
    old, new = Sizes.of(100, [(FIRST_PARTY, 5)]), Sizes.of(100, [(FIRST_PARTY, 9)])
    assert new.change_since(old) == Change(0, 4, {FIRST_PARTY: 4})
