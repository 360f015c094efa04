from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ai_coder.common.progress import Progress
from ai_coder.scanner.walk import read_tree

Files = dict[str, str]


def make(root: Path, files: Files) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def kept(root: Path) -> set[str]:
    tree = read_tree(root, Progress("", mode="none"))
    return {file.name for file in tree.files if not file.name.endswith("ignore")}


def test_later_rules_win_and_negation_takes_back(tmp_path: Path) -> None:
    make(tmp_path, {".gitignore": "*.log\n!keep.log\n", "a.log": "", "keep.log": "", "b.py": ""})
    assert kept(tmp_path) == {"keep.log", "b.py"}


def test_a_pruned_folder_cannot_be_reentered(tmp_path: Path) -> None:
    make(tmp_path, {".gitignore": "build/\n!build/keep.py\n", "build/keep.py": "", "build.py": ""})
    assert kept(tmp_path) == {"build.py"}


def test_content_of_a_folder_can_be_taken_back(tmp_path: Path) -> None:
    make(tmp_path, {".gitignore": "out/**\n!out/keep.py\n", "out/keep.py": "", "out/a.py": ""})
    assert kept(tmp_path) == {"out/keep.py"}


def test_nested_rules_are_relative_to_their_folder_and_win(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            ".gitignore": "*.tmp\n",
            "sub/.gitignore": "/only.py\n!*.tmp\n",
            "sub/only.py": "",
            "sub/deep/only.py": "",
            "sub/a.tmp": "",
            "a.tmp": "",
            "only.py": "",
        },
    )
    assert kept(tmp_path) == {"only.py", "sub/deep/only.py", "sub/a.tmp"}


def test_taking_back_a_folder_does_not_take_back_what_is_in_it(tmp_path: Path) -> None:
    make(
        tmp_path,
        {".gitignore": "*.log\n", "a/.gitignore": "!keep\n", "a/keep/x.log": "", "a/keep/x": ""},
    )
    assert kept(tmp_path) == {"a/keep/x"}


def test_a_rule_for_folders_spares_files(tmp_path: Path) -> None:
    make(tmp_path, {".gitignore": "cache/\n", "x/cache": "", "y/cache/a": ""})
    assert kept(tmp_path) == {"x/cache"}


def test_own_file_wins_over_git(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            ".gitignore": "gen.py\n",
            "sub/.gitignore": "!data.py\n",
            ".ai_coder_ignore": "!gen.py\ndata.py\n",
            "gen.py": "",
            "sub/data.py": "",
        },
    )
    assert kept(tmp_path) == {"gen.py"}


def test_git_folder_and_its_exclude_file(tmp_path: Path) -> None:
    make(tmp_path, {".git/info/exclude": "secret\n", ".git/config": "", "secret": "", "a": ""})
    assert kept(tmp_path) == {"a"}


def test_rules_of_the_work_tree_around_hold(tmp_path: Path) -> None:
    make(tmp_path, {".git/HEAD": "", ".gitignore": "/src/gen/\n", "src/gen/a": "", "src/b": ""})
    assert kept(tmp_path / "src") == {"b"}


def test_an_ignored_folder_is_scanned_when_asked_for(tmp_path: Path) -> None:
    make(tmp_path, {".git/HEAD": "", ".gitignore": "*\n", "mine/.gitignore": "b\n"})
    make(tmp_path, {"mine/a": "", "mine/b": ""})
    assert kept(tmp_path / "mine") == {"a"}


def test_odd_lines_are_passed_over(tmp_path: Path) -> None:
    rules = "\ufeff# comment\r\n\r\n/\n!/\n[\n\\#x\nspaced\\ \ntrailing   \nb.py\r\n"
    make(tmp_path, {".gitignore": rules, "#x": "", "spaced ": "", "trailing": "", "b.py": ""})
    make(tmp_path, {"c.py": ""})
    assert kept(tmp_path) == {"c.py"}


@pytest.mark.skipif(os.name == "nt" or shutil.which("git") is None, reason="needs git")
def test_agrees_with_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    make(
        tmp_path,
        {
            ".gitignore": "*\n!*/\n!*.py\n!/docs/**\n/docs/private/\nfoo/**/bar\n**/deep/*.py\n",
            "a/.gitignore": "!b*\n*.py\n!x.py\nq[!a-c].py\n*/\n!keep/\n",
            "a/keep/.gitignore": "*/\n!inner\n",
            "docs/.gitignore": "a/**/\n!a/b/\n*.m?\n",
        },
    )
    names = ("x.py", "bar", "qd.py", "qa.py", "t.md")
    folders = ("", "a/", "a/b/", "a/keep/", "a/keep/inner/", "a/keep/other/", "deep/", "foo/1/2/")
    more = ("docs/", "docs/a/", "docs/a/b/", "docs/a/c/", "docs/private/", "x/deep/", "foo/")
    for folder in (*folders, *more):
        for name in names:
            if not (tmp_path / folder / name).exists():
                make(tmp_path, {folder + name: ""})
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert kept(tmp_path) == {name for name in listed if not name.endswith("ignore")}
    assert len(listed) > 10
