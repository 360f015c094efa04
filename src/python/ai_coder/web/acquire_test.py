from __future__ import annotations

from collections.abc import Callable

import pytest

from ai_coder.common.errors import InputError, NetworkError
from ai_coder.web import Document, Limits, acquire_documents
from ai_coder.web.acquire import acquire
from ai_coder.web.conftest import Reply, Site, redirect
from ai_coder.web.document import Skipped
from ai_coder.web.fetch import Fetcher
from ai_coder.web.github import Access, GitHub

LIMITS = Limits(delay=0, allow_private=True, retries=0, deadline=10)


def links(*paths: str) -> Reply:
    return Reply("".join(f'<a href="{path}">{path}</a>' for path in paths))


def crawl(url: str, depth: int, max_pages: int = 50) -> list[Document | Skipped]:
    fetcher = Fetcher(LIMITS)
    github = GitHub(fetcher, Access())
    return list(acquire(url, fetcher, github, depth=depth, max_pages=max_pages))


def test_one_page(site: Site) -> None:
    site.pages["/a"] = redirect("/b")
    site.pages["/b"] = Reply("<title>B</title><p>text</p><a href=/c>c</a>")
    (document,) = acquire_documents(f"{site.url}/a#part", limits=LIMITS)
    assert document == Document(
        url=f"{site.url}/a",
        final_url=f"{site.url}/b",
        title="B",
        text="text\n\nc",
        content_type="text/html",
        links=(f"{site.url}/c",),
    )


def test_links_are_followed_breadth_first_within_the_site(
    site: Site, start: Callable[[], Site]
) -> None:
    other = start()
    other.pages["/"] = Reply("other")
    site.pages["/"] = links("/a", "/b", f"{other.url}/", "/#top")
    site.pages["/a"] = links("/deep", "/")
    site.pages["/b"] = links("/a")
    site.pages["/deep"] = links("/deeper")
    site.pages["/deeper"] = Reply("no")
    found = acquire_documents(f"{site.url}/", depth=2, limits=LIMITS)
    assert [each.url.removeprefix(site.url) for each in found] == ["/", "/a", "/b", "/deep"]
    assert other.requests == []


def test_what_fails_on_the_way_is_skipped(site: Site, start: Callable[[], Site]) -> None:
    other = start()
    other.pages["/"] = Reply("other")
    site.pages["/"] = links("/missing", "/pdf", "/away", "/same", "/good", "/closed")
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /closed")
    site.pages["/pdf"] = Reply(b"%PDF", headers={"Content-Type": "application/pdf"})
    site.pages["/away"] = redirect(f"{other.url}/")
    site.pages["/same"] = redirect("/good")
    site.pages["/good"] = Reply("good")
    found = crawl(f"{site.url}/", depth=1)
    assert [each.final_url for each in found if isinstance(each, Document)] == [
        f"{site.url}/",
        f"{site.url}/good",
    ]
    reasons = [each.reason for each in found if isinstance(each, Skipped)]
    assert len(reasons) == 4
    assert "answers 404 Not Found" in reasons[0]
    assert "is application/pdf; only HTML" in reasons[1]
    assert "leads to another site" in reasons[2]
    assert "forbids" in reasons[3]


def test_the_number_of_pages_is_limited(site: Site) -> None:
    site.pages["/"] = links("/a", "/b", "/c")
    site.pages["/a"] = site.pages["/b"] = Reply("x")
    found = crawl(f"{site.url}/", depth=1, max_pages=2)
    assert [type(each) for each in found] == [Document, Document, Skipped]
    assert site.paths == ["/robots.txt", "/", "/a"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply("", 404), "answers 404 Not Found"),
        (Reply("", 204), "answers 204"),
        (Reply("x", headers={"Content-Type": "image/png"}), "is image/png; only HTML"),
        (Reply("x", headers={}), "is of no stated type"),
    ],
)
def test_a_start_that_fails_is_an_error(reply: Reply, reason: str, site: Site) -> None:
    site.pages["/"] = reply
    with pytest.raises(NetworkError, match=reason):
        acquire_documents(f"{site.url}/", limits=LIMITS)


def test_arguments_are_checked() -> None:
    with pytest.raises(InputError, match="not http"):
        acquire_documents("file:///etc/passwd")
    with pytest.raises(InputError, match="GITHUB_TOKEN has characters"):
        acquire_documents("https://github.com/o/r", github=Access(token="a\nb"))
