from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ai_coder.analyzer.conftest import LABELS, draw_graph, write_card
from ai_coder.analyzer.judge import Judge
from ai_coder.common.errors import InputError
from ai_coder.model.folder import CARD, CONFIG, GRAPH, TOKENIZER, WEIGHTS, describe

TEXTS = (
    "def f(x):\n    return x\n",
    "",
    "é" * 500,
    "while True: pass",
    "x = 1\n" * 40,
    "{};[]()",
    *(f"int f{n}(void) {{ return {n}; }}" * (n + 1) for n in range(12)),
)


def test_both_engines_say_the_same(built_model: Path) -> None:
    onnx, torch = (Judge(built_model, engine).judge(TEXTS) for engine in ("onnx", "torch"))
    assert [each.label for each in onnx] == [each.label for each in torch]
    assert len({each.label for each in onnx}) > 1
    assert [each.confidence for each in onnx] == pytest.approx(
        [each.confidence for each in torch], abs=1e-4
    )
    assert all(1 / len(LABELS) <= each.confidence <= 1 for each in onnx)


def test_a_text_is_judged_alike_in_any_company(built_model: Path) -> None:
    judge = Judge(built_model)
    together = judge.judge(TEXTS)
    alone = [judge.judge([text])[0] for text in TEXTS]
    assert [each.label for each in together] == [each.label for each in alone]
    assert [each.confidence for each in together] == pytest.approx(
        [each.confidence for each in alone], abs=1e-4
    )
    assert judge.judge([]) == []


def test_the_graph_is_used_where_there_is_one(model: Path) -> None:
    assert Judge(model).model.engine == "onnx"
    (model / GRAPH).unlink()
    write_card(model)
    assert Judge(model).model.engine == "torch"
    with pytest.raises(InputError, match=r"has no model\.onnx.*use --engine torch"):
        Judge(model, "onnx")


def test_the_used_model(built_model: Path) -> None:
    used = Judge(built_model, "torch").model
    assert (used.name, used.folder, used.labels) == ("tiny", str(built_model), LABELS)


def cut(name: str, size: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes()[:size])

    return change


def edit(name: str, **changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        path.write_text(json.dumps({**json.loads(path.read_bytes()), **changes}))

    return change


def graph(digest: str | None = None, **changes: Any) -> Callable[[Path], None]:
    """Another graph, of a network with other settings or of other inputs."""

    def change(folder: Path) -> None:
        from transformers import DistilBertConfig, DistilBertForSequenceClassification

        inputs = changes.pop("inputs", ("input_ids", "attention_mask"))
        settings: dict[str, Any] = {**json.loads((folder / CONFIG).read_bytes()), **changes}
        network: Any = DistilBertForSequenceClassification(DistilBertConfig(**settings))
        expected = digest or describe(folder / TOKENIZER).sha256
        draw_graph(network.eval(), folder / GRAPH, expected, inputs)

    return change


def tokenizer_of_more(folder: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.add_tokens([f"word{n}" for n in range(100)])
    tokenizer.save(str(folder / TOKENIZER))


def poison(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / WEIGHTS)
    weights["classifier.bias"] *= float("nan")
    save_file(weights, folder / WEIGHTS)


def without_weight(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / WEIGHTS)
    del weights["classifier.bias"]
    save_file(weights, folder / WEIGHTS)


# What is done to the folder, the engine, and what the error says. The card is written anew, so
# that it is the engine that finds out.
DAMAGES: list[tuple[Callable[[Path], None], str, str]] = [
    (cut(WEIGHTS, 0), "torch", r"model\.safetensors is damaged"),
    (cut(WEIGHTS, 5000), "torch", r"model\.safetensors is damaged"),
    (without_weight, "torch", r"model\.safetensors does not fit.*classifier\.bias"),
    (poison, "torch", "does not give a number for each of its 3 labels"),
    (cut(GRAPH, 0), "onnx", r"model\.onnx is damaged"),
    (cut(GRAPH, 5000), "onnx", r"model\.onnx is damaged"),
    (graph(inputs=("tokens", "mask")), "onnx", r"inputs mask, tokens .*not input_ids, attention"),
    (graph(num_labels=5), "onnx", "it knows 5 labels, the model has 3"),
    (graph(digest="0" * 64), "onnx", r"it was made for another tokenizer\.json"),
    (graph(vocab_size=20), "onnx", r"model\.onnx cannot read the tokens of tokenizer\.json"),
    (edit(CONFIG, vocab_size=200), "torch", "has 273 tokens, the network knows 200"),
    (tokenizer_of_more, "onnx", "has 373 tokens, the network knows 300"),
    (edit(CONFIG, dim=8), "torch", "does not fit"),
    (edit(CONFIG, model_type="gpt2"), "torch", "type 'gpt2'; this program knows bert"),
    (edit(CONFIG, model_type="gpt2"), "onnx", "type 'gpt2'; this program knows bert"),
    (cut(CONFIG, 20), "onnx", r"config\.json is damaged"),
    (cut(CONFIG, 20), "torch", r"config\.json is damaged"),
    (cut(TOKENIZER, 0), "onnx", r"tokenizer\.json is damaged"),
    (cut(TOKENIZER, 500), "torch", r"tokenizer\.json is damaged"),
]


@pytest.mark.parametrize(("damage", "engine", "message"), DAMAGES)
def test_a_damaged_model_is_one_line(
    damage: Callable[[Path], None],
    engine: str,
    message: str,
    model: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    damage(model)
    write_card(model)
    with pytest.raises(InputError, match=message) as raised:
        Judge(model, engine).judge(TEXTS)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 700
    assert capfd.readouterr().err == ""


def test_the_number_of_labels_has_to_fit(model: Path) -> None:
    write_card(model, labels=("a", "b"))
    with pytest.raises(InputError, match="knows 3 labels, the model has 2"):
        Judge(model, "torch").judge(TEXTS)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut(WEIGHTS, 0), "has 0 bytes instead of"),
        (cut(GRAPH, 100), "has 100 bytes instead of"),
        (edit(CONFIG, dim=8), r"config\.json .* is not the file|config\.json has"),
        (cut(CARD, 100), r"model\.json is damaged"),
        (cut(CARD, 0), r"model\.json is damaged"),
        (edit(CARD, schema=99), "has schema 99"),
        (lambda folder: (folder / WEIGHTS).unlink(), r"lacks .*model\.safetensors"),
        (lambda folder: (folder / CARD).unlink(), "is no model: it has no"),
    ],
)
def test_the_card_shows_damages_before_anything_is_loaded(
    damage: Callable[[Path], None], message: str, model: Path
) -> None:
    damage(model)
    with pytest.raises(InputError, match=message):
        Judge(model)


def test_the_engine_onnx_needs_no_torch(built_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(built_model, tmp_path / "copy")
    program = (
        "import sys\nfrom pathlib import Path\nfrom ai_coder.analyzer.judge import Judge\n"
        "judge = Judge(Path(sys.argv[1]), 'onnx', threads=1)\n"
        "print(judge.judge(['a = 1'])[0].label)\n"
        "print(*{'torch', 'transformers', 'datasets'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, folder],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() in LABELS
    assert done.stderr.strip() == ""


def test_an_engine_that_is_not_installed(
    built_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ai_coder.analyzer.onnx_engine", None)
    with pytest.raises(InputError, match="the engine onnx is not installed here"):
        Judge(built_model, "onnx").judge(TEXTS)
