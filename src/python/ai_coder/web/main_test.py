from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ai_coder.web.conftest import Reply, Site
from ai_coder.web.document import Document
from ai_coder.web.main import main


def acquire(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    options = ("--allow-private", "--delay", "0", "--retries", "0")
    code = main([*options, *(str(each) for each in arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_documents_are_written(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages["/"] = Reply("<title>T</title>text é")
    folder = tmp_path / "new" / "data"
    arguments = ("--url", f"{site.url}/", "--output", folder, "--format", "json")
    code, out, err = acquire(capsys, *arguments)
    report = json.loads(out)
    assert (code, err, report["schema"]) == (0, "", 1)
    assert (report["failures"], report["skipped"]) == ([], [])
    (file,) = folder.iterdir()
    assert report["documents"] == [
        {"url": f"{site.url}/", "title": "T", "characters": 6, "file": file.name}
    ]
    document = json.loads(file.read_text())
    assert document["schema"] == 1
    assert document["text"] == "text é"
    assert document["sha256"] == hashlib.sha256("text é".encode()).hexdigest()
    before = file.read_bytes()
    assert acquire(capsys, *arguments)[1] == out
    assert file.read_bytes() == before


def test_one_failure_among_several(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages["/good"] = Reply("<title>Good\x1b[2J</title>x")
    code, out, err = acquire(
        capsys, "--url", f"{site.url}/bad", "--url", f"{site.url}/good", "--output", tmp_path
    )
    assert (code, err) == (5, "")
    assert "1 document in" in out
    assert f"{site.url}/bad answers 404" in out
    assert "\x1b" not in out
    assert len(list(tmp_path.iterdir())) == 1


def test_all_failed(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = acquire(capsys, "--url", f"{site.url}/bad", "--output", tmp_path / "data")
    assert code == 5
    assert "Failed (1)" in out
    assert not (tmp_path / "data").exists()


def test_private_addresses_are_refused_by_default(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--url", f"{site.url}/", "--output", str(tmp_path)]) == 5
    assert "not a public address" in capsys.readouterr().out
    assert site.requests == []


def test_a_wrong_url_stops_before_anything_is_fetched(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages["/"] = Reply("x")
    urls = ("--url", f"{site.url}/", "--url", "ftp://x")
    code, out, err = acquire(capsys, *urls, "--output", tmp_path)
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert site.requests == []


def test_a_folder_that_cannot_be_written_is_one_line(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages["/"] = Reply("x")
    (tmp_path / "file").write_text("")
    code, out, err = acquire(capsys, "--url", f"{site.url}/", "--output", tmp_path / "file")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert "cannot write" in err


def test_the_default_folder_is_the_shared_one(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AI_CODER_HOME", str(tmp_path))
    site.pages["/"] = Reply("x")
    acquire(capsys, "--url", f"{site.url}/")
    assert len(list((tmp_path / "shared" / "data").iterdir())) == 1


def test_depth_progress_and_skips(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages["/"] = Reply('<a href="/a">a</a><a href="/gone">b</a>')
    site.pages["/a"] = Reply("a")
    options = ("--depth", "1", "--progress", "json", "--output", tmp_path)
    code, out, err = acquire(capsys, "--url", f"{site.url}/", *options)
    assert code == 0
    assert "Skipped (1)" in out
    assert json.loads(err.splitlines()[-1])["progress"]["done"] == 2


@pytest.mark.parametrize(
    "option",
    [
        ("--depth", "-1"),
        ("--max-pages", "0"),
        ("--timeout", "0"),
        ("--delay", "nan"),
        ("--deadline", "inf"),
        ("--max-bytes", "much"),
    ],
)
def test_senseless_numbers_are_refused(option: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--url", "https://example.org", *option])
    assert stopped.value.code == 2


def test_file_names_are_readable_and_differ_by_url() -> None:
    names = {
        Document(url, url, "", "", "text/html").file_name
        for url in (
            "https://example.org/A/b.html",
            "https://example.org/a/b.html",
            "https://example.org/a/b.html?page=2",
            "https://example.org/" + "x" * 500,
        )
    }
    assert len(names) == 4
    assert all(name.startswith("example-org-") and len(name) < 120 for name in names)


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_start_quickly(option: str) -> None:
    program = (
        "import sys\nfrom ai_coder.web.main import main\n"
        f"try: main([{option!r}])\nexcept SystemExit: pass\n"
        "print(*{'networkx', 'pathspec', 'requests', 'urllib3', 'bs4'} & set(sys.modules), "
        "file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stderr.strip() == ""
    assert "ai-coder-web" in done.stdout
