from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from pants_freeze.sandbox import errors, observe


def test_links_to_what_was_opened(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    for name in ("lib/used.so.1.2", "lib/unused.so.1"):
        (tmp_path / name).write_text("")
    links = {
        "used.so": "lib/used.so.1",
        "lib/used.so.1": "used.so.1.2",
        "folder": "lib",
        "unused.so": "lib/unused.so.1",
        "nowhere": "lib/missing",
    }
    for link, target in links.items():
        (tmp_path / link).symlink_to(target)
    found = observe.links_to(tmp_path, {"lib/used.so.1.2"})
    assert found == {"used.so", "lib/used.so.1", "folder"}
    assert observe.links_to(tmp_path, set()) == set()


def test_elsewhere_than_on_linux_nothing_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "platform", "darwin")
    Path("plan.json").write_text(json.dumps(asdict(observe.Plan("app", "runtime", []))))
    with pytest.raises(
        errors.ExerciseError, match=r"needs Linux; run `\./pants freeze-trim` there"
    ):
        observe.main("plan.json")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]
