from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pants_freeze.sandbox.files import filled_in
from pants_freeze.sandbox.nuitka import (
    failure,
    find_module,
    missing_libraries,
    options,
    read_report,
    with_prologue,
)
from pants_freeze.sandbox.standalone import Plan

# --- The prologue --------------------------------------------------------------------------------

PROLOGUE = "FIRST = True; import sys"


def run(source: str, **options: bool) -> dict[str, Any]:
    """The names that a module has set, with a prologue in front."""
    found: dict[str, Any] = {"__name__": "made"}
    exec(compile(with_prologue(source, PROLOGUE, **options), "made.py", "exec"), found)
    return found


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x = FIRST",
        "x = FIRST\n",
        "# A comment.\nx = FIRST\n",
        "#!/usr/bin/python\n# -*- coding: latin-1 -*-\nx = FIRST\n",
        '"""Doc."""\nx = FIRST\n',
        '"""Doc."""; x = FIRST\n',
        '\n\n"""Doc\n\nof lines."""\n\nx = FIRST\n',
        "from __future__ import annotations\nx = FIRST\n",
        "from __future__ import annotations; x = FIRST\n",
        '"""Grüße."""\n\nfrom __future__ import (\n    division,\n)\n\nx = FIRST\n',
        '"""Grüße."""; from __future__ import annotations; x = FIRST\n',
        '"""A."""\nfrom __future__ import division\nfrom __future__ import annotations\nx = 1\n',
        "class A:\n    x = FIRST\nx = FIRST\n",
        "if FIRST:\n    x = FIRST\n",
        "x = FIRST\r\ny = 1\r\n",
    ],
)
def test_the_prologue_is_first(source: str) -> None:
    changed = run(source)
    plain: dict[str, Any] = {"__name__": "made", "FIRST": True}
    exec(compile(source, "made.py", "exec"), plain)
    assert changed["sys"] is sys
    for name in ("x", "__doc__", "__annotations__"):
        assert changed.get(name) == plain.get(name)


def test_imports_from_the_future_hold() -> None:
    source = '"""Doc."""\nfrom __future__ import annotations\ndef f(x: nowhere): ...\n'
    assert run(source)["f"].__annotations__ == {"x": "nowhere"}


@pytest.mark.parametrize(
    "start",
    ["", "# Comment.\n", '"""Doc\nof lines."""\n', "from __future__ import (\n  annotations,\n)\n"],
)
def test_lines_keep_their_numbers(start: str) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run(f"{start}a = 1\n1 / 0\n")
    assert caught.traceback[-1].lineno + 1 == start.count("\n") + 2


def test_documentation_can_be_left_out() -> None:
    assert run('"""Doc."""\n', keep_doc=False).get("__doc__") is None


def test_a_syntax_error_stays_one() -> None:
    with pytest.raises(SyntaxError):
        with_prologue("def\n", PROLOGUE)


# --- The command line ----------------------------------------------------------------------------


def plan(**values: object) -> Plan:
    usual: dict[str, Any] = {
        "owner": "src/app:binary",
        "name": "program",
        "entry_module": "project.main",
        "entry_function": "",
        "console_script": "",
        "arguments": [],
        "environment": {},
        "sources": "sources",
        "hidden_imports": [],
        "excludes": [],
        "runtime_hooks": [],
        "distributions": [],
        "trim": [],
        "level": "medium",
        "system_libraries": [],
        "strip": True,
        "optimize": 0,
        "console": True,
        "icon": "",
        "lto": False,
    }
    return Plan(**{**usual, **values})


def test_options() -> None:
    made = options(plan(), ["a", "a.b"], ["z", "y"])
    assert "--output-filename=program.bin" in made
    assert "--lto=no" in made
    modules = [each for each in made if "-module=" in each or "--nofollow" in each]
    assert modules == [
        "--include-module=a",
        "--include-module=a.b",
        "--nofollow-import-to=y",
        "--nofollow-import-to=z",
    ]
    assert not [each for each in made if each.startswith(("--python-flag", "--disable-plugin"))]


def test_nothing_is_downloaded_or_asked() -> None:
    made = options(plan(), [], [])
    assert "--update-check=never" in made
    assert "--assume-yes-for-downloads" not in made


def test_link_time_optimisation() -> None:
    assert "--lto=yes" in options(plan(lto=True), [], [])


@pytest.mark.parametrize(
    ("optimize", "flags"), [(0, []), (1, ["no_asserts"]), (2, ["no_asserts", "no_docstrings"])]
)
def test_bytecode_levels(optimize: int, flags: list[str]) -> None:
    made = options(plan(optimize=optimize), [], [])
    flag = "--python-flag="
    assert [each[len(flag) :] for each in made if each.startswith(flag)] == flags


def test_a_plugin_does_not_insist_on_what_is_excluded() -> None:
    assert "--disable-plugin=multiprocessing" in options(plan(), [], ["multiprocessing"])


# --- Modules -------------------------------------------------------------------------------------


def test_modules_are_found_without_an_import(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "space").mkdir(parents=True)
    for file in ("__init__.py", "one.py", "space/two.py"):
        (package / file).write_text("raise SystemExit\n")
    path = [str(tmp_path)]
    for name in ("package", "package.one", "package.space", "package.space.two"):
        spec = find_module(name, path)
        assert spec is not None
        assert spec.name == name
    for name in ("packages", "package.three", "package.one.deeper", "package.space.one"):
        assert find_module(name, path) is None


# --- The report ----------------------------------------------------------------------------------

REPORT = """<?xml version='1.0' encoding='utf8'?>
<nuitka-compilation-report completion="yes">
  <module name="__main__" kind="PythonMainModule" source_path="a-main.py" />
  <module name="__parents_main__" kind="CompiledPythonModule" source_path="${cwd}/a-main.py" />
  <module name="__parents_main__-preLoad" kind="CompiledPythonModule" />
  <module name="multiprocessing-postLoad" kind="CompiledPythonModule" />
  <module name="_sysconfigdata__linux_x86_64-linux-gnu" source_path="${sys.real_prefix}/c.py" />
  <module name="networkx" source_path="${sys.prefix}/lib/networkx/__init__.py" />
  <module name="project" source_path="${cwd}/../../sources/project/__init__.py" />
  <module name="builtin" />
  <included_extension name="x.so" dest_path="p/x.so" source_path="${sys.prefix}/p/x.c.so"
      ignored="no" />
  <included_dll name="l.so.1" dest_path="l.so.1" source_path="/lib/l.so.1" ignored="no" />
  <included_dll name="m.so.1" dest_path="m.so.1" source_path="/lib/m.so.1" ignored="yes" />
  <data_file name="certifi/cacert.pem" source="${sys.prefix}/certifi/cacert.pem" size="1" />
</nuitka-compilation-report>
"""


def test_report() -> None:
    places = {"sys.prefix": "/venv", "sys.real_prefix": "/python", "cwd": "/box/.freeze/nuitka"}
    report = read_report(REPORT, places, Path("/box/.freeze/nuitka"))
    assert report.modules == {
        "_sysconfigdata__linux_x86_64-linux-gnu": "/python/c.py",
        "builtin": "",
        "networkx": "/venv/lib/networkx/__init__.py",
        "project": "/box/sources/project/__init__.py",
    }
    assert report.files == {
        "certifi/cacert.pem": "/venv/certifi/cacert.pem",
        "l.so.1": "/lib/l.so.1",
        "p/x.so": "/venv/p/x.c.so",
    }
    assert report.native == {"l.so.1", "p/x.so"}


# --- Problems ------------------------------------------------------------------------------------


def test_failure_is_what_the_compiler_says() -> None:
    log = (
        "Nuitka-Options: Used command line options:\n\n"
        "Nuitka: Running C compilation via Scons.\n"
        "ld: no space  \n"
        "\x1b[91mFATAL: Failed unexpectedly.\x1b[0m\n"
        "Nuitka-Reports: Compilation report written to file 'report.xml'.\n"
    )
    assert failure(log).splitlines() == [
        "Nuitka failed:",
        "Nuitka: Running C compilation via Scons.",
        "ld: no space",
        "FATAL: Failed unexpectedly.",
    ]


def test_failure_is_shortened() -> None:
    lines = failure("".join(f"line {number}\n" for number in range(100))).splitlines()
    assert lines == ["Nuitka failed:", *(f"line {number}" for number in range(80, 100))]


def test_missing_libraries() -> None:
    listing = (
        "\tlinux-vdso.so.1 (0x00007ffd)\n"
        "\tlibx.so.1 => not found\n"
        "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n"
        "\tlib-y++.so => not found\n"
    )
    assert missing_libraries(listing) == ["libx.so.1", "lib-y++.so"]


# --- What runs in the program --------------------------------------------------------------------

FROZEN = Path(__file__).resolve().parents[1] / "frozen"


def test_variables_are_given_back() -> None:
    code = f"exec(open({str(FROZEN / 'nuitka.py')!r}).read()); print(sorted(os.environ))"
    variables = {"_PANTS_FREEZE_HIDDEN_PYTHONPATH": "/x", "KEPT": "1"}
    result = subprocess.run(
        [sys.executable, "-S", "-E", "-c", f"import os; {code}"],
        env=variables,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    names = set(result.stdout.translate(str.maketrans("", "", "[]',\n")).split())
    assert {"KEPT", "PYTHONPATH"} <= names
    assert "_PANTS_FREEZE_HIDDEN_PYTHONPATH" not in names


def test_an_interrupted_module_ends_by_the_signal(tmp_path: Path) -> None:
    start = filled_in(FROZEN / "start.py", "DATA", "")
    prologue = (
        f"{(FROZEN / 'nuitka.py').read_text()}\nimport pants_freeze_entry, pants_freeze_start"
    )
    (tmp_path / "pants_freeze_start.py").write_text(start)
    (tmp_path / "pants_freeze_entry.py").write_text("def prepare(): print('prepared')\n")
    (tmp_path / "pants_freeze_nuitka.py").write_text(prologue)
    # As Nuitka does, which then exits with a status of its own.
    script = (
        "import pants_freeze_nuitka, sys\n"
        "print(pants_freeze_nuitka.start('__main__', 'project/main.py'))\n"
        "sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)\n"
        "sys.exit(130)\n"
    )
    (tmp_path / "script.py").write_text(script)
    command = [sys.executable, str(tmp_path / "script.py")]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == -signal.SIGINT
    assert result.stderr == "KeyboardInterrupt\n"
    prepared, file = result.stdout.splitlines()
    assert prepared == "prepared"
    assert file.endswith("/project/main.py")


def test_the_prefix_of_hidden_variables_is_the_same_in_both_languages() -> None:
    prefix = '"_PANTS_FREEZE_HIDDEN_"'
    assert f"_HIDDEN = {prefix}" in (FROZEN / "nuitka.py").read_text()
    assert f"#define HIDDEN {prefix}" in (FROZEN / "hidden_variables.c").read_text()
