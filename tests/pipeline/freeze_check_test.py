"""`./pants freeze-check`: what users of a frozen program would hit is found, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from pipeline.foreign import Repository, Run, daemon_of

# A file that only this machine has at this place.
OUTSIDE = json.__file__

MAIN = f"""
import importlib
import sys
from pathlib import Path

import idna
import pathspec

from app import own

def main():
    globals()[sys.argv[1]](*sys.argv[2:])

def match(*paths):
    spec = pathspec.PathSpec.from_lines("gitwildmatch", Path(paths[0]).read_text().split())
    print([path for path in paths if spec.match_file(path)], own.text())

def computed(name):
    importlib.import_module(name)

def caught(*names):
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            print("without", name)

def outside():
    print(len(Path({OUTSIDE!r}).read_bytes()))

def secure():
    import ssl
"""

PROGRAM = """
pyinstaller_binary(
    name="{name}", pex=":pex", output_path="{name}/app", exercise_files=[":notes"], {fields}
)
"""
TARGETS = {
    "clean": """exercises=["match 'src/app/the notes.txt' a.txt"], excludes=["csv"]""",
    "caught": """exercises=["caught idna.codec idna.nothing csv no.such"], excludes=["csv"]""",
    "computed": """exercises=["computed idna.codec", "match 'src/app/the notes.txt'"]""",
    "outside": """exercises=["outside"]""",
    "glibc": """exercises=["caught"], oldest_glibc="2.5" """,
    "library": """trim=["library.trim"]""",
    "none": "",
}

FILES = {
    "src/app/BUILD": """
python_sources(dependencies=[":data"])
resources(name="data", sources=["own.txt"])
files(name="notes", sources=["the notes.txt"])
pex_binary(name="pex", entry_point="main.py:main")
cx_freeze_binary(name="cx", pex=":pex", output_path="cx/app", exercises=["outside"])
"""
    + "".join(PROGRAM.format(name=name, fields=fields) for name, fields in TARGETS.items()),
    "src/app/main.py": MAIN,
    "src/app/own.py": """
from pathlib import Path

def text():
    return Path(__file__).with_name("own.txt").read_text()
""",
    "src/app/own.txt": "own\n",
    "src/app/the notes.txt": "*.txt\n",
    "src/app/library.trim": "drop file libcrypto.so.*  # to see that it is missed\n",
}

# Modules of a program each of which fails in another way.
BROKEN = {
    "src/broken/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(
    name="binary", pex=":pex", output_path="broken/app", excludes=["csv"], exercises=["run"]
)
""",
    "src/broken/main.py": """
def main():
    import sys
    if len(sys.argv) > 2:
        from broken import ends, fails, left_out, optional
""",
    "src/broken/fails.py": """
import importlib
import idna

codec = importlib.import_module("idna." + "codec")
""",
    "src/broken/ends.py": """
import os
import sys

if getattr(sys, "frozen", False):
    os.abort()
""",
    "src/broken/left_out.py": "import csv\n",
    "src/broken/optional.py": "import no_such_module\n",
}

# A module that runs as `__main__`, as a script does: importing it would start the program.
SCRIPT = {
    "src/script/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py")
pyinstaller_binary(name="binary", pex=":pex", output_path="script/app", exercises=["run"])
""",
    "src/script/main.py": """
import sys

_tell = _watch = None
if getattr(sys, "frozen", False) and sys.argv[1:] != ["run"]:
    sys.exit("started, and not as an exercise")
""",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    files = {**FILES, **BROKEN, **SCRIPT}
    made = Repository.make(tmp_path_factory.mktemp("made") / "repository", files)
    requirements = made.root / "3rdparty" / "BUILD"
    requirements.write_text(
        requirements.read_text() + 'python_requirement(name="idna", requirements=["idna"])\n'
    )
    with daemon_of(made):
        yield made


def check(repository: Repository, *addresses: str) -> Run:
    run = repository.pants("freeze-check", *addresses, daemon=True)
    assert "Traceback" not in run.stderr
    return run


def findings(run: Run, address: str) -> list[str]:
    """The findings, without what the command line says of the address."""
    assert run.returncode == 2, run.stdout + run.stderr
    lines = [line for line in run.stdout.splitlines() if f" at {address} (" in line]
    assert f"{address}: {len(lines)} found\n" in run.stdout
    return [line.replace(f" at {address}", "") for line in lines]


def test_a_program_without_a_fault(repository: Repository) -> None:
    run = check(repository, "src/app:clean")
    assert run.returncode == 0, run.stdout + run.stderr
    pattern = (
        r"src/app:clean: nothing found\n"
        r"  \d\d+ modules were imported\n"
        r"(  \d+ modules fail in plain Python, too\n)?"
        r"(  \d+ modules need what is left out on purpose\n)?"
        r"  1 exercises were run\n"
        r"  \d\d+ native files were read\n"
        r"  glibc 2\.\d+ or newer is needed, by .+\n"
    )
    assert re.fullmatch(pattern, run.stdout), run.stdout


def test_a_program_that_is_a_module(repository: Repository) -> None:
    run = check(repository, "src/script:binary")
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.startswith("src/script:binary: nothing found\n")


def test_what_was_checked_is_not_checked_again(repository: Repository) -> None:
    check(repository, "src/app:clean")
    assert check(repository, "src/app:clean").started() == []


def test_modules_that_exercises_ask_for_in_vain(repository: Repository) -> None:
    """What is not in plain Python either, or is left out on purpose, is not missed."""
    assert findings(check(repository, "src/app:caught"), "src/app:caught") == [
        "MissingModule (hidden_imports): `caught idna.codec idna.nothing csv no.such` asks for "
        "'idna.codec', which is not in the program, and plain Python has it; name it in "
        "`hidden_imports`, or in `excludes` if it is not to be there"
    ]


def test_an_exercise_that_ends_with_an_import_that_fails(repository: Repository) -> None:
    run = check(repository, "src/app:computed")
    found = findings(run, "src/app:computed")
    assert [each.partition("; ")[0] for each in found] == [
        "ExerciseFails (exercises): `computed idna.codec` does not work: it ended with status 1",
        "MissingModule (hidden_imports): `computed idna.codec` asks for 'idna.codec', which is not "
        "in the program, and plain Python has it",
    ]
    assert "note: 'idna.codec' is not in the frozen program src/app:computed, " in run.stdout
    assert "name it in `hidden_imports` of src/app:computed\n" in run.stdout


def test_files_of_this_machine(repository: Repository) -> None:
    found = findings(check(repository, "src/app:outside"), "src/app:outside")
    assert [each.partition("; ")[0] for each in found] == [
        f"OutsideFile (datas): `outside` reads {OUTSIDE}, a file of this machine"
    ]


def test_a_glibc_that_is_too_new(repository: Repository) -> None:
    found = findings(check(repository, "src/app:glibc"), "src/app:glibc")
    assert all(each.startswith("NewGlibc (oldest_glibc): ") for each in found)
    assert any(
        re.match(
            r".*: libpython3\.11\.so\.1\.0 needs glibc 2\.\d+, and the program is for 2\.5; ", each
        )
        for each in found
    )


def test_a_native_library_that_is_missing(repository: Repository) -> None:
    run = check(repository, "src/app:library")
    found = findings(run, "src/app:library")
    libraries = [each for each in found if each.startswith("MissingLibrary (system_libraries): ")]
    assert any(
        re.match(r".* libssl\.so\.\d is linked with libcrypto\.so\.\d, which is not in", each)
        for each in libraries
    )
    assert "  there are no `exercises`, so what it reads " in run.stdout


def test_modules_that_only_plain_python_imports(repository: Repository) -> None:
    run = check(repository, "src/broken:binary")
    found = findings(run, "src/broken:binary")
    assert [each.partition("; ")[0] for each in found] == [
        "ImportFails (hidden_imports): 'broken.ends', of first-party code, can be imported by "
        "plain Python and not by the frozen program: it ended with status -6",
        "ImportFails (hidden_imports): 'broken.fails', of first-party code, can be imported by "
        "plain Python and not by the frozen program: ModuleNotFoundError: No module named "
        "'idna.codec'",
    ]
    assert re.search(r"^  \d+ modules fail in plain Python, too$", run.stdout, re.MULTILINE)
    assert re.search(r"^  \d+ modules need what is left out on purpose$", run.stdout, re.MULTILINE)


def test_a_program_of_another_freezer(repository: Repository) -> None:
    """It is not linked, so only its native files and its exercises tell something."""
    run = check(repository, "src/app:cx")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "  its freezer links no second program, so modules and files " in run.stdout
    assert "  1 exercises were run\n" in run.stdout


def test_several_programs(repository: Repository) -> None:
    run = check(repository, "src/app:clean", "src/app:outside")
    assert run.returncode == 2
    assert "src/app:clean: nothing found\n" in run.stdout
    assert "src/app:outside: 1 found\n" in run.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["src/app:pex"], "error: src/app:pex is a `pex_binary`; name a `pyinstaller_binary`, "),
        ([], "error: there is no target; name a `pyinstaller_binary`, "),
        (["src/app:no"], "src/app:no"),
    ],
)
def test_what_is_no_program(repository: Repository, args: list[str], message: str) -> None:
    run = repository.pants("freeze-check", *args, daemon=True)
    assert run.returncode == 1
    assert message in run.stderr
    assert run.stdout == ""
