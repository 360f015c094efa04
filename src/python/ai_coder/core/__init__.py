"""The desktop application; its window is imported on first use, so that ``--help`` needs no Qt."""

from __future__ import annotations

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from ai_coder.core.logs import setup_logging
    from ai_coder.core.window import AICoderAssistant

__all__ = ["AICoderAssistant", "setup_logging"]


def __getattr__(name: str) -> object:
    """What this package exports is imported on first use, so that ``--version`` does without."""
    if name == "setup_logging":
        from ai_coder.core import logs

        return logs.setup_logging
    if name == "AICoderAssistant":
        from ai_coder.core import window

        return window.AICoderAssistant
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
