"""Whatever is in files and fields that people write, there is a result or one `ValueError`."""

from __future__ import annotations

import json

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pants_freeze.manifest import ManifestFile, manifest_json
from pants_freeze.requirements import Requirement, requirements_txt
from pants_freeze.sandbox.trim import Rule, Trim, parse
from pants_freeze.sizes import Sizes
from pants_freeze.trimming import Runtime, trim_list
from pants_freeze.units import (
    format_change,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)

tried = settings(max_examples=300, derandomize=True, deadline=None)

QUANTITIES = st.lists(
    st.sampled_from(
        ["0", "1", "9", ".", " ", "B", "kB", "MB", "GB", "ms", "s", "min", "-", "٣", "e"]
    )
).map("".join)


@tried
@given(st.one_of(QUANTITIES, st.text(max_size=10)))
@example("9" * 5000 + "MB")
@example("0.000000000000001ms")
def test_any_text_is_a_quantity_or_not(text: str) -> None:
    try:
        size = parse_size(text)
        assert size > 0
        assert format_size(size)
    except ValueError as error:
        assert "write a number like" in str(error)
    try:
        seconds = parse_duration(text)
        assert seconds > 0
        assert format_duration(seconds)
    except ValueError as error:
        assert "write a number like" in str(error)


@tried
@given(st.integers(0, 10**15))
def test_a_size_is_read_as_it_is_written(size: int) -> None:
    """To the decimal that is written."""
    assume(size)
    read = parse_size(format_size(size))
    assert abs(read - size) <= size * 0.05 + 0.5
    assert format_change(-size) == f"-{format_size(size)}"


NAMES = st.text(min_size=1, max_size=8)


@tried
@given(
    st.lists(
        st.builds(
            ManifestFile,
            NAMES,
            st.integers(0, 2**63),
            st.text("0123456789abcdef", max_size=64),
            st.sampled_from(["0644", "0755", "link"]),
            st.text(max_size=5),
            NAMES,
            st.lists(NAMES, max_size=3).map(tuple),
        ),
        max_size=5,
    )
)
def test_a_manifest_is_read_as_it_is_written(files: list[ManifestFile]) -> None:
    """Whatever the names; one file a line, in an order that does not depend on how they came."""
    text = manifest_json(files)
    content = json.loads(text)
    read = [
        ManifestFile(**{"sha256": "", "link": "", **each, "components": tuple(each["components"])})
        for each in content["files"]
    ]
    assert read == sorted(files)
    assert text == manifest_json(reversed(files))
    assert text.count(b"\n") == 3 + max(0, len(files) - 1)


@tried
@given(st.lists(st.builds(Requirement.of, st.text("aB-_.1", min_size=1, max_size=6), NAMES)))
def test_requirements_do_not_depend_on_their_order(requirements: list[Requirement]) -> None:
    text = requirements_txt(requirements, "title")
    assert text == requirements_txt([*reversed(requirements), *requirements], "title")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["executable_bytes", "requirements", "a==1", "b"]), inner)
    ),
    max_leaves=8,
)


@tried
@given(st.one_of(st.binary(max_size=20), JSON.map(lambda value: json.dumps(value).encode())))
@example(b"[" * 100_000)
@example(b'{"executable_bytes": ' + b"9" * 5000 + b"}")
def test_any_record_is_one_of_sizes_or_not(text: bytes) -> None:
    try:
        sizes = Sizes.parse(text)
    except ValueError as error:
        assert str(error) == "it is no record of sizes"
        return
    assert Sizes.parse(sizes.record()) == sizes
    assert not sizes.change_since(sizes).requirements


# --- Trim lists ----------------------------------------------------------------------------------

LINES = st.lists(
    st.sampled_from(
        [
            *(
                "drop",
                "keep",
                " ",
                " module ",
                " file ",
                "a",
                "a.b",
                "a/b",
                "*",
                "**",
                "**/",
                "..",
                "/",
            ),
            *("#", " # reason", "\n", "\r", "\\", "\u2028", "\0", "é", "[", "(", ".", "\t"),
        ]
    ),
    max_size=30,
).map("".join)


@tried
@given(st.one_of(LINES, st.text(max_size=30)))
def test_any_text_is_a_trim_list_or_not(text: str) -> None:
    try:
        rules = parse(text)
    except ValueError as error:
        assert str(error).startswith("line ")
        return
    trim = Trim(rules)
    assert trim.drops_module("a.b") in (True, False)
    assert trim.drops_file("a/b") in (True, False)
    trim.excluded(["a", "a.b"])
    trim.idle(["a"], ["a/b"])
    written = "".join(f"{rule}  # reason\n" for rule in rules)
    assert parse(written) == sorted(set(rules), key=str)


PARTS = st.sampled_from(["a", "b", "*", "**", "a*", "*b", "a*b"])
RULES = st.builds(
    lambda action, parts: Rule(action, "file", "/".join(parts)),
    st.sampled_from(["drop", "keep"]),
    st.lists(PARTS, min_size=1, max_size=4),
)
PATHS = st.lists(st.sampled_from(["a", "b", "ab", "aab"]), min_size=1, max_size=5).map("/".join)


@tried
@given(st.lists(RULES, max_size=6), st.lists(PATHS, max_size=6))
def test_the_order_of_rules_means_nothing(rules: list[Rule], paths: list[str]) -> None:
    forwards, backwards = Trim(rules), Trim(reversed(rules))
    assert [*map(forwards.drops_file, paths)] == [*map(backwards.drops_file, paths)]


NAMES_OF_FILES = st.text("ab. #*\n\\\u2028\x1c", min_size=1, max_size=3).filter(
    lambda name: name not in (".", "..")
)


@tried
@given(
    st.lists(
        st.lists(NAMES_OF_FILES, min_size=1, max_size=3).map("/".join), unique=True, max_size=8
    ),
    st.data(),
)
def test_a_written_list_leaves_out_nothing_that_is_needed(
    paths: list[str], data: st.DataObject
) -> None:
    """And it can be read, whatever the names of files are."""
    paths = [path for path in paths if not any(each.startswith(f"{path}/") for each in paths)]
    needed = data.draw(st.sets(st.sampled_from(paths))) if paths else set()
    runtime = Runtime(dict.fromkeys(paths, 1), {}, frozenset(needed))
    rules = parse(trim_list("//a:b", ["--help"], runtime, "", ()))
    trim = Trim(rules)
    assert not any(map(trim.drops_file, needed))
