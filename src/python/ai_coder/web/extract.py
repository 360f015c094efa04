"""The title, the text and the links of what was fetched."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from ai_coder.common.errors import InputError
from ai_coder.web.address import check_url

if TYPE_CHECKING:
    from bs4 import BeautifulSoup
    from bs4.element import PageElement, Tag

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
TEXT_TYPES = frozenset(
    {"text/plain", "text/markdown", "text/x-markdown", "text/x-rst", "application/json"}
)

_NEVER_TEXT = frozenset(
    {"script", "style", "noscript", "template", "svg", "head", "title", "iframe"}
)
_BESIDE_THE_POINT = frozenset({"nav", "header", "footer", "aside", "form", "dialog"})
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_PREFIXES = {**_HEADINGS, "li": "- "}
# fmt: off
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "li", "main", "menu", "nav", "ol",
    "optgroup", "option", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead",
    "tr", "ul",
))
# fmt: on
# Blocks that stand on lines of their own without an empty line between them.
_TIGHT = frozenset({"li", "tr", "dt", "dd", "option"})
# Browsers, and so authors, take these names to mean Windows-1252.
_AS_BROWSERS = dict.fromkeys(("iso-8859-1", "latin1", "ascii", "us-ascii"), "windows-1252")
# Beginnings, what would end them, and what to read in their place where nothing does.
_UNTERMINATED = (
    (re.compile(r"<!--"), "-->", "<!---->"),
    (re.compile(r"<!\[cdata\[", re.IGNORECASE), "]]>", ""),
    (re.compile(r"<!\["), "]>", ""),
    (re.compile(r"<[a-z/!?].*", re.IGNORECASE | re.DOTALL), ">", ""),
)
_DECLARATION = re.compile(r"<!(?!--)")
# Python refuses to make an integer of thousands of digits.
_LONG_REFERENCE = re.compile(r"&#[0-9]{100,};?")
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Page:
    """What a reader sees; *text* marks headings, list items and code as Markdown does.

    *links* are absolute http(s) URLs without fragments, in order and without repetition.
    """

    title: str
    text: str
    language: str = ""
    description: str = ""
    links: tuple[str, ...] = ()


def is_text(media_type: str) -> bool:
    """Whether `extract` understands content of this type."""
    return media_type in HTML_TYPES | TEXT_TYPES or media_type.endswith("+json")


def extract(body: bytes, content_type: str, url: str) -> Page:
    """The page in *body*, which came from *url* with the header *content_type*."""
    header = Message()
    header["Content-Type"] = content_type
    charset = None
    # It fails at some parameters in pieces (RFC 2231); without it, the bytes say what they are.
    with suppress(ValueError, TypeError):
        charset = header.get_content_charset()
    if header.get_content_type() in HTML_TYPES:
        return _from_html(decode(body, charset, is_html=True), url)
    text = decode(body, charset).replace("\r\n", "\n")
    heading = re.search(r"^#{1,6}\s+(.+?)\s*#*$", text, re.MULTILINE)
    is_markdown = header.get_content_type() in ("text/markdown", "text/x-markdown")
    title = heading[1] if heading and is_markdown else url.rstrip("/").rpartition("/")[2]
    return Page(title, text)


def decode(body: bytes, charset: str | None = None, is_html: bool = False) -> str:
    """The text of *body*: by its byte order mark, *charset*, what its HTML says, or as UTF-8.

    What is none of these is read as Windows-1252, as browsers do; no bytes are an error.
    """
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if body.startswith(mark)), None)
    for name in (marked, charset, _declared(body) if is_html else None):
        if name:
            # No such character set? The next may be right.
            with suppress(LookupError, ValueError):
                return body.decode(_AS_BROWSERS.get(name, name), "replace").removeprefix("\ufeff")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("windows-1252", "replace")


def _declared(body: bytes) -> str | None:
    from bs4.dammit import EncodingDetector

    name = EncodingDetector.find_declared_encoding(body, is_html=True)
    # It was read as ASCII, so it is not what it claims to be.
    return "utf-8" if name and name.lower().startswith("utf-16") else name


def _from_html(text: str, url: str) -> Page:
    soup = _soup(text)
    return Page(
        title=_title(soup),
        text=_main_text(soup),
        language=_attribute(soup.find("html"), "lang"),
        description=_attribute(soup.find("meta", attrs={"name": "description"}), "content"),
        links=tuple(dict.fromkeys(_links(soup, url))),
    )


def _soup(text: str) -> BeautifulSoup:
    # Imported here, the only module that does: --help and --version do without it.
    from bs4 import BeautifulSoup
    from bs4.exceptions import ParserRejectedMarkup

    text = _LONG_REFERENCE.sub("\ufffd", _terminated(text))
    with warnings.catch_warnings():
        # A page may consist of nothing but the name of a file; Beautiful Soup warns of that.
        warnings.simplefilter("ignore")
        try:
            return BeautifulSoup(text, "html.parser")
        except (ParserRejectedMarkup, ValueError):
            # Python's parser gives up on some of what browsers take for comments.
            return BeautifulSoup(_DECLARATION.sub("", text), "html.parser")


def _terminated(text: str) -> str:
    """*text* without what begins in it and has no end.

    Python's parser looks for the end of each one anew, through all that follows: thousands of them
    would take hours.
    """
    for opening, closing, instead in _UNTERMINATED:
        end = text.rfind(closing) + 1
        text = text[:end] + opening.sub(instead, text[end:])
    return text


def _title(soup: BeautifulSoup) -> str:
    for name in ("title", "h1"):
        found = soup.find(name)
        if found is not None and (title := _one_line(found.get_text())):
            return title
    return ""


def _main_text(soup: BeautifulSoup) -> str:
    articles = soup.find_all("article")
    main = soup.find("main") or soup.find(True, attrs={"role": "main"})
    candidates = [main, articles[0] if len(articles) == 1 else None, soup]
    for root in candidates:
        if root is not None and (text := _Text(_NEVER_TEXT | _BESIDE_THE_POINT).of(root)):
            return text
    # Some pages are one large form.
    return _Text(_NEVER_TEXT).of(soup)


def _links(soup: BeautifulSoup, url: str) -> Iterator[str]:
    base_url = url
    with suppress(ValueError):
        base_url = urljoin(url, _attribute(soup.find("base", href=True), "href"))
    for anchor in soup.find_all("a", href=True):
        try:
            link = urljoin(base_url, _attribute(anchor, "href").replace(" ", "%20"))
            yield check_url(link)
        except (InputError, ValueError):
            continue  # mailto:, javascript: and what is malformed


def _attribute(tag: object, name: str) -> str:
    from bs4.element import Tag

    value = tag.get(name) if isinstance(tag, Tag) else None
    return _one_line(value) if isinstance(value, str) else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


class _Text:
    """Turns elements to text; not by recursion, as pages may be nested deeply."""

    def __init__(self, skipped: frozenset[str]) -> None:
        self._skipped = skipped
        self._parts: list[str] = []
        self._is_tight = False
        self._line: list[str] = []
        self._prefix = ""

    def of(self, root: Tag) -> str:
        from bs4.element import CData, NavigableString, Tag

        # A tag is on the stack twice: as itself, and as its name when its end is reached.
        stack: list[PageElement | str] = [root]
        while stack:
            node = stack.pop()
            if isinstance(node, Tag):
                if node.name in self._skipped:
                    continue
                if node.name == "pre":
                    self._end_block()
                    self._add_code(node)
                    continue
                self._begin(node.name)
                stack.append(node.name)
                stack += reversed(node.contents)
            elif type(node) in (NavigableString, CData):
                self._line.append(re.sub(r"\s+", " ", str(node)))
            elif type(node) is str:
                self._end(node)
        self._end_block()
        return "".join(self._parts)

    def _begin(self, name: str) -> None:
        if name in _BLOCKS:
            self._end_block()
            self._prefix = _PREFIXES.get(name, self._prefix)
        elif name == "br":
            self._line.append("\n")
        elif name == "code":
            self._line.append("`")
        elif name in ("td", "th") and any(part.strip() for part in self._line):
            self._line.append(" | ")

    def _end(self, name: str) -> None:
        if name in _BLOCKS:
            self._end_block(name in _TIGHT)
            self._prefix = ""
        elif name == "code":
            self._line.append("`")

    def _end_block(self, is_tight: bool = False) -> None:
        lines = [" ".join(line.split()) for line in "".join(self._line).split("\n")]
        block = "\n".join(lines).strip()
        if block.strip("`"):
            self._add_block(self._prefix + block, is_tight or self._prefix == "- ")
            self._prefix = ""
        self._line = []

    def _add_code(self, pre: Tag) -> None:
        from bs4.element import CData, NavigableString

        parts = (
            "\n" if getattr(node, "name", None) == "br" else str(node)
            for node in pre.descendants
            if type(node) in (NavigableString, CData) or getattr(node, "name", None) == "br"
        )
        code = "".join(parts).strip("\n").rstrip()
        if code:
            self._add_block(f"```\n{code}\n```", False)

    def _add_block(self, block: str, is_tight: bool) -> None:
        if self._parts:
            self._parts.append("\n" if is_tight and self._is_tight else "\n\n")
        self._parts.append(block)
        self._is_tight = is_tight
