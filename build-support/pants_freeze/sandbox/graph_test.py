from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pants_freeze.sandbox.graph import GRAPH, ImportGraph

FILES = {
    "pandas": "pandas/__init__.pyc",
    "pandas.core": "pandas/core/__init__.pyc",
    "pandas.core.frame": "pandas/core/frame.pyc",
    "numpy": "numpy/__init__.pyc",
    "numpy._core": "numpy/_core.so",
    "json": "json/__init__.pyc",
    "json.decoder": "json/decoder.pyc",
    "locale": "locale.pyc",
    "certifi": "certifi/__init__.pyc",
}
LAYER = ImportGraph(
    imports={
        "pandas": ["json", "numpy", "pandas.core"],
        "pandas.core": ["pandas", "pandas.core.frame"],
        "pandas.core.frame": ["numpy", "pandas.core"],
        "numpy": ["numpy._core"],
        "json": ["json.decoder"],
        "locale": ["json"],
    },
    stored=FILES,
    brings={"certifi": ["certifi/cacert.pem"], "numpy": ["libextra.so"]},
    needs={"numpy/_core.so": ["numpy.libs/libblas.so"], "numpy.libs/libblas.so": ["libm.so"]},
    hooks={"CPython itself": ["locale"], "the run-time hook pyi_rth_a": ["certifi"]},
)


def graph(**imports: str) -> ImportGraph:
    """Modules by name ("__" for a dot), each with the names that it imports."""
    edges = {name.replace("__", "."): value.split() for name, value in imports.items()}
    names = {*edges, *(name for names in edges.values() for name in names)}
    stored = {name: f"{name.replace('.', '/')}.pyc" for name in names}
    return ImportGraph(edges, stored, {}, {}, {})


def lines(found: ImportGraph, places: dict[str, list[str]], *wanted: str) -> list[str] | None:
    chain = found.chain(places, wanted)
    return None if chain is None else [str(link) for link in chain]


def test_a_graph_is_read_as_it_was_written(tmp_path: Path) -> None:
    LAYER.write(tmp_path)
    text = (tmp_path / GRAPH).read_bytes()
    assert ImportGraph.parse(text) == LAYER
    assert ImportGraph.parse(text.decode()) == LAYER
    assert text.endswith(b"}\n")
    assert set(json.loads(text)) == {"brings", "compiled", "hooks", "imports", "needs", "stored"}


def test_what_imports_could_reach() -> None:
    found = graph(a="b a.c", b="d", d="a", e="f", a__c="")
    assert found.reachable(["b.name"]) == {"a", "a.c", "b", "d"}
    assert found.reachable(["a.c"]) == {"a", "a.c", "b", "d"}
    assert found.reachable(["f", "unknown"]) == {"f"}
    assert found.reachable([]) == set()


def test_the_order_of_modules_does_not_show_in_a_file(tmp_path: Path) -> None:
    other = replace(
        LAYER,
        imports=dict(reversed(list(LAYER.imports.items()))),
        stored=dict(reversed(list(LAYER.stored.items()))),
    )
    for name, each in (("a", LAYER), ("b", other)):
        (tmp_path / name).mkdir()
        each.write(tmp_path / name)
    assert (tmp_path / "a" / GRAPH).read_bytes() == (tmp_path / "b" / GRAPH).read_bytes()


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("pandas", "pandas"),
        ("pandas.core.frame", "pandas.core.frame"),
        ("pandas.core.frame.DataFrame", "pandas.core.frame"),
        ("pandas.DataFrame.sum", "pandas"),
        ("pandasx", ""),
        ("unknown.pandas", ""),
        ("", ""),
    ],
)
def test_a_dotted_name_is_of_its_longest_known_beginning(name: str, module: str) -> None:
    assert LAYER.module_of(name) == module


def test_an_import_is_a_chain_of_one() -> None:
    assert lines(LAYER, {"a.py:1": ["json"]}, "json") == ["a.py:1 imports json"]


def test_each_link_of_a_chain_follows_from_the_one_before() -> None:
    assert lines(LAYER, {"a.py:1": ["pandas"]}, "json.decoder") == [
        "a.py:1 imports pandas",
        "pandas imports json",
        "json imports json.decoder",
    ]


def test_the_shortest_chain_wins() -> None:
    found = graph(a="b", b="c", c="goal", x="goal")
    assert lines(found, {"1.py:1": ["a"], "2.py:1": ["x"]}, "goal") == [
        "2.py:1 imports x",
        "x imports goal",
    ]


def test_the_shortest_chain_wins_over_one_that_is_found_in_an_earlier_place() -> None:
    found = graph(a="goal")
    places = {"1.py:1": ["a"], "9.py:9": ["goal"]}
    assert lines(found, places, "goal") == ["9.py:9 imports goal"]


def test_of_several_that_are_wanted_the_nearest_is_found() -> None:
    found = graph(a="b", b="far", x="near")
    places = {"1.py:1": ["a", "x"]}
    assert lines(found, places, "far", "near") == ["1.py:1 imports x", "x imports near"]


def test_the_order_of_places_means_nothing() -> None:
    found = graph(a="goal", b="goal")
    places = {"1.py:1": ["b", "a"], "2.py:1": ["a"]}
    expected = ["1.py:1 imports a", "a imports goal"]
    assert lines(found, places, "goal") == expected
    reversed_places = {place: places[place][::-1] for place in reversed(list(places))}
    assert lines(found, reversed_places, "goal") == expected


@pytest.mark.parametrize("wanted", ["pandas", "pandas.core", "pandas.core.frame"])
def test_an_import_of_a_dotted_name_imports_its_packages(wanted: str) -> None:
    places = {"a.py:1": ["pandas.core.frame.DataFrame"]}
    assert lines(LAYER, places, wanted) == [f"a.py:1 imports {wanted}"]


def test_what_a_package_imports_is_reached_by_an_import_of_its_module() -> None:
    assert lines(LAYER, {"a.py:1": ["pandas.core.frame"]}, "json") == [
        "a.py:1 imports pandas",
        "pandas imports json",
    ]


def test_a_module_in_a_namespace_package_is_reached() -> None:
    found = ImportGraph({}, {"google.api.client": "google/api/client.pyc"}, {}, {}, {})
    assert lines(found, {"a.py:1": ["google.api.client.Client"]}, "google.api.client") == [
        "a.py:1 imports google.api.client"
    ]
    assert lines(found, {"a.py:1": ["google.api"]}, "google.api.client") is None
    assert lines(found, {"a.py:1": ["google.api.client"]}, "google", "google.api") is None


def test_a_module_that_is_stored_nowhere_is_passed_through() -> None:
    found = ImportGraph({"builtin": ["goal"]}, {"goal": "goal.pyc"}, {}, {}, {})
    assert lines(found, {"a.py:1": ["builtin"]}, "goal") == [
        "a.py:1 imports builtin",
        "builtin imports goal",
    ]


def test_a_file_is_reached_through_the_module_that_is_stored_in_it() -> None:
    assert lines(LAYER, {"a.py:1": ["json"]}, "json/decoder.pyc") == [
        "a.py:1 imports json",
        "json imports json.decoder",
        "json.decoder is stored in json/decoder.pyc",
    ]


def test_a_native_library_is_reached_through_those_that_are_linked_with_it() -> None:
    assert lines(LAYER, {"a.py:1": ["numpy"]}, "libm.so") == [
        "a.py:1 imports numpy",
        "numpy imports numpy._core",
        "numpy._core is stored in numpy/_core.so",
        "numpy/_core.so is linked with numpy.libs/libblas.so",
        "numpy.libs/libblas.so is linked with libm.so",
    ]


def test_a_data_file_is_reached_through_the_module_that_brings_it_along() -> None:
    assert lines(LAYER, {"a.py:1": ["certifi"]}, "certifi/cacert.pem") == [
        "a.py:1 imports certifi",
        "certifi brings along certifi/cacert.pem",
    ]


def test_what_starts_before_the_program_is_the_last_resort() -> None:
    assert lines(LAYER, {"a.py:1": ["numpy"]}, "json") == [
        "CPython itself imports locale",
        "locale imports json",
    ]


def test_a_hook_is_not_asked_if_first_party_code_leads_there_by_more_links() -> None:
    found = graph(a="b", b="c", c="goal")
    with_hook = replace(found, hooks={"the hook": ["goal"]})
    assert lines(with_hook, {"a.py:1": ["a"]}, "goal") == [
        "a.py:1 imports a",
        "a imports b",
        "b imports c",
        "c imports goal",
    ]
    assert lines(with_hook, {}, "goal") == ["the hook imports goal"]


def test_modules_that_import_each_other() -> None:
    found = graph(a="a b", b="a c", c="a b goal", x="x")
    assert lines(found, {"a.py:1": ["a"]}, "goal") == [
        "a.py:1 imports a",
        "a imports b",
        "b imports c",
        "c imports goal",
    ]
    assert lines(found, {"a.py:1": ["a"]}, "x") is None


@pytest.mark.parametrize(
    ("places", "wanted"),
    [
        ({}, ["goal"]),
        ({"a.py:1": []}, ["goal"]),
        ({"a.py:1": ["unknown", "unknown.goal", ""]}, ["goal"]),
        ({"a.py:1": ["a"]}, []),
        ({"a.py:1": ["a"]}, ["unknown"]),
        ({"a.py:1": ["unknown"]}, [""]),
        ({"a.py:1": ["a"]}, ["other"]),
        # What code imports is told by the modules that it imports, not by itself.
        ({"a.py:1": ["a"]}, ["a.py:1"]),
    ],
)
def test_nothing_leads_there(places: dict[str, list[str]], wanted: list[str]) -> None:
    assert graph(a="b", b="", other="goal").chain(places, wanted) is None


def test_an_unknown_import_beside_a_known_one_changes_nothing() -> None:
    found = graph(a="goal")
    assert lines(found, {"a.py:1": ["", "a", "unknown"]}, "goal") == [
        "a.py:1 imports a",
        "a imports goal",
    ]


def test_a_long_chain() -> None:
    count = 3_000
    names = [f"m{number}" for number in range(count)]
    found = graph(**dict(zip(names, names[1:])))
    chain = lines(found, {"a.py:1": ["m0"]}, names[-1])
    assert chain is not None
    assert len(chain) == count


def test_the_shortest_chain_from_some_of_the_places() -> None:
    chain = LAYER.shortest({"b.py:2": ["pandas"]}, {"numpy"})
    assert [str(link) for link in chain or ()] == [
        "b.py:2 imports pandas",
        "pandas imports numpy",
    ]
    # It does not ask what starts before the program.
    assert LAYER.shortest({"b.py:2": ["numpy"]}, {"locale"}) is None


def test_a_spec_file_brings_files_and_modules_along() -> None:
    found = replace(
        graph(a="b"),
        brings={"the spec file a.spec": ["x.txt"]},
        hooks={"the spec file a.spec": ["a"]},
    )
    assert lines(found, {}, "x.txt") == ["the spec file a.spec brings along x.txt"]
    assert lines(found, {}, "b") == ["the spec file a.spec imports a", "a imports b"]
