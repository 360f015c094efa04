from __future__ import annotations

from pathlib import Path

import pytest

from pants_freeze.links import looping_link


@pytest.mark.parametrize(
    ("glob", "link"),
    [
        ("a/self", "a/self"),
        ("a/self/x.txt", "a/self"),
        ("a/*", "a/b/one"),
        ("a/b/*.txt", "a/b/one"),
        ("**", "a/b/one"),
        ("a/b/two", "a/b/two"),
        ("a/plain", ""),
        ("a/gone", ""),
        ("a/nothing", ""),
        ("c/**", ""),
        ("a/up/a/plain", ""),
    ],
)
def test_links_that_lead_to_themselves(tmp_path: Path, glob: str, link: str) -> None:
    for folder in ("a/b", "c"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "a/plain").write_text("x")
    links = {"self": "self", "gone": "nowhere", "up": "..", "b/one": "two", "b/two": "one"}
    for name, target in links.items():
        (tmp_path / "a" / name).symlink_to(target)
    assert looping_link(tmp_path, glob) == link
