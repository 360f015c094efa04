from __future__ import annotations

import pytest

from pants_freeze._engine import Address
from pants_freeze.goals.tailor import proposals

PEX = Address("src/a", target_name="pex")
MAIN = Address("src/a", target_name="main")
ROOT = Address("", target_name="pex")
FOLDERS = ("", "src/a", "src/b")


@pytest.mark.parametrize(
    ("pexes", "frozen", "expected"),
    [
        ([], [], ()),
        ([PEX], [], (("src/a", "binary", ":pex"),)),
        ([PEX], [PEX], ()),
        (
            [PEX, ROOT, MAIN],
            [],
            (
                ("", "binary", ":pex"),
                ("src/a", "binary", ":pex"),
                ("src/a", "main-binary", ":main"),
            ),
        ),
        ([PEX, MAIN], [PEX], (("src/a", "main-binary", ":main"),)),
        ([Address("src/c", target_name="pex")], [], ()),
        ([Address("src/a")], [], (("src/a", "a-binary", ":a"),)),
        ([Address("src/a", target_name="pexes", generated_name="main.py")], [], ()),
        ([PEX.parametrize({"resolve": "other"})], [], ()),
    ],
)
def test_proposals(
    pexes: list[Address], frozen: list[Address], expected: tuple[tuple[str, str, str], ...]
) -> None:
    assert proposals(pexes, frozen, FOLDERS) == expected


def test_proposals_are_for_the_named_folders_only() -> None:
    assert proposals([PEX, ROOT], [], ("src/a",)) == (("src/a", "binary", ":pex"),)
