"""The trained network as an ONNX graph, which needs no torch to run."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ai_coder.common.errors import ComponentError
from ai_coder.model.folder import INPUTS, OUTPUT, TOKENIZER_DIGEST
from ai_coder.trainer.evaluation import parts
from ai_coder.trainer.settings import Settings
from ai_coder.trainer.tokens import Tokens
from ai_coder.trainer.work import write_durably

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

OPSET = 17

_TOLERANCE = 1e-3


def write_graph(
    network: PreTrainedModel, tokens: Tokens, examples: Sequence[int], digest: str, path: Path
) -> None:
    """Write the graph of *network* to *path*.

    Its inputs are `INPUTS` (64-bit integers, texts x tokens, both of any number), its output is
    `OUTPUT` (32-bit numbers, texts x classes). It is drawn while the network reads two of the
    *examples*. *digest* is kept in it as `TOKENIZER_DIGEST`.
    """
    import onnx
    import torch

    batch = tokens.batch(examples[:2])
    size = {0: "texts", 1: "tokens"}
    content = io.BytesIO()
    with warnings.catch_warnings():
        # That some Python values become constants; `check_graph` shows that none matters.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (batch.input_ids, batch.attention_mask),
            content,
            # The newer exporter needs two more libraries.
            dynamo=False,
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_axes={**dict.fromkeys(INPUTS, size), OUTPUT: {0: "texts"}},
            opset_version=OPSET,
        )
    graph = onnx.load_model_from_string(content.getvalue())
    del content
    graph.metadata_props.add(key=TOKENIZER_DIGEST, value=digest)
    write_durably(path, graph.SerializeToString(deterministic=True))


def check_graph(
    path: Path, tokens: Tokens, examples: Sequence[int], logits: Tensor, settings: Settings
) -> float:
    """The largest difference of the graph's answers to the *examples* from *logits*.

    Raises `ComponentError` if they do not agree, which is if a number differs by more than 1e-3. As
    far as that precision goes, the classes are then the same, too.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings.threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    largest = 0.0
    for numbers, expected in zip(
        parts(examples, settings.batch_size), logits.split(settings.batch_size), strict=True
    ):
        batch = tokens.batch(numbers)
        inputs = (batch.input_ids.numpy(), batch.attention_mask.numpy())
        (answer,) = session.run([OUTPUT], dict(zip(INPUTS, inputs, strict=True)))
        difference = abs(answer - expected.numpy()).max().item()
        # Not "more than": that is false if the difference is no number.
        if not difference <= _TOLERANCE:
            raise ComponentError(
                f"the graph does not agree with the network: its answers differ by {difference:g}; "
                "no model is written, please report this"
            )
        largest = max(largest, difference)
    return largest
