"""The same program by each freezer: all fields mean the same, and nothing else changes.

One program per freezer shows as much as it can, because a program of Nuitka takes a minute or more.
It is built twice: alone, and after an edit as one file and in a distribution of all three.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.foreign import Repository, Run, daemon_of, execute, locked_version
from pipeline.probe import CHECKS

FREEZERS = ("pyinstaller", "cx_freeze", "nuitka")
STANDALONE = FREEZERS[1:]

# Where modules and data files are, and the file that the program is.
DATA = {"pyinstaller": "", "cx_freeze": "lib", "nuitka": ""}

TARGET = """
{freezer}_binary(
    name="{name}",
    pex=":pex",
    output_path="{path}",
    hidden_imports=["wsgiref.util"],
    excludes=["wave", "xml.sax"],
    datas=["assets/**/*.html:templates", "//LICENSE:legal/texts"],
    runtime_hooks=["hooks/zulu.py", "//src/probe/hooks/alpha.py"],
    optimize=1,
    strip=True,
    {fields}
)
"""


def target(freezer: str, name: str = "", path: str = "", fields: str = "") -> str:
    """The program by *freezer*; its executable has the same name in each of its targets."""
    executable = f"probe-{freezer}"
    return TARGET.format(
        freezer=freezer,
        name=f"{name}{freezer}",
        path=f"{path}{executable}",
        fields=fields,
    )


BUILD = """
python_sources(dependencies=[":data"])

resources(name="data", sources=["*.txt", "data/*.txt"])

pex_binary(
    name="pex",
    entry_point="main.py",
    args=["--injected", "two words"],
    env={"INJECTED": "by the target", "KEPT": "by the target"},
)
""" + "".join(
    target(freezer)
    + target(freezer, "one_", "one/", 'layout="onefile"')
    + target(freezer, "small_", "small/", 'size_budget="1kB"')
    for freezer in FREEZERS
)

MAIN = """
'''A module that runs as `__main__`.'''

import json
import multiprocessing
import os
import sys

from . import checks
from .words.sibling import VALUE

# A child that runs the program instead of what it should would start children without end.
DEPTH = int(os.environ.get("DEPTH", "0")) + 1
if DEPTH > 3:
    os._exit(99)
os.environ["DEPTH"] = str(DEPTH)


def cube(number):
    return number**3


def cubes(method):
    with multiprocessing.get_context(method).Pool(2) as workers:
        return workers.map(cube, range(4))


def facts():
    spec = __spec__
    return {
        "name": __name__,
        "package": __package__,
        "spec": spec and spec.name,
        "doc": __doc__,
        "value": VALUE,
        "module": cube.__module__,
        "is_main": sys.modules["__main__"].cube is cube,
        "frozen": sys.frozen,
        "debug": __debug__,
        "text": checks.square.__doc__,
    }


def resources():
    import importlib.resources
    import pkgutil

    with open(os.path.join(os.path.dirname(__file__), "data", "greeting.txt"), "rb") as file:
        texts = [file.read()]
    folder = importlib.resources.files("probe")
    texts.append(folder.joinpath("data", "greeting.txt").read_bytes())
    texts.append(pkgutil.get_data("probe", "data/greeting.txt"))
    with open(os.path.join(sys._MEIPASS, "probe", "data", "greeting.txt"), "rb") as file:
        texts.append(file.read())
    return [text.decode("utf-8") for text in texts]


def places():
    found = [sys._MEIPASS, *(os.path.dirname(each) for each in (__file__, checks.__file__))]
    return [os.path.realpath(each) for each in found]


def asserts():
    try:
        assert not VALUE
    except AssertionError:
        return True
    return False


def write(text):
    if sys.stdout is not None:
        sys.stdout.write(sys.stdin.read() + text)
    print("an error: ü", file=sys.stderr)


def streams():
    return [stream and [stream.encoding, stream.errors] for stream in (sys.stdout, sys.stderr)]


def wait():
    import time

    print(os.getpid(), flush=True)
    time.sleep(60)


OWN = {each.__name__: each for each in (cubes, facts, resources, places, asserts, streams)}


def main():
    injected, name, args = sys.argv[1:3], sys.argv[3], sys.argv[4:]
    if injected != ["--injected", "two words"]:
        os._exit(98)
    if name == "exit":
        sys.exit({"zero": 0, "seven": 7, "none": None, "text": "went wrong"}[args[0]])
    if name in ("wait", "write"):
        globals()[name](*args)
        return
    check = OWN.get(name) or getattr(checks, name)
    print(json.dumps(check(*args)))


if __name__ == "__main__":
    multiprocessing.freeze_support()
    main()
"""

HOOK = "import sys\nsys.probe_hooks = [*getattr(sys, 'probe_hooks', ()), {!r}]\n"

FUNCTION = """
python_sources()
pex_binary(name="pex", entry_point="main.py:Program.main")
cx_freeze_binary(name="binary", pex=":pex", output_path="function")
"""

FILES = {
    "LICENSE": "free\n",
    "src/probe/BUILD": BUILD,
    "src/probe/__init__.py": "",
    "src/probe/main.py": MAIN,
    "src/probe/checks.py": CHECKS + "\n\ndef path_of_a_requirement():\n"
    "    import pathspec\n\n"
    '    return pathspec.PathSpec.from_lines("gitwildmatch", ["*.o"]).match_file("a/b.o")\n',
    "src/probe/words/BUILD": "python_sources()\n",
    "src/probe/words/__init__.py": "",
    "src/probe/words/sibling.py": "VALUE = 42\n",
    "src/probe/data/greeting.txt": "grüezi\n",
    "src/probe/assets/top.html": "",
    "src/probe/assets/mail/a.html": "",
    "src/probe/assets/mail/a.txt": "",
    "src/probe/hooks/zulu.py": HOOK.format("zulu"),
    "src/probe/hooks/alpha.py": "import fractions\n" + HOOK.format("alpha"),
    "src/function/BUILD": FUNCTION,
    "src/function/main.py": """
import sys

class Program:
    @staticmethod
    def main():
        print(sys.argv[1:], __name__)
        return 5
""",
    "BUILD": """
frozen_distribution(
    name="suite",
    version="1.0",
    output_path="suite",
    binaries=[{}],
    launcher="src/probe:cx_freeze",
    archive="none",
)
""".format(", ".join(f'"src/probe:{freezer}"' for freezer in FREEZERS)),
}


@dataclass(frozen=True)
class Built:
    """The repository, with each program built alone."""

    repository: Repository

    def path(self, freezer: str, kind: str = "") -> Path:
        """The program by *freezer*, as a folder, or as *kind* says: "one", "suite"."""
        name = f"probe-{freezer}"
        return self.repository.program(kind or name, name)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = Repository.make(tmp_path_factory.mktemp("made") / "repository", FILES)
    with daemon_of(made):
        targets = [f"src/probe:{freezer}" for freezer in FREEZERS]
        made.pants("package", *targets, "src/function:binary", daemon=True, timeout=1500).checked()
        yield Built(made)


@pytest.fixture(scope="module")
def edited(built: Built) -> Built:
    """After an edit of first-party code, all is built in other ways."""
    built.repository.write({"src/probe/words/sibling.py": "VALUE = 43\n"})
    targets = ("//:suite", *(f"src/probe:one_{freezer}" for freezer in FREEZERS))
    built.repository.pants("package", *targets, daemon=True, timeout=1500).checked()
    return built


def answer(program: Path, *args: str, **env: str) -> Any:
    """What a check of *program* returns; nothing else may be printed."""
    done = execute(program, *args, **env)
    assert done.stderr == ""
    return json.loads(done.checked().stdout)


each_freezer = pytest.mark.parametrize("freezer", FREEZERS)
each_standalone = pytest.mark.parametrize("freezer", STANDALONE)

FACTS = {
    "name": "__main__",
    "package": "probe",
    "spec": "probe.main",
    "doc": "A module that runs as `__main__`.",
    "value": 42,
    "module": "__main__",
    "is_main": True,
    "frozen": True,
    "debug": False,
    "text": "The square.",
}

# --- What a program answers ----------------------------------------------------------------------


def facts_of(freezer: str) -> dict[str, object]:
    """To Nuitka, a module that runs as main is a script, which has no spec."""
    return {**FACTS, "spec": None} if freezer == "nuitka" else FACTS


ANSWERS: dict[str, tuple[tuple[str, ...], Any]] = {
    "first-party data, by each way to find it": (("resources",), ["grüezi\n"] * 4),
    "datas": (
        ("datas",),
        ["legal/texts/LICENSE", "templates/mail/a.html", "templates/top.html"],
    ),
    "runtime hooks, in order": (("hooks",), ["zulu", "alpha"]),
    "a hidden import": (("computed_import", "wsgi", "ref.util"), "wsgiref.util"),
    "no hidden import": (("computed_import", "imap", "lib"), "ModuleNotFoundError"),
    "excludes": (
        ("excluded_imports",),
        ["ModuleNotFoundError wave", "ModuleNotFoundError xml.sax"],
    ),
    "a requirement": (("path_of_a_requirement",), True),
    "extension modules of the standard library": (
        ("extensions",),
        [42, True, True, "0.125", "e3b0c442", ["same", "same", "same"]],
    ),
    "no asserts": (("asserts",), False),
    "a pool, spawned": (("pool", "spawn"), [[0, 1, 4, 9, 16], 8]),
    "a pool, forked": (("pool", "fork"), [[0, 1, 4, 9, 16], 8]),
    "a pool, from a fork server": (("pool", "forkserver"), [[0, 1, 4, 9, 16], 8]),
    "a pool of the main module, spawned": (("cubes", "spawn"), [0, 1, 8, 27]),
    "a pool of the main module, from a fork server": (("cubes", "forkserver"), [0, 1, 8, 27]),
    "executors": (("executors",), [[0, 1, 4], [0, 1, 4]]),
    "a manager": (("manager",), {"a": 1, "b": 2}),
    "the program itself as a child": (("again", "exit", "seven"), 7),
    "certificates": (("certificates",), os.path.exists("/etc/ssl/certs/ca-certificates.crt")),
    "pickles": (("pickled",), [9, 5]),
}


@each_freezer
def test_a_module_runs_as_main(built: Built, freezer: str) -> None:
    assert answer(built.path(freezer), "facts") == facts_of(freezer)


# Nuitka takes all of the standard library that is pure Python, whether it is imported or not.
ANSWERS_OF_NUITKA = {"no hidden import": "imaplib"}


@each_freezer
@pytest.mark.parametrize("check", ANSWERS)
def test_the_answer(built: Built, freezer: str, check: str) -> None:
    args, expected = ANSWERS[check]
    if freezer == "nuitka":
        expected = ANSWERS_OF_NUITKA.get(check, expected)
    assert answer(built.path(freezer), *args) == expected


@each_freezer
def test_a_program_sees_its_arguments(built: Built, freezer: str) -> None:
    program = str(built.path(freezer))
    args = ["--flag", "", "two words", "ä*?"]
    assert answer(Path(program), "arguments", *args) == [
        [program, "--injected", "two words", "arguments", *args],
        program,
        args,
        True,
    ]


@each_freezer
def test_places(built: Built, freezer: str) -> None:
    folder = (built.path(freezer).parent / "runtime" / DATA[freezer]).resolve()
    package = folder / "probe"
    assert answer(built.path(freezer), "places") == [str(folder), str(package), str(package)]


@each_freezer
@pytest.mark.parametrize(
    "env",
    [{}, {"KEPT": "by the user", "LD_LIBRARY_PATH": "/some/where", "PYTHONPATH": "/else"}],
    ids=["empty", "of the user"],
)
def test_environment_of_a_system_program(built: Built, freezer: str, env: dict[str, str]) -> None:
    lines = answer(built.path(freezer), "child_environment", **env)
    own = {"INJECTED": "by the target", "KEPT": "by the target", "DEPTH": "1"}
    expected = "\n".join(f"{name}={value}" for name, value in {**own, **env}.items())
    assert sorted(lines) == sorted(expected.split())


@each_freezer
@pytest.mark.parametrize(
    ("value", "status", "stderr"),
    [("zero", 0, ""), ("none", 0, ""), ("seven", 7, ""), ("text", 1, "went wrong\n")],
)
def test_exit_status(built: Built, freezer: str, value: str, status: int, stderr: str) -> None:
    assert execute(built.path(freezer), "exit", value) == Run(status, "", stderr)


@each_freezer
def test_a_crash_is_told_as_python_tells_it(built: Built, freezer: str) -> None:
    done = execute(built.path(freezer), "crash")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    number = (
        CHECKS.removeprefix("\n")
        .splitlines()
        .index('    raise RuntimeError("on purpose")  # THE LINE')
    )
    assert re.search(rf'probe/checks\.py", line {number + 1}, in crash\n', done.stderr)
    assert "\nRuntimeError: on purpose\n" in done.stderr


@each_freezer
def test_an_import_that_fails_says_what_to_add(built: Built, freezer: str) -> None:
    done = execute(built.path(freezer), "failing_import", "no_such_module")
    assert done.returncode == 1
    assert (
        "\nModuleNotFoundError: No module named 'no_such_module'\n"
        f"note: 'no_such_module' is not in the frozen program src/probe:{freezer}, and no "
        "requirement of its closure has it; " in done.stderr
    )


@each_freezer
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals(built: Built, freezer: str, number: signal.Signals) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        # The tests run under nohup, and what is ignored is inherited.
        signal.signal(number, signal.SIG_DFL)
    with subprocess.Popen(
        [built.path(freezer), "wait"],
        env={},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert int(process.stdout.readline()) == process.pid
        process.send_signal(number)
        _, stderr = process.communicate(timeout=30)
    if number == signal.SIGTERM:
        assert (process.returncode, stderr) == (-signal.SIGTERM, "")
    else:
        assert "\nKeyboardInterrupt" in stderr
        # The bootloader of PyInstaller ends by itself, with a word about it.
        assert process.returncode == (1 if freezer == "pyinstaller" else -signal.SIGINT)


@each_freezer
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_streams_are_utf_8(built: Built, freezer: str, locale: str) -> None:
    done = subprocess.run(
        [built.path(freezer), "write", "목록"],
        env={"LC_ALL": locale},
        input="grüße\n".encode(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "grüße\n목록".encode()
    assert done.stderr == "an error: ü\n".encode()


@each_freezer
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(built: Built, freezer: str, closed: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" exit seven {closed}', str(built.path(freezer))],
        env={},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")


@each_freezer
def test_a_full_disk_is_no_success(built: Built, freezer: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [built.path(freezer), "facts"],
            env={},
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert done.returncode != 0
    assert b"No space left" in done.stderr


def test_an_entry_function(built: Built) -> None:
    done = execute(built.repository.program("function"), "a b")
    assert done == Run(5, "['a b'] function.main\n", "")


# --- What it is made of --------------------------------------------------------------------------


@each_standalone
def test_the_executable_is_a_link_into_the_runtime_folder(built: Built, freezer: str) -> None:
    program = built.path(freezer)
    assert os.readlink(program) == f"runtime/probe-{freezer}.bin"
    assert {path.name for path in program.parent.iterdir()} == {
        program.name,
        "SHA256SUMS",
        "manifest.json",
        "requirements.txt",
        "runtime",
        "sbom.cdx.json",
    }


def manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """What the manifest in *folder* says of each file."""
    listed = json.loads((folder / "manifest.json").read_bytes())["files"]
    return {each["path"]: each for each in listed}


@each_freezer
def test_files_have_origins_in_the_closure(built: Built, freezer: str) -> None:
    listed = manifest(built.path(freezer).parent)
    pathspec = f"pathspec=={locked_version('pathspec')}"
    origins = {each["origin"] for each in listed.values()}
    assert {each for each in origins if "==" in each} == {pathspec}
    data = "/".join(filter(None, ("runtime", DATA[freezer], "probe/data/greeting.txt")))
    assert listed[data]["origin"] == "first-party code"


@each_freezer
def test_native_files_have_no_symbols(built: Built, freezer: str) -> None:
    runtime = built.path(freezer).parent / "runtime"
    native = {path.name: path.read_bytes() for path in runtime.rglob("*") if path.is_file()}
    native = {name: data for name, data in native.items() if data[:4] == b"\x7fELF"}
    assert len(native) > 5
    assert [name for name, data in native.items() if b"\0.symtab\0" in data] == []


@each_standalone
def test_a_moved_program_runs(built: Built, freezer: str, tmp_path: Path) -> None:
    folder = built.path(freezer).parent
    moved = tmp_path / "a folder ä"
    shutil.copytree(folder, moved, symlinks=True)
    (tmp_path / "link").symlink_to(moved / folder.name)
    assert answer(tmp_path / "link", "facts") == facts_of(freezer)
    assert answer(moved / folder.name, "cubes", "spawn") == [0, 1, 8, 27]


def test_two_builds_give_the_same_bytes(built: Built, tmp_path: Path) -> None:
    """In another folder, and without what the first has left in caches."""
    other = Repository.make(tmp_path / "another place", FILES)
    address = "src/probe:cx_freeze"
    other.pants("--no-local-cache", "package", address, timeout=1500).checked()
    again, first = (
        manifest(each.program("probe-cx_freeze").parent) for each in (other, built.repository)
    )
    assert again == first


# --- Goals, budgets and errors -------------------------------------------------------------------


@each_freezer
def test_run(built: Built, freezer: str) -> None:
    address = f"src/probe:{freezer}"
    done = built.repository.pants("run", address, "--", "exit", "seven", daemon=True)
    assert done.returncode == 7, done.stderr


@each_freezer
def test_why(built: Built, freezer: str) -> None:
    address = f"src/probe:{freezer}"
    words = ("pathspec", "fractions", "wave", "probe.checks")
    told = built.repository.pants("freeze-why", *words, address, daemon=True).checked().stdout
    place = FILES["src/probe/checks.py"].removeprefix("\n").splitlines()
    number = place.index("    import pathspec") + 1
    version = locked_version("pathspec")
    assert f"pathspec (pathspec=={version}) is in the closure of {address}:\n" in told
    assert f"  src/probe/checks.py:{number} imports pathspec\n" in told
    assert re.search(r"fractions \(CPython .+\) is in the closure of ", told)
    assert f"wave is not in the closure of {address}\n" in told
    assert f"probe.checks is first-party code of {address}: src/probe/checks.py\n" in told


def test_accepted_sizes(built: Built) -> None:
    """The executable of a standalone program is the file that the link leads to, and the link."""
    addresses = [f"src/probe:{freezer}" for freezer in STANDALONE]
    built.repository.pants("freeze-accept", *addresses, daemon=True).checked()
    for freezer in STANDALONE:
        record = built.repository.root / "specs" / "sizes" / f"src.probe.{freezer}.json"
        sizes = json.loads(record.read_bytes())
        program = built.path(freezer)
        size = program.lstat().st_size + program.stat().st_size
        assert sizes["executable_bytes"] == size
        pathspec = f"pathspec=={locked_version('pathspec')}"
        assert [each for each in sizes["requirements"] if "==" in each] == [pathspec]


def test_budget(built: Built) -> None:
    """Of each freezer the message names the field, and nothing is written."""
    held = {
        "pyinstaller": "the first-party code that the program imports",
        "cx_freeze": "the interpreter, and all modules lie in the runtime folder",
        "nuitka": "all modules that the program imports, compiled",
    }
    for freezer, holds in held.items():
        address = f"src/probe:small_{freezer}"
        done = built.repository.pants("package", address, daemon=True)
        assert done.returncode == 1
        assert f"BudgetExceeded at {address} (size_budget): the executable has " in done.stderr
        assert "1.0 kB that are allowed" in done.stderr
        assert f"it holds {holds}; leave out what is not needed" in done.stderr
        assert "Traceback" not in done.stderr
    assert not (built.repository.root / "dist" / "small").exists()


WRONG = {
    "compression": 'compression="upx"',
    "private_runtime": "private_runtime=True",
    "optimize": "optimize=3",
    "excludes": 'excludes=["not a module"]',
    "pex": 'pex=":{freezer}"',
    "hidden_imports": 'hidden_imports=["no.such.module"]',
    "trim": 'trim=["//specs/none.trim"]',
}


@each_standalone
@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_field_is_told_before_anything_is_frozen(
    built: Built, freezer: str, field: str
) -> None:
    value = WRONG[field].format(freezer=freezer)
    pex = "" if field == "pex" else 'pex="src/probe:pex", '
    # Apart from the others: a BUILD file that cannot be read fails every run.
    build = f'{freezer}_binary(name="wrong", {pex}{value})\n'
    built.repository.write({"src/wrong/BUILD": build})
    try:
        done = built.repository.pants("package", "src/wrong:wrong", daemon=True)
    finally:
        shutil.rmtree(built.repository.root / "src" / "wrong")
    assert done.returncode == 1
    assert field in done.stderr
    assert "src/wrong" in done.stderr
    assert "Traceback" not in done.stderr
    frozen = [step for step in done.started() if step.startswith("Freeze ")]
    # What is in the closure only the freezer knows.
    assert frozen == (["Freeze src/wrong:wrong"] if field == "hidden_imports" else [])


def test_a_distribution_of_something_else(built: Built) -> None:
    build = 'frozen_distribution(name="all", version="1", binaries=["src/probe:pex"])\n'
    built.repository.write({"src/wrong/BUILD": build})
    try:
        done = built.repository.pants("package", "src/wrong:all", daemon=True)
    finally:
        shutil.rmtree(built.repository.root / "src" / "wrong")
    assert done.returncode == 1
    assert (
        "InvalidTarget at src/wrong:all (binaries): src/probe:pex is a `pex_binary`; name a "
        "`pyinstaller_binary`, `cx_freeze_binary` or `nuitka_binary`" in done.stderr
    )


# --- After an edit: one file, and a distribution of all three ------------------------------------


@pytest.fixture
def cache(tmp_path: Path) -> dict[str, str]:
    """The environment of one file, with a cache of its own."""
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


@each_freezer
def test_an_edit_is_in_the_next_build(edited: Built, freezer: str) -> None:
    assert answer(edited.path(freezer, "suite"), "facts") == {**facts_of(freezer), "value": 43}


@each_freezer
def test_one_file(edited: Built, freezer: str, cache: dict[str, str]) -> None:
    program = edited.path(freezer, "one")
    assert not program.is_symlink()
    assert answer(program, "facts", **cache) == {**facts_of(freezer), "value": 43}
    arguments = ["--injected", "two words", "arguments"]
    told = [[str(program), *arguments], str(program), [], True]
    assert answer(program, "arguments", **cache) == told
    assert answer(program, "cubes", "spawn", **cache) == [0, 1, 8, 27]
    assert answer(program, "resources", **cache) == ["grüezi\n"] * 4
    assert answer(program, "again", "exit", "seven", **cache) == 7
    own = {"INJECTED": "by the target", "KEPT": "by the target", "DEPTH": "1"}
    lines = answer(program, "child_environment", **cache)
    assert sorted(lines) == sorted(
        "\n".join(f"{name}={value}" for name, value in {**own, **cache}.items()).split()
    )


@each_freezer
def test_a_distribution_of_all_three(edited: Built, freezer: str) -> None:
    program = edited.path(freezer, "suite")
    folder = program.parent
    assert {path.name for path in folder.iterdir() if path.name.startswith("runtime")} == {
        "runtime",
        *(f"runtime-probe-{each}" for each in STANDALONE),
    }
    if freezer in STANDALONE:
        assert os.readlink(program) == f"runtime-{program.name}/{program.name}.bin"
    assert answer(program, "cubes", "spawn") == [0, 1, 8, 27]
    assert answer(program, "resources") == ["grüezi\n"] * 4
    listed = manifest(folder)
    assert listed[program.name]["components"] == [program.name]


def test_the_launcher_of_the_distribution(edited: Built) -> None:
    done = edited.repository.pants("run", "//:suite", "--", "exit", "seven", daemon=True)
    assert done.returncode == 7, done.stderr
