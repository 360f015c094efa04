from __future__ import annotations

import pytest

from pants_freeze._engine import Address
from pants_freeze.field_sets import DistributionFieldSet, PyInstallerFieldSet
from pants_freeze.target_types import FrozenDistribution, PyInstallerBinary


def distribution(folder: str = "src/x", **fields: object) -> FrozenDistribution:
    values = {"binaries": ["src/y:binary"], "version": "1.0.0", **fields}
    return FrozenDistribution(values, Address(folder, target_name="d"))


def binary(folder: str = "src/x", **fields: object) -> PyInstallerBinary:
    return PyInstallerBinary({"pex": ":pex", **fields}, Address(folder, target_name="b"))


@pytest.mark.parametrize(
    ("folder", "fields", "expected"),
    [
        ("src/x", {}, "src.x/d-v1.0.0"),
        ("", {}, "d-v1.0.0"),
        ("src/x", {"version": "2rc1"}, "src.x/d-v2rc1"),
        ("src/x", {"output_path": "mine"}, "mine"),
        ("src/x", {"output_path": "a/mine-v1", "version": "2"}, "a/mine-v1"),
    ],
)
def test_folder_of_a_distribution(folder: str, fields: dict[str, object], expected: str) -> None:
    assert DistributionFieldSet.create(distribution(folder, **fields)).folder() == expected


@pytest.mark.parametrize(
    ("folder", "icon", "expected"),
    [
        ("src/x", None, ""),
        ("src/x", "my.ico", "src/x/my.ico"),
        ("src/x", "art/my.ico", "src/x/art/my.ico"),
        ("", "my.ico", "my.ico"),
    ],
)
def test_icon_path(folder: str, icon: str | None, expected: str) -> None:
    assert PyInstallerFieldSet.create(binary(folder, icon=icon)).icon_path() == expected


def test_each_field_set_is_for_its_own_target() -> None:
    assert PyInstallerFieldSet.is_applicable(binary())
    assert DistributionFieldSet.is_applicable(distribution())
    assert not PyInstallerFieldSet.is_applicable(distribution())
    assert not DistributionFieldSet.is_applicable(binary())
