"""Workflows, containers and shell scripts, held against the linters of their trades.

Each linter is also given what is wrong: one that finds nothing anywhere would pass as well.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ("ci.yml", "release.yml")
SCRIPTS = (".ci/run", "pants", "tests/containers/bare.sh")
# A tag can be moved to other code; a commit cannot. The tag is for people, and for updates.
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def complaints(program: str, *arguments: str, cwd: Path = ROOT) -> str:
    """What *program*, which this test's requirements bring along, has against files in *cwd*.

    It is empty only if the program says by its exit status that all is well.
    """
    tools = Path(sys.executable).parent
    done = subprocess.run(
        [tools / program, *arguments],
        cwd=cwd,
        env={"PATH": str(tools)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 0:
        return ""
    return done.stdout + done.stderr or f"{program} ended with {done.returncode}"


def lint_workflow(folder: Path, name: str) -> str:
    """What actionlint, and shellcheck for the steps, have against a workflow in *folder*."""
    return complaints(
        "actionlint",
        "-oneline",
        "-pyflakes=",
        "-shellcheck=shellcheck",
        f".github/workflows/{name}",
        cwd=folder,
    )


def against_schema(schema: str, *files: str, cwd: Path = ROOT) -> str:
    """What contradicts the published JSON schema of that name."""
    return complaints(
        "check-jsonschema", f"--builtin-schema=vendor.{schema}", "--color=never", *files, cwd=cwd
    )


def copy_with(text: str, wrong: str, path: str, folder: Path) -> None:
    """Copy the file at *path* to *folder*, with *wrong* where it says *text*."""
    right = (ROOT / path).read_text(encoding="utf-8")
    assert text in right
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(right.replace(text, wrong), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the workflows, where actionlint looks for actions of the repository's own."""
    (tmp_path / ".git").mkdir()
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    return tmp_path


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows(project: Path, name: str) -> None:
    assert lint_workflow(project, name) == ""
    assert against_schema("github-workflows", f".github/workflows/{name}") == ""


@pytest.mark.parametrize(
    ("name", "text", "wrong", "complaint"),
    [
        ("ci.yml", "  pull_request:\n", "  pull_requests:\n", "[events]"),
        ("ci.yml", "runs-on: ubuntu-24.04", "runs-on: ubuntu-24.4", "[runner-label]"),
        ("ci.yml", "remote-cache:", "remote-cash:", "[action]"),
        ("ci.yml", "github.event_name", "github.event_nam", "[expression]"),
        # Whoever names a branch would run commands here.
        ("ci.yml", "origin/$BASE", "origin/${{ github.head_ref }}", "potentially untrusted"),
        ("ci.yml", '"$GITHUB_STEP_SUMMARY"', "$GITHUB_STEP_SUMMARY", "SC2086"),
        ("release.yml", "needs: [linux, macos]", "needs: [linus, macos]", "[job-needs]"),
        ("release.yml", "contents: write", "contents: rite", "[permissions]"),
        ("release.yml", "package //:distribution", "package :: #: ", "[syntax-check]"),
    ],
)
def test_a_wrong_workflow(project: Path, name: str, text: str, wrong: str, complaint: str) -> None:
    copy_with(text, wrong, f".github/workflows/{name}", project)
    assert complaint in lint_workflow(project, name)


def test_actions_are_pinned() -> None:
    files = [*(ROOT / ".github").rglob("*.yml")]
    used = [
        line.split("uses: ", 1)[1]
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if "uses: " in line
    ]
    elsewhere = [each for each in used if not each.startswith("./.github/")]
    assert len(elsewhere) > 5
    assert [each for each in elsewhere if not PINNED.fullmatch(each)] == []


def test_only_a_release_may_write() -> None:
    texts = {
        name: (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
        for name in WORKFLOWS
    }
    assert all("\npermissions:\n  contents: read\n\n" in text for text in texts.values())
    written = {name: re.findall(r"^ +([\w-]+): write$", texts[name], re.M) for name in WORKFLOWS}
    assert written == {"ci.yml": [], "release.yml": ["contents"]}


def test_the_action_and_its_updates() -> None:
    assert against_schema("github-actions", ".github/actions/pants/action.yml") == ""
    assert against_schema("dependabot", ".github/dependabot.yml") == ""


def test_a_wrong_action(tmp_path: Path) -> None:
    path = ".github/actions/pants/action.yml"
    copy_with("using: composite", "using: composition", path, tmp_path)
    assert "composition" in against_schema("github-actions", path, cwd=tmp_path)


def test_dockerfile() -> None:
    assert complaints("hadolint", "--no-color", "Dockerfile") == ""


@pytest.mark.parametrize(
    ("text", "wrong", "complaint"),
    [
        ("WORKDIR /src", "WORKDIR src", "DL3000"),
        ("--no-install-recommends", "", "DL3015"),
        ("USER 65534:65534", "USERS 65534:65534", "missing whitespace"),
    ],
)
def test_a_wrong_dockerfile(tmp_path: Path, text: str, wrong: str, complaint: str) -> None:
    copy_with(text, wrong, "Dockerfile", tmp_path)
    assert complaint in complaints("hadolint", "--no-color", "Dockerfile", cwd=tmp_path)


def test_compose_file() -> None:
    assert against_schema("compose-spec", "compose.yaml") == ""
    stages = re.findall(r"^FROM .* AS (\w+)$", (ROOT / "Dockerfile").read_text(), re.M)
    target = re.search(r"^ +target: (\w+)$", (ROOT / "compose.yaml").read_text(), re.M)
    assert target
    assert target[1] in stages


def test_a_wrong_compose_file(tmp_path: Path) -> None:
    copy_with("network_mode:", "network_mood:", "compose.yaml", tmp_path)
    assert "network_mood" in against_schema("compose-spec", "compose.yaml", cwd=tmp_path)


@pytest.mark.parametrize("path", SCRIPTS)
def test_scripts(path: str) -> None:
    assert complaints("shellcheck", path) == ""


def test_a_wrong_script(tmp_path: Path) -> None:
    copy_with('"$@"', "$@", "tests/containers/bare.sh", tmp_path)
    assert "SC2068" in complaints("shellcheck", "tests/containers/bare.sh", cwd=tmp_path)
