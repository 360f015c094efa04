"""What is wrong in a BUILD file is told in one message, which names the target and the field.

Each case is what a repository with one program in it is changed to.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from pipeline.foreign import Repository, daemon_of, execute

SOUND = {
    "src/app/BUILD": """
python_sources(name="lib")
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="app")
""",
    "src/app/main.py": "def main():\n    print('fine')\n",
}


@dataclass(frozen=True)
class Case:
    """A repository that is wrong, and what must be in the message.

    ``files`` go over `SOUND`; ``in_field`` are fields of ``src/app:binary``, another way to say
    what the BUILD file is. ``at_once`` says that the graph alone shows the error, so that nothing
    may have been frozen before it is told.
    """

    told: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    in_field: str = ""
    args: tuple[str, ...] = ("package", "src/app:binary")
    at_once: bool = True

    def repository_files(self) -> dict[str, str]:
        files = {**SOUND, **self.files}
        if self.in_field:
            files["src/app/BUILD"] = files["src/app/BUILD"].replace(
                'output_path="app"', f'output_path="app", {self.in_field}'
            )
        return files


def binary(fields: str, *told: str, **files: str) -> Case:
    """A case of ``src/app:binary`` with *fields* only."""
    build = SOUND["src/app/BUILD"].replace('pex=":pex", output_path="app"', fields)
    return Case(("src/app:binary", *told), {"src/app/BUILD": build, **files})


def distribution(fields: str, *told: str, goal: str = "package") -> Case:
    """A case of a distribution ``//:dist`` with *fields*."""
    build = f'frozen_distribution(name="dist", {fields})\n'
    return Case(("//:dist", *told), {"BUILD": build}, args=(goal, "//:dist"))


TWO = """
python_sources()
pex_binary(name="pex", entry_point="{name}_main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="{name}"{fields})
"""


def two_programs(**files: str) -> dict[str, str]:
    """Two programs in two source roots, each with a resource of its own at one path."""
    made = dict(files)
    for name in ("left", "right"):
        private = ", private_runtime=True" if name == "right" else ""
        build = TWO.format(name=name, fields="")
        made[f"{name}/BUILD"] = (
            build.replace("python_sources()", 'python_sources(dependencies=[":data"])')
            + 'resources(name="data", sources=["settings/*.txt"])\n'
            + f'pyinstaller_binary(name="private", pex=":pex", output_path="{name}"{private})\n'
        )
        made[f"{name}/settings/value.txt"] = f"{name}\n"
        made[f"{name}/{name}_main.py"] = """
import os
import sys

def main():
    with open(os.path.join(sys._MEIPASS, "settings", "value.txt")) as file:
        print(file.read(), end="")
"""
    return made


OLD_AND_NEW = {
    f"{name}/{path}": text
    for name, resolve in (("left", "python-default"), ("right", "other"))
    for path, text in {
        "BUILD": TWO.format(name=name, fields="")
        .replace("python_sources()", f'python_sources(resolve="{resolve}")')
        .replace("main.py:main", f'main.py:main", resolve="{resolve}', 1),
        f"{name}_main.py": "import iniconfig\n\ndef main():\n    print(iniconfig.__name__)\n",
    }.items()
}

BOTH = """
frozen_distribution(
    name="dist", version="1.0", output_path="dist", archive="none", binaries=["{}", "{}"]
)
"""

CONFLICT = ("RuntimeConflict at //:dist", "left:binary", "right:binary", "`private_runtime=True`")

CASES = {
    "pex: no such target": binary('pex=":nothing"', "`pex`", ":nothing"),
    "pex: another target": binary('pex=":lib"', "(pex)", "python_source", "name a `pex_binary`"),
    "pex: no entry point": Case(
        ("src/app:binary (pex)", "src/app:pex", "`entry_point`", "`script`"),
        {
            "src/app/BUILD": SOUND["src/app/BUILD"].replace(
                'entry_point="main.py:main"', 'dependencies=[":lib"]'
            )
        },
    ),
    "pex: missing": binary('output_path="app"', "'pex'"),
    "compression: of a folder": Case(
        ("src/app:binary (compression)", "'zstd'", '`layout="onefile"`', "`archive`"),
        in_field='compression="zstd"',
    ),
    "layout: one file in a distribution": Case(
        ("//:dist (binaries)", "src/app:binary", '`layout="folder"`', "`archive`"),
        {
            "BUILD": 'frozen_distribution(name="dist", version="1", binaries=["src/app:binary"])\n',
        },
        in_field='layout="onefile"',
        args=("package", "//:dist"),
    ),
    "optimize": Case(("src/app:binary (optimize)", "write 0, 1 or 2"), in_field="optimize=3"),
    "optimization_level": Case(
        ("'optimization_level'", "src/app:binary", "'highest'", "['high', 'low', 'medium']"),
        in_field='optimization_level="highest"',
    ),
    "target_platform: another": Case(
        ("src/app:binary (target_platform)", "'windows'", "'linux'", "`environment`"),
        in_field='target_platform="windows"',
    ),
    "hidden_imports: no name": Case(
        ("src/app:binary (hidden_imports)", "'not-a-name'", "write 'package.module'"),
        in_field='hidden_imports=["json", "not-a-name"]',
    ),
    "hidden_imports: not in the closure": Case(
        ("src/app:binary", "`hidden_imports`", "requests.api", "dependencies"),
        in_field='hidden_imports=["json", "requests.api"]',
        at_once=False,
    ),
    "trim: no such list": Case(
        ("src/app:binary", "`trim`", "src/app/missing.trim"), in_field='trim=["missing.trim"]'
    ),
    "trim: no list": Case(
        ("src/app:binary (trim)", "'lists'", ".trim file"), in_field='trim=["lists"]'
    ),
    "trim: wrong lines": Case(
        (
            "src/app:binary (trim)",
            "src/app/a.trim: line 1: 'drop it' is no rule",
            "line 3: 'drop file b' has no reason",
        ),
        {"src/app/a.trim": "drop it\n\ndrop file b\n"},
        in_field='trim=["a.trim"]',
    ),
    "trim: nothing to drop": Case(
        ("src/app:binary", "'drop module requests'", "correct the line or remove it"),
        {"lists/a.trim": "drop module requests  # not in the closure\n"},
        in_field='trim=["//lists/a.trim"]',
        at_once=False,
    ),
    "exercises: an open quote": Case(
        ("src/app:binary (exercises)", '"say \'a" is no command line: No closing quotation'),
        in_field='exercises=["say \'a"]',
    ),
    "exercises: none": Case(
        ("InvalidTarget at src/app:binary (exercises)", "set it to what users do"),
        args=("freeze-trim", "src/app:binary"),
    ),
    "datas: nothing matches": Case(
        ("src/app:binary", "`datas`", "src/app/missing/*.txt"),
        in_field='datas=["missing/*.txt:data"]',
    ),
    "datas: no colon": Case(
        ("src/app:binary (datas)", "'assets'", "SOURCE:DESTINATION"), in_field='datas=["assets"]'
    ),
    "datas: out of the repository": Case(
        ("src/app:binary (datas)", "'../x.txt'", "'..'"), in_field='datas=["../x.txt:y"]'
    ),
    "datas: out of the runtime folder": Case(
        ("src/app:binary (datas)", "'../../y'", "'..'"), in_field='datas=["main.py:../../y"]'
    ),
    "datas: the place of a runtime file": Case(
        ("src/app:binary (datas)", "json/decoder.pyc", "CPython", "put it elsewhere"),
        {
            "src/app/decoder.pyc": "no bytecode",
            "src/app/main.py": "import json\n\ndef main():\n    print(json)\n",
        },
        in_field='datas=["decoder.pyc:json"]',
        at_once=False,
    ),
    "datas: the place of a resource": Case(
        ("src/app:binary", "datas", "same.txt"),
        {
            "src/app/BUILD": SOUND["src/app/BUILD"].replace(
                'name="lib"', 'name="lib", dependencies=[":data"]'
            )
            + 'resources(name="data", sources=["same.txt"])\n',
            "src/app/same.txt": "a",
            "src/app/b/same.txt": "b",
        },
        in_field='datas=["b/same.txt:app"]',
    ),
    "runtime_hooks": Case(
        ("src/app:binary", "`runtime_hooks`", "src/app/missing.py"),
        in_field='runtime_hooks=["missing.py"]',
    ),
    "output_path: absolute": binary(
        'pex=":pex", output_path="/app"', "(output_path)", "'/app'", "relative"
    ),
    "output_path: out of dist": binary(
        'pex=":pex", output_path="a/../../b"', "(output_path)", "'..'"
    ),
    "console script": Case(
        ("src/app:binary", "no-such-script", "`entry_point`"),
        {
            "src/app/BUILD": SOUND["src/app/BUILD"].replace(
                'entry_point="main.py:main"', 'script="no-such-script"'
            )
        },
        at_once=False,
    ),
    "syntax error": Case(
        ("src/app:binary", "app/main.py", "line 2"),
        {"src/app/main.py": "def main():\n    print('fine'\n"},
    ),
    "entry point: no such file": Case(
        ("src/app:pex", "entry_point", "missing.py"),
        {"src/app/BUILD": SOUND["src/app/BUILD"].replace("main.py", "missing.py")},
    ),
    "binaries: another target": distribution(
        'version="1", binaries=["src/app:pex"]', "(binaries)", "src/app:pex", "`pyinstaller_binary`"
    ),
    "binaries: none": distribution('version="1", binaries=[]', "binaries"),
    "launcher: another target": distribution(
        'version="1", binaries=["src/app:binary"], launcher="src/app:pex"',
        "(launcher)",
        "src/app:pex",
        "`pyinstaller_binary`",
    ),
    "launcher: none to run": distribution(
        'version="1", binaries=["src/app:binary"]', "(launcher)", "run a program", goal="run"
    ),
    "version": distribution(
        'version="1 beta", binaries=["src/app:binary"]', "(version)", "'1 beta'", "'1.0.0'"
    ),
    "archive": distribution(
        'version="1", archive="rar", binaries=["src/app:binary"]', "archive", "'rar'", "tar.xz"
    ),
    "two executables of one name": Case(
        ("//:dist (binaries)", "src/app:binary", "src/other:binary", "'app'", "`output_path`"),
        {
            "src/other/BUILD": SOUND["src/app/BUILD"],
            "src/other/main.py": SOUND["src/app/main.py"],
            "BUILD": BOTH.format("src/app:binary", "src/other:binary"),
        },
        args=("package", "//:dist"),
    ),
    "two resources at one path": Case(
        (*CONFLICT, "settings/value.txt"),
        two_programs(BUILD=BOTH.format("left:binary", "right:binary")),
        args=("package", "//:dist"),
        at_once=False,
    ),
    "two versions of a requirement": Case(
        (*CONFLICT, "iniconfig=="),
        {**OLD_AND_NEW, "BUILD": BOTH.format("left:binary", "right:binary")},
        args=("package", "//:dist"),
        at_once=False,
    ),
    "files: the names of what the backend writes": Case(
        ("RuntimeConflict at //:dist", "SHA256SUMS: ", "`files`", "(and 2 more files)"),
        {
            "BUILD": """
files(name="files", sources=["SHA256SUMS", "manifest.json", "sbom.cdx.json"])
frozen_distribution(name="dist", version="1", binaries=["src/app:binary"], files=[":files"])
""",
            "SHA256SUMS": "",
            "manifest.json": "",
            "sbom.cdx.json": "",
        },
        args=("package", "//:dist"),
        at_once=False,
    ),
    "datas: two files at one place": Case(
        ("src/app:binary", "datas", "place/same.txt"),
        {"src/app/a/same.txt": "a", "src/app/b/same.txt": "b"},
        in_field='datas=["a/same.txt:place", "b/same.txt:place"]',
    ),
}

# Not wrong: what the message of a conflict says to do.
SOLVED = Case(
    (),
    two_programs(BUILD=BOTH.format("left:private", "right:private")),
    args=("package", "//:dist"),
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    made = Repository.make(tmp_path_factory.mktemp("made") / "repository", {})
    with daemon_of(made):
        yield made


@pytest.fixture(scope="module")
def message(repository: Repository) -> Callable[[str], str]:
    """What Pants says to the case of a name; each runs once."""

    @functools.cache
    def run(name: str) -> str:
        case = CASES[name]
        repository.clear()
        files = case.repository_files()
        if case.at_once:
            # A name that no earlier run has seen, else what is frozen comes from the cache.
            unseen = (
                f"try:\n    from json import a{uuid.uuid4().hex}\nexcept ImportError:\n    pass\n"
            )
            files["src/app/main.py"] += unseen
        repository.write(files)
        result = repository.pants(*case.args, daemon=True, timeout=180)
        assert result.returncode == 1, result.stderr[:10_000]
        assert not (repository.root / "dist").exists()
        return result.stderr

    return run


@pytest.mark.parametrize("name", CASES)
def test_the_message(repository: Repository, message: Callable[[str], str], name: str) -> None:
    """It names target and field and says what to do; a traceback is no help to the author."""
    text = message(name)
    assert [part for part in CASES[name].told if part not in text] == [], text
    assert "Traceback" not in text, text
    assert str(repository.root) not in text, text


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.at_once])
def test_nothing_is_frozen_first(message: Callable[[str], str], name: str) -> None:
    """What the graph shows to be wrong is told before minutes of freezing."""
    assert "Completed: Freeze " not in message(name)


def test_a_private_runtime_solves_a_conflict(repository: Repository) -> None:
    repository.clear()
    repository.write(SOLVED.repository_files())
    repository.pants(*SOLVED.args, daemon=True).checked()
    for name in ("left", "right"):
        assert execute(repository.program("dist", name)).checked().stdout == f"{name}\n"
    assert (repository.root / "dist" / "dist" / "runtime-right").is_dir()
