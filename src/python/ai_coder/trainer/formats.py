"""Texts with classes in the formats that people keep them in.

=====================  =========================================================================
``.jsonl``             one JSON object per line
``.json``              one list of JSON objects
``.csv``, ``.tsv``     a table with a heading, its columns apart by commas or tabs
``.txt``               lines ``__label__NAME text``, as fastText reads them
a folder               one document per file, in sub-folders named after their class (files of
                       ai-coder-web directly in the folder, too: see `_class_of`)
=====================  =========================================================================

Everything is UTF-8. Hidden files are left out.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ai_coder.common.errors import InputError

_FASTTEXT = re.compile(r"__label__(\S+)\s*(.*)", re.DOTALL)
# Half of the range that the C type has everywhere.
_LARGEST_CELL = 1 << 30


@dataclass(frozen=True)
class Fields:
    """The names of the fields (JSON) or columns (CSV) with the text and its class."""

    text: str = "text"
    label: str = "label"


@dataclass(frozen=True)
class Example:
    """A text and its class, neither of them empty."""

    text: str
    label: str


def read_examples(path: Path, fields: Fields) -> Iterator[Example]:
    """The examples in the file or folder *path*, in a fixed order.

    Raises `InputError` that names the file, and the line where there is one, if anything is wrong.
    """
    try:
        if path.is_dir():
            yield from _folder(path, fields)
            return
        suffix = path.suffix.lower()
        if suffix == ".jsonl":
            yield from _json_lines(path, fields)
        elif suffix == ".json":
            yield from _json_list(path, fields)
        elif suffix in (".csv", ".tsv"):
            yield from _table(path, fields, "," if suffix == ".csv" else "\t")
        elif suffix == ".txt":
            yield from _fasttext(path)
        else:
            path.stat()
            raise InputError(
                f"{path} is of no format that can be read; give a .jsonl, .json, .csv, .tsv or "
                ".txt file, or a folder of documents"
            )
    except OSError as error:
        raise InputError(
            f"cannot read {error.filename or path}: {error.strerror or error}; "
            "give data that is there and may be read"
        ) from error


def _json_lines(path: Path, fields: Fields) -> Iterator[Example]:
    for number, line in enumerate(_lines(path), 1):
        if line.strip():
            where = f"{path}:{number}"
            yield _from_object(_parse(line.strip(), where), fields, where)


def _json_list(path: Path, fields: Fields) -> Iterator[Example]:
    items = _parse(_content(path), str(path))
    if not isinstance(items, list):
        raise InputError(f"{path} is not a list of JSON objects; write [{{...}}, {{...}}]")
    for number, item in enumerate(items, 1):
        yield _from_object(item, fields, f"item {number} of {path}")


def _table(path: Path, fields: Fields, delimiter: str) -> Iterator[Example]:
    before = csv.field_size_limit(_LARGEST_CELL)
    rows = csv.reader(_lines(path), delimiter=delimiter, strict=True)
    try:
        heading = [name.strip() for name in next(rows, [])]
        if not heading:
            raise InputError(f"{path} is empty; give a table with a heading and rows")
        columns = [_column(name, heading, path) for name in (fields.text, fields.label)]
        for row in rows:
            if not row:
                continue
            where = f"{path}:{rows.line_num}"
            if len(row) != len(heading):
                raise InputError(
                    f"{where} has {len(row)} columns, the heading has {len(heading)}; correct it"
                )
            text, label = (row[index] for index in columns)
            yield _example(text, label, where)
    except csv.Error as error:
        raise InputError(
            f"{path}:{rows.line_num} is not CSV ({error}); correct the line"
        ) from error
    finally:
        csv.field_size_limit(before)


def _column(name: str, heading: list[str], path: Path) -> int:
    if name not in heading:
        raise InputError(
            f"{path} has no column {name!r}, only {_listed(heading)}; {_FIELD_OPTIONS}"
        )
    return heading.index(name)


def _fasttext(path: Path) -> Iterator[Example]:
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        match = _FASTTEXT.match(line.strip())
        if match is None:
            raise InputError(f"{where} does not start with a class; write __label__NAME text")
        if match[2].startswith("__label__"):
            raise InputError(f"{where} has more than one class; leave the one that fits best")
        yield _example(match[2], match[1], where)


def _folder(root: Path, fields: Fields) -> Iterator[Example]:
    for path in _files(root):
        content = _content(path)
        document = _document(path, content, fields)
        parts = path.relative_to(root).parts
        label = parts[0] if len(parts) > 1 else _class_of(path, document, fields)
        yield _example(content if document is None else document[fields.text], label, str(path))


def _files(root: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    for folder, folders, names in os.walk(root, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _document(path: Path, content: str, fields: Fields) -> Mapping[str, Any] | None:
    """The document of ai-coder-web in *content*, or ``None`` if that is just a text."""
    if path.suffix.lower() != ".json":
        return None
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    known = isinstance(document, dict) and (fields.label in document or "url" in document)
    return document if known and isinstance(document.get(fields.text), str) else None


def _class_of(path: Path, document: Mapping[str, Any] | None, fields: Fields) -> Any:
    """The class of a document that is in no sub-folder: its label, else the host of its URL."""
    if document is None:
        raise InputError(
            f"{path} has no class, as it is no document of ai-coder-web; move it to a sub-folder "
            "that is named after its class"
        )
    if fields.label in document:
        return document[fields.label]
    try:
        host = urlsplit(str(document["url"])).hostname
    except ValueError:
        host = None
    if not host:
        raise InputError(f"{path} has neither a field {fields.label!r} nor a URL with a host")
    return host


def _from_object(value: Any, fields: Fields, where: str) -> Example:
    if not isinstance(value, dict):
        raise InputError(f"{where} is not a JSON object; write {{...}}")
    for name in (fields.text, fields.label):
        if name not in value:
            raise InputError(
                f"{where} has no field {name!r}, only {_listed(value)}; {_FIELD_OPTIONS}"
            )
    return _example(value[fields.text], value[fields.label], where)


def _example(text: Any, label: Any, where: str) -> Example:
    if isinstance(label, bool):
        label = str(label).lower()
    elif isinstance(label, int):
        label = str(label)
    for value, what in ((text, "text"), (label, "class")):
        if not isinstance(value, str):
            raise InputError(f"{where} has a {what} that is not a text; correct or remove it")
        if not value.strip():
            raise InputError(f"{where} has an empty {what}; fill it in or remove it")
    return Example(_encodable(text), _encodable(label).strip())


def _encodable(text: str) -> str:
    """*text* without the halves of characters that JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.lineno > 1:
            where = f"{where}:{error.lineno}"
        raise InputError(f"{where} is not JSON ({error.msg}); correct it") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} is not usable JSON ({error}); correct it") from error


def _lines(path: Path) -> Iterator[str]:
    """The lines of *path* with their ends, without a byte order mark."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise _not_utf8(f"{path}:{number}") from error
            yield text


def _content(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(f"{path} (byte {error.start})") from error


def _not_utf8(where: str) -> InputError:
    return InputError(f"{where} is not UTF-8; save it as UTF-8 or remove it from the data")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "nothing"


_FIELD_OPTIONS = "name yours with --text-field and --label-field"
