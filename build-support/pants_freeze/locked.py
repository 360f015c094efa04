"""A lockfile of Pex -> the requirements of one program for pip, with hashes, for every platform.

pip reads ``NAME==VERSION ; MARKER --hash=sha256:...``: which of them a platform needs is said by
markers, which are those on the way from what a program asks for to what it gets.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pants_freeze.sandbox.environment import normalize_name

# Its artifacts are found by name and hash; others must be named.
_INDEX = "https://files.pythonhosted.org/"

# A condition is alternatives, each a set of markers that all must hold; an empty one always does.
_ALWAYS: frozenset[frozenset[str]] = frozenset({frozenset()})
_NEVER: frozenset[frozenset[str]] = frozenset()

# More alternatives than these say nothing that fewer would not: then all platforms get it.
_MOST_ALTERNATIVES = 16


class Unlocked(Exception):
    """A lockfile does not say what pip needs; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Missing:
    """A requirement that a lockfile does not have, for platforms for which it was not made.

    ``marker`` is empty if every platform needs it.
    """

    name: str
    marker: str
    needed_by: str


@dataclass(frozen=True)
class Locked:
    """``text`` is a requirements file for pip; ``missing`` is what is not in it, sorted."""

    text: str
    missing: tuple[Missing, ...]


def locked(
    lockfile: bytes, path: str, roots: Iterable[str] | None = None, marker: str = ""
) -> Locked:
    """What *roots*, requirement strings, need of *lockfile*, the file at *path*.

    Without *roots*, all that it was made for; with *marker*, where that holds. Raises `Unlocked`.
    """
    # That of Pants 2.17 calls functions of pyparsing by old names.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"packaging\.")
    try:
        content = json.loads(lockfile)
        resolves = content["locked_resolves"]
        wanted = list(content["requirements"] if roots is None else roots)
    except (ValueError, KeyError, TypeError):
        raise Unlocked(
            f"{path} is no lockfile of Pex; generate it with `./pants generate-lockfiles`"
        ) from None
    conditions: dict[tuple[str, str], frozenset[frozenset[str]]] = {}
    # Resolves for different systems have different artifacts of one release.
    artifacts: dict[tuple[str, str], list[Any]] = {}
    missing: dict[Missing, None] = {}
    for resolve in resolves:
        start = _ALWAYS
        for condition in filter(None, (marker, resolve.get("marker"))):
            start = _both(start, _holds(condition, frozenset()))
        distributions = {
            normalize_name(each["project_name"]): each for each in resolve["locked_requirements"]
        }
        needs, absent = _needed(wanted, distributions, start)
        missing.update(dict.fromkeys(absent))
        for name, needed in needs.items():
            each = distributions[name]
            key = (name, each["version"])
            conditions[key] = _either(conditions.get(key, _NEVER), needed)
            artifacts.setdefault(key, []).extend(each["artifacts"])
    links = {link for each in artifacts.values() for link in _links(each)}
    text = [f"--find-links {link}" for link in sorted(links)]
    text += [
        _line(path, key, artifacts[key], condition) for key, condition in sorted(conditions.items())
    ]
    return Locked("".join(f"{line}\n" for line in text), tuple(sorted(missing, key=_order)))


def _order(each: Missing) -> tuple[str, str, str]:
    return each.name, each.marker, each.needed_by


def _needed(
    roots: Iterable[str], distributions: Mapping[str, Any], start: frozenset[frozenset[str]]
) -> tuple[dict[str, frozenset[frozenset[str]]], list[Missing]]:
    """The condition of each of *distributions* that *roots* need, and what is not among them."""
    found: dict[tuple[str, str], frozenset[frozenset[str]]] = {}
    absent: dict[tuple[str, str], frozenset[frozenset[str]]] = {}
    left: list[tuple[str, str, str, frozenset[frozenset[str]]]] = []

    def ask(text: str, extras: frozenset[str], by: str, within: frozenset[frozenset[str]]) -> None:
        from packaging.requirements import Requirement  # pants: no-infer-dep

        requirement = Requirement(text)
        condition = within
        if requirement.marker:
            condition = _both(within, _holds(str(requirement.marker), extras))
        if condition:
            name = normalize_name(requirement.name)
            # Without an extra it is installed, too.
            left.extend((name, extra, by, condition) for extra in ("", *sorted(requirement.extras)))

    for root in roots:
        ask(root, frozenset(), "the program", start)
    while left:
        name, extra, by, condition = left.pop()
        if name not in distributions:
            absent[name, by] = _either(absent.get((name, by), _NEVER), condition)
            continue
        before = found.get((name, extra), _NEVER)
        after = _either(before, condition)
        if after == before:
            continue
        found[name, extra] = after
        each = distributions[name]
        for text in each["requires_dists"]:
            ask(text, frozenset({normalize_name(extra)}), name, condition)
    needs = {name: condition for (name, extra), condition in found.items() if not extra}
    return needs, [
        Missing(name, _marker(condition), by) for (name, by), condition in absent.items()
    ]


def _holds(marker: str, extras: frozenset[str]) -> frozenset[frozenset[str]]:
    """When *marker* holds where *extras* are asked for."""
    from packaging.markers import Marker  # pants: no-infer-dep

    return _of_tree(Marker(marker)._markers, extras)


def _of_tree(tree: Any, extras: frozenset[str]) -> frozenset[frozenset[str]]:
    if isinstance(tree, tuple):
        left, operator, right = tree
        if "extra" in (str(left), str(right)):
            value = right if str(left) == "extra" else left
            is_asked = normalize_name(str(value)) in extras
            return _ALWAYS if is_asked == (str(operator) == "==") else _NEVER
        return frozenset({frozenset({f"{left.serialize()} {operator} {right.serialize()}"})})
    # "and" binds closer than "or".
    alternatives, current = _NEVER, _ALWAYS
    for each in tree:
        if each == "or":
            alternatives, current = _either(alternatives, current), _ALWAYS
        elif each != "and":
            current = _both(current, _of_tree(each, extras))
    return _either(alternatives, current)


def _simple(alternatives: Iterable[frozenset[str]]) -> frozenset[frozenset[str]]:
    """*alternatives* without those that say no more than another."""
    alternatives = set(alternatives)
    kept = frozenset(
        each for each in alternatives if not any(other < each for other in alternatives)
    )
    return kept if len(kept) <= _MOST_ALTERNATIVES else _ALWAYS


def _either(
    left: frozenset[frozenset[str]], right: frozenset[frozenset[str]]
) -> frozenset[frozenset[str]]:
    return _simple(left | right)


def _both(
    left: frozenset[frozenset[str]], right: frozenset[frozenset[str]]
) -> frozenset[frozenset[str]]:
    return _simple(one | other for one in left for other in right)


def _marker(condition: frozenset[frozenset[str]]) -> str:
    """*condition* as a marker; empty if it always holds."""
    if condition == _ALWAYS:
        return ""
    return " or ".join(sorted(" and ".join(sorted(each)) for each in condition))


def _links(artifacts: Iterable[Any]) -> set[str]:
    urls = {artifact["url"] for artifact in artifacts}
    return {url for url in urls if url.startswith("https://") and not url.startswith(_INDEX)}


def _line(
    path: str, release: tuple[str, str], artifacts: list[Any], condition: frozenset[frozenset[str]]
) -> str:
    name, version = release
    wrong = [
        artifact["url"]
        for artifact in artifacts
        if not re.match(r"https://", artifact["url"]) or artifact["algorithm"] != "sha256"
    ]
    if wrong:
        raise Unlocked(
            f"{path} has {name} from {wrong[0]}, which no other machine can download and hold "
            "against a hash; lock a release of it, or build with `./pants package`"
        )
    marker = _marker(condition)
    hashes = sorted({f"--hash=sha256:{artifact['hash']}" for artifact in artifacts})
    first = f"{name}=={version}" + (f" ; {marker}" if marker else "")
    return " \\\n    ".join([first, *hashes])
