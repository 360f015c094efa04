"""Does what the README says, in a copy of this repository; and what commands the pages mention."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pipeline.foreign import ROOT, Repository, daemon_of

from docs.pages import Command, links, mentioned, steps
from docs.reader import AFTER_TUTORIAL, HERE, Reader

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
HIDDEN = (".ci", ".dockerignore", ".github", ".gitignore")
# Commands that no page has its reader run, and what runs them instead.
ELSEWHERE = {
    "./pants lint check ::": (".ci/run", "./pants lint check ::"),
    "./pants test ::": (".ci/run", "./pants test ::"),
    "./pants package //:wheel": ("tests/pipeline/BUILD", '["//:wheel"]'),
}


def _not_of_the_repository(_: str, names: list[str]) -> set[str]:
    """In the folder of a test there are links to what Pants keeps, too, by hidden names."""
    hidden = {name for name in names if name.startswith(".") and name not in HIDDEN}
    return {"dist"} | hidden


def test_follow_the_readme(tmp_path: Path) -> None:
    copy = tmp_path / "repository"
    shutil.copytree(ROOT, copy, symlinks=True, ignore=_not_of_the_repository)
    with daemon_of(Repository(copy)):
        for page in HERE:
            Reader(copy).follow(copy / page)


def test_every_page_with_commands_is_followed() -> None:
    with_commands = {
        page.relative_to(ROOT).as_posix()
        for page in PAGES
        if any(isinstance(step, Command) for step in steps(page.read_text(encoding="utf-8")))
    }
    tutorials = {f"docs/{name}.md" for name in ("tutorial", *AFTER_TUTORIAL)}
    assert with_commands == tutorials.union(HERE)


def test_every_command_is_run() -> None:
    """Those in sentences and tables, too."""
    run = {
        step.command
        for page in PAGES
        for step in steps(page.read_text(encoding="utf-8"))
        if isinstance(step, Command)
    }
    missing = {
        f"{page.name}: {command}"
        for page in PAGES
        # Help texts have examples from other repositories.
        if page.name != "reference.md"
        for command in mentioned(page.read_text(encoding="utf-8"))
        if not any(command in each for each in run) and command not in ELSEWHERE
    }
    assert not missing
    for path, text in ELSEWHERE.values():
        assert text in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [
        link for link in links(text) if not (page.parent / link.partition("#")[0]).exists()
    ] == []
