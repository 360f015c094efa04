"""What the desktop application reads: the output of components, and a file that people edit."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ai_coder.core.feed import Decoder, ProgressFilter, parse
from ai_coder.core.forms import FORMS, FormError, arguments
from ai_coder.core.settings import FILE_NAME, SettingsFile

tried = settings(max_examples=200, derandomize=True, deadline=None)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["label", "done", "total", "note", "progress", "values", "theme"]),
            inner,
        )
    ),
    max_leaves=8,
)
LINES = st.one_of(
    st.builds(
        lambda *values: json.dumps({"progress": dict(zip(("label", "done", "total"), values))}),
        *(JSON, JSON, JSON),
    ),
    st.sampled_from(
        ['{"progress"', '{"progress": ', "}", "\n", "\r\n", "\r", "\0", "ä", "x" * 5000]
    ),
    st.text(max_size=10),
)


@tried
@given(st.lists(LINES, max_size=8).map("".join))
@example('{"progress"' + ":[" * 2000)
@example('{"progress": [1]}')
def test_any_line(line: str) -> None:
    state = parse(line)
    assert state is None or type(state.done) is int


@tried
@given(
    st.lists(LINES | st.just("\n"), max_size=12).map(lambda parts: "".join(parts).encode()),
    st.lists(st.integers(1, 40), max_size=8),
)
def test_pieces_make_no_difference(output: bytes, sizes: list[int]) -> None:
    """What is shown does not depend on how the output arrives."""

    def fed(pieces: list[bytes]) -> tuple[str, list[object]]:
        decoder, progress = Decoder(), ProgressFilter()
        text: list[str] = []
        found: list[object] = []
        for number, piece in enumerate(pieces, 1):
            shown, states = progress.feed(decoder.feed(piece, number == len(pieces)))
            text.append(shown)
            found += states
        shown, states = progress.close()
        return "".join([*text, shown]), [*found, *states]

    pieces, rest = [], output
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    assert fed([*pieces, rest]) == fed([output])


@tried
@given(st.one_of(st.binary(max_size=40), JSON.map(lambda value: json.dumps(value).encode())))
@example(b"[" * 100_000)
@example(b'{"values": ' + b"9" * 5000 + b"}")
def test_any_settings_file(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, FILE_NAME)
        file.write_bytes(content)
        settings_file = SettingsFile(Path(folder))
        loaded, told = settings_file.load()
        if told:
            assert file.with_name(f"{FILE_NAME}.bad").read_bytes() == content
        assert settings_file.save(loaded) == ""
        assert settings_file.load() == (loaded, "")


@tried
@given(st.sampled_from(FORMS), st.data())
def test_any_values_of_a_form(form: object, data: st.DataObject) -> None:
    values = {
        field.key: data.draw(st.text(max_size=8) | st.booleans() | st.integers())
        for field in form.fields  # type: ignore[attr-defined]
    }
    try:
        made = arguments(form, values)  # type: ignore[arg-type]
    except FormError as error:
        assert error.errors
        return
    assert all(isinstance(each, str) for each in made)
