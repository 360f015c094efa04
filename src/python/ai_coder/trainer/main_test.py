"""Tests of the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ai_coder.trainer import TrainingReport, train_model
from ai_coder.trainer.evaluation import ClassScore
from ai_coder.trainer.main import main
from ai_coder.trainer.report import as_text

_JSON_REASON = "Expecting property name enclosed in double quotes"
QUICK = ("--epochs", 1, "--batch-size", 8, "--max-length", 16, "--threads", 1)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(each) for each in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_json_report(
    data: Path, tmp_path: Path, fast: Mapping[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "models"
    code, out, err = run(
        capsys, "--data", data, "--output", output, *QUICK, "--name", "bugs", "--format", "json"
    )
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert report == {
        "schema": 1,
        "model": "bugs",
        "folder": str(output / "bugs"),
        "labels": ["bug", "doc", "fix"],
        "metrics": report["metrics"],
        "classes": report["classes"],
        "data": report["data"],
        "steps": 3,
        "resumed_from": None,
    }
    assert list(report["metrics"]) == ["accuracy", "macro_f1", "loss"]
    assert list(report["classes"][0]) == ["label", "examples", "predicted", "correct", "f1"]
    assert (report["data"]["train"], report["data"]["validation"]) == (24, 6)
    # The library does the same with the same arguments.
    again = train_model(data, output=tmp_path / "again", name="bugs", **fast)
    assert (again.metrics, again.data) == (report["metrics"], report["data"])


def test_text_report() -> None:
    report = TrainingReport(
        model="bugs",
        folder="models/bugs",
        labels=("bug", "no\x1b bug"),
        metrics={"accuracy": 0.9, "macro_f1": 0.85, "loss": 0.25},
        classes=(ClassScore("bug", 5, 6, 5, 0.9), ClassScore("no\x1b bug", 1000, 4, 4, 1)),
        data={"train": 4000, "validation": 1005, "labels": {"bug": 25, "no\x1b bug": 4980}},
        steps=1600,
        resumed_from=40,
    )
    assert as_text(report) == (
        "Trained bugs in models/bugs\n"
        "  4,000 texts to learn from, 1,005 to validate with; 2 classes; 1,600 steps, resumed "
        "after 40\n"
        "  accuracy 0.9000, macro F1 0.8500, loss 0.2500\n"
        "\n"
        "Class       Texts  Validated  Predicted  Correct      F1\n"
        "bug            25          5          6        5  0.9000\n"
        "no\\x1b bug  4,980      1,000          4        4  1.0000\n"
    )


def test_nothing_to_resume_is_said(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(
        capsys, "--data", data, "--output", tmp_path / "models", *QUICK, "--resume"
    )
    assert code == 0
    assert err == (
        "ai-coder-trainer: there is no checkpoint to resume; starting from the beginning\n"
    )
    assert "resumed" not in out


def test_a_mistake_in_a_line(data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data.write_text(data.read_text() + "{")
    assert main(["--data", str(data), "--output", str(tmp_path / "models")]) == 3
    out, err = capfd.readouterr()
    assert out == ""
    assert err == f"ai-coder-trainer: {data}:31 is not JSON ({_JSON_REASON}); correct it\n"


def test_a_mistake_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "models"
    code, out, err = run(capsys, "--data", tmp_path / "no.csv", "--output", output)
    assert (code, out) == (3, "")
    assert err.count("\n") == 1
    assert "no.csv: No such file or directory; give data" in err
    assert list(output.iterdir()) == []


def test_another_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "a.csv"
    data.write_text("body,kind\n" + "one,a\ntwo,b\n" * 5)
    options = ("--data", data, "--output", tmp_path / "models", *QUICK)
    code, _, err = run(capsys, *options)
    assert (code, err.count("\n")) == (3, 1)
    assert "has no column 'text', only 'body', 'kind'; name yours with --text-field" in err
    names = ("--text-field", "body", "--label-field", "kind")
    assert run(capsys, *options, *names)[0] == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "models").mkdir(mode=0o500)
    code, _, err = run(capsys, "--data", data, "--output", tmp_path / "models", *QUICK)
    assert (code, err.count("\n")) == (3, 1)
    assert "Permission denied; make room or choose another --output" in err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--epochs", "0", "'0' is not a whole number from 1 to 10000"),
        ("--epochs", "1.5", "'1.5' is not a whole number"),
        ("--batch-size", "-1", "'-1' is not a whole number from 1 to 4096"),
        ("--batch-size", "99999", "is not a whole number from 1 to 4096"),
        ("--learning-rate", "0", "'0' is not a number greater than 0 and at most 1"),
        ("--learning-rate", "nan", "'nan' is not a number"),
        ("--learning-rate", "fast", "'fast' is not a number"),
        ("--max-length", "4", "'4' is not a whole number from 8 to 8192"),
        ("--validation", "1", "'1' is not a number between 0 and 1"),
        ("--validation", "0", "'0' is not a number between 0 and 1"),
        ("--seed", "x", "'x' is not a whole number from 0 to 4294967295"),
        ("--threads", "0", "'0' is not a whole number from 1 to 256"),
        ("--checkpoint-every", "0", "is not a whole number from 1"),
        ("--name", "../x", "'../x' cannot be the name of a model"),
        ("--format", "xml", "invalid choice"),
        ("--progress", "loud", "invalid choice"),
    ],
)
def test_wrong_options(
    option: str, value: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--data", "x.csv", f"{option}={value}"])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_data_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2
    assert "--data" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_start_quickly(option: str) -> None:
    program = (
        "import sys\nfrom ai_coder.trainer.main import main\n"
        f"try: main([{option!r}])\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'datasets', 'pandas', 'pyarrow', 'onnxruntime', 'onnx',"
        " 'tokenizers', 'safetensors', 'numpy'}\n"
        "print(*heavy & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stderr.strip() == ""
    assert "ai-coder-trainer" in done.stdout


def test_it_runs_as_a_module(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "models"
    done = subprocess.run(
        [sys.executable, "-m", "ai_coder.trainer", "--data", str(data), "--output", str(output)]
        + [str(each) for each in QUICK],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Trained toy in {output / 'toy'}\n  24 texts to learn from")
