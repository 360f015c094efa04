"""Tests of the graph."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ai_coder.common.errors import ComponentError, ExitCode
from ai_coder.model.folder import ARCHITECTURES
from ai_coder.trainer.classifier import base_config, build
from ai_coder.trainer.conftest import rows
from ai_coder.trainer.evaluation import predict
from ai_coder.trainer.graph import check_graph, write_graph
from ai_coder.trainer.settings import Settings
from ai_coder.trainer.tokens import Tokens, load_tokenizer, tokenize

SETTINGS = Settings(None, None, 3, 4, 5e-4, 16, 0.2, 1, 1)
EXAMPLES = list(range(30))


def network_and_tokens(folder: Path) -> tuple[Any, Tokens]:
    tokenizer = load_tokenizer(folder)
    network = build(base_config(folder, tokenizer), ("a", "b", "c"))
    texts = [row["text"] for row in rows(30)]
    return network.eval(), tokenize(tokenizer, texts, 30, 0, "none")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_graph_answers_as_the_network_does(
    make_base: Callable[..., Path],
    tmp_path: Path,
    architecture: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    import onnxruntime
    import torch

    network, tokens = network_and_tokens(make_base(architecture))
    logits = predict(network, tokens, EXAMPLES, 4, "none")
    paths = [tmp_path / name for name in ("one", "two")]
    for path in paths:
        write_graph(network, tokens, EXAMPLES, "abc", path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert check_graph(paths[0], tokens, EXAMPLES, logits, SETTINGS) < 1e-5

    session = onnxruntime.InferenceSession(str(paths[0]))
    assert session.get_modelmeta().custom_metadata_map == {"tokenizer_sha256": "abc"}
    assert [each.name for each in session.get_outputs()] == ["logits"]
    # Other sizes than those that the graph was drawn with, down to one text of full length.
    for size in (1, 7, 30):
        batch = tokens.batch(EXAMPLES[:size])
        (answer,) = session.run(
            None,
            {
                "input_ids": batch.input_ids.numpy(),
                "attention_mask": batch.attention_mask.numpy(),
            },
        )
        assert torch.from_numpy(answer).allclose(logits[:size], atol=1e-5)
        assert answer.argmax(axis=1).tolist() == logits[:size].argmax(dim=1).tolist()
    assert capfd.readouterr() == ("", "")


def test_the_mask_counts_even_if_none_was_needed_for_the_drawing(
    make_base: Callable[..., Path], tmp_path: Path
) -> None:
    network, tokens = network_and_tokens(make_base("distilbert"))
    lengths = [tokens.starts[number + 1] - tokens.starts[number] for number in EXAMPLES]
    twins = [number for number in EXAMPLES if lengths[number] == lengths[0]]
    assert tokens.batch(twins[:2]).attention_mask.all()
    write_graph(network, tokens, twins, "abc", tmp_path / "graph")
    logits = predict(network, tokens, EXAMPLES, 4, "none")
    assert check_graph(tmp_path / "graph", tokens, EXAMPLES, logits, SETTINGS) < 1e-5


@pytest.mark.parametrize("wrong", [0.01, float("nan")])
def test_a_graph_that_does_not_agree(
    make_base: Callable[..., Path], tmp_path: Path, wrong: float
) -> None:
    network, tokens = network_and_tokens(make_base())
    logits = predict(network, tokens, EXAMPLES, 4, "none")
    write_graph(network, tokens, EXAMPLES, "abc", tmp_path / "graph")
    logits[17, 1] += wrong
    with pytest.raises(ComponentError, match="does not agree with the network") as raised:
        check_graph(tmp_path / "graph", tokens, EXAMPLES, logits, SETTINGS)
    assert raised.value.exit_code == ExitCode.INTERNAL


def test_libraries_of_the_newer_exporter_are_not_needed(data: Path, tmp_path: Path) -> None:
    program = (
        "import sys\nsys.modules.update(onnxscript=None, onnx_ir=None)\n"
        "from ai_coder.trainer import train_model\n"
        "train_model(sys.argv[1], output=sys.argv[2], epochs=1, max_length=16, threads=1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(data), str(tmp_path / "models")],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "HOME": str(tmp_path / "home"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert (tmp_path / "models" / "toy" / "model.onnx").is_file()
    # Nothing was kept for later, or to be sent to anybody.
    assert not (tmp_path / "home").exists()
