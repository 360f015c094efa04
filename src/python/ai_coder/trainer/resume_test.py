"""Tests of a training that is killed at any moment, for real."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ai_coder.trainer import train_model
from ai_coder.trainer.conftest import write_rows

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no such signals")


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ai_coder.trainer", *map(str, arguments), "--progress", "json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_step(process: subprocess.Popen[str], step: int) -> None:
    """Wait until the training is at *step* or a later one."""
    assert process.stderr is not None
    other = []
    for line in process.stderr:
        if not line.startswith('{"progress"'):
            other.append(line)
            continue
        state = json.loads(line)["progress"]
        if state["label"] == "Training" and state["done"] >= step:
            return
    raise AssertionError("".join(other))


def digest(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def test_kills_do_not_change_the_result(tmp_path: Path, make_base: Callable[..., Path]) -> None:
    data = write_rows(tmp_path / "toy.jsonl", 50)
    base = make_base("distilbert")
    arguments: dict[str, Any] = {"epochs": 12, "batch_size": 2, "max_length": 16, "threads": 1}
    whole = train_model(data, base=base, output=tmp_path / "whole", **arguments)

    output = tmp_path / "models"
    options = [
        word for name, value in arguments.items() for word in (f"--{name.replace('_', '-')}", value)
    ]
    command = ["--data", data, "--base", base, "--output", output, *options]
    command += ["--checkpoint-every", 3, "--resume"]
    seed = random.randrange(10**6)
    moments = random.Random(seed)
    steps = sorted(moments.sample(range(4, whole.steps - 100), 2))
    for step in steps:
        with start(*command) as process:
            wait_for_step(process, step)
            time.sleep(moments.random() * 0.05)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert (output / ".toy.training").is_dir()
        assert not (output / "toy").exists()
    with start(*command, "--format", "json") as process:
        out, err = process.communicate()
    assert process.returncode == 0, err
    report = json.loads(out)
    assert report["resumed_from"] >= steps[-1] - 3, f"seed {seed}"
    assert report["resumed_from"] % 3 == 0
    assert [path.name for path in output.iterdir()] == ["toy"]
    assert digest(output / "toy") == digest(Path(whole.folder)), f"seed {seed}"


def test_ctrl_c_says_how_to_go_on(tmp_path: Path, make_base: Callable[..., Path]) -> None:
    data = write_rows(tmp_path / "toy.jsonl", 50)
    command = ["--data", data, "--base", make_base("distilbert"), "--output", tmp_path / "models"]
    # Far more than it gets to.
    command += ["--epochs", 10_000, "--max-length", 16, "--checkpoint-every", 3, "--threads", 1]
    with start(*command) as process:
        wait_for_step(process, 3)
        # Meanwhile, no other one may train the same.
        with start(*command) as other:
            _, err = other.communicate()
        assert other.returncode == 3
        assert "another trainer is at work on 'toy'" in err
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "ai-coder-trainer: add --resume to the same command to continue" in err
    assert err.endswith("ai-coder-trainer: interrupted\n")
    assert "Traceback" not in err
