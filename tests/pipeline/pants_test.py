"""The features of Pants work with frozen targets; `docs/pants.md` says how.

There is no Docker engine here: a stand-in takes its place, which keeps the build context that it is
given. So what an image is made from is tested, and not the image.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline.foreign import Repository, daemon_of, execute

PROGRAM = """
import sys

from shared.words import WORD

def main():
    print(WORD, {name!r}, sys.argv[1:])
"""
MANY = """
import sys

print({name!r}, sys.argv[1:])
"""

FILES = {
    ".gitignore": "/dist/\n/.pants.d/\n/.pids/\n/kept/\n__pycache__/\n",
    "src/shared/BUILD": "python_sources()\n",
    "src/shared/words.py": "WORD = 'word'\n",
    "src/one/BUILD": """
python_sources(sources=["main.py"])
python_sources(name="hooks", sources=["hook.py"])
files(name="frozen_files", sources=["*.trim", "*.ico", "data/*.txt"])
files(name="samples", sources=["samples/*"])
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(
    name="binary",
    pex=":pex",
    output_path="one",
    trim=["one.trim"],
    runtime_hooks=["hook.py"],
    datas=["data/*.txt:data"],
    icon="one.ico",
    exercise_files=[":samples"],
)
""",
    "src/one/main.py": PROGRAM.format(name="one"),
    "src/one/hook.py": "",
    "src/one/one.trim": "drop module bz2  # for the test\n",
    "src/one/one.ico": "",
    "src/one/data/a.txt": "a\n",
    "src/one/samples/a": "a\n",
    "src/two/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(
    name="binary",
    pex=":pex",
    output_path="two",
    spec="//specs/two.spec",
    trim=["//specs/two.trim", "//lists/unowned.trim"],
)
""",
    "src/two/main.py": PROGRAM.format(name="two"),
    "specs/BUILD": """
files(name="lists", sources=["*.spec", "*.trim"])
files(name="sizes", sources=["sizes/*.json"])
""",
    # What fields other than `dependencies` name is not beside it.
    "specs/two.spec": """
import os

assert not os.path.exists(os.path.join(SPECPATH, "two.trim"))
analysis = Analysis(["main.py"])
pyz = PYZ(analysis.pure)
exe = EXE(pyz, analysis.scripts, [], exclude_binaries=True, name="two")
COLLECT(exe, analysis.binaries, analysis.datas, name="two")
""",
    "specs/two.trim": "drop module lzma  # for the test\n",
    "lists/unowned.trim": "drop module bz2  # for the test\n",
    "BUILD": """
files(name="notes", sources=["notes.txt"])
frozen_distribution(
    name="dist",
    version="1.0",
    output_path="set",
    binaries=["src/one:binary", "src/two:binary"],
    files=[":notes"],
    archive="none",
)
""",
    "notes.txt": "notes\n",
    "docs/page.md": "page\n",
    "src/many/BUILD": """
__defaults__({pyinstaller_binary: dict(optimization_level="low")})
python_sources()
pex_binaries(
    name="pexes",
    entry_points=["first.py", "second.py"],
    overrides={"second.py": {"args": ["--from-overrides"]}},
)
pyinstaller_binary(name="first", pex=":pexes#first.py", layout=parametrize("folder", "onefile"))
pyinstaller_binary(name="second", pex=":pexes#second.py", output_path="second")
pyinstaller_binary(
    name="same",
    pex=":pexes#first.py",
    output_path="same",
    optimization_level=parametrize("low", "medium"),
)
cx_freeze_binary(name="cx", pex=":pexes#first.py", output_path="first")
frozen_distribution(name="dist", version="1", binaries=[":cx"], archive="none")
""",
    "src/many/first.py": MANY.format(name="first"),
    "src/many/second.py": MANY.format(name="second"),
    "src/ship/BUILD": """
_PROGRAMS = ["src/many:first@layout=folder", "src/many:first@layout=onefile", "src/many:dist"]
adhoc_tool(
    name="made", runnable="src/many:first@layout=folder", args=["in", "sandbox"], stdout="made.txt"
)
archive(name="archive", packages=_PROGRAMS, files=[":made"], format="tar.gz")
docker_image(name="image", dependencies=_PROGRAMS, instructions=["FROM scratch", "COPY . /"])
""",
    "src/env/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py")
pyinstaller_binary(name="binary", pex=":pex", output_path="env", environment="far")
""",
    "src/env/main.py": "print('env')\n",
    "src/cli/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py")
pex_binary(name="other", entry_point="main.py")
pex_binary(name="frozen", entry_point="main.py")
cx_freeze_binary(name="binary2", pex=":frozen")
""",
    "src/cli/main.py": "print('cli')\n",
}
OPTIONS = """
[environments-preview.names]
near = "//envs:near"
far = "//envs:far"

[docker]
executable_search_paths = ["%(buildroot)s/bin"]
"""
DOCKER = """
#!/bin/sh
PATH=/usr/bin:/bin
case $1 in build) mkdir -p {kept} && cp -a . {kept}/context ;; esac
echo "Docker version 0.0.0, a stand-in"
"""
STRIP = """
#!/bin/sh
PATH=/usr/bin:/bin
mkdir -p {kept} && echo called > {kept}/strip
exec strip "$@"
"""
ENVIRONMENTS = """
local_environment(
    name="near",
    freeze_executable_search_paths=["{tools}", "/usr/bin", "/bin", "/usr/sbin", "/sbin"],
)
remote_environment(name="far", fallback_environment="near")
"""
FROZEN = "--target-type=pyinstaller_binary,cx_freeze_binary,frozen_distribution"
SINCE = ("--changed-since=main", "--changed-dependents=transitive")


def git(repository: Repository, *args: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *args], cwd=repository.root, check=True
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    repository = Repository.make(tmp_path_factory.mktemp("made") / "repository", FILES)
    root = repository.root
    options = (
        (root / "pants.toml")
        .read_text()
        .replace(
            '"pants_freeze"]',
            '"pants_freeze", "pants.backend.docker", "pants.backend.experimental.adhoc"]',
        )
    )
    # No store knows what was frozen with tools there.
    tools = f"tools-{uuid4()}"
    repository.write(
        {
            "pants.toml": options + OPTIONS,
            "bin/docker": DOCKER.format(kept=root / "kept"),
            f"{tools}/strip": STRIP.format(kept=root / "kept"),
            "envs/BUILD": ENVIRONMENTS.format(tools=root / tools),
        }
    )
    for script in ("bin/docker", f"{tools}/strip"):
        (root / script).chmod(0o755)
    git(repository, "init", "--quiet", "--initial-branch=main")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=all")
    with daemon_of(repository):
        yield repository


@pytest.fixture
def repository(made: Repository) -> Iterator[Repository]:
    """The repository as it was committed; what tests change is taken back."""
    yield made
    git(made, "reset", "--quiet", "--hard")
    git(made, "clean", "--quiet", "-d", "--force")


def append(repository: Repository, path: str, text: str = "\n") -> None:
    target = repository.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("a", encoding="utf-8") as file:
        file.write(text)


ONE, TWO = {"src/one:binary", "//:dist"}, {"src/two:binary", "//:dist"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/one/main.py", ONE),
        ("src/two/main.py", TWO),
        ("src/shared/words.py", ONE | TWO),
        ("docs/page.md", set()),
        ("notes.txt", {"//:dist"}),
        ("src/one/one.trim", ONE),
        ("src/one/hook.py", ONE),
        ("src/one/one.ico", ONE),
        ("src/one/data/a.txt", ONE),
        ("src/one/samples/a", ONE),
        ("specs/two.spec", TWO),
        ("specs/two.trim", TWO),
        ("specs/sizes/src.two.binary.json", TWO),
        # No target owns it.
        ("lists/unowned.trim", set()),
    ],
)
def test_changed_since(repository: Repository, path: str, expected: set[str]) -> None:
    append(repository, path)
    run = repository.pants(*SINCE, "filter", FROZEN, daemon=True).checked()
    assert set(run.stdout.split()) == expected


def test_a_file_that_no_target_owns_is_told(repository: Repository) -> None:
    # Pants tells it once as long as the target stays as it is.
    build = FILES["src/two/BUILD"].replace('output_path="two"', 'output_path="three"')
    repository.write({"src/two/BUILD": build})
    run = repository.pants("dependencies", "src/two:binary", daemon=True).checked()
    assert "specs/two.trim:lists" in run.stdout
    assert (
        "src/two:binary (trim): lists/unowned.trim is in no target, so `dependents` and "
        "`--changed-since` do not see its changes; write "
        '`files(name="frozen_files", sources=["unowned.trim"])` into lists/BUILD'
    ) in run.stderr


def _built(run_stderr: str) -> set[str]:
    return {line.rpartition(" ")[2] for line in run_stderr.splitlines() if "Wrote dist/" in line}


# The second link is of the program that the report on the distribution measures.
LINKED_AGAIN = {
    "Link src/one:binary",
    "Link src/one:binary to print its import times",
    "Scan the imports of src/one:binary",
}


def test_changed_since_builds_what_was_touched_only(repository: Repository) -> None:
    repository.pants("package", "//:dist", "src/one:binary", daemon=True).checked()

    def packaged() -> tuple[set[str], set[str]]:
        run = repository.pants(*SINCE, "package", daemon=True).checked()
        # That nothing is frozen is in `reuse_test.py`, which has a store of its own. Pants may
        # start a step twice, when it hears of the edit while it is at work.
        steps = {each for each in run.started() if each.startswith(("Scan", "Link"))}
        return {path.removeprefix("dist/") for path in _built(run.stderr)}, steps

    append(repository, "src/one/main.py", f"# {uuid4()}\n")
    written, steps = packaged()
    assert {"one", "set"} <= written
    assert "two" not in written
    assert steps == LINKED_AGAIN

    append(repository, "src/shared/words.py", f"# {uuid4()}\n")
    written, steps = packaged()
    assert {"one", "two", "set"} <= written
    assert steps == LINKED_AGAIN | {step.replace("src/one", "src/two") for step in LINKED_AGAIN}

    git(repository, "reset", "--quiet", "--hard")
    append(repository, "docs/page.md")
    assert packaged() == (set(), set())

    # An owner of a trim list is no input of the spec file.
    append(repository, "specs/two.trim", f"# {uuid4()}\n")
    written, steps = packaged()
    assert {"two", "set"} <= written
    assert steps == set()


def test_tailor(repository: Repository) -> None:
    repository.pants("tailor", "--check", "src/cli:", daemon=True).checked()
    repository.pants("--freeze-tailor", "tailor", "src/cli:", daemon=True).checked()
    added = (
        (repository.root / "src/cli/BUILD")
        .read_text()
        .replace(FILES["src/cli/BUILD"].removeprefix("\n"), "")
    )
    assert " ".join(added.split()) == (
        'pyinstaller_binary( name="binary", pex=":pex", ) '
        'pyinstaller_binary( name="other-binary", pex=":other", )'
    )
    repository.pants("--freeze-tailor", "tailor", "--check", "src/cli:", daemon=True).checked()


def test_defaults_parametrize_and_what_pex_binaries_generates(repository: Repository) -> None:
    run = repository.pants("peek", "src/many:", daemon=True).checked()
    found = {each["address"]: each for each in json.loads(run.stdout)}
    first = [found[f"src/many:first@layout={layout}"] for layout in ("folder", "onefile")]
    assert [(each["optimization_level"], each["layout"]) for each in first] == [
        ("low", "folder"),
        ("low", "onefile"),
    ]
    repository.pants("package", "src/many:first", "src/many:second", daemon=True).checked()
    many = Path("src.many")
    for program in ("first@layout=folder/first@layout=folder", "first@layout=onefile"):
        path = repository.root / "dist" / many / program
        assert execute(path, "a", HOME=str(repository.root)).checked().stdout == "first ['a']\n"
    second = execute(repository.program("second"), "a").checked()
    assert second.stdout == "second ['--from-overrides', 'a']\n"


def test_parametrizations_with_one_output_are_an_error(repository: Repository) -> None:
    run = repository.pants("package", "src/many:same", daemon=True)
    assert run.returncode == 1
    # One of the two is told.
    assert "InvalidTarget at src/many:same@optimization_level=" in run.stderr
    assert " would overwrite what this writes to 'same'; remove `output_path`" in run.stderr
    assert not [each for each in run.started() if each.startswith("Freeze")]


def test_archive_and_adhoc_tool(repository: Repository, tmp_path: Path) -> None:
    repository.pants("package", "src/ship:archive", daemon=True).checked()
    with tarfile.open(repository.root / "dist/src.ship/archive.tar.gz") as archive:
        archive.extractall(tmp_path)
    made = tmp_path / "src/ship/made.txt"
    assert made.read_text() == "first ['in', 'sandbox']\n"
    _check_programs(tmp_path)


def test_docker_image(repository: Repository) -> None:
    shutil.rmtree(repository.root / "kept" / "context", ignore_errors=True)
    repository.pants("package", "src/ship:image", daemon=True).checked()
    _check_programs(repository.root / "kept" / "context")


def _check_programs(folder: Path) -> None:
    many = folder / "src.many"
    programs = (
        many / "first@layout=folder" / "first@layout=folder",
        many / "first@layout=onefile",
        many / "dist-v1" / "first",
    )
    for program in programs:
        assert execute(program, "a", HOME=str(folder)).checked().stdout == "first ['a']\n"
    # A link to the executable of cx_Freeze.
    assert programs[2].is_symlink()
    assert os.access(programs[2].resolve(), os.X_OK)


def test_environment(repository: Repository) -> None:
    """A remote environment falls back on a named local one, and its options count."""
    help_of = repository.pants("help", "local_environment", daemon=True).checked().stdout
    assert "\nfreeze_executable_search_paths\n" in help_of
    repository.pants("package", "src/env:binary", daemon=True).checked()
    assert execute(repository.program("env")).checked().stdout == "env\n"
    paths = repository.pants("peek", "src/env:binary", daemon=True).checked().stdout
    assert '"environment": "far"' in paths
    assert (repository.root / "kept" / "strip").read_text() == "called\n"


def test_run_from_a_folder(repository: Repository) -> None:
    run = repository.pants("run", "src/many:second", "--", "--flag", "two words", daemon=True)
    assert run.checked().stdout == "second ['--from-overrides', '--flag', 'two words']\n"


def test_help_all_has_every_target(repository: Repository) -> None:
    run = repository.pants("help-all", daemon=True).checked()
    targets = json.loads(run.stdout)["name_to_target_type_info"]
    for name in (
        "pyinstaller_binary",
        "cx_freeze_binary",
        "nuitka_binary",
        "frozen_distribution",
    ):
        fields = {field["alias"]: field for field in targets[name]["fields"]}
        assert {"environment", "output_path"} <= fields.keys()
        assert all(field["description"] for field in fields.values())
