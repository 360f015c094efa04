"""The forms of the components: one table, and how filled-in values become arguments."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from urllib.parse import urlsplit

Value = str | int | bool
Values = Mapping[str, Value]


class Kind(Enum):
    """What a field holds."""

    FOLDER = auto()
    PATH = auto()
    URL = auto()
    CHOICE = auto()
    NUMBER = auto()
    FLAG = auto()
    WORDS = auto()


@dataclass(frozen=True)
class Field:
    """One field, and the *option* for its value; a flag has an option for either state."""

    key: str
    label: str
    kind: Kind
    option: str = ""
    off_option: str = ""
    hint: str = ""
    default: Value = ""
    choices: tuple[tuple[str, str], ...] = ()
    minimum: int = 0
    maximum: int = 0
    required: bool = False


@dataclass(frozen=True)
class Form:
    """The fields of a component; *progress* tells whether it takes ``--progress json``."""

    component: str
    fields: tuple[Field, ...]
    progress: bool = False


class FormError(Exception):
    """Fields that are filled in wrongly: *errors* has a message for the key of each."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {message}" for key, message in errors.items()))
        self.errors = dict(errors)


_LANGUAGES = ("python", "javascript", "typescript", "java", "c", "cpp", "csharp", "go", "rust")
_MORE = Field(
    "more", "More arguments", Kind.WORDS, hint="as on the command line; quote what has spaces"
)

FORMS = (
    Form(
        "scanner",
        (
            Field(
                "path",
                "Folder",
                Kind.FOLDER,
                "--path",
                hint="the source code to scan",
                required=True,
            ),
            Field(
                "lint",
                "Run the installed linters",
                Kind.FLAG,
                "--lint",
                "--no-lint",
                hint="They obey the project's configuration, which can run code: "
                "turn them off for code you do not trust.",
                default=True,
            ),
            _MORE,
        ),
        progress=True,
    ),
    Form(
        "web",
        (
            Field("url", "Address", Kind.URL, "--url", hint="https://example.org/", required=True),
            Field("depth", "Depth of links", Kind.NUMBER, "--depth", default=1, maximum=10),
            _MORE,
        ),
        progress=True,
    ),
    Form(
        "analyzer",
        (
            Field(
                "file",
                "File or folder",
                Kind.PATH,
                "--file",
                hint="the source code to judge",
                required=True,
            ),
            Field(
                "language",
                "Language",
                Kind.CHOICE,
                "--language",
                choices=(("", "detect from the file"), *((name, name) for name in _LANGUAGES)),
            ),
            _MORE,
        ),
        progress=True,
    ),
    Form(
        "trainer",
        (
            Field(
                "data",
                "Data",
                Kind.PATH,
                "--data",
                hint="JSONL, CSV or text with labels, or a folder with a subfolder for each label",
                required=True,
            ),
            Field(
                "resume", "Continue an interrupted training", Kind.FLAG, "--resume", default=False
            ),
            _MORE,
        ),
        progress=True,
    ),
    Form("launcher", (_MORE,)),
)


def form_of(component: str) -> Form:
    """The form of *component*; the generic one if the table has none."""
    for form in FORMS:
        if form.component == component:
            return form
    return Form(component, (_MORE,))


def accepts(field: Field, value: object) -> bool:
    """Whether *value* is one that the editor of *field* could hold, right or wrong."""
    if field.kind is Kind.FLAG:
        return isinstance(value, bool)
    if field.kind is Kind.NUMBER:
        return type(value) is int and field.minimum <= value <= field.maximum
    if field.kind is Kind.CHOICE:
        return value in [choice for choice, _ in field.choices]
    return isinstance(value, str)


def arguments(form: Form, values: Values) -> list[str]:
    """The arguments for *values*, or `FormError` with what is wrong in which field."""
    result = ["--progress", "json"] if form.progress else []
    errors: dict[str, str] = {}
    for field in form.fields:
        value = values.get(field.key, field.default)
        try:
            if field.kind is Kind.WORDS:
                result += _split(str(value))
            elif field.kind is Kind.FLAG:
                result += filter(None, [field.option if value else field.off_option])
            else:
                text = _checked(field, str(value).strip())
                result += [field.option, text] if text else []
        except ValueError as error:
            errors[field.key] = str(error)
    if errors:
        raise FormError(errors)
    return result


def _checked(field: Field, text: str) -> str:
    if not text:
        if field.required:
            raise ValueError("fill this in")
        return ""
    if field.kind is Kind.URL:
        return _url(text)
    if field.kind in (Kind.FOLDER, Kind.PATH):
        return _path(field.kind, text)
    return text


def _path(kind: Kind, text: str) -> str:
    # Absolute, so that a name that starts with "-" is not taken for an option.
    try:
        path = Path(text).expanduser().absolute()
    except RuntimeError:
        raise ValueError(f"there is no home folder for {text}") from None
    if not path.exists():
        raise ValueError(f"there is no {path}")
    if kind is Kind.FOLDER and not path.is_dir():
        raise ValueError("this is not a folder")
    return str(path)


def _url(text: str) -> str:
    if "://" not in text:
        text = f"https://{text}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https"):
        raise ValueError("the address must start with http:// or https://")
    if not parts.hostname or parts.port == 0 or " " in text:
        raise ValueError("this is not a web address, such as https://example.org")
    return text


def _split(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    if os.name == "nt":
        # There a backslash separates folders.
        lexer.escape = ""
    try:
        return list(lexer)
    except ValueError as error:
        reason = "a quotation mark is not closed" if "quotation" in str(error) else str(error)
        raise ValueError(reason) from None
