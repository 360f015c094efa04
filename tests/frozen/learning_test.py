"""Trainer and analyzer, frozen: from web pages to a judgement, and every way that can go wrong."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from frozen.support import LEARNING_PROGRAMS, VERSION, Distribution, Result
from frozen.window import green_dots, screenshot

CLASSES = {
    "good": "def total_{0}(values):\n    checked = check(values, {0})\n    return sum(checked)\n",
    "risky": "def run_{0}(command):\n    eval(command)\n    os.system(command + '{0}')\n",
}
PAGES = 12
# Few steps of a small network: enough to tell two kinds of text apart.
QUICK = ("--epochs", "4", "--batch-size", "8", "--max-length", "48", "--threads", "1")
MINUTES = 300.0

RISKY = "import os\n\n\ndef run_all(command):\n    eval(command)\n    os.system(command + 'x')\n"


def page(kind: str, number: int) -> str:
    return f"<html><title>{kind} {number}</title><body><pre>{CLASSES[kind].format(number)}</pre>"


class Handler(BaseHTTPRequestHandler):
    """A page of links for each class, and the pages that they lead to."""

    def do_GET(self) -> None:
        kind, _, number = self.path.strip("/").partition("/")
        text = ""
        if kind in CLASSES and number:
            text = page(kind, int(number))
        elif kind in CLASSES:
            links = (f"<a href=/{kind}/{each}>{each}</a>" for each in range(PAGES))
            text = f"<html><title>{kind}</title><body>{''.join(links)}"
        self.send_response(200 if text else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder whose ``shared`` folder the programs of this module use; theirs is read-only."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def program(distribution: Distribution, home: Path) -> Callable[..., Result]:
    """Runs a program of the distribution with *home* as its home."""

    def run(name: str, *arguments: str | Path) -> Result:
        environment = {"AI_CODER_HOME": str(home)}
        return distribution.run(name, *arguments, env=environment, timeout=MINUTES)

    return run


@pytest.fixture(scope="module")
def model(program: Callable[..., Result], home: Path, site: str) -> dict[str, Any]:
    """The report of a training on pages that the web component acquired."""
    for kind in CLASSES:
        options = ("--allow-private", "--depth", "1", "--delay", "0", "--format", "json")
        output = home / "shared" / "data" / "pages" / kind
        result = program("web", "--url", f"{site}/{kind}/", "--output", output, *options)
        assert len(result.report["documents"]) >= PAGES
    data = home / "shared" / "data" / "pages"
    learning = (*QUICK, "--epochs", "30", "--format", "json")
    report = program("trainer", "--data", data, *learning).report
    assert isinstance(report, dict)
    return report


def test_the_analyzer_judges_with_the_model_that_the_trainer_made_of_web_pages(
    program: Callable[..., Result], model: dict[str, Any], home: Path, tmp_path: Path
) -> None:
    assert model["labels"] == sorted(CLASSES)
    # The page of links of one class looks like that of the other.
    assert model["metrics"]["accuracy"] >= 0.8
    assert Path(model["folder"]) == home / "shared" / "models" / "pages"
    source = tmp_path / "run.py"
    source.write_text(RISKY)
    judged = {}
    for engine in ("onnx", "torch"):
        options = ("--language", "python", "--engine", engine, "--format", "json")
        report = program("analyzer", "--file", source, *options).report
        assert report["model"]["name"] == "pages"
        assert report["model"]["engine"] == engine
        (function,) = report["files"][0]["functions"]
        assert function["name"] == "run_all"
        judged[engine] = function["judgement"]
        assert {"PY"} == {each["rule"][:2] for each in report["files"][0]["findings"]}
    assert judged["onnx"]["label"] == judged["torch"]["label"] == "risky"
    assert judged["onnx"]["confidence"] == pytest.approx(judged["torch"]["confidence"], abs=1e-3)
    text = program("analyzer", "--file", source)
    assert "pages" in text.stdout and "risky" in text.stdout
    sarif = program("analyzer", "--file", source, "--format", "sarif").report
    assert sarif["version"] == "2.1.0"


def test_the_launcher_starts_both(
    program: Callable[..., Result], model: dict[str, Any], tmp_path: Path
) -> None:
    source = tmp_path / "run.py"
    source.write_text(RISKY)
    assert "pages" in program("launcher", "analyzer", "--file", source).stdout
    result = program("launcher", "trainer", "--data", tmp_path / "none")
    assert (result.status, result.stdout) == (3, "")


def progress_of(result: Result) -> list[dict[str, Any]]:
    assert result.status == 0, result.stderr
    lines = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
    return [line["progress"] for line in lines]


def test_core_offers_both_and_they_take_what_it_starts_them_with(
    program: Callable[..., Result],
    distribution: Distribution,
    model: dict[str, Any],
    tmp_path: Path,
) -> None:
    # Analyzer, trainer, web and launcher; the scanner is selected.
    assert green_dots(screenshot(distribution, tmp_path / "window.png")) == 4
    (tmp_path / "run.py").write_text(RISKY)
    analyzed = program("analyzer", "--progress", "json", "--file", tmp_path)
    assert progress_of(analyzed)[-1]["done"] == 1
    data = as_jsonl(tmp_path / "a.jsonl")
    options = ("--data", data, "--resume", *QUICK, "--output", tmp_path / "models")
    states = progress_of(program("trainer", "--progress", "json", *options))
    training = [state for state in states if state["label"] == "Training"]
    assert training[-1]["done"] == training[-1]["total"]
    assert "loss" in training[-1]["note"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.js", "function f(a) { if (a == null) { eval(a); } }\n"),
        ("a.ts", "function f(a: string) { try { g(a); } catch (e) {} }\n"),
        ("A.java", "class A { void f() { try { g(); } catch (Exception e) { } } }\n"),
        ("a.c", "#include <stdio.h>\nvoid f(char *s) { char b[9]; gets(b); }\n"),
        ("a.cpp", "int f(int a) { if (a = 1) { return a; } return 0; }\n"),
        ("A.cs", "class A { void F() { try { G(); } catch { } } }\n"),
        ("a.go", "package a\n\nfunc f() int {\n\t_ = g()\n\treturn 1\n}\n"),
        ("a.rs", "fn f(a: &str) -> i32 {\n    a.parse::<i32>().unwrap()\n}\n"),
    ],
)
def test_every_language_has_its_grammar(
    program: Callable[..., Result], tmp_path: Path, name: str, source: str
) -> None:
    path = tmp_path / name
    path.write_text(source)
    report = program("analyzer", "--file", path, "--no-model", "--format", "json").report
    (file,) = report["files"]
    assert [each["name"].lower()[-1] for each in file["functions"]] == ["f"]
    assert file["findings"]
    path.write_text(source.replace("{", "", 1))
    report = program("analyzer", "--file", path, "--no-model", "--format", "json").report
    assert any("syntax" in each["message"].lower() for each in report["files"][0]["findings"])


def rows() -> list[dict[str, str]]:
    return [
        {"text": text.format(number), "label": kind}
        for number in range(PAGES)
        for kind, text in CLASSES.items()
    ]


def as_jsonl(path: Path) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return path


def as_csv(path: Path) -> Path:
    lines = (f'"{row["text"]}",{row["label"]}\n' for row in rows())
    path.write_text("text,label\n" + "".join(lines))
    return path


def as_text(path: Path) -> Path:
    lines = (f"__label__{row['label']} {row['text'].replace(chr(10), ' ')}\n" for row in rows())
    path.write_text("".join(lines))
    return path


def as_folder(path: Path) -> Path:
    for number, row in enumerate(rows()):
        file = path / row["label"] / f"{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(row["text"])
    return path


@pytest.mark.parametrize(
    ("write", "name"),
    [(as_jsonl, "a.jsonl"), (as_csv, "a.csv"), (as_text, "a.txt"), (as_folder, "a")],
)
def test_every_format_of_data_is_read(
    program: Callable[..., Result], tmp_path: Path, write: Callable[[Path], Path], name: str
) -> None:
    options = ("--epochs", "1", "--max-length", "16", "--threads", "1", "--format", "json")
    data = write(tmp_path / name)
    report = program("trainer", "--data", data, "--output", tmp_path / "models", *options).report
    assert report["data"]["labels"] == dict.fromkeys(sorted(CLASSES), PAGES)


def weights(models: Path) -> bytes:
    return (models / "m" / "model.safetensors").read_bytes()


def test_a_killed_training_continues_to_the_same_weights(
    program: Callable[..., Result], distribution: Distribution, tmp_path: Path
) -> None:
    data = as_jsonl(tmp_path / "a.jsonl")
    options = (*QUICK, "--epochs", "12", "--checkpoint-every", "1", "--name", "m")
    command = ("--data", data, *options, "--output")
    assert program("trainer", *command, tmp_path / "whole").status == 0
    models = tmp_path / "killed"
    delays = [random.uniform(0.0, 1.0) for _ in range(3)]
    for delay in delays:
        process = subprocess.Popen(
            [distribution.path("trainer"), *command, models, "--resume"],
            env={},
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + MINUTES
        while not list(models.glob(".m.training/checkpoint*")) and time.monotonic() < until:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(delay)
        process.kill()
        process.wait()
    result = program("trainer", *command, models, "--resume", "--format", "json")
    assert result.report["resumed_from"] is not None, delays
    assert weights(models) == weights(tmp_path / "whole"), delays


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.jsonl", b"", "a.jsonl"),
        ("a.jsonl", b'{"text": "\xff", "label": "a"}\n', "UTF-8"),
        ("a.jsonl", b'{"text": "a", "label": "b"}\n' * 30, "class"),
        ("a.jsonl", b'{"text": "a"}\n' * 30, "label"),
        ("a.jsonl", b'{"text": "a", "label": "b"}\n{"text"\n', "2"),
        ("a.csv", b"text;label\na;b\n", "label"),
        ("a.xyz", b"a", "a.xyz"),
    ],
)
def test_wrong_data_is_one_error_and_leaves_nothing(
    program: Callable[..., Result], tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    data = tmp_path / name
    data.write_bytes(content)
    models = tmp_path / "models"
    result = program("trainer", "--data", data, "--output", models)
    assert (result.status, result.stdout) == (3, "")
    assert result.stderr.startswith("ai-coder-trainer: ")
    assert result.stderr.count("\n") == 1
    assert problem in result.stderr
    assert not models.exists() or list(models.iterdir()) == []


def damaged(name: str, damage: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(model: Path) -> None:
        path = model / name
        path.write_bytes(damage(path.read_bytes()))

    return apply


def other_tokenizer(model: Path) -> None:
    """A tokenizer that is whole, with its right checksum in the card, but of another graph."""
    path = model / "tokenizer.json"
    path.write_text(path.read_text().rstrip("\n") + "\n\n")
    card = json.loads((model / "model.json").read_text())
    content = path.read_bytes()
    card["files"]["tokenizer.json"] = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }
    (model / "model.json").write_text(json.dumps(card))


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (damaged("model.safetensors", lambda _: b""), "model.safetensors"),
        (damaged("model.safetensors", lambda data: data[:-100]), "model.safetensors"),
        (damaged("model.onnx", lambda _: b""), "model.onnx"),
        (other_tokenizer, "tokenizer"),
        (damaged("model.json", lambda _: b"{"), "model.json"),
    ],
)
def test_a_damaged_model_is_one_error(
    program: Callable[..., Result],
    model: dict[str, Any],
    tmp_path: Path,
    damage: Callable[[Path], None],
    problem: str,
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model["folder"], folder)
    damage(folder)
    source = tmp_path / "run.py"
    source.write_text(RISKY)
    result = program("analyzer", "--file", source, "--model", folder)
    assert (result.status, result.stdout) == (3, "")
    assert result.stderr.startswith("ai-coder-analyzer: ")
    assert result.stderr.count("\n") == 1
    assert problem in result.stderr


@pytest.mark.parametrize("name", LEARNING_PROGRAMS)
def test_help_and_version_load_nothing_heavy(distribution: Distribution, name: str) -> None:
    result = distribution.run(name, "--version")
    assert (result.status, result.stdout) == (0, f"ai-coder-{name} {VERSION}\n")
    # The dynamic linker tells of each library that it loads.
    result = distribution.run(name, "--help", env={"LD_DEBUG": "files"})
    assert result.status == 0
    assert "libpython3.11" in result.stderr
    heavy = ("torch", "onnx", "arrow", "pandas", "numpy", "tokenizers", "tree_sitter")
    assert [
        each for each in heavy if f"/{each}" in result.stderr or f"lib{each}" in result.stderr
    ] == []


@pytest.mark.parametrize("name", LEARNING_PROGRAMS)
def test_executables_are_small(built: Path, name: str) -> None:
    assert Distribution(built).path(name).stat().st_size <= 3_000_000


def test_the_archive_is_small(built: Path) -> None:
    assert Path(f"{built.name}.tar.xz").stat().st_size <= 170_000_000


def test_light_programs_bring_nothing_of_torch_along(built: Path) -> None:
    for name in ("core", "launcher", "scanner", "web"):
        listed = (built / "requirements" / f"ai-coder-{name}.txt").read_text()
        assert "torch" not in listed and "numpy" not in listed
