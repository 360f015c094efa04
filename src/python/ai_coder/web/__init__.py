"""Acquire documents from web sites and GitHub repositories, politely and safely."""

from ai_coder.web.acquire import acquire_documents
from ai_coder.web.document import Document
from ai_coder.web.fetch import Limits
from ai_coder.web.github import Access

__all__ = ["Access", "Document", "Limits", "acquire_documents"]
