from __future__ import annotations

import pytest

from ai_coder.common import performance
from ai_coder.common.errors import InputError


def test_nothing_is_limited_where_nothing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (performance.THREADS, performance.CACHE_SIZE, performance.OPTIMIZATION):
        monkeypatch.setenv(variable, "")
    assert performance.threads() is None
    assert performance.cache_size() is None
    assert performance.optimization() is None


def test_what_the_launcher_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(performance.THREADS, "3")
    monkeypatch.setenv(performance.CACHE_SIZE, "100000000")
    monkeypatch.setenv(performance.OPTIMIZATION, "O1")
    assert performance.threads() == 3
    assert performance.cache_size() == 100_000_000
    assert performance.optimization() == "O1"


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "x", "٣", "1025", "9" * 5000])
def test_what_is_no_number_of_threads(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(performance.THREADS, value)
    with pytest.raises(InputError, match=r"AI_CODER_THREADS is .*set it to a number"):
        performance.threads()


def test_what_is_no_optimization(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(performance.OPTIMIZATION, "O3")
    with pytest.raises(InputError, match=r"AI_CODER_OPTIMIZATION is 'O3'"):
        performance.optimization()
