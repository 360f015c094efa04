from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from ai_coder.common.errors import NetworkError
from ai_coder.web import Access, Document, Limits, acquire_documents
from ai_coder.web.conftest import Reply, Site, redirect
from ai_coder.web.document import Skipped
from ai_coder.web.fetch import Fetcher
from ai_coder.web.github import GitHub, Repository

LIMITS = Limits(delay=0, allow_private=True, retries=1, deadline=10)
URL = "https://github.com/octo/tool"
BASE = "/repos/octo/tool"


def as_json(value: object, status: int = 200, **headers: str) -> Reply:
    names = {name.replace("_", "-"): each for name, each in headers.items()}
    return Reply(json.dumps(value), status, {"Content-Type": "application/json", **names})


def blob(text: str) -> Reply:
    content = base64.encodebytes(text.encode()).decode()
    return as_json({"encoding": "base64", "content": content})


def entry(path: str, size: int = 5, **more: str) -> dict[str, Any]:
    name = path.replace("/", "-")
    return {"path": path, "type": "blob", "mode": "100644", "sha": name, "size": size, **more}


@pytest.fixture
def api(site: Site) -> Site:
    """An API with one repository."""
    site.pages[BASE] = as_json(
        {
            "full_name": "octo/tool",
            "html_url": URL,
            "description": "A tool.",
            "topics": ["z", "a"],
            "license": {"spdx_id": "MIT"},
            "default_branch": "main",
        }
    )
    site.pages[f"{BASE}/readme?ref=main"] = as_json(
        {"path": "README.md", "sha": "README.md", "html_url": f"{URL}/blob/main/README.md"}
    )
    site.pages[f"{BASE}/git/trees/main?recursive=1"] = as_json(
        {
            "tree": [
                entry("README.md"),
                entry("docs/b.rst"),
                entry("docs/a b.MD"),
                entry("notes.txt"),
                entry("main.py"),
                entry("big.md", 99_999_999),
                entry("link.md", mode="120000"),
                entry("docs", type="tree"),
            ],
            "truncated": False,
        }
    )
    site.pages[f"{BASE}/git/blobs/README.md"] = blob("# Tool\n\nRead me é.")
    site.pages[f"{BASE}/git/blobs/docs-a%20b.MD"] = blob("# A")
    site.pages[f"{BASE}/git/blobs/docs-b.rst"] = blob("B")
    site.pages[f"{BASE}/git/blobs/notes.txt"] = blob("N")
    return site


def acquired(api: Site, url: str = URL, most: int = 50, token: str | None = None) -> list[Any]:
    fetcher = Fetcher(LIMITS)
    github = GitHub(fetcher, Access(api.url, token))
    repository = github.repository(url)
    assert repository is not None
    return list(github.documents(url, repository, most, LIMITS.max_bytes))


def test_a_repository(api: Site) -> None:
    found = acquire_documents(URL, limits=LIMITS, github=Access(api.url))
    assert found[0] == Document(
        url=URL,
        final_url=URL,
        title="octo/tool",
        text="A tool.\n\n# Tool\n\nRead me é.",
        content_type="text/markdown",
        description="A tool.",
        topics=("a", "z"),
        licence="MIT",
    )
    assert [(each.url, each.title, each.content_type) for each in found[1:]] == [
        (f"{URL}/blob/main/docs/a%20b.MD", "A", "text/markdown"),
        (f"{URL}/blob/main/docs/b.rst", "b.rst", "text/x-rst"),
        (f"{URL}/blob/main/notes.txt", "notes.txt", "text/plain"),
    ]
    assert not any("robots" in path for path in api.paths)


def test_large_files_and_further_ones_are_skipped(api: Site) -> None:
    found = acquired(api, most=2)
    assert [type(each) for each in found] == [Document, Skipped, Document, Skipped]
    assert "larger than" in found[1].reason
    assert "--max-pages 2" in found[3].reason


def test_a_cut_off_listing_is_said(api: Site) -> None:
    api.pages[f"{BASE}/git/trees/main?recursive=1"] = as_json({"tree": [], "truncated": True})
    assert "only a part" in acquired(api)[-1].reason


def test_a_folder_of_a_branch_with_a_slash(api: Site) -> None:
    api.pages[f"{BASE}/git/trees/fix%2Fx?recursive=1"] = as_json(
        {"tree": [entry("docs/b.rst"), entry("notes.txt"), entry("docs2/b.rst")]}
    )
    found = acquired(api, f"{URL}/tree/fix/x/docs")
    assert [each.url for each in found] == [
        f"{URL}/tree/fix/x/docs",
        f"{URL}/blob/fix/x/docs/b.rst",
    ]
    assert f"{BASE}/readme/docs?ref=fix%2Fx" in api.paths
    assert found[0].text == "A tool."


def test_a_missing_branch(api: Site) -> None:
    with pytest.raises(NetworkError, match="octo/tool has no branch gone"):
        acquired(api, f"{URL}/tree/gone")


def test_an_empty_repository(api: Site) -> None:
    del api.pages[f"{BASE}/git/trees/main?recursive=1"]
    del api.pages[f"{BASE}/readme?ref=main"]
    assert [each.text for each in acquired(api)] == ["A tool."]


def test_a_missing_repository(api: Site) -> None:
    with pytest.raises(NetworkError, match=r"octo/none does not exist or is private.*GITHUB_TOKEN"):
        acquired(api, "https://github.com/octo/none")


@pytest.mark.parametrize("status", [403, 429])
def test_the_rate_limit_says_when_it_resets(status: int, api: Site) -> None:
    limits = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "1700000000"}
    api.pages[BASE] = as_json({}, status, **limits)
    with pytest.raises(NetworkError, match=r"resets at 2023-11-14 22:13:20 UTC; set GITHUB_TOKEN"):
        acquired(api)
    assert api.paths == [BASE]


def test_the_second_rate_limit_says_how_long_to_wait(api: Site) -> None:
    api.pages[BASE] = as_json({}, 403, Retry_After="60")
    with pytest.raises(NetworkError, match="resets after 60 seconds"):
        acquired(api)


def test_a_plain_refusal_is_no_rate_limit(api: Site) -> None:
    api.pages[BASE] = as_json({}, 403, X_RateLimit_Remaining="7")
    with pytest.raises(NetworkError, match="GitHub answered 403 Forbidden for octo/tool"):
        acquired(api)


def test_a_wrong_token(api: Site) -> None:
    api.pages[BASE] = as_json({}, 401)
    with pytest.raises(NetworkError, match="does not accept GITHUB_TOKEN"):
        acquired(api, token="wrong")


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"full_name": "x"}'])
def test_what_is_not_the_api(body: str, api: Site) -> None:
    api.pages[BASE] = Reply(body)
    with pytest.raises(NetworkError, match="not GitHub's API"):
        acquired(api)


def test_the_token_goes_to_the_api_only(api: Site, start: Callable[[], Site]) -> None:
    other = start()
    other.pages["/about"] = api.pages[BASE]
    api.pages[BASE] = redirect(f"{other.url}/about", 301)
    acquired(api, token=" secret\n")
    assert {headers.get("authorization") for _, headers in api.requests} == {"Bearer secret"}
    assert [headers.get("authorization") for _, headers in other.requests] == [None]


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        ("https://github.com/octo/tool", Repository("octo", "tool")),
        ("https://www.github.com/octo/tool.git", Repository("octo", "tool")),
        (
            "https://github.com/octo/tool/tree/main/a/b",
            Repository("octo", "tool", ("main", "a", "b")),
        ),
        ("https://github.com/octo", None),
        ("https://github.com/octo/tool/issues/1", None),
        ("https://github.com/octo/tool/tree", None),
        ("https://github.com/topics/python", None),
        ("https://github.com/octo/..", None),
        ("https://github.com/octo/a%2Fb", None),
        ("https://example.org/octo/tool", None),
        ("https://github.com.example.org/octo/tool", None),
    ],
)
def test_which_urls_are_repositories(url: str, repository: Repository | None) -> None:
    assert GitHub(Fetcher(LIMITS), Access()).repository(url) == repository


def test_an_enterprise_server_has_its_own_repositories() -> None:
    github = GitHub(Fetcher(LIMITS), Access("https://git.corp.test/api/v3/"))
    assert github.repository("https://git.corp.test/octo/tool") == Repository("octo", "tool")
    assert github.repository("https://github.com/octo/tool") is None
