"""Tests of the validation."""

from __future__ import annotations

import math

import pytest

from ai_coder.common.errors import InputError
from ai_coder.trainer.evaluation import ClassScore, evaluate, parts


def test_metrics() -> None:
    import torch

    logits = torch.tensor([[2.0, 1, 0], [2.0, 1, 0], [0, 2.0, 1], [2.0, 1, 0]])
    evaluation = evaluate(logits, [0, 0, 1, 1], ["a", "b", "c"])
    assert evaluation.classes == (
        ClassScore("a", 2, 3, 2, 0.8),
        ClassScore("b", 2, 1, 1, 2 / 3),
        ClassScore("c", 0, 0, 0, 0.0),
    )
    assert evaluation.accuracy == 0.75
    assert evaluation.macro_f1 == pytest.approx((0.8 + 2 / 3) / 3)
    best = math.log(1 + math.exp(-1) + math.exp(-2))
    assert evaluation.loss == pytest.approx(best + 0.25)
    assert list(evaluation.metrics) == ["accuracy", "macro_f1", "loss"]


def test_no_numbers() -> None:
    import torch

    with pytest.raises(InputError, match="stopped learning"):
        evaluate(torch.tensor([[math.nan, 1.0]]), [0], ["a", "b"])


def test_parts() -> None:
    assert list(parts([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
