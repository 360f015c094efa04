from __future__ import annotations

import sys

import pytest

from pants_freeze.sandbox.trim import (
    Rule,
    Trim,
    head,
    parse,
    with_reasons,
    without_start,
    written_for,
)

LIST = """\
# What torch brings along.

drop module torch.compiler   # needs a C++ compiler
keep file torch/bin/manager  # shares tensors
drop file torch/bin          # protoc   # and tests
drop module torch.compiler   # said twice
"""


def trim(text: str) -> Trim:
    return Trim(parse("".join(f"{line.strip()}  # reason\n" for line in text.split(";"))))


def test_a_list_is_read_sorted_and_without_reasons() -> None:
    assert parse(LIST) == [
        Rule("drop", "file", "torch/bin"),
        Rule("drop", "module", "torch.compiler"),
        Rule("keep", "file", "torch/bin/manager"),
    ]
    assert parse("\n# nothing\n") == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("drop torch  # a", "'drop torch' is no rule"),
        ("remove file a  # a", "'remove file a' is no rule"),
        ("drop file a b  # a", "'drop file a b' is no rule"),
        ("drop module a/b  # a", "'a/b' is no module"),
        ("drop module .a  # a", "'.a' is no module"),
        ("drop module a..b  # a", "'a..b' is no module"),
        ("drop file /a  # a", "'/a' is no path"),
        ("drop file ../a  # a", "'../a' is no path"),
        ("drop file a/  # a", "'a/' is no path"),
        (r"drop file a\b  # a", r"'a\\b' is no path"),
        ("drop file a", "'drop file a' has no reason"),
        ("drop file a  #", "'drop file a' has no reason"),
    ],
)
def test_each_wrong_line_is_told_with_its_number(line: str, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse(f"# list\n{line}\ndrop file b  # good\nnonsense\n")
    first, second = str(caught.value).split("; line ")
    assert first.startswith(f"line 2: {problem}")
    assert second.startswith("4: 'nonsense' is no rule")


@pytest.mark.parametrize(
    ("rules", "dropped", "kept"),
    [
        ("drop module a.b", ["a.b", "a.b.c", "a.b.c.d"], ["a", "a.bc", "a.c", "b", "x.a.b"]),
        ("drop module a.*", ["a.b", "a.b.c"], ["a", "ab"]),
        ("drop module a.*_test", ["a.b_test", "a._test", "a.b_test.c"], ["a.b.c_test", "a.test"]),
        (
            "drop module a.**.tests",
            ["a.tests", "a.b.tests", "a.b.c.tests.d"],
            ["a", "a.b", "tests"],
        ),
        ("drop module a.**", ["a.b"], ["a", "b"]),
        ("drop module a; keep module a.b", ["a", "a.c"], ["a.b", "a.b.c"]),
        ("keep module a.b; drop module a; drop module a.b.c", ["a", "a.b.c.d"], ["a.b", "a.b.d"]),
        ("drop module a.b; keep module a.b", [], ["a.b"]),
        ("drop file a.b", [], ["a.b", "a"]),
    ],
)
def test_the_rule_with_the_most_names_decides_on_modules(
    rules: str, dropped: list[str], kept: list[str]
) -> None:
    assert [name for name in dropped + kept if trim(rules).drops_module(name)] == dropped


@pytest.mark.parametrize(
    ("rules", "dropped", "kept"),
    [
        ("drop file a/b", ["a/b", "a/b/c.so"], ["a/b.so", "a", "c/a/b"]),
        ("drop file a/**/*.py", ["a/b.py", "a/b/c.py", "a/b/c/d.py"], ["a/b.pyc", "b.py"]),
        ("drop file lib*.so", ["liba.so", "lib.so"], ["a/liba.so", "liba.so.1"]),
        ("drop file a/**/*.py; keep file a/b/*.py", ["a/c.py"], ["a/b/c.py"]),
        ("drop file a/**/*.py; keep file a/b.py", ["a/c.py", "a/c/b.py"], ["a/b.py"]),
        ("drop file a+(b)", ["a+(b)", "a+(b)/c"], ["aab"]),
        ("drop module a.b", [], ["a/b"]),
    ],
)
def test_the_rule_with_the_most_names_decides_on_files(
    rules: str, dropped: list[str], kept: list[str]
) -> None:
    assert [path for path in dropped + kept if trim(rules).drops_file(path)] == dropped


def test_the_freezer_is_told_the_fewest_names_and_no_package_of_which_something_is_kept() -> None:
    modules = ["a", "a.b", "a.b.c", "a.d", "a.d.e", "a.d.e.f", "a.d.g", "x.y"]
    rules = trim("drop module a.b; drop module a.d; keep module a.d.e.f; drop module x")
    # x is a namespace: no file is a module of that name.
    assert rules.excluded(modules) == ["a.b", "a.d.g", "x.y"]


def test_a_rule_that_covers_nothing_is_idle() -> None:
    rules = trim("drop module a.b; drop module c; keep file a/b.so; drop file a/c.so")
    assert [str(rule) for rule in rules.idle(["a.b.c"], ["a/b.so"])] == [
        "drop module c",
        "drop file a/c.so",
    ]


def test_a_rule_for_what_is_built_into_this_interpreter_is_not_idle() -> None:
    # In Debian's CPython `_statistics` is one of these, in others a file.
    assert trim(f"drop module {sys.builtin_module_names[0]}").idle([], []) == []


def test_a_rule_for_what_other_systems_have_is_not_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdlib_module_names", {"json", "module_of_others"}, raising=False)
    rules = trim("drop module module_of_others; drop module json; drop module nowhere").idle([], [])
    assert [str(rule) for rule in rules] == ["drop module json", "drop module nowhere"]


def test_reasons_are_kept() -> None:
    assert with_reasons(LIST)[Rule("drop", "file", "torch/bin")] == "protoc   # and tests"


def test_the_head_of_a_list_tells_for_what_it_was_written() -> None:
    text = f"# A list by\n{head('src/a:b')}\n{head('src/c:d')}\ndrop file a  # never opened\n"
    assert written_for(text) == "src/a:b"
    assert written_for("# See ./pants freeze-trim src/a:b\n") == ""
    assert parse(text) == [Rule("drop", "file", "a")]


KNOWN = {
    "a": "a/__init__.pyc",
    "a.b": "a/b/__init__.pyc",
    "a.b.c": "a/b/c.pyc",
    "a.b.c.tests": "a/b/c/tests/__init__.pyc",
    "a.b.c.tests.x": "a/b/c/tests/x.pyc",
    "a.tests": "a/tests.pyc",
    "n.m.k": "n/m/k.pyc",
    "n.x": "n/x.cpython-311.so",
}


@pytest.mark.parametrize(
    ("rules", "left_out"),
    [
        ("drop module a.b", {"a.b": "drop module a.b"}),
        ("drop module a; drop module a.b", {"a": "drop module a"}),
        ("drop module a.b; keep module a.b.c", {"a.b": "drop module a.b"}),
        (
            "drop module a.**.tests",
            {"a.b.c.tests": "drop module a.**.tests", "a.tests": "drop module a.**.tests"},
        ),
        ("drop module n", {"n": "drop module n"}),
        ("drop module n.m", {"n.m": "drop module n.m"}),
        ("drop file n/x.*", {"n.x": "drop file n/x.*"}),
        ("drop file a/b", {"a.b": "drop file a/b"}),
        ("drop file a/b/c.*", {"a.b.c": "drop file a/b/c.*"}),
        # Only sources go.
        ("drop file **/*.py", {}),
        ("drop module nobody; drop module a.b.no", {}),
    ],
)
def test_the_fewest_modules_say_what_is_left_out(rules: str, left_out: dict[str, str]) -> None:
    found = trim(rules).left_out(KNOWN, set())
    assert {name: str(rule) for name, rule in found.items()} == left_out


def test_what_is_there_is_not_left_out() -> None:
    """In another form, such as its source instead of its bytecode."""
    found = trim("drop file a/b.pyc; drop file n/**").left_out(
        {"a.b": "a/b.pyc", "n.x": "n/x.pyc"}, {"a.b"}
    )
    assert sorted(found) == ["n.x"]


@pytest.mark.parametrize(
    ("rules", "dropped"),
    [
        ("keep file a", []),
        ("keep file a/b/c", ["a/b", "a/b/d"]),
        ("drop file a", ["a", "a/b", "a/b/c", "a/b/d"]),
        ("keep module a", ["a/b", "a/b/c", "a/b/d"]),
        ("drop file z", ["a/b", "a/b/c", "a/b/d"]),
    ],
)
def test_rules_of_the_user_win_over_those_of_a_level(rules: str, dropped: list[str]) -> None:
    level = parse("drop file a/b  # reason")
    both = Trim(parse(f"{rules}  # reason"), level)
    assert [
        path for path in ("a", "a/b", "a/b/c", "a/b/d", "c") if both.drops_file(path)
    ] == dropped


def test_a_rule_of_a_level_may_cover_nothing() -> None:
    assert Trim([], parse("drop file a  # reason")).idle([], []) == []


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("drop file libpython*", ["drop file libpython*"]),
        ("drop module encodings", ["drop module encodings"]),
        ("drop file **", ["drop file **"]),
        ("drop module encodings.*", ["drop module encodings.*"]),
        ("drop module encodings\nkeep module encodings", []),
        ("drop module encodings.idna\ndrop module ioctl\ndrop file lib/libpython3.so", []),
    ],
)
def test_rules_that_no_program_starts_with(text: str, rules: list[str]) -> None:
    lines = "\n".join(f"{line}  # reason" for line in text.splitlines())
    assert [str(rule) for rule in without_start(parse(lines))] == rules
