"""Other people's Python files, variables and folders do not get into the programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from frozen.carchive import read_package
from frozen.support import PROGRAMS, Distribution, run, snapshot

# Modules that start-up or a scan imports, from each of the places that can hold one.
TRAPS = (
    "ai_coder",
    "argparse",
    "encodings",
    "json",
    "networkx",
    "os",
    "pathspec",
    "pyimod00_crypto_key",
    "pyimod01_archive",
    "re",
    "sitecustomize",
    "tinyaes",
    "typing",
    "usercustomize",
)
LIBRARIES = ("libpython3.11.so.1.0", "libcrypto.so.3", "libssl.so.3")
# All that the bootloader reads, and what older ones read.
BOOTLOADER_VARIABLES = (
    "_MEIPASS",
    "_MEIPASS2",
    "_PYI_APPLICATION_HOME_DIR",
    "_PYI_ARCHIVE_FILE",
    "_PYI_LINUX_PROCESS_NAME",
    "_PYI_PARENT_PROCESS_LEVEL",
    "_PYI_SPLASH_IPC",
    "LD_LIBRARY_PATH_ORIG",
    "LISTEN_PID",
    "PYINSTALLER_RESET_ENVIRONMENT",
    "PYINSTALLER_SPLASH_SCREEN_CENTER",
    "PYINSTALLER_STRICT_UNPACK_MODE",
    "PYINSTALLER_SUPPRESS_SPLASH_SCREEN",
    "_PANTS_FREEZE_SINGLE_FILE",
    "_PANTS_FREEZE_FIRST_ARGUMENT",
)


def set_traps(folder: Path) -> None:
    """Fill *folder* with modules that end a program that imports one, and unusable libraries."""
    folder.mkdir()
    for name in TRAPS:
        (folder / f"{name}.py").write_text("raise SystemExit('TRAPPED')\n")
    for name in LIBRARIES:
        (folder / name).write_text("not a library")
    # What glibc reads to convert character sets, and OpenSSL to configure itself.
    (folder / "gconv-modules").write_text("module KOI8-R// INTERNAL trap 1\n")


@pytest.fixture
def traps(tmp_path: Path) -> Path:
    """A folder of traps."""
    folder = tmp_path / "traps"
    set_traps(folder)
    return folder


def scan(distribution: Distribution, tree: Path, env: dict[str, str], cwd: Path) -> Any:
    options = ("--path", tree, "--no-lint", "--format", "json")
    return distribution.run("scanner", *options, env=env, cwd=cwd).report


def check(distribution: Distribution, tree: Path, env: dict[str, str], cwd: Path) -> None:
    """Each program answers and a scan finds the cycle, as if *env* and *cwd* were harmless."""
    for program in distribution.programs:
        result = distribution.run(program, "--version", env=env, cwd=cwd)
        expected = (0, f"ai-coder-{program} 1.0.0\n", "")
        assert (result.status, result.stdout, result.stderr) == expected
    assert len(scan(distribution, tree, env, cwd)["imports"]["cycles"]) == 1


def test_the_traps_work(traps: Path) -> None:
    """They catch an ordinary Python, so the other tests prove something."""
    env = {"PYTHONPATH": str(traps)}
    caught = run(sys.executable, "-c", "import json", env=env)
    assert "TRAPPED" in caught.stderr


@pytest.mark.parametrize(
    "variable",
    [
        {"PYTHONPATH": "{traps}"},
        {"PYTHONHOME": "/nonexistent"},
        {"PYTHONHOME": "{traps}"},
        {"PYTHONSTARTUP": "{traps}/json.py", "PYTHONINSPECT": "1"},
        {"PYTHONUSERBASE": "{traps}"},
        {"PYTHONPLATLIBDIR": "{traps}"},
        {"PYTHONEXECUTABLE": "{traps}/python"},
        {"PYTHONVERBOSE": "1", "PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error"},
        {"PYTHONMALLOC": "debug", "PYTHONHASHSEED": "nonsense", "PYTHONIOENCODING": "nonsense"},
        {"PYTHONOPTIMIZE": "2", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "{traps}"},
        {"PYTHONBREAKPOINT": "json.x", "PYTHONTRACEMALLOC": "9", "PYTHONPROFILEIMPORTTIME": "1"},
        {"PYTHONSAFEPATH": "", "PYTHONNOUSERSITE": "", "PYTHONCASEOK": "1", "PYTHONUTF8": "7"},
        {"PYTHONFAULTHANDLER": "1", "PYTHONDUMPREFS": "1", "PYTHONTHREADDEBUG": "1"},
        {"LD_LIBRARY_PATH": "{traps}"},
        {"LD_LIBRARY_PATH": ":.:{traps}:/nonexistent"},
        {"LD_AUDIT": "", "LD_PRELOAD": "", "LD_BIND_NOW": "1", "LD_DYNAMIC_WEAK": "1"},
        {
            "GCONV_PATH": "{traps}",
            "LOCPATH": "{traps}",
            "NLSPATH": "{traps}/%N",
            "LANG": "xx_XX.KOI8",
        },
        {
            "OPENSSL_CONF": "{traps}/json.py",
            "OPENSSL_MODULES": "{traps}",
            "OPENSSL_ENGINES": "{traps}",
        },
        {"SSL_CERT_FILE": "{traps}/json.py", "SSL_CERT_DIR": "{traps}"},
        {"REQUESTS_CA_BUNDLE": "{traps}/json.py", "CURL_CA_BUNDLE": "/nonexistent"},
        {
            "QT_PLUGIN_PATH": "{traps}",
            "QT_QPA_PLATFORM_PLUGIN_PATH": "{traps}",
            "QML2_IMPORT_PATH": ".",
        },
        {"MALLOC_PERTURB_": "165", "MALLOC_ARENA_MAX": "1", "GLIBC_TUNABLES": "nonsense=1"},
        {"TZ": "{traps}/json.py", "TZDIR": "{traps}", "PATH": "{traps}", "SHELL": "/nonexistent"},
        {"_MEIPASS2": "{traps}"},
    ],
    ids="+".join,
)
def test_variables(
    distribution: Distribution, tree: Path, traps: Path, variable: dict[str, str]
) -> None:
    env = {name: value.format(traps=traps) for name, value in variable.items()}
    check(distribution, tree, env, cwd=tree)


@pytest.mark.parametrize("variable", ["LD_PRELOAD", "LD_AUDIT"])
@pytest.mark.parametrize("library", ["{traps}/libssl.so.3", "/nonexistent"])
def test_libraries_that_cannot_be_loaded_before_all_others(
    distribution: Distribution, traps: Path, variable: str, library: str
) -> None:
    """The dynamic linker says so on stderr before a program begins; all else is as always."""
    env = {variable: library.format(traps=traps)}
    for program in distribution.programs:
        result = distribution.run(program, "--version", env=env)
        assert (result.status, result.stdout) == (0, f"ai-coder-{program} 1.0.0\n")
        assert all(line.startswith("ERROR: ld.so: ") for line in result.stderr.splitlines())


@pytest.mark.parametrize("library", ["libc.so.6", "libdl.so.2", "libpthread.so.0", "libz.so.1"])
def test_libraries_that_the_bootloader_needs(
    distribution: Distribution, tmp_path: Path, library: str
) -> None:
    """Not promised: with another libc, the dynamic linker starts no program, and says why."""
    (tmp_path / library).write_text("not a library")
    result = distribution.run("scanner", "--version", env={"LD_LIBRARY_PATH": str(tmp_path)})
    assert (result.status, result.stdout) == (127, "")
    assert f"error while loading shared libraries: {tmp_path / library}" in result.stderr


@pytest.mark.parametrize("variable", ["TMPDIR", "HOME", "XDG_CACHE_HOME"])
@pytest.mark.parametrize(
    "kind", ["empty", "missing", "unwritable", "file", "everybody's", "relative"]
)
def test_folders_for_files(
    distribution: Distribution, tree: Path, tmp_path: Path, variable: str, kind: str
) -> None:
    """CVE-2019-16784: programs of one file unpacked into a temporary folder that others could
    write to. These neither unpack anything, nor write into any such folder."""
    folder = tmp_path / "folder"
    if kind == "file":
        folder.write_text("")
    elif kind in ("unwritable", "everybody's"):
        folder.mkdir()
        folder.chmod(0o500 if kind == "unwritable" else 0o777)
    value = {"empty": "", "relative": "folder"}.get(kind, str(folder))
    before = snapshot(tmp_path)
    check(distribution, tree, {variable: value}, cwd=tmp_path)
    assert snapshot(tmp_path) == before


def test_links_among_temporary_files(
    distribution: Distribution, tree: Path, tmp_path: Path
) -> None:
    """CVE-2023-49797: what was unpacked was removed at the end, also through links that somebody
    else had put there. These programs remove nothing."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("precious")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for name in ("_MEI123456", "_MEIPASS", "ai-coder"):
        (temporary / name).symlink_to(precious)
    before = snapshot(tmp_path)
    env = {name: str(temporary) for name in ("TMPDIR", "TEMP", "TMP")}
    check(distribution, tree, {**env, "_MEIPASS2": str(temporary / "_MEI123456")}, cwd=temporary)
    assert snapshot(tmp_path) == before


def test_working_folder(distribution: Distribution, tree: Path, traps: Path) -> None:
    check(distribution, tree, {}, cwd=traps)


@pytest.mark.parametrize("level", ["-1", "0", "1"])
def test_spoofed_home_folder(
    distribution: Distribution, tree: Path, traps: Path, level: str
) -> None:
    """GHSA-9fxf-4qw3-ghmr: variables that PyInstaller's programs set for their own children."""
    env = {
        "_PYI_APPLICATION_HOME_DIR": str(traps),
        "_PYI_ARCHIVE_FILE": str(distribution.path("scanner")),
        "_PYI_PARENT_PROCESS_LEVEL": level,
    }
    result = distribution.run("scanner", "--version", env=env)
    assert (result.status, result.stdout) == (0, "ai-coder-scanner 1.0.0\n")
    assert len(scan(distribution, tree, env, tree)["imports"]["cycles"]) == 1


@pytest.mark.parametrize("variable", [*BOOTLOADER_VARIABLES, "all"])
def test_variables_of_the_bootloader(
    distribution: Distribution, tree: Path, traps: Path, variable: str
) -> None:
    """GHSA-9fxf-4qw3-ghmr again: each variable alone and all together, for every program."""
    names = BOOTLOADER_VARIABLES if variable == "all" else (variable,)
    for value in (str(traps), "0", "1", "-1", "", "nonsense", "%s%n", "x" * 10_000):
        env = dict.fromkeys(names, value)
        for program in distribution.programs:
            result = distribution.run(program, "--version", env=env)
            assert (result.status, result.stdout) == (0, f"ai-coder-{program} 1.0.0\n"), value
            assert "TRAPPED" not in result.stderr
    assert (
        len(scan(distribution, tree, dict.fromkeys(names, str(traps)), tree)["imports"]["cycles"])
        == 1
    )


def test_folder_named_like_the_archive_in_an_executable(own: Distribution, tree: Path) -> None:
    """CVE-2025-59042: `EXECUTABLE?OFFSET` was on the path of modules when programs started."""
    for program in PROGRAMS:
        path = own.path(program)
        for offset in {0, read_package(path).archive_offset, path.stat().st_size}:
            set_traps(path.with_name(f"{path.name}?{offset}"))
    check(own, tree, {}, cwd=own.folder)


def test_modules_beside_the_programs(own: Distribution, tree: Path) -> None:
    """Only the runtime folder holds modules, not the folder of the programs or above it."""
    for folder in (own.folder, own.folder.parent, (own.folder / own.runtime).parent):
        for name in TRAPS:
            (folder / f"{name}.py").write_text("raise SystemExit('TRAPPED')\n")
    check(own, tree, {}, cwd=own.folder)
