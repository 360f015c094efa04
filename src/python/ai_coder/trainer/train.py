"""The training of a classifier, from the data to the folder of the model."""

from __future__ import annotations

import dataclasses
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_coder.common.errors import InputError
from ai_coder.common.paths import shared
from ai_coder.common.version import __version__
from ai_coder.model.folder import GRAPH, TOKENIZER, ModelCard, describe
from ai_coder.model.network import prepare, usable_threads
from ai_coder.trainer import checkpoint
from ai_coder.trainer.checkpoint import Blueprint, State
from ai_coder.trainer.classifier import (
    base_config,
    build,
    config_of,
    digest_of_weights,
    load_base,
    most_tokens,
    scratch_config,
)
from ai_coder.trainer.data import Examples, Split, opened, split
from ai_coder.trainer.evaluation import ClassScore, Evaluation, evaluate, predict
from ai_coder.trainer.formats import Fields
from ai_coder.trainer.graph import check_graph, write_graph
from ai_coder.trainer.learn import learn, optimizer_of, reproducible, steps_of
from ai_coder.trainer.publish import (
    check_target,
    put_in_place,
    recover,
    staging,
    write_cards,
    write_network,
)
from ai_coder.trainer.settings import (
    BATCH_SIZE,
    CHECKPOINT_EVERY,
    EPOCHS,
    LEARNING_RATE,
    MAX_LENGTH,
    SEED,
    VALIDATION,
    Settings,
    check_name,
    name_of,
)
from ai_coder.trainer.tokens import (
    SPECIAL,
    Tokens,
    cut_at,
    load_tokenizer,
    special_tokens,
    tokenize,
    tokenizer_config,
    train_tokenizer,
)
from ai_coder.trainer.work import WorkFolder, work_folder, writing

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch.optim import Optimizer
    from transformers import PreTrainedModel

_CACHE = "data"
_LIBRARIES = ("torch", "transformers", "tokenizers", "safetensors", "onnx")


@dataclass(frozen=True)
class TrainingReport:
    """A finished training.

    ``model``         name of the model, and ``folder`` its folder
    ``labels``        the classes, in the order of the network's outputs
    ``metrics``       on the validation data: "accuracy", "macro_f1", "loss"
    ``classes``       the validation of each class
    ``data``          as in `ModelCard`
    ``steps``         all steps of the training
    ``resumed_from``  steps that an earlier attempt had made, ``None`` if this was the first one
    """

    model: str
    folder: str
    labels: tuple[str, ...]
    metrics: dict[str, float]
    classes: tuple[ClassScore, ...]
    data: dict[str, Any]
    steps: int
    resumed_from: int | None


@dataclass(frozen=True)
class _Job:
    """What is asked for: how to learn, in which work *folder*, from which *base*."""

    folder: Path
    settings: Settings
    base: Path | None
    resume: bool
    progress: str


@dataclass(frozen=True)
class _Task:
    """What is learned: texts as tokens, and for each the number of its class."""

    tokens: Tokens
    targets: list[int]
    split: Split
    labels: tuple[str, ...]
    sha256: str
    versions: dict[str, str]

    def describe(self) -> dict[str, Any]:
        """The ``data`` of a `ModelCard`."""
        counts = Counter(self.targets)
        return {
            "sha256": self.sha256,
            "train": len(self.split.train),
            "validation": len(self.split.validation),
            "labels": {label: counts[number] for number, label in enumerate(self.labels)},
        }


@dataclass
class _Learner:
    """What learns, and has made *done* steps before this process."""

    network: PreTrainedModel
    tokenizer: Tokenizer
    blueprint: Blueprint
    optimizer: Optimizer
    done: int

    def state(self, step: int) -> State:
        """The state after *step* steps in all, which is now."""
        import torch

        return State(
            step=step,
            blueprint=self.blueprint,
            weights=self.network.state_dict(),
            optimizer=self.optimizer.state_dict(),
            random=torch.get_rng_state(),
        )


def train_model(
    data: str | os.PathLike[str],
    *,
    text_field: str = "text",
    label_field: str = "label",
    base: str | os.PathLike[str] | None = None,
    epochs: int | None = None,
    batch_size: int = BATCH_SIZE,
    learning_rate: float | None = None,
    max_length: int = MAX_LENGTH,
    validation: float = VALIDATION,
    seed: int = SEED,
    threads: int | None = None,
    name: str | None = None,
    output: str | os.PathLike[str] | None = None,
    checkpoint_every: int = CHECKPOINT_EVERY,
    resume: bool = False,
    progress: str = "none",
) -> TrainingReport:
    """Train a classifier with the texts in *data*, a file or folder as `formats` describes them.

    The model goes to the folder *name* (by default called like *data*) in the folder *output* (by
    default the shared one for models), in place of an earlier one of that name. It is trained
    further from the model in the folder *base*, or from scratch without one. *validation* is the
    share of the examples that it does not learn from. *epochs*, *learning_rate* and *threads* have
    defaults that depend on *base* and on this machine.

    A checkpoint is written every *checkpoint_every* steps and after the last one; *resume*
    continues from there, and from the beginning if there is none. With or without such a break, the
    same data and settings give the same weights to the bit. *progress* is one of `progress.MODES`.

    Raises `InputError` for whatever the caller has to put right; there is no new model then, and
    the one of that name stays.
    """
    data = Path(data)
    base = None if base is None else Path(base)
    model = name_of(data) if name is None else check_name(name)
    output = shared("models") if output is None else Path(output)
    threads = threads or usable_threads()
    _check_temporary_folder()
    prepare(threads)
    start = "scratch" if base is None else "base"
    settings = Settings(
        base=None if base is None else base.resolve().name,
        base_sha256=None if base is None else digest_of_weights(base),
        epochs=EPOCHS[start] if epochs is None else epochs,
        batch_size=batch_size,
        learning_rate=LEARNING_RATE[start] if learning_rate is None else learning_rate,
        max_length=max_length,
        validation=validation,
        seed=seed,
        threads=threads,
    )
    target = output / model
    fields = Fields(text_field, label_field)
    with WorkFolder(output, model, keep=checkpoint.CHECKPOINT) as folder, ExitStack() as stack:
        recover(folder, target)
        check_target(target)
        job = _Job(folder, settings, base, resume, progress)
        # Before torch is imported: reading the data and torch are the two that need memory.
        examples = stack.enter_context(opened(data, fields, folder / _CACHE, progress))
        stack.enter_context(reproducible(seed, threads))
        learner, task = _begin(job, examples)
        resumed_from = learner.done or None
        _learn(job, learner, task, checkpoint_every)
        network, blueprint = learner.network, learner.blueprint
        del learner  # and with it what the optimizer knows, which is twice as large as the network
        card, evaluation = _write(job, network, blueprint, task, model)
        put_in_place(folder, target)
    return TrainingReport(
        model=model,
        folder=str(target),
        labels=card.labels,
        metrics=card.metrics,
        classes=evaluation.classes,
        data=card.data,
        steps=card.training["steps"],
        resumed_from=resumed_from,
    )


def has_checkpoint(
    data: str | os.PathLike[str],
    name: str | None = None,
    output: str | os.PathLike[str] | None = None,
) -> bool:
    """Whether `train_model` with these arguments has something to resume."""
    model = name_of(Path(data)) if name is None else check_name(name)
    folder = work_folder(shared("models") if output is None else Path(output), model)
    return checkpoint.exists(folder)


def _check_temporary_folder() -> None:
    """Raise `InputError` if there is none, which a library would not survive being imported."""
    try:
        tempfile.gettempdir()
    except OSError as error:
        raise InputError(
            f"{error.strerror}; make room in one of them, or name another one in TMPDIR"
        ) from error


def _begin(job: _Job, examples: Examples) -> tuple[_Learner, _Task]:
    """Make what learns from the *examples*, or get it from the checkpoint."""
    settings = job.settings
    parts = split(examples.labels, settings.validation, settings.seed)
    labels = examples.classes
    if job.resume and checkpoint.exists(job.folder):
        learner = _resumed(checkpoint.load(job.folder, settings, examples.sha256), labels)
    else:
        checkpoint.discard(job.folder)
        learner = _fresh(job, _chosen(examples.texts(), parts.train), labels)
    numbers = {label: number for number, label in enumerate(labels)}
    task = _Task(
        tokens=tokenize(
            learner.tokenizer,
            examples.texts(),
            len(examples.labels),
            learner.network.config.pad_token_id,
            job.progress,
        ),
        targets=[numbers[label] for label in examples.labels],
        split=parts,
        labels=labels,
        sha256=examples.sha256,
        versions=examples.versions,
    )
    return learner, task


def _fresh(job: _Job, texts: Iterable[str], labels: Sequence[str]) -> _Learner:
    """What has learned nothing yet but, from scratch, the words of the *texts*."""
    settings = job.settings
    if job.base is None:
        tokenizer = train_tokenizer(texts)
        config = scratch_config(tokenizer)
        special = SPECIAL
    else:
        tokenizer = load_tokenizer(job.base)
        config = base_config(job.base, tokenizer)
        special = special_tokens(job.base, tokenizer, config.pad_token_id)
    most = most_tokens(config)
    if settings.max_length > most:
        raise InputError(f"the network reads at most {most} tokens of a text; lower --max-length")
    network = build(config, labels)
    if job.base is not None:
        load_base(network, job.base)
    blueprint = Blueprint(
        config=network.config.to_json_string(),
        tokenizer=cut_at(tokenizer, settings.max_length),
        tokenizer_config=tokenizer_config(special, settings.max_length),
    )
    return _Learner(network, tokenizer, blueprint, optimizer_of(network), done=0)


def _resumed(state: State, labels: Sequence[str]) -> _Learner:
    """What has learned until *state*."""
    import torch
    from tokenizers import Tokenizer

    network = build(config_of(state.blueprint.config), labels)
    network.load_state_dict(state.weights)
    optimizer = optimizer_of(network)
    optimizer.load_state_dict(state.optimizer)
    torch.set_rng_state(state.random)
    tokenizer = Tokenizer.from_str(state.blueprint.tokenizer)
    return _Learner(network, tokenizer, state.blueprint, optimizer, done=state.step)


def _learn(job: _Job, learner: _Learner, task: _Task, checkpoint_every: int) -> None:
    total = steps_of(len(task.split.train), job.settings)

    def after_step(step: int) -> None:
        # With one after the last step, what comes then can be tried again, say with more room.
        if step % checkpoint_every == 0 or step == total:
            checkpoint.save(job.folder, learner.state(step), job.settings, task.sha256)

    learn(
        learner.network,
        learner.optimizer,
        tokens=task.tokens,
        targets=task.targets,
        examples=task.split.train,
        settings=job.settings,
        done=learner.done,
        after_step=after_step,
        progress=job.progress,
    )


def _write(
    job: _Job, network: PreTrainedModel, blueprint: Blueprint, task: _Task, model: str
) -> tuple[ModelCard, Evaluation]:
    """Validate the network and write its folder, but not yet to its place."""
    settings, held_out = job.settings, task.split.validation
    logits = predict(network, task.tokens, held_out, settings.batch_size, job.progress)
    evaluation = evaluate(logits, [task.targets[number] for number in held_out], task.labels)
    folder = staging(job.folder)
    with writing(folder):
        write_network(folder, network, blueprint)
        digest = describe(folder / TOKENIZER).sha256
        write_graph(network, task.tokens, held_out, digest, folder / GRAPH)
        difference = check_graph(folder / GRAPH, task.tokens, held_out, logits, settings)
        card = ModelCard(
            name=model,
            architecture=network.config.model_type,
            labels=task.labels,
            max_length=settings.max_length,
            metrics=evaluation.metrics,
            data=task.describe(),
            training={
                **dataclasses.asdict(settings),
                "steps": steps_of(len(task.split.train), settings),
                "graph_difference": difference,
            },
            versions={
                "ai-coder-trainer": __version__,
                # They have all been imported; the metadata of their packages may not be there.
                **{name: str(sys.modules[name].__version__) for name in _LIBRARIES},
                **task.versions,
            },
            files={},
        )
        card = write_cards(folder, card, evaluation)
    return card, evaluation


def _chosen(texts: Iterable[str], numbers: Sequence[int]) -> Iterator[str]:
    chosen = set(numbers)
    return (text for number, text in enumerate(texts) if number in chosen)
