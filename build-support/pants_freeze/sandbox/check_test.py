from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from pants_freeze.sandbox import check, errors, native
from pants_freeze.sandbox.check import Checked, Plan, import_all, is_below, is_ordinary, told
from pants_freeze.sandbox.native import Native

# A program that has been linked to be checked, as plain Python: it finds its own modules only, and
# starts as the text that is its first argument says.
PROGRAM = """#!{python} -IS
import os
import sys

sys._MEIPASS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runtime")
sys.path.insert(0, sys._MEIPASS)
with open({check!r}) as text:
    exec(compile(text.read(), "check.py", "exec"), {{"__name__": "__main__"}})
exec(sys.argv[1])
"""


@pytest.fixture(autouse=True)
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with a runtime folder, and its first-party modules."""
    folder = tmp_path / "sandbox"
    for name in ("runtime", "sources"):
        (folder / name).mkdir(parents=True)
    program = folder / "app"
    program.write_text(PROGRAM.format(python=sys.executable, check=str(check._PROGRAM)))
    program.chmod(0o755)
    monkeypatch.chdir(folder)
    return folder


def write(folder: str, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        Path(folder, name).write_text(text)


def plan_of(*exercises: str, **fields: Any) -> Plan:
    """With these *exercises*, each the text that the program starts as."""
    plan: dict[str, Any] = {
        "program": "app",
        "is_linked": True,
        "runtime": "runtime",
        "modules": {},
        "left_out": [],
        "sources": "sources",
        "distributions": [],
        "exercises": [{"arguments": [text], "marker": "", "environment": {}} for text in exercises],
        "system_libraries": [],
        "oldest_glibc": "",
        **fields,
    }
    return Plan(**plan)


def checked(*exercises: str, **fields: Any) -> Checked:
    """What is found in the program."""
    Path("plan.json").write_text(json.dumps(asdict(plan_of(*exercises, **fields))))
    check.main("plan.json")
    content = json.loads(check.OUTPUT.read_bytes())
    return Checked([check.Finding(**each) for each in content["findings"]], content["notes"])


def found(result: Checked) -> list[tuple[str, str]]:
    """Kind and text of each finding, up to what to do.

    Here the interpreter is a library of this machine, which in a frozen program it is not.
    """
    return [
        (each.problem, each.what.partition("; ")[0])
        for each in result.findings
        if each.problem != "OutsideLibrary"
    ]


def test_both_sides_agree_on_a_name() -> None:
    text = check._PROGRAM.read_text(encoding="utf-8")
    assert f'VARIABLE = "{check._VARIABLE}"' in text


def test_what_a_program_tells() -> None:
    assert told("('begun', 'ä\\nb')\n('read', '\\udcff')\n('impor") == [
        ("begun", "ä\nb"),
        ("read", "\udcff"),
    ]
    assert told("") == []


def test_imports_go_on_behind_a_module_that_ends_the_process() -> None:
    """What ends it only because of what was imported before is imported again."""
    asked = []

    def importer(names: Sequence[str]) -> tuple[list[tuple[str, ...]], str]:
        asked.append(list(names))
        events: list[tuple[str, ...]] = []
        for name in names:
            events.append(("begun", name))
            if name == "fails":
                events.append(("failed", name, "ValueError: no", ""))
            elif name == "crashes" or (name == "second" and names[0] != "second"):
                return events, "it ended with status -11"
            else:
                events.append(("imported", name))
        return events, ""

    result = import_all(["a", "fails", "second", "crashes", "z"], importer)
    assert result.imported == {"a", "second", "z"}
    assert result.failed == {
        "fails": ("ValueError: no", ""),
        "crashes": ("it ended with status -11", ""),
    }
    assert asked == [
        ["a", "fails", "second", "crashes", "z"],
        ["second", "crashes", "z"],
        ["crashes", "z"],
        ["z"],
    ]


def test_a_clean_program() -> None:
    files = {"a.py": "import b\n", "b.py": "import sys\nsys.stdout.write('b')\n"}
    write("runtime", files)
    write("sources", files)
    result = checked("import a", modules={"first-party code": ["a", "b"]})
    assert found(result) == []
    assert result.notes == [
        "2 modules were imported",
        "1 exercises were run",
        "0 native files were read",
    ]


def test_imports_that_only_the_frozen_program_fails() -> None:
    write("sources", {"a.py": "import c\n", "b.py": "import no\n", "c.py": "", "d.py": "import c"})
    write("runtime", {"a.py": "import c\n", "b.py": "import no\n", "d.py": "from e import f"})
    write("runtime", {"e.py": ""})
    modules = {"lib==1": ["a", "b", "d"]}
    result = checked(modules=modules, left_out=["e.f"])
    assert found(result) == [
        (
            "ImportFails",
            "'a', of lib==1, can be imported by plain Python and not by the frozen program: "
            "ModuleNotFoundError: No module named 'c'",
        )
    ]
    assert result.notes[:3] == [
        "0 modules were imported",
        "1 modules fail in plain Python, too",
        "1 modules need what is left out on purpose",
    ]
    assert found(checked_again(modules=modules, left_out=["e", "c"])) == []


def checked_again(**fields: Any) -> Checked:
    """`checked`, where it was done before."""
    check._WORK.rename("before")
    return checked(**fields)


def test_a_module_that_ends_the_frozen_program() -> None:
    write("runtime", {"a.py": "import os\nos.abort()\n", "b.py": "raise SystemExit(3)\n"})
    write("sources", {"a.py": "", "b.py": ""})
    assert found(checked(modules={"x": ["a", "b"]})) == [
        (
            "ImportFails",
            "'a', of x, can be imported by plain Python and not by the frozen program: it ended "
            "with status -6",
        ),
        (
            "ImportFails",
            "'b', of x, can be imported by plain Python and not by the frozen program: "
            "SystemExit: 3",
        ),
    ]


def test_what_exercises_read_and_ask_for(tmp_path: Path) -> None:
    write("sources", {"lazy.py": "", "purpose.py": ""})
    outside = Path(json.__file__)
    write("runtime", {"data.txt": "", "own.py": ""})
    code = f"""
import os
open({str(outside)!r}).close()
open({str(outside)!r}, "rb").close()
os.close(os.open({str(outside.with_name("decoder.py"))!r}.encode(), os.O_RDONLY))
open("written", "w").close()
open("written").close()
open(sys._MEIPASS + "/data.txt").close()
for path in ("/etc/passwd", "/proc/self/stat", "/no/such/file", "\\0", 0):
    try:
        open(path, closefd=False).close()
    except (OSError, ValueError):
        pass
for name in ("own", "lazy", "purpose.x", "no.such"):
    try:
        __import__(name)
    except ImportError:
        pass
"""
    result = checked(code, left_out=["purpose"])
    read = [each.what for each in result.findings if each.problem == "OutsideFile"]
    # Python itself reads its standard library here, which is no part of the program.
    assert any(f" reads {outside}, a file of this machine; " in each for each in read)
    assert any(f" reads {outside.with_name('decoder.py')}, " in each for each in read)
    assert len(read) == len(set(read))
    for path in ("written", "data.txt", "/etc/passwd", "/proc/self/stat"):
        assert not any(path in each.partition("reads ")[2] for each in read)
    missing = [each.what for each in result.findings if each.problem == "MissingModule"]
    assert len(missing) == 1
    assert "` asks for 'lazy', which is not in the program, and plain Python has it; " in missing[0]


def test_an_exercise_that_fails() -> None:
    result = checked("print(sys.platform) or sys.exit(3)", "pass")
    assert found(result) == [
        (
            "ExerciseFails",
            "`'print(sys.platform) or sys.exit(3)'` does not work: it ended with status 3\n  linux",
        )
    ]


@pytest.mark.parametrize(
    ("system_libraries", "expected"), [([], ["/usr/lib/libown.so.1"]), (["libGL.so.*"], [])]
)
def test_libraries_of_this_machine(system_libraries: list[str], expected: list[str]) -> None:
    """What the libraries of the user's system load in turn is of that system."""
    made = check._Check(plan_of(system_libraries=system_libraries))
    inside = f"{Path.cwd()}/runtime/liba.so"
    loaded = ["/lib/ld-linux-x86-64.so.2", "/lib/libc.so.6", "/usr/lib/libGL.so.1", inside]
    made._loaded("run", [*loaded, "/usr/lib/libown.so.1"])
    told = [each.what.split()[2].strip(",") for each in made._findings]
    assert told == (expected and ["/usr/lib/libGL.so.1", *expected])


def test_native_files(monkeypatch: pytest.MonkeyPatch) -> None:
    natives = {
        "a.so": Native(("libc.so.6", "libb.so.1", "libno.so.1"), (2, 34)),
        "libb.so.1.2": Native(("libGL.so.1",), (2, 17)),
        "app": Native(("libz.so.1",), ()),
    }
    for name in ("a.so", "libb.so.1.2"):
        Path("runtime", name).write_bytes(b"\x7fELF")
    Path("runtime/libb.so.1").symlink_to("libb.so.1.2")
    Path("app").write_bytes(b"\x7fELF")
    monkeypatch.setattr(native, "read", lambda path: natives[path.name])
    fields: dict[str, Any] = {"is_linked": False, "system_libraries": ["libGL.so.*"]}
    result = checked(**fields, oldest_glibc="2.17")
    assert found(result) == [
        ("MissingLibrary", "a.so is linked with libno.so.1, which is not in the runtime folder"),
        ("NewGlibc", "a.so needs glibc 2.34, and the program is for 2.17"),
    ]
    assert result.notes[-2:] == [
        "3 native files were read",
        "glibc 2.34 or newer is needed, by a.so",
    ]
    assert "its freezer links no second program" in result.notes[0]
    assert found(checked_again(**fields, oldest_glibc="2.34")) == found(result)[:1]


def test_errors_that_are_alike_are_one_finding() -> None:
    write("sources", {"a.py": "", "b.py": "", "c.py": ""})
    code = "import sys\nclass A: pass\nraise ValueError(f'{A()}\\n{sys._MEIPASS}')\n"
    write("runtime", {"a.py": code, "b.py": "raise OSError", "c.py": code})
    own = "of x, can be imported by plain Python and not by the frozen program"
    assert found(checked(modules={"x": ["a", "b", "c"]})) == [
        ("ImportFails", f"'a', {own}: ValueError: <a.A object> runtime"),
        ("ImportFails", f"'b', {own}: OSError:"),
        ("ImportFails", f"'c', {own}: ValueError: <c.A object> runtime"),
    ]
    write("runtime", {"c.py": "raise OSError"})
    again = checked_again(modules={"x": ["a", "b", "c"]})
    assert found(again)[1] == ("ImportFails", f"'b', 'c', {own}: OSError:")


@pytest.mark.parametrize(
    ("name", "outer", "expected"),
    [("a.b", ["a"], True), ("a", ["a"], True), ("ab", ["a"], False), ("a", ["a.b"], False)],
)
def test_modules_below_others(name: str, outer: list[str], expected: bool) -> None:
    assert is_below(name, outer) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/proc/self/maps", True),
        ("/etc/localtime", True),
        ("/usr/share/zoneinfo/Europe/Bern", True),
        ("/usr/lib/python3.11/os.py", False),
        ("/etc/app.conf", False),
        ("/procedure", False),
    ],
)
def test_files_that_any_program_may_read(path: str, expected: bool) -> None:
    assert is_ordinary(path) is expected


def test_elsewhere_than_on_linux_nothing_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(errors.SandboxError, match=r"run `\./pants freeze-check` there"):
        checked()
    assert not check.OUTPUT.exists()
