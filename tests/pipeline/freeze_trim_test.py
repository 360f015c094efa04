"""`./pants freeze-trim`: what exercises never open becomes a list; with it, the program is smaller
and still does what was exercised, and says what it cannot do any more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.foreign import Repository, daemon_of, execute

MAIN = """
import importlib.util
import os
import subprocess
import sys

import idna

def main():
    globals()[sys.argv[1]](*sys.argv[2:])

def check(path):
    with open(path) as file:
        print(file.read().strip(), os.environ.get("MODE"), flush=True)
    import certifi
    import ssl
    # Native code reads the file.
    print(len(ssl.create_default_context(cafile=certifi.where()).get_ca_certs()) > 10, flush=True)
    subprocess.run([sys.executable, "child"], check=True)

def child():
    import colorsys
    print(colorsys.rgb_to_hsv(0, 0, 1))

def codec():
    import idna.codec
    print("imported")

def name():
    from idna import codec
    print("imported")

def below():
    import requests.adapters

def library():
    import wave
    print("imported")

def computed():
    importlib.import_module("idna." + "codec")

def caught():
    try:
        import idna.codec
    except ImportError as error:
        print(type(error).__name__, error.name)
    try:
        import idna.no_such_module
    except ImportError as error:
        print(error)

def asked():
    print(importlib.util.find_spec("idna.codec"), importlib.util.find_spec("wave"))

def table():
    import csv

def excluded():
    import telnetlib

def fail():
    print("the last line")
    sys.exit(3)

def crash():
    os.abort()
"""

FILES = {
    "src/app/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
files(name="notes", sources=["notes.txt"])
pyinstaller_binary(
    name="binary",
    pex=":pex",
    output_path="app",
    exercises=["MODE=careful check 'src/app/the notes.txt'"],
    exercise_files=[":notes"],
)
pyinstaller_binary(name="small", pex=":pex", output_path="small", trim=["//specs/app.trim"])
pyinstaller_binary(
    name="hand", pex=":pex", output_path="hand", trim=["hand.trim"], excludes=["telnetlib"]
)
pyinstaller_binary(name="none", pex=":pex")
pyinstaller_binary(name="failing", pex=":pex", exercises=["asked", "fail"])
pyinstaller_binary(name="crashing", pex=":pex", exercises=["crash"])
pyinstaller_binary(name="taken", pex=":pex", output_path="x/app", exercises=["asked"])
""".replace("notes.txt", "the notes.txt", 1),
    "src/app/hand.trim": """\
drop file python3.11/lib-dynload/_csv.*  # no tables
drop file libcrypto.so.*                 # a library of the system
""",
    "src/app/main.py": MAIN,
    "src/app/the notes.txt": "a note\n",
}

APP = "src/app:binary"
LIST = "specs/app.trim"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    made = Repository.make(tmp_path_factory.mktemp("made") / "repository", FILES)
    with daemon_of(made):
        yield made


@pytest.fixture(scope="module")
def written(repository: Repository) -> str:
    """The list for the program as it is."""
    run = repository.pants("freeze-trim", APP, daemon=True).checked()
    assert run.stdout == f"Wrote {LIST}\n"
    return (repository.root / LIST).read_text()


@pytest.fixture(scope="module")
def packaged(repository: Repository, written: str) -> Repository:
    targets = (APP, "src/app:small", "src/app:hand")
    repository.pants("package", *targets, daemon=True).checked()
    return repository


def rules(text: str) -> list[str]:
    """The rules of a list, without their reasons."""
    lines = text.splitlines()
    return [line.partition("  #")[0].strip() for line in lines if line and line[0] != "#"]


def size(program: Path) -> int:
    return sum(path.lstat().st_size for path in program.parent.rglob("*") if not path.is_dir())


def test_the_list_names_what_was_never_opened(repository: Repository, written: str) -> None:
    head, _, body = written.partition("\n\n")
    assert f"    ./pants freeze-trim {APP}\n" in head
    assert "    MODE=careful check 'src/app/the notes.txt'\n" in head
    assert re.search(r"Leaves out \d+\.\d MB of \d+\.\d MB\.", head)
    assert re.search(r"^drop module idna\.codec  # \d+\.\d kB, never imported$", body, re.MULTILINE)
    dropped = rules(written)
    assert dropped == sorted(set(dropped))
    assert {"drop module requests", "drop module wave"} <= set(dropped)
    for used in ("idna", "idna.core", "colorsys", "certifi", "ssl", "_ssl", "encodings"):
        assert f"drop module {used}" not in dropped
    # What native code has opened, metadata, codecs that another locale needs.
    for part in ("cacert.pem", "libssl", "dist-info", "encodings"):
        assert not any(part in rule for rule in dropped)
    assert sorted(path.name for path in (repository.root / "specs").iterdir()) == ["app.trim"]


def test_a_smaller_program_does_what_was_exercised(packaged: Repository, tmp_path: Path) -> None:
    whole, small = packaged.program("app"), packaged.program("small")
    assert size(small) < 0.8 * size(whole)
    notes = packaged.root / "src" / "app" / "the notes.txt"
    expected = "a note careful\nTrue\n(0.6666666666666666, 1.0, 1)\n"
    for program in (whole, small):
        assert execute(program, "check", str(notes), MODE="careful").checked().stdout == expected


def why(name: str, rule: str = "", path: str = LIST) -> str:
    line = rule or f"drop module {name}"
    return f"the trim list {path} leaves it out; remove its line '{line}' and freeze again"


@pytest.mark.parametrize(
    ("program", "action", "error"),
    [
        (
            "small",
            "codec",
            f"ModuleNotFoundError: No module named 'idna.codec': {why('idna.codec')}",
        ),
        (
            "small",
            "computed",
            f"ModuleNotFoundError: No module named 'idna.codec': {why('idna.codec')}",
        ),
        ("small", "below", f"ModuleNotFoundError: No module named 'requests': {why('requests')}"),
        ("small", "library", f"ModuleNotFoundError: No module named 'wave': {why('wave')}"),
        (
            "small",
            "name",
            f"ImportError: cannot import name 'codec' from 'idna': {why('idna.codec')}",
        ),
        (
            "hand",
            "table",
            "ModuleNotFoundError: No module named '_csv': "
            + why("", "drop file python3.11/lib-dynload/_csv.*", "src/app/hand.trim"),
        ),
        (
            "hand",
            "excluded",
            "ModuleNotFoundError: No module named 'telnetlib': the field `excludes` of "
            "src/app:hand leaves it out; remove it there and freeze again",
        ),
    ],
)
def test_an_import_that_a_list_made_impossible_says_so(
    packaged: Repository, program: str, action: str, error: str
) -> None:
    run = execute(packaged.program(program), action)
    assert run.returncode == 1
    # The last line is the bootloader's.
    assert run.stderr.splitlines()[-2] == error


def test_code_that_can_do_without_a_module_does(packaged: Repository) -> None:
    small = packaged.program("small")
    assert execute(small, "caught").checked().stdout == (
        "ModuleNotFoundError idna.codec\nNo module named 'idna.no_such_module'\n"
    )
    assert execute(small, "asked").checked().stdout == "None None\n"
    whole = execute(packaged.program("app"), "asked").checked().stdout
    assert whole.count("ModuleSpec") == 2


def test_a_library_of_the_system_can_be_left_out(packaged: Repository) -> None:
    def crypto(program: str) -> list[Path]:
        return list((packaged.program(program).parent / "runtime").glob("libcrypto.so.*"))

    assert crypto("app")
    assert crypto("hand") == []


def test_the_table_is_in_programs_that_need_it(packaged: Repository) -> None:
    name = b"pants_freeze_importer.reasons"
    assert name in packaged.program("small").read_bytes()
    assert packaged.program("app").read_bytes().count(name) < packaged.program(
        "small"
    ).read_bytes().count(name)


def test_without_its_rule_a_module_is_there_again(packaged: Repository, written: str) -> None:
    path = packaged.root / LIST
    lines = written.splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "idna.codec" not in line))
    packaged.pants("package", "src/app:small", daemon=True).checked()
    assert execute(packaged.program("small"), "codec").checked().stdout == "imported\n"
    assert "drop module wave" in execute(packaged.program("small"), "library").stderr


def test_a_list_is_written_again_from_the_whole_program(packaged: Repository, written: str) -> None:
    """With the list in `trim`, in a run that takes nothing from a cache."""
    path = packaged.root / LIST
    path.write_text(written)
    build = packaged.root / "src/app/BUILD"
    text = build.read_text()
    build.write_text(
        text.replace('output_path="app",', 'output_path="app", trim=["//specs/app.trim"],')
    )
    packaged.pants("--no-local-cache", "freeze-trim", APP).checked()
    assert path.read_text() == written
    # Without its head it would be a list by hand.
    kept = written.replace("drop module wave  #", "keep module wave  # for sounds; was")
    kept += "keep file certifi/cacert.pem  # twice as needed\n"
    path.write_text(kept)
    packaged.pants("freeze-trim", APP, daemon=True).checked()
    again = path.read_text()
    build.write_text(text)
    assert "\nkeep file certifi/cacert.pem  # twice as needed\n" in again
    assert re.search(r"\nkeep module wave  # for sounds; was \d+\.\d kB, never imported\n", again)
    changed = {"drop module wave", "keep module wave", "keep file certifi/cacert.pem"}
    assert set(rules(again)) ^ set(rules(written)) == changed


def test_a_name_that_another_list_has(packaged: Repository, written: str) -> None:
    (packaged.root / LIST).write_text(written)
    run = packaged.pants("freeze-trim", "src/app:taken", daemon=True).checked()
    other = packaged.root / "specs" / "src.app.taken.trim"
    assert run.stdout == "Wrote specs/src.app.taken.trim\n"
    assert "./pants freeze-trim src/app:taken\n" in other.read_text()
    other.unlink()
    assert (packaged.root / LIST).read_text() == written


@pytest.mark.parametrize(
    ("target", "messages"),
    [
        ("src/app:none", ["InvalidTarget at src/app:none (exercises): no command line is there"]),
        (
            "src/app:failing",
            [
                "ExerciseFailed at src/app:failing (exercises): the exercise `fail` does not work: "
                "it ended with status 3\n",
                "the last line",
            ],
        ),
        (
            "src/app:crashing",
            [
                "ExerciseFailed at src/app:crashing (exercises): the exercise `crash` does not "
                "work: it ended with status -6",
            ],
        ),
    ],
)
def test_an_exercise_that_does_not_work(
    repository: Repository, target: str, messages: list[str]
) -> None:
    specs = repository.root / "specs"
    before = {path: path.read_bytes() for path in specs.glob("*")}
    run = repository.pants("freeze-trim", target, daemon=True)
    assert run.returncode == 1
    for message in messages:
        assert message in run.stderr
    assert "Traceback" not in run.stderr
    assert {path: path.read_bytes() for path in specs.glob("*")} == before
