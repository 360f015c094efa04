from __future__ import annotations

import importlib.metadata
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pants_freeze.sandbox import errors
from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.sandbox.graph import GRAPH, ImportGraph
from pants_freeze.sandbox.standalone import INDEX, OUTPUT, BuiltFile, Plan, Program, ProgramIndex

MADE: dict[str, Any] = {
    "owner": "src/app:binary",
    "name": "app",
    "entry_module": "project.main",
    "entry_function": "main",
    "console_script": "",
    "arguments": ["--one"],
    "environment": {"A": "1"},
    "sources": "sources",
    "hidden_imports": [],
    "excludes": [],
    "runtime_hooks": [],
    "distributions": ["lib==1"],
    "trim": [],
    "level": "low",
    "system_libraries": [],
    "strip": False,
    "optimize": 0,
    "console": True,
    "icon": "",
    "lto": False,
}


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the distributions lib 1, of the closure, and tool 2, of the freezer."""
    folder = tmp_path / "site"
    for name, version, files in (
        ("lib", "1", {"lib/__init__.py": "import lib.part\nimport json\n", "lib/part.py": ""}),
        ("tool", "2", {"tool.py": ""}),
    ):
        information = folder / f"{name}-{version}.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
        (information / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        for file, text in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
    distributions = importlib.metadata.Distribution.discover
    monkeypatch.setattr(
        importlib.metadata, "distributions", lambda: distributions(path=[str(folder)])
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sources" / "project").mkdir(parents=True)
    (tmp_path / "sources" / "project" / "main.py").write_text("import lib\n")
    return folder


def program(data: str = "lib", **changes: object) -> Program:
    return Program(Plan(**{**MADE, **changes}), data)


def text_file(name: str) -> Path:
    path = Path(name)
    path.write_text(name)
    return path


def test_the_start_has_the_entry_and_the_place_of_data() -> None:
    folder = program().start.parent
    entry = (folder / "pants_freeze_entry.py").read_text()
    assert "\nENTRY = ('project.main', 'main', ['--one'], {'A': '1'})" in entry
    assert "\nDATA = 'lib'" in (folder / "pants_freeze_start.py").read_text()
    missing = (folder / "pants_freeze_missing.py").read_text()
    assert "\nPROGRAM = ('src/app:binary', 'project', {" in missing
    assert "'lib==1': 'lib'" in missing


def test_hooks_run_in_their_order_before_the_entry() -> None:
    Path("hooks/b").mkdir(parents=True)
    Path("hooks/b/set-it.py").write_text("B = 1\n")
    Path("hooks/a.py").write_text("A = 1\n")
    made = program(runtime_hooks=["hooks/b/set-it.py", "hooks/a.py"])
    text = made.start.read_text()
    places = [
        text.index(each) for each in ("hook_0_set_it", "hook_1_a", "pants_freeze_entry.start")
    ]
    assert places == sorted(places)
    assert (made.start.parent / "pants_freeze_hook_0_set_it.py").read_text() == "B = 1\n"


def test_what_only_the_freezer_has_is_left_out() -> None:
    made = program(excludes=["wave"], trim=[["drop", "module", "xml.sax", "a.trim"]])
    assert made.excluded == ["tool", "wave", "xml.sax"]


def test_a_rule_that_covers_nothing_is_an_error() -> None:
    with pytest.raises(errors.TrimError, match="'drop module nothing'"):
        program(trim=[["drop", "module", "nothing", "a.trim"]])


def test_a_rule_for_files_that_covers_nothing_is_an_error_at_the_end() -> None:
    made = program(trim=[["drop", "file", "none.txt", "a.trim"]])
    with pytest.raises(errors.TrimError, match=r"'drop file none\.txt'"):
        made.write([], {})


def test_a_console_script_is_the_entry(site: Path) -> None:
    scripts = "[console_scripts]\nrun = lib.part:go\n"
    (site / "lib-1.dist-info" / "entry_points.txt").write_text(scripts)
    made = program(console_script="run", entry_module="", entry_function="")
    assert (made.entry_module, made.entry_function) == ("lib.part", "go")


def test_hidden_imports_that_are_not_there() -> None:
    made = program(hidden_imports=["json", "z.y"])
    made.check_hidden_imports({"json", "z.y"})
    with pytest.raises(errors.MissingModuleError, match=r"not in the closure: z\.y; correct"):
        made.check_hidden_imports({"json"})


def test_where_files_come_from(site: Path) -> None:
    made = program()
    assert made.origin("") == FIRST_PARTY
    assert made.origin("sources/project/main.py") == FIRST_PARTY
    assert made.origin(str(made.start)) == FIRST_PARTY
    assert made.origin(str(site / "lib" / "part.py")) == "lib==1"
    with pytest.raises(errors.LeakError, match=r"belongs to tool==2"):
        made.origin(str(site / "tool.py"))


def test_the_interpreter_of_a_freezer_is_no_leak(site: Path) -> None:
    made = Program(Plan(**MADE), "lib", "tool")
    assert made.origin(str(site / "tool.py")).startswith("CPython 3.")


def test_the_folder_of_a_program(site: Path) -> None:
    made = program(trim=[["drop", "file", "lib/big.bin", "a.trim"]])
    source = str(site / "lib" / "part.py")
    made.write(
        [
            BuiltFile("app.bin", text_file("executable"), ""),
            BuiltFile("lib/lib/part.pyc", text_file("part"), source),
            BuiltFile("lib/lib/big.bin", text_file("big"), source),
            BuiltFile("lib/lib-1.dist-info/RECORD", text_file("record"), source),
            BuiltFile("lib/link", text_file("link"), "", link="lib/part.pyc"),
            BuiltFile("lib/dangling", text_file("dangling"), "", link="lib/big.bin"),
        ],
        {
            "lib": str(site / "lib" / "__init__.py"),
            "lib.part": source,
            "json": "",
            "project.main": "sources/project/main.py",
        },
    )
    index = ProgramIndex.parse((OUTPUT / INDEX).read_bytes())
    assert index.origins == {
        "app.bin": FIRST_PARTY,
        "lib/lib/part.pyc": "lib==1",
        "lib/link": "lib==1",
    }
    runtime = OUTPUT / "runtime"
    written = {path.relative_to(runtime).as_posix() for path in runtime.rglob("*")}
    assert written == {"app.bin", "lib", "lib/lib", "lib/lib/part.pyc", "lib/link"}
    assert (runtime / "lib" / "link").read_text() == "part"
    graph = ImportGraph.parse((OUTPUT / GRAPH).read_bytes())
    assert graph.imports == {"json": [], "lib": ["json", "lib.part"], "lib.part": []}
    assert graph.stored["lib.part"] == "lib/lib/part.pyc"
    assert graph.stored["json"] == "app.bin"


# --- The start, run by this interpreter ----------------------------------------------------------


def run_start(
    code: str, *arguments: str, entry_function: str = "", **changes: Any
) -> subprocess.CompletedProcess[str]:
    """Run what a program starts with, with *code* as its entry module."""
    Path("sources", "project", "__init__.py").touch()
    Path("sources", "project", "main.py").write_text(code)
    made = program(entry_function=entry_function, **changes)
    return subprocess.run(
        [sys.executable, str(made.start), *arguments],
        env={"PYTHONPATH": os.pathsep.join(made.import_paths()), "A": "of the user"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_module_runs_as_main() -> None:
    code = """
import os, sys
from . import main
print(__name__, __package__, __spec__.name, main.__name__, sys.argv[1:], sys.frozen)
print(os.environ["A"], os.environ["B"], sys.modules["__main__"].os is os)
print(os.path.relpath(sys._MEIPASS, os.path.dirname(os.path.realpath(sys.executable))))
"""
    done = run_start(code, "two words", environment={"A": "1", "B": "2"})
    assert done.stderr == ""
    # The module is imported by its name, too.
    assert done.stdout.splitlines()[-3:] == [
        "__main__ project project.main project.main ['--one', 'two words'] True",
        "of the user 2 True",
        "lib",
    ]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("return 7", 7, ""),
        ("return None", 0, ""),
        ("return 'went wrong'", 1, "went wrong\n"),
        ("raise SystemExit(5)", 5, ""),
        ("raise ValueError('on purpose')", 1, "ValueError: on purpose\n"),
        ("raise KeyboardInterrupt", -signal.SIGINT, "KeyboardInterrupt\n"),
    ],
)
def test_how_an_entry_function_ends(body: str, status: int, says: str) -> None:
    code = f"class Program:\n    @staticmethod\n    def main():\n        {body}\n"
    done = run_start(code, entry_function="Program.main")
    assert (done.returncode, done.stdout) == (status, "")
    if says.endswith(("on purpose\n", "Interrupt\n")):
        assert done.stderr.startswith("Traceback (most recent call last):\n")
        assert done.stderr.endswith(says)
        assert "in main" in done.stderr
    else:
        assert done.stderr == says


def test_hooks_run_before_the_entry_and_see_what_it_will_see() -> None:
    for name, text in {
        "b": "import sys\nsys.seen = ['b']\n",
        "a": "sys.seen.append('a')\n",
    }.items():
        Path(f"{name}.py").write_text(f"import sys\n{text}")
    done = run_start("import sys\nprint(sys.seen)\n", runtime_hooks=["b.py", "a.py"])
    assert (done.stdout, done.stderr) == ("['b', 'a']\n", "")
