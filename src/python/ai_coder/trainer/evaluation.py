"""How well a network does on texts that it has not learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ai_coder.common.progress import Progress
from ai_coder.trainer.learn import check_loss
from ai_coder.trainer.tokens import Tokens

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class ClassScore:
    """The validation of one class.

    ``examples``   texts of the class
    ``predicted``  texts that the network takes for that class
    ``correct``    texts for which both is so
    ``f1``         harmonic mean of correct/examples and correct/predicted, from 0 to 1
    """

    label: str
    examples: int
    predicted: int
    correct: int
    f1: float


@dataclass(frozen=True)
class Evaluation:
    """The validation of a network; *macro_f1* is the mean over the classes, *loss* over texts."""

    accuracy: float
    macro_f1: float
    loss: float
    classes: tuple[ClassScore, ...]

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of a `ModelCard`."""
        return {"accuracy": self.accuracy, "macro_f1": self.macro_f1, "loss": self.loss}


def predict(
    network: PreTrainedModel,
    tokens: Tokens,
    examples: Sequence[int],
    batch_size: int,
    progress: str,
) -> Tensor:
    """What *network* answers to each of the *examples*: logits, examples x classes."""
    import torch

    network.eval()
    answers = []
    with Progress("Validating", len(examples), progress) as validating, torch.inference_mode():
        for numbers in parts(examples, batch_size):
            batch = tokens.batch(numbers)
            answers.append(
                network(
                    input_ids=batch.input_ids, attention_mask=batch.attention_mask, return_dict=True
                ).logits
            )
            validating.advance(len(numbers))
    return torch.cat(answers)


def evaluate(logits: Tensor, targets: Sequence[int], labels: Sequence[str]) -> Evaluation:
    """How well *logits* (examples x classes) match the *targets*, numbers of *labels*.

    Raises `InputError` if they are no numbers.
    """
    import torch
    from torch.nn.functional import cross_entropy

    loss = cross_entropy(logits.double(), torch.tensor(targets)).item()
    check_loss(loss)
    guesses = logits.argmax(dim=1).tolist()
    expected, predicted = Counter(targets), Counter(guesses)
    correct = Counter(
        target for target, guess in zip(targets, guesses, strict=True) if target == guess
    )
    classes = tuple(
        ClassScore(
            label,
            expected[number],
            predicted[number],
            correct[number],
            2 * correct[number] / max(1, expected[number] + predicted[number]),
        )
        for number, label in enumerate(labels)
    )
    return Evaluation(
        accuracy=correct.total() / len(targets),
        macro_f1=sum(each.f1 for each in classes) / len(classes),
        loss=loss,
        classes=classes,
    )


def parts(examples: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """*examples* in parts of this *size*, in order."""
    for start in range(0, len(examples), size):
        yield examples[start : start + size]
