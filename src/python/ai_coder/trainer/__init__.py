"""Train a text classifier on one's own data. Importing this package loads no large library."""

from ai_coder.trainer.train import TrainingReport, train_model

__all__ = ["TrainingReport", "train_model"]
