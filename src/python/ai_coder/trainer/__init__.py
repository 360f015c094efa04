"""Train a text classifier on one's own data. Importing this package loads no large library."""

from __future__ import annotations

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from ai_coder.trainer.train import TrainingReport, train_model

__all__ = ["TrainingReport", "train_model"]


def __getattr__(name: str) -> object:
    """What this package exports is imported on first use, so that ``--version`` does without."""
    if name in ("TrainingReport", "train_model"):
        from ai_coder.trainer import train

        return getattr(train, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
