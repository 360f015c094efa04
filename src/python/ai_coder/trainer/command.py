"""The command line of `ai-coder-trainer`."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from ai_coder.common.arguments import add_report_options, parser
from ai_coder.common.cli import tell
from ai_coder.common.errors import ExitCode, InputError
from ai_coder.common.output import publish
from ai_coder.model.folder import ARCHITECTURES
from ai_coder.trainer.main import PROGRAM
from ai_coder.trainer.report import as_json, as_text
from ai_coder.trainer.settings import (
    BATCH_SIZE,
    CHECKPOINT_EVERY,
    EPOCHS,
    LEARNING_RATE,
    MAX_LENGTH,
    SEED,
    VALIDATION,
    check_name,
)
from ai_coder.trainer.train import has_checkpoint, train_model


def _arguments() -> argparse.ArgumentParser:
    arguments = parser(
        PROGRAM,
        "Train a model that tells classes of texts apart, on this machine and from your own data; "
        "nothing is fetched from or sent to anywhere. The same data and settings give the same "
        "model.",
    )
    arguments.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="PATH",
        help="texts with their classes: a .jsonl, .json, .csv or .tsv file, a .txt file of lines "
        "'__label__NAME text', or a folder with a sub-folder of files for each class; files of "
        "ai-coder-web may be directly in the folder, their class is their label, or else the host "
        "of their URL",
    )
    arguments.add_argument(
        "--text-field",
        default="text",
        metavar="FIELD",
        help="field or column of the text (default: text)",
    )
    arguments.add_argument(
        "--label-field",
        default="label",
        metavar="FIELD",
        help="field or column of the class (default: label)",
    )
    arguments.add_argument(
        "--name",
        type=_name,
        help="name of the model; one of that name is replaced when the new one is ready (default: "
        "that of the data)",
    )
    arguments.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for the folder of the model (default: the shared models folder)",
    )
    arguments.add_argument(
        "--base",
        type=Path,
        metavar="DIR",
        help="train this model further, one of this program or any "
        f"{', '.join(ARCHITECTURES[:-1])} or {ARCHITECTURES[-1]} with config.json, "
        "model.safetensors and tokenizer.json (default: train a small network from scratch)",
    )
    arguments.add_argument(
        "--epochs",
        type=_whole(1, 10_000),
        metavar="N",
        help="times to learn from each text (default: "
        f"{EPOCHS['scratch']}, with --base {EPOCHS['base']})",
    )
    arguments.add_argument(
        "--batch-size",
        type=_whole(1, 4096),
        default=BATCH_SIZE,
        metavar="N",
        help=f"texts to learn from in one step (default: {BATCH_SIZE})",
    )
    arguments.add_argument(
        "--learning-rate",
        type=_number("greater than 0 and at most 1", lambda value: 0 < value <= 1),
        metavar="RATE",
        help="how far to go in one step (default: "
        f"{LEARNING_RATE['scratch']:g}, with --base {LEARNING_RATE['base']:g})",
    )
    arguments.add_argument(
        "--max-length",
        type=_whole(8, 8192),
        default=MAX_LENGTH,
        metavar="N",
        help="tokens to read of a text; at most 512 from scratch, with --base as many as that "
        f"model can (default: {MAX_LENGTH})",
    )
    arguments.add_argument(
        "--validation",
        type=_number("between 0 and 1", lambda value: 0 < value < 1),
        default=VALIDATION,
        metavar="FRACTION",
        help="share of each class to validate with instead of learning from it (default: "
        f"{VALIDATION:g})",
    )
    arguments.add_argument(
        "--seed",
        type=_whole(0, 2**32 - 1),
        default=SEED,
        metavar="N",
        help=f"another one gives another order and other first weights (default: {SEED})",
    )
    arguments.add_argument(
        "--threads",
        type=_whole(1, 256),
        metavar="N",
        help="threads to compute with; another number gives slightly other weights (default: one "
        "for each core that may be used, at most 4)",
    )
    arguments.add_argument(
        "--checkpoint-every",
        type=_whole(1, 10**9),
        default=CHECKPOINT_EVERY,
        metavar="STEPS",
        help=f"steps between two checkpoints (default: {CHECKPOINT_EVERY})",
    )
    arguments.add_argument(
        "--resume",
        action="store_true",
        help="continue from the last checkpoint of an interrupted training with the same data and "
        "settings; without this option it is discarded",
    )
    add_report_options(arguments)
    return arguments


def command(argv: Sequence[str]) -> int:
    """Do what *argv* asks for and return the exit code."""
    options = vars(_arguments().parse_args(argv))
    report_format = options.pop("format")
    place = {name: options[name] for name in ("data", "name", "output")}
    if options["resume"] and not has_checkpoint(**place):
        tell(PROGRAM, "there is no checkpoint to resume; starting from the beginning")
    try:
        report = train_model(**options)
    except KeyboardInterrupt:
        if has_checkpoint(**place):
            tell(PROGRAM, "add --resume to the same command to continue from the last checkpoint")
        raise
    publish(as_json(report) if report_format == "json" else as_text(report), None)
    return ExitCode.OK


def _name(text: str) -> str:
    try:
        return check_name(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _whole(least: int, most: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number from {least} to {most}"
            )
        return int(text)

    return convert


def _number(which: str, accept: Callable[[float], bool]) -> Callable[[str], float]:
    def convert(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not accept(value):
            raise argparse.ArgumentTypeError(f"{text!r} is not a number {which}")
        return value

    return convert
