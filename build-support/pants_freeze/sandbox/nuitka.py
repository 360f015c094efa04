"""Nuitka: the closure and the first-party code of one component -> a program in a folder.

Run as ``python -m pants_freeze.sandbox.nuitka PLAN``; PLAN is a JSON file with the fields of
`standalone.Plan`. Writes the folder ``program`` (see ``standalone``).

Nuitka compiles modules to C, and ccache remembers in the folder ``.nuitka_cache`` what the compiler
made of each. The executable holds all modules but extension modules; these and libraries lie beside
it. If the entry is a module and no function in one, that module itself is what Nuitka starts from,
with a prologue in its first line.
"""

from __future__ import annotations

import ast
import itertools
import os
import re
import subprocess
import sys
import sysconfig
import tokenize
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from pathlib import Path

from pants_freeze.sandbox import errors
from pants_freeze.sandbox.environment import BUILD_CONFIGURATION, without_machine_paths
from pants_freeze.sandbox.files import check_libraries
from pants_freeze.sandbox.imports import imported_names
from pants_freeze.sandbox.link import source_modules
from pants_freeze.sandbox.modules import import_statements
from pants_freeze.sandbox.standalone import WORK, BuiltFile, Plan, Program, read_plan

# Shared by the builds of a machine; nothing of it gets into a program.
CACHE = ".nuitka_cache"

_PROGRAMS = Path(__file__).resolve().parents[1] / "frozen"
_PLUGIN = Path(__file__).resolve().with_name("nuitka_plugin.py")
# The module of a program that runs first.
_PROLOGUE = "pants_freeze_nuitka"

# Nuitka runs in this folder, for it finds modules in the folder that it runs in.
_FOLDER = WORK / "nuitka"
_BUILT = _FOLDER / "program.dist"
_REPORT = _FOLDER / "report.xml"
_LOG = _FOLDER / "log.txt"
_REPLACEMENTS = WORK / "replacements"

# What the program starts from, and what Nuitka runs before and after imports of some modules.
_NOT_MODULES = re.compile(r"__main__|__parents_main__|.*-preLoad|.*-postLoad")

# Of a failure: what Nuitka prints anyway, and what leads away from here.
_NOT_TOLD = ("Nuitka-Options:", "Nuitka-Reports:", "Nuitka:WARNING:     Complex topic!")
_SHOWN_LINES = 20

# Extension modules that make the standard library fast; Nuitka leaves them out to save space.
_ACCELERATORS = ("_bisect", "_datetime", "_json")

# The package that a plugin of Nuitka wants to be in the program wherever it is imported.
_MULTIPROCESSING = "multiprocessing"

# --- What the program starts from ----------------------------------------------------------------


def with_prologue(source: str, prologue: str, keep_doc: bool = True) -> str:
    """The module *source* with *prologue* before all that it does.

    *prologue* is one line of simple statements, with ";" between them. Lines keep their numbers
    unless the very first begins a compound statement. Imports from ``__future__`` stay first, and
    ``__doc__`` is set if *keep_doc*. Raises ``SyntaxError``.
    """
    text = source.encode()
    tree = ast.parse(text)
    starts = [0, *itertools.accumulate(len(line) for line in text.splitlines(keepends=True))]

    def place(line: int, column: int) -> int:
        return starts[line - 1] + column

    features: list[str] = []
    edits: list[tuple[int, int, bytes]] = []
    if keep_doc and ast.get_docstring(tree) is not None:
        start = place(tree.body[0].lineno, tree.body[0].col_offset)
        edits.append((start, start, b"__doc__ = "))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            features += [alias.name for alias in node.names]
            start = place(node.lineno, node.col_offset)
            end = place(node.end_lineno or node.lineno, node.end_col_offset or 0)
            edits.append((start, end, b"pass" + b" \\\n" * text.count(b"\n", start, end)))
    for start, end, replacement in reversed(edits):
        text = text[:start] + replacement + text[end:]
    front = f"from __future__ import {', '.join(features)}; {prologue}" if features else prologue
    first_line = text.partition(b"\n")[0].strip()
    if not first_line or first_line.startswith(b"#"):
        joint = "  "
    else:
        is_compound = hasattr(tree.body[0], "body") or hasattr(tree.body[0], "cases")
        joint = "\n" if is_compound else "; "
    return front + joint + text.decode()


def _entry_script(program: Program) -> str:
    """The script that Nuitka starts from, and the module with which it begins.

    `multiprocessing` imports it again in its children, by another name.
    """
    modules = [*program.start_modules, "pants_freeze_entry"]
    prologue = (_PROGRAMS / "nuitka.py").read_text(encoding="utf-8")
    prologue += "".join(f"\nimport {name}" for name in modules)
    if program.entry_function:
        script = (
            f"import {_PROLOGUE}\n\nif __name__ == '__main__':\n"
            f"    {_PROLOGUE}.pants_freeze_start.run({_PROLOGUE}.pants_freeze_entry.start)\n"
        )
    else:
        script, names = _entry_module(program)
        # Nuitka follows these where the module's own imports are relative to a package that it does
        # not know to be in.
        statements = import_statements(names).replace("\n", "\n    ")
        prologue += f"\n\n\ndef _imports():\n    {statements}return\n"
    program.start.with_name(f"{_PROLOGUE}.py").write_text(prologue + "\n", encoding="utf-8")
    return script


def _entry_module(program: Program) -> tuple[str, list[str]]:
    """The source of the entry module with a prologue, and the names that it imports."""
    name = program.entry_module
    spec = find_module(name, _search_path(program))
    if spec is not None and spec.submodule_search_locations is not None:
        name += ".__main__"
        spec = find_module(name, _search_path(program))
    if spec is None or not (spec.origin or "").endswith(".py"):
        raise errors.MissingModuleError(_no_entry(name))
    path = Path(str(spec.origin))
    with tokenize.open(path) as file:
        source = file.read()
    place = f"{name.replace('.', '/')}.py"
    prologue = (
        f"import {_PROLOGUE}; __file__ = {_PROLOGUE}.start(__name__, {place!r}); "
        f"del {_PROLOGUE}; __package__ = {name.rpartition('.')[0]!r}"
    )
    try:
        script = with_prologue(source, prologue, keep_doc=program.plan.optimize < 2)
    except (SyntaxError, ValueError) as error:
        raise errors.SandboxError(f"{place} cannot be compiled: {error}") from None
    names = [name for name, _ in imported_names(source.encode(), name, False, place)]
    return script, [each for each in names if all(map(str.isidentifier, each.split(".")))]


# --- Running Nuitka ------------------------------------------------------------------------------


def find_module(name: str, path: Iterable[str]) -> ModuleSpec | None:
    """Where the module of the dotted *name* is on *path*; nothing is imported for that."""
    found = None
    where = list(path)
    for dotted in itertools.accumulate(name.split("."), "{}.{}".format):
        specs = [spec for folder in where if (spec := _finder(folder).find_spec(dotted))]
        if not specs:
            return None
        # All folders without a module of that name are one package together.
        found = next((spec for spec in specs if spec.loader is not None), specs[0])
        portions = [found] if found.loader is not None else specs
        where = [each for spec in portions for each in spec.submodule_search_locations or ()]
    return found


def _finder(folder: str) -> FileFinder:
    return FileFinder(
        folder,
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (SourceFileLoader, SOURCE_SUFFIXES),
    )


def _search_path(program: Program) -> list[str]:
    return [*program.import_paths(), *sys.path]


def _included(program: Program) -> list[str]:
    """Modules that have to be in the program, whoever imports them.

    Raises `errors.MissingModuleError` if there is one that does not exist.
    """
    path = _search_path(program)
    excluded = tuple(f"{name}." for name in program.excluded)
    own = {
        name
        for name, file in source_modules(Path(program.plan.sources))
        if file != "-"
        and all(map(str.isidentifier, name.split(".")))
        and not f"{name}.".startswith(excluded)
    }
    hidden = set(program.plan.hidden_imports).difference(sys.builtin_module_names)
    program.check_hidden_imports(
        {*sys.builtin_module_names, *(name for name in hidden if find_module(name, path))}
    )
    if not program.entry_function:
        return sorted(own | hidden)
    if find_module(program.entry_module, path) is None:
        raise errors.MissingModuleError(_no_entry(program.entry_module))
    return sorted({*own, *hidden, program.entry_module})


def _no_entry(name: str) -> str:
    return f"the entry module {name} is not in the closure; correct the entry point"


def options(plan: Plan, included: Iterable[str], excluded: Iterable[str]) -> list[str]:
    """The options of Nuitka, without the script to start from."""
    left_out = sorted(excluded)
    made = [
        "--mode=standalone",
        # Nothing that only helps to find problems, such as a refusal of the argument "-c".
        "--deployment",
        "--reproducible=yes",
        f"--lto={'yes' if plan.lto else 'no'}",
        "--update-check=never",
        "--progress-bar=none",
        f"--report={_REPORT.name}",
        "--report-diffable",
        f"--output-filename={plan.name}.bin",
        f"--output-folder-name={_BUILT.stem}",
        f"--user-plugin={_PLUGIN}",
        *(f"--follow-import-to={name}" for name in _ACCELERATORS),
        *(f"--include-module={name}" for name in included),
        *(f"--nofollow-import-to={name}" for name in left_out),
    ]
    if _MULTIPROCESSING in left_out:
        made.append(f"--disable-plugin={_MULTIPROCESSING}")
    if plan.optimize >= 1:
        made.append("--python-flag=no_asserts")
    if plan.optimize >= 2:
        made.append("--python-flag=no_docstrings")
    if sys.platform == "win32":
        made.append(f"--windows-console-mode={'force' if plan.console else 'disable'}")
        if plan.icon:
            made.append(f"--windows-icon-from-ico={Path(plan.icon).resolve()}")
    return made


def failure(log: str) -> str:
    """What Nuitka's output *log* says about why it failed: its last lines, without colours."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", log).splitlines()
    told = [line.rstrip() for line in lines if line.strip() and not line.startswith(_NOT_TOLD)]
    return "\n".join(["Nuitka failed:", *told[-_SHOWN_LINES:]])


def _run_nuitka(program: Program) -> None:
    """Compile the program. Raises `errors.SandboxError` with what Nuitka says."""
    _FOLDER.mkdir()
    _REPLACEMENTS.mkdir()
    # With a name that no module has: the folder of the script is on Nuitka's path.
    script = _FOLDER / f"{program.entry_module}-main.py"
    script.write_text(_entry_script(program), encoding="utf-8")
    for source in Path(sysconfig.get_path("stdlib")).glob(f"{BUILD_CONFIGURATION}*.py"):
        without_machine_paths(source.stem, str(source), _REPLACEMENTS)
    # The same in each sandbox, for ccache compares paths: an environment is linked into sandboxes.
    prefix = Path(sys.prefix).resolve()
    python = prefix / Path(sys.executable).parent.name / Path(sys.executable).name
    path = [
        *(os.path.abspath(each) for each in os.environ["PATH"].split(os.pathsep)),
        prefix / "bin",
    ]
    result = subprocess.run(
        [
            str(python),
            "-m",
            "nuitka",
            *options(program.plan, _included(program), program.excluded),
            script.name,
        ],
        check=False,
        cwd=_FOLDER,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={
            **os.environ,
            # Not by the time of its file, which is new in each sandbox.
            "CCACHE_COMPILERCHECK": "%compiler% -v",
            "HOME": str(_FOLDER.resolve()),
            "NUITKA_CACHE_DIR": os.path.realpath(CACHE),
            "PANTS_FREEZE_CLOSURE": " ".join(
                label.partition("==")[0] for label in program.plan.distributions
            ),
            "PANTS_FREEZE_REPLACEMENTS": str(_REPLACEMENTS.resolve()),
            "PATH": os.pathsep.join(map(str, path)),
            "PYTHONPATH": os.pathsep.join(program.import_paths()),
        },
    )
    _LOG.write_text(result.stdout, encoding="utf-8")
    if result.returncode:
        raise errors.SandboxError(failure(result.stdout))


# --- What Nuitka has made ------------------------------------------------------------------------


@dataclass(frozen=True)
class Report:
    """What a program consists of, by Nuitka's report; paths are absolute.

    ``modules`` are dotted name -> source file, or empty; ``files`` are path in the folder of the
    program -> the file that it was copied from; ``native`` are paths of native files.
    """

    modules: dict[str, str]
    files: dict[str, str]
    native: frozenset[str]


def read_report(text: str | bytes, places: dict[str, str], folder: Path) -> Report:
    """Nuitka's report; *places* are what its variables, such as "sys.prefix", stand for.

    Relative paths in it are relative to *folder*.
    """
    root = ET.fromstring(text)

    def path(written: str | None) -> str:
        if not written:
            return ""
        for variable, value in places.items():
            written = written.replace(f"${{{variable}}}", value)
        return os.path.normpath(folder / written)

    modules = {
        node.get("name", ""): path(node.get("source_path"))
        for node in root.iter("module")
        if not _NOT_MODULES.fullmatch(node.get("name", ""))
    }
    native = {
        node.get("dest_path", ""): path(node.get("source_path"))
        for kind in ("included_extension", "included_dll")
        for node in root.iter(kind)
        if node.get("ignored") != "yes"
    }
    data = {node.get("name", ""): path(node.get("source")) for node in root.iter("data_file")}
    return Report(modules, {**data, **native}, frozenset(native))


def missing_libraries(listing: str) -> list[str]:
    """The libraries that ``ldd`` says in *listing* are not found."""
    return re.findall(r"^\s*(\S+) => not found", listing, re.MULTILINE)


def _check_libraries(report: Report, system_libraries: list[str]) -> None:
    if not sys.platform.startswith("linux"):
        return
    needed_by: dict[str, str] = {}
    for path in sorted(report.native):
        listed = subprocess.run(
            ["ldd", report.files[path]],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for library in missing_libraries(listed.stdout):
            needed_by.setdefault(library, path)
    check_libraries(needed_by, system_libraries)


def _built_files(program: Program, report: Report) -> Iterator[BuiltFile]:
    executable = f"{program.plan.name}.bin"
    for file in sorted(_BUILT.rglob("*")):
        path = file.relative_to(_BUILT).as_posix()
        source = report.files.get(path, str(file))
        if file.is_symlink():
            yield BuiltFile(path, file, "", link=os.readlink(file))
        elif path == executable:
            yield BuiltFile(path, file, "", is_native=True)
        elif file.is_file() and not (
            path in report.native and program.leaves_to_the_system(source)
        ):
            yield BuiltFile(path, file, source, is_native=path in report.native)
    for path, source in program.environment.metadata:
        yield BuiltFile(path, Path(source), source)


def main(plan_path: str) -> None:
    """Freeze what the JSON file *plan_path* says into the folder ``program``."""
    program = Program(read_plan(plan_path), "")
    _run_nuitka(program)
    prefix = str(Path(sys.prefix).resolve())
    places = {"sys.prefix": prefix, "sys.real_prefix": sys.base_prefix, "cwd": str(_FOLDER)}
    report = read_report(_REPORT.read_bytes(), places, _FOLDER)
    _check_libraries(report, program.plan.system_libraries)
    program.write(_built_files(program, report), report.modules)


if __name__ == "__main__":
    errors.run(main, sys.argv)
