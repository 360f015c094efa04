"""Which paths of a tree its ignore files exclude, with Git's semantics."""

from __future__ import annotations

import re
import stat
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

GIT_FILE = ".gitignore"
OWN_FILE = ".ai_coder_ignore"

# In a pattern's expression: a set of what may not be there, which Git lets match no slash either.
_NEGATED = re.compile(r"(?<!\\)\[\^(?!/\])")
# A star and what follows it, up to the next star in the same name.
_STAR = re.compile(
    r"""\[\^/\]\*
        ( (?: \\. | \[\^[^]\[\\]+\](?!\*) | \[[^]\[/\\]+\] | [^]\[()/\\|*+?] )+ )
        (?=\[\^/\]\*)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class _Rule:
    regex: re.Pattern[str]
    ignores: bool
    only_folders: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        if self.only_folders and not is_folder:
            return False
        match = self.regex.search(path)
        # pathspec also matches what lies below a matched folder, and marks that. Git does not:
        # there a folder is pruned, or a later rule took it back and its content is judged anew.
        return match is not None and not match.groupdict().get("ps_d")


@dataclass(frozen=True)
class _Layer:
    """The rules of one file; they hold for paths that start with *base*."""

    base: str
    rules: tuple[_Rule, ...]

    def verdict(self, path: str, is_folder: bool) -> bool | None:
        relative = path[len(self.base) :]
        for rule in reversed(self.rules):
            if rule.matches(relative, is_folder):
                return rule.ignores
        return None


@dataclass(frozen=True)
class IgnoreRules:
    """The rules in force in the folder *base*, a path that is empty or ends in a slash.

    Paths have forward slashes and are relative to the top: the work tree of Git that holds the
    scanned folder, or that folder itself.
    """

    base: str = ""
    git: tuple[_Layer, ...] = ()
    own: tuple[_Layer, ...] = ()

    def ignores(self, name: str, is_folder: bool) -> bool:
        """Whether the entry *name* of this folder is excluded."""
        if name == ".git":
            return True
        path = self.base + name
        for layer in (*reversed(self.own), *reversed(self.git)):
            verdict = layer.verdict(path, is_folder)
            if verdict is not None:
                return verdict
        return False

    def below(self, name: str) -> IgnoreRules:
        """The rules for the folder *name* of this one, before its own files are read."""
        return replace(self, base=f"{self.base}{name}/")

    def reading(self, folder: Path) -> IgnoreRules:
        """These rules with those that *folder*, at `base`, brings itself.

        Raises `OSError` where a rule file exists and cannot be read.
        """
        git, own = _rules(folder / GIT_FILE), _rules(folder / OWN_FILE)
        if not git and not own:
            return self
        return replace(
            self,
            git=(*self.git, _Layer(self.base, git)),
            own=(*self.own, _Layer(self.base, own)),
        )


def rules_around(folder: Path) -> IgnoreRules:
    """The rules for the absolute *folder* from the Git work tree around it, if there is one.

    A folder that its work tree ignores is not Git's concern, so it gets no rules from there.
    Raises `OSError` where a rule file exists and cannot be read.
    """
    top = next((at for at in (folder, *folder.parents) if (at / ".git").exists()), None)
    if top is None:
        return IgnoreRules()
    rules = IgnoreRules(git=(_Layer("", _rules(top / ".git" / "info" / "exclude")),))
    at = top
    for name in folder.relative_to(top).parts:
        rules = rules.reading(at)
        if rules.ignores(name, is_folder=True):
            return IgnoreRules()
        rules, at = rules.below(name), at / name
    return rules


def _rules(file: Path) -> tuple[_Rule, ...]:
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            return ()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    # Names of files come from the system with the same error handler, so they compare equal.
    text = file.read_bytes().decode("utf-8-sig", "surrogateescape")
    return tuple(rule for line in text.split("\n") if (rule := _rule(line)) is not None)


def _rule(line: str) -> _Rule | None:
    # Imported here: --help and --version do without it.
    from pathspec.patterns.gitignore.base import GitIgnorePatternError
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    line = line.removesuffix("\r")
    if not line.endswith("\\ "):
        line = line.rstrip(" ")
    only_folders = line.endswith("/")
    with warnings.catch_warnings():
        # The doubtful sets of other people's patterns are not this program's warnings.
        warnings.simplefilter("ignore")
        try:
            pattern = GitIgnoreSpecPattern(line.removesuffix("/"))
        except (GitIgnorePatternError, re.error):
            return None  # Git too passes over what it cannot understand.
        if pattern.include is None or pattern.regex is None:
            return None
        # The first place where it fits is as good as any later one. Not to try those makes the
        # difference between at once and never, with some tens of stars.
        text = _STAR.sub(r"(?>[^/]*?\1)", _NEGATED.sub("[^/", pattern.regex.pattern))
        return _Rule(re.compile(text, pattern.regex.flags), pattern.include, only_folders)
