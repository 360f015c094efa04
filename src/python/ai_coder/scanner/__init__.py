"""Scan a source tree: its languages, its import graph and its problems."""

from __future__ import annotations

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from ai_coder.scanner.scan import ScanReport, scan_codebase

__all__ = ["ScanReport", "scan_codebase"]


def __getattr__(name: str) -> object:
    """What this package exports is imported on first use, so that ``--version`` does without."""
    if name in ("ScanReport", "scan_codebase"):
        from ai_coder.scanner import scan

        return getattr(scan, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
