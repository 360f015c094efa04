"""Whatever lies in a tree, and whatever a linter writes, the scanner says what it is."""

from __future__ import annotations

import contextlib
import json
import time
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ai_coder.scanner import lint
from ai_coder.scanner.ignore import _rule
from ai_coder.scanner.imports import import_graph
from ai_coder.scanner.languages import count_lines, decode, language_of
from ai_coder.scanner.python_imports import PythonImport, python_imports
from ai_coder.scanner.script_imports import script_imports, script_package

tried = settings(max_examples=300, derandomize=True, deadline=None)


def pieces(*parts: str) -> st.SearchStrategy[str]:
    """Texts made of *parts* and of anything else."""
    return st.lists(st.sampled_from(parts) | st.text(max_size=4), max_size=20).map("".join)


PYTHON = pieces(
    *(
        "import ",
        "from ",
        " as ",
        ".",
        "..",
        "*",
        "a",
        "b",
        ",",
        "(",
        ")",
        "\n",
        "    ",
        "\\\n",
        ":",
    ),
    *("if 1", "def f()", "# coding: ", "utf-7", "idna", "\0", "'", '"""', "f'{", "}", "\\N{", "="),
    *("9" * 5000, "lambda ", "match x", "\f", "\r", "\ufeff", "async ", "[", "]", "-" * 1000),
)
SCRIPT = pieces(
    *(
        "import ",
        "from ",
        "require(",
        "export ",
        "'",
        '"',
        "`",
        "\\",
        "//",
        "/*",
        "*/",
        "\n",
        "./a",
    ),
    *("${", "}", ")", "\0", "0", "\u2028"),
)
IGNORE = pieces(
    *("*", "**", "**/", "?", "[", "]", "!", "^", "-", "\\", "/", "a", "#", " ", "\t", "[z-a]"),
    *("[[:alpha:]]", "[!", "[]", "(", ")", "|", "+", "{", "}", "$", ".", "\r", "\ud800", "\0"),
)


@tried
@given(PYTHON)
@example("-" * 100_000 + "1")
@example("a" + ".a" * 100_000)
@example("(" * 10_000)
def test_any_python(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            python_imports(text.encode("utf-8", "surrogatepass"))
        except SyntaxError as error:
            assert error.msg is not None


@tried
@given(st.binary(max_size=100))
def test_any_bytes(content: bytes) -> None:
    for name in ("a.py", "a.js", "a", "a.c"):
        language = language_of(name, content)
        assert count_lines(decode(content), language).total >= 0
    script_imports(decode(content))
    with contextlib.suppress(SyntaxError):
        python_imports(content)


@tried
@given(SCRIPT)
def test_any_script(text: str) -> None:
    for specifier in script_imports(text):
        script_package(specifier)


@pytest.mark.parametrize(
    "text",
    [
        *("'" + "\\'" * 500_000, '"' + '\\"' * 500_000, "`" + "\\`" * 500_000, "/*" * 500_000),
        *(
            "import " * 100_000,
            "import(" * 100_000,
            "'\\\n" * 300_000,
            "//" * 500_000,
            "'" * 999_999,
        ),
    ],
    ids=lambda text: ascii(text[:4]),
)
def test_no_script_takes_forever(text: str) -> None:
    """A megabyte, as much as is read of a file."""
    began = time.process_time()
    script_imports(text)
    assert time.process_time() - began < 5


@tried
@given(IGNORE, st.text(max_size=10), st.booleans())
@example("[z-a]", "a", False)
def test_any_line_of_an_ignore_file(line: str, path: str, is_folder: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rule = _rule(line)
        assert rule is None or rule.matches(path, is_folder) in (True, False)


def test_no_pattern_takes_forever() -> None:
    began = time.process_time()
    for part in ("*a", "*?", "*[a-z]", "*[!b]", "*aa", "?*"):
        rule = _rule(part * 30 + "b")
        assert rule is not None
        assert not rule.matches("a" * 250, False)
    assert time.process_time() - began < 5


NAMES = st.text("ab./_-", max_size=6)


@tried
@given(
    st.dictionaries(
        NAMES.map(lambda name: f"{name}.py"),
        st.lists(st.builds(PythonImport, NAMES, st.none() | NAMES, st.integers(0, 4)), max_size=4),
        max_size=6,
    ),
    st.dictionaries(NAMES.map(lambda name: f"{name}.js"), st.lists(NAMES, max_size=4), max_size=4),
)
def test_any_imports(python: dict[str, list[PythonImport]], scripts: dict[str, list[str]]) -> None:
    graph = import_graph(python, scripts)
    assert graph.modules == len({*python, *scripts})
    assert all(source != target for source, target in graph.edges)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
PLACE = {"row": 1, "column": 2}
FIELDS = {
    "filename": "a.py",
    "location": PLACE,
    "code": "F401",
    "message": "m",
    "path": "a.py",
    "line": 1,
    "column": 2,
    "message-id": "W1",
    "file": "a.py",
    "filePath": "/a.js",
    "messages": [{"line": 1, "column": 1, "ruleId": "r", "message": "m"}],
    "ruleId": "r",
}
FINDING = st.fixed_dictionaries({key: st.just(value) | JSON for key, value in FIELDS.items()})
OUTPUTS = st.one_of(
    st.binary(max_size=30),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(FINDING, max_size=3).map(lambda value: json.dumps(value).encode()),
    st.lists(FINDING, max_size=3).map(lambda value: json.dumps({"comments": value}).encode()),
    st.lists(st.sampled_from(["a.py", "1", "\t", "\n", "-", "F401", "²"]), max_size=12).map(
        lambda parts: "".join(parts).encode()
    ),
)


@tried
@given(st.sampled_from(lint._LINTERS), OUTPUTS)
@example(lint._LINTERS[0], b"[" * 100_000)
@example(lint._LINTERS[0], json.dumps([{**FIELDS, "filename": 5}]).encode())
@example(lint._LINTERS[0], json.dumps([{**FIELDS, "filename": "a\0b"}]).encode())
@example(lint._LINTERS[0], json.dumps([{**FIELDS, "location": {"row": "1", "column": 1}}]).encode())
def test_any_output_of_a_linter(linter: lint._Linter, output: bytes) -> None:
    try:
        found = lint._parsed(linter, output)
    except lint.NotUnderstood:
        return
    for each in found:
        assert isinstance(each.file, str)
        assert type(each.line) is int
