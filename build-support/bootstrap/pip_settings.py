"""Prints pip's settings for Pants, which does not read them itself.

The first line is a JSON list of the find-links that are folders, for offer_wheels.py. Each further
line is an environment variable, as NAME=VALUE.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import url2pathname


def read_pip_settings() -> dict[str, str]:
    """What pip goes by; of a setting made more than once, what `pip install` takes."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    listing = subprocess.run(
        [*pip, "config", "list"], check=True, stdout=subprocess.PIPE, universal_newlines=True
    ).stdout
    found = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.rpartition(".")
        found[section, option] = ast.literal_eval(value).strip()
    return {
        option: value
        for wanted in ("global", "install", ":env:")
        for (section, option), value in found.items()
        if section == wanted
    }


def absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))


def indexes(settings: dict[str, str]) -> str:
    """The option of Pants, or nothing where pip adds nothing to what pants.toml says."""
    index, extra = settings.get("index-url", ""), settings.get("extra-index-url", "").split()
    if settings.get("no-index", "").lower() in ("1", "true", "t", "yes", "y", "on"):
        return "[]"
    if index and index.rstrip("/") != "https://pypi.org/simple":
        return json.dumps([index, *extra])
    return "+" + json.dumps(extra) if extra else ""


def find_links(settings: dict[str, str]) -> list[str]:
    """All as URLs: Pants takes no plain paths."""
    return [
        link if "://" in link or link.startswith("file:") else Path(absolute(link)).as_uri()
        for link in settings.get("find-links", "").split()
    ]


def main() -> None:
    settings = read_pip_settings()
    links = find_links(settings)
    folders = [url2pathname(link[len("file://") :]) for link in links if link[:8] == "file:///"]
    print(json.dumps(folders))
    variables = {
        "PANTS_PYTHON_REPOS_INDEXES": indexes(settings),
        "PANTS_PYTHON_REPOS_FIND_LINKS": "+" + json.dumps(links) if links else "",
        "PANTS_CA_CERTS_PATH": absolute(settings["cert"]) if settings.get("cert") else "",
    }
    for name, value in variables.items():
        if value:
            print(f"{name}={value}")


if __name__ == "__main__":
    main()
