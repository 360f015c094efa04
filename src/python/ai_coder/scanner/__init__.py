"""Scan a source tree: its languages, its import graph and its problems."""

from ai_coder.scanner.scan import ScanReport, scan_codebase

__all__ = ["ScanReport", "scan_codebase"]
