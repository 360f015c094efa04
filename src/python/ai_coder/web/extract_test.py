from __future__ import annotations

import pytest

from ai_coder.web.extract import Page, decode, extract, is_text

URL = "https://example.org/docs/page.html"


def page(html: str) -> Page:
    return extract(html.encode(), "text/html; charset=utf-8", URL)


def test_a_page_becomes_readable_text() -> None:
    found = page(
        """<!doctype html><html lang="en"><head><title> The
        title </title><meta name="description" content="About it."><style>p{}</style></head><body>
        <header>Logo</header><nav><a href="/nav">Nav</a></nav>
        <h1>Heading</h1><p>First <b>bold</b>,
        wrapped.</p><p>Second<br>line with <code>code()</code>.</p>
        <script>alert(1)</script><noscript>on</noscript><!-- comment -->
        <ul><li>one</li><li><p>two</p></li></ul>
        <h2>Example</h2><pre><span>def f():</span>
    return 1
</pre>
        <table><tr> <th>A</th> <th>B</th> </tr><tr><td>1</td><td>2</td></tr></table>
        <form>Search</form><aside>More</aside><footer>Legal</footer></body></html>"""
    )
    assert found.title == "The title"
    assert found.language == "en"
    assert found.description == "About it."
    assert found.links == ("https://example.org/nav",)
    assert found.text == (
        "# Heading\n\nFirst bold, wrapped.\n\nSecond\nline with `code()`.\n\n- one\n- two\n\n"
        "## Example\n\n```\ndef f():\n    return 1\n```\n\nA | B\n1 | 2"
    )


def test_the_main_part_is_taken_if_there_is_one() -> None:
    assert page("<div>menu</div><main><p>point</p></main>").text == "point"
    assert page("<div>menu</div><div role=main>point</div>").text == "point"
    assert page("<div>menu</div><article>point</article>").text == "point"
    assert page("<article>a</article><article>b</article>").text == "a\n\nb"
    assert page("<div>text</div><main></main>").text == "text"


def test_a_page_that_is_one_form_is_not_empty() -> None:
    assert page("<form><p>all of it</p><script>no</script></form>").text == "all of it"


def test_the_title_may_be_the_heading() -> None:
    assert page("<title> </title><h1>Only <i>this</i></h1>").title == "Only this"
    assert page("").title == ""


def test_links_are_absolute_and_unique() -> None:
    html = """<base href="/base/"><a href="a#x">1</a><a href="a">2</a><a href="../b?q=1">3</a>
    <a href="mailto:x@y">4</a><a href="javascript:x()">5</a><a href="http://[">6</a>
    <a href="//other.org/a b">7</a><a>8</a><a href="http://u:p@x.org/">9</a>"""
    assert page(html).links == (
        "https://example.org/base/a",
        "https://example.org/b?q=1",
        "https://other.org/a%20b",
    )


def test_deep_nesting_is_no_problem() -> None:
    assert page("<div>" * 20_000 + "deep").text == "deep"


def test_line_breaks_in_code_are_kept() -> None:
    assert page("<pre>a<br>b</pre>").text == "```\na\nb\n```"


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("é".encode(), None, "é"),
        ("é".encode(), "utf-8", "é"),
        ("é\u2019".encode("cp1252"), "iso-8859-1", "é\u2019"),
        ("é".encode("latin-1"), None, "é"),
        ("я".encode("koi8-r"), "koi8-r", "я"),
        ("é".encode("utf-16"), "utf-8", "é"),
        ("\ufeffé".encode(), "latin1", "é"),
        ("é".encode(), "no-such-charset", "é"),
        ("é".encode(), "hex", "é"),
        (b"a\xffb", "utf-8", "a\ufffdb"),
    ],
)
def test_character_sets(body: bytes, charset: str | None, text: str) -> None:
    assert decode(body, charset) == text


def test_html_says_its_character_set() -> None:
    html = '<meta charset="koi8-r"><p>привет</p>'
    assert extract(html.encode("koi8-r"), "text/html", URL).text == "привет"
    html = '<meta charset="utf-16"><p>é</p>'
    assert extract(html.encode(), "text/html", URL).text == "é"


def test_the_header_wins_over_the_page() -> None:
    html = '<meta charset="koi8-r"><p>é</p>'.encode()
    assert extract(html, "text/html; charset=utf-8", URL).text == "é"


def test_other_text_is_taken_as_it_is() -> None:
    markdown = extract(b"intro\r\n\n## Title #\n<b>x</b>", "text/markdown", "https://x.org/a.md")
    assert markdown == Page("Title", "intro\n\n## Title #\n<b>x</b>")
    assert extract(b'{"a": 1}', "application/json", "https://x.org/a.json") == Page(
        "a.json", '{"a": 1}'
    )


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [("text/html", True), ("application/ld+json", True), ("application/pdf", False), ("", False)],
)
def test_what_is_text(media_type: str, expected: bool) -> None:
    assert is_text(media_type) is expected
