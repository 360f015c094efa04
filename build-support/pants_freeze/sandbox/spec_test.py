"""How a spec file is run, with a stand-in for PyInstaller that has what the program uses of it.

`tests/pipeline/spec_test.py` runs one with PyInstaller itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pants_freeze.sandbox import errors, spec


class Target:
    """As in PyInstaller: the work is done in a step of its own."""

    def __init__(self) -> None:
        self.dependencies: list[Any] = []

    def __postinit__(self) -> None:
        raise AssertionError("something is built")


class Analysis:
    def __init__(
        self,
        scripts: Any,
        pathex: Any = None,
        *,
        binaries: Any = None,
        datas: Any = None,
        hiddenimports: Any = None,
        hookspath: Any = None,
        excludes: Any = None,
        runtime_hooks: Any = None,
        noarchive: bool = False,
        optimize: int = -1,
        **_kwargs: Any,
    ) -> None:
        self.arguments = {name: value for name, value in locals().items() if name != "self"}
        self._input_datas = [(f"{to}/{path}", path, "DATA") for path, to in datas or ()]
        self._input_binaries: list[Any] = []
        self.datas = [*self._input_datas, ("found.txt", __file__, "DATA")]
        self.binaries = [("libfound.so", __file__, "BINARY")]
        self.pure = [("a", "a.py", "PYMODULE"), ("b", "b.py", "PYMODULE")]
        self.scripts = [("hook", __file__, "PYSOURCE"), ("imports", scripts[0], "PYSOURCE-1")]


class PYZ(Target):
    def __init__(self, *tables: Any, **_: Any) -> None:
        super().__init__()
        self.__postinit__()


class PKG(Target):
    def __init__(self, toc: Any, exclude_binaries: bool) -> None:
        super().__init__()
        self.toc, self.exclude_binaries = toc, exclude_binaries
        self.__postinit__()


class EXE(Target):
    def __init__(self, *parts: Any, **options: Any) -> None:
        super().__init__()
        self.exclude_binaries = options.get("exclude_binaries", False)
        self.toc = [entry for part in parts if not isinstance(part, PYZ) for entry in part]
        self.toc.append(("pyi-contents-directory _internal", "", "OPTION"))
        self.toc += [(name, "", "OPTION") for name in ("pyi-some",) if options.get("some")]
        self.dependencies = PKG(self.toc, self.exclude_binaries).dependencies
        self.__postinit__()


class COLLECT(Target):
    def __init__(self, executable: Any, *tables: Any, **_: Any) -> None:
        super().__init__()
        self.toc = [("app", "app", "EXECUTABLE"), *executable.dependencies]
        self.toc += [entry for table in tables for entry in table]
        self.__postinit__()


class BUNDLE(Target):
    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()
        self.__postinit__()


class MERGE:
    pass


class Splash(Target):
    pass


class PythonLibraryNotFoundError(IOError):
    pass


def normalized(table: list[Any]) -> list[Any]:
    return list({entry[0]: entry for entry in reversed(table)}.values())[::-1]


def build(arguments: list[str]) -> None:
    """What PyInstaller does with the command line of a spec file."""
    path = arguments[-1]
    dist = arguments[arguments.index("--distpath") + 1]
    os.makedirs(dist)
    classes = (Analysis, PYZ, EXE, COLLECT, BUNDLE, MERGE, Splash)
    names: dict[str, Any] = {each.__name__: each for each in classes}
    names.update(SPECPATH=os.path.dirname(path), DISTPATH=dist)
    exec(compile(Path(path).read_bytes(), path, "exec"), names)


GIVEN: dict[str, Any] = {
    "hiddenimports": ["of_field"],
    "excludes": ["not_in_closure"],
    "runtime_hooks": ["/hooks/of_field.py"],
    "optimize": 1,
}

MODULES: dict[str, dict[str, Any]] = {
    "PyInstaller": {},
    "PyInstaller.__main__": {"run": build},
    "PyInstaller.exceptions": {"PythonLibraryNotFoundError": PythonLibraryNotFoundError},
    "PyInstaller.building": {},
    "PyInstaller.building.api": {
        "PYZ": PYZ,
        "PKG": PKG,
        "EXE": EXE,
        "COLLECT": COLLECT,
        "MERGE": MERGE,
    },
    "PyInstaller.building.build_main": {"Analysis": Analysis},
    "PyInstaller.building.osx": {"BUNDLE": BUNDLE},
    "PyInstaller.building.splash": {"Splash": Splash},
    "PyInstaller.building.datastruct": {
        "normalize_toc": normalized,
        "normalize_pyz_toc": normalized,
    },
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], spec.Program]:
    """Runs the text of a spec file at ``src/a.spec`` of a repository."""
    for name, content in MODULES.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], last, module)
    for each in (Analysis, PYZ, PKG, EXE, COLLECT, BUNDLE, MERGE, Splash):
        for method in ("__init__", "__postinit__"):
            # What is put in place of these is undone after the test.
            monkeypatch.setattr(each, method, getattr(each, method, None), raising=False)
    monkeypatch.chdir(tmp_path)
    sys.modules.pop("helper", None)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "imports.py").touch()
    monkeypatch.setenv("PYINSTALLER_CONFIG_DIR", ".pyinstaller")
    folder = tmp_path / "repository" / "src"
    (folder / "hooks").mkdir(parents=True)
    for name in ("one.txt", "hook.py", "helper.py"):
        (folder / name).write_text("def fail():\n    raise KeyError('oh\\nno')\n")

    def run(text: str) -> spec.Program:
        (folder / "a.spec").write_text(text)
        path = Path("repository", "src", "a.spec")
        return spec.run(path, Path("work"), Path("work", "imports.py"), GIVEN)

    return run


Runner = Callable[[str], spec.Program]


def test_without_a_spec_file(run: Runner) -> None:
    found = run("Analysis([])")
    assert found.options == found.hidden_imports == found.excludes == []
    assert found.brought == set()
    assert [name for name, _, _ in found.analysis.scripts] == ["hook"]
    assert [name for name, _, _ in found.analysis.pure] == ["a", "b"]
    assert [name for name, _, _ in found.analysis.datas] == ["found.txt"]
    assert [name for name, _, _ in found.analysis.binaries] == ["libfound.so"]


def test_a_class_in_the_place_of_analysis(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    class Changed(Analysis):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "datas": [("one.txt", "changed")]})

    monkeypatch.setattr(sys.modules["PyInstaller.building.build_main"], "Analysis", Changed)
    found = run(
        "from PyInstaller.building.build_main import Analysis\nAnalysis([], excludes=['y'])"
    )
    assert found.brought == {"changed/one.txt"}
    assert found.excludes == ["y"]


def test_arguments_add_up_with_what_is_given(run: Runner, tmp_path: Path) -> None:
    found = run(
        "Analysis(['main.py'], ['lib'], hiddenimports=('x',), excludes=['y'], noarchive=True,"
        " hookspath=['hooks'], runtime_hooks=['hook.py'], optimize=2, cipher=None,"
        " datas=[('one.txt', 'd')])"
    )
    folder = tmp_path / "repository" / "src"
    assert found.analysis.arguments == {
        "scripts": [str(tmp_path / "work" / "imports.py")],
        "pathex": [str(folder / "lib")],
        "binaries": None,
        "datas": [("one.txt", "d")],
        "hiddenimports": ["x", "of_field"],
        "hookspath": [str(folder / "hooks")],
        "excludes": ["y", "not_in_closure"],
        "runtime_hooks": [str(folder / "hook.py"), "/hooks/of_field.py"],
        "noarchive": False,
        "optimize": 1,
        "_kwargs": {},
    }
    assert found.hidden_imports == ["x"]
    assert found.excludes == ["y"]
    assert found.brought == {"d/one.txt"}


FOLDER = """
a = Analysis([])
a.datas += [("more.txt", "one.txt", "DATA")]
a.pure = [entry for entry in a.pure if entry[0] != "a"]
a.scripts = [entry for entry in a.scripts if entry[0] != "hook"]
e = EXE(PYZ(a.pure), a.scripts, [("u", None, "OPTION")], exclude_binaries=True, some=True)
a.datas.append(("late.txt", SPECPATH + "/one.txt", "DATA"))
BUNDLE(COLLECT(e, a.binaries, [each for each in a.datas if each[0] != "found.txt"]))
"""


def test_what_a_folder_gets_counts(run: Runner, tmp_path: Path) -> None:
    found = run(FOLDER)
    source = str(tmp_path / "repository" / "src" / "one.txt")
    assert found.analysis.scripts == []
    assert [name for name, _, _ in found.analysis.pure] == ["b"]
    assert found.analysis.datas == [("more.txt", source, "DATA"), ("late.txt", source, "DATA")]
    assert [name for name, _, _ in found.analysis.binaries] == ["libfound.so"]
    assert found.options == ["u", "pyi-some"]
    assert found.brought == {"more.txt", "late.txt"}


def test_what_a_single_file_gets_counts(run: Runner) -> None:
    found = run(
        "a = Analysis([])\ne = EXE(PYZ(a.pure), a.scripts, a.datas, [('x', 'one.txt', 'BINARY')])\n"
    )
    assert [name for name, _, _ in found.analysis.scripts] == ["hook"]
    assert [name for name, _, _ in found.analysis.datas] == ["found.txt"]
    assert [name for name, _, _ in found.analysis.binaries] == ["x"]


def test_tables_of_a_folder_that_is_not_collected_are_those_of_the_analysis(run: Runner) -> None:
    found = run("a = Analysis([])\nEXE(PYZ(a.pure), a.scripts, exclude_binaries=True)\n")
    assert [name for name, _, _ in found.analysis.datas] == ["found.txt"]


def test_files_that_an_executable_passes_on_are_collected(run: Runner) -> None:
    found = run(
        "a = Analysis([])\n"
        "e = EXE(PYZ(a.pure), [('x', 'one.txt', 'DATA')], exclude_binaries=True)\n"
        "COLLECT(e)\n"
    )
    assert [name for name, _, _ in found.analysis.datas] == ["x"]


def test_it_runs_in_its_folder(run: Runner, tmp_path: Path) -> None:
    path = list(sys.path)
    found = run(
        "import os, sys, helper\n"
        "Analysis([], excludes=[os.getcwd(), os.environ['PYINSTALLER_CONFIG_DIR'], sys.path[-1]])\n"
    )
    folder = str(tmp_path / "repository" / "src")
    assert found.excludes == [folder, str(tmp_path / ".pyinstaller"), folder]
    assert Path.cwd() == tmp_path
    assert sys.path == path


_CORRECT = "; correct the spec file"
_NAME = "; name the target that has it in `dependencies`, or correct the spec file"
_ONE = "; a target is one program: write a spec file and a `pyinstaller_binary` for each"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\nx = = 2\n", ":2: SyntaxError: invalid syntax" + _CORRECT),
        ("x = 1\nx += y\n", ":2: NameError: name 'y' is not defined" + _CORRECT),
        ("open('no.txt')", ":1: FileNotFoundError: [Errno 2] No such file or directory: 'no.txt'"),
        ("import no", f":1: ModuleNotFoundError: No module named 'no'{_NAME}"),
        ("import sys\nsys.exit(0)", f":2: it ends the build, by SystemExit(0){_CORRECT}"),
        ("raise SystemExit('ERROR: not\\n so.')", f":1: not so{_CORRECT}"),
        (
            "raise SystemExit(f'ERROR: Unable to find {SPECPATH}/no.txt.')",
            f":1: Unable to find src/no.txt{_NAME}",
        ),
        ("Analysis()", ":1: TypeError: missing a required argument: 'scripts'" + _CORRECT),
        ("x = 1", ": it calls no Analysis; a spec file begins with one"),
        ("a = Analysis([])\nAnalysis([])", f":2: a second Analysis{_ONE}"),
        ("a = Analysis([])\nEXE()\nEXE()", f":3: a second EXE{_ONE}"),
        ("a = Analysis([])\ne = EXE()\nCOLLECT(e)\nCOLLECT(e)", f":4: a second COLLECT{_ONE}"),
        ("\nMERGE()", ":2: MERGE is for several programs, and "),
        ("\nSplash()", ":2: a splash screen is shown while "),
        (
            "Analysis([], hookspath=['no'])",
            f":1: 'src/no' in `hookspath` does not exist{_NAME}",
        ),
        (
            "Analysis([], runtime_hooks=['no.py'])",
            f":1: 'src/no.py' in `runtime_hooks` does not exist{_NAME}",
        ),
        (
            "a = Analysis([])\nEXE([('x', 'no.txt', 'DATA')])",
            f":2: the source 'no.txt' of 'x' is no file{_NAME}",
        ),
        (
            "a = Analysis([])\na.datas += [('../x', 'one.txt', 'DATA')]",
            ": the destination '../x' is outside of the program; make it relative, without '..'",
        ),
        (
            "a = Analysis([])\nopen(DISTPATH + '/x', 'w').close()",
            ": it writes 'x' to DISTPATH, which is not where the program is; give it to `datas`",
        ),
    ],
)
def test_errors(run: Runner, text: str, told: str) -> None:
    with pytest.raises(errors.SpecError) as caught:
        run(text)
    assert str(caught.value).startswith(f"src/a.spec{told}")
    assert "\n" not in str(caught.value)


def test_an_error_in_a_module_of_the_spec_file_is_told_of_that(run: Runner) -> None:
    with pytest.raises(errors.SpecError) as caught:
        run("import helper\nhelper.fail()\n")
    assert str(caught.value) == "src/helper.py:2: KeyError: 'oh\\nno'; correct the spec file"


@pytest.mark.parametrize(
    "failure", [errors.LeakError("a leak"), PythonLibraryNotFoundError("no library")]
)
def test_other_failures_stay_what_they_are(
    run: Runner, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spec._Recorder, "program", lambda _: (_ for _ in ()).throw(failure))
    with pytest.raises(type(failure)) as caught:
        run("Analysis([])")
    assert caught.value is failure
