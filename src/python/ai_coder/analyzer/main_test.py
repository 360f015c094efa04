from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_coder.analyzer.conftest import LABELS, write_card
from ai_coder.analyzer.main import main
from ai_coder.common.paths import HOME_VARIABLE
from ai_coder.model.folder import CARD, WEIGHTS

HEAVY = (
    "torch transformers datasets pandas pyarrow onnxruntime tokenizers numpy tree_sitter "
    "safetensors onnx"
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A distribution without models."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    yield tmp_path / "home"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with an error, warnings and a note."""
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    (root / "a.py").write_text("import os\n\n\ndef f(x):\n    return f'a'\n")
    (root / "sub" / "b.js").write_text("function g() { if (a = 1) { eval(b); } }\n")
    (root / "sub" / "c.go").write_text("package p\nfunc f( {\n}\n")
    return root


def share(home: Path, model: Path, name: str = "tiny") -> Path:
    folder = home / "shared" / "models" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    model.rename(folder)
    write_card(folder)
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(each) for each in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def usage_error(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    with pytest.raises(SystemExit) as stopped:
        main([str(each) for each in arguments])
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_folder(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--file", tree, "--no-model")
    assert (code, err) == (0, "")
    assert out.startswith("Analysis of tree: 3 files, 3 functions\n")
    assert "a.py:1:8 warning PY008 os is imported but never used\n" in out
    assert "sub/b.js:1:20 warning GEN006 a is assigned, not compared\n" in out
    assert "1 error, 3 warnings, 1 note\n" in out


def test_a_missing_model_is_said_once(
    tree: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "--file", tree)
    assert code == 0
    assert err.count("\n") == 1
    assert f"there is no model in {home / 'shared' / 'models'}: checks and measures only" in err
    _, out, err = run(capsys, "--file", tree, "--format", "json")
    assert err == ""
    assert "there is no model" in json.loads(out)["without_model"]
    _, out, err = run(capsys, "--file", tree, "--format", "json", "--no-model")
    assert json.loads(out)["without_model"] == "without a model, as --no-model asks"
    _, out, err = run(capsys, "--file", tree, "--format", "sarif")
    assert err == ""
    assert json.loads(out)["version"] == "2.1.0"


def test_the_model_written_last_judges(
    tree: Path, home: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    share(home, model)
    older = home / "shared" / "models" / "older"
    older.mkdir()
    (older / CARD).write_text("{}")
    os.utime(older / CARD, (1, 1))
    code, out, err = run(capsys, "--file", tree)
    assert (code, err) == (0, "")
    assert "Model tiny (engine onnx): " in out
    code, out, _ = run(capsys, "--file", tree / "a.py", "--format", "json", "--engine", "torch")
    content = json.loads(out)
    assert content["model"]["engine"] == "torch"
    assert content["files"][0]["functions"][0]["judgement"]["label"] in LABELS


def test_a_model_by_name_and_by_folder(
    tree: Path, home: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = share(home, model, "mine")
    for name in ("mine", folder):
        assert "Model mine (" in run(capsys, "--file", tree, "--model", name)[1]
    code, out, err = run(capsys, "--file", tree, "--model", "other")
    assert (code, out) == (3, "")
    assert err.count("\n") == 1
    assert "there is no model other in" in err
    assert "name one of those there are (mine), or name the folder of one" in err


def test_no_model_of_that_name_and_none_at_all(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "--file", tree, "--model", "other")
    assert code == 3
    assert "there is none yet: train one" in err
    code, _, err = run(capsys, "--file", tree, "--model", tree)
    assert code == 3
    assert "is no model: it has no model.json" in err


def test_a_damaged_model_is_one_line(
    tree: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (model / WEIGHTS).write_bytes(b"")
    write_card(model)
    code, out, err = run(capsys, "--file", tree, "--model", model, "--engine", "torch")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert "model.safetensors is damaged" in err


def test_unsure_judgements_are_left_out(
    tree: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # All labels are alike to it.
    options = ("--file", tree / "a.py", "--model", model, "--min-confidence", "1")
    _, out, _ = run(capsys, *options, "--format", "json")
    assert json.loads(out)["summary"]["labels"] == dict.fromkeys(LABELS, 0)


@pytest.mark.parametrize(
    ("name", "fail_on", "code"),
    [
        ("a.py", "error", 0),
        ("a.py", "warning", 4),
        ("a.py", "note", 4),
        ("sub/c.go", "error", 4),
        ("d.py", "note", 0),
    ],
)
def test_fail_on(
    name: str, fail_on: str, code: int, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "d.py").write_text("")
    options = ("--file", tree / name, "--no-model")
    assert run(capsys, *options)[0] == 0
    assert run(capsys, *options, "--fail-on", fail_on)[0] == code


def test_output_file(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out" / "report.sarif"
    options = ("--file", tree, "--no-model", "--format", "sarif", "--output", target)
    assert run(capsys, *options) == (0, "", "")
    first = target.read_bytes()
    assert len(json.loads(first)["runs"][0]["results"]) == 5
    assert run(capsys, *options)[0] == 0
    assert target.read_bytes() == first


def test_progress(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capsys, "--file", tree, "--no-model", "--progress", "json")
    states = [json.loads(line)["progress"] for line in err.splitlines()]
    assert states[-1] == {"label": "analyzing files", "done": 3, "total": 3}


def test_one_language_of_a_folder(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--file", tree, "--language", "go", "--no-model", "--format", "json")
    assert [each["path"] for each in json.loads(run(capsys, *options)[1])["files"]] == ["sub/c.go"]


def test_the_language_can_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tool").write_text("import os\n")
    options = ("--file", tmp_path / "tool", "--language", "python", "--no-model")
    assert "tool:1:8 warning PY008" in run(capsys, *options)[1]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        (b"import os\n", (), "<stdin>:1:8 warning PY008"),
        (b"", (), "Analysis of standard input: 1 file, 0 functions"),
    ],
)
def test_standard_input(
    content: bytes,
    options: tuple[str, ...],
    expected: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    code, out, _ = run(capsys, "--file", "-", "--language", "python", "--no-model", *options)
    assert code == 0
    assert expected in out


@pytest.mark.parametrize(
    ("content", "message"), [(b"a\0", "it is no text"), (b"a" * 101, "more than 100 bytes")]
)
def test_standard_input_that_is_no_source(
    content: bytes,
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    options = ("--file", "-", "--language", "go", "--no-model", "--max-file-size", "100")
    code, out, err = run(capsys, *options)
    assert (code, out) == (3, "")
    assert f"<stdin> cannot be analyzed: {message}" in err or message in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--file", "-"), "--language is needed for standard input"),
        (("--file", "a.py", "--language", "cobol"), "choose from 'python', 'javascript'"),
        (("--file", "a.py", "--model", "a", "--no-model"), "not allowed with"),
        (("--file", "a.py", "--engine", "gpu"), "choose from 'auto', 'onnx', 'torch'"),
        (("--file", "a.py", "--threads", "0"), "'0' is no number from 1 to 256"),
        (("--file", "a.py", "--min-confidence", "2"), "'2' is no number from 0 to 1"),
        (("--file", "a.py", "--min-confidence", "nan"), "'nan' is no number from 0 to 1"),
        (("--file", "a.py", "--fail-on", "all"), "choose from 'error', 'warning', 'note'"),
        ((), "required: --file"),
    ],
)
def test_wrong_usage(
    options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in usage_error(capsys, *options)


def test_an_unknown_suffix_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("")
    err = usage_error(capsys, "--file", tmp_path / "a.txt")
    assert "the suffix of a.txt tells no language; give --language, one of python, java" in err


@pytest.mark.parametrize("name", ["none.py", "none"])
def test_a_missing_file_is_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "--file", tmp_path / name, "--no-model")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert f"cannot read {tmp_path / name}: No such file or directory" in err


def loaded(*arguments: object) -> tuple[str, list[str]]:
    """What the analyzer prints, and which of the `HEAVY` modules it loads."""
    program = (
        "import sys\nfrom ai_coder.analyzer.main import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        f"print(*set({HEAVY!r}.split()) & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return done.stdout, sorted(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_start_quickly(option: str) -> None:
    out, modules = loaded(option)
    assert "ai-coder-analyzer" in out
    assert modules == []


def test_only_what_is_needed_is_loaded(tree: Path, model: Path) -> None:
    assert loaded("--file", tree / "a.py", "--no-model")[1] == []
    assert loaded("--file", tree / "sub" / "b.js", "--no-model")[1] == ["tree_sitter"]
    _, modules = loaded("--file", tree / "a.py", "--model", model, "--engine", "onnx")
    assert modules == ["numpy", "onnxruntime", "tokenizers"]


def test_no_grammar_but_the_one_of_the_language(tree: Path) -> None:
    program = (
        "import sys\nfrom ai_coder.analyzer import IntelligentCodeAnalyzer\n"
        "IntelligentCodeAnalyzer().analyze_file(sys.argv[1])\n"
        "print(*(each for each in sys.modules if each.startswith('tree_sitter_') "
        "and '.' not in each))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tree / "sub" / "c.go"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.split() == ["tree_sitter_go"]
