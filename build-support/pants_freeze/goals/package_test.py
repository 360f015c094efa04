from __future__ import annotations

import pytest

from pants_freeze import errors
from pants_freeze._engine import Address, Target
from pants_freeze.goals.package import _programs
from pants_freeze.target_types import FrozenDistribution, PyInstallerBinary

OWNER = Address("", target_name="all")


def binary(name: str) -> Target:
    return PyInstallerBinary({"pex": ":pex"}, Address("src", target_name=name))


def distribution(name: str) -> Target:
    fields = {"binaries": [":b"], "version": "1"}
    return FrozenDistribution(fields, Address("src", target_name=name))


def test_programs_keep_their_order() -> None:
    found = _programs(OWNER, "binaries", iter([binary("b"), binary("a")]))
    assert [str(each.address) for each in found] == ["src:b", "src:a"]


def test_all_that_are_no_programs_are_named() -> None:
    targets = [binary("a"), distribution("b"), distribution("c")]
    with pytest.raises(errors.InvalidTarget) as caught:
        _programs(OWNER, "launcher", targets)
    assert str(caught.value).splitlines() == [
        f"InvalidTarget at //:all (launcher): {address} is a `frozen_distribution`; "
        "name a `pyinstaller_binary`"
        for address in ("src:b", "src:c")
    ]
