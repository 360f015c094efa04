"""An acquired document and its file."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ai_coder.common.output import write_atomically

SCHEMA = 1

_SLUG_LENGTH = 80
_HASH_LENGTH = 12


@dataclass(frozen=True)
class Skipped:
    """What was met on the way and not acquired, and why."""

    url: str
    reason: str


@dataclass(frozen=True)
class Document:
    """The text of a web page, of a repository or of a file in one.

    *url* is what was asked for, *final_url* where that led. *language* is a tag such as ``en``;
    it and the fields after it are empty where the source does not say.
    """

    url: str
    final_url: str
    title: str
    text: str
    content_type: str
    language: str = ""
    description: str = ""
    topics: tuple[str, ...] = ()
    licence: str = ""
    links: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """The SHA-256 of the text in UTF-8, in hexadecimal."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def file_name(self) -> str:
        """The same for the same URL, different for different ones, and readable."""
        parts = urlsplit(self.url)
        slug = re.sub(r"[^a-z0-9]+", "-", f"{parts.netloc}{parts.path}".lower())
        digest = hashlib.sha256(self.url.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{slug[:_SLUG_LENGTH].strip('-')}-{digest[:_HASH_LENGTH]}.json"

    def write(self, folder: Path) -> Path:
        """Write the document as JSON to its file in *folder*, and return that file.

        The same document gives the same bytes. Raises `InputError` where it cannot be written.
        """
        path = folder / self.file_name
        fields = {"schema": SCHEMA, **asdict(self), "sha256": self.sha256}
        write_atomically(path, json.dumps(fields, indent=2) + "\n")
        return path
