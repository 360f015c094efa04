"""The network of a model as torch and transformers run it; importing this imports neither."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_coder.common import performance
from ai_coder.common.errors import InputError, first_line
from ai_coder.model.folder import ARCHITECTURES, CONFIG, WEIGHTS

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_ENVIRONMENT = {
    # Models are files of the user; nothing may ask a hub for them, or wait for one.
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "DATASETS_VERBOSITY": "error",
    # Its threads would compete with those of torch.
    "TOKENIZERS_PARALLELISM": "false",
    # Else threads that wait keep their cores busy, and beside other programs a step takes many
    # times as long.
    "OMP_WAIT_POLICY": "PASSIVE",
    # Else ONNX Runtime reports to its maker, and keeps a number of this machine in the home folder.
    "ORT_DISABLE_TELEMETRY": "1",
}


def usable_threads() -> int:
    """How many threads to compute with: as `performance.threads` says, else as many as pay here.

    These are the cores that this process may use, but at most four.
    """
    limit = performance.threads()
    if limit is not None:
        return limit
    if sys.platform == "linux":
        return min(4, len(os.sched_getaffinity(0)))
    return min(4, os.cpu_count() or 1)


def prepare(threads: int | None = None) -> None:
    """Set up the libraries; to be called before the first import of any that computes.

    *threads* is the number of threads to compute with, by default `usable_threads`.
    """
    os.environ.update(_ENVIRONMENT)
    # More threads than cores make each step many times slower.
    os.environ["OMP_NUM_THREADS"] = str(threads or usable_threads())


def load_network(folder: Path) -> PreTrainedModel:
    """The sequence classifier in *folder*, ready to run.

    Raises `InputError` if the folder has no network, a damaged one or one of an architecture that
    is not in `ARCHITECTURES`.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from transformers import AutoModelForSequenceClassification
    from transformers.initialization import no_init_weights

    config = load_config(folder)
    path = folder / WEIGHTS
    try:
        weights = load_file(path)
    except FileNotFoundError:
        raise InputError(f"{folder} has no {WEIGHTS}; name a folder with a whole model") from None
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"{path} is damaged ({error}); restore the file or train the model again"
        ) from error
    with no_init_weights():
        network = AutoModelForSequenceClassification.from_config(config)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        reason = first_line(error, most=300)
        raise InputError(f"{path} does not fit {folder / CONFIG}: {reason}") from error
    return network.eval()


def load_config(folder: Path) -> Any:
    """The configuration of the network in *folder*; raises `InputError` as `load_network` does."""
    from transformers import AutoConfig

    path = folder / CONFIG
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # of a dozen classes, for each value that may be wrong in it
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"{path} is no configuration of a network ({reason:.200}); restore the file"
        ) from error
    if config.model_type not in ARCHITECTURES:
        raise InputError(
            f"{path} is of a network of type {config.model_type!r}; this program knows "
            f"{', '.join(ARCHITECTURES)}"
        )
    return config
