"""The card of a model for people: Markdown with a heading in YAML, as model hubs have it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ai_coder.model.folder import GRAPH, ModelCard
from ai_coder.trainer.evaluation import Evaluation


def as_markdown(card: ModelCard, evaluation: Evaluation) -> str:
    """The content of ``README.md``."""
    return "\n".join([*_heading(card), "", *_sections(card, evaluation)]) + "\n"


def _heading(card: ModelCard) -> Iterator[str]:
    """Any text is quoted as in JSON, which is YAML, too."""
    yield "---"
    yield "library_name: transformers"
    yield "pipeline_tag: text-classification"
    yield "tags:"
    yield "- text-classification"
    yield "- ai-coder-assistant"
    yield "model-index:"
    yield f"- name: {json.dumps(card.name)}"
    yield "  results:"
    yield "  - task:"
    yield "      type: text-classification"
    yield "    dataset:"
    yield "      name: validation part of the training data"
    yield f"      type: {json.dumps('sha256:' + card.data['sha256'])}"
    yield "    metrics:"
    for name, value in card.metrics.items():
        yield f"    - type: {name}"
        yield f"      value: {value:.6f}"
    yield "---"


def _sections(card: ModelCard, evaluation: Evaluation) -> Iterator[str]:
    data, training = card.data, card.training
    base = training["base"]
    yield f"# {card.name}"
    yield ""
    yield (
        f"Tells {len(card.labels)} classes of texts apart: a {card.architecture} network, "
        f"{f'trained further from {_cell(base)}' if base else 'trained from scratch'} by "
        f"AI Coder Assistant. It reads the first {card.max_length} tokens of a text."
    )
    yield "\n## Results\n"
    yield (
        f"Of {data['validation']:,} texts that it did not learn from: accuracy "
        f"{evaluation.accuracy:.4f}, macro F1 {evaluation.macro_f1:.4f}, loss "
        f"{evaluation.loss:.4f}.\n"
    )
    yield from _table(
        ("Class", "Texts", "Validated", "Predicted", "Correct", "F1"),
        (
            (
                each.label,
                f"{data['labels'][each.label]:,}",
                f"{each.examples:,}",
                f"{each.predicted:,}",
                f"{each.correct:,}",
                f"{each.f1:.4f}",
            )
            for each in evaluation.classes
        ),
    )
    yield "\n## Data\n"
    yield (
        f"{data['train']:,} texts to learn from and {data['validation']:,} to validate with. "
        f"SHA-256 of the texts and their classes: `{data['sha256']}`."
    )
    yield "\n## Training\n"
    yield from _table(
        ("Setting", "Value"),
        ((name.replace("_", " "), _shown(value)) for name, value in training.items()),
    )
    yield ""
    yield from _table(("Library", "Version"), card.versions.items())
    yield "\n## Use\n"
    yield "```python"
    yield "from transformers import pipeline"
    yield ""
    yield 'classify = pipeline("text-classification", model="PATH OF THIS FOLDER")'
    yield 'print(classify("some text", truncation=True))'
    yield "```"
    yield ""
    yield (
        f"`{GRAPH}` is the same network for ONNX Runtime. Its answers to the validation texts "
        f"differ by at most {training['graph_difference']:.1e} from those of the network."
    )


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield f"|{' --- |' * len(heading)}"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)


def _cell(text: str) -> str:
    """*text* without what would end the cell, or be more than text in it."""
    line = "".join(each if each.isprintable() else " " for each in text)
    return "".join(f"\\{each}" if each in r"\`*_[]<>|#" else each for each in line)
