"""Tests of the table of forms and of making arguments from values."""

from __future__ import annotations

from pathlib import Path

import pytest

from ai_coder.common.components import NAMES
from ai_coder.core.forms import FORMS, Field, Form, FormError, Kind, accepts, arguments, form_of


def errors_of(form: Form, values: dict[str, str | int | bool]) -> dict[str, str]:
    with pytest.raises(FormError) as error:
        arguments(form, values)
    return error.value.errors


def test_forms_belong_to_components_and_have_distinct_fields() -> None:
    for form in FORMS:
        assert form.component in NAMES
        keys = [field.key for field in form.fields]
        assert len(keys) == len(set(keys))
        assert all(accepts(field, field.default) for field in form.fields)


def test_a_component_without_a_form_takes_arguments() -> None:
    assert arguments(form_of("new"), {"more": "--a 'b c'"}) == ["--a", "b c"]


def test_scanner(tmp_path: Path) -> None:
    values: dict[str, str | int | bool] = {"path": f" {tmp_path} ", "lint": False, "more": "--x"}
    expected = ["--progress", "json", "--path", str(tmp_path), "--no-lint", "--x"]
    assert arguments(form_of("scanner"), values) == expected
    assert "--lint" in arguments(form_of("scanner"), {**values, "lint": True})


def test_web() -> None:
    words = arguments(form_of("web"), {"url": "example.org/a", "depth": 3})
    assert words == ["--progress", "json", "--url", "https://example.org/a", "--depth", "3"]


def test_a_choice_that_is_empty_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("")
    words = ["--progress", "json", "--file", str(file)]
    assert arguments(form_of("analyzer"), {"file": str(file)}) == words
    assert arguments(form_of("analyzer"), {"file": str(file), "language": "go"})[-1] == "go"


def test_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "-rf").mkdir()
    monkeypatch.chdir(tmp_path)
    assert str(tmp_path / "-rf") in arguments(form_of("scanner"), {"path": "-rf"})


@pytest.mark.parametrize(
    ("value", "words"),
    [("", "fill this in"), ("/no/such/folder", "there is no"), ("~nobody-here/x", "no home")],
)
def test_wrong_folders(value: str, words: str) -> None:
    assert words in errors_of(form_of("scanner"), {"path": value})["path"]


def test_a_file_is_no_folder_and_a_path_is_either(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert "not a folder" in errors_of(form_of("scanner"), {"path": str(file)})["path"]
    for path in (file, tmp_path):
        assert arguments(form_of("trainer"), {"data": str(path)})[-2:] == ["--data", str(path)]


def test_a_training_can_be_continued(tmp_path: Path) -> None:
    values: dict[str, str | int | bool] = {"data": str(tmp_path), "resume": True}
    assert arguments(form_of("trainer"), values)[-1] == "--resume"


@pytest.mark.parametrize(
    "url", ["ftp://example.org", "https://", "http://a b", "http://[x", "x:y:z"]
)
def test_wrong_addresses(url: str) -> None:
    assert "url" in errors_of(form_of("web"), {"url": url})


def test_every_wrong_field_is_told() -> None:
    errors = errors_of(form_of("scanner"), {"path": "", "more": "'open"})
    assert set(errors) == {"path", "more"}
    assert errors["more"] == "a quotation mark is not closed"


def test_comment_signs_are_ordinary_characters() -> None:
    assert arguments(form_of("launcher"), {"more": "a#b #c"}) == ["a#b", "#c"]


def test_a_backslash_separates_folders_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ai_coder.core.forms.os.name", "nt")
    assert arguments(form_of("launcher"), {"more": r"C:\a 'D:\b c'"}) == ["C:\\a", "D:\\b c"]


def test_accepts_only_what_an_editor_can_hold() -> None:
    number = Field("n", "N", Kind.NUMBER, minimum=1, maximum=5)
    assert accepts(number, 5)
    assert not any(accepts(number, value) for value in (0, 6, True, "3", None, 2.0))
    flag = Field("f", "F", Kind.FLAG)
    assert accepts(flag, True) and not accepts(flag, 1)
    choice = Field("c", "C", Kind.CHOICE, choices=(("", "any"), ("a", "A")))
    assert accepts(choice, "a") and not accepts(choice, "b")
    assert accepts(Field("t", "T", Kind.URL), "") and not accepts(Field("t", "T", Kind.URL), [])
