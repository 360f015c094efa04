"""Freeze: the closure of one component -> a runtime layer.

Runs PyInstaller's analysis on the *external* imports of the component's first-party code, with the
closure's own interpreter, and lays out what it finds as a folder (see ``layer``). First-party code
is not read, so that editing it never freezes again; but for what a spec file collects (``spec``).

Run as ``python -m pants_freeze.sandbox.freeze PLAN``; PLAN is a JSON file with the fields of
`Plan`. Writes the folder ``layer``.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Callable

from pants_freeze.sandbox import errors, icu, spec
from pants_freeze.sandbox.environment import (
    BUILD_CONFIGURATION,
    INTERPRETER,
    SYSTEM_LIBRARY,
    Environment,
    is_installation_record,
    is_of_interpreter,
    without_machine_paths,
)
from pants_freeze.sandbox.files import (
    NEVER_STRIPPED,
    check_libraries,
    compile_modules,
    copy,
    linked_names,
    matches,
    remove_machine_paths,
)
from pants_freeze.sandbox.graph import ImportGraph
from pants_freeze.sandbox.layer import LINK, RUNTIME, LayerIndex, data_folders
from pants_freeze.sandbox.level import Level
from pants_freeze.sandbox.modules import (
    EXTENSION_FOLDER,
    EXTENSION_SUFFIXES,
    check_hidden_imports,
    check_hooks,
    import_statements,
    module_of,
    standard_library,
    stored_modules,
)
from pants_freeze.sandbox.named import Plugins, analysed
from pants_freeze.sandbox.trim import Rule, Trim, check_rules

OUTPUT = Path("layer")
_WORK = Path(".freeze")
_IMPORTS = _WORK / "imports.py"
# What a target without a spec file has.
_DEFAULT_SPEC = _WORK / "freeze.spec"

# What these two hooks do, the importer of every executable does without importing `inspect` and
# `pkgutil` at start (57-69 against 20-22 ms of CPU for a hello world).
_REPLACED_HOOKS = frozenset({"pyi_rth_inspect", "pyi_rth_pkgutil"})

# The one folder of the freezer whose modules run in the frozen program: helpers of its hooks.
_HOOK_MODULES = "PyInstaller/fake-modules"

_MISSING_LIBRARY = "Library not found: could not resolve %r, dependency of %r."


_ICU = "libicu*.so*"
_ICU_DATA = "libicudata.so*"
# The one library of Qt that is linked with ICU.
_QT_CORE = "libQt[56]Core.so*"


@dataclass(frozen=True)
class Plan:
    """What to freeze.

    ``imports``           dotted names that first-party code imports from outside itself
    ``libraries``         calls by which first-party code loads native libraries
    ``groups``            groups of entry points that first-party code asks for
    ``hidden_imports``    further modules, which must exist
    ``excludes``          modules that must not be in the layer
    ``spec``              path in the repository of a spec file, or empty; see ``spec``
    ``distributions``     the distributions of the closure, as "name==version", names normalised
    ``console_script``    name of a console script of the closure to start, or empty
    ``runtime_hooks``     paths of scripts that run before the program
    ``system_libraries``  globs of native libraries, needed by requirements, to leave to the system
    ``trim``              rules of trim lists, each as (action, kind, pattern, path of the list);
                          see ``trim``
    ``observed``          paths of those lists that `freeze-trim` wrote
    ``level``             "low", "medium" or "high"; see ``level``
    ``strip``             whether to strip symbols off native libraries
    ``optimize``          bytecode optimisation level: 0, 1 or 2
    """

    imports: list[str]
    libraries: list[str]
    groups: list[str]
    hidden_imports: list[str]
    excludes: list[str]
    spec: str
    distributions: list[str]
    console_script: str
    runtime_hooks: list[str]
    system_libraries: list[str]
    trim: list[list[str]]
    observed: list[str]
    level: str
    strip: bool
    optimize: int


class _MissingLibraries(logging.Handler):
    """Collects the native libraries that PyInstaller's dependency scan could not find."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.needed_by: dict[str, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == _MISSING_LIBRARY and isinstance(record.args, tuple):
            library, binary = map(str, record.args)
            # "libx.so.1: no version information available" is a warning of `ldd` about one that
            # is there, which PyInstaller takes for a name.
            if ": " not in library:
                self.needed_by.setdefault(library, binary)


def freeze(plan: Plan) -> None:
    """Freeze what *plan* says. Raises the classes of ``errors``."""
    check_hooks(plan.runtime_hooks)
    environment = Environment(plan.distributions, _WORK, spec.REPOSITORY)
    imports = list(plan.imports)
    script = ""
    if plan.console_script:
        script = environment.console_script(plan.console_script)
        imports.append(script.partition(":")[0])
    # PyInstaller collects what calls in a module that imports `ctypes` load.
    statements = "".join(f"{call}\n" for call in plan.libraries)
    _IMPORTS.write_text(import_statements(imports) + statements, encoding="utf-8")
    _DEFAULT_SPEC.write_text("Analysis([])\n", encoding="utf-8")

    rules = [(Rule(*rule), path) for *rule, path in plan.trim]
    built_in = Level(plan.level).rules()
    trim = Trim((rule for rule, _ in rules), built_in)
    not_analysed = Trim(
        (rule for rule, path in rules if rule.action == "keep" or path not in plan.observed),
        built_in,
    )
    known = {*standard_library(), *environment.closure_files}
    modules = set(map(module_of, known)) - {""}
    # Which files there are besides those of requirements is not known before the analysis.
    check_rules((rule for rule in trim.idle(modules, known) if rule.kind == "module"), rules)
    missing = _MissingLibraries()
    logging.getLogger("PyInstaller").addHandler(missing)
    plugins = Plugins(environment.closure_distributions, plan.groups)
    named = analysed(plugins, set(stored_modules(environment.closure_files)))
    with named, _libraries_only_of(lambda path: not _is_dropped(not_analysed, path)):
        program = spec.run(
            spec.REPOSITORY / plan.spec if plan.spec else _DEFAULT_SPEC,
            _WORK,
            _IMPORTS,
            {
                "hiddenimports": plan.hidden_imports,
                "excludes": [
                    *plan.excludes,
                    *environment.freezer_only_modules,
                    *not_analysed.excluded(modules),
                ],
                "runtime_hooks": [str(Path(hook).resolve()) for hook in plan.runtime_hooks],
                "optimize": plan.optimize,
            },
        )
    check_libraries(missing.needed_by, plan.system_libraries)
    _check_hidden_imports(plan.hidden_imports, program.analysis)
    layout = _Layout(plan, environment, trim, program, plugins)
    check_rules(trim.idle(modules, known | layout.found()), rules)
    layout.write(script, stored_modules(known))


@contextlib.contextmanager
def _libraries_only_of(is_kept: Callable[[str], bool]) -> Iterator[None]:
    """Within, PyInstaller looks for the libraries of those native files only that are kept.

    What was collected on purpose is not found in this way, so it stays unless it is dropped itself.
    """
    from PyInstaller.building import build_main  # pants: no-infer-dep

    find = build_main.find_binary_dependencies

    def find_of_kept(binaries: list[tuple[str, str, str]], *options: object) -> object:
        kept = [entry for entry in binaries if is_kept(Path(entry[0]).as_posix())]
        return find(kept, *options)

    build_main.find_binary_dependencies = find_of_kept
    try:
        yield
    finally:
        build_main.find_binary_dependencies = find


def _is_dropped(trim: Trim, path: str) -> bool:
    return trim.drops_module(module_of(path)) or trim.drops_file(path)


def _check_hidden_imports(hidden_imports: list[str], analysis: Any) -> None:
    missing = [name for name in hidden_imports if analysis.graph.find_node(name) is None]
    check_hidden_imports(missing)


class _Layout:
    """Writes the layer from an analysis, whose tables hold ``(destination, source, type)``."""

    def __init__(
        self,
        plan: Plan,
        environment: Environment,
        trim: Trim,
        program: spec.Program,
        plugins: Plugins,
    ) -> None:
        self._plan = plan
        self._plugins = plugins
        self._environment = environment
        self._trim = trim
        self._program = program
        self._analysis = program.analysis
        self._origins: dict[str, str] = {}
        self._system_libraries: set[str] = set()
        self._files: set[str] = set()
        self._links: dict[str, str] = {}
        self._native: list[str] = []
        self._of_interpreter: list[Path] = []
        self._stored: dict[str, str] = {}
        self._always_bundled = self._libraries_of_interpreter()
        self._icu_is_of_qt = Level(plan.level) is Level.high and self._only_qt_uses_icu()

    def found(self) -> set[str]:
        """The paths in the runtime folder of what the analysis has found."""
        pure = {
            _bytecode_path(name, source)
            for name, source in self._pure_modules()
            if source not in (None, "-")
        }
        toc = (*self._analysis.binaries, *self._analysis.datas)
        return pure | {Path(destination).as_posix() for destination, _, _ in toc}

    def write(self, console_script: str, could_be: dict[str, str]) -> None:
        """Write ``layer``; *console_script* is the resolved "module:attributes", or empty.

        *could_be* are the modules of the closure and the standard library, as `stored_modules`
        gives them.
        """
        kinds: dict[str, list[str]] = {"packages": [], "modules": [], "namespaces": []}
        hook_modules: dict[str, str] = {}
        compiled = []
        for name, source in self._pure_modules():
            if source in (None, "-"):
                kinds["namespaces"].append(name)
                continue
            is_package = PurePosixPath(source).stem == "__init__"
            path = _bytecode_path(name, source)[: -len(".pyc")]
            if _HOOK_MODULES in Path(source).as_posix():
                hook_modules[name] = f"{path}.py"
                copy(source, OUTPUT / LINK / "modules" / f"{path}.py")
                continue
            if _is_dropped(self._trim, f"{path}.pyc"):
                continue
            kinds["packages" if is_package else "modules"].append(name)
            self._origins[f"{path}.pyc"] = self._environment.origin(source)
            self._stored[name] = f"{path}.pyc"
            text = source
            if name.startswith(BUILD_CONFIGURATION):
                text = without_machine_paths(name, source, _WORK)
            compiled.append([text, f"{path}.py", str(OUTPUT / RUNTIME / f"{path}.pyc")])
        compile_modules(compiled, self._plan.optimize, _WORK)
        self._place(self._analysis.binaries)
        self._place(entry for entry in self._analysis.datas if entry[0] != "base_library.zip")
        remove_machine_paths(self._of_interpreter)
        self._place_metadata(set(kinds["packages"]) | set(kinds["modules"]))
        self._drop_dangling_links()
        self._graph(console_script).write(OUTPUT)
        known = {name for names in kinds.values() for name in names}
        kinds["namespaces"] += [
            folder
            for folder in data_folders(self._origins)
            if folder not in known and folder.partition(".")[0] in known
        ]
        LayerIndex(
            python=sys.version.split()[0],
            python_library=os.path.basename(_python_library()),
            packages=sorted(kinds["packages"]),
            modules=sorted(kinds["modules"]),
            namespaces=sorted(kinds["namespaces"]),
            files=sorted(self._files),
            hooks=self._copy_hooks(),
            hook_modules=hook_modules,
            console_script=console_script,
            origins=dict(sorted(self._origins.items())),
            system_libraries=sorted(self._system_libraries),
            left_out=self._left_out(could_be),
            excluded=self._excluded(could_be),
            options=self._program.options,
            provided={label: sorted(names) for label, names in self._environment.provided.items()},
        ).write(OUTPUT)

    def _excluded(self, known: Iterable[str]) -> dict[str, str]:
        """Module that is excluded -> the spec file that says so; empty for the field."""
        by_spec = excluded_modules(self._program.excludes, known)
        by_field = excluded_modules(self._plan.excludes, known)
        return {**dict.fromkeys(by_spec, self._plan.spec), **dict.fromkeys(by_field, "")}

    def _left_out(self, known: dict[str, str]) -> dict[str, list[str]]:
        """Module -> the rule that leaves it out, and the path of the first list that has it.

        The path is empty for a rule of the level.
        """
        lists = {Rule(*rule): path for *rule, path in reversed(self._plan.trim)}
        found = self._trim.left_out(known, self._stored)
        return {name: [str(rule), lists.get(rule, "")] for name, rule in found.items()}

    def _pure_modules(self) -> Iterable[tuple[str, str]]:
        """Name and source of each module to keep as bytecode, sorted."""
        base = {node.identifier for node in self._analysis.graph._base_modules}
        entries = {name: source for name, source, _ in self._analysis.pure}
        for name, source, _ in self._analysis._modules_outside_pyz:
            if name in base:
                entries[name] = source
        return sorted(entries.items())

    def _libraries_of_interpreter(self) -> set[str]:
        """File names of the libraries that the interpreter and its extension modules load."""
        from PyInstaller.depend.bindepend import get_imports  # pants: no-infer-dep

        return {
            os.path.basename(library)
            for _, source, typecode in self._analysis.binaries
            if typecode in ("BINARY", "EXTENSION") and is_of_interpreter(os.path.realpath(source))
            for library, _ in get_imports(source)
        }

    def _only_qt_uses_icu(self) -> bool:
        """Whether there is ICU in the layer, and all that is linked with it is Qt."""
        binaries = [
            (os.path.basename(destination), source)
            for destination, source, typecode in self._analysis.binaries
            if typecode in ("BINARY", "EXTENSION")
        ]
        if not sys.platform.startswith("linux") or not any(
            matches(name, [_ICU_DATA]) for name, _ in binaries
        ):
            return False
        return not any(
            matches(library, [_ICU])
            for name, source in binaries
            if not matches(name, [_ICU, _QT_CORE])
            for library in linked_names(Path(source))
        )

    def _place(self, toc: Iterable[tuple[str, str, str]]) -> None:
        from PyInstaller.building.utils import process_collected_binary  # pants: no-infer-dep

        for destination, source, typecode in sorted(toc):
            path = PurePosixPath(Path(destination).as_posix())
            target = OUTPUT / RUNTIME / path
            if _is_dropped(self._trim, str(path)) or is_installation_record(path):
                continue
            if typecode == "SYMLINK":
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(source)
                self._links[str(path)] = Path(os.path.normpath(path.parent / source)).as_posix()
                continue
            if self._environment.is_metadata_of_the_freezer(source):
                continue
            origin = self._environment.origin(source)
            if self._is_left_to_the_system(path.name, origin):
                self._system_libraries.add(path.name)
                continue
            content = source
            if typecode in ("BINARY", "EXTENSION") and not path.match(NEVER_STRIPPED):
                content = process_collected_binary(source, destination, use_strip=self._plan.strip)
            copy(content, target)
            if self._icu_is_of_qt and path.match(_ICU_DATA):
                _filter_icu_data(target)
            if typecode in ("BINARY", "EXTENSION") and origin.startswith(INTERPRETER):
                self._of_interpreter.append(target)
            self._origins[str(path)] = origin
            # Some hooks collect extension modules as if they were libraries.
            is_extension = typecode == "EXTENSION" or path.name.endswith(EXTENSION_SUFFIXES)
            if is_extension or path.suffix == ".py":
                stem = str(path.parent / path.name.partition(".")[0])
                name = stem.replace("/", ".").replace(".__init__", "")
                self._files.add(name)
                self._stored.setdefault(
                    name.removeprefix(EXTENSION_FOLDER.replace("/", ".")), str(path)
                )
            if typecode in ("BINARY", "EXTENSION"):
                self._native.append(str(path))

    def _is_left_to_the_system(self, name: str, origin: str) -> bool:
        return (
            origin == SYSTEM_LIBRARY
            and name not in self._always_bundled
            and matches(name, self._plan.system_libraries)
        )

    def _place_metadata(self, modules: set[str]) -> None:
        """Copy what `importlib.metadata` reads of each distribution, if the program can read it."""
        if not modules & {"importlib.metadata", "pkg_resources"}:
            return
        for path, source in self._environment.metadata:
            target = OUTPUT / RUNTIME / path
            if not target.exists():
                copy(source, target)
                self._origins[path] = self._environment.origin(source)

    def _drop_dangling_links(self) -> None:
        """Remove links to what is left to the system; the others belong to what they lead to."""
        for link, target in self._links.items():
            path = OUTPUT / RUNTIME / link
            if not path.exists():
                path.unlink()
                continue
            self._origins[link] = self._origins[self._end_of(target)]

    def _end_of(self, path: str) -> str:
        """The file that *path* is, or leads to as a link."""
        while path in self._links:
            path = self._links[path]
        return path

    def _graph(self, console_script: str) -> ImportGraph:
        """Who needs what of the layer, as PyInstaller's module graph and the libraries tell."""
        from PyInstaller.lib.modulegraph.modulegraph import Script  # pants: no-infer-dep

        graph = self._analysis.graph
        collected = graph._additional_files_cache

        def imported_by(node: object) -> list[str]:
            names = {str(each.identifier) for each in graph.outgoing(node) if each is not None}
            return sorted(names.intersection(self._stored))

        nodes = {name: graph.find_node(name) for name in sorted(self._stored)}
        brings = {
            name: sorted(
                {
                    path
                    for entry in (*collected.binaries(name), *collected.datas(name))
                    for path in [Path(entry[0]).as_posix()]
                    if path in self._origins
                }
            )
            for name in nodes
        }
        hooks = {
            f"the run-time hook {Path(node.identifier).stem}": imported_by(node)
            for node in graph.nodes()
            if isinstance(node, Script) and Path(node.identifier).name != _IMPORTS.name
        }
        if self._plan.hidden_imports:
            hooks["the field `hidden_imports`"] = sorted(
                self._stored.keys() & set(self._plan.hidden_imports)
            )
        if self._plan.spec:
            named = f"the spec file {self._plan.spec}"
            hooks[named] = sorted(self._stored.keys() & set(self._program.hidden_imports))
            brings[named] = sorted(self._program.brought & self._origins.keys())
        if console_script:
            hooks["the console script"] = [console_script.partition(":")[0]]
        for group, names in self._plugins.found.items():
            hooks[f"the entry points of {group}"] = sorted(self._stored.keys() & set(names))
        hooks["CPython itself"] = sorted(
            self._stored.keys() & {node.identifier for node in graph._base_modules}
        )
        return ImportGraph(
            imports={name: imported_by(node) for name, node in nodes.items() if node is not None},
            stored=dict(self._stored),
            brings={name: paths for name, paths in brings.items() if paths},
            needs=self._linked_libraries(),
            hooks=hooks,
        )

    def _linked_libraries(self) -> dict[str, list[str]]:
        """The files of the layer that each of its native libraries is linked with."""
        by_name: dict[str, str] = {}
        for path in sorted(self._native):
            by_name.setdefault(PurePosixPath(path).name, path)
        found = {}
        for path in sorted(self._native):
            names = linked_names(OUTPUT / RUNTIME / path)
            found[path] = sorted({by_name[name] for name in names if name in by_name})
        return {path: libraries for path, libraries in found.items() if libraries}

    def _copy_hooks(self) -> list[str]:
        names = []
        for name, source, _ in self._analysis.scripts:
            if name not in _REPLACED_HOOKS:
                names.append(name)
                copy(source, OUTPUT / LINK / "hooks" / f"{name}.py")
        return names


def _bytecode_path(name: str, source: str) -> str:
    """Where in the runtime folder the pure module *name* in the file *source* is stored."""
    is_package = PurePosixPath(source).stem == "__init__"
    return name.replace(".", "/") + ("/__init__.pyc" if is_package else ".pyc")


def excluded_modules(excludes: Iterable[str], known: Iterable[str]) -> set[str]:
    """Of *excludes* those that are *known* modules, or packages of one."""
    return {each for each in excludes if any(f"{name}.".startswith(f"{each}.") for name in known)}


def _python_library() -> str:
    from PyInstaller.depend.bindepend import get_python_library_path  # pants: no-infer-dep

    return str(get_python_library_path())


def _filter_icu_data(library: Path) -> None:
    """Take out of ICU's data *library* what Qt does not use; an unusual library stays as it is."""
    try:
        content = icu.filtered(library.read_bytes())
    except ValueError as problem:
        logging.getLogger(__name__).warning(
            "%s is kept with all its data: %s", library.name, problem
        )
        return
    library.write_bytes(content)


def main(plan_path: str) -> None:
    """Freeze what the JSON file *plan_path* says into the folder ``layer``."""
    from PyInstaller.exceptions import PythonLibraryNotFoundError  # pants: no-infer-dep

    plan = Plan(**json.loads(Path(plan_path).read_bytes()))
    (OUTPUT / LINK).mkdir(parents=True)
    _WORK.mkdir()
    try:
        freeze(plan)
    except PythonLibraryNotFoundError:
        version = sys.version_info
        raise errors.InterpreterError(
            f"CPython {sys.version.split()[0]} has no shared library, so it cannot be frozen; use "
            f"one that has (Debian: install libpython{version[0]}.{version[1]}; pyenv: set "
            "PYTHON_CONFIGURE_OPTS=--enable-shared), or change `interpreter_constraints`"
        ) from None


if __name__ == "__main__":
    errors.run(main, sys.argv)
