from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ai_coder
from ai_coder.analyzer import IntelligentCodeAnalyzer, analysis
from ai_coder.analyzer.results import FileReport
from ai_coder.analyzer.store import Store, _locked
from ai_coder.common import performance
from ai_coder.common.errors import InputError
from ai_coder.common.paths import HOME_VARIABLE

SOURCE = Path(ai_coder.__file__).absolute().parents[1]
ENTRY = 64  # bytes that each entry has beside its body


def used(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.iterdir())


def keys(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()} - {".lock"}


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_it_never_has_more_than_it_may(
    at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ai_coder.analyzer.store._AT_ONCE", at_once)
    most = 2000
    store = Store(tmp_path, most)
    for number in range(200):
        store.put(f"{number:03}", b"x" * (number * 37 % 300))
        assert used(tmp_path) <= most
    store.flush()
    assert most / 2 < used(tmp_path) <= most
    # The last ones are there.
    assert store.get("199") == b"x" * (199 * 37 % 300)
    # A lower limit holds at once.
    Store(tmp_path, 500).flush()
    assert used(tmp_path) <= 500


def test_what_was_not_used_longest_goes(tmp_path: Path) -> None:
    store = Store(tmp_path, 3 * (ENTRY + 10))
    for number, key in enumerate("abc"):
        store.put(key, b"0123456789")
        store.flush()
        os.utime(tmp_path / key, (number, number))
    assert store.get("a") == b"0123456789"
    store.put("d", b"0123456789")
    store.flush()
    assert keys(tmp_path) == {"a", "c", "d"}


def test_damage_is_no_entry(tmp_path: Path) -> None:
    store = Store(tmp_path, 10_000)
    store.put("a", b"body")
    store.flush()
    whole = (tmp_path / "a").read_bytes()
    for damaged in (b"", whole[:-1], whole[:20], whole + b"x", b"x" + whole[1:]):
        (tmp_path / "a").write_bytes(damaged)
        assert store.get("a") is None
    # What a process left that was killed goes.
    (tmp_path / "b.part").write_bytes(b"x" * 20_000)
    store.flush()
    assert keys(tmp_path) == {"a"}


def test_an_entry_larger_than_all_is_not_kept(tmp_path: Path) -> None:
    store = Store(tmp_path, 100)
    store.put("a", b"x" * 200)
    store.flush()
    assert keys(tmp_path) == set()


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    store = Store(tmp_path / "gone", 1000)
    store.put("a", b"x")
    store.flush()
    assert store.get("a") is None


def test_several_processes_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ai_coder.analyzer import store\n"
        "store._AT_ONCE = 2; mine = store.Store(Path(sys.argv[1]), 3000)\n"
        "for number in range(100):\n"
        "    mine.put(str(number), b'x' * number)\n"
        "    assert mine.get(str(number)) in (None, b'x' * number)\n"
        "mine.flush()"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        for _ in range(4)
    ]
    looks = 0
    while any(each.poll() is None for each in processes):
        # Otherwise what is counted changes in the meantime.
        with _locked(tmp_path / ".lock"):
            assert used(tmp_path) <= 3000
        looks += 1
    assert looks
    assert [each.returncode for each in processes] == [0] * 4


# ---- reports


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution of its own."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    for number in range(20):
        text = (
            f"import os\n\n\ndef größe{number}(a=[]):\n    if a == None:\n        return {number}\n"
        )
        (folder / f"m{number}.py").write_text(text)
    (folder / "broken.py").write_text("def (:\n")
    (folder / "latin.py").write_bytes(b"# \xff\n")
    return folder


def analyzed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are analyzed anew from now on."""
    names: list[str] = []
    anew = IntelligentCodeAnalyzer._analyze_anew

    def spy(
        self: IntelligentCodeAnalyzer, name: str, content: bytes, language: str | None
    ) -> FileReport:
        names.append(name)
        return anew(self, name, content, language)

    monkeypatch.setattr(IntelligentCodeAnalyzer, "_analyze_anew", spy)
    return names


def test_reports_are_the_same_with_and_without(
    tree: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = IntelligentCodeAnalyzer().analyze_folder(tree)
    assert not home.exists()
    names = analyzed(monkeypatch)
    for times in (22, 22):
        assert IntelligentCodeAnalyzer(cache_size=1_000_000).analyze_folder(tree) == expected
        assert len(names) == times
    folder = home / "shared" / "data" / "cache" / "analyzer"
    assert len(keys(folder)) == 22
    (tree / "m3.py").write_text("a = 1\n")
    expected = IntelligentCodeAnalyzer().analyze_folder(tree)
    names.clear()
    assert IntelligentCodeAnalyzer(cache_size=1_000_000).analyze_folder(tree) == expected
    assert names == ["m3.py"]
    # Damage costs the time of one file.
    names.clear()
    for path in folder.iterdir():
        if path.name != ".lock":
            path.write_bytes(path.read_bytes()[:-1])
    assert IntelligentCodeAnalyzer(cache_size=1_000_000).analyze_folder(tree) == expected
    assert len(names) == 22
    # With hardly any room it still is right.
    assert IntelligentCodeAnalyzer(cache_size=700).analyze_folder(tree) == expected
    assert used(folder) <= 700


def test_a_report_of_other_settings_or_another_name_is_another(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = analyzed(monkeypatch)
    content = b"def f(a=[]):\n    assert a\n"

    def analyze(name: str = "a.py", language: str | None = None, confidence: float = 0) -> int:
        analyzer = IntelligentCodeAnalyzer(cache_size=1_000_000, min_confidence=confidence)
        report = analyzer.analyze_content(name, content, language)
        assert report.path == name
        return len(names)

    assert analyze() == analyze() == 1
    assert analyze("test_a.py") == 2
    assert analyze(language="python") == 3
    assert analyze(confidence=0.5) == 4
    monkeypatch.setenv(performance.OPTIMIZATION, "O0")
    assert analyze() == 5
    monkeypatch.setattr("ai_coder.analyzer.cache._program", lambda: ("other rules",))
    assert analyze() == 6
    assert analyze() == 6


def test_judgements_are_the_same_with_and_without(
    model: Path, tree: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = IntelligentCodeAnalyzer(model).analyze_folder(tree)
    names = analyzed(monkeypatch)
    for _ in range(2):
        assert IntelligentCodeAnalyzer(model, cache_size=1_000_000).analyze_folder(tree) == expected
    assert len(names) == 22
    # The weights may be others now.
    for each in model.iterdir():
        os.utime(each, (1, 1))
    assert IntelligentCodeAnalyzer(model, cache_size=1_000_000).analyze_folder(tree) == expected
    assert len(names) == 44


def test_without_a_place_it_is_one_clear_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    with pytest.raises(InputError, match="can be written; make one of them writable"):
        analysis.IntelligentCodeAnalyzer(cache_size=1000)
