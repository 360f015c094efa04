"""Standalone: what freezers that take a whole program have in common, cx_Freeze and Nuitka.

They have no runtime layer that an executable is linked over: first-party code is among what they
read, and what they write is one folder with the executable in it.

``program/runtime/``
    The folder of the program. The executable in it is named with the suffix ``.bin``: a folder of a
    first-party package may have the name of the program.
``program/index.json``
    A `ProgramIndex`.
``program/graph.json``
    The import graph, as a runtime layer has it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Container, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from pants_freeze.sandbox.environment import (
    FIRST_PARTY,
    INTERPRETER,
    INTERPRETER_LABEL,
    Environment,
    is_installation_record,
)
from pants_freeze.sandbox.files import (
    NEVER_STRIPPED,
    copy,
    filled_in,
    linked_names,
    matches,
    remove_machine_paths,
)
from pants_freeze.sandbox.graph import ImportGraph
from pants_freeze.sandbox.imports import imported_names
from pants_freeze.sandbox.layer import RUNTIME
from pants_freeze.sandbox.level import Level
from pants_freeze.sandbox.modules import (
    check_hidden_imports,
    check_hooks,
    module_of,
    sources_of_modules,
    standard_library,
)
from pants_freeze.sandbox.trim import Rule, Trim, check_rules

OUTPUT = Path("program")
INDEX = "index.json"
WORK = Path(".freeze")
_START = WORK / "start"
_PROGRAMS = Path(__file__).resolve().parents[1] / "frozen"


@dataclass(frozen=True)
class Plan:
    """What to freeze.

    ``owner``             address of the target
    ``name``              file name of the program
    ``entry_module``      module to start
    ``entry_function``    attribute path to call in it; empty runs the module as ``__main__``
    ``console_script``    name of a console script of the closure to start instead, or empty
    ``arguments``         arguments to put before those of the user
    ``environment``       variables to set where the user has not
    ``sources``           folder of first-party modules, laid out below their source roots
    ``hidden_imports``    modules that no import shows, which must exist
    ``excludes``          modules that must not be in the program
    ``runtime_hooks``     paths of scripts that run before the program
    ``distributions``     the distributions of the closure, as "name==version", names normalised
    ``trim``              rules of trim lists, each as (action, kind, pattern, path of the list)
    ``level``             "low", "medium" or "high"; see ``level``
    ``system_libraries``  globs of native libraries, needed by requirements, to leave to the system
    ``strip``             whether to strip symbols off native libraries
    ``optimize``          bytecode optimisation level: 0, 1 or 2
    ``console``           whether the program has a console (Windows, macOS)
    ``icon``              path of an ``.ico`` file (Windows), or empty
    ``lto``               whether to optimise across C files when linking (Nuitka)
    """

    owner: str
    name: str
    entry_module: str
    entry_function: str
    console_script: str
    arguments: list[str]
    environment: dict[str, str]
    sources: str
    hidden_imports: list[str]
    excludes: list[str]
    runtime_hooks: list[str]
    distributions: list[str]
    trim: list[list[str]]
    level: str
    system_libraries: list[str]
    strip: bool
    optimize: int
    console: bool
    icon: str
    lto: bool


@dataclass(frozen=True)
class ProgramIndex:
    """What a program holds.

    ``origins`` names for each file of its folder the requirement, or whoever else it comes from;
    ``hooks`` are the names of its run-time hooks.
    """

    origins: dict[str, str]
    hooks: list[str]

    def write(self, folder: Path) -> None:
        """Write the index of the program in *folder*."""
        text = json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False)
        (folder / INDEX).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def parse(cls, text: str | bytes) -> ProgramIndex:
        """The index from its JSON *text*."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class BuiltFile:
    """A file for the folder of the program: its ``path`` there, and the file with its ``content``.

    ``source`` is the file that it was made from, which tells where it comes from; it is empty for
    the executable, which counts as first-party code as a whole. If ``link`` is not empty, the file
    is a link to that path, relative to its own folder.
    """

    path: str
    content: Path
    source: str
    is_native: bool = False
    link: str = ""


def read_plan(path: str) -> Plan:
    """The plan in the JSON file *path*."""
    return Plan(**json.loads(Path(path).read_bytes()))


class Program:
    """A program to be frozen: what to start, what to leave out, and where its files go.

    *data* is the folder of modules and data files, relative to that of the executable, or empty.
    *interpreter* is the distribution with an interpreter of the freezer's own, or empty.
    """

    def __init__(self, plan: Plan, data: str, interpreter: str = "") -> None:
        check_hooks(plan.runtime_hooks)
        WORK.mkdir()
        (OUTPUT / RUNTIME).mkdir(parents=True)
        self.plan = plan
        self.environment = Environment(plan.distributions, WORK, Path(plan.sources))
        self._data = data
        self._interpreter = interpreter
        self._hooks = [Path(hook).stem for hook in plan.runtime_hooks]
        self._rules = [(Rule(*rule), path) for *rule, path in plan.trim]
        self._trim = Trim((rule for rule, _ in self._rules), Level(plan.level).rules())
        self._known = {*standard_library(), *self.environment.closure_files}
        self._modules = set(map(module_of, self._known)) - {""}
        idle = self._trim.idle(self._modules, self._known)
        # Which files there are besides those of requirements is not known yet.
        check_rules((rule for rule in idle if rule.kind == "module"), self._rules)
        # Modules to leave out of the program, each with all below it.
        self.excluded = sorted(
            {
                *plan.excludes,
                *self.environment.freezer_only_modules,
                *self._trim.excluded(self._modules),
            }
        )
        self.entry_module, self.entry_function = plan.entry_module, plan.entry_function
        if plan.console_script:
            script = self.environment.console_script(plan.console_script)
            self.entry_module, _, self.entry_function = script.partition(":")
        # The script to freeze; the modules that it starts with lie beside it.
        self.start = _START / "pants_freeze_main.py"
        # The modules that it begins with, before the entry.
        self.start_modules = ["pants_freeze_start", "pants_freeze_missing"]
        self._write_start()
        self._own = tuple(path + os.sep for path in self.import_paths())

    def _write_start(self) -> None:
        plan = self.plan
        _START.mkdir()
        entry = (self.entry_module, self.entry_function, plan.arguments, plan.environment)
        where_from = sources_of_modules(plan.owner, Path(plan.sources), self.environment.provided)
        modules = {
            "missing": filled_in(_PROGRAMS / "missing.py", "PROGRAM", where_from),
            "start": filled_in(_PROGRAMS / "start.py", "DATA", self._data),
            "entry": filled_in(_PROGRAMS / "entry.py", "ENTRY", entry),
        }
        hooks = []
        for number, hook in enumerate(plan.runtime_hooks):
            name = f"hook_{number}_{re.sub(r'[^0-9A-Za-z_]', '_', Path(hook).stem)}"
            modules[name] = Path(hook).read_text(encoding="utf-8")
            hooks.append(f"    import pants_freeze_{name}\n")
            self.start_modules.append(f"pants_freeze_{name}")
        for name, text in modules.items():
            (_START / f"pants_freeze_{name}.py").write_text(text, encoding="utf-8")
        # `multiprocessing` may import this again in a child, under another name.
        self.start.write_text(
            "import pants_freeze_start\n"
            "import pants_freeze_missing\n"
            "import pants_freeze_entry\n\n\n"
            "def main():\n"
            f"{''.join(hooks)}"
            "    pants_freeze_entry.start()\n\n\n"
            'if __name__ == "__main__":\n'
            "    pants_freeze_start.run(main)\n",
            encoding="utf-8",
        )

    def import_paths(self) -> list[str]:
        """The folders in which first-party modules and the start are found."""
        return [str(_START.resolve()), str(Path(self.plan.sources).resolve())]

    def check_hidden_imports(self, modules: Iterable[str]) -> None:
        """Raise `errors.MissingModuleError` if a hidden import is none of *modules*."""
        check_hidden_imports(set(self.plan.hidden_imports).difference(modules))

    def origin(self, source: str) -> str:
        """Who the file *source* belongs to; raises `errors.LeakError` as `Environment.origin`."""
        if not source or os.path.abspath(source).startswith(self._own):
            return FIRST_PARTY
        if self._interpreter and self.environment.distribution(source) == self._interpreter:
            return INTERPRETER_LABEL
        return self.environment.origin(source)

    def has_file(self, path: str) -> bool:
        """Whether the closure or the standard library has a file at *path*, below where imports
        look."""
        return path in self._known

    def leaves_to_the_system(self, library: str) -> bool:
        """Whether the native *library* is left to the systems of the users."""
        return self.environment.is_of_system(library) and matches(
            os.path.basename(library), self.plan.system_libraries
        )

    def write(self, files: Iterable[BuiltFile], modules: Mapping[str, str]) -> None:
        """Lay out *files* as the folder of the program, and write its index and its import graph.

        *modules* are those in the program: dotted name -> source file, or empty if there is none.
        """
        listed = sorted(files, key=lambda file: file.path)
        found = {each for file in listed for each in (file.path, self._module_path(file.path))}
        check_rules(self._trim.idle(self._modules, self._known | found), self._rules)
        kept = [file for file in listed if not self._is_left_out(file.path)]
        origins = {}
        for file in kept:
            if file.link:
                continue
            target = OUTPUT / RUNTIME / file.path
            origin = origins[file.path] = self.origin(file.source)
            copy(str(file.content), target)
            if file.is_native:
                self._finish_native(target, file.path, origin)
        for file in kept:
            end = os.path.normpath(PurePosixPath(file.path).parent / file.link)
            if file.link and end in origins:
                target = OUTPUT / RUNTIME / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(file.link)
                origins[file.path] = origins[end]
        ProgramIndex(dict(sorted(origins.items())), self._hooks).write(OUTPUT)
        self._graph(modules, [file.path for file in kept if file.is_native]).write(OUTPUT)

    def _module_path(self, path: str) -> str:
        """*path* relative to the folder of modules and data files."""
        return path[len(self._data) + 1 :] if path.startswith(f"{self._data}/") else path

    def _is_left_out(self, path: str) -> bool:
        place = self._module_path(path)
        return (
            self._trim.drops_file(place)
            # As `freeze-trim` writes it, who sees the folder as it is.
            or self._trim.drops_file(path)
            or self._trim.drops_module(module_of(place))
            or is_installation_record(PurePosixPath(place))
        )

    def _finish_native(self, target: Path, path: str, origin: str) -> None:
        if self.plan.strip and not PurePosixPath(path).match(NEVER_STRIPPED):
            program = shutil.which("strip")
            assert program is not None, "the stage asks for it"
            # A file that it cannot read stays as it is.
            subprocess.run([program, str(target)], check=False, stderr=subprocess.DEVNULL)
        if origin.startswith(INTERPRETER):
            remove_machine_paths([target])

    def _graph(self, modules: Mapping[str, str], native: Iterable[str]) -> ImportGraph:
        """Who imports what of *modules*, and which of the files *native* are linked with which.

        The executable counts as the file of a module that is compiled into it.
        """
        sources = {name: source for name, source in modules.items() if not self._is_own(source)}
        imports = {
            name: self._imported_by(name, source, modules) for name, source in sources.items()
        }
        by_module: dict[str, str] = {}
        by_name: dict[str, str] = {}
        for path in sorted(
            file.relative_to(OUTPUT / RUNTIME).as_posix()
            for file in (OUTPUT / RUNTIME).rglob("*")
            if file.is_file()
        ):
            by_module.setdefault(module_of(self._module_path(path)), path)
            by_name.setdefault(PurePosixPath(path).name, path)
        linked = {path: linked_names(OUTPUT / RUNTIME / path) for path in sorted(native)}
        return ImportGraph(
            imports=dict(sorted(imports.items())),
            stored={name: by_module.get(name, f"{self.plan.name}.bin") for name in sorted(sources)},
            brings={},
            needs={
                path: sorted({by_name[name] for name in names if name in by_name})
                for path, names in linked.items()
                if any(name in by_name for name in names)
            },
            compiled={
                name: self.origin(source)
                for name, source in sorted(sources.items())
                if source and name not in by_module
            },
            hooks={
                "CPython itself": [],
                "the field `hidden_imports`": sorted(sources.keys() & {*self.plan.hidden_imports}),
            },
        )

    def _is_own(self, source: str) -> bool:
        return bool(source) and self.origin(source) == FIRST_PARTY

    def _imported_by(self, name: str, source: str, modules: Mapping[str, str]) -> list[str]:
        if not source.endswith(".py"):
            return []
        path = Path(source)
        names = imported_names(path.read_bytes(), name, path.name == "__init__.py", path.name)
        found = {_longest_beginning(each, modules) for each, _ in names}
        return sorted(found - {"", name})


def _longest_beginning(name: str, modules: Container[str]) -> str:
    """The module of *modules* that an import of the dotted *name* imports, or empty."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name
