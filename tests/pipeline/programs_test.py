"""What can be frozen: entry points, resources, imports, child processes, and what is kept out.

One repository with programs of many kinds, built by one run of Pants. Each program then runs with
an empty environment, and answers as it would with `python -m`, save what the tests say. Purity is
here too: a program sees its own closure only, whatever else lies in the runtime folder it shares.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline.foreign import Repository, Run, execute, locked_version
from pipeline.probe import CHECKS

PROBE_BUILD = """
python_sources(dependencies=[":data", "src/space/inner"])

resources(name="data", sources=["*.txt", "data/*.txt"])

pex_binary(name="pex", entry_point="main.py:main")

pyinstaller_binary(
    name="binary",
    pex=":pex",
    output_path="probe",
    hidden_imports=["wsgiref.util", "requests.status_codes"],
    excludes=["wave", "xml.sax"],
    datas=["assets/**/*.html:templates", "assets/top.html:.", "//LICENSE:legal/texts"],
    runtime_hooks=["hooks/zulu.py", "//src/probe/hooks/alpha.py"],
)
"""

PROBE_MAIN = """
'''Runs one of the checks, and prints what it returns.'''

import json
import multiprocessing
import sys

from probe import checks


def main():
    multiprocessing.freeze_support()
    name, *args = sys.argv[1:]
    if name == "exit":
        return {"zero": 0, "seven": 7, "none": None, "text": "went wrong"}[args[0]]
    print(json.dumps(getattr(checks, name)(*args)))
    return 0
"""

PROBE_CHECKS = f"""{CHECKS}

import importlib
import importlib.metadata
import importlib.resources
import inspect
import json
import linecache
import os
import pkgutil
import sys
import traceback

import requests

RUNTIME = os.path.realpath(getattr(sys, "_MEIPASS", ""))


def constant_imports():
    return [
        importlib.import_module("tabnanny").__name__,
        __import__("sched").__name__,
        importlib.import_module("html.entities").__name__,
    ]


def import_after_removal():
    os.remove(sys.executable)
    from probe import later

    return later.WORD


def resources():
    folder = importlib.resources.files("probe")
    with importlib.resources.as_file(folder / "data" / "greeting.txt") as path:
        text = path.read_text(encoding="utf-8")
    return [
        text,
        folder.joinpath("top.txt").read_text(encoding="utf-8"),
        importlib.resources.read_text("probe", "top.txt", encoding="utf-8"),
        importlib.resources.files(requests).joinpath("no.txt").is_file(),
        sorted(each.name for each in folder.joinpath("data").iterdir()),
    ]


def resources_in_a_folder_without_modules():
    return importlib.resources.files("probe.data").joinpath("greeting.txt").read_text("utf-8")


def get_data():
    return [
        pkgutil.get_data("probe", "data/greeting.txt").decode(),
        len(pkgutil.get_data("certifi", "cacert.pem")) > 10_000,
        __loader__.get_data(os.path.join(os.path.dirname(__file__), "top.txt")).decode(),
    ]


def namespace_package():
    import space
    from space.inner.thing import NAME

    return [
        NAME,
        getattr(space, "__file__", None),
        len(list(space.__path__)),
        space.__spec__.origin,
        sorted(module.name for module in pkgutil.iter_modules(space.__path__)),
    ]


def certificates():
    import ssl

    return len(ssl.create_default_context(cafile=requests.certs.where()).get_ca_certs()) > 100


def source():
    raised = []
    for each in (square, requests.get, json.loads):
        try:
            inspect.getsource(each)
        except OSError as error:
            raised.append(str(error))
    return [raised, linecache.getlines(__file__), inspect.getfile(square), inspect.getdoc(square)]


def frames():
    found = []
    for call in (
        lambda: requests.get("nothing://x"),
        lambda: json.loads("{{"),
    ):
        try:
            call()
        except ValueError:
            text = traceback.format_exc()
            found.append([line.strip() for line in text.splitlines() if line.startswith("  File")])
    return found


def modules():
    import probe

    return [
        [[each.name, each.ispkg] for each in pkgutil.iter_modules(probe.__path__)],
        [each.name for each in pkgutil.iter_modules(requests.__path__, "requests.")],
        [each.name for each in pkgutil.walk_packages(probe.__path__, "probe.")],
    ]


def metadata():
    try:
        importlib.metadata.version("pyinstaller")
        raised = ""
    except importlib.metadata.PackageNotFoundError as error:
        raised = type(error).__name__
    return [
        importlib.metadata.version("requests"),
        importlib.metadata.version("charset_normalizer"),
        sorted(each.metadata["Name"] for each in importlib.metadata.distributions()),
        raised,
    ]


def places():
    import probe.sub.deep

    return [
        RUNTIME,
        *(os.path.realpath(each.__file__) for each in (probe.sub, requests, json)),
        os.path.realpath(__file__),
        __spec__.origin,
        __package__,
        list(probe.sub.__path__),
        sys.path,
    ]
"""

MODULE_MAIN = """
'''A module that runs as `__main__`.'''

import importlib
import json
import multiprocessing
import sys

from . import sibling
from .sibling import VALUE


def cube(number):
    return number**3


if __name__ == "__main__":
    multiprocessing.freeze_support()
    if sys.argv[1:2] == ["pool"]:
        with multiprocessing.get_context("spawn").Pool(2) as workers:
            print(json.dumps(workers.map(cube, range(4))))
    elif sys.argv[1:2] == ["import"]:
        importlib.import_module("".join(sys.argv[2:]))
    elif sys.argv[1:2] == ["exit"]:
        sys.exit(int(sys.argv[2]))
    else:
        facts = {
            "name": __name__,
            "package": __package__,
            "spec": __spec__.name,
            "file": __file__,
            "loader": __spec__.loader is __loader__,
            "doc": __doc__,
            "value": VALUE,
            "sibling": sibling.__name__,
            "argv": sys.argv,
            "is_main": sys.modules["__main__"].cube is cube,
            "annotations": str(__annotations__) if "__annotations__" in globals() else "{}",
        }
        print(json.dumps(facts))
"""

LEAN_MAIN = """
'''A docstring.'''

import json


def main():
    '''Another docstring.'''
    failed = False
    try:
        assert False
    except AssertionError:
        failed = True
    print(json.dumps([main.__doc__, __doc__, json.__doc__, failed, __debug__]))
"""

FILES = {
    "LICENSE": "free\n",
    "src/probe/BUILD": PROBE_BUILD,
    "src/probe/__init__.py": "",
    "src/probe/main.py": PROBE_MAIN,
    "src/probe/later.py": "WORD = 'later'\n",
    "src/probe/checks.py": PROBE_CHECKS,
    "src/probe/sub/BUILD": "python_sources()\n",
    "src/probe/sub/__init__.py": "",
    "src/probe/sub/deep.py": "",
    "src/probe/top.txt": "top\n",
    "src/probe/data/greeting.txt": "grüezi\n",
    "src/probe/assets/top.html": "",
    "src/probe/assets/mail/long/a.html": "",
    "src/probe/assets/mail/b.html": "",
    "src/probe/assets/mail/b.txt": "",
    "src/probe/hooks/zulu.py": "import sys\nimport fractions\n"
    "sys.probe_hooks = [['zulu', fractions.__name__, __name__]]\n",
    "src/probe/hooks/alpha.py": "import sys\nsys.probe_hooks.append('alpha')\n",
    "src/space/inner/BUILD": "python_sources()\n",
    "src/space/inner/thing.py": "NAME = __name__\n",
    "src/module/BUILD": """
python_sources()

pex_binary(name="pex", entry_point="main.py")

pyinstaller_binary(name="binary", pex=":pex", output_path="module")
""",
    "src/module/__init__.py": "",
    "src/module/main.py": MODULE_MAIN,
    "src/module/sibling.py": "VALUE = 42\n",
    "src/tool/BUILD": """
pex_binary(name="pex", script="normalizer", dependencies=["3rdparty:requests"])

pyinstaller_binary(name="binary", pex=":pex")
""",
    "src/lean/BUILD": """
python_sources()

pex_binary(name="pex", entry_point="main.py:main")

pyinstaller_binary(name="binary", pex=":pex", output_path="lean", optimize=2)
""",
    "src/lean/main.py": LEAN_MAIN,
    "src/old/BUILD": """
python_sources(resolve="old", interpreter_constraints=["CPython==3.9.*"])

pex_binary(
    name="pex",
    entry_point="main.py:main",
    resolve="old",
    interpreter_constraints=["CPython==3.9.*"],
)

pyinstaller_binary(name="binary", pex=":pex", output_path="old")
""",
    "src/old/main.py": """
import packaging
import packaging.version

def main():
    print(packaging.__version__, packaging.version.Version("1.0"))
""",
    "src/trimmed/BUILD": """
python_sources()

pex_binary(name="pex", entry_point="main.py:main")

pyinstaller_binary(name="binary", pex=":pex", output_path="trimmed", trim=["web.trim"])
""",
    "src/trimmed/web.trim": """\
# Of several rules the one with the most names decides.
drop module urllib3.contrib.*         # proxies and browsers
keep module urllib3.contrib.pyopenssl  # a program of ours asks for it
drop file certifi/*.pem                # the certificates of the system are used
""",
    "src/trimmed/main.py": """
import json
import sys

import requests
import urllib3.contrib

def main():
    found = {}
    try:
        import urllib3.contrib.socks
    except ModuleNotFoundError as error:
        found["dropped"] = error.name
    try:
        import urllib3.contrib.pyopenssl
    except ModuleNotFoundError as error:
        found["kept"] = error.name
    print(json.dumps(found))
""",
    "src/graph/BUILD": """
python_sources()

pex_binary(name="pex", entry_point="main.py:main")

pyinstaller_binary(name="binary", pex=":pex", output_path="graph")
""",
    "src/graph/main.py": """
import importlib
import sys

import networkx

def main():
    if sys.argv[1:]:
        importlib.import_module(sys.argv[1])
    print(networkx.path_graph(4).number_of_edges())
""",
    "src/paths/BUILD": """
python_sources()

pex_binary(name="pex", entry_point="main.py:main")

pyinstaller_binary(name="binary", pex=":pex", output_path="paths")
""",
    "src/paths/main.py": """
import importlib
import sys

import pathspec

def main():
    if sys.argv[1:]:
        importlib.import_module(sys.argv[1])
    print(pathspec.PathSpec.from_lines("gitwildmatch", ["*.o"]).match_file("a/b.o"))
""",
    "BUILD": """
frozen_distribution(
    name="suite",
    version="1.0",
    output_path="suite",
    binaries=["src/graph:binary", "src/paths:binary"],
    archive="none",
)
""",
}

PACKAGES = (
    "src/probe:binary",
    "src/module:binary",
    "src/tool:binary",
    "src/lean:binary",
    "src/old:binary",
    "src/trimmed:binary",
    "//:suite",
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The repository with all of its programs built."""
    made = Repository.make(tmp_path_factory.mktemp("made") / "repository", FILES)
    made.pants("package", *PACKAGES).checked()
    return made


def probe(repository: Repository, *args: str) -> Any:
    """What a check of the probe returns."""
    return json.loads(execute(repository.program("probe"), *args).checked().stdout)


def runtime(repository: Repository) -> str:
    return str((repository.root / "dist" / "probe" / "runtime").resolve())


def line_of(text: str, mark: str) -> int:
    """The number of the line of a source, as the repository has it, that holds *mark*."""
    lines = text.removeprefix("\n").splitlines()
    return next(number for number, line in enumerate(lines, 1) if mark in line)


# --- Entry points --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "status", "stderr"),
    [("zero", 0, ""), ("none", 0, ""), ("seven", 7, ""), ("text", 1, "went wrong\n")],
)
def test_what_the_entry_function_returns_is_the_exit_status(
    repository: Repository, value: str, status: int, stderr: str
) -> None:
    assert execute(repository.program("probe"), "exit", value) == Run(status, "", stderr)


def test_a_program_sees_its_arguments(repository: Repository) -> None:
    program = str(repository.program("probe"))
    args = ["--flag", "", "two words", "ä*?"]
    assert probe(repository, "arguments", *args) == [
        [program, "arguments", *args],
        program,
        args,
        True,
    ]


def test_a_module_runs_as_main(repository: Repository) -> None:
    program = repository.program("module")
    file = (program.parent / "runtime" / "module" / "main.py").resolve()
    assert json.loads(execute(program, "a", "b").checked().stdout) == {
        "name": "__main__",
        "package": "module",
        "spec": "module.main",
        "file": str(file),
        "loader": True,
        "doc": "A module that runs as `__main__`.",
        "value": 42,
        "sibling": "module.sibling",
        "argv": [str(program), "a", "b"],
        "is_main": True,
        "annotations": "{}",
    }


def test_a_module_that_runs_as_main_exits_with_its_status(repository: Repository) -> None:
    assert execute(repository.program("module"), "exit", "5").returncode == 5


def test_spawned_processes_find_functions_of_main(repository: Repository) -> None:
    assert json.loads(execute(repository.program("module"), "pool").checked().stdout) == [
        0,
        1,
        8,
        27,
    ]


def test_a_console_script_of_a_requirement(repository: Repository, tmp_path: Path) -> None:
    """Its own program by default: the executable is named like the target."""
    program = repository.root / "dist" / "src.tool" / "binary" / "binary"
    text = tmp_path / "text"
    text.write_text("Bœuf à la crème, s'il vous plaît\n" * 5, encoding="utf-8")
    assert execute(program, "--minimal", str(text)).checked().stdout == "utf_8\n"
    usage = execute(program, "--no-such-option")
    assert usage.returncode == 2
    assert usage.stderr.startswith("usage: ")


def test_optimisation_removes_docstrings_and_asserts(repository: Repository) -> None:
    assert json.loads(execute(repository.program("lean")).checked().stdout) == [
        None,
        None,
        None,
        False,
        False,
    ]


# --- What is found in the frozen program ---------------------------------------------------------

ANSWERS: dict[str, tuple[tuple[str, ...], Any]] = {
    "resources of packages": (
        ("resources",),
        ["grüezi\n", "top\n", "top\n", False, ["greeting.txt"]],
    ),
    "resources in a folder without modules": (
        ("resources_in_a_folder_without_modules",),
        "grüezi\n",
    ),
    "pkgutil.get_data": (("get_data",), ["grüezi\n", True, "top\n"]),
    "datas": (
        ("datas",),
        [
            "legal/texts/LICENSE",
            "templates/mail/b.html",
            "templates/mail/long/a.html",
            "templates/top.html",
            "top.html",
        ],
    ),
    "runtime hooks, in order, with what they import": (
        ("hooks",),
        [["zulu", "fractions", "__main__"], "alpha"],
    ),
    "a hidden import": (("computed_import", "wsgi", "ref.util"), "wsgiref.util"),
    "a hidden import of a requirement": (
        ("computed_import", "requests.", "status_codes"),
        "requests.status_codes",
    ),
    "no hidden import": (("computed_import", "imap", "lib"), "ModuleNotFoundError"),
    "imports by a constant name": (
        ("constant_imports",),
        ["tabnanny", "sched", "html.entities"],
    ),
    "excludes": (
        ("excluded_imports",),
        ["ModuleNotFoundError wave", "ModuleNotFoundError xml.sax"],
    ),
    "a namespace package": (
        ("namespace_package",),
        ["space.inner.thing", None, 1, None, []],
    ),
    "extension modules of the standard library": (
        ("extensions",),
        [42, True, True, "0.125", "e3b0c442", ["same", "same", "same"]],
    ),
    "certificates of a requirement": (("certificates",), True),
    "a pool, spawned": (("pool", "spawn"), [[0, 1, 4, 9, 16], 8]),
    "a pool, forked": (("pool", "fork"), [[0, 1, 4, 9, 16], 8]),
    "a pool, from a fork server": (("pool", "forkserver"), [[0, 1, 4, 9, 16], 8]),
    "executors": (("executors",), [[0, 1, 4], [0, 1, 4]]),
    "a manager": (("manager",), {"a": 1, "b": 2}),
    "a child process has our environment": (("child_environment",), []),
    "the program itself as a child": (("again", "exit", "seven"), 7),
    "pickles": (("pickled",), [9, 5]),
}


@pytest.mark.parametrize(("args", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_the_answer(repository: Repository, args: tuple[str, ...], answer: Any) -> None:
    assert probe(repository, *args) == answer


@pytest.mark.parametrize(
    ("program", "args", "missing", "told"),
    [
        (
            "module",
            ("import", "wsgi", "ref.util"),
            "wsgiref",
            "in `hidden_imports` of src/module:binary\n",
        ),
        (
            "module",
            ("import", "module.", "kinds"),
            "module.kinds",
            "; 'module' is first-party code, so if that has it, add its target to the "
            "`dependencies` of the sources that import it\n",
        ),
        (
            "suite/graph",
            ("networkx.nothing",),
            "networkx.nothing",
            ", for no import shows that it is needed; if "
            f"networkx=={locked_version('networkx')} has it, name it in `hidden_imports` of "
            "src/graph:binary\n",
        ),
        ("suite/paths", ("networkx",), "networkx", ", and no requirement of its closure has it; "),
    ],
)
def test_a_computed_import_that_fails_says_what_to_add(
    repository: Repository, program: str, args: tuple[str, ...], missing: str, told: str
) -> None:
    folder, _, name = program.partition("/")
    result = execute(repository.program(folder, name), *args)
    assert result.returncode == 1
    error, _, note = result.stderr.partition("\nnote: ")
    assert error.endswith(f"\nModuleNotFoundError: No module named {missing!r}")
    assert note.startswith(f"{missing!r} is not in the frozen program src/")
    assert told in note


def test_source_is_not_there(repository: Repository) -> None:
    """As for any module without source: `OSError`."""
    raised, lines, file, doc = probe(repository, "source")
    assert raised == ["could not get source code"] * 3
    assert lines == []
    assert file == f"{runtime(repository)}/probe/checks.py"
    assert doc == "The square."


def test_tracebacks_name_file_and_line(repository: Repository) -> None:
    folder = runtime(repository)
    third_party, standard = probe(repository, "frames")
    place = re.compile(r'File "(.+)", line (\d+), in .+')
    for lines, last in ((third_party, "requests/"), (standard, "json/decoder.py")):
        matches = [place.fullmatch(line) for line in lines]
        assert all(matches), lines
        files = [match[1] for match in matches if match]
        assert all(file.startswith(f"{folder}/") for file in files), lines
        assert files[0] == f"{folder}/probe/checks.py"
        assert files[-1].startswith(f"{folder}/{last}"), lines


def test_a_crash_is_told_as_python_tells_it(repository: Repository) -> None:
    result = execute(repository.program("probe"), "crash")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Traceback (most recent call last):\n")
    line = line_of(PROBE_CHECKS, "# THE LINE")
    assert f'  File "{runtime(repository)}/probe/checks.py", line {line}, in crash' in result.stderr
    assert "\nRuntimeError: on purpose\n" in result.stderr


def test_warnings_name_file_and_line(repository: Repository) -> None:
    result = execute(repository.program("probe"), "warn").checked()
    line = line_of(PROBE_CHECKS, 'warnings.warn("careful"')
    assert result.stdout == f"{line}\n"
    assert result.stderr == f"{runtime(repository)}/probe/checks.py:{line}: UserWarning: careful\n"


def test_packages_list_their_modules(repository: Repository) -> None:
    first_party, third_party, walked = probe(repository, "modules")
    assert first_party == [["checks", False], ["later", False], ["main", False], ["sub", True]]
    assert {"requests.adapters", "requests.sessions", "requests.status_codes"} <= set(third_party)
    assert walked == ["probe.checks", "probe.later", "probe.main", "probe.sub", "probe.sub.deep"]


def test_metadata_of_requirements(repository: Repository) -> None:
    requests, normalizer, names, raised = probe(repository, "metadata")
    assert requests == locked_version("requests")
    assert normalizer == locked_version("charset-normalizer")
    assert names == ["certifi", "charset-normalizer", "idna", "requests", "urllib3"]
    assert raised == "PackageNotFoundError"


def test_modules_say_where_they_are(repository: Repository) -> None:
    folder = runtime(repository)
    base, sub, requests, json_, own, origin, package, path, sys_path = probe(repository, "places")
    assert base == folder
    assert sub == f"{folder}/probe/sub/__init__.py"
    assert requests.startswith(f"{folder}/requests/__init__.py")
    assert json_.startswith(f"{folder}/json/__init__.py")
    assert own == origin == f"{folder}/probe/checks.py"
    assert package == "probe"
    assert path == [f"{folder}/probe/sub"]
    assert all(entry.startswith(folder) for entry in sys_path), sys_path


# --- Purity --------------------------------------------------------------------------------------

FREEZER = {"PyInstaller", "altgraph", "packaging", "setuptools", "pkg_resources", "_pyinstaller"}


def names_of(path: Path) -> set[str]:
    """The normalised distribution, module or folder names on *path*."""
    return {part.partition(".")[0].partition("-")[0] for part in path.parts}


@pytest.mark.parametrize("folder", ["probe", "module", "src.tool", "lean", "suite"])
def test_nothing_of_the_freezer_is_in_the_runtime_folder(
    repository: Repository, folder: str
) -> None:
    root = repository.root / "dist" / folder
    paths = [path.relative_to(root) for path in root.rglob("*")]
    assert len(paths) > 100
    assert [str(path) for path in paths if names_of(path) & FREEZER] == []


def test_trim_lists_say_what_is_left_out(repository: Repository) -> None:
    program = repository.program("trimmed")
    assert json.loads(execute(program).checked().stdout) == {
        "dropped": "urllib3.contrib.socks",
        # It is there, and misses the library that it is for.
        "kept": "OpenSSL",
    }
    runtime = program.parent / "runtime"
    contrib = {path.name for path in (runtime / "urllib3" / "contrib").iterdir()}
    assert contrib == {"__init__.pyc", "pyopenssl.pyc"}
    assert not (runtime / "certifi" / "cacert.pem").exists()
    assert (repository.program("probe").parent / "runtime" / "certifi" / "cacert.pem").exists()


def test_what_the_freezer_has_too_comes_from_the_closure(repository: Repository) -> None:
    """The freezer's own `packaging` is another version."""
    locked = locked_version("packaging", "plugin")
    assert execute(repository.program("old")).checked().stdout == f"{locked} 1.0\n"


@pytest.mark.parametrize(
    ("program", "own", "other"),
    [("graph", "networkx", "pathspec"), ("paths", "pathspec", "networkx")],
)
def test_programs_over_one_runtime_see_their_own_closure_only(
    repository: Repository, program: str, own: str, other: str
) -> None:
    suite = repository.root / "dist" / "suite"
    assert (suite / "runtime" / own / "__init__.pyc").is_file()
    assert (suite / "runtime" / other / "__init__.pyc").is_file()
    path = repository.program("suite", program)
    assert execute(path, own).checked().stdout == {"graph": "3\n", "paths": "True\n"}[program]
    result = execute(path, other)
    assert result.returncode == 1
    assert f"ModuleNotFoundError: No module named '{other}'" in result.stderr


def test_requirements_of_the_programs_are_written_down(repository: Repository) -> None:
    suite = repository.root / "dist" / "suite"
    lines = {name: f"{name}=={locked_version(name)}" for name in ("networkx", "pathspec")}
    assert (suite / "requirements.txt").read_text().splitlines()[1:] == sorted(lines.values())
    for program, name in (("graph", "networkx"), ("paths", "pathspec")):
        written = (suite / "requirements" / f"{program}.txt").read_text()
        assert written.splitlines()[1:] == [lines[name]]


def test_programs_run_where_they_are_moved_to(repository: Repository, tmp_path: Path) -> None:
    moved = tmp_path / "a folder ä"
    subprocess.run(["cp", "-a", repository.root / "dist" / "suite", moved], check=True)
    assert execute(moved / "graph").checked().stdout == "3\n"


def test_a_program_goes_on_when_its_file_is_replaced(
    repository: Repository, tmp_path: Path
) -> None:
    """As an update does. Also its executable is read once, not at each import."""
    probe = tmp_path / "probe"
    shutil.copy(repository.program("probe"), probe)
    (tmp_path / "runtime").symlink_to(runtime(repository))
    assert execute(probe, "import_after_removal").checked().stdout == '"later"\n'
    assert not probe.exists()
