"""Tests of the training loop."""

from __future__ import annotations

import dataclasses
import time

import pytest

from ai_coder.common.errors import InputError
from ai_coder.trainer.learn import (
    _batches,
    _rate,
    _TimeLeft,
    check_loss,
    optimizer_of,
    reproducible,
    steps_of,
)
from ai_coder.trainer.settings import Settings

SETTINGS = Settings(None, None, 3, 4, 5e-4, 256, 0.2, 1, 2)
EXAMPLES = list(range(100, 110))


def batches(done: int = 0, seed: int = 1) -> list[tuple[int, list[int]]]:
    return list(_batches(EXAMPLES, dataclasses.replace(SETTINGS, seed=seed), done))


def test_every_epoch_has_every_example_in_an_order_of_its_own() -> None:
    assert steps_of(len(EXAMPLES), SETTINGS) == 9
    found = batches()
    assert [step for step, _ in found] == list(range(9))
    assert [len(numbers) for _, numbers in found] == [4, 4, 2] * 3
    epochs = [[each for _, numbers in found[i : i + 3] for each in numbers] for i in (0, 3, 6)]
    assert all(sorted(epoch) == EXAMPLES for epoch in epochs)
    assert len(set(map(tuple, epochs))) == 3


@pytest.mark.parametrize("done", range(10))
def test_the_order_does_not_depend_on_where_it_is_taken_up(done: int) -> None:
    assert batches(done) == batches()[done:]


def test_another_seed_is_another_order() -> None:
    assert batches(seed=1) != batches(seed=2)


@pytest.mark.parametrize("total", [1, 2, 9, 100])
def test_the_rate_rises_and_falls_to_almost_nothing(total: int) -> None:
    rates = [_rate(step, total) for step in range(total)]
    top = rates.index(max(rates))
    assert max(rates) <= 1
    assert min(rates) > 0
    assert rates == sorted(rates[:top]) + sorted(rates[top:], reverse=True)
    if total == 100:
        assert (rates[9], top) == (1, 9)


def test_vectors_do_not_decay() -> None:
    import torch

    first, second = optimizer_of(torch.nn.Linear(2, 3)).param_groups
    assert ([each.ndim for each in first["params"]], first["weight_decay"]) == ([2], 0.01)
    assert ([each.ndim for each in second["params"]], second["weight_decay"]) == ([1], 0)


def test_torch_is_left_as_it_was() -> None:
    import torch

    random, threads = torch.get_rng_state(), torch.get_num_threads()
    numbers = []
    for _ in range(2):
        with reproducible(7, 1):
            assert torch.are_deterministic_algorithms_enabled()
            numbers.append(torch.rand(3))
    assert numbers[0].equal(numbers[1])
    assert torch.get_rng_state().equal(random)
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == (
        threads,
        False,
    )


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number(loss: float) -> None:
    with pytest.raises(InputError, match="lower --learning-rate"):
        check_loss(loss)


@pytest.mark.parametrize(("elapsed", "expected"), [(0.2, "0:01"), (42, "2:06"), (4000, "3:20:00")])
def test_the_time_left(monkeypatch: pytest.MonkeyPatch, elapsed: float, expected: str) -> None:
    left = _TimeLeft(4)
    now = time.monotonic()
    left._began = now - elapsed
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert left.after(1) == expected
    assert left.after(4) == "0:00"
