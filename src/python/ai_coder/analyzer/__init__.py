"""Analyze source code: its problems, its functions, and what a trained model says of them."""

from __future__ import annotations

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from ai_coder.analyzer.analysis import IntelligentCodeAnalyzer
    from ai_coder.analyzer.results import FileReport, Finding, Function, Judgement

__all__ = ["FileReport", "Finding", "Function", "IntelligentCodeAnalyzer", "Judgement"]


def __getattr__(name: str) -> object:
    """What this package exports is imported on first use, so that ``--version`` does without."""
    if name == "IntelligentCodeAnalyzer":
        from ai_coder.analyzer import analysis

        return analysis.IntelligentCodeAnalyzer
    if name in ("FileReport", "Finding", "Function", "Judgement"):
        from ai_coder.analyzer import results

        return getattr(results, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
