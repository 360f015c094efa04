"""Acquire documents from web sites and GitHub repositories, politely and safely."""

from __future__ import annotations

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from ai_coder.web.acquire import acquire_documents
    from ai_coder.web.document import Document
    from ai_coder.web.fetch import Limits
    from ai_coder.web.github import Access

__all__ = ["Access", "Document", "Limits", "acquire_documents"]


def __getattr__(name: str) -> object:
    """What this package exports is imported on first use, so that ``--version`` does without."""
    if name == "acquire_documents":
        from ai_coder.web import acquire

        return acquire.acquire_documents
    if name == "Document":
        from ai_coder.web import document

        return document.Document
    if name == "Limits":
        from ai_coder.web import fetch

        return fetch.Limits
    if name == "Access":
        from ai_coder.web import github

        return github.Access
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
