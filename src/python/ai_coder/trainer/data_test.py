"""Tests of the examples, and of setting some aside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ai_coder.common.errors import InputError
from ai_coder.trainer.conftest import rows
from ai_coder.trainer.data import opened, split
from ai_coder.trainer.formats import Fields


def reason(path: Path, cache: Path) -> str:
    with pytest.raises(InputError) as raised, opened(path, Fields(), cache, "none"):
        pass
    assert not cache.exists()
    return str(raised.value)


def test_examples(data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    expected = rows(30)
    cache = tmp_path / "cache"
    (cache / "left").mkdir(parents=True)
    with opened(data, Fields(), cache, "none") as examples:
        assert not (cache / "left").exists()
        assert examples.labels == [row["label"] for row in expected]
        assert examples.classes == ("bug", "doc", "fix")
        assert list(examples.texts()) == list(examples.texts()) == [row["text"] for row in expected]
    assert not cache.exists()
    assert capfd.readouterr() == ("", "")


def test_more_than_one_batch(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    many = rows(2500)
    path.write_text("".join(json.dumps(row) + "\n" for row in many))
    with opened(path, Fields(), tmp_path / "cache", "none") as examples:
        assert list(examples.texts()) == [row["text"] for row in many]


def test_the_digest_is_of_the_content(data: Path, tmp_path: Path) -> None:
    def digest(path: Path) -> str:
        with opened(path, Fields(), tmp_path / "cache", "none") as examples:
            return examples.sha256

    other = tmp_path / "other.json"
    other.write_text(json.dumps(rows(30)))
    assert digest(data) == digest(other)
    other.write_text(json.dumps(rows(30)[::-1]))
    assert digest(data) != digest(other)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "a.jsonl has no examples; give texts with their classes"),
        ('{"text": "x", "label": "a"}\n' * 3, "a.jsonl has only one class, 'a'"),
        (
            '{"text": "x", "label": "a"}\n' * 2 + '{"text": "x", "label": "b"}',
            "a.jsonl has only one example of 'b'; each class needs at least two",
        ),
        (
            "".join(f'{{"text": "x", "label": {number}}}\n' for number in range(8)),
            "only one example of '0', '1', '2', '3', '4' and 3 more",
        ),
        ('{"text": "x", "label": "a"}\n{', "a.jsonl:2 is not JSON"),
        ("{", "a.jsonl:1 is not JSON"),
    ],
)
def test_errors(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(content)
    assert message in reason(path, tmp_path / "cache")


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert "has no examples" in reason(tmp_path / "data", tmp_path / "cache")


@pytest.mark.skipif(os.name == "nt", reason="no such limit")
def test_no_room(data: Path, tmp_path: Path) -> None:
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from ai_coder.trainer.data import opened\n"
        "from ai_coder.trainer.formats import Fields\n"
        "import datasets\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))\n"
        "try:\n"
        "    with opened(Path(sys.argv[1]), Fields(), Path(sys.argv[2]), 'none'): pass\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(data), str(tmp_path / "cache")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith(f"InputError cannot write {tmp_path / 'cache'}: File too large;")


@pytest.mark.parametrize("fraction", [0.01, 0.2, 0.5, 0.99])
def test_split(fraction: float) -> None:
    labels = ["a"] * 2 + ["b"] * 10 + ["c"] * 100
    parts = split(labels, fraction, 1)
    assert sorted(parts.train + parts.validation) == list(range(len(labels)))
    assert parts.train == tuple(sorted(parts.train))
    train = Counter(labels[number] for number in parts.train)
    validation = Counter(labels[number] for number in parts.validation)
    assert train["a"] == validation["a"] == 1
    assert min(train.values()) >= 1
    assert validation["c"] == min(99, round(100 * fraction))
    assert parts == split(labels, fraction, 1)


def test_another_seed_splits_otherwise() -> None:
    labels = ["a", "b"] * 50
    assert split(labels, 0.2, 1) != split(labels, 0.2, 2)
