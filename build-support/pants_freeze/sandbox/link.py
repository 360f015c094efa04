"""Link: bootloader + first-party code + run-time hooks -> the executable of one component.

The executable holds first-party modules, the hooks that this component needs and the table of its
own modules in the runtime folder; nothing is ever unpacked from it.

Run as ``python -m pants_freeze.sandbox.link PLAN``; PLAN is a JSON file with the fields of `Plan`.
Writes the executable into the folder ``linked``.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pants_freeze.sandbox import errors
from pants_freeze.sandbox.files import filled_in
from pants_freeze.sandbox.layer import LINK, LayerIndex
from pants_freeze.sandbox.modules import sources_of_modules

OUTPUT = Path("linked")
_WORK = Path(".link")
# The module of the archive that says why modules are missing. It has no package, so no program sees
# it; ``frozen/importer.py`` reads it when an import fails.
_REASONS = "pants_freeze_importer.reasons"
_PROGRAMS = Path(__file__).resolve().parents[1] / "frozen"


@dataclass(frozen=True)
class Plan:
    """What to link.

    ``owner``               address of the target
    ``name``                file name of the executable, without ``.exe``
    ``entry_module``        module to start
    ``entry_function``      attribute path to call in it; empty runs the module as ``__main__``
    ``arguments``           arguments to put before those of the user
    ``environment``         variables to set where the user has not
    ``sources``             folder of first-party modules, laid out below their source roots
    ``data_folders``        dotted names of folders with first-party data in the runtime folder
    ``layer``               folder of the runtime layer (only its ``link`` part is read)
    ``contents_directory``  the runtime folder, relative to the executable, with forward slashes
    ``optimize``            bytecode optimisation level: 0, 1 or 2
    ``console``             whether the program has a console (Windows, macOS)
    ``icon``                path of an ``.ico`` file (Windows), or empty
    ``import_times``        whether the program prints how long each import takes, to its stderr
    ``is_checked``          whether it is linked to be checked, with ``frozen/check.py`` in it
    """

    owner: str
    name: str
    entry_module: str
    entry_function: str
    arguments: list[str]
    environment: dict[str, str]
    sources: str
    data_folders: list[str]
    layer: str
    contents_directory: str
    optimize: int
    console: bool
    icon: str
    import_times: bool
    is_checked: bool


def source_modules(root: Path) -> list[tuple[str, str]]:
    """Name and path of every module below *root*, sorted; the path of namespaces is "-"."""
    modules: dict[str, str] = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        # A package hides a module of its name.
        is_hidden = (
            path.name != "__init__.py" and path.with_suffix("").joinpath("__init__.py").exists()
        )
        if not parts or is_hidden:
            continue
        modules[".".join(parts)] = str(path)
        for depth in range(1, len(parts)):
            package = ".".join(parts[:depth])
            if not root.joinpath(*parts[:depth], "__init__.py").exists():
                modules.setdefault(package, "-")
    return sorted(modules.items())


def _compile(name: str, source: str, optimize: int) -> Any:
    path = name.replace(".", "/") + (
        "/__init__.py" if Path(source).name == "__init__.py" else ".py"
    )
    try:
        return compile(Path(source).read_bytes(), path, "exec", 0, True, optimize)
    except (SyntaxError, ValueError) as error:
        raise errors.SandboxError(f"{path} cannot be compiled: {error}") from None


def reasons(owner: str, index: LayerIndex) -> dict[str, str]:
    """Module -> why it is not in the program of the target *owner*, and what to do."""
    found = {}
    for name, spec in index.excluded.items():
        who = f"`excludes` in {spec}" if spec else f"the field `excludes` of {owner}"
        found[name] = f"{who} leaves it out; remove it there and freeze again"
    for name, (rule, path) in index.left_out.items():
        if path:
            why = f"the trim list {path} leaves it out; remove its line {rule!r} and freeze again"
        else:
            why = (
                f"the `optimization_level` of {owner} leaves it out; add the line "
                f"'keep module {name}  # WHY' to a list of its `trim` and freeze again"
            )
        found[name] = why
    return found


def _archive(plan: Plan, index: LayerIndex) -> Path:
    """Write the archive of first-party modules and of the modules that hooks import."""
    from PyInstaller.archive.writers import ZlibArchiveWriter  # pants: no-infer-dep

    helpers = Path(plan.layer, LINK, "modules")
    named = dict.fromkeys(plan.data_folders, "-")
    named.update(source_modules(Path(plan.sources)))
    modules = sorted(named.items())
    modules += [(name, str(helpers / path)) for name, path in sorted(index.hook_modules.items())]
    why = reasons(plan.owner, index)
    if why:
        path = _WORK / "reasons.py"
        path.write_text(f"REASONS = {why!r}\n", encoding="utf-8")
        modules.append((_REASONS, str(path)))
    codes = {
        name: _compile(name, source, plan.optimize) for name, source in modules if source != "-"
    }
    archive = _WORK / "PYZ.pyz"
    ZlibArchiveWriter(str(archive), [(name, source, "PYMODULE") for name, source in modules], codes)
    return archive


def _script(name: str, constant: str, value: object) -> tuple[str, str, bool, str]:
    """The sandbox program *name* with the value of its *constant* in front, as a package entry."""
    path = _WORK / f"{name}.py"
    path.write_text(filled_in(_PROGRAMS / f"{name}.py", constant, value), encoding="utf-8")
    return (f"pants_freeze_{name}", str(path), True, "s")


def _entry(plan: Plan) -> tuple[str, str, list[str], dict[str, str]]:
    environment = dict(sorted(plan.environment.items()))
    return (plan.entry_module, plan.entry_function, plan.arguments, environment)


def _package(plan: Plan, index: LayerIndex) -> Path:
    """Write the package that the bootloader reads: options, loader, hooks, archive, entry."""
    from PyInstaller.archive.writers import CArchiveWriter  # pants: no-infer-dep
    from PyInstaller.building.utils import compile_pymodule  # pants: no-infer-dep
    from PyInstaller.depend.analysis import get_bootstrap_modules  # pants: no-infer-dep

    archive = _archive(plan, index)
    layer = {
        "packages": " ".join(index.packages),
        "modules": " ".join(index.modules),
        "namespaces": " ".join(index.namespaces),
        "files": " ".join(index.files),
    }
    entries = [(f"pyi-contents-directory {plan.contents_directory}", "", False, "o")]
    entries += [(option, "", False, "o") for option in index.options]
    if plan.import_times:
        entries.append(("X importtime", "", False, "o"))
    for name, source, typecode in get_bootstrap_modules():
        if typecode == "PYMODULE":
            pyc = compile_pymodule(name, source, workpath=str(_WORK), optimize=plan.optimize)
            entries.append((name, pyc, True, "m"))
        elif typecode == "PYSOURCE":
            entries.append((name, source, True, "s"))
    entries.append(("PYZ.pyz", str(archive), False, "z"))
    entries.append(_script("importer", "LAYER", layer))
    where_from = sources_of_modules(plan.owner, Path(plan.sources), index.provided)
    entries.append(_script("missing", "PROGRAM", where_from))
    for hook in index.hooks:
        entries.append((hook, str(Path(plan.layer, LINK, "hooks", f"{hook}.py")), True, "s"))
    if plan.is_checked:
        # From here, for code knows the path that it was compiled from.
        copy = shutil.copyfile(_PROGRAMS / "check.py", _WORK / "check.py")
        entries.append(("pants_freeze_check", str(copy), True, "s"))
    entries.append(_script("entry", "ENTRY", _entry(plan)))
    package = _WORK / "package.pkg"
    CArchiveWriter(str(package), entries, pylib_name=index.python_library)
    return package


def _bootloader(console: bool) -> Path:
    from PyInstaller import HOMEPATH, PLATFORM, compat  # pants: no-infer-dep

    windowed = "w" if not console and (compat.is_win or compat.is_darwin) else ""
    suffix = ".exe" if compat.is_win else ""
    return Path(HOMEPATH, "PyInstaller", "bootloader", PLATFORM, f"run{windowed}{suffix}")


def _write_executable(plan: Plan, package: Path) -> None:
    """Append *package* to the bootloader, which looks for it from the end of its own file."""
    target = OUTPUT / plan.name
    if sys.platform == "win32":
        target = target.with_name(f"{plan.name}.exe")
    shutil.copyfile(_bootloader(plan.console), target)
    if sys.platform == "win32" and plan.icon:
        from PyInstaller.utils.win32 import icon  # pants: no-infer-dep

        icon.CopyIcons(str(target), [plan.icon])
    with open(target, "ab") as executable:
        executable.write(package.read_bytes())
    if sys.platform == "darwin":
        from PyInstaller.utils import osx  # pants: no-infer-dep

        osx.fix_exe_for_code_signing(str(target))
        osx.sign_binary(str(target))
    target.chmod(0o755)


def main(plan_path: str) -> None:
    """Link what the JSON file *plan_path* says into the folder ``linked``."""
    plan = Plan(**json.loads(Path(plan_path).read_bytes()))
    index = LayerIndex.read(Path(plan.layer))
    python = sys.version.split()[0]
    if index.python != python:
        raise errors.InterpreterError(
            f"the runtime layer was frozen with CPython {index.python}, this is {python}; "
            "pin one version in `interpreter_constraints`"
        )
    if index.console_script:
        module, _, function = index.console_script.partition(":")
        plan = Plan(**{**vars(plan), "entry_module": module, "entry_function": function})
    OUTPUT.mkdir()
    _WORK.mkdir()
    _write_executable(plan, _package(plan, index))


if __name__ == "__main__":
    errors.run(main, sys.argv)
