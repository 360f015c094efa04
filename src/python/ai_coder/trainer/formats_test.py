"""Tests of reading texts with classes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ai_coder.common.errors import InputError
from ai_coder.trainer.formats import Example, Fields, read_examples

EXPECTED = [Example("first, text", "a"), Example("second\ntext", "b")]
OBJECTS = [{"text": each.text, "label": each.label, "more": 1} for each in EXPECTED]


def document(url: str) -> str:
    """What ai-coder-web writes for a page; `tests/frozen` reads what it really does."""
    fields = {"schema": 1, "url": url, "final_url": "https://else.org/", "title": "X"}
    return json.dumps({**fields, "text": "page", "content_type": "text/html", "sha256": "0" * 64})


def read(path: Path, *fields: str) -> list[Example]:
    return list(read_examples(path, Fields(*fields)))


def written(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def reason(path: Path, *fields: str) -> str:
    with pytest.raises(InputError) as raised:
        read(path, *fields)
    message = str(raised.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("a.jsonl", [*map(json.dumps, OBJECTS), "", " "]),
        ("a.JSONL", [*map(json.dumps, OBJECTS)]),
        ("a.json", [json.dumps(OBJECTS, indent=2)]),
        ("a.csv", ["more,label, text", '1,a,"first, text"', "", '2, b ,"second\ntext"']),
        ("a.tsv", ["text\tlabel", "first, text\ta", '"second\ntext"\tb']),
    ],
)
def test_formats(tmp_path: Path, name: str, lines: list[str], end: str, mark: str) -> None:
    assert read(written(tmp_path / name, mark + end.join([*lines, ""]))) == EXPECTED


def test_fasttext(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "__label__a one two\n\n__label__b-2\tthree\r\n")
    assert read(path) == [Example("one two", "a"), Example("three", "b-2")]


def test_other_names_of_the_fields(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "text,body,kind\n1,2,3\n")
    assert read(path, "body", "kind") == [Example("2", "3")]


def test_numbers_are_classes_too(tmp_path: Path) -> None:
    content = '{"text": "x", "label": 1}\n{"text": "x", "label": true}'
    labels = [each.label for each in read(written(tmp_path / "a.jsonl", content))]
    assert labels == ["1", "true"]


def test_halves_of_characters_do_not_pass(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"text": "x\\ud800 \\ud83d\\ude00", "label": "a"}')
    assert read(path) == [Example("x? \N{GRINNING FACE}", "a")]


def test_a_large_cell(tmp_path: Path) -> None:
    text = "word " * 100_000
    assert read(written(tmp_path / "a.csv", f"text,label\n{text},a\n")) == [Example(text, "a")]


def test_a_folder(tmp_path: Path) -> None:
    written(tmp_path / "b" / "one.py", "import os\n")
    written(tmp_path / "b" / "deep" / "two.txt", "text")
    written(tmp_path / "a" / "data.json", '{"setting": 1}')
    written(tmp_path / "a" / "broken.json", "{")
    written(tmp_path / ".git" / "config", "")
    written(tmp_path / "a" / ".hidden", b"\xff")
    written(tmp_path / "c" / "x-org.json", document("https://x.org/"))
    assert read(tmp_path) == [
        Example("{", "a"),
        Example('{"setting": 1}', "a"),
        Example("import os\n", "b"),
        Example("text", "b"),
        Example("page", "c"),
    ]


def test_documents_directly_in_the_folder(tmp_path: Path) -> None:
    url = "https://docs.python.org:443/3/"
    written(tmp_path / "docs.json", document(url))
    written(tmp_path / "a.json", '{"text": "other", "url": "https://x.org/", "label": "good"}')
    assert read(tmp_path) == [Example("other", "good"), Example("page", "docs.python.org")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"text": "x", "label": "a"}\n{"text"\n', "a.jsonl:2 is not JSON (Expecting"),
        ("a.jsonl", "[1]", "a.jsonl:1 is not a JSON object"),
        ("a.jsonl", '{"body": "x", "label": "a"}', "a.jsonl:1 has no field 'text', only 'body', "),
        ("a.jsonl", "{}", "has no field 'text', only nothing; name yours with --text-field"),
        ("a.jsonl", b'{"text": "x", "label": "a"}\n\xff', "a.jsonl:2 is not UTF-8; save it as"),
        ("a.jsonl", '{"text": " ", "label": "a"}', "a.jsonl:1 has an empty text; fill it in"),
        ("a.jsonl", '{"text": "x", "label": ""}', "a.jsonl:1 has an empty class"),
        ("a.jsonl", '{"text": null, "label": "a"}', "a.jsonl:1 has a text that is not a text"),
        ("a.jsonl", '{"text": "x", "label": 1.5}', "a.jsonl:1 has a class that is not a text"),
        ("a.jsonl", "[" * 100_000, "a.jsonl:1 is not usable JSON"),
        ("a.json", '[\n{"text": "x",\n}]', "a.json:3 is not JSON"),
        ("a.json", "", "a.json is not JSON (Expecting value)"),
        ("a.json", "{}", "a.json is not a list of JSON objects"),
        ("a.json", "[1]", "item 1 of "),
        ("a.json", b'["\xff"]', "a.json (byte 2) is not UTF-8"),
        ("a.csv", "", "a.csv is empty; give a table"),
        ("a.csv", "body,label\n", "a.csv has no column 'text', only 'body', 'label'; name"),
        ("a.csv", "text,label\nx\n", "a.csv:2 has 1 columns, the heading has 2"),
        ("a.csv", "text,label\nx,y,z\n", "a.csv:2 has 3 columns"),
        ("a.csv", 'text,label\nx,"y\n', "a.csv:2 is not CSV (unexpected end of data)"),
        ("a.csv", 'text,label\n"x"y,z\n', "a.csv:2 is not CSV"),
        ("a.csv", '"te\nxt",label,text\nx,y,\n', "a.csv:3 has an empty text"),
        ("a.csv", "text,label\nx, \n", "a.csv:2 has an empty class"),
        ("a.csv", "text,label\n\xe4".encode("utf-16"), "a.csv:1 is not UTF-8"),
        ("a.txt", "plain text\n", "a.txt:1 does not start with a class; write __label__NAME"),
        ("a.txt", "__label__a __label__b x\n", "a.txt:1 has more than one class"),
        ("a.txt", "__label__a x\n__label__a \n", "a.txt:2 has an empty text"),
        ("a.xml", "<a/>", "a.xml is of no format that can be read; give a .jsonl"),
        ("d/a/x.py", b"ab\xff", "x.py (byte 2) is not UTF-8"),
        ("d/a/x.py", "", "x.py has an empty text"),
        ("d/x.py", "text", "x.py has no class, as it is no document"),
        ("d/x.json", '{"text": 1, "url": "https://x.org/"}', "x.json has no class"),
        ("d/x.json", '{"text": "x", "url": "x"}', "x.json has neither a field 'label' nor a URL"),
        ("d/x.json", '{"text": "x", "url": "http://[/"}', "x.json has neither a field"),
    ],
)
def test_errors(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    path = written(tmp_path / name, content)
    found = reason(tmp_path / "d" if name.startswith("d/") else path)
    assert found.startswith(str(tmp_path)) or name == "a.json"
    assert message in found


@pytest.mark.parametrize("name", ["no.csv", "no.jsonl", "no.xml", "no"])
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    assert f"cannot read {tmp_path / name}: No such file" in reason(tmp_path / name)


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    written(tmp_path / "a" / "x.txt", "text")
    monkeypatch.setattr(Path, "read_bytes", denied)
    assert "x.txt: Permission denied" in reason(tmp_path)
