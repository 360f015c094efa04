"""Budgets, accepted sizes, and the goals that explain a closure: what `package`, `test`,
`freeze-accept`, `freeze-why` and `closure` say of one program.

One program is behind all targets, so little is frozen; its code is new in each session, so that
its starts are really measured and not taken from a cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.foreign import Repository, Run, daemon_of, locked_version

MAIN = f"""
import sys
import time

import pathspec

from app import words

def main():
    if "--slow" in sys.argv:
        time.sleep(0.5)
    if "--large" in sys.argv:
        block = b"x" * 90_000_000
    if "--serve" in sys.argv:
        print("first", flush=True)
        print("listening on 8000", flush=True)
        time.sleep(3600)
    print(words.WORD, pathspec.__version__)

SESSION = "{uuid.uuid4().hex}"
"""

PANDAS = MAIN.replace("import pathspec\n", "import pandas\nimport pathspec\n")
PANDAS_LINE = PANDAS.removeprefix("\n").splitlines().index("import pandas") + 1

# Its digits take half a byte each where it is compressed.
BIG = f'DIGITS = "{random.Random(1).randbytes(300_000).hex()}"\n'

FILES = {
    # The lockfile holds it; the repositories of the other tests need it not.
    "3rdparty/pandas/BUILD": """
python_requirement(name="pandas", requirements=["pandas>=3,<4"])
""",
    "src/app/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")

pyinstaller_binary(
    name="binary",
    pex=":pex",
    output_path="app",
    size_budget="2MB",
    closure_budget="40MB",
)
pyinstaller_binary(name="free", pex=":pex", output_path="free")
pyinstaller_binary(
    name="kept",
    pex=":pex",
    output_path="kept",
    startup_budget="20s",
    memory_budget="60 MB",
)
pyinstaller_binary(
    name="server",
    pex=":pex",
    output_path="serves-for-ever",
    startup_budget="20s",
    memory_budget="60MB",
    ready_arguments=["--serve"],
    ready_marker="listening on",
)
pyinstaller_binary(
    name="slow",
    pex=":pex",
    output_path="slow",
    startup_budget="400ms",
    memory_budget="60MB",
    startup_arguments=["--slow"],
)
pyinstaller_binary(
    name="large",
    pex=":pex",
    output_path="large",
    startup_budget="20s",
    memory_budget="0.06GB",
    startup_arguments=["--large"],
)
pyinstaller_binary(
    name="unmarked",
    pex=":pex",
    output_path="unmarked",
    startup_budget="20s",
    ready_marker="never printed",
)
""",
    "src/app/main.py": MAIN,
    "src/app/words.py": "WORD = 'word'\n",
    "src/big/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(
    name="binary", pex=":pex", output_path="big", size_budget="200kB", closure_budget="40MB"
)
""",
    "src/big/main.py": "from big import digits\n\ndef main():\n    print(len(digits.DIGITS))\n",
    "src/big/digits.py": BIG,
    "src/unmeasured/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(
    name="binary", pex=":pex", output_path="unmeasured", startup_budget="1s", startup_arguments=[]
)
""",
    "src/unmeasured/main.py": "def main():\n    print('never run')\n",
}

APP = "src/app:binary"
RECORD = "specs/sizes/src.app.binary.json"
HEADER = ["component", "executable", "closure", "budget", "change"]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    made = Repository.make(tmp_path_factory.mktemp("made") / "repository", FILES)
    with daemon_of(made):
        yield made


@pytest.fixture(scope="module")
def packaged(repository: Repository) -> Run:
    """The program, packaged within its budgets and without a record."""
    return repository.pants("package", APP, "src/app:free", daemon=True).checked()


@pytest.fixture(scope="module")
def record(repository: Repository, packaged: Run) -> bytes:
    """The record of the program, accepted after it was packaged."""
    path = repository.root / RECORD
    assert not path.exists()
    run = repository.pants("freeze-accept", APP, daemon=True).checked()
    assert run.stdout == f"Wrote {RECORD}\n"
    return path.read_bytes()


def tree(folder: Path) -> dict[str, tuple[int, str]]:
    """Time of change and content of each file below *folder*."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def size(text: str) -> float:
    """The bytes that people are told as *text*: "168.4 kB"."""
    number, unit = text.split()
    return float(number) * {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]


def rows(run: Run) -> dict[str, list[str]]:
    """The table at the end of a run: component -> its other columns. There is one only."""
    lines = run.stderr.splitlines()
    (start,) = [number for number, line in enumerate(lines) if line.split() == HEADER]
    table = {}
    for line in lines[start + 1 :]:
        cells = re.split(r" {2,}", line.strip())
        if len(cells) != len(HEADER):
            break
        table[cells[0]] = cells[1:]
    return table


def manifest(repository: Repository, folder: str = "app") -> list[dict[str, Any]]:
    content = json.loads((repository.root / "dist" / folder / "manifest.json").read_bytes())
    files = content["files"]
    assert isinstance(files, list)
    return files


def sums(files: list[dict[str, Any]]) -> Counter[str]:
    """Bytes of the program by what they come from; lists and documentation are no part of it."""
    found: Counter[str] = Counter()
    for each in files:
        if each["components"]:
            found[each["origin"]] += each["size"]
    return found


# --- Budgets of size -----------------------------------------------------------------------------


def test_a_package_within_its_budgets_ends_with_a_table(
    repository: Repository, packaged: Run
) -> None:
    table = rows(packaged)
    assert sorted(table) == ["app", "free"]
    closure = sum(sums(manifest(repository)).values())
    executable, told, budget, change = table["app"]
    assert size(executable) == pytest.approx(
        repository.program("app").stat().st_size, rel=0.001, abs=60
    )
    assert size(told) == pytest.approx(closure, rel=0.01)
    # The one that is used most.
    assert budget == f"{100 * closure / 40e6:.0f} % of closure_budget"
    assert change == "no record"
    assert table["free"][2:] == ["none", "no record"]
    before, _, after = packaged.stderr.partition("Frozen programs:\n")
    assert "Wrote dist/app" in before
    assert "Wrote dist/" not in after


def test_a_record_is_text_to_review(repository: Repository, record: bytes) -> None:
    content = json.loads(record)
    assert content == {
        "executable_bytes": repository.program("app").stat().st_size,
        "requirements": dict(sums(manifest(repository))),
    }
    assert list(content["requirements"]) == sorted(content["requirements"])
    # One requirement a line, with a line to end it, as reviews like it.
    assert len(record.splitlines()) == len(content["requirements"]) + 5
    assert record.endswith(b"}\n")


def test_a_record_that_is_written_again_is_the_same(repository: Repository, record: bytes) -> None:
    repository.pants("freeze-accept", APP, daemon=True).checked()
    assert (repository.root / RECORD).read_bytes() == record


def test_after_accepting_nothing_has_changed(repository: Repository, record: bytes) -> None:
    run = repository.pants("package", APP, daemon=True).checked()
    assert rows(run)["app"][3] == "+0 B"


@pytest.fixture(scope="module")
def with_pandas(
    repository: Repository, record: bytes
) -> tuple[Run, dict[str, tuple[int, str]], dict[str, tuple[int, str]]]:
    """The program that has just begun to import pandas; and what was in dist before and after."""
    dist = repository.root / "dist"
    before = tree(dist)
    repository.write({"src/app/main.py": PANDAS})
    run = repository.pants("package", APP, daemon=True)
    repository.write({"src/app/main.py": MAIN})
    return run, before, tree(dist)


def test_the_message_of_an_exceeded_budget_names_what_grew(
    with_pandas: tuple[Run, dict[str, tuple[int, str]], dict[str, tuple[int, str]]],
) -> None:
    run = with_pandas[0]
    assert run.returncode == 1
    assert f"BudgetExceeded at {APP} (closure_budget): the closure has " in run.stderr
    assert "more than the 40.0 MB that are allowed" in run.stderr
    assert f"since {RECORD}; what grew:" in run.stderr
    place = f"app/main.py:{PANDAS_LINE}"
    pandas = f"pandas=={locked_version('pandas')}"
    (line,) = [line for line in run.stderr.splitlines() if line.strip().startswith(f"{pandas}:")]
    match = re.fullmatch(
        rf"{re.escape(pandas)}: \+([0-9.]+) MB; (\S+) imports pandas", line.strip()
    )
    assert match, line
    assert float(match[1]) > 10
    assert match[2] == f"src/{place}"
    # What pandas needs is there because of that import too.
    numpy = f"numpy=={locked_version('numpy')}"
    (line,) = [line for line in run.stderr.splitlines() if line.strip().startswith(f"{numpy}:")]
    assert f"{place} imports pandas, which imports " in line
    assert f"`./pants freeze-why MODULE {APP}`" in run.stderr
    assert "raise `closure_budget`" in run.stderr
    assert "(size_budget)" not in run.stderr
    assert "Traceback" not in run.stderr
    assert "Frozen programs:" not in run.stderr


def test_what_did_not_grow_is_not_named(
    with_pandas: tuple[Run, dict[str, tuple[int, str]], dict[str, tuple[int, str]]],
) -> None:
    assert "pathspec==" not in with_pandas[0].stderr


def test_an_exceeded_budget_leaves_dist_as_it_was(
    with_pandas: tuple[Run, dict[str, tuple[int, str]], dict[str, tuple[int, str]]],
) -> None:
    _, before, after = with_pandas
    assert before
    assert after == before


@pytest.fixture(scope="module")
def too_big(repository: Repository, packaged: Run) -> Run:
    return repository.pants("package", "src/big:binary", daemon=True)


def test_a_budget_of_the_executable_names_it(repository: Repository, too_big: Run) -> None:
    assert too_big.returncode == 1
    match = re.search(
        r"BudgetExceeded at src/big:binary \(size_budget\): the executable has ([0-9.]+) kB, "
        r"([0-9.]+) kB more than the 200\.0 kB that are allowed",
        too_big.stderr,
    )
    assert match, too_big.stderr
    assert float(match[1]) > 300
    assert float(match[1]) - float(match[2]) == pytest.approx(200, abs=0.11)
    assert "there is no record specs/sizes/src.big.binary.json to compare with" in too_big.stderr
    assert "(closure_budget)" not in too_big.stderr
    assert "Traceback" not in too_big.stderr
    assert not (repository.root / "dist" / "big").exists()


def test_the_message_on_an_executable_tells_of_the_code_in_it(too_big: Run) -> None:
    """Third-party code is not in the executable: it is no help to name it."""
    assert "it holds the first-party code that the program imports" in too_big.stderr
    assert "CPython " not in too_big.stderr


def damaged(address: str, path: str) -> str:
    return (
        f"InvalidTarget at {address}: {path}: it is no record of sizes; write it again with "
        f"`./pants freeze-accept {address}`"
    )


@pytest.mark.parametrize("text", ["", "{}", '{"executable_bytes": 1, "requirements": 2}'])
def test_a_damaged_record_is_one_error(repository: Repository, record: bytes, text: str) -> None:
    """Whether the budget is kept or not."""
    repository.write({RECORD: text})
    try:
        run = repository.pants("package", APP, daemon=True)
    finally:
        (repository.root / RECORD).write_bytes(record)
    assert run.stderr.count(damaged(APP, RECORD)) == 1, run.stderr
    assert "Traceback" not in run.stderr
    assert run.returncode == 1


def test_a_damaged_record_of_an_exceeded_budget_is_one_error(
    repository: Repository, too_big: Run
) -> None:
    path = "specs/sizes/src.big.binary.json"
    repository.write({path: "[1, 2]"})
    try:
        run = repository.pants("package", "src/big:binary", daemon=True)
    finally:
        (repository.root / path).unlink()
    assert run.stderr.count(damaged("src/big:binary", path)) == 1, run.stderr
    assert "Traceback" not in run.stderr
    assert run.returncode == 1


def test_a_damaged_record_can_be_accepted_anew(repository: Repository, record: bytes) -> None:
    repository.write({RECORD: "<<<<<<< ours"})
    try:
        repository.pants("freeze-accept", APP, daemon=True).checked()
        assert (repository.root / RECORD).read_bytes() == record
    finally:
        (repository.root / RECORD).write_bytes(record)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        (
            "size_budget",
            "2 megabytes",
            "is no number with one of the units B, kB, MB, GB; write .* '2MB'",
        ),
        (
            "closure_budget",
            "300",
            "is no number with one of the units B, kB, MB, GB; write .* '2MB'",
        ),
        ("memory_budget", "0MB", "allows nothing; write .* '2MB'"),
        ("size_budget", "5ms", "is no number with one of the units B, kB, MB, GB; write .* '2MB'"),
        (
            "startup_budget",
            "5MB",
            "is no number with one of the units ms, s, min; write .* '300ms'",
        ),
        (
            "startup_budget",
            "-5ms",
            "is no number with one of the units ms, s, min; write .* '300ms'",
        ),
    ],
)
def test_a_wrong_unit_is_an_error_of_the_graph(
    repository: Repository, field: str, value: str, told: str
) -> None:
    build = FILES["src/big/BUILD"].replace(
        'size_budget="200kB", closure_budget="40MB"', f'{field}="{value}"'
    )
    repository.write({"src/wrong/BUILD": build, "src/wrong/main.py": "def main():\n    pass\n"})
    try:
        run = repository.pants("list", "src/wrong:", daemon=True)
    finally:
        (repository.root / "src/wrong/BUILD").unlink()
    assert run.returncode == 1
    line = rf"InvalidTarget at src/wrong:binary \({field}\): '{re.escape(value)}' {told}"
    lines = [line for line in run.stderr.splitlines() if "InvalidTarget" in line]
    assert len(lines) == 1, run.stderr
    assert re.search(f"{line}$", lines[0]), lines
    assert "Traceback" not in run.stderr


# --- Why and what --------------------------------------------------------------------------------


def test_why_something_is_in_a_program(repository: Repository, packaged: Run) -> None:
    version = locked_version("pathspec")
    names = [each["path"].rpartition("/")[2] for each in manifest(repository)]
    (extension,) = [name for name in names if name.startswith("zlib.cpython-")]
    (linked,) = [name for name in names if name.startswith("libz.so.")]
    (interpreter,) = [name for name in names if name.startswith("libpython3.11.so.")]
    files = [extension, linked, interpreter]
    words = ["pathspec.gitignore", "PathSpec", *files, "app.words", "requests", "no.such"]
    run = repository.pants("freeze-why", *words, APP, daemon=True).checked()
    blocks: dict[str, list[str]] = {}
    for line in run.stdout.splitlines():
        if line.startswith("  "):
            list(blocks.values())[-1].append(line.strip())
        else:
            blocks[line.split()[0]] = [line]
    assert sorted(blocks) == sorted(words), run.stdout
    number = MAIN.removeprefix("\n").splitlines().index("import pathspec") + 1
    for word in ("pathspec.gitignore", "PathSpec"):
        title, first, *_ = blocks[word]
        assert title == f"{word} (pathspec=={version}) is in the closure of {APP}:"
        assert first == f"src/app/main.py:{number} imports pathspec"
    assert blocks["pathspec.gitignore"][-1].endswith(" imports pathspec.gitignore")
    assert re.fullmatch(
        rf"{re.escape(extension)} \(CPython .+\) is in the closure of {APP}:", blocks[extension][0]
    )
    assert re.fullmatch(rf"zlib is stored in \S+{re.escape(extension)}", blocks[extension][-1])
    assert re.fullmatch(rf"\S+ is linked with {re.escape(linked)}", blocks[linked][-1])
    assert blocks[interpreter][0].startswith(f"{interpreter} (CPython ")
    assert blocks["app.words"] == [f"app.words is first-party code of {APP}: src/app/words.py"]
    for word in ("requests", "no.such"):
        assert blocks[word] == [f"{word} is not in the closure of {APP}"]


@pytest.mark.parametrize("args", [[], ["pathspec"], [APP]])
def test_why_without_a_word_or_a_program(repository: Repository, args: list[str]) -> None:
    run = repository.pants("freeze-why", *args, daemon=True)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.splitlines()[-1] == (
        "error: name what to look for and a frozen program: "
        "./pants freeze-why MODULE path/to:binary"
    )
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("address", ["src/app:nothing", "src/nowhere:binary"])
def test_why_with_a_wrong_address(repository: Repository, address: str) -> None:
    run = repository.pants("freeze-why", "pathspec", address, daemon=True)
    assert (run.returncode, run.stdout) == (1, "")
    assert address.partition(":")[0] in run.stderr
    assert "Traceback" not in run.stderr


def test_why_of_a_target_that_is_no_program(repository: Repository) -> None:
    run = repository.pants("freeze-why", "pathspec", "src/app:pex", daemon=True)
    assert (run.returncode, run.stdout) == (1, "")
    assert "error: src/app:pex is a `pex_binary`; name a `pyinstaller_binary`" in run.stderr


@pytest.fixture(scope="module")
def closure(repository: Repository, packaged: Run) -> dict[str, Any]:
    run = repository.pants("closure", "--format=json", APP, daemon=True).checked()
    (found,) = json.loads(run.stdout)
    assert isinstance(found, dict)
    return found


def test_the_closure_has_the_requirements_of_the_package(
    repository: Repository, closure: Mapping[str, Any]
) -> None:
    text = (repository.root / "dist" / "app" / "requirements.txt").read_text(encoding="utf-8")
    assert [
        f"{each['name']}=={each['version']}" for each in closure["requirements"]
    ] == text.splitlines()[1:]
    assert f"pathspec=={locked_version('pathspec')}" in text


def test_bytes_of_the_closure_are_those_of_the_manifest(
    repository: Repository, closure: Mapping[str, Any]
) -> None:
    told = {f"{each['name']}=={each['version']}": each["bytes"] for each in closure["requirements"]}
    told.update(closure["others"])
    assert told == dict(sums(manifest(repository)))
    assert closure["closure_bytes"] == sum(told.values())
    assert closure["executable_bytes"] == repository.program("app").stat().st_size


def test_what_else_the_closure_has(closure: Mapping[str, Any]) -> None:
    assert (closure["address"], closure["executable"]) == (APP, "app")
    assert closure["sources"] == ["src/app/main.py", "src/app/words.py"]
    lines = MAIN.removeprefix("\n").splitlines()
    places = {each["name"]: each["place"] for each in closure["imports"]}
    for name in ("pathspec", "sys", "time"):
        assert places[name] == f"src/app/main.py:{lines.index(f'import {name}') + 1}"
    assert isinstance(closure["hooks"], list)


def test_the_closure_for_people(repository: Repository, closure: Mapping[str, Any]) -> None:
    run = repository.pants("closure", APP, "src/app:free", daemon=True).checked()
    first, second = re.findall(r"(?m)^(\S.*(?:\n .*)*)", run.stdout)
    title, *lines = first.splitlines()
    assert title.startswith(f"{APP}: app, ")
    assert second.startswith("src/app:free: free, ")
    assert f"  sources ({len(closure['sources'])})" in lines
    assert "    src/app/words.py" in lines
    assert f"  imports from outside ({len(closure['imports'])})" in lines
    assert f"  run-time hooks ({len(closure['hooks'])})" in lines
    (pathspec,) = [each for each in closure["requirements"] if each["name"] == "pathspec"]
    (line,) = [line for line in lines if line.endswith(f"  pathspec=={pathspec['version']}")]
    told = line.split("  pathspec==")[0].strip()
    assert size(told) == pytest.approx(pathspec["bytes"], rel=0.01)


# --- Budgets of start and memory -----------------------------------------------------------------


def running(name: str) -> list[str]:
    """The processes whose program is called *name*."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                program = os.readlink(folder / "exe")
            except OSError:
                continue
            if Path(program.partition(" (deleted)")[0]).name == name:
                found.append(folder.name)
    return found


@pytest.fixture(scope="module")
def kept(repository: Repository, packaged: Run) -> Run:
    return repository.pants("test", "src/app:kept", "src/app:server", daemon=True)


def test_budgets_of_start_and_memory_are_kept(kept: Run) -> None:
    kept.checked()
    for name in ("kept", "server"):
        assert re.search(rf"✓ src/app:{name} succeeded", kept.stderr), kept.stderr
    assert sum("Measure the start of " in each for each in kept.started()) == 2


def test_a_program_that_serves_for_ever_is_ended(kept: Run) -> None:
    assert running("serves-for-ever") == []


@pytest.fixture(scope="module")
def exceeded(repository: Repository, packaged: Run) -> Run:
    addresses = [f"src/app:{name}" for name in ("slow", "large", "unmarked")]
    return repository.pants("test", *addresses, daemon=True)


def test_exceeded_budgets_fail(exceeded: Run) -> None:
    assert exceeded.returncode != 0
    for name in ("slow", "large", "unmarked"):
        assert re.search(rf"✕ src/app:{name} failed", exceeded.stderr), exceeded.stderr
    assert "Traceback" not in exceeded.stderr


def test_an_exceeded_budget_of_the_start_is_told(exceeded: Run) -> None:
    match = re.search(
        r"startup_budget: with `--slow` it starts in (\d+) ms \(third best of 20 starts\), "
        r"400 ms are allowed",
        exceeded.stderr,
    )
    assert match, exceeded.stderr
    assert int(match[1]) >= 500


def test_an_exceeded_budget_of_memory_is_told(exceeded: Run) -> None:
    (match,) = re.finditer(
        r"memory_budget: with `--large` it takes ([0-9.]+) MB, 60\.0 MB are allowed",
        exceeded.stderr,
    )
    assert 90 < float(match[1]) < 150
    assert "startup_budget: with `--large`" not in exceeded.stderr


def test_a_program_that_never_says_that_it_is_ready(exceeded: Run) -> None:
    text = exceeded.stderr
    assert "it ended without printing 'never printed'\n" in text
    assert f"word {locked_version('pathspec')}" in text


def test_a_budget_without_a_start_is_an_error(repository: Repository) -> None:
    run = repository.pants("test", "src/unmeasured:binary", daemon=True)
    assert run.returncode == 1
    assert (
        "InvalidTarget at src/unmeasured:binary (startup_arguments): there is a budget for the "
        "start, but no start to measure; set `startup_arguments` or `ready_arguments`"
    ) in run.stderr
    assert "Traceback" not in run.stderr
    assert run.started() == []


def test_a_program_without_such_budgets_is_not_tested(repository: Repository) -> None:
    run = repository.pants("test", APP, "src/app:free", daemon=True).checked()
    assert run.started() == []
