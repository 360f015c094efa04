from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pants_freeze.sandbox import errors, page

LIBRARY = 'Plotly = "4 </script> <!-- é"'
HOSTILE = "</script><script>alert(1)</script><!-- {{plotly}} \u2028\u2029 é & \\ \udcff $1 \\1"


class Parts(HTMLParser):
    """What is in the scripts and the title, and which addresses elements name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.title = ""
        self.addresses: list[str] = []
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        if tag == "script":
            self.scripts.append("")
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside == "title":
            self.title += data


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a library that stands in for plotly."""
    library = tmp_path / "packages" / "plotly" / "package_data" / "plotly.min.js"
    library.parent.mkdir(parents=True)
    library.write_text(LIBRARY, encoding="utf-8")
    library.parents[1].joinpath("__init__.py").write_text("raise AssertionError('not needed')\n")
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(report: str | bytes, title: str = "a title") -> bytes:
    content = report if isinstance(report, bytes) else report.encode()
    Path("report.json").write_bytes(content)
    Path("plan.json").write_text(json.dumps({"report": "report.json", "title": title}))
    page.main("plan.json")
    return page.OUTPUT.read_bytes()


def parts(report: Any, title: str = "a title") -> Parts:
    return Parts(write(json.dumps(report), title).decode())


def test_all_is_in_one_file() -> None:
    text = write("{}").decode()
    assert "{{" not in text
    assert "prefers-color-scheme: dark" in text
    found = Parts(text)
    assert [each for each in found.addresses if not each.startswith("#")] == ["data:,"]
    report, library, own = found.scripts
    assert report == "{}"
    assert library.startswith("\nPlotly = ")
    assert "Plotly.react(" in own


@pytest.mark.parametrize("name", ["report.html", "report.css", "report.js"])
def test_nothing_of_ours_is_loaded_from_elsewhere(name: str) -> None:
    path = Path(page.__file__).parents[1] / "page" / name
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\bhttps?:|[\"'(]//|@import|\burl\(|\bfetch\(|\bimport\(", text) == []


def test_the_browser_is_told_to_load_nothing() -> None:
    assert b"content=\"default-src 'none'; img-src data:;" in write("{}")


@pytest.mark.parametrize("report", [{HOSTILE: [HOSTILE]}, {"é\n\t": 1.5, "null": None}])
def test_the_report_comes_back_as_it_was(report: dict[str, Any]) -> None:
    found = parts(report)
    assert len(found.scripts) == 3
    assert json.loads(found.scripts[0]) == report


def test_nothing_in_a_report_ends_its_element() -> None:
    data = page.data({"text": HOSTILE})
    assert data.isascii()
    assert "<" not in data


def test_a_title_is_text() -> None:
    assert parts({}, 'a <b> & {{report}} "c"\'').title == 'a <b> & {{report}} "c"\''


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b", "a < b"),
        ('"</script>"', r'"<\/script>"'),
        ('"</SCRIPT >"', r'"<\/SCRIPT >"'),
        ('"<!--"', r'"<\!--"'),
    ],
)
def test_a_script_does_not_end_its_element(text: str, expected: str) -> None:
    assert page.script(text) == expected


def test_the_same_report_gives_the_same_bytes() -> None:
    report = json.dumps({"b": 1, "a": [0.1, "é"]})
    first = write(report)
    page.OUTPUT.unlink()
    assert write(report) == first
    # How the JSON is laid out makes no difference.
    assert write(json.dumps(json.loads(report), indent=2, ensure_ascii=False)) == first


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ("", "the report report.json is no JSON: Expecting value"),
        ('{"a": ', "the report report.json is no JSON: Expecting value"),
        ('{"a": NaN}', "the report report.json is no JSON: NaN is no number of JSON"),
        (b'{"a": "\xff"}', "the report report.json is no JSON: 'utf-8' codec can't decode"),
        ("[]", "the report report.json is no JSON object"),
    ],
)
def test_a_report_that_is_none(report: str | bytes, message: str) -> None:
    with pytest.raises(errors.SandboxError) as caught:
        write(report)
    assert str(caught.value).startswith(message)
    assert not page.OUTPUT.exists()


def test_a_report_that_is_missing(folder: Path) -> None:
    with pytest.raises(errors.SandboxError, match=r"^the report cannot be read: .*none\.json"):
        page.read_report(folder / "none.json")


def test_plotly_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(errors.SandboxError, match=r"^plotly.* is not installed$"):
        page.plotly_js()
