from __future__ import annotations

import os
from pathlib import Path

import pytest

from ai_coder.analyzer import IntelligentCodeAnalyzer
from ai_coder.analyzer.conftest import LABELS
from ai_coder.analyzer.results import Skipped
from ai_coder.common.errors import InputError

posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX files")


def test_a_file_without_a_model(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("import os\n\n\ndef f(a=[]):\n    return a\n")
    analyzer = IntelligentCodeAnalyzer()
    report = analyzer.analyze_file(file, "python")
    assert report == analyzer.analyze_file(str(file))
    assert (report.path, report.language) == ("a.py", "python")
    assert [each.rule.id for each in report.findings] == ["PY008", "PY001"]
    assert [(each.name, each.judgement) for each in report.functions] == [("f", None)]
    assert (report.judgement, analyzer.model) == (None, None)


def test_each_function_is_judged(built_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.js"
    file.write_text("function f() {}\nclass A { g() { return 1 } }\n")
    report = IntelligentCodeAnalyzer(built_model, engine="onnx", threads=1).analyze_file(file)
    assert [each.judgement.label in LABELS for each in report.functions if each.judgement] == [
        True,
        True,
    ]
    assert report.judgement is None
    assert [name for name, _, _ in report.judged] == ["f", "A.g"]


@pytest.mark.parametrize(("text", "is_judged"), [("a = 1\n", True), ("", False), (" \n\n", False)])
def test_a_file_without_functions_is_judged_as_a_whole(
    text: str, is_judged: bool, built_model: Path
) -> None:
    report = IntelligentCodeAnalyzer(built_model).analyze_content("a.py", text.encode())
    assert (report.judgement is not None) is is_judged


def test_the_same_function_is_judged_alike_wherever_it_is(built_model: Path) -> None:
    analyzer = IntelligentCodeAnalyzer(built_model)
    outside = analyzer.analyze_content("a.py", b"def f(self):\n    return 1\n")
    inside = analyzer.analyze_content("a.py", b"class A:\n    def f(self):\n        return 1\n")
    assert outside.functions[0].judgement == inside.functions[0].judgement


def test_judgements_that_are_not_sure_are_left_out(built_model: Path) -> None:
    content = "".join(f"def f{n}(a):\n    return a * {n}\n" for n in range(20)).encode()
    judged = IntelligentCodeAnalyzer(built_model).analyze_content("a.py", content).judged
    confidences = sorted(each.confidence for _, _, each in judged)
    least = confidences[10]
    analyzer = IntelligentCodeAnalyzer(built_model, min_confidence=least)
    left = [each.confidence for _, _, each in analyzer.analyze_content("a.py", content).judged]
    assert sorted(left) == confidences[10:]


@pytest.mark.parametrize(
    ("name", "content", "language", "message"),
    [
        ("a.txt", b"a", None, "the suffix of a.txt tells no language; give one of python, java"),
        ("a.py", b"a", "cobol", "unknown language 'cobol'; the known ones are python, java"),
        ("a.py", b"a\0b", None, "a.py cannot be analyzed: it is no text"),
        ("a.py", b"a" * 101, None, "it has more than 100 bytes"),
    ],
)
def test_what_is_no_source_file(
    name: str, content: bytes, language: str | None, message: str, tmp_path: Path
) -> None:
    analyzer = IntelligentCodeAnalyzer(max_file_size=100)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        analyzer.analyze_file(tmp_path / name, language)
    with pytest.raises(InputError, match=message):
        analyzer.analyze_content(name, content, language)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file or directory; name a source file"):
        IntelligentCodeAnalyzer().analyze_file(tmp_path / "a.py")
    with pytest.raises(InputError, match="is no regular file"):
        IntelligentCodeAnalyzer().analyze_file(tmp_path, "python")
    with pytest.raises(InputError, match="cannot read"):
        IntelligentCodeAnalyzer().analyze_folder(tmp_path / "a")


@posix
def test_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("a.py")
    with pytest.raises(InputError, match="cannot read"):
        IntelligentCodeAnalyzer().analyze_file(tmp_path / "a.py")
    with pytest.raises(InputError, match="loop of links"):
        IntelligentCodeAnalyzer().analyze_folder(tmp_path / "a.py")


def test_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in {
        "b/a.go": b"package p\n",
        "a.py": b"a = 1\n",
        "binary.py": b"\0",
        "closed.py": b"",
        "empty.rs": b"",
        "large.c": b" " * 2000,
        "latin.js": b"// \xe9\n",
        "notes.txt": b"",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    real = Path.open

    def denied(path: Path, mode: str) -> object:
        if path.name == "closed.py":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, mode)

    monkeypatch.setattr(Path, "open", denied)
    analyzer = IntelligentCodeAnalyzer(max_file_size=1000)
    reports, skipped = analyzer.analyze_folder(tmp_path)
    assert [(each.path, each.language) for each in reports] == [
        ("a.py", "python"),
        ("b/a.go", "go"),
        ("empty.rs", "rust"),
        ("latin.js", "javascript"),
    ]
    assert [each.rule.id for each in reports[3].findings] == ["SYN003"]
    assert skipped == [
        Skipped("binary.py", "it is no text"),
        Skipped("closed.py", "Permission denied"),
        Skipped("large.c", "it has more than 1,000 bytes (--max-file-size)"),
    ]
    assert (reports, skipped) == analyzer.analyze_folder(tmp_path)
    assert [each.path for each in analyzer.analyze_folder(tmp_path, "go")[0]] == ["b/a.go"]


def test_a_header_is_analyzed_as_what_it_is() -> None:
    analyzer = IntelligentCodeAnalyzer()
    text = b"namespace a { class B { int c() { return 1; } }; }"
    assert analyzer.analyze_content("a.h", text).language == "cpp"
    assert analyzer.analyze_content("a.h", text, "c").language == "c"
    assert analyzer.analyze_content("a.h", b"int c(void);").language == "c"
