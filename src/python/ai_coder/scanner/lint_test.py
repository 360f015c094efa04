from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ai_coder.common.performance import THREADS
from ai_coder.scanner.lint import LINTERS, LinterRun, Problem, lint
from ai_coder.scanner.walk import SourceFile

pytestmark = pytest.mark.skipif(os.name == "nt", reason="fake linters are scripts with a shebang")

FakeLinter = Callable[[str, str], None]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeLinter:
    """Installs a linter with the given name and Python body, the only ones on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(name: str, body: str) -> None:
        path = folder / name
        path.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{body}\n")
        path.chmod(0o755)

    return install


def run(
    tmp_path: Path, language: str, name: str = "a.x", count: int = 1
) -> tuple[dict[str, LinterRun], tuple[Problem, ...]]:
    root = tmp_path / "tree"
    root.mkdir(exist_ok=True)
    files = [
        SourceFile(root / each, each, 0) for each in (f"{n or ''}{name}" for n in range(count))
    ]
    runs, problems = lint(root, {language: files})
    return {each.name: each for each in runs}, problems


OUTPUTS = {
    "ruff": (
        "Python",
        1,
        [
            {
                "filename": "{cwd}/a.x",
                "location": {"row": 2, "column": 3},
                "code": None,
                "message": "bad",
            }
        ],
        "syntax",
    ),
    "pylint": (
        "Python",
        20,
        [{"path": "a.x", "line": 2, "column": 2, "message-id": "C1", "message": "bad"}],
        "C1",
    ),
    "shellcheck": (
        "Shell",
        1,
        {"comments": [{"file": "./a.x", "line": 2, "column": 3, "code": 7, "message": "bad"}]},
        "SC7",
    ),
    "eslint": (
        "JavaScript",
        1,
        [
            {
                "filePath": "{cwd}/a.x",
                "messages": [
                    {"line": 2, "column": 3, "ruleId": "no-x", "message": "bad"},
                    {"ruleId": None, "fatal": False, "message": "File ignored"},
                ],
            }
        ],
        "no-x",
    ),
    "hadolint": (
        "Dockerfile",
        1,
        [{"file": "./a.x", "line": 2, "column": 3, "code": "DL1", "message": "bad"}],
        "DL1",
    ),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_json_of_each_linter(name: str, tmp_path: Path, fake: FakeLinter) -> None:
    language, code, output, problem_code = OUTPUTS[name]
    fake(
        name,
        f"print({json.dumps(output)!r}.replace('{{cwd}}', os.getcwd())); sys.exit({code})",
    )
    runs, problems = run(tmp_path, language)
    assert runs[name] == LinterRun(name, "ran", 1)
    assert problems == (Problem("a.x", 2, 3, problem_code, "bad", name),)


def test_flake8_output(tmp_path: Path, fake: FakeLinter) -> None:
    fake("flake8", "print('./a.x\\t2\\t3\\tE1\\tbad\\tindent'); sys.exit(1)")
    runs, problems = run(tmp_path, "Python")
    assert problems == (Problem("a.x", 2, 3, "E1", "bad\tindent", "flake8"),)
    assert runs["flake8"].status == "ran"


def test_what_is_not_installed_or_has_no_files_is_skipped(tmp_path: Path, fake: FakeLinter) -> None:
    fake("eslint", "sys.exit(9)")
    runs, problems = run(tmp_path, "Python")
    assert list(runs) == list(LINTERS)
    assert runs["ruff"] == LinterRun("ruff", "skipped", 0, "not installed")
    assert runs["eslint"] == LinterRun("eslint", "skipped", 0, "no files in its languages")
    assert problems == ()


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("sys.exit('\\nbroken setting\\nmore')", "exit code 1: broken setting"),
        ("sys.exit('Oops! :(\\n\\nESLint: 10.1\\n\\nno setting')", "exit code 1: no setting"),
        ("raise OSError('boom')", "exit code 1: OSError: boom"),
        ("print('[]'); sys.exit(2)", "exit code 2 and output that cannot be understood"),
        ("print('no json')", "exit code 0 and output that cannot be understood"),
        ("print('[{}]')", "exit code 0 and output that cannot be understood"),
        ("print('[]'); print('lost', file=sys.stderr); sys.exit(1)", "exit code 1: lost"),
        ("os.kill(os.getpid(), 9)", "exit code -9 and output that cannot be understood"),
    ],
)
def test_a_crash_is_a_failure_not_zero_problems(
    body: str, detail: str, tmp_path: Path, fake: FakeLinter
) -> None:
    fake("ruff", body)
    runs, _ = run(tmp_path, "Python")
    assert runs["ruff"] == LinterRun("ruff", "failed", 0, detail)


def test_a_linter_that_hangs_is_stopped(
    tmp_path: Path, fake: FakeLinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    import ai_coder.scanner.lint as module

    quick = [replace(each, seconds=1) for each in module._LINTERS]
    monkeypatch.setattr(module, "_LINTERS", quick)
    fake("ruff", "time.sleep(60)")
    runs, _ = run(tmp_path, "Python")
    assert runs["ruff"].detail == "took longer than 1 seconds"


def test_a_linter_that_cannot_start_is_a_failure(tmp_path: Path, fake: FakeLinter) -> None:
    fake("ruff", "")
    (tmp_path / "bin" / "ruff").write_text("#!/no/such/interpreter\n")
    runs, _ = run(tmp_path, "Python")
    assert runs["ruff"].status == "failed"
    assert "cannot be started" in runs["ruff"].detail


def test_a_name_cannot_become_an_option(tmp_path: Path, fake: FakeLinter) -> None:
    fake("ruff", "print(json.dumps([]) if sys.argv[-1] == './--fix' else sys.argv)")
    assert run(tmp_path, "Python", "--fix")[0]["ruff"].status == "ran"


def test_many_files_are_given_in_batches_and_merged(tmp_path: Path, fake: FakeLinter) -> None:
    fake(
        "flake8",
        "names = sys.argv[sys.argv.index('--') + 1:]\n"
        "assert sum(map(len, names)) < 30000\n"
        "[print(f'{each}\\t1\\t1\\tE1\\tbad') for each in names]\n"
        "sys.exit(1)",
    )
    runs, problems = run(tmp_path, "Python", "x" * 100 + ".py", 1000)
    assert runs["flake8"].problems == len(problems) == 1000


def test_a_linter_with_processes_of_its_own_obeys_the_limit_on_threads(
    fake: FakeLinter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "given"
    fake("flake8", f"open({str(given)!r}, 'w').write(' '.join(sys.argv[1:]))")
    run(tmp_path, "Python")
    assert "--jobs" not in given.read_text()
    monkeypatch.setenv(THREADS, "3")
    run(tmp_path, "Python")
    assert given.read_text().startswith("--jobs=3 ")
