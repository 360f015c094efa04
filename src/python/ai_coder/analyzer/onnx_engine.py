"""The engine that runs a model's graph with onnxruntime, without torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from ai_coder.common import performance
from ai_coder.common.errors import InputError, first_line
from ai_coder.model.folder import (
    GRAPH,
    INPUTS,
    OUTPUT,
    TOKENIZER,
    TOKENIZER_DIGEST,
    ModelCard,
    describe,
)

# Above "fatal": its failures come as exceptions, and its warnings are for those who export graphs.
_SILENT = 4
# "[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : " is before each of its messages.
_PREFIX = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")

_LEVELS = {
    "O0": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "O1": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "O2": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
}

onnxruntime.set_default_logger_severity(_SILENT)
# Where it was built to tell its makers how it is used, it shall not.
onnxruntime.disable_telemetry_events()


class OnnxEngine:
    """The graph of the model in *folder*; `InputError` if it is damaged or of another model."""

    def __init__(self, folder: Path, card: ModelCard, threads: int) -> None:
        self._path = folder / GRAPH
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _SILENT
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        optimization = performance.optimization()
        if optimization is not None:
            options.graph_optimization_level = _LEVELS[optimization]
        # Both keep memory for texts of the same length, and these are of all lengths.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(
                str(self._path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # it raises a dozen classes that have nothing in common
            raise InputError(
                f"{self._path} is damaged ({_reason(error)}); restore the file, train the model "
                "again, or use --engine torch"
            ) from error
        self._check(folder, card)

    def logits(
        self, ids: Sequence[Sequence[int]], mask: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        """As `Engine.logits`."""
        arrays = (np.array(ids, dtype=np.int64), np.array(mask, dtype=np.int64))
        try:
            (result,) = self._session.run([OUTPUT], dict(zip(INPUTS, arrays, strict=True)))
        except Exception as error:  # as above
            raise InputError(
                f"{self._path} cannot read the tokens of {TOKENIZER} ({_reason(error)}); train "
                "the model again, or use --engine torch"
            ) from error
        rows: list[list[float]] = np.asarray(result, dtype=np.float64).tolist()
        return rows

    def _check(self, folder: Path, card: ModelCard) -> None:
        inputs = {each.name for each in self._session.get_inputs()}
        outputs: dict[str, Any] = {each.name: each.shape for each in self._session.get_outputs()}
        if inputs != set(INPUTS) or OUTPUT not in outputs:
            raise self._misfit(
                f"it has the inputs {', '.join(sorted(inputs)) or 'none'} and the outputs "
                f"{', '.join(sorted(outputs)) or 'none'}, not {', '.join(INPUTS)} and {OUTPUT}"
            )
        labels = outputs[OUTPUT][-1] if outputs[OUTPUT] else None
        if isinstance(labels, int) and labels != len(card.labels):
            raise self._misfit(f"it knows {labels} labels, the model has {len(card.labels)}")
        digest = self._session.get_modelmeta().custom_metadata_map.get(TOKENIZER_DIGEST)
        if digest is not None and digest != describe(folder / TOKENIZER).sha256:
            raise self._misfit(f"it was made for another {TOKENIZER}")

    def _misfit(self, reason: str) -> InputError:
        return InputError(
            f"{self._path} does not fit the model: {reason}; train the model again, or use "
            "--engine torch"
        )


def _reason(error: Exception) -> str:
    return _PREFIX.sub("", first_line(error))
