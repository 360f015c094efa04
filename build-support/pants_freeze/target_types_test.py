from __future__ import annotations

import re
from typing import Any

import pytest

from pants_freeze import target_types as fields
from pants_freeze._engine import (
    Address,
    BoolField,
    InvalidFieldException,
    StringField,
    StringSequenceField,
)

HERE = Address("src/x", target_name="y")
ROOT = Address("", target_name="y")

BINARIES = (fields.PyInstallerBinary, fields.CxFreezeBinary, fields.NuitkaBinary)
TARGETS = (*BINARIES, fields.FrozenDistribution)

OWN_FIELDS = sorted(
    {
        field
        for target in TARGETS
        for field in target.core_fields
        if field.__module__ == fields.__name__
    },
    key=lambda field: field.__name__,
)


# A field with one address is a sequence to Pants, and a string to authors.
SEQUENCES = [
    field
    for field in OWN_FIELDS
    if issubclass(field, StringSequenceField)
    and field not in (fields.PexField, fields.LauncherField)
]

# What help texts name beside fields, targets and values to choose: fields and values of others,
# rules of trim lists, units, statements of Python, goals.
OTHERS = set(
    re.findall(
        r"\w+",
        """
        __local__ _pydecimal architecture args assert debug dependents entry_point env
        exclude_modules file files gcc hiddenimports hooksconfig hookspath include_modules keep
        local_environment min module module_collection_mode ms noarchive package parametrize pathex
        pex_binary relocated_files resources s script strip_symbols try
        """,
    )
)


def error_of(field: Any, value: object) -> str:
    with pytest.raises(InvalidFieldException) as caught:
        field(value, HERE)
    return str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (fields.PexField, ":pex", ":pex"),
        (fields.FrozenOutputPathField, None, None),
        (fields.FrozenOutputPathField, "a", "a"),
        (fields.FrozenOutputPathField, "a b/é-1.0", "a b/é-1.0"),
        (fields.FrozenOutputPathField, "..a/.b", "..a/.b"),
        (fields.FrozenOutputPathField, "a~/~b", "a~/~b"),
        (fields.FrozenOutputPathField, "é" * 100, "é" * 100),
        (fields.HiddenImportsField, None, ()),
        (fields.HiddenImportsField, ["b.c", "a", "b.c"], ("a", "b.c")),
        (fields.HiddenImportsField, ["_a1.b_2", "é"], ("_a1.b_2", "é")),
        (fields.ExcludesField, None, ()),
        (fields.ExcludesField, ["unittest", "tkinter"], ("tkinter", "unittest")),
        (fields.DatasField, None, ()),
        (fields.DatasField, ["b/**:.", "//a:c/d"], ("b/**:.", "//a:c/d")),
        (fields.RuntimeHooksField, None, ()),
        (fields.RuntimeHooksField, ["b.py", "//c/a.py"], ("b.py", "//c/a.py")),
        (fields.SpecField, None, None),
        (fields.SpecField, "a b/é.spec", "a b/é.spec"),
        (fields.SpecField, "//specs/a.spec", "//specs/a.spec"),
        (fields.SystemLibrariesField, None, ()),
        (fields.SystemLibrariesField, ["libGL.so.*", "*"], ("libGL.so.*", "*")),
        (fields.StripField, None, None),
        (fields.StripField, False, False),
        (fields.OptimizeField, None, None),
        (fields.OptimizationLevelField, None, None),
        (fields.OptimizationLevelField, "high", "high"),
        (fields.TargetPlatformField, None, "auto"),
        (fields.TargetPlatformField, "windows", "windows"),
        (fields.TargetArchField, None, "auto"),
        (fields.TargetArchField, "arm64", "arm64"),
        (fields.OptimizeField, 0, 0),
        (fields.OptimizeField, 2, 2),
        (fields.ConsoleField, None, True),
        (fields.ConsoleField, False, False),
        (fields.IconField, None, None),
        (fields.IconField, "a/b.ico", "a/b.ico"),
        (fields.PrivateRuntimeField, None, False),
        (fields.PrivateRuntimeField, True, True),
        (fields.LtoField, None, False),
        (fields.LtoField, True, True),
        (fields.SizeBudgetField, None, None),
        (fields.SizeBudgetField, "2MB", "2MB"),
        (fields.ClosureBudgetField, "27.5 MB", "27.5 MB"),
        (fields.StartupBudgetField, None, None),
        (fields.StartupBudgetField, "1.5min", "1.5min"),
        (fields.MemoryBudgetField, "1GB", "1GB"),
        (fields.StartupArgumentsField, None, ("--version",)),
        (fields.StartupArgumentsField, [], ()),
        (fields.StartupArgumentsField, ["b", "a", "b"], ("b", "a", "b")),
        (fields.ReadyArgumentsField, None, ()),
        (fields.ReadyArgumentsField, ["--serve", "", "a b"], ("--serve", "", "a b")),
        (fields.ReadyMarkerField, None, ""),
        (fields.ReadyMarkerField, "listening on ", "listening on "),
        (fields.ReadyEnvVarsField, None, ()),
        (fields.ReadyEnvVarsField, ["B=2", "A=", "C=a=b"], ("B=2", "A=", "C=a=b")),
        (fields.ExercisesField, None, ()),
        (fields.ExercisesField, ["b 'c d'", "A=1", "", "b"], ("b 'c d'", "A=1", "", "b")),
        (fields.ExerciseFilesField, None, None),
        (fields.ExerciseFilesField, [":samples"], (":samples",)),
        (fields.BinariesField, ["b:b", "a:a"], ("b:b", "a:a")),
        (fields.LauncherField, None, None),
        (fields.LauncherField, "a:a", "a:a"),
        (fields.VersionField, "1.0.0", "1.0.0"),
        (fields.VersionField, "2026.9rc1+local_1-x", "2026.9rc1+local_1-x"),
        (fields.DistributionFilesField, None, None),
        (fields.DistributionFilesField, [":docs"], (":docs",)),
        (fields.RuntimePathField, None, "runtime"),
        (fields.RuntimePathField, "shared/runtime", "shared/runtime"),
        (fields.ArchiveField, None, "tar.xz"),
        (fields.ArchiveField, "tar.gz", "tar.gz"),
        (fields.ArchiveField, "zip", "zip"),
        (fields.ArchiveField, "none", "none"),
        (fields.DistributionOutputPathField, None, None),
        (fields.DistributionOutputPathField, "a/b-v1", "a/b-v1"),
    ],
)
def test_good_value(field: Any, value: object, expected: object) -> None:
    assert field(value, HERE).value == expected


_NO_PATH = "is not a relative path with forward slashes; write one like 'a/b'"
_BAD_PART = "has an empty, '.' or '..' part; write a path like 'a/b'"
_CONTROL = "has a control character; remove it"
_HOME = "begins with '~', which is no home folder here; write a path like 'a/b'"
_TOO_LONG = "has a name of more than 200 bytes; write a shorter one"

BAD_PATHS = [
    ("", _NO_PATH),
    ("/a", _NO_PATH),
    ("a\\b", _NO_PATH),
    ("a\0b", _CONTROL),
    ("a/b\n", _CONTROL),
    ("a\x1bb", _CONTROL),
    ("a\x7f", _CONTROL),
    ("~", _HOME),
    ("~/a", _HOME),
    ("~someone/a", _HOME),
    ("a/" + "b" * 201, _TOO_LONG),
    ("é" * 101, _TOO_LONG),
    (".", _BAD_PART),
    ("..", _BAD_PART),
    ("../a", _BAD_PART),
    ("a/../b", _BAD_PART),
    ("a/./b", _BAD_PART),
    ("a//b", _BAD_PART),
    ("a/", _BAD_PART),
]

SIZE_BUDGETS = (fields.SizeBudgetField, fields.ClosureBudgetField, fields.MemoryBudgetField)

BAD_VALUES = [
    *(
        (field, path, f"{path!r} {what}")
        for field in (
            fields.FrozenOutputPathField,
            fields.DistributionOutputPathField,
            fields.RuntimePathField,
            fields.IconField,
        )
        for path, what in BAD_PATHS
    ),
    *(
        (field, ["a", name], f"{name!r} is not a dotted module name; write 'package.module'")
        for field in (fields.HiddenImportsField, fields.ExcludesField)
        for name in ("", "a-b", "a.", ".a", "a..b", "1a", "a.1", "a b", "a/b.py", "a.*")
    ),
    (
        fields.HiddenImportsField,
        ["a-b", "c", "d/e"],
        "'a-b' is not a dotted module name; write 'package.module'; "
        "'d/e' is not a dotted module name; write 'package.module'",
    ),
    (fields.DatasField, ["a"], "'a' has no destination; write 'SOURCE:DESTINATION'"),
    (fields.DatasField, [":a"], "':a' has no destination; write 'SOURCE:DESTINATION'"),
    (fields.DatasField, ["a:b", "c"], "'c' has no destination; write 'SOURCE:DESTINATION'"),
    (fields.DatasField, ["a:"], f"in 'a:': '' {_NO_PATH}"),
    (fields.DatasField, ["/a:b"], f"in '/a:b': '/a' {_NO_PATH}"),
    (fields.DatasField, ["///a:b"], f"in '///a:b': '/a' {_NO_PATH}"),
    (fields.DatasField, ["//:b"], f"in '//:b': '' {_NO_PATH}"),
    (fields.DatasField, ["../a:b"], f"in '../a:b': '../a' {_BAD_PART}"),
    (fields.DatasField, ["//../a:b"], f"in '//../a:b': '../a' {_BAD_PART}"),
    (fields.DatasField, ["a:/b"], f"in 'a:/b': '/b' {_NO_PATH}"),
    (fields.DatasField, ["a:../b"], f"in 'a:../b': '../b' {_BAD_PART}"),
    (fields.DatasField, ["a:./b"], f"in 'a:./b': './b' {_BAD_PART}"),
    (fields.SpecField, "a.py", "'a.py' is no .spec file; name one"),
    (fields.SpecField, "../a.spec", f"'../a.spec' {_BAD_PART}"),
    (fields.SpecField, "//", f"'' {_NO_PATH}"),
    (fields.RuntimeHooksField, ["a.txt"], "'a.txt' is no .py file; name one"),
    (fields.RuntimeHooksField, ["b.py", "a"], "'a' is no .py file; name one"),
    (fields.RuntimeHooksField, ["/a.py"], f"'/a.py' {_NO_PATH}"),
    (fields.RuntimeHooksField, ["../a.py"], f"'../a.py' {_BAD_PART}"),
    (fields.RuntimeHooksField, ["//../a.py"], f"'../a.py' {_BAD_PART}"),
    (fields.RuntimeHooksField, ["//"], f"'' {_NO_PATH}"),
    (fields.OldestGlibcField, "2", "'2' is no version of glibc; write one such as '2.28'"),
    (
        fields.OldestGlibcField,
        "glibc 2.28",
        "'glibc 2.28' is no version of glibc; write one such as '2.28'",
    ),
    (fields.OptimizeField, 3, "3 is no optimisation level; write 0, 1 or 2"),
    (fields.OptimizeField, -1, "-1 is no optimisation level; write 0, 1 or 2"),
    (fields.IconField, "a.png", "'a.png' is no .ico file; convert it to one"),
    *(
        (field, limit, f"{limit!r} {what}; write a number like '2MB'")
        for field in SIZE_BUDGETS
        for limit, what in (
            ("300ms", "is no number with one of the units B, kB, MB, GB"),
            ("2", "is no number with one of the units B, kB, MB, GB"),
            ("2mb", "is no number with one of the units B, kB, MB, GB"),
            ("2MiB", "is no number with one of the units B, kB, MB, GB"),
            ("", "is no number with one of the units B, kB, MB, GB"),
            ("0MB", "allows nothing"),
        )
    ),
    *(
        (fields.StartupBudgetField, limit, f"{limit!r} {what}; write a number like '300ms'")
        for limit, what in (
            ("2MB", "is no number with one of the units ms, s, min"),
            ("300", "is no number with one of the units ms, s, min"),
            ("1h", "is no number with one of the units ms, s, min"),
            ("", "is no number with one of the units ms, s, min"),
            ("0ms", "allows nothing"),
        )
    ),
    *(
        (
            fields.ReadyEnvVarsField,
            ["A=1", variable],
            f"{variable!r} is no variable with a value; write 'NAME=value'",
        )
        for variable in ("", "A", "=", "=1")
    ),
    *(
        (
            fields.ExercisesField,
            ["a 'b'", line],
            f"{line!r} is no command line: {what}; write it as a shell would read it",
        )
        for line, what in (("a 'b", "No closing quotation"), ("a\\", "No escaped character"))
    ),
    *(
        (fields.VersionField, version, f"{version!r} is no version; write one like '1.0.0'")
        for version in ("", "-1", "1 0", "1/0", "..", "1.0\n", "é")
    ),
]


@pytest.mark.parametrize(("field", "value", "what"), BAD_VALUES)
def test_bad_value(field: Any, value: object, what: str) -> None:
    assert error_of(field, value) == f"InvalidTarget at src/x:y ({field.alias}): {what}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (fields.FrozenOutputPathField, "/a"),
        (fields.FrozenOutputPathField, "a/.."),
        (fields.HiddenImportsField, ["a-b"]),
        (fields.OptimizeField, 3),
        (fields.VersionField, "-"),
        *((field, "2") for field in (*SIZE_BUDGETS, fields.StartupBudgetField)),
        (fields.ReadyEnvVarsField, ["A"]),
        (fields.ExercisesField, ["'"]),
        pytest.param(fields.DatasField, ["a"]),
        pytest.param(fields.RuntimeHooksField, ["a.txt"]),
        pytest.param(fields.IconField, "a.png"),
    ],
)
def test_the_message_says_what_is_wrong_and_what_to_do(field: Any, value: object) -> None:
    _, _, message = error_of(field, value).partition("): ")
    what, _, advice = message.partition("; ")
    assert what
    assert advice


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (fields.DatasField, ["one", "two"]),
        (fields.RuntimeHooksField, ["one", "two"]),
        (fields.ReadyEnvVarsField, ["one", "two"]),
        (fields.ExercisesField, ["'one", "'two"]),
    ],
)
def test_all_wrong_entries_are_in_one_message(field: Any, values: list[str]) -> None:
    message = error_of(field, values)
    assert all(repr(value) in message for value in values)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, None) for field in (fields.PexField, fields.BinariesField, fields.VersionField)),
        *((field, 1) for field in OWN_FIELDS if issubclass(field, StringField)),
        *((field, "text") for field in SEQUENCES),
        *((field, [1]) for field in SEQUENCES),
        *(
            (field, wrong)
            for field in (fields.PexField, fields.LauncherField)
            for wrong in (1, [":a"])
        ),
        *((field, "True") for field in OWN_FIELDS if issubclass(field, BoolField)),
        (fields.BinariesField, "src/a:b"),
        (fields.DistributionFilesField, "src/a:b"),
        (fields.OptimizeField, "1"),
        (fields.OptimizationLevelField, "highest"),
        (fields.TargetPlatformField, "darwin"),
        (fields.TargetArchField, "amd64"),
        *((field, 2_000_000) for field in SIZE_BUDGETS),
        (fields.StartupBudgetField, 0.3),
        (fields.ArchiveField, "rar"),
    ],
)
def test_missing_value_and_wrong_type(field: Any, value: object) -> None:
    message = error_of(field, value)
    assert "src/x:y" in message
    assert f"'{field.alias}'" in message


@pytest.mark.parametrize(
    "field", [fields.FrozenOutputPathField, fields.DistributionOutputPathField]
)
@pytest.mark.parametrize(
    ("value", "address", "folder", "executable"),
    [
        (None, HERE, "src.x/y", "y"),
        (None, ROOT, "y", "y"),
        (None, Address("a/b/c", target_name="d.e"), "a.b.c/d.e", "d.e"),
        ("mine", HERE, "mine", "mine"),
        ("out/mine-1.0", HERE, "out/mine-1.0", "mine-1.0"),
    ],
)
def test_output_path(
    field: Any, value: str | None, address: Address, folder: str, executable: str
) -> None:
    output_path = field(value, address)
    assert output_path.folder() == folder
    assert output_path.executable() == executable


@pytest.mark.parametrize(
    ("value", "address", "pair"),
    [
        ("a:b", HERE, ("src/x/a", "b")),
        ("a:.", HERE, ("src/x/a", "")),
        ("a/*.html:b/c", HERE, ("src/x/a/*.html", "b/c")),
        ("**/*:b", HERE, ("src/x/**/*", "b")),
        ("//a/b:c", HERE, ("a/b", "c")),
        ("//LICENSE:.", HERE, ("LICENSE", "")),
        ("a:b:c", HERE, ("src/x/a:b", "c")),
        ("a:b", ROOT, ("a", "b")),
    ],
)
def test_pairs_of_datas(value: str, address: Address, pair: tuple[str, str]) -> None:
    assert fields.DatasField([value], address).pairs() == (pair,)


def test_pairs_keep_the_order() -> None:
    pairs = fields.DatasField(["b:b", "//a:a"], HERE).pairs()
    assert pairs == (("src/x/b", "b"), ("a", "a"))
    assert fields.DatasField(None, HERE).pairs() == ()


def test_path_of_a_spec_file() -> None:
    assert fields.SpecField("a/b.spec", HERE).path() == "src/x/a/b.spec"
    assert fields.SpecField("//specs/b.spec", HERE).path() == "specs/b.spec"
    assert fields.SpecField("b.spec", ROOT).path() == "b.spec"
    assert fields.SpecField(None, HERE).path() == ""


def test_paths_of_runtime_hooks() -> None:
    values = ["b.py", "//c/d.py", "a/e.py"]
    hooks = fields.RuntimeHooksField(values, HERE)
    assert hooks.paths() == ("src/x/b.py", "c/d.py", "src/x/a/e.py")
    assert fields.RuntimeHooksField(values, ROOT).paths() == ("b.py", "c/d.py", "a/e.py")
    assert fields.RuntimeHooksField(None, HERE).paths() == ()


@pytest.mark.parametrize(
    ("field", "value", "limit"),
    [
        *((field, None, 0) for field in (*SIZE_BUDGETS, fields.StartupBudgetField)),
        *((field, "2 kB", 2_000) for field in SIZE_BUDGETS),
        *((field, "1B", 1) for field in SIZE_BUDGETS),
        *((field, "27.5MB", 27_500_000) for field in SIZE_BUDGETS),
        *((field, "1.5GB", 1_500_000_000) for field in SIZE_BUDGETS),
        (fields.StartupBudgetField, "300ms", 0.3),
        (fields.StartupBudgetField, "2 s", 2),
        (fields.StartupBudgetField, "1.5min", 90),
    ],
)
def test_the_limit_of_a_budget_is_in_bytes_or_seconds(
    field: Any, value: str | None, limit: float
) -> None:
    assert field(value, HERE).limit() == pytest.approx(limit)


@pytest.mark.parametrize(
    ("target", "wrong", "alias"),
    [
        *(
            (binary, wrong, alias)
            for binary in BINARIES
            for wrong, alias in (
                ({"pex": None}, "pex"),
                ({"pex": ":p", "optimize": 3}, "optimize"),
                ({"pex": ":p", "size_budget": "2"}, "size_budget"),
                ({"pex": ":p", "ready_env_vars": ["A"]}, "ready_env_vars"),
            )
        ),
        (fields.PyInstallerBinary, {"pex": ":p", "lto": True}, "lto"),
        (fields.CxFreezeBinary, {"pex": ":p", "lto": True}, "lto"),
        (fields.CxFreezeBinary, {"pex": ":p", "private_runtime": True}, "private_runtime"),
        (fields.NuitkaBinary, {"pex": ":p", "private_runtime": True}, "private_runtime"),
        (fields.NuitkaBinary, {"pex": ":p", "lto": "yes"}, "lto"),
        (fields.FrozenDistribution, {"binaries": [":b"]}, "version"),
        (fields.FrozenDistribution, {"binaries": [":b"], "version": "/"}, "version"),
    ],
)
def test_a_target_is_checked_when_it_is_read(
    target: Any, wrong: dict[str, object], alias: str
) -> None:
    with pytest.raises(Exception, match=alias) as caught:
        target(wrong, HERE)
    assert "src/x:y" in str(caught.value)


@pytest.mark.parametrize(
    ("target", "field"),
    [
        pytest.param(target, field, id=f"{target.alias}-{field.alias}")
        for target in TARGETS
        for field in target.core_fields
    ],
)
def test_help_of_a_field(target: Any, field: Any) -> None:
    text = str(field.help).strip()
    assert len(text) > 60
    assert text[0].isupper()
    assert text.endswith((".", "`"))
    assert text.count("`") % 2 == 0


@pytest.mark.parametrize("field", OWN_FIELDS)
def test_help_of_a_field_has_an_example_that_is_valid(field: Any) -> None:
    _, separator, rest = str(field.help).partition(f"`{field.alias}=")
    assert separator
    example = " ".join(rest.partition("`")[0].split())
    value = eval(example, {})
    assert field(value, HERE).value not in (None, ())


def test_help_names_what_is_there() -> None:
    known = OTHERS.union(target.alias for target in TARGETS)
    for target in TARGETS:
        for field in target.core_fields:
            choices = getattr(field, "valid_choices", None) or ()
            known.update((field.alias, *(getattr(each, "value", each) for each in choices)))
    for target in TARGETS:
        for each in (target, *target.core_fields):
            named = set(re.findall(r"`([a-z_]+)`", str(each.help)))
            assert named <= known, f"{target.alias}, {each.alias}"


@pytest.mark.parametrize("choice", fields.ArchiveField.valid_choices)
def test_help_of_a_choice_names_each(choice: str) -> None:
    assert f"`{choice}`" in str(fields.ArchiveField.help)


@pytest.mark.parametrize("target", BINARIES)
def test_all_freezers_take_the_common_fields(target: Any) -> None:
    assert set(fields.FREEZING_FIELDS) < set(target.core_fields)


@pytest.mark.parametrize("target", TARGETS)
def test_help_of_a_target(target: Any) -> None:
    text = str(target.help).strip()
    assert len(text) > 60
    assert text.endswith((".", ")", "`"))
    assert f"{target.alias}(" in text
