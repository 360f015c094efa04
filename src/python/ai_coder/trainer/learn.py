"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ai_coder.common.errors import InputError
from ai_coder.common.progress import Progress
from ai_coder.trainer.settings import Settings
from ai_coder.trainer.tokens import Tokens

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from transformers import PreTrainedModel

_WARM_UP = 0.1
_WEIGHT_DECAY = 0.01
_LONGEST_GRADIENT = 1.0
# The loss shown is a mean that forgets at this rate.
_INERTIA = 0.9


@contextmanager
def reproducible(seed: int, threads: int) -> Iterator[None]:
    """Let torch compute the same numbers each time, and be as it was when the block ends."""
    import torch

    before = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    torch.set_num_threads(threads)
    # As use_deterministic_algorithms(True), without loading the compiler to tell it, too.
    torch.set_deterministic_debug_mode("error")
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(before[0])
        torch.set_deterministic_debug_mode(before[1])


def steps_of(examples: int, settings: Settings) -> int:
    """How many steps it takes to learn from this number of examples."""
    return settings.epochs * math.ceil(examples / settings.batch_size)


def optimizer_of(network: PreTrainedModel) -> Optimizer:
    """What makes steps for *network*. Vectors, which are offsets and scales, do not decay."""
    from torch.optim import AdamW

    parameters = list(network.parameters())
    return AdamW(
        [
            {"params": [each for each in parameters if each.ndim > 1]},
            {"params": [each for each in parameters if each.ndim <= 1], "weight_decay": 0.0},
        ],
        weight_decay=_WEIGHT_DECAY,
    )


def learn(
    network: PreTrainedModel,
    optimizer: Optimizer,
    *,
    tokens: Tokens,
    targets: Sequence[int],
    examples: Sequence[int],
    settings: Settings,
    done: int,
    after_step: Callable[[int], None],
    progress: str,
) -> None:
    """Train *network* with these *examples*, numbers in *tokens* and *targets* (their classes).

    *done* steps have been made before; *after_step* is told the number of steps after each. Raises
    `InputError` when the loss is no number any more.
    """
    import torch
    from torch.nn.functional import cross_entropy

    total = steps_of(len(examples), settings)
    network.train()
    with Progress("Training", total, progress) as training:
        training.advance(done)
        eta = _TimeLeft(total - done)
        shown = math.nan
        for step, numbers in _batches(examples, settings, done):
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * _rate(step, total)
            batch = tokens.batch(numbers)
            logits = network(
                input_ids=batch.input_ids, attention_mask=batch.attention_mask, return_dict=True
            ).logits
            loss = cross_entropy(logits, torch.tensor([targets[number] for number in numbers]))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), _LONGEST_GRADIENT)
            optimizer.step()
            optimizer.zero_grad()
            value = loss.item()
            check_loss(value)
            after_step(step + 1)
            shown = value if math.isnan(shown) else _INERTIA * shown + (1 - _INERTIA) * value
            training.advance(note=f"loss {shown:.4f}, {eta.after(step + 1 - done)} left")
    network.eval()


def check_loss(loss: float) -> None:
    """Raise `InputError` if *loss* is no number."""
    if not math.isfinite(loss):
        raise InputError(
            f"the network has stopped learning (its loss is {loss}); lower --learning-rate and "
            "start again without --resume"
        )


def _batches(
    examples: Sequence[int], settings: Settings, done: int
) -> Iterator[tuple[int, list[int]]]:
    """The numbers of the steps from *done* on, each with its part of *examples*.

    Each epoch has an order of its own that depends on nothing but the seed.
    """
    import torch

    per_epoch = steps_of(len(examples), settings) // settings.epochs
    for epoch in range(done // per_epoch, settings.epochs):
        generator = torch.Generator().manual_seed((settings.seed << 20) + epoch)
        order = torch.randperm(len(examples), generator=generator).tolist()
        for index in range(max(0, done - epoch * per_epoch), per_epoch):
            start = index * settings.batch_size
            part = order[start : start + settings.batch_size]
            yield epoch * per_epoch + index, [examples[number] for number in part]


def _rate(step: int, total: int) -> float:
    """The share of the learning rate for *step*: rising at first, then falling, never zero."""
    warm_up = max(1, int(_WARM_UP * total))
    return min((step + 1) / warm_up, (total - step) / (total - warm_up + 1))


class _TimeLeft:
    """Says when so many steps will be done."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._began = time.monotonic()

    def after(self, done: int) -> str:
        """The time left after *done* of the steps, as in 0:42 or 1:02:03."""
        seconds = round((time.monotonic() - self._began) / done * (self._steps - done))
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
