"""The examples to learn from, read by the library *datasets* and held on the disk."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ai_coder.common.errors import InputError
from ai_coder.common.progress import Progress
from ai_coder.trainer import child
from ai_coder.trainer.formats import Fields, read_examples
from ai_coder.trainer.work import writing

if TYPE_CHECKING:
    from datasets import Dataset

_BATCH = 256
_TEXTS = "texts.jsonl"
_FEWEST_PER_CLASS = 2
_MOST_NAMED = 5


@dataclass(frozen=True)
class Split:
    """The numbers of the examples to train with and to validate with, in ascending order."""

    train: tuple[int, ...]
    validation: tuple[int, ...]


class Examples:
    """Examples by number, in a file.

    ``labels``    the class of each
    ``sha256``    of all texts and classes in their order, in hexadecimal
    ``versions``  of the libraries that read them
    """

    def __init__(
        self, file: Path, labels: list[str], sha256: str, versions: dict[str, str]
    ) -> None:
        self._file = file
        self.labels = labels
        self.sha256 = sha256
        self.versions = versions

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes there are, sorted."""
        return tuple(sorted(set(self.labels)))

    def texts(self) -> Iterator[str]:
        """The texts in their order, read from the disk again."""
        with self._file.open(encoding="ascii") as lines:
            for line in lines:
                yield json.loads(line)


@contextmanager
def opened(path: Path, fields: Fields, cache: Path, progress: str) -> Iterator[Examples]:
    """The examples in *path*, which `formats` describes, until the block ends.

    They are kept in the folder *cache*, which the end removes. Raises `InputError` if *path* cannot
    be read, or has fewer than two classes, or has a class with fewer than two examples.
    """
    shutil.rmtree(cache, ignore_errors=True)  # of a process that was killed
    try:
        # The library takes 120 MB with what it needs, which training then has for itself.
        examples = child.call(_read, path, fields, cache, progress)
        _check(examples, path)
        yield examples
    finally:
        # Where an open file cannot be removed, it goes with the folder that the cache is in.
        shutil.rmtree(cache, ignore_errors=True)


def _read(path: Path, fields: Fields, cache: Path, progress: str) -> Examples:
    """Read *path* by the library, and keep of it what training needs."""
    import tqdm

    # Else it makes a lock that other processes could share, and that outlives a killed one.
    tqdm.tqdm.set_lock(threading.RLock())
    import datasets

    dataset = _load(path, fields, cache, progress)
    file = cache / _TEXTS
    labels: list[str] = []
    digest = hashlib.sha256()
    with writing(file), file.open("w", encoding="ascii") as lines:
        for batch in dataset.iter(_BATCH):
            labels += batch["label"]
            for pair in zip(batch["text"], batch["label"], strict=True):
                digest.update(json.dumps(pair).encode() + b"\n")
                lines.write(json.dumps(pair[0]) + "\n")
    return Examples(file, labels, digest.hexdigest(), {"datasets": datasets.__version__})


def _load(path: Path, fields: Fields, cache: Path, progress: str) -> Dataset:
    import datasets

    datasets.disable_progress_bars()
    examples = read_examples(path, fields)
    with Progress("Reading", mode=progress) as reading, writing(cache):
        first = next(examples, None)
        if first is None:
            raise InputError(f"{path} has no examples; give texts with their classes")

        def rows() -> Iterator[dict[str, str]]:
            for example in itertools.chain([first], examples):
                reading.advance()
                yield {"text": example.text, "label": example.label}

        text = datasets.Value("large_string")  # a string may not pass 2 GiB in one batch
        try:
            # The fingerprint saves the library from making one of the code of the generator.
            return datasets.Dataset.from_generator(
                rows,
                features=datasets.Features({"text": text, "label": text}),
                cache_dir=str(cache),
                fingerprint="examples",
            )
        except datasets.exceptions.DatasetGenerationError as error:
            if isinstance(error.__cause__, (InputError, OSError)):
                raise error.__cause__ from None
            raise


def _check(examples: Examples, path: Path) -> None:
    counts = Counter(examples.labels)
    if len(counts) == 1:
        raise InputError(
            f"{path} has only one class, {examples.labels[0]!r}; give texts of at least two"
        )
    few = [label for label in examples.classes if counts[label] < _FEWEST_PER_CLASS]
    if few:
        more = f" and {len(few) - _MOST_NAMED} more" if len(few) > _MOST_NAMED else ""
        raise InputError(
            f"{path} has only one example of {', '.join(map(repr, few[:_MOST_NAMED]))}{more}; each "
            "class needs at least two, to train and to validate with"
        )


def split(labels: list[str], fraction: float, seed: int) -> Split:
    """Set about *fraction* of each class aside for validation, but at least one example.

    At least one example of each class is left to train with. The same arguments give the same
    split.
    """
    numbers: dict[str, list[int]] = {label: [] for label in sorted(set(labels))}
    for number, label in enumerate(labels):
        numbers[label].append(number)
    generator = random.Random(seed)
    validation: set[int] = set()
    for members in numbers.values():
        generator.shuffle(members)
        count = min(max(1, round(fraction * len(members))), len(members) - 1)
        validation.update(members[:count])
    return Split(
        tuple(number for number in range(len(labels)) if number not in validation),
        tuple(sorted(validation)),
    )
