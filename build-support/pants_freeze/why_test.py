from __future__ import annotations

from dataclasses import replace

import pytest

from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.sandbox.graph import ImportGraph
from pants_freeze.why import Program

ADDRESS = "src/x:binary"

# What each file comes from, and the module that is stored in it.
FILES = {
    "pandas/__init__.pyc": ("pandas==3.0.1", "pandas"),
    "pandas/core.pyc": ("pandas==3.0.1", "pandas.core"),
    "numpy/__init__.pyc": ("numpy==2.4", "numpy"),
    "numpy/_core.so": ("numpy==2.4", "numpy._core"),
    "numpy.libs/libblas.so.3": ("numpy==2.4", ""),
    "networkx/__init__.pyc": ("networkx==3.6.1", "networkx"),
    "json/__init__.pyc": ("CPython 3.11.7", "json"),
    "json/decoder.pyc": ("CPython 3.11.7", "json.decoder"),
    "libpython3.11.so.1.0": ("CPython 3.11.7", ""),
    "bs4/__init__.pyc": ("beautifulsoup4==4.15", "bs4"),
    "PyQt6/QtCore.so": ("pyqt6==6.11", "PyQt6.QtCore"),
    "PyQt6/Qt6/lib/libQt6Core.so.6": ("pyqt6-qt6==6.11", ""),
    "locale.pyc": ("CPython 3.11.7", "locale"),
    "google/api/client.pyc": ("google-api==1", "google.api.client"),
    "left/libssl.so.3": ("left==1", ""),
    "right/libssl.so.3": ("right==1", ""),
    "data/words.txt": (FIRST_PARTY, ""),
    "share/google": ("google-api==1", ""),
}
PROGRAM = Program(
    address=ADDRESS,
    graph=ImportGraph(
        imports={
            "pandas": ["numpy", "pandas.core"],
            "pandas.core": ["json"],
            "numpy": ["numpy._core"],
            "networkx": ["pandas"],
            "json": ["json.decoder"],
            "bs4": ["json"],
            "builtin": [],
        },
        stored={module: path for path, (_, module) in FILES.items() if module},
        brings={"PyQt6.QtCore": ["left/libssl.so.3"]},
        needs={
            "numpy/_core.so": ["numpy.libs/libblas.so.3"],
            "PyQt6/QtCore.so": ["PyQt6/Qt6/lib/libQt6Core.so.6"],
        },
        hooks={"CPython itself": ["locale"]},
    ),
    places={
        "src/x/a.py:1": ["bs4"],
        "src/x/a.py:2": ["networkx.Graph"],
        "src/x/z.py:9": ["pandas.DataFrame"],
        "src/x/window.py:3": ["PyQt6.QtCore", "google.api.client.Client"],
    },
    origins={path: label for path, (label, _) in FILES.items()},
    sources={f"x/{name}.py": f"src/x/{name}.py" for name in ("__init__", "a", "window", "z")},
)


def test_what_comes_from_a_label_are_files_and_their_modules() -> None:
    assert PROGRAM.nodes_of("numpy==2.4") == {
        "numpy",
        "numpy._core",
        "numpy/__init__.pyc",
        "numpy/_core.so",
        "numpy.libs/libblas.so.3",
    }
    assert PROGRAM.nodes_of("numpy") == set()


# --- What a word means ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "nodes"),
    [
        pytest.param("pandas", {"pandas"}, id="module, not the requirement"),
        pytest.param("numpy._core", {"numpy._core"}, id="module in a package"),
        pytest.param("json/decoder.pyc", {"json/decoder.pyc"}, id="path"),
        pytest.param("libblas.so.3", {"numpy.libs/libblas.so.3"}, id="file name"),
        pytest.param("libssl.so.3", {"left/libssl.so.3", "right/libssl.so.3"}, id="two files"),
        pytest.param("words.txt", {"data/words.txt"}, id="data file"),
        pytest.param("google.api", {"google.api.client"}, id="namespace package"),
        pytest.param("google", {"share/google"}, id="file, not the package of that name"),
        pytest.param("builtin", {"builtin"}, id="module that is stored nowhere"),
        pytest.param("PyQt6", {"PyQt6.QtCore"}, id="package without a module of its own"),
        pytest.param(
            "beautifulsoup4", {"bs4", "bs4/__init__.pyc"}, id="requirement with another module"
        ),
        pytest.param("BeautifulSoup4", {"bs4", "bs4/__init__.pyc"}, id="capitals"),
        pytest.param("beautifulsoup4==4.15", {"bs4", "bs4/__init__.pyc"}, id="with its version"),
        pytest.param("pyqt6-qt6", {"PyQt6/Qt6/lib/libQt6Core.so.6"}, id="requirement of files"),
        pytest.param("pand", set(), id="beginning of a name"),
        pytest.param("so.3", set(), id="end of a name"),
        pytest.param("beautifulsoup4==4.14", set(), id="another version"),
        pytest.param("scipy", set(), id="unknown"),
    ],
)
def test_what_a_word_means(word: str, nodes: set[str]) -> None:
    assert PROGRAM.nodes(word) == nodes


@pytest.mark.parametrize("word", ["PyQt6_Qt6", "PyQt6-Qt6", "pyqt6.qt6", "PYQT6__QT6"])
def test_a_requirement_may_be_written_in_any_spelling(word: str) -> None:
    assert PROGRAM.nodes(word) == {"PyQt6/Qt6/lib/libQt6Core.so.6"}


@pytest.mark.parametrize("word", ["CPython", "cpython", "CPython 3.11.7"])
def test_the_interpreter_is_found_by_its_label(word: str) -> None:
    assert PROGRAM.nodes(word) == PROGRAM.nodes_of("CPython 3.11.7")


# --- Explanations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("x.window", "src/x/window.py"),
        ("x/window.py", "src/x/window.py"),
        ("src/x/window.py", "src/x/window.py"),
        ("x", "src/x/__init__.py"),
    ],
)
def test_first_party_code(word: str, path: str) -> None:
    assert PROGRAM.explain(word) == [f"{word} is first-party code of {ADDRESS}: {path}"]


def test_code_at_the_root_of_the_repository_is_first_party() -> None:
    program = replace(PROGRAM, sources={"run.py": "run.py"})
    for word in ("run", "run.py"):
        assert program.explain(word) == [f"{word} is first-party code of {ADDRESS}: run.py"]


@pytest.mark.parametrize(
    "word", ["window", "window.py", "src.x.window", "y.window", "src/y/window.py", ".py", "src"]
)
def test_a_part_of_a_name_is_not_first_party_code(word: str) -> None:
    assert PROGRAM.explain(word) == [f"{word} is not in the closure of {ADDRESS}"]


def test_code_that_is_named_like_the_end_of_it_is_no_other_module() -> None:
    program = replace(PROGRAM, sources={"x/json.py": "src/x/json.py"})
    assert program.explain("json")[0] == f"json (CPython 3.11.7) is in the closure of {ADDRESS}:"
    assert program.explain("x.json") == [
        f"x.json is first-party code of {ADDRESS}: src/x/json.py",
    ]


@pytest.mark.parametrize(
    ("word", "explanation"),
    [
        pytest.param(
            "pandas",
            [
                "pandas (pandas==3.0.1) is in the closure of src/x:binary:",
                "  src/x/z.py:9 imports pandas",
            ],
            id="module",
        ),
        pytest.param(
            "json.decoder",
            [
                "json.decoder (CPython 3.11.7) is in the closure of src/x:binary:",
                "  src/x/a.py:1 imports bs4",
                "  bs4 imports json",
                "  json imports json.decoder",
            ],
            id="module that others import",
        ),
        pytest.param(
            "libblas.so.3",
            [
                "libblas.so.3 (numpy==2.4) is in the closure of src/x:binary:",
                "  src/x/z.py:9 imports pandas",
                "  pandas imports numpy",
                "  numpy imports numpy._core",
                "  numpy._core is stored in numpy/_core.so",
                "  numpy/_core.so is linked with numpy.libs/libblas.so.3",
            ],
            id="file name",
        ),
        pytest.param(
            "pandas/core.pyc",
            [
                "pandas/core.pyc (pandas==3.0.1) is in the closure of src/x:binary:",
                "  src/x/z.py:9 imports pandas",
                "  pandas imports pandas.core",
                "  pandas.core is stored in pandas/core.pyc",
            ],
            id="path",
        ),
        pytest.param(
            "google.api",
            [
                "google.api (google-api==1) is in the closure of src/x:binary:",
                "  src/x/window.py:3 imports google.api.client",
            ],
            id="package",
        ),
        pytest.param(
            "BeautifulSoup4",
            [
                "BeautifulSoup4 (beautifulsoup4==4.15) is in the closure of src/x:binary:",
                "  src/x/a.py:1 imports bs4",
            ],
            id="requirement",
        ),
        pytest.param(
            "libssl.so.3",
            [
                "libssl.so.3 (left==1, right==1) is in the closure of src/x:binary:",
                "  src/x/window.py:3 imports PyQt6.QtCore",
                "  PyQt6.QtCore brings along left/libssl.so.3",
            ],
            id="file of two requirements",
        ),
        pytest.param(
            "locale",
            [
                "locale (CPython 3.11.7) is in the closure of src/x:binary:",
                "  CPython itself imports locale",
            ],
            id="what starts before the program",
        ),
        pytest.param(
            "libpython3.11.so.1.0",
            [
                "libpython3.11.so.1.0 (CPython 3.11.7) is in the closure of src/x:binary; "
                "nothing imports it, the freezer collects it by a rule of its own"
            ],
            id="what nothing imports",
        ),
        pytest.param(
            "scipy", ["scipy is not in the closure of src/x:binary"], id="not in the closure"
        ),
    ],
)
def test_an_explanation(word: str, explanation: list[str]) -> None:
    assert PROGRAM.explain(word) == explanation


# --- Chains in one line --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "chain"),
    [
        ("pandas==3.0.1", "src/x/z.py:9 imports pandas"),
        ("numpy==2.4", "src/x/z.py:9 imports pandas, which imports numpy"),
        (
            "pyqt6-qt6==6.11",
            "src/x/window.py:3 imports PyQt6.QtCore, which is stored in PyQt6/QtCore.so, "
            "which is linked with PyQt6/Qt6/lib/libQt6Core.so.6",
        ),
        (
            "left==1",
            "src/x/window.py:3 imports PyQt6.QtCore, which brings along left/libssl.so.3",
        ),
        ("right==1", ""),
        (FIRST_PARTY, ""),
        ("scipy==1", ""),
    ],
)
def test_the_shortest_chain_to_a_requirement(label: str, chain: str) -> None:
    assert PROGRAM.chain_to(label, ()) == chain


def test_a_new_import_is_preferred_to_a_shorter_chain_of_old_ones() -> None:
    assert PROGRAM.chain_to("CPython 3.11.7", []) == "src/x/a.py:1 imports bs4, which imports json"
    assert PROGRAM.chain_to("CPython 3.11.7", ["networkx==3.6.1"]) == (
        "src/x/a.py:2 imports networkx, which imports pandas, which imports pandas.core, "
        "which imports json"
    )


def test_the_shortest_of_new_imports_is_preferred() -> None:
    new = ["networkx==3.6.1", "numpy==2.4", "pandas==3.0.1"]
    assert PROGRAM.chain_to("numpy==2.4", iter(new)) == (
        "src/x/z.py:9 imports pandas, which imports numpy"
    )


def test_a_new_import_is_a_chain_to_itself() -> None:
    assert PROGRAM.chain_to("networkx==3.6.1", ["networkx==3.6.1"]) == (
        "src/x/a.py:2 imports networkx"
    )


@pytest.mark.parametrize("new", ["beautifulsoup4==4.15", "numpy==2.4", "scipy==1"])
def test_new_imports_that_do_not_lead_there_are_no_chain(new: str) -> None:
    assert PROGRAM.chain_to("pandas==3.0.1", [new]) == "src/x/z.py:9 imports pandas"


def test_what_starts_before_the_program_is_the_last_resort() -> None:
    program = replace(PROGRAM, places={})
    assert program.chain_to("CPython 3.11.7", ["bs4==1"]) == "CPython itself imports locale"


# --- Modules that are compiled into the executable -----------------------------------------------

COMPILED = replace(
    PROGRAM,
    graph=ImportGraph(
        imports={"pathspec": ["json"]},
        stored={"pathspec": "x.bin", "json": "x.bin", "numpy": "numpy/__init__.pyc"},
        brings={},
        needs={},
        hooks={},
        compiled={"pathspec": "pathspec==1.1", "json": "CPython 3.11.7"},
    ),
    places={"src/x/a.py:1": ["pathspec"]},
    origins={"x.bin": FIRST_PARTY, "numpy/__init__.pyc": "numpy==2.4"},
)


def test_a_compiled_module_comes_from_its_requirement() -> None:
    assert COMPILED.nodes_of("pathspec==1.1") == {"pathspec"}
    assert COMPILED.nodes_of(FIRST_PARTY) == {"x.bin"}
    assert COMPILED.explain("pathspec") == [
        f"pathspec (pathspec==1.1) is in the closure of {ADDRESS}:",
        "  src/x/a.py:1 imports pathspec",
    ]
    assert COMPILED.chain_to("CPython 3.11.7", []) == (
        "src/x/a.py:1 imports pathspec, which imports json"
    )
