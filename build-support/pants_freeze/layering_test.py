"""Which module may import which: one talks to Pants, and what runs in a sandbox stands alone."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pants_freeze.stages import plan

ROOT = Path(__file__).resolve().parent

TALK_TO_PANTS = {"_engine.py"}
# Nuitka loads these itself.
OF_NUITKA = {"sandbox/nuitka_plugin.py"}


def modules(folder: str = "") -> list[str]:
    """Paths of the plugin's modules below *folder*, relative to the plugin."""
    return sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*.py")
        if not path.name.endswith("_test.py")
    )


def tree_of(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_bytes(), path, feature_version=(3, 9))


def imports(tree: ast.AST) -> Iterator[str]:
    """Dotted name of each import: of modules, and of names in modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_of(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")


def test_all_modules_are_here() -> None:
    folders = {path.rpartition("/")[0] for path in modules()}
    assert folders >= {"", "frozen", "goals", "portable", "sandbox", "stages"}
    assert {"_engine.py", "register.py", "sandbox/freeze.py", "frozen/importer.py"} <= set(
        modules()
    )


@pytest.mark.parametrize("path", [path for path in modules() if path not in TALK_TO_PANTS])
def test_one_module_talks_to_pants(path: str) -> None:
    assert [name for name in imports(tree_of(path)) if is_of(name, "pants")] == []


@pytest.mark.parametrize("path", sorted(TALK_TO_PANTS))
def test_the_exceptions_are_ones(path: str) -> None:
    assert any(is_of(name, "pants") for name in imports(tree_of(path)))


@pytest.mark.parametrize("path", [*modules("sandbox"), *modules("frozen")])
def test_what_runs_in_a_sandbox_stands_alone(path: str) -> None:
    """That it is Python 3.9 is checked by `tree_of`, which fails on newer syntax."""
    names = list(imports(tree_of(path)))
    own = "pants_freeze.sandbox" if path.startswith("sandbox") else "-"
    assert [name for name in names if is_of(name, "pants") or is_of(name, "pants_freeze")] == [
        name for name in names if is_of(name, own)
    ]


@pytest.mark.parametrize("path", [path for path in modules("sandbox") if path not in OF_NUITKA])
def test_what_runs_in_a_sandbox_imports_its_tools_only_where_it_uses_them(path: str) -> None:
    tree = tree_of(path)
    tree.body = [each for each in tree.body if isinstance(each, (ast.Import, ast.ImportFrom))]
    freezers = ("PyInstaller", "cx_Freeze", "nuitka", "cyclonedx", "packageurl")
    assert [name for name in imports(tree) if any(is_of(name, each) for each in freezers)] == []
    importlib.import_module(f"pants_freeze.{path[:-3].replace('/', '.')}")


def test_what_builds_without_pants_has_all_that_it_imports() -> None:
    taken = {each.path.split("/", 1)[1].split("/", 1)[1] for each in plan.tools()}
    for path in sorted(each for each in taken if each.endswith(".py")):
        for name in imports(tree_of(path)):
            if is_of(name, "pants_freeze"):
                own = name.split(".")[1:]
                candidates = {"/".join(own[:end]) for end in range(1, len(own) + 1)}
                assert any(f"{each}.py" in taken for each in candidates), f"{path}: {name}"


def programs() -> Iterator[tuple[str, set[str]]]:
    """Name and files of each sandbox program that a stage runs."""
    for path in modules("stages"):
        tree = tree_of(path)
        tuples = {
            ast.unparse(node.targets[0]): node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)
        }
        for node in ast.walk(tree):
            keywords = {each.arg: each.value for each in getattr(node, "keywords", ())}
            program, files = keywords.get("program"), keywords.get("modules")
            if isinstance(program, ast.Constant) and isinstance(files, ast.Tuple):
                yield str(program.value), set(strings(files, tuples))


def strings(node: ast.Tuple, tuples: Mapping[str, ast.Tuple]) -> Iterator[str]:
    """The strings of a tuple, and of those *tuples* that it unpacks."""
    for each in node.elts:
        if isinstance(each, ast.Starred):
            yield from strings(tuples[ast.unparse(each.value)], tuples)
        else:
            yield ast.literal_eval(each)


def needed(path: str) -> set[str]:
    """The sandbox module at *path* and all that it imports."""
    found: set[str] = set()
    left = {path}
    while left:
        found |= left
        names = {name for each in left for name in imports(tree_of(each))}
        left = {
            each
            for each in modules("sandbox")
            if each != "sandbox/__init__.py"
            and any(is_of(name, f"pants_freeze.{each[:-3].replace('/', '.')}") for name in names)
        } - found
    return found


@pytest.mark.parametrize(
    ("program", "files"), [pytest.param(*each, id=each[0]) for each in programs()]
)
def test_a_stage_takes_along_what_its_program_imports(program: str, files: set[str]) -> None:
    assert all((ROOT / file).is_file() for file in files)
    assert needed(f"sandbox/{program}.py") <= files


def test_each_program_is_run_by_a_stage() -> None:
    runnable = {
        path
        for path in modules("sandbox")
        if "errors.run(main" in (ROOT / path).read_text(encoding="utf-8")
    }
    assert {f"sandbox/{program}.py" for program, _ in programs()} == runnable
