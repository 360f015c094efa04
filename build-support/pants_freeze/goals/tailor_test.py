from __future__ import annotations

from pants_freeze._engine import Address
from pants_freeze.goals.tailor import proposals


def address(folder: str, name: str, **parameters: str) -> Address:
    return Address(folder, target_name=name, parameters=parameters)


def test_a_program_for_each_pex_that_has_none() -> None:
    pexes = [address("src/b", "pex"), address("src/a", "pex"), address("src/a", "main")]
    frozen = [address("src/b", "pex")]
    assert proposals(pexes, frozen, ("src/a", "src/b")) == (
        ("src/a", "main_binary", ":main"),
        ("src/a", "binary", ":pex"),
    )


def test_only_in_the_folders_that_are_named() -> None:
    pexes = [address("", "pex"), address("src/a", "pex")]
    assert proposals(pexes, [], ("",)) == (("", "binary", ":pex"),)
    assert proposals(pexes, [], ()) == ()


def test_what_is_generated_or_parametrized_is_left_to_its_author() -> None:
    generated = Address("src/a", target_name="pexes", generated_name="main.py")
    parametrized = [address("src/a", "pex", resolve=each) for each in "ab"]
    assert proposals([generated, *parametrized], [], ("src/a",)) == ()


def test_a_pex_is_frozen_with_parameters_too() -> None:
    frozen = [address("src/a", "pex", resolve="a")]
    assert proposals([address("src/a", "pex")], frozen, ("src/a",)) == ()
