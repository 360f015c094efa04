"""Acquiring documents: one page, the pages it links to, or a GitHub repository."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from ai_coder.common.errors import NetworkError
from ai_coder.web.address import check_url
from ai_coder.web.document import Document, Skipped
from ai_coder.web.extract import extract, is_text
from ai_coder.web.fetch import Fetcher, Limits
from ai_coder.web.github import Access, GitHub
from ai_coder.web.transport import media_type

DEFAULT_MAX_PAGES = 50


def acquire_documents(
    url: str,
    *,
    depth: int = 0,
    max_pages: int = DEFAULT_MAX_PAGES,
    limits: Limits | None = None,
    github: Access | None = None,
) -> list[Document]:
    """The document at *url*, and those it leads to.

    Links within the same site are followed *depth* steps far, to *max_pages* documents in all.
    The URL of a GitHub repository gives its README and documentation files. Nothing is written.
    Raises `InputError` where an argument is wrong, and `NetworkError` where *url* itself cannot be
    acquired; what it leads to is left out then.
    """
    fetcher = Fetcher(limits or Limits())
    reader = GitHub(fetcher, github or Access())
    found = acquire(url, fetcher, reader, depth=depth, max_pages=max_pages)
    return [each for each in found if isinstance(each, Document)]


def acquire(
    url: str, fetcher: Fetcher, github: GitHub, *, depth: int, max_pages: int
) -> Iterator[Document | Skipped]:
    """As `acquire_documents`, one by one as they come, with what was skipped on the way."""
    url = check_url(url)
    repository = github.repository(url)
    if repository is not None:
        return github.documents(url, repository, max_pages, fetcher.limits.max_bytes)
    return _crawl(url, fetcher, depth, max_pages)


def _crawl(
    start: str, fetcher: Fetcher, depth: int, max_pages: int
) -> Iterator[Document | Skipped]:
    """Breadth first, in the order of the links: the same site gives the same documents."""
    waiting = deque([(start, 0)])
    seen = {start}
    acquired: set[str] = set()
    site = ""
    while waiting:
        if len(acquired) >= max_pages:
            yield Skipped(start, f"stopped at --max-pages {max_pages}; {len(waiting)} links left")
            return
        url, steps = waiting.popleft()
        try:
            document = _fetch(url, fetcher)
        except NetworkError as error:
            if url == start:
                raise
            yield Skipped(url, str(error))
            continue
        if url == start:
            # The site is where the start led to: example.org may be www.example.org.
            site = _site(document.final_url)
        elif _site(document.final_url) != site:
            yield Skipped(url, f"leads to another site, {document.final_url}")
            continue
        if document.final_url in acquired:
            continue
        acquired.add(document.final_url)
        yield document
        if steps < depth:
            for link in document.links:
                if link not in seen and _site(link) == site:
                    seen.add(link)
                    waiting.append((link, steps + 1))


def _fetch(url: str, fetcher: Fetcher) -> Document:
    answer = fetcher.get(url, wanted=_is_wanted)
    if answer.status != 200:
        raise NetworkError(f"{url} answers {answer.status} {answer.reason}".rstrip())
    if not is_text(answer.media_type):
        kind = answer.media_type or "of no stated type"
        raise NetworkError(f"{url} is {kind}; only HTML, plain text, Markdown and JSON are read")
    page = extract(answer.body, answer.headers["content-type"], answer.url)
    return Document(
        url=url,
        final_url=answer.url,
        title=page.title,
        text=page.text,
        content_type=answer.media_type,
        language=page.language,
        description=page.description,
        links=page.links,
    )


def _is_wanted(status: int, headers: Mapping[str, str]) -> bool:
    return status == 200 and is_text(media_type(headers))


def _site(url: str) -> str:
    return urlsplit(url).netloc.lower()
