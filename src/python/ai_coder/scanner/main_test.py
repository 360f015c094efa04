from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ai_coder.scanner import scan_codebase
from ai_coder.scanner.main import main


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree with a cycle, a syntax error, a large and a binary file."""
    root = tmp_path / "tree"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "__init__.py").write_text("")
    (root / "pkg" / "a.py").write_text("import os\n\n# comment\nfrom pkg import b\n")
    (root / "pkg" / "b.py").write_text("from . import a\n")
    (root / "pkg" / "bad.py").write_text("x = 1\ndef (:\n")
    (root / "big.txt").write_text("x" * 3000)
    (root / "blob.bin").write_bytes(b"\0\1\2")
    (root / "run").write_text("#!/bin/sh\necho caf\n")
    return root


def scan(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(each) for each in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_report(tree: Path) -> None:
    report = scan_codebase(tree, linters=(), max_file_size=2000)
    assert report.name == "tree"
    assert (report.totals.files, report.totals.lines) == (7, 9)
    python = next(each.totals for each in report.languages if each.language == "Python")
    assert (python.files, python.lines, python.blank, python.comment, python.code) == (
        4,
        7,
        1,
        1,
        5,
    )
    assert report.large_files == ("big.txt",)
    assert [(each.file, each.line) for each in report.syntax_errors] == [("pkg/bad.py", 2)]
    assert [each.path for each in report.imports.cycles] == [("pkg/a.py", "pkg/b.py")]
    assert report == scan_codebase(str(tree), linters=(), max_file_size=2000)


def test_json_report(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = scan(capsys, "--path", tree, "--no-lint", "--format", "json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert report["schema"] == 1
    assert report["languages"][0] == {
        "language": "Python",
        "files": 4,
        "bytes": report["languages"][0]["bytes"],
        "lines": 7,
        "blank": 1,
        "comment": 1,
        "code": 5,
    }
    assert report["imports"]["edges"] == [["pkg/a.py", "pkg/b.py"], ["pkg/b.py", "pkg/a.py"]]
    assert report["linters"] == report["problems"] == []
    assert str(tree) not in out


def test_text_report(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = scan(capsys, "--path", tree, "--no-lint", "--max-file-size", "2KB")
    assert "Scan of tree: 7 files, 9 lines" in out
    assert "pkg/bad.py:2" in out
    assert "pkg/a.py -> pkg/b.py -> pkg/a.py" in out
    assert "big.txt" in out
    table = [line for line in out.splitlines() if line.startswith(("Language", "Python", "Total"))]
    assert len({len(line) for line in table}) == 1


def test_text_cannot_command_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if os.name == "nt":
        pytest.skip("no such names")
    (tmp_path / "\x1b[2J\n.py").write_text("def (")
    _, out, _ = scan(capsys, "--path", tmp_path, "--no-lint")
    assert "\x1b" not in out


def test_output_file(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out" / "report.json"
    arguments = ("--path", tree, "--no-lint", "--format", "json", "--output", target)
    assert scan(capsys, *arguments) == (0, "", "")
    assert json.loads(target.read_text())["name"] == "tree"


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [([], 0), (["problems"], 4), (["cycles"], 4)],
)
def test_fail_on(
    fail_on: list[str], code: int, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [word for each in fail_on for word in ("--fail-on", each)]
    assert scan(capsys, "--path", tree, "--no-lint", *options)[0] == code


def test_nothing_found_does_not_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("")
    options = ("--no-lint", "--fail-on", "problems", "--fail-on", "cycles")
    assert scan(capsys, "--path", tmp_path, *options)[0] == 0


@pytest.mark.skipif(os.name == "nt", reason="the fake linter is a script")
def test_a_failed_linter_fails_a_check_for_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ruff"
    program.write_text("#!/bin/sh\necho wrong setting >&2; exit 2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.py").write_text("")
    options = ("--path", tmp_path, "--linter", "ruff")
    code, out, _ = scan(capsys, *options)
    assert code == 0
    assert "failed  exit code 2: wrong setting" in out
    assert scan(capsys, *options, "--fail-on", "problems")[0] == 4


def test_a_missing_path_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = scan(capsys, "--path", tmp_path / "no")
    assert (code, out) == (3, "")
    assert err.count("\n") == 1
    assert "no: No such file or directory; give a folder or a file" in err


def test_contradicting_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--path", ".", "--no-lint", "--linter", "ruff"])
    assert stopped.value.code == 2
    assert "contradict" in capsys.readouterr().err


def test_an_unreadable_file_is_reported(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def denied(path: Path, mode: str) -> object:
        if path.name == "b.py":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, mode)

    monkeypatch.setattr(Path, "open", denied)
    report = scan_codebase(tree, linters=())
    assert [(each.file, each.reason) for each in report.unreadable] == [
        ("pkg/b.py", "Permission denied")
    ]


def test_progress_of_each_step(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = scan(capsys, "--path", tree, "--linter", "hadolint", "--progress", "json")
    states = [json.loads(line)["progress"] for line in err.splitlines()]
    assert {"label": "reading files", "done": 7, "total": 7} in states
    assert {"label": "linting", "done": 1, "total": 1} in states


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_start_quickly(option: str) -> None:
    program = (
        "import sys\nfrom ai_coder.scanner.main import main\n"
        f"try: main([{option!r}])\nexcept SystemExit: pass\n"
        "print(*{'networkx', 'pathspec', 'requests', 'bs4'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stderr.strip() == ""
    assert "ai-coder-scanner" in done.stdout
