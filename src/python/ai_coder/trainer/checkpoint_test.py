"""Tests of checkpoints."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

from ai_coder.common.errors import InputError
from ai_coder.trainer import checkpoint
from ai_coder.trainer.checkpoint import Blueprint, State
from ai_coder.trainer.settings import Settings

SETTINGS = Settings(None, None, 3, 16, 5e-4, 256, 0.2, 1, 2)


def state(step: int) -> State:
    import torch

    weight = torch.full((2, 3), float(step), requires_grad=True)
    optimizer = torch.optim.AdamW([weight])
    weight.sum().backward()
    optimizer.step()
    return State(
        step,
        Blueprint("config", "tokenizer", "tokenizer config"),
        {"weight": weight.detach()},
        optimizer.state_dict(),
        torch.get_rng_state(),
    )


def same(first: State, second: State) -> bool:
    return (
        (first.step, first.blueprint) == (second.step, second.blueprint)
        and first.weights["weight"].equal(second.weights["weight"])
        and first.random.equal(second.random)
        and str(first.optimizer) == str(second.optimizer)
    )


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    assert not checkpoint.exists(tmp_path)
    for step in (100, 200):
        saved = state(step)
        checkpoint.save(tmp_path, saved, SETTINGS, "digest")
        assert same(checkpoint.load(tmp_path, SETTINGS, "digest"), saved)
        assert sorted(each.name for each in tmp_path.iterdir()) == [
            "checkpoint.json",
            f"step-{step}.pt",
        ]
    assert checkpoint.exists(tmp_path)


def test_a_checkpoint_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    checkpoint.discard(tmp_path)
    checkpoint.save(tmp_path, state(1), SETTINGS, "digest")
    checkpoint.discard(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["other"]


@pytest.mark.parametrize("moment", ["state", "header", "rename"])
def test_a_kill_while_saving_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    checkpoint.save(tmp_path, state(1), SETTINGS, "digest")
    with monkeypatch.context() as patch:
        if moment == "state":
            patch.setattr(checkpoint, "flush", killed)
        elif moment == "header":
            patch.setattr(checkpoint, "write_durably", killed)
        else:
            patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            checkpoint.save(tmp_path, state(2), SETTINGS, "digest")
    assert checkpoint.load(tmp_path, SETTINGS, "digest").step == 1
    checkpoint.save(tmp_path, state(2), SETTINGS, "digest")
    assert checkpoint.load(tmp_path, SETTINGS, "digest").step == 2


@pytest.mark.skipif(os.name == "nt", reason="no such limit")
def test_no_room(tmp_path: Path) -> None:
    import resource
    import signal

    checkpoint.save(tmp_path, state(1), SETTINGS, "digest")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        with pytest.raises(InputError, match=r"cannot write .*: File too large; make room"):
            checkpoint.save(tmp_path, state(2), SETTINGS, "digest")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert checkpoint.load(tmp_path, SETTINGS, "digest").step == 1


def test_other_settings_or_data(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state(1), SETTINGS, "digest")
    other = dataclasses.replace(SETTINGS, epochs=4, base="bert")
    with pytest.raises(InputError, match="base None, not bert; epochs 3, not 4; other data; train"):
        checkpoint.load(tmp_path, other, "other digest")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"schema": 2}', '{"schema": 1}', "\0"])
def test_a_damaged_header(tmp_path: Path, content: str) -> None:
    checkpoint.save(tmp_path, state(1), SETTINGS, "digest")
    (tmp_path / "checkpoint.json").write_text(content)
    with pytest.raises(InputError, match=r"checkpoint.json is damaged .*without --resume"):
        checkpoint.load(tmp_path, SETTINGS, "digest")


@pytest.mark.parametrize(
    "key", ["step", "data", "settings", "blueprint", "file", "sha256", "bytes"]
)
def test_a_header_without_something(tmp_path: Path, key: str) -> None:
    checkpoint.save(tmp_path, state(1), SETTINGS, "digest")
    path = tmp_path / "checkpoint.json"
    header = json.loads(path.read_text())
    del header[key]
    path.write_text(json.dumps(header))
    with pytest.raises(InputError, match="is damaged"):
        checkpoint.load(tmp_path, SETTINGS, "digest")


def test_a_damaged_state(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state(1), SETTINGS, "digest")
    flip(tmp_path / "step-1.pt")
    with pytest.raises(InputError, match=r"step-1.pt is damaged \(its content has changed\)"):
        checkpoint.load(tmp_path, SETTINGS, "digest")


def test_a_missing_state(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state(1), SETTINGS, "digest")
    (tmp_path / "step-1.pt").unlink()
    with pytest.raises(InputError, match=r"cannot read .*step-1.pt: No such file"):
        checkpoint.load(tmp_path, SETTINGS, "digest")
