from __future__ import annotations

import json
from typing import Any

import pytest

from pants_freeze.locked import Missing, Unlocked, locked

HOST = "https://files.pythonhosted.org/packages/"


def distribution(name: str, *requires: str, version: str = "1", url: str = "") -> dict[str, Any]:
    url = url or f"{HOST}{name}-{version}.whl"
    return {
        "project_name": name,
        "version": version,
        "requires_dists": list(requires),
        "artifacts": [{"algorithm": "sha256", "hash": f"of-{name}-{version}", "url": url}],
    }


def lock(*distributions: dict[str, Any], marker: str | None = None, **more: Any) -> bytes:
    resolve = {"locked_requirements": list(distributions), "marker": marker}
    return json.dumps({"requirements": [], "locked_resolves": [resolve], **more}).encode()


def lines(content: bytes, *roots: str) -> list[str]:
    """The requirements without their hashes."""
    text = locked(content, "a.lock", roots).text
    return [line for line in text.replace(" \\\n    --hash", " --hash").splitlines() if line]


def test_only_what_is_needed() -> None:
    content = lock(distribution("A_b", "c>=1"), distribution("c"), distribution("d"))
    assert locked(content, "a.lock", ["a.B>=1"]).text == (
        "a-b==1 \\\n    --hash=sha256:of-A_b-1\nc==1 \\\n    --hash=sha256:of-c-1\n"
    )


def test_all_that_a_lockfile_was_made_for() -> None:
    content = lock(distribution("a"), distribution("b"), requirements=["b"])
    assert locked(content, "a.lock").text == "b==1 \\\n    --hash=sha256:of-b-1\n"


@pytest.mark.parametrize(
    ("roots", "marker"),
    [
        (["a"], ' ; os_name == "nt" and sys_platform == "win32"'),
        (["b"], ' ; sys_platform == "darwin"'),
        (["a", "b"], ' ; os_name == "nt" and sys_platform == "win32" or sys_platform == "darwin"'),
        (["a", "c"], ""),
        (['c; python_version < "3.10"'], ' ; python_version < "3.10"'),
    ],
)
def test_markers_on_the_way(roots: list[str], marker: str) -> None:
    content = lock(
        distribution("a", 'm; os_name == "nt"'),
        distribution("m", 'c; sys_platform == "win32"'),
        distribution("b", 'c; sys_platform == "darwin" and extra != "x"'),
        distribution("c"),
    )
    (line,) = [each for each in lines(content, *roots) if each.startswith("c==")]
    assert line == f"c==1{marker} --hash=sha256:of-c-1"


def test_extras() -> None:
    content = lock(
        distribution("a", 'b; extra == "more" and os_name == "nt"', 'c; extra == "other"'),
        distribution("b"),
        distribution("c"),
    )
    assert lines(content, "a") == ["a==1 --hash=sha256:of-a-1"]
    assert lines(content, "a[more]") == [
        "a==1 --hash=sha256:of-a-1",
        'b==1 ; os_name == "nt" --hash=sha256:of-b-1',
    ]


def test_a_circle_ends() -> None:
    content = lock(distribution("a", "b"), distribution("b", 'a; os_name == "nt"'))
    assert len(lines(content, "a")) == 2


def test_what_a_lockfile_has_not_for_another_platform_is_told() -> None:
    content = lock(distribution("a", 'colorama>=0.4; sys_platform == "win32"'))
    assert locked(content, "a.lock", ["a"]).missing == (
        Missing("colorama", 'sys_platform == "win32"', "a"),
    )


def test_two_resolves_of_one_lockfile() -> None:
    linux, other = 'sys_platform == "linux"', 'sys_platform != "linux"'
    url = "https://example.org/t-1+cpu.whl"
    content = json.dumps(
        {
            "requirements": ["t"],
            "locked_resolves": [
                {
                    "locked_requirements": [distribution("t", version="1+cpu", url=url)],
                    "marker": linux,
                },
                {"locked_requirements": [distribution("t")], "marker": other},
            ],
        }
    ).encode()
    assert lines(content, "t") == [
        f"--find-links {url}",
        f"t==1 ; {other} --hash=sha256:of-t-1",
        f"t==1+cpu ; {linux} --hash=sha256:of-t-1+cpu",
    ]


def test_artifacts_of_one_release_in_two_resolves() -> None:
    resolves = []
    for system in ("linux", "darwin"):
        each = distribution("t")
        each["artifacts"][0]["hash"] = f"for-{system}"
        resolves.append(
            {"locked_requirements": [each], "marker": f'sys_platform == "{system}"'},
        )
    content = json.dumps({"requirements": ["t"], "locked_resolves": resolves}).encode()
    assert lines(content, "t") == [
        't==1 ; sys_platform == "darwin" or sys_platform == "linux"'
        " --hash=sha256:for-darwin --hash=sha256:for-linux",
    ]


def test_what_no_other_machine_can_download() -> None:
    content = lock(distribution("a", url="file:///home/me/a-1.whl"))
    with pytest.raises(Unlocked, match=r"a\.lock has a from file:///home/me/a-1\.whl"):
        locked(content, "a.lock", ["a"])


@pytest.mark.parametrize("content", [b"requests==2\n", b"[]", b"{}"])
def test_no_lockfile(content: bytes) -> None:
    with pytest.raises(Unlocked, match=r"a\.lock is no lockfile of Pex; generate it"):
        locked(content, "a.lock", [])
