"""The manifest of a distribution and the report on it: every figure is that of the files on disk.

Two programs share a requirement and a third one that cannot start; one of them has a requirement
of its own, which brings native libraries and links to them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tarfile
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.foreign import Repository, Run, daemon_of, locked_version

PATHS_MAIN = f"""
import sys

import pathspec

def main():
    if "--broken" in sys.argv:
        import json
        print(json.dumps("before"))
        print("it went wrong")
        return 7
    print(pathspec.__version__)

SESSION = "{uuid.uuid4().hex}"
"""

FILES = {
    "3rdparty/pandas/BUILD": """
python_requirement(name="pandas", requirements=["pandas>=3,<4"])
""",
    "src/paths/BUILD": """
python_sources()
resources(name="data", sources=["data.txt"])
pex_binary(name="pex", entry_point="main.py:main", dependencies=[":data"])
pyinstaller_binary(
    name="binary",
    pex=":pex",
    output_path="paths",
    size_budget="2MB",
    closure_budget="40MB",
    startup_budget="20s",
    memory_budget="900MB",
    ready_arguments=["--ready"],
)
pyinstaller_binary(
    name="broken",
    pex=":pex",
    output_path="broken",
    startup_budget="1s",
    startup_arguments=["--broken", "--version"],
)
""",
    "src/paths/main.py": PATHS_MAIN,
    "src/paths/data.txt": "data\n",
    "src/figures/BUILD": """
python_sources(dependencies=["3rdparty/pandas"])
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(
    name="binary", pex=":pex", output_path="figures", hidden_imports=["numpy.linalg"]
)
""",
    # numpy is there because pandas needs it; nothing imports pandas itself.
    "src/figures/main.py": """
import numpy
import pathspec

def main():
    print(numpy.ones(3).sum(), pathspec.__version__)
""",
    "BUILD": """
files(name="docs", sources=["notes.txt", "deep/**"])
frozen_distribution(
    name="dist",
    version="1.2",
    output_path="all",
    binaries=["src/paths:binary", "src/figures:binary", "src/paths:broken"],
    files=[":docs"],
    archive="tar.gz",
)
""",
    "notes.txt": "nötes\n",
    "deep/er/empty": "",
}

FIGURES_RECORD = "specs/sizes/src.figures.binary.json"
SUFFIXES = ("html", "json", "md")
NUMPY = f"numpy=={locked_version('numpy')}"
PATHSPEC = f"pathspec=={locked_version('pathspec')}"
OWN = "first-party code"
OTHER = "distribution files"

# The manifest cannot list itself, and the sums are made of it.
NOT_LISTED = {"manifest.json", "SHA256SUMS"}

# How much smaller than it is numpy is in the record, and what the record has and the program not.
GROWN = 1234
GONE = 567


@dataclass(frozen=True)
class Built:
    """A distribution with its report and its manifest."""

    dist: Path
    run: Run
    report: dict[str, Any]
    manifest: list[dict[str, Any]]

    def component(self, name: str) -> dict[str, Any]:
        (found,) = [each for each in self.report["components"] if each["name"] == name]
        assert isinstance(found, dict)
        return found


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    made = Repository.make(tmp_path_factory.mktemp("made") / "repository", FILES)
    with daemon_of(made):
        yield made


@pytest.fixture(scope="module")
def built(repository: Repository) -> Built:
    """Packaged with a record of one program, which is not quite what it is now."""
    repository.pants("freeze-accept", "src/figures:binary", daemon=True).checked()
    record = json.loads((repository.root / FIGURES_RECORD).read_bytes())
    record["requirements"][NUMPY] -= GROWN
    record["requirements"]["gone==1.0"] = GONE
    repository.write({FIGURES_RECORD: json.dumps(record)})
    run = repository.pants("package", "//:dist", daemon=True).checked()
    dist = repository.root / "dist"
    return Built(
        dist,
        run,
        json.loads((dist / "all-report.json").read_bytes()),
        json.loads((dist / "all" / "manifest.json").read_bytes())["files"],
    )


def files_of(folder: Path) -> dict[str, os.stat_result]:
    """What lies below *folder*, but for folders; links are not followed."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in [*names, *(each for each in os.listdir(parent))]:
            path = Path(parent, name)
            if path.is_symlink() or path.is_file():
                found[path.relative_to(folder).as_posix()] = path.lstat()
    return found


def by_origin(files: Iterable[dict[str, Any]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in files:
        found[each["origin"]] += each["size"]
    return found


# --- Where it lies -------------------------------------------------------------------------------


def test_the_report_lies_beside_the_folder(built: Built) -> None:
    assert sorted(path.name for path in built.dist.iterdir()) == sorted(
        ["all", "all.tar.gz", *(f"all-report.{suffix}" for suffix in SUFFIXES)]
    )
    for suffix in SUFFIXES:
        assert f"Wrote dist/all-report.{suffix}" in built.run.stderr


def test_the_report_is_no_part_of_folder_or_archive(built: Built) -> None:
    with tarfile.open(built.dist / "all.tar.gz") as archive:
        names = [member.name for member in archive if not member.isdir()]
    in_folder = [f"all/{path}" for path in files_of(built.dist / "all")]
    assert sorted(names) == sorted(in_folder)
    assert [name for name in names if "report" in Path(name).name] == []
    assert "all/manifest.json" in names


# --- Figures -------------------------------------------------------------------------------------


def test_all_sums_are_that_of_the_files_on_disk(built: Built) -> None:
    files = files_of(built.dist / "all")
    total = sum(each.st_size for each in files.values())
    assert built.report["distribution"]["bytes"] == total
    assert {each["path"]: each["bytes"] for each in built.report["files"]} == {
        path: each.st_size for path, each in files.items()
    }
    assert sum(each["bytes"] for each in built.report["requirements"]) == total


def test_what_the_distribution_is(built: Built) -> None:
    whole = built.report["distribution"]
    archive = {"name": "all.tar.gz", "bytes": (built.dist / "all.tar.gz").stat().st_size}
    assert (whole["name"], whole["address"], whole["version"]) == ("all", "//:dist", "1.2")
    assert whole["archive"] == archive
    assert built.report["schema_version"] == 1
    names = [each["name"] for each in built.report["components"]]
    assert names == ["paths", "figures", "broken"]
    assert built.component("broken")["address"] == "src/paths:broken"
    assert {each["freezer"] for each in built.report["components"]} == {"pyinstaller"}


@pytest.mark.parametrize("name", ["paths", "figures", "broken"])
def test_the_parts_of_a_closure_are_those_of_the_manifest(built: Built, name: str) -> None:
    component = built.component(name)
    mine = [each for each in built.manifest if name in each["components"]]
    own = [each for each in mine if each["origin"] == OWN]
    exclusive = [each for each in mine if each["origin"] != OWN and each["components"] == [name]]
    assert component["closure_bytes"] == sum(each["size"] for each in mine)
    assert component["own_bytes"] == sum(each["size"] for each in own)
    assert component["exclusive_bytes"] == sum(each["size"] for each in exclusive)
    assert component["closure_bytes"] == (
        component["own_bytes"] + component["exclusive_bytes"] + component["shared_bytes"]
    )
    assert component["executable_bytes"] == (built.dist / "all" / name).stat().st_size
    assert component["shared_bytes"] > 1_000_000


def test_what_only_one_program_needs(built: Built) -> None:
    assert built.component("figures")["exclusive_bytes"] >= by_origin(built.manifest)[NUMPY]
    assert by_origin(built.manifest)[NUMPY] > 5_000_000
    # The two others are of the same code.
    assert built.component("paths")["exclusive_bytes"] == 0


def test_requirements_and_who_needs_them(built: Built) -> None:
    found = {each["label"]: each for each in built.report["requirements"]}
    expected = by_origin(built.manifest)
    expected[OTHER] += sum((built.dist / "all" / name).stat().st_size for name in NOT_LISTED)
    assert {label: each["bytes"] for label, each in found.items()} == expected
    users: dict[str, set[str]] = defaultdict(set)
    for each in built.manifest:
        users[each["origin"]].update(each["components"])
    users[OTHER] = set()
    assert {label: set(each["components"]) for label, each in found.items()} == users
    assert found[NUMPY]["components"] == ["figures"]
    assert found[PATHSPEC]["components"] == ["broken", "figures", "paths"]
    # Nothing imports it: of what is only in the closure there is the metadata.
    pandas = [each["path"] for each in built.manifest if each["origin"].startswith("pandas==")]
    assert pandas
    assert [path for path in pandas if ".dist-info/" not in path] == []
    assert sum(label.startswith("CPython ") for label in found) == 1


def test_files_of_the_report_are_those_of_the_manifest(built: Built) -> None:
    reported = {
        each["path"]: (each["bytes"], each["requirement"], each["components"])
        for each in built.report["files"]
    }
    for name in NOT_LISTED:
        size = (built.dist / "all" / name).stat().st_size
        assert reported.pop(name) == (size, OTHER, [])
    assert reported == {
        each["path"]: (each["size"], each["origin"], each["components"]) for each in built.manifest
    }


# --- Manifest ------------------------------------------------------------------------------------


def test_the_manifest_lists_every_file_but_itself_and_the_sums(built: Built) -> None:
    paths = [each["path"] for each in built.manifest]
    assert paths == sorted(set(paths))
    assert set(paths) == set(files_of(built.dist / "all")) - NOT_LISTED


def test_the_manifest_describes_every_file(built: Built) -> None:
    folder = built.dist / "all"
    wrong = []
    for each in built.manifest:
        path = folder / each["path"]
        found = path.lstat()
        if path.is_symlink():
            expected = {"mode": "link", "link": os.readlink(path)}
        else:
            expected = {
                "mode": "0755" if found.st_mode & stat.S_IXUSR else "0644",
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
        told = {name: each[name] for name in ("mode", "link", "sha256") if name in each}
        if (each["size"], told) != (found.st_size, expected):
            wrong.append(each)
    assert wrong == []


def test_links_are_among_them(built: Built) -> None:
    """Else the test above does not show that they are described."""
    links = [each for each in built.manifest if each["mode"] == "link"]
    assert links
    for each in links:
        target = Path(built.dist / "all" / each["path"]).parent / each["link"]
        assert target.is_file()
        assert each["size"] == len(os.fsencode(each["link"]))


def test_the_manifest_tells_where_files_come_from(built: Built) -> None:
    files = {each["path"]: each for each in built.manifest}
    runtime = {path.partition("runtime/")[2]: each for path, each in files.items()}
    assert (files["figures"]["origin"], files["figures"]["components"]) == (OWN, ["figures"])
    assert files["figures"]["mode"] == "0755"
    assert runtime["numpy/__init__.pyc"]["origin"] == NUMPY
    assert runtime["numpy/__init__.pyc"]["components"] == ["figures"]
    assert runtime["pathspec/__init__.pyc"]["origin"] == PATHSPEC
    assert runtime["pathspec/__init__.pyc"]["components"] == ["broken", "figures", "paths"]
    assert runtime["paths/data.txt"]["origin"] == OWN
    assert runtime["paths/data.txt"]["components"] == ["broken", "paths"]
    for path in (
        "notes.txt",
        "deep/er/empty",
        "requirements.txt",
        "requirements/paths.txt",
        "sbom.cdx.json",
    ):
        assert (files[path]["origin"], files[path]["components"]) == (OTHER, [])
    assert files["deep/er/empty"]["size"] == 0


# --- Budgets, changes, measurements --------------------------------------------------------------


def test_budgets_and_what_is_used_of_them(built: Built) -> None:
    paths = built.component("paths")
    (start,) = paths["starts"][1:]
    assert paths["budgets"] == [
        {"field": field, "unit": unit, "limit": limit, "value": value}
        for field, unit, limit, value in (
            ("size_budget", "bytes", 2_000_000, paths["executable_bytes"]),
            ("closure_budget", "bytes", 40_000_000, paths["closure_bytes"]),
            ("startup_budget", "seconds", 20.0, start["seconds"]),
            ("memory_budget", "bytes", 900_000_000, start["peak_bytes"]),
        )
    ]
    assert built.component("figures")["budgets"] == []


def test_what_has_changed_since_the_record(built: Built) -> None:
    assert built.component("figures")["change"] == {
        "executable_bytes": 0,
        "closure_bytes": GROWN - GONE,
        "requirements": {"numpy": GROWN, "gone": -GONE},
    }
    # Largest first.
    assert list(built.component("figures")["change"]["requirements"]) == ["numpy", "gone"]
    assert built.component("paths")["change"] is None


@pytest.mark.parametrize(
    ("name", "starts"), [("paths", ["--version", "--ready"]), ("figures", ["--version"])]
)
def test_starts_are_measured(built: Built, name: str, starts: list[str]) -> None:
    measured = built.component(name)["starts"]
    assert [each["what"] for each in measured] == starts
    for each in measured:
        assert each["problem"] == ""
        assert each["runs"] >= 5
        assert 0.005 < each["fastest_seconds"] <= each["seconds"] < 60
        assert 3e6 < each["peak_bytes"] < 1e9
    assert built.report["machine"]["cpus"] == os.cpu_count()
    assert (built.report["machine"]["system"], built.report["machine"]["machine"]) == (
        os.uname().sysname,
        os.uname().machine,
    )


def test_a_program_that_cannot_start_is_told_and_no_failure(built: Built) -> None:
    broken = built.component("broken")
    assert broken["starts"] == [
        {
            "what": "--broken --version",
            "seconds": 0.0,
            "fastest_seconds": 0.0,
            "peak_bytes": 0,
            "runs": 0,
            "problem": 'it ended with status 7\n  "before"\n  it went wrong',
        }
    ]
    assert broken["imports"] == []
    (budget,) = broken["budgets"]
    assert (budget["field"], budget["limit"], budget["value"]) == ("startup_budget", 1.0, None)


def flat(tree: list[dict[str, Any]], parents: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Each import, with those that it is for before it."""
    for each in tree:
        assert each["microseconds"] >= 0
        path = (*parents, each["name"])
        yield path
        yield from flat(each["imports"], path)


def test_imports_are_those_of_the_program(built: Built) -> None:
    paths = list(flat(built.component("paths")["imports"]))
    figures = list(flat(built.component("figures")["imports"]))
    assert {"paths.main", "pathspec"} <= {path[-1] for path in paths}
    assert {"figures.main", "numpy", "pathspec"} <= {path[-1] for path in figures}
    assert "numpy" not in {path[-1] for path in paths}
    # What the program imports is for it, and what that imports in turn is below.
    assert any(path[-2:] == ("figures.main", "numpy") for path in figures)
    assert any("numpy" in path[:-1] and path[-1].startswith("numpy.") for path in figures)


def test_steps_of_the_build_are_measured(built: Built) -> None:
    for component in built.report["components"]:
        steps = {each["step"]: each for each in component["steps"]}
        assert len(steps) == len(component["steps"]) == 3
        for each in steps.values():
            assert each["seconds"] > 0
            assert each["peak_bytes"] > 1e6


# --- For people ----------------------------------------------------------------------------------


def test_the_summary_has_what_the_report_has(built: Built) -> None:
    text = (built.dist / "all-report.md").read_text(encoding="utf-8")
    title, *lines = text.splitlines()
    megabytes = built.report["distribution"]["bytes"] / 1e6
    assert title.startswith(f"### all: {megabytes:.1f} MB, archive ")
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    rows = {row[0]: row[1:] for row in cells if row}
    assert rows["component"] == ["executable", "closure", "budget", "change", "start", "memory"]
    figures = built.component("figures")
    assert rows["figures"][:4] == [
        f"{figures['executable_bytes'] / 1e3:.1f} kB",
        f"{figures['closure_bytes'] / 1e6:.1f} MB",
        "none",
        f"+{GROWN - GONE} B",
    ]
    assert rows["figures"][4].split()[1] in ("ms", "s")
    assert rows["broken"][4:] == ["not measured", "not measured"]
    assert rows["paths"][3] == "no record"
    size = f"{by_origin(built.manifest)[NUMPY] / 1e6:.1f} MB"
    assert rows[NUMPY] == [size, "figures"]
    assert "figures since the accepted record: numpy +1.2 kB, gone -567 B" in lines


def test_the_page_has_the_report_and_needs_no_network(built: Built) -> None:
    text = (built.dist / "all-report.html").read_text(encoding="utf-8")
    begin = text.index('{"schema_version":')
    assert json.JSONDecoder().raw_decode(text[begin:])[0] == built.report
    assert '<script src="' not in text
    assert '<link rel="stylesheet" href="' not in text
    assert "Plotly" in text


# --- Again ---------------------------------------------------------------------------------------


def test_built_again_it_has_the_same_manifest(repository: Repository, built: Built) -> None:
    """Times and memory differ from one build to the next; what is built does not."""
    manifest = (built.dist / "all" / "manifest.json").read_bytes()
    digest = hashlib.sha256((built.dist / "all.tar.gz").read_bytes()).digest()
    shutil.rmtree(built.dist)
    run = repository.pants("--no-local-cache", "package", "//:dist").checked()
    assert any(each.startswith("Freeze ") for each in run.started()), run.stderr
    assert (built.dist / "all" / "manifest.json").read_bytes() == manifest
    assert hashlib.sha256((built.dist / "all.tar.gz").read_bytes()).digest() == digest
    again = json.loads((built.dist / "all-report.json").read_bytes())
    for name in ("distribution", "files", "requirements"):
        assert again[name] == built.report[name]
