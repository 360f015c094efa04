"""Analyze source code: its problems, its functions, and what a trained model says of them."""

from ai_coder.analyzer.analysis import IntelligentCodeAnalyzer
from ai_coder.analyzer.results import FileReport, Finding, Function, Judgement

__all__ = ["FileReport", "Finding", "Function", "IntelligentCodeAnalyzer", "Judgement"]
