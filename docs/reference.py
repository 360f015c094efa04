"""Writes the reference from what the backend tells Pants about itself.

./pants help-all | python3.11 docs/reference.py > docs/reference.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

BACKEND = "pants_freeze"

_HEAD = """\
# Reference

<!-- Written by `./pants help-all | python3.11 docs/reference.py`: change help texts instead. -->

What `./pants help` tells of each target, field, goal and option.
"""
# Of Pants, and the same for every target.
_EVERYWHERE = ("tags", "description")


@dataclass(frozen=True)
class _Entry:
    """A field or an option: its ``title`` in Markdown, what it may be, and what it is for."""

    name: str
    title: str
    kind: str
    text: str


@dataclass(frozen=True)
class _Told:
    """What was told already, and of what: what several have in common is told once."""

    owners: dict[tuple[str, str], str] = field(default_factory=dict)

    def section(self, owner: str, entries: Iterable[_Entry]) -> Iterator[str]:
        same: dict[str, list[str]] = {}
        own = []
        for entry in entries:
            # What tells one tool's option from another's is the name of the tool.
            key = (entry.name, entry.text.replace(owner, ""))
            first = self.owners.setdefault(key, owner)
            if first == owner:
                own.append(entry)
            else:
                same.setdefault(first, []).append(entry.name)
        for other, names in same.items():
            links = ", ".join(f"[`{name}`](#{other}.{name})" for name in sorted(names))
            yield f"As for `{other}`: {links}.\n"
        for entry in own:
            yield f'#### <a name="{owner}.{entry.name}"></a>{entry.title}\n'
            yield f"{entry.kind}\n"
            yield _text(entry.text)


def reference(told: dict[str, Any]) -> str:
    """The reference in Markdown; *told* is the JSON of `./pants help-all`."""
    scopes = _ours(told["scope_to_help_info"])
    parts = [_HEAD, "## Targets\n"]
    fields = _Told()
    # The one with the most fields is the one that the others are explained by.
    targets = sorted(
        _ours(told["name_to_target_type_info"]).items(),
        key=lambda each: (-len(each[1]["fields"]), each[0] != "pyinstaller_binary"),
    )
    for name, info in targets:
        parts += [f"### `{name}`\n", _text(info["description"])]
        parts += fields.section(name, _fields(info))
    parts.append("## Goals\n")
    options = _Told()
    for name, goal in _ours(told["name_to_goal_info"]).items():
        parts += [f"### `./pants {name}`\n", _text(goal["description"])]
        parts += options.section(name, _options(scopes[name]))
    parts.append("## Options\n")
    for name, scope in scopes.items():
        if not scope["is_goal"]:
            parts += [f"### `[{name}]`\n", _text(scope["description"])]
            parts += options.section(name, _options(scope))
    return "\n".join(parts)


def _ours(infos: dict[str, Any]) -> dict[str, Any]:
    return {name: infos[name] for name in sorted(infos) if infos[name]["provider"] == BACKEND}


def _fields(info: dict[str, Any]) -> Iterator[_Entry]:
    for each in sorted(info["fields"], key=lambda each: (not each["required"], each["alias"])):
        alias = each["alias"]
        if alias not in _EVERYWHERE:
            kind = each["type_hint"].removesuffix(" | None")
            # Of a field Pants tells the default as text.
            default = "required" if each["required"] else f"default `{each['default']}`"
            yield _Entry(alias, f"`{alias}`", f"`{kind}`, {default}", each["description"])


def _options(scope: dict[str, Any]) -> Iterator[_Entry]:
    for each in (*scope["basic"], *scope["advanced"]):
        key = each["config_key"]
        choices = f", one of {each['comma_separated_choices']}" if each["choices"] else ""
        default = "None" if each["default"] is None else json.dumps(each["default"])
        kind = f"`{each['display_args'][0]}`{choices}, default `{default}`"
        yield _Entry(key, f"`{key}`", kind, each["help"])


def _text(text: str) -> str:
    """*text* without spaces at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference(json.load(sys.stdin)))
