from __future__ import annotations

import random

import pytest

from pants_freeze.sandbox.modules import module_of
from pants_freeze.sandbox.trim import Rule, Trim, parse
from pants_freeze.trimming import Runtime, trim_list

PY = "python3.11/lib-dynload"
MODULES = {
    "a": "a/__init__.pyc",
    "a.b": "a/b/__init__.pyc",
    "a.b.c": "a/b/c.pyc",
    "a.b.d": "a/b/d.pyc",
    "a.e": "a/e.cpython-311-x86_64-linux-gnu.so",
    "v": "v/__init__.pyc",
    "v.w": "v/w.pyc",
    "_json": f"{PY}/_json.cpython-311-x86_64-linux-gnu.so",
    "_ssl": f"{PY}/_ssl.cpython-311-x86_64-linux-gnu.so",
}
DATA = (
    "a/b/c.py",
    "a/b/data.txt",
    "a/lib/libx.so",
    "a/lib/liby.so",
    "libssl.so.3",
    "t/de/x.qm",
    "t/fr/x.qm",
    "a-1.dist-info/METADATA",
    "u/a b.txt",
    "u/b.txt",
)
SIZES = {path: 10**position for position, path in enumerate(sorted((*MODULES.values(), *DATA)))}
ALL = frozenset(SIZES)


def dropped(*unused: str, keep: str = "") -> dict[str, int]:
    """The rules for a program that has opened all but *unused*, with their bytes."""
    unused_paths = {path for path in SIZES if any(path.startswith(each) for each in unused)}
    rules = parse("".join(f"keep {rule}  # reason\n" for rule in keep.split(";") if rule))
    found = Runtime(SIZES, MODULES, ALL - unused_paths).drops(rules)
    return {str(rule): size for rule, size in found.items()}


def total(*paths: str) -> int:
    return sum(SIZES[path] for path in paths)


@pytest.mark.parametrize(
    ("unused", "rules"),
    [
        ([], {}),
        (["a/b/d.pyc"], {"drop module a.b.d": total("a/b/d.pyc")}),
        (["a/e"], {"drop module a.e": total(MODULES["a.e"])}),
        ([f"{PY}/_ssl"], {"drop module _ssl": total(MODULES["_ssl"])}),
        # The source of a module that is there, and one that is not.
        (["a/b/c.py-", "a/b/c.pyc"], {"drop file a/b/c.pyc": total("a/b/c.pyc")}),
        (["a/b/c.py"], {"drop module a.b.c": total("a/b/c.py", "a/b/c.pyc")}),
        # Modules are named apart from data, each with one line.
        (
            ["a/b/"],
            {
                "drop module a.b": total(
                    *MODULES["a.b"].split(), "a/b/c.py", "a/b/c.pyc", "a/b/d.pyc"
                ),
                "drop file a/b": total("a/b/data.txt"),
            },
        ),
        # A package of which something is used.
        (["v/__init__.pyc"], {"drop file v/__init__.pyc": total("v/__init__.pyc")}),
        (["t/"], {"drop file t": total("t/de/x.qm", "t/fr/x.qm")}),
        (["t/de"], {"drop file t/de": total("t/de/x.qm")}),
        (["libssl"], {"drop file libssl.so.3": total("libssl.so.3")}),
        # A library that could be a module by its name.
        (["a/lib/libx"], {"drop file a/lib/libx.so": total("a/lib/libx.so")}),
        (["a/lib"], {"drop file a/lib": total("a/lib/libx.so", "a/lib/liby.so")}),
        # Metadata stays, and so does what no pattern can name.
        (["a-1.dist-info"], {}),
        (["u/a b.txt"], {}),
        (["u/"], {"drop file u": total("u/a b.txt", "u/b.txt")}),
    ],
)
def test_the_fewest_rules(unused: list[str], rules: dict[str, int]) -> None:
    assert dropped(*unused) == rules


def test_a_package_with_all_that_is_in_it() -> None:
    """A library that has the name of a module in it goes with it."""
    paths = [path for path in SIZES if path.startswith("a/") and path != "a/b/data.txt"]
    assert dropped("a/") == {
        "drop module a": total(*paths),
        "drop file a": total("a/b/data.txt"),
    }


@pytest.mark.parametrize(
    ("keep", "rules"),
    [
        (
            "module a.b.c",
            {"drop file a/b/__init__.pyc", "drop module a.b.d", "drop file a/b/data.txt"},
        ),
        ("module a.b", {"drop file a/b/data.txt"}),
        (
            "module a.*.d",
            {"drop module a.b.c", "drop file a/b/__init__.pyc", "drop file a/b/data.txt"},
        ),
        ("file a/b/*.txt", {"drop module a.b"}),
        ("file a/b", set()),
        ("module v", {"drop module a.b", "drop file a/b"}),
    ],
)
def test_what_is_kept_is_not_dropped(keep: str, rules: set[str]) -> None:
    assert dropped("a/b/", keep=keep).keys() == rules


@pytest.mark.parametrize("seed", range(50))
def test_rules_cover_what_is_not_needed_and_nothing_else(seed: int) -> None:
    chosen = random.Random(seed)
    needed = frozenset(path for path in SIZES if chosen.random() < chosen.choice((0.1, 0.5, 0.9)))
    rules = Runtime(SIZES, MODULES, needed).drops(())
    trim = Trim(rules)
    gone = {path for path in SIZES if trim.drops_module(module_of(path)) or trim.drops_file(path)}
    assert not gone & needed
    left = ALL - needed - gone
    assert left <= {"a-1.dist-info/METADATA", "u/a b.txt"}
    assert sum(rules.values()) == sum(SIZES[path] for path in gone)


SMALL = Runtime(
    {"a.pyc": 1500, "b.pyc": 20, "libc.so": 3_000_000, "d.pyc": 7},
    {"a": "a.pyc", "b": "b.pyc", "d": "d.pyc"},
    frozenset({"d.pyc"}),
)
TEXT = """\
# What a program does not open, found by
#     ./pants freeze-trim src/a:b
# which ran it with
#     --version
#     A=1 check 'x y'
#     (no arguments)
# Leaves out 3.0 MB of 3.0 MB. To have something stay when this is written
# again, make its line one of `keep` with your reason.

drop file libc.so  # 3.0 MB, never opened
drop module a  # 1.5 kB, never imported
drop module b  # 20 B, never imported
"""
EXERCISES = ("--version", "A=1 check\n'x y'", "")


def test_the_text_of_a_list() -> None:
    assert trim_list("src/a:b", EXERCISES, SMALL, "", ()) == TEXT
    assert trim_list("src/a:b", EXERCISES, SMALL, TEXT, ()) == TEXT


def test_the_text_does_not_depend_on_an_order() -> None:
    other = Runtime(
        dict(sorted(SMALL.sizes.items(), reverse=True)),
        dict(sorted(SMALL.modules.items(), reverse=True)),
        SMALL.needed,
    )
    assert trim_list("src/a:b", EXERCISES, other, "", ()) == TEXT


def test_lines_that_keep_stay_with_their_reasons() -> None:
    old = TEXT.replace("drop module a  #", "keep module a  # ours: ") + "keep file z*  # later\n"
    text = trim_list("src/a:b", EXERCISES, SMALL, old, ())
    assert text.splitlines()[-4:] == [
        "drop file libc.so  # 3.0 MB, never opened",
        "keep file z*  # later",
        "keep module a  # ours:  1.5 kB, never imported",
        "drop module b  # 20 B, never imported",
    ]
    assert trim_list("src/a:b", EXERCISES, SMALL, text, ()) == text


def test_what_other_lists_keep_is_not_dropped() -> None:
    other = [Rule("keep", "file", "libc*"), Rule("drop", "module", "b")]
    text = trim_list("src/a:b", EXERCISES, SMALL, "", other)
    assert "libc" not in text
    assert "drop module b" in text


def test_a_list_that_is_none_is_not_written_over() -> None:
    with pytest.raises(ValueError, match="line 1: 'what' is no rule"):
        trim_list("src/a:b", EXERCISES, SMALL, "what\n", ())
