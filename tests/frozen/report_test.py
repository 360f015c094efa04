"""The page of the report shows, in a real browser, what the distribution on disk is made of."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from frozen.support import LIGHT, PROGRAMS, RUNTIME, files

NAMES = tuple(f"ai-coder-{program}" for program in PROGRAMS)
MODULE = "networkx.classes.graph"
MODULE_PATH = f"{RUNTIME}/networkx/classes/graph.pyc"


@dataclass(frozen=True)
class Entry:
    """A file as the manifest names it, with its size as the file system does."""

    path: str
    size: int
    origin: str
    components: tuple[str, ...]


@pytest.fixture(scope="module")
def manifest(built: Path) -> list[Entry]:
    entries = []
    for file in json.loads((built / "manifest.json").read_bytes())["files"]:
        entry = Entry(file["path"], file["size"], file["origin"], tuple(file["components"]))
        assert os.lstat(built / entry.path).st_size == entry.size, entry.path
        entries.append(entry)
    return entries


@pytest.fixture(scope="module")
def report() -> Any:
    return json.loads(Path(f"{LIGHT}-report.json").read_bytes())


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = shutil.which("chromium", path="/usr/bin")
    if program is None:
        pytest.skip("chromium is not installed")
    env = {"HOME": str(tmp_path_factory.mktemp("home")), "PATH": "/usr/bin:/bin"}
    with sync_playwright() as playwright:
        # The sandbox of the browser does not work for root.
        started = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"], env=dict(env)
        )
        yield started
        started.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens the report; fails in the end if it loaded something else or logged anything."""
    url = Path(f"{LIGHT}-report.html").absolute().as_uri()
    problems: list[str] = []
    context = browser.new_context(offline=True)

    def open_(width: int = 1280) -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.on("request", lambda each: problems.append(each.url) if each.url != url else None)
        page.on("console", lambda each: problems.append(f"{each.type}: {each.text}"))
        page.on("pageerror", lambda each: problems.append(str(each)))
        page.goto(url)
        # It is drawn last.
        expect(page.locator("#changes [data-component]")).to_have_count(len(NAMES))
        return page

    yield open_
    context.close()
    assert problems == []


def number(place: Locator, name: str = "bytes") -> int:
    """The number in an attribute of *place*."""
    value = place.get_attribute(f"data-{name}")
    assert value is not None
    return int(value)


def expect_bytes(place: Locator, size: int) -> None:
    """*place* says *size* to the byte."""
    expect(place).to_have_attribute("data-bytes", str(size))
    expect(place).to_contain_text(f"{size:,} bytes")


def click_tile(page: Page, label: str) -> None:
    """Click with the mouse where the tile *label* of the treemap says so."""
    tile = page.locator("#treemap .slicetext text", has_text=label).first
    tile.scroll_into_view_if_needed()
    box = tile.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_the_whole(open_page: Open, built: Path) -> None:
    page = open_page()
    sizes = [os.lstat(path).st_size for path in files(built)]
    expect_bytes(page.locator("#fact-bytes"), sum(sizes))
    expect(page.locator("#fact-files")).to_have_text(f"{len(sizes):,}")
    expect_bytes(page.locator("#filter-sum"), sum(sizes))
    expect_bytes(page.locator("#treemap-now"), sum(sizes))
    archive = Path(f"{LIGHT}.tar.xz")
    expect_bytes(page.locator("#fact-archive"), archive.stat().st_size)


def test_components(open_page: Open, built: Path, manifest: list[Entry]) -> None:
    page = open_page()
    rows = page.locator("#components tr[data-component]")
    assert {row.get_attribute("data-component") for row in rows.all()} == set(NAMES)
    for name in NAMES:
        row = page.locator(f"#components tr[data-component='{name}']")
        cell = {
            field: number(row.locator(f"td[data-field='{field}_bytes']"))
            for field in ("executable", "closure", "own", "exclusive", "shared")
        }
        users = Counter[bool]()
        for entry in manifest:
            if name in entry.components:
                users[len(entry.components) > 1] += entry.size
        assert cell["executable"] == os.lstat(built / name).st_size
        assert cell["closure"] == users.total()
        assert cell["closure"] == cell["own"] + cell["exclusive"] + cell["shared"]
        assert cell["shared"] <= users[True]


def test_click_into_a_requirement(open_page: Open, manifest: list[Entry]) -> None:
    page = open_page()
    sizes = Counter[str]()
    for entry in manifest:
        sizes[entry.origin] += entry.size
    for label, size in sizes.most_common(2):
        click_tile(page, label)
        now = page.locator("#treemap-now")
        expect(now).to_have_attribute("data-path", label)
        expect_bytes(now, size)
        # What it is made of is listed beside it.
        parts = page.locator("#treemap-list button").all()
        assert 0 < sum(number(part) for part in parts) <= size
        page.locator("#treemap-path button").first.click()
        expect_bytes(now, number(page.locator("#fact-bytes")))


def test_click_down_to_a_file(open_page: Open, built: Path, manifest: list[Entry]) -> None:
    """By keyboard: from each list to its largest part, until that is a file."""
    page = open_page()
    now = page.locator("#treemap-now")
    list_ = page.locator("#treemap-list button")
    label = list_.first.get_attribute("data-path")
    entries = [each for each in manifest if each.origin == label]
    paths = {each.path for each in entries}
    path = ""
    list_.first.focus()
    while path not in paths:
        path = list_.first.get_attribute("data-path") or ""
        page.keyboard.press("Enter")
        expect(now).to_have_attribute("data-path", path)
        inside = [
            each.size for each in entries if path == label or f"{each.path}/".startswith(f"{path}/")
        ]
        expect_bytes(now, sum(inside))
    assert inside == [os.lstat(built / path).st_size]
    expect(list_.and_(page.locator("[aria-current]"))).to_have_attribute("data-path", path)


def test_search(open_page: Open, built: Path) -> None:
    page = open_page()
    size = os.lstat(built / MODULE_PATH).st_size
    search = page.get_by_label("Search requirements, modules and files")
    hits = page.locator("#treemap-list button")
    for query in (MODULE, MODULE_PATH, "classes/graph.pyc", MODULE.upper()):
        search.fill(query)
        expect(hits.first).to_have_attribute("data-path", MODULE_PATH)
        assert number(hits.first) == size
    search.fill("networkx")
    expect(hits).to_have_count(50)
    assert str(hits.first.get_attribute("data-path")).startswith("networkx==")
    # Another program needs it, in another distribution.
    search.fill("torch.nn")
    expect(page.locator("#treemap-found")).to_have_text("0 hits")
    expect(hits).to_have_count(0)


def test_zoom_to_a_hit(open_page: Open, built: Path) -> None:
    page = open_page()
    page.locator("#treemap-search").fill(MODULE)
    page.locator("#treemap-list button").first.click()
    now = page.locator("#treemap-now")
    expect(now).to_have_attribute("data-path", MODULE_PATH)
    expect_bytes(now, os.lstat(built / MODULE_PATH).st_size)
    expect(now).to_contain_text("module, needed by ai-coder-scanner")
    expect(page.locator("#treemap .slicetext text", has_text="graph.pyc").first).to_be_visible()


def test_filters(open_page: Open, manifest: list[Entry]) -> None:
    page = open_page()
    assert {name for entry in manifest for name in entry.components} == set(NAMES)
    sums = {
        "shared": sum(each.size for each in manifest if len(each.components) > 1),
        **{
            f"exclusive {name}": sum(each.size for each in manifest if each.components == (name,))
            for name in NAMES
        },
        **{
            f"of {name}": sum(each.size for each in manifest if name in each.components)
            for name in NAMES
        },
    }
    for value, expected in sums.items():
        page.locator("#treemap-filter").select_option(value)
        expect_bytes(page.locator("#filter-sum"), expected)
        expect_bytes(page.locator("#treemap-now"), expected)
    page.locator("#treemap-filter").select_option("all")
    expect_bytes(page.locator("#filter-sum"), number(page.locator("#fact-bytes")))


def test_requirements(open_page: Open, manifest: list[Entry]) -> None:
    page = open_page()
    sizes = Counter[tuple[str, str]]()
    for entry in manifest:
        for name in entry.components:
            sizes[entry.origin, name] += entry.size
    shown = Counter[tuple[str, str]]()
    for row in page.locator("#requirements tr[data-requirement]").all():
        label = row.get_attribute("data-requirement")
        assert label
        for cell in row.locator("td[data-component][data-bytes]").all():
            shown[label, cell.get_attribute("data-component") or ""] = number(cell)
    assert shown == sizes
    for name in NAMES:
        total = page.locator(f"#requirements tfoot td[data-component='{name}']")
        assert number(total) == sum(size for (_, user), size in sizes.items() if user == name)


def microseconds(imports: list[Any]) -> int:
    return sum(each["microseconds"] + microseconds(each["imports"]) for each in imports)


def test_imports(open_page: Open, report: Any) -> None:
    page = open_page()
    for component in report["components"]:
        page.locator("#imports-component").select_option(component["name"])
        total = microseconds(component["imports"])
        expect(page.locator("#imports-sum")).to_have_attribute("data-microseconds", str(total))
        if component["imports"]:
            expect(page.locator("#imports .slice").first).to_be_visible()
        else:
            expect(page.locator("#imports .empty")).to_be_visible()


@pytest.mark.parametrize("width", [1200, 420])
def test_nothing_is_wider_than_the_page(open_page: Open, width: int) -> None:
    """In both modes; the charts are drawn again when the mode changes."""
    page = open_page(width)
    for mode in ("light", "dark"):
        page.emulate_media(color_scheme=mode)
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for chart in page.locator(".chart").all():
            box = chart.bounding_box()
            assert box
            assert 0 <= box["x"] < box["x"] + box["width"] <= width
