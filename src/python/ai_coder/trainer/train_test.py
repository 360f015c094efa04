"""Tests of whole trainings."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ai_coder.common.errors import ComponentError, InputError
from ai_coder.model.folder import models, read_card
from ai_coder.model.network import load_network
from ai_coder.trainer import checkpoint, learn, train, train_model
from ai_coder.trainer.conftest import rows, write_rows

FILES = [
    "README.md",
    "config.json",
    "model.json",
    "model.onnx",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
]

Arguments = Mapping[str, Any]


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_learns(tmp_path: Path) -> None:
    data = write_rows(tmp_path / "toy.jsonl", 150)
    output = tmp_path / "models"
    report = train_model(
        data, output=output, epochs=12, batch_size=8, learning_rate=5e-3, max_length=16
    )
    assert report.metrics["accuracy"] > 0.9
    assert report.metrics["macro_f1"] > 0.9
    assert (report.model, report.folder) == ("toy", str(output / "toy"))
    assert (report.labels, report.steps, report.resumed_from) == (("bug", "doc", "fix"), 180, None)
    assert [(each.label, each.examples) for each in report.classes] == [
        ("bug", 10),
        ("doc", 10),
        ("fix", 10),
    ]

    folder = output / "toy"
    assert names(output) == ["toy"]
    assert names(folder) == FILES
    assert list(models(output)) == [folder]
    card = read_card(folder)
    assert (card.name, card.architecture, card.max_length) == ("toy", "distilbert", 16)
    assert (card.labels, card.metrics, card.data) == (report.labels, report.metrics, report.data)
    assert card.data["labels"] == {"bug": 50, "doc": 50, "fix": 50}
    assert (card.data["train"], card.data["validation"]) == (120, 30)
    assert card.training["graph_difference"] < 1e-3
    assert card.training["base"] is None
    assert card.has_graph
    assert names(folder) == sorted([*card.files, "model.json"])
    assert all(card.versions.values())

    # It knows texts that were not there, by the words that give them away.
    texts = ["a crash in it", "the guide", "one more patch here"]
    assert answers(folder, texts) == ["bug", "doc", "fix"]
    assert answers_of_graph(folder, texts) == ["bug", "doc", "fix"]
    readme = (folder / "README.md").read_text()
    assert card.data["sha256"] in readme
    assert f"accuracy {card.metrics['accuracy']:.4f}" in readme


def answers(folder: Path, texts: list[str]) -> list[str]:
    """What transformers makes of the model."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    batch = tokenizer(texts, truncation=True, padding=True, return_tensors="pt")
    logits = network(**batch).logits
    ours = load_network(folder)(**batch).logits
    assert ours.equal(logits)
    return [network.config.id2label[number] for number in logits.argmax(dim=1).tolist()]


def answers_of_graph(folder: Path, texts: list[str]) -> list[str]:
    """What a program without torch makes of it."""
    import onnxruntime
    import torch
    from tokenizers import Tokenizer

    content = (folder / "tokenizer.json").read_bytes()
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    metadata = session.get_modelmeta().custom_metadata_map
    assert metadata["tokenizer_sha256"] == hashlib.sha256(content).hexdigest()
    tokenizer = Tokenizer.from_buffer(content)
    labels = json.loads((folder / "model.json").read_text())["labels"]
    result = []
    for text in texts:
        ids = torch.tensor([tokenizer.encode(text).ids])
        (logits,) = session.run(
            None, {"input_ids": ids.numpy(), "attention_mask": torch.ones_like(ids).numpy()}
        )
        result.append(labels[logits[0].argmax()])
    return result


def test_the_same_again_to_the_bit(data: Path, tmp_path: Path, fast: Arguments) -> None:
    found = []
    for output in ("one", "two"):
        report = train_model(data, output=tmp_path / output, **fast)
        found.append(digests(Path(report.folder)))
    assert found[0] == found[1]
    report = train_model(data, output=tmp_path / "three", seed=2, **fast)
    other = digests(Path(report.folder))
    assert other["model.safetensors"] != found[0]["model.safetensors"]


@pytest.mark.parametrize("resume", [True, False])
def test_resuming_from_scratch(
    data: Path, tmp_path: Path, fast: Arguments, monkeypatch: pytest.MonkeyPatch, resume: bool
) -> None:
    arguments = {**fast, "epochs": 4}
    whole = train_model(data, output=tmp_path / "whole", **arguments)
    output = tmp_path / "models"
    with monkeypatch.context() as patch:
        interrupt_after(8, patch)
        with pytest.raises(KeyboardInterrupt):
            train_model(data, output=output, checkpoint_every=3, **arguments)
    assert names(output) == [".toy.training"]
    assert train.has_checkpoint(data, output=output)
    report = train_model(data, output=output, resume=resume, checkpoint_every=5, **arguments)
    assert report.resumed_from == (6 if resume else None)
    assert names(output) == ["toy"]
    assert digests(output / "toy") == digests(Path(whole.folder))


def interrupt_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def check(_: float) -> None:
        seen.append(1)
        if len(seen) > steps:
            raise KeyboardInterrupt

    monkeypatch.setattr(learn, "check_loss", check)


def test_an_interruption_before_the_first_checkpoint_leaves_nothing(
    data: Path, tmp_path: Path, fast: Arguments, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        interrupt_after(1, patch)
        with pytest.raises(KeyboardInterrupt):
            train_model(data, output=tmp_path / "models", **fast)
    assert names(tmp_path / "models") == []
    assert not train.has_checkpoint(data, output=tmp_path / "models")
    report = train_model(data, output=tmp_path / "models", resume=True, **fast)
    assert report.resumed_from is None


@pytest.fixture
def interrupted(
    data: Path, tmp_path: Path, fast: Arguments, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The output folder of a training that was interrupted after its second checkpoint."""
    with monkeypatch.context() as patch:
        interrupt_after(2, patch)
        with pytest.raises(KeyboardInterrupt):
            train_model(data, output=tmp_path / "models", checkpoint_every=1, **fast)
    return tmp_path / "models"


def test_resuming_with_other_settings_or_data(
    interrupted: Path, data: Path, fast: Arguments
) -> None:
    state = digests(interrupted / ".toy.training")
    with pytest.raises(InputError, match=r"made with epochs 1, not 2; seed 1, not 9; train with"):
        train_model(data, output=interrupted, resume=True, **{**fast, "epochs": 2, "seed": 9})
    write_rows(data, 33)
    with pytest.raises(InputError, match="made with other data"):
        train_model(data, output=interrupted, resume=True, **fast)
    data.write_text("")
    for resume in (True, False):
        with pytest.raises(InputError, match="no examples"):
            train_model(data, output=interrupted, resume=resume, **fast)
    # None of these mistakes costs the checkpoint.
    assert digests(interrupted / ".toy.training") == state


def test_resuming_from_a_damaged_checkpoint(interrupted: Path, data: Path, fast: Arguments) -> None:
    (path,) = (interrupted / ".toy.training").glob("*.pt")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"step-2.pt is damaged .*start again without --resume"):
        train_model(data, output=interrupted, resume=True, **fast)
    assert train_model(data, output=interrupted, **fast).resumed_from is None


@pytest.mark.parametrize("step", ["write_graph", "check_graph", "write_cards", "put_in_place"])
def test_a_failure_leaves_the_old_model(
    data: Path, tmp_path: Path, fast: Arguments, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    output = tmp_path / "models"

    def fail(*_: object) -> None:
        if step == "check_graph":
            raise ComponentError("does not agree")
        raise InputError("no room")

    for old in (False, True):
        if old:
            train_model(data, output=output, seed=5, **fast)
        before = digests(output / "toy") if old else None
        with monkeypatch.context() as patch:
            patch.setattr(train, step, fail)
            with pytest.raises(ComponentError, match=r"no room|does not agree"):
                train_model(data, output=output, **fast)
        assert names(output) == [".toy.training", *(["toy"] if old else [])]
        assert (digests(output / "toy") if old else None) == before
        # The training itself need not be repeated.
        report = train_model(data, output=output, resume=True, **fast)
        assert report.resumed_from == report.steps
        assert names(output) == ["toy"]
        assert digests(output / "toy") != before
        shutil.rmtree(output / "toy")


def test_a_base_model(
    data: Path, tmp_path: Path, fast: Arguments, make_base: Callable[..., Path]
) -> None:
    base = make_base("roberta")
    report = train_model(data, output=tmp_path / "models", base=base, **fast)
    card = read_card(Path(report.folder))
    assert card.architecture == "roberta"
    assert card.training["base"] == "base-roberta"
    weights = (base / "model.safetensors").read_bytes()
    assert card.training["base_sha256"] == hashlib.sha256(weights).hexdigest()
    assert "trained further from base-roberta" in (Path(report.folder) / "README.md").read_text()
    answers(Path(report.folder), ["a text"])

    # And what came out is a base itself, even for a model of the same name.
    again = train_model(data, output=tmp_path / "models", base=report.folder, **fast)
    assert again.folder == report.folder
    assert read_card(Path(again.folder)).training["base"] == "toy"


def test_a_base_model_that_reads_less(
    data: Path, tmp_path: Path, fast: Arguments, make_base: Callable[..., Path]
) -> None:
    arguments = {**fast, "max_length": 67}
    with pytest.raises(InputError, match="reads at most 66 tokens of a text; lower --max-length"):
        train_model(data, output=tmp_path / "models", base=make_base("bert"), **arguments)
    assert names(tmp_path / "models") == []


def test_a_rate_that_is_too_high(data: Path, tmp_path: Path, fast: Arguments) -> None:
    arguments = {**fast, "epochs": 20, "learning_rate": 1e20}
    with pytest.raises(InputError, match=r"stopped learning .*lower --learning-rate"):
        train_model(data, output=tmp_path / "models", **arguments)


def test_no_folder_for_temporary_files(
    data: Path, tmp_path: Path, fast: Arguments, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(tempfile, "gettempdir", fail)
    with pytest.raises(InputError, match=r"No usable temporary .*name another one in TMPDIR"):
        train_model(data, output=tmp_path / "models", **fast)


def test_a_place_that_is_taken(data: Path, tmp_path: Path, fast: Arguments) -> None:
    (tmp_path / "models" / "toy").mkdir(parents=True)
    with pytest.raises(InputError, match="is there and no model"):
        train_model(data, output=tmp_path / "models", **fast)
    with pytest.raises(InputError, match="cannot be the name of a model"):
        train_model(data, name="../x", output=tmp_path / "models", **fast)
    assert names(tmp_path / "models") == ["toy"]


def test_strange_classes(tmp_path: Path, fast: Arguments) -> None:
    labels = ["a|b", "c\nd `e`", "\x1b[2J", "ü: 'x' \"y\""]
    data = tmp_path / "strange.json"
    data.write_text(
        json.dumps([{"text": row["text"], "label": label} for row in rows(3) for label in labels])
    )
    report = train_model(data, output=tmp_path / "models", **fast)
    assert read_card(Path(report.folder)).labels == tuple(sorted(labels))
    readme = (Path(report.folder) / "README.md").read_text()
    assert "\x1b" not in readme
    assert "| a\\|b |" in readme
    answers(Path(report.folder), ["a text"])


def test_the_shared_folder(
    data: Path, tmp_path: Path, fast: Arguments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AI_CODER_HOME", str(tmp_path / "home"))
    report = train_model(data, name="other", **fast)
    assert report.folder == str(tmp_path / "home" / "shared" / "models" / "other")


def test_progress(
    data: Path, tmp_path: Path, fast: Arguments, capfd: pytest.CaptureFixture[str]
) -> None:
    train_model(data, output=tmp_path / "models", progress="json", **fast)
    out, err = capfd.readouterr()
    states = [json.loads(line)["progress"] for line in err.splitlines()]
    assert out == ""
    assert list(dict.fromkeys(state["label"] for state in states)) == [
        "Reading",
        "Tokenising",
        "Training",
        "Validating",
    ]
    training = [state for state in states if state["label"] == "Training"]
    assert training[0] == {"label": "Training", "done": 0, "total": 3}
    assert training[-1]["done"] == 3
    assert training[-1]["note"].startswith("loss ")
    assert training[-1]["note"].endswith(", 0:00 left")


def test_another_process_has_the_folder(data: Path, tmp_path: Path, fast: Arguments) -> None:
    from ai_coder.trainer.work import WorkFolder

    output = tmp_path / "models"
    with (
        WorkFolder(output, "toy", keep=checkpoint.CHECKPOINT),
        pytest.raises(InputError, match="another trainer is at work on 'toy'"),
    ):
        train_model(data, output=output, **fast)
