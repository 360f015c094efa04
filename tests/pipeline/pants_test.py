"""What Pants does with any target, it does with frozen ones: `tailor`, `run`, `peek`, `help-all`,
defaults, `parametrize`, images, archives, tests, tools, environments and `--changed-since`."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import tarfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pipeline.foreign import Repository, Run, daemon_of, execute

# There is no engine here. This says that it has built what it was given, and keeps that.
DOCKER = """
#!/bin/sh
if [ "$1" = build ]; then
  "{tar}" -cf "{recorded}" .
  echo "Successfully built 0123456789ab"
else
  echo "Docker version 24.0.0, build 0"
fi
"""
# Tells that it was run, which shows where the system's programs were looked for.
STRIP = """
#!/bin/sh
echo strip >> "{log}"
exec "{strip}" "$@"
"""
ENVIRONMENTS = ("local", "macos", "docker", "remote")
TOOLS = ("ldd", "ldconfig", "objdump", "strip")

OPTIONS = """
[environments-preview.names]
local = "//:local"
macos = "//:macos"
docker = "//:docker"
remote = "//:remote"

[docker]
executable_search_paths = ["{tools}"]

[freeze]
tailor = true

[pytest]
install_from_resolve = "other"
requirements = ["//3rdparty:pytest@resolve=other"]
"""

MAIN = """
import json
import os
import sys

from shared import words

def main():
    print(json.dumps(["{name}", sys.argv[1:], words.WORD, os.getcwd()]))
"""

FILES = {
    "BUILD": """
__defaults__({(pyinstaller_binary, cx_freeze_binary): dict(startup_arguments=[])})

local_environment(name="local")
local_environment(
    name="macos", compatible_platforms=["macos_arm64"], fallback_environment="local"
)
docker_environment(
    name="docker", platform="linux_arm64", image="none", fallback_environment="local"
)
remote_environment(name="remote", fallback_environment="local")

files(name="docs", sources=["docs/*.md"])
frozen_distribution(
    name="dist",
    version="1.0",
    binaries=["src/second:binary"],
    launcher="src/app:binary",
    files=[":docs"],
    output_path="both",
    archive="none",
)
docker_image(
    name="image",
    dependencies=["src/app:binary", "src/app:onefile", "src/second:cx", ":dist"],
    instructions=["FROM scratch", "COPY app /app"],
)
archive(
    name="archive",
    packages=["src/app:binary", "src/app:onefile", "src/second:cx", ":dist"],
    format="tar",
    output_path="all.tar",
)
""",
    "docs/guide.md": "Read me.\n",
    ".gitignore": "/.pants.d/\n/.pids/\n/dist/\n__pycache__/\n",
    "src/shared/BUILD": "python_sources()\n",
    "src/shared/words.py": "WORD = 'word'\n",
    "src/app/BUILD": """
python_sources(sources=["main.py"])
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(
    name="binary",
    pex=":pex",
    output_path="app",
    trim=["//specs/app.trim"],
    runtime_hooks=["hooks/hello.py"],
    datas=["data/*.txt:data"],
    exercise_files=[":sample"],
    exercises=["x"],
)
pyinstaller_binary(
    name="onefile",
    pex=":pex",
    output_path="one/app",
    layout="onefile",
    compression="none",
    trim=["//specs/app.trim"],
    runtime_hooks=["hooks/hello.py"],
    datas=["data/*.txt:data"],
)
python_sources(name="hooks", sources=["hooks/*.py"])
files(name="data", sources=["data/*.txt"])
files(name="sample", sources=["sample.txt"])

adhoc_tool(name="tool", runnable=":binary", args=["by a tool"], stdout="tool.json")
shell_command(
    name="shell",
    command="onefile 'by a shell' > shell.json && dist of a distribution > dist.json",
    runnable_dependencies=[":onefile", "//:dist"],
    output_files=["shell.json", "dist.json"],
)
python_tests(
    name="tests",
    runtime_package_dependencies=[":binary", ":onefile", "//:dist"],
    dependencies=[":tool", ":shell"],
    resolve="other",
)
""",
    "src/app/main.py": MAIN.replace("{name}", "app"),
    "src/app/hooks/hello.py": "",
    "src/app/data/a.txt": "a",
    "src/app/sample.txt": "sample",
    "src/app/app_test.py": """
import json
import os
import subprocess

def ran(*command):
    return json.loads(subprocess.run(command, capture_output=True, check=True, env={}).stdout)[:3]

def test_packages(tmp_path):
    for program in ("app/app", "one/app", "both/app"):
        assert ran(os.path.abspath(program), "x") == ["app", ["x"], "word"]
    assert ran(os.path.abspath("both/second")) == ["second", [], "word"]

def test_what_tools_made():
    made = []
    for name in ("tool", "shell", "dist"):
        with open(f"src/app/{name}.json", encoding="utf-8") as file:
            made.append(json.load(file)[1])
    assert made == [["by a tool"], ["by a shell"], ["of", "a", "distribution"]]
""",
    "src/second/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="second")
cx_freeze_binary(name="cx", pex=":pex", output_path="cx/second")
nuitka_binary(name="nuitka", pex=":pex", output_path="nuitka/second")
""",
    "src/second/main.py": MAIN.replace("{name}", "second"),
    "specs/BUILD": 'files(name="lists", sources=["*.trim", "sizes/*.json"])\n',
    "specs/app.trim": "drop module unittest  # no tests\n",
}

TARGETS = ("pyinstaller_binary", "cx_freeze_binary", "nuitka_binary", "frozen_distribution")
KINDS = f"--filter-target-type={','.join(TARGETS)}"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    root = tmp_path_factory.mktemp("made") / "repository"
    tools = tools_of(root)
    made = Repository.make(root, FILES)
    options = (root / "pants.toml").read_text(encoding="utf-8")
    backends = '"pants.backend.docker", "pants.backend.experimental.adhoc", "pants.backend.shell"'
    options = options.replace('"pants_freeze"]', f'"pants_freeze", {backends}]')
    made.write({"pants.toml": options + OPTIONS.format(tools=tools)})
    write_tools(tools)
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root)
    with daemon_of(made):
        yield made


def tools_of(root: Path) -> Path:
    """The folder of programs that stand in for those of the system, for the repository *root*."""
    return root.parent / "tools"


def write_tools(folder: Path) -> None:
    path = os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/sbin"))
    programs = {name: shutil.which(name, path=path) for name in TOOLS}
    written = {
        "docker": DOCKER.format(recorded=folder / "context.tar", tar=shutil.which("tar")),
        "strip": STRIP.format(log=folder / "log", strip=programs["strip"]),
    }
    folder.mkdir()
    for name, program in programs.items():
        assert program, f"{name} is not installed"
        if name not in written:
            (folder / name).symlink_to(program)
    for name, text in written.items():
        (folder / name).write_text(text.lstrip(), encoding="utf-8")
        (folder / name).chmod(0o755)


def git(root: Path, *args: str) -> None:
    run = subprocess.run(["git", *args], cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "work")


@contextlib.contextmanager
def edited(repository: Repository, files: Mapping[str, str]) -> Iterator[None]:
    """*files*, path -> text, are written, and all is as it was committed after that."""
    try:
        repository.write(files)
        yield
    finally:
        git(repository.root, "checkout", "--quiet", "--force", "main")
        git(repository.root, "clean", "--quiet", "--force", "-d")


def test_run_in_a_folder(repository: Repository) -> None:
    """Addresses are relative to it; the program runs at the root, as others of Pants do."""
    within = ("sh", "-c", 'cd src/app && exec ../../"$@"', "sh")
    for target in (":binary", ":onefile"):
        run = repository.pants("run", target, "--", "a b", "-c", daemon=True, within=within)
        expected = ["app", ["a b", "-c"], "word", str(repository.root)]
        assert json.loads(run.checked().stdout) == expected


def test_peek(repository: Repository) -> None:
    run = repository.pants(
        "peek", "src/app:binary", "src/second:cx", "src/second:nuitka", "//:dist", daemon=True
    ).checked()
    found = {each["address"]: each for each in json.loads(run.stdout)}
    assert {each["target_type"] for each in found.values()} == set(TARGETS)
    assert found["src/app:binary"]["pex"] == ":pex"
    assert found["//:dist"]["launcher"] == "src/app:binary"
    assert found["src/app:binary"]["dependencies"] == [
        "specs/app.trim:lists",
        "src/app:pex",
        "src/app/data/a.txt:../data",
        "src/app/hooks/hello.py:../hooks",
        "src/app/sample.txt:sample",
    ]
    # Of `__defaults__`, which does not name the last.
    assert found["src/app:binary"]["startup_arguments"] == []
    assert found["src/second:cx"]["startup_arguments"] == []
    assert found["src/second:nuitka"]["startup_arguments"] == ["--version"]


def test_help_all(repository: Repository) -> None:
    run = repository.pants("help-all", daemon=True).checked()
    info = json.loads(run.stdout)["name_to_target_type_info"]
    for target in TARGETS:
        fields = {each["alias"]: each for each in info[target]["fields"]}
        assert {"output_path", "environment", "dependencies"} <= set(fields)
        assert all(each["description"] for each in fields.values())


def test_dependencies_of_a_program(repository: Repository) -> None:
    run = repository.pants("dependencies", "src/app:binary", "//:dist", daemon=True).checked()
    assert {"src/app:pex", "src/app/sample.txt:sample", "src/second:binary"} <= set(
        run.stdout.splitlines()
    )


def test_packages_in_an_image_and_in_an_archive(repository: Repository) -> None:
    """Nothing else is in there, above all no PEX, and all is as it is in `dist`."""
    packages = ("src/app:binary", "src/app:onefile", "src/second:cx", "//:dist")
    repository.pants("package", "//:image", *packages, daemon=True).checked()
    # By itself: `tar` fails if Pants links a large file of the archive elsewhere meanwhile
    # (https://github.com/pantsbuild/pants/issues/19740).
    repository.pants("package", "//:archive", daemon=True).checked()
    dist = repository.root / "dist"
    expected = {
        path: what
        for path, what in listing(dist).items()
        if path.split("/")[0] in ("app", "one", "cx", "both")
    }
    assert expected["cx/second/second"] == "link to runtime/second.bin"
    assert expected["app/app"].startswith("executable")
    for archive in (tools_of(repository.root) / "context.tar", dist / "all.tar"):
        unpacked = repository.root.parent / archive.stem
        with tarfile.open(archive) as file:
            file.extractall(unpacked)
        found = listing(unpacked)
        for path in ("both-report.html", "both-report.json", "both-report.md"):
            assert found.pop(path), f"{path} is not in {archive}"
        assert [path for path in found if path not in expected] in (
            [],
            ["src.Dockerfile.image"],
            ["Dockerfile.image"],
        )
        assert {path: found.get(path) for path in expected} == expected
        for program, name in (
            ("app/app", "app"),
            ("one/app", "app"),
            ("cx/second/second", "second"),
        ):
            home = str(repository.root.parent)
            run = execute(unpacked / program, "x", HOME=home).checked()
            assert json.loads(run.stdout)[:3] == [name, ["x"], "word"]


def listing(folder: Path) -> dict[str, str]:
    """Path below *folder* -> what is there."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.is_file():
            mode = "executable" if path.stat().st_mode & stat.S_IXUSR else "file"
            found[name] = f"{mode} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return found


def test_programs_in_tests_and_tools(repository: Repository) -> None:
    run = repository.pants("test", "--output=all", "src/app:tests", daemon=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "2 passed" in run.stderr


def test_parametrize_and_generated_pexes(repository: Repository) -> None:
    """Each has a name of its own by default; an override of `pex_binaries` counts."""
    targets = {
        "src/many/BUILD": """
python_sources()
pex_binaries(
    name="pexes",
    entry_points=["one.py", "two.py"],
    overrides={"two.py": dict(args=["overridden"])},
)
pyinstaller_binary(
    name="one", pex=":pexes#one.py", optimization_level=parametrize("low", "high")
)
pyinstaller_binary(
    name="two",
    pex="src/many:pexes#two.py",
    optimization_level="low",
    layout=parametrize("folder", "onefile"),
)
""",
        "src/many/one.py": "import sys\nprint(__debug__, sys.argv[1:])\n",
        "src/many/two.py": "import sys\nprint(__debug__, sys.argv[1:])\n",
    }
    with edited(repository, targets):
        repository.pants("package", "src/many:one", "src/many:two", daemon=True).checked()
        printed = {
            name: execute(
                repository.root / "dist" / "src.many" / name, HOME=str(repository.root.parent)
            )
            .checked()
            .stdout
            for name in (
                "one@optimization_level=low/one@optimization_level=low",
                "one@optimization_level=high/one@optimization_level=high",
                "two@layout=folder/two@layout=folder",
                "two@layout=onefile",
            )
        }
    assert list(printed.values()) == [
        "True []\n",
        "False []\n",
        "True ['overridden']\n",
        "True ['overridden']\n",
    ]


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (
            'pyinstaller_binary(name="a", pex="src/second:pex", output_path="x",'
            ' layout="onefile", compression=parametrize("lzma", "zstd"))\n',
            (
                "InvalidTarget at src/same:a@compression=lzma (output_path): it is 'x', and "
                "src/same:a@compression=zstd writes 'x' too",
                "InvalidTarget at src/same:a@compression=zstd (output_path): it is 'x', and "
                "src/same:a@compression=lzma writes 'x' too",
            ),
        ),
        (
            'pyinstaller_binary(name="a", pex="src/second:pex", output_path="x")\n'
            'frozen_distribution(name="b", version="1", binaries=[":a"], output_path="x/y")\n',
            (
                "InvalidTarget at src/same:a (output_path): it is 'x', and src/same:b writes "
                "'x/y', and one lies in the other",
                "InvalidTarget at src/same:b (output_path): it is 'x/y', and src/same:a writes "
                "'x', and one lies in the other",
            ),
        ),
    ],
    ids=["parametrized", "nested"],
)
def test_two_targets_with_one_output_path(
    repository: Repository, build: str, told: tuple[str, str]
) -> None:
    """Either may be the one that the error is about."""
    with edited(repository, {"src/same/BUILD": build}):
        run = repository.pants("package", "src/same::", daemon=True)
    assert run.returncode == 1
    assert any(each in run.stderr for each in told)
    assert run.started() == []
    assert "Traceback" not in run.stderr


def test_environment(repository: Repository) -> None:
    """What is fallen back to is the environment `local`, in which all else was built."""
    targets = "".join(
        f'pyinstaller_binary(name="{name}", pex="src/second:pex", environment="{name}")\n'
        for name in ENVIRONMENTS
    )
    with edited(repository, {"src/envs/BUILD": targets}):
        run = repository.pants("package", "src/envs::", daemon=True).checked()
    assert not [each for each in run.started() if each.startswith("Freeze")]
    for name in ENVIRONMENTS:
        program = repository.program(f"src.envs/{name}", name)
        assert json.loads(execute(program).checked().stdout)[0] == "second"


def test_tools_of_an_environment(repository: Repository) -> None:
    """A program is built in the environment of its target, in a distribution too."""
    # Where no run before has found them, or its results would be taken from the cache.
    tools = repository.root.parent / uuid.uuid4().hex
    write_tools(tools)
    program = 'pyinstaller_binary(name="{}", pex="src/second:pex", environment="remote")\n'
    bundle = 'frozen_distribution(name="b", version="1", binaries=[":a"], archive="none")\n'
    local = 'local_environment(name="local")'
    for folder, is_there in ((tools, True), (tools / "nowhere", False)):
        fields = f'freeze_executable_search_paths=["{folder}"]'
        files = {
            "BUILD": FILES["BUILD"].replace(local, f'local_environment(name="local", {fields})'),
            "src/envs/BUILD": program.format("a") + bundle,
        }
        with edited(repository, files):
            run = repository.pants("package", "src/envs:b", daemon=True)
        assert (run.returncode == 0) == is_there, run.stderr
        assert "Traceback" not in run.stderr
        assert is_there or f"{folder}" in run.stderr
    assert (tools / "log").read_text(encoding="utf-8").startswith("strip")


def test_environment_that_is_not_there(repository: Repository) -> None:
    build = 'pyinstaller_binary(name="a", pex="src/second:pex", environment="nowhere")\n'
    with edited(repository, {"src/envs/BUILD": build}):
        run = repository.pants("package", "src/envs::", daemon=True)
    assert run.returncode == 1
    assert "`environment` field from the target src/envs:a" in run.stderr


def test_fields_of_environments(repository: Repository) -> None:
    for target in ("local_environment", "docker_environment", "remote_environment"):
        run = repository.pants("help", target, daemon=True).checked()
        assert "freeze_executable_search_paths" in run.stdout.splitlines()


APP = {"src/app:binary", "src/app:onefile", "//:dist"}
SECOND = {"src/second:binary", "src/second:cx", "src/second:nuitka", "//:dist"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/app/main.py", APP),
        ("src/second/main.py", SECOND),
        ("src/shared/words.py", APP | SECOND),
        ("specs/app.trim", APP),
        ("src/app/hooks/hello.py", APP),
        ("src/app/data/a.txt", APP),
        ("src/app/sample.txt", {"src/app:binary", "//:dist"}),
        ("specs/sizes/src.app.binary.json", {"src/app:binary", "//:dist"}),
        ("docs/guide.md", {"//:dist"}),
        ("docs/notes.txt", set()),
    ],
)
def test_what_changed(repository: Repository, path: str, expected: set[str]) -> None:
    with edited(repository, {path: "# changed\n"}):
        run = repository.pants(
            "--changed-since=main", "--changed-dependents=transitive", KINDS, "list", daemon=True
        ).checked()
    assert set(run.stdout.splitlines()) == expected


def test_what_changed_is_packaged(repository: Repository) -> None:
    """On a branch; what did not change is not linked again, and nothing is frozen again."""
    kinds = "--filter-target-type=pyinstaller_binary,frozen_distribution"
    command = ("--changed-since=main", "--changed-dependents=transitive", kinds, "package")
    # Nothing that a run before has linked.
    word = uuid.uuid4().hex
    text = FILES["src/app/main.py"] + f"\nCHANGED = '{word}'\n"
    with edited(repository, {}):
        git(repository.root, "checkout", "--quiet", "-B", "work")
        repository.write({"src/app/main.py": text})
        commit(repository.root)
        one = repository.pants(*command, daemon=True).checked()
        repository.write({"src/shared/words.py": f"WORD = '{word}'\n"})
        commit(repository.root)
        both = repository.pants(*command, daemon=True).checked()
        git(repository.root, "checkout", "--quiet", "-B", "work", "main")
        repository.write({"docs/notes.txt": "Notes.\n"})
        commit(repository.root)
        none = repository.pants(*command, daemon=True).checked()
    app = ["Link src/app:binary", "Link src/app:onefile"]
    assert [each for each in one.started() if "Link" in each] == app
    assert [each for each in both.started() if "Link" in each] == [*app, "Link src/second:binary"]
    assert wrote(one) == {"app", "one/app", "both", *REPORTS}
    assert wrote(both) == {"app", "one/app", "second", "both", *REPORTS}
    assert not [each for run in (one, both) for each in run.started() if "Freeze" in each]
    assert none.started() == []
    assert wrote(none) == set()
    assert json.loads(execute(repository.program("both", "second")).checked().stdout)[2] == word


REPORTS = {f"both-report.{suffix}" for suffix in ("html", "json", "md")}


def wrote(run: Run) -> set[str]:
    """What a run says that it wrote into `dist`."""
    return set(re.findall(r"\bWrote dist/(\S+)", run.stderr))


@pytest.mark.parametrize("behaviour", ["warning", "error", "ignore"])
def test_file_that_no_target_owns(repository: Repository, behaviour: str) -> None:
    told = (
        "UnownedFiles at src/app:binary (trim): no target owns specs/app.trim, so "
        "`--changed-since` does not see its changes; write "
        '`files(name="files", sources=["app.trim"])` into specs/BUILD'
    )
    with edited(repository, {"specs/BUILD": ""}):
        run = repository.pants(
            f"--freeze-unowned-files={behaviour}", "dependencies", "src/app:binary", daemon=True
        )
    assert run.returncode == (behaviour == "error")
    assert (told in run.stderr) == (behaviour != "ignore")


def test_tailor(repository: Repository) -> None:
    files = {
        "src/new/BUILD": 'python_sources()\npex_binary(name="pex", entry_point="a.py:main")\n',
        "src/new/a.py": "def main():\n    print('new')\n",
        "src/new/b.py": "if __name__ == '__main__':\n    print('b')\n",
    }
    with edited(repository, files):
        off = repository.pants("--no-freeze-tailor", "tailor", "src/new::", daemon=True).checked()
        # It adds a `pex_binary`, too, which is there for the next one.
        tailor = ("--python-tailor-pex-binary-targets", "tailor", "src::")
        first, second, third = (repository.pants(*tailor, daemon=True).checked() for _ in range(3))
        build = (repository.root / "src/new/BUILD").read_text(encoding="utf-8")
        run = repository.pants("run", "src/new:binary", daemon=True).checked()
    assert "pyinstaller_binary" not in off.stdout
    updated = "Updated src/new/BUILD:\n"
    assert first.stdout == (
        f"{updated}  - Add pex_binary target b\n  - Add pyinstaller_binary target binary\n"
    )
    assert second.stdout == f"{updated}  - Add pyinstaller_binary target b_binary\n"
    assert third.stdout == ""
    assert run.stdout == "new\n"
    assert (
        """
pyinstaller_binary(
    name="binary",
    pex=":pex",
)
"""
        in build
    )
