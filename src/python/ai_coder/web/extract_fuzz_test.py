"""Any bytes are a page of some text, and no page takes longer than its size allows."""

from __future__ import annotations

import json
import time
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ai_coder.common.errors import NetworkError
from ai_coder.web.extract import decode, extract
from ai_coder.web.fetch import Fetcher
from ai_coder.web.github import Access, GitHub, Repository
from ai_coder.web.transport import Answer

tried = settings(max_examples=200, derandomize=True, deadline=None)

CHARSETS = st.one_of(
    st.sampled_from(
        [
            *("utf-8", "utf-16", "utf-7", "idna", "punycode", "base64", "rot13", "unicode_escape"),
            *("undefined", "mbcs", "latin1", "shift_jis", "\0", "", "a" * 1000, "utf-8-sig", "hz"),
        ]
    ),
    st.text(max_size=10),
)
TYPES = st.one_of(
    st.builds(
        "{}; charset{}={}".format,
        st.sampled_from(["text/html", "text/markdown", "text/plain", "application/xhtml+xml"]),
        st.sampled_from(["", "*", "*0", "*0*", "*1"]),
        CHARSETS,
    ),
    st.text(max_size=30).map("text/html;".__add__),
)
# What markup is made of, whole and in pieces.
MARKUP = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "<",
                    ">",
                    "</",
                    "/>",
                    "<!",
                    "<!--",
                    "-->",
                    "--!>",
                    "<![",
                    "<![CDATA[",
                    "]]>",
                    "]>",
                ),
                *("<![if ", "<![n[", "<?", "?>", "<!DOCTYPE", "&", "&#", "&#x", ";", "&amp", "'"),
                *("<html>", "<base href='", '<a href="', "http://[", '"', "<script>", "</script"),
                *("<pre>", "<br>", "<code>", "<td>", "<li>", "<h1>", "<title>", "</title>", "<p>"),
                *("<meta charset=", "<article>", "<main>", "</main>", "<svg>", "<textarea>", "\0"),
                *("=", " ", "\n", "9" * 5000, "# ", "\ufeff", "<plaintext>", "<frameset>"),
            ]
        ),
        st.text(max_size=4),
    ),
    max_size=25,
).map("".join)


@tried
@given(st.binary(max_size=200), TYPES)
@example(b"hello", "text/html; charset*0=a; charset*=b")
@example(b"hello", f"text/html; charset*{'9' * 5000}=x")
def test_any_bytes(body: bytes, content_type: str) -> None:
    extract(body, content_type, "http://example.org/a")


@tried
@given(MARKUP)
@example("<![n[")
@example(f"&#{'9' * 5000};")
@example("<base href='http://['><a href='b'>")
def test_any_markup(markup: str) -> None:
    page = extract(markup.encode("utf-8", "surrogatepass"), "text/html", "http://example.org/a")
    assert all(link.startswith(("http://", "https://")) for link in page.links)


@tried
@given(st.binary(max_size=50), CHARSETS, st.booleans())
def test_any_character_set(body: bytes, charset: str, is_html: bool) -> None:
    decode(body, charset, is_html)


@pytest.mark.parametrize(
    "part",
    [
        *("<!--", "<a ", "</a", "<?", "<![CDATA[", "<![CDATA[]", "<!a", "<!doctype", "<script>"),
        *("&", "&a", "<a b='", "<a b", "</", "<![if "),
    ],
)
@pytest.mark.parametrize("end", ["", ">", "-->", "]]>"])
def test_what_never_ends_is_not_looked_at_again_and_again(part: str, end: str) -> None:
    """100 kB, of which Python's parser alone would make seconds to minutes."""
    began = time.process_time()
    markup = part * (100_000 // len(part)) + end
    extract(markup.encode(), "text/html", "http://example.org/a")
    assert time.process_time() - began < 5


def test_many_line_breaks_in_code() -> None:
    began = time.process_time()
    page = extract(b"<pre>" + b"x<br>" * 20_000 + b"</pre>", "text/html", "http://example.org/a")
    assert page.text.count("x\n") == 20_000
    assert time.process_time() - began < 10


def test_a_comment_that_never_ends_hides_nothing() -> None:
    markup = b'<script>"<!--"</script><p>one</p><!-- two <p>three</p>'
    page = extract(markup, "text/html", "http://example.org/a")
    assert "one" in page.text
    assert "three" in page.text


def test_a_page_that_is_a_name_is_no_reason_to_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert extract(b"a.html", "text/html", "http://example.org/a").text == "a.html"


def test_a_smaller_sign_is_text() -> None:
    assert extract(b"<p>5 < 6", "text/html", "http://example.org/a").text == "5 < 6"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("default_branch", "tree", "path", "type", "mode", "size", "sha", "encoding"),
                    *(
                        "content",
                        "html_url",
                        "full_name",
                        "description",
                        "topics",
                        "license",
                        "name",
                    ),
                    *("spdx_id", "truncated"),
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=15,
)
# What is nearly right comes further.
ABOUT = {"default_branch": "main", "html_url": "https://github.com/a/b", "full_name": "a/b"}
FILE = {"path": "a.md", "type": "blob", "mode": "100644", "size": 5, "sha": "0"}
BLOB = {"encoding": "base64", "content": "aGVsbG8="}
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        **{key: st.just(value) | JSON for key, value in {**ABOUT, **FILE, **BLOB}.items()},
        "tree": JSON | st.lists(st.just(FILE) | JSON, max_size=3),
    },
)


class Api(Fetcher):
    """Answers of GitHub's API without GitHub."""

    def __init__(self, bodies: list[bytes]) -> None:
        super().__init__()
        self.bodies = bodies

    def get(self, url: str, **_: object) -> Answer:
        body = self.bodies.pop(0) if self.bodies else b"{}"
        return Answer(url, 404 if body == b"404" else 200, "", {}, body)


def documents(*bodies: bytes) -> None:
    reader = GitHub(Api(list(bodies)), Access())
    try:
        list(reader.documents("https://github.com/a/b", Repository("a", "b"), 5, 1000))
    except NetworkError as error:
        assert str(error)


@settings(tried, max_examples=100)
@given(st.lists(NEARLY | JSON, max_size=6))
def test_any_json_of_an_api(answers: list[object]) -> None:
    documents(*(json.dumps(each).encode() for each in [{**ABOUT}, *answers]))


@tried
@given(st.lists(st.binary(max_size=20) | st.just(b"404"), max_size=4))
@example([b"[" * 100_000])
@example([b'{"default_branch": ' + b"9" * 5000 + b"}"])
def test_any_bytes_of_an_api(bodies: list[bytes]) -> None:
    documents(*bodies)
