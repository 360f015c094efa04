"""Repositories of GitHub, through its REST API."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ai_coder.common.errors import InputError, NetworkError
from ai_coder.web.address import check_url
from ai_coder.web.document import Document, Skipped
from ai_coder.web.extract import extract
from ai_coder.web.fetch import Fetcher
from ai_coder.web.transport import Answer

DEFAULT_API = "https://api.github.com"

_CONTENT_TYPES = {".md": "text/markdown", ".rst": "text/x-rst", ".txt": "text/plain"}
# First words of paths that are GitHub's own pages and no owner's repositories.
_NOT_OWNERS = frozenset(
    {
        *("about", "apps", "collections", "contact", "customer-stories", "enterprise", "events"),
        *("explore", "features", "login", "marketplace", "notifications", "orgs", "pricing"),
        *("search", "security", "settings", "site", "solutions", "sponsors", "stars", "topics"),
        *("trending", "users"),
    }
)
# A list of a large repository's files; GitHub itself cuts it off at 7 MB.
_MOST_LISTING_BYTES = 20_000_000


@dataclass(frozen=True)
class Access:
    """The *api* to ask, and a *token* that goes nowhere else."""

    api: str = DEFAULT_API
    token: str | None = None


@dataclass(frozen=True)
class Repository:
    """A repository, or the part of it that a ``/tree/`` URL shows.

    *tree* is a branch and a folder; where one ends and the other begins only the API knows.
    """

    owner: str
    name: str
    tree: tuple[str, ...] = ()


class _MissingError(NetworkError):
    """The API answered 404."""


class GitHub:
    """Reads repositories. Raises `InputError` where *access* cannot be right."""

    def __init__(self, fetcher: Fetcher, access: Access) -> None:
        self._fetcher = fetcher
        self._api = check_url(access.api).rstrip("/")
        self._headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        token = (access.token or "").strip()
        if token:
            if not re.fullmatch(r"[\x21-\x7e]+", token):
                raise InputError("GITHUB_TOKEN has characters in it that no token has; set it anew")
            self._headers["Authorization"] = f"Bearer {token}"
        parts = urlsplit(self._api)
        # An Enterprise server has its API at /api/v3 of the host of its pages.
        enterprise = parts.netloc if parts.path == "/api/v3" else None
        self._web = f"{parts.scheme}://{enterprise}" if enterprise else "https://github.com"
        self._hosts = {enterprise} if enterprise else {"github.com", "www.github.com"}

    def repository(self, url: str) -> Repository | None:
        """The repository that *url* shows, ``None`` if it is any other page."""
        parts = urlsplit(url)
        words = [unquote(word) for word in parts.path.split("/") if word]
        if parts.netloc.lower() not in self._hosts or len(words) < 2:
            return None
        owner, name, rest = words[0], words[1].removesuffix(".git"), words[2:]
        is_name = re.fullmatch(r"[\w.-]+", name, re.ASCII) and name not in (".", "..", "")
        if owner in _NOT_OWNERS or not re.fullmatch(r"[\w-]+", owner, re.ASCII) or not is_name:
            return None
        if rest and (rest[0] != "tree" or len(rest) == 1):
            return None
        return Repository(owner, name, tuple(rest[1:]))

    def documents(
        self, url: str, repository: Repository, most: int, max_bytes: int
    ) -> Iterator[Document | Skipped]:
        """The repository at *url* with its README, then its documentation files by path.

        At most *most* documents, each file at most *max_bytes* large. Raises `NetworkError`.
        """
        try:
            yield from self._documents(url, repository, most, max_bytes)
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise NetworkError(
                f"{self._api} answered with what is not GitHub's API ({error!r}); "
                "check --github-api"
            ) from error

    def _documents(
        self, url: str, repository: Repository, most: int, max_bytes: int
    ) -> Iterator[Document | Skipped]:
        base = f"/repos/{repository.owner}/{repository.name}"
        about = self._get(base)
        branch, folder, tree = self._tree(base, about, repository)
        files = [each for each in tree["tree"] if _is_documentation(each, folder)]
        readme = self._readme(base, branch, folder)
        yield self._overview(url, base, about, readme)
        files = [each for each in files if readme is None or each["path"] != readme["path"]]
        page = f"{self._web}/{repository.owner}/{repository.name}"
        written = 1
        for file in sorted(files, key=lambda each: str(each["path"])):
            path = file["path"]
            address = f"{page}/blob/{quote(branch)}/{quote(path)}"
            if file["size"] > max_bytes:
                yield Skipped(address, f"larger than {max_bytes:,} bytes (--max-bytes)")
                continue
            if written >= most:
                yield Skipped(url, f"has more documentation files than --max-pages {most}")
                break
            content_type = _CONTENT_TYPES[PurePosixPath(path).suffix.lower()]
            text = extract(self._blob(base, file["sha"]), content_type, address)
            yield Document(address, address, text.title, text.text, content_type)
            written += 1
        if tree.get("truncated"):
            yield Skipped(url, "GitHub lists only a part of this repository's files")

    def _tree(
        self, base: str, about: dict[str, Any], repository: Repository
    ) -> tuple[str, str, dict[str, Any]]:
        """The branch, the folder in it, and all files of the branch."""
        words = repository.tree or (str(about["default_branch"]),)
        # The name of a branch may have slashes in it, so it is the first words that name one.
        for length in range(1, len(words) + 1):
            branch = "/".join(words[:length])
            try:
                tree = self._get(f"{base}/git/trees/{quote(branch, safe='')}?recursive=1")
            except _MissingError:
                continue
            return branch, "/".join(words[length:]), tree
        if repository.tree:
            raise NetworkError(f"{self._web}{base[6:]} has no branch {'/'.join(words)}")
        return words[0], "", {"tree": []}  # a repository without a commit

    def _readme(self, base: str, branch: str, folder: str) -> dict[str, Any] | None:
        where = f"/{quote(folder)}" if folder else ""
        try:
            readme = self._get(f"{base}/readme{where}?ref={quote(branch, safe='')}")
        except _MissingError:
            return None
        return {
            "path": str(readme["path"]),
            "content": self._blob(base, readme["sha"]),
            "url": str(readme.get("html_url") or ""),
        }

    def _overview(
        self, url: str, base: str, about: dict[str, Any], readme: dict[str, Any] | None
    ) -> Document:
        description = str(about.get("description") or "")
        text = description
        if readme is not None:
            content = extract(readme["content"], "text/markdown", readme["url"]).text
            text = f"{description}\n\n{content}" if description else content
        licence = about.get("license") or {}
        return Document(
            url=url,
            final_url=str(about["html_url"]),
            title=str(about["full_name"]),
            text=text,
            content_type="text/markdown",
            description=description,
            topics=tuple(sorted(str(topic) for topic in about.get("topics") or ())),
            licence=str(licence.get("spdx_id") or licence.get("name") or ""),
        )

    def _blob(self, base: str, sha: object) -> bytes:
        blob = self._get(f"{base}/git/blobs/{quote(str(sha), safe='')}")
        if blob["encoding"] != "base64":
            raise ValueError(f"a file encoded as {blob['encoding']}")
        return base64.b64decode(blob["content"])

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._fetcher.get(
            self._api + path, headers=self._headers, polite=False, max_bytes=_MOST_LISTING_BYTES
        )
        if answer.status != 200:
            raise self._refusal(answer, path)
        value = json.loads(answer.body)
        if not isinstance(value, dict):
            raise TypeError(f"{type(value).__name__} for {path}")
        return value

    def _refusal(self, answer: Answer, path: str) -> NetworkError:
        name = "/".join(path.split("/")[2:4])
        if answer.status == 404:
            return _MissingError(
                f"GitHub repository {name} does not exist or is private; "
                "set GITHUB_TOKEN to one that may read it"
            )
        if answer.status == 401:
            return NetworkError("GitHub does not accept GITHUB_TOKEN; it is wrong or has expired")
        headers = answer.headers
        if answer.status in (403, 429):
            limited = headers.get("x-ratelimit-remaining") == "0"
            if limited or "retry-after" in headers:
                return NetworkError(
                    f"GitHub's rate limit is used up; it resets {_reset(answer)}; "
                    "set GITHUB_TOKEN for a higher one"
                )
        return NetworkError(f"GitHub answered {answer.status} {answer.reason} for {name}")


def _is_documentation(entry: dict[str, Any], folder: str) -> bool:
    path = str(entry["path"])
    is_file = entry["type"] == "blob" and entry.get("mode") != "120000"  # that is a link
    is_inside = not folder or path.startswith(f"{folder}/")
    return is_file and is_inside and PurePosixPath(path).suffix.lower() in _CONTENT_TYPES


def _reset(answer: Answer) -> str:
    """When the quota is back, in words."""
    moment = answer.headers.get("x-ratelimit-reset", "")
    if answer.headers.get("x-ratelimit-remaining") == "0" and moment.isdecimal():
        try:
            return f"at {datetime.fromtimestamp(int(moment), UTC):%Y-%m-%d %H:%M:%S} UTC"
        except (ValueError, OverflowError, OSError):
            pass
    wait = answer.headers.get("retry-after")
    return f"after {wait} seconds" if wait and wait.isdecimal() else "within an hour"
