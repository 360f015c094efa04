from __future__ import annotations

import os

import pytest

from ai_coder.common import performance
from ai_coder.model.network import prepare, usable_threads


def test_the_limit_of_the_user_is_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "99")
    monkeypatch.setenv(performance.THREADS, "7")
    assert usable_threads() == 7
    prepare()
    assert os.environ["OMP_NUM_THREADS"] == "7"
    # That of the component goes before it.
    prepare(2)
    assert os.environ["OMP_NUM_THREADS"] == "2"


def test_without_a_limit_it_is_what_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(performance.THREADS, raising=False)
    assert 1 <= usable_threads() <= 4
