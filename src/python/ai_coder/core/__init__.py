"""The desktop application; its window is imported on first use, so that ``--help`` needs no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_coder.core.logs import setup_logging
    from ai_coder.core.window import AICoderAssistant

__all__ = ["AICoderAssistant", "setup_logging"]


def __getattr__(name: str) -> object:
    if name == "AICoderAssistant":
        from ai_coder.core.window import AICoderAssistant

        return AICoderAssistant
    if name == "setup_logging":
        from ai_coder.core.logs import setup_logging

        return setup_logging
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
