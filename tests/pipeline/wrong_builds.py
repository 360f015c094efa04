"""Wrong BUILD files, wrong files and wrong options, each with what has to be told of it.

Each case is what a repository with one program in it is changed to.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from pipeline.foreign import Repository

SOUND = {
    "src/app/BUILD": """
python_sources(name="lib")
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="app")
""",
    "src/app/main.py": "def main():\n    print('fine')\n",
}


class Told(Enum):
    """What shows that something is wrong, and so what may have run before it is told."""

    AT_ONCE = "from the graph"
    SCANNED = "from first-party code"
    LATE = "by freezing"


@dataclass(frozen=True)
class Case:
    """A repository that is wrong, and what must be in the message.

    ``files`` go over `SOUND`, and ``links``, path -> target, are symbolic links; ``in_field`` are
    fields of ``src/app:binary``, another way to say what the BUILD file is. ``status`` is how Pants
    ends.
    """

    told: tuple[str, ...]
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    in_field: str = ""
    args: tuple[str, ...] = ("package", "src/app:binary")
    when: Told = Told.AT_ONCE
    links: Mapping[str, str] = field(default_factory=dict)
    status: int = 1

    def repository_files(self) -> dict[str, str | bytes]:
        files = {**SOUND, **self.files}
        if self.in_field:
            build = files["src/app/BUILD"]
            assert isinstance(build, str)
            files["src/app/BUILD"] = build.replace(
                'output_path="app"', f'output_path="app", {self.in_field}'
            )
        return files


def put(repository: Repository, case: Case) -> None:
    """Make *repository* what *case* says."""
    files = case.repository_files()
    main = files["src/app/main.py"]
    if case.when is not Told.LATE and isinstance(main, str):
        # A name that no earlier run has seen, else what is frozen comes from the cache.
        name = f"a{uuid.uuid4().hex}"
        unseen = f"try:\n    from json import {name}\nexcept ImportError:\n    pass\n"
        files["src/app/main.py"] = main + unseen
    for path, text in files.items():
        if isinstance(text, str):
            repository.write({path: text})
        else:
            (repository.root / path).parent.mkdir(parents=True, exist_ok=True)
            (repository.root / path).write_bytes(text)
    for path, target in case.links.items():
        (repository.root / path).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, repository.root / path)


def binary(fields: str, *told: str, **files: str) -> Case:
    """A case of ``src/app:binary`` with *fields* only."""
    build = SOUND["src/app/BUILD"].replace('pex=":pex", output_path="app"', fields)
    return Case(("src/app:binary", *told), {"src/app/BUILD": build, **files})


def field_of(
    text: str,
    *told: str,
    files: Mapping[str, str | bytes] | None = None,
    links: Mapping[str, str] | None = None,
    when: Told = Told.AT_ONCE,
) -> Case:
    """A case of ``src/app:binary`` with the field that *text* is as well."""
    return Case(("src/app:binary", *told), files or {}, text, when=when, links=links or {})


def changed(
    old: str,
    new: str,
    *told: str,
    files: Mapping[str, str | bytes] | None = None,
    links: Mapping[str, str] | None = None,
    when: Told = Told.AT_ONCE,
) -> Case:
    """A case with *new* in the place of *old* in the BUILD file of ``src/app``."""
    build = SOUND["src/app/BUILD"]
    assert old in build
    changed_files = {"src/app/BUILD": build.replace(old, new), **(files or {})}
    return Case(told, changed_files, when=when, links=links or {})


def added(text: str, *told: str, args: tuple[str, ...] = ("package", "src/app:x")) -> Case:
    """A case of ``src/app`` with the targets *text*, one of them ``src/app:x``, as well."""
    return Case(told, {"src/app/BUILD": f"{SOUND['src/app/BUILD']}{text}\n"}, args=args)


def distribution(fields: str, *told: str, goal: str = "package") -> Case:
    """A case of a distribution ``//:dist`` with *fields*."""
    build = f'frozen_distribution(name="dist", {fields})\n'
    return Case(("//:dist", *told), {"BUILD": build}, args=(goal, "//:dist"))


TWO = """
python_sources()
pex_binary(name="pex", entry_point="{name}_main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="{name}"{fields})
"""


def two_programs(**files: str) -> dict[str, str]:
    """Two programs in two source roots, each with a resource of its own at one path."""
    made = dict(files)
    for name in ("left", "right"):
        private = ", private_runtime=True" if name == "right" else ""
        build = TWO.format(name=name, fields="")
        made[f"{name}/BUILD"] = (
            build.replace("python_sources()", 'python_sources(dependencies=[":data"])')
            + 'resources(name="data", sources=["settings/*.txt"])\n'
            + f'pyinstaller_binary(name="private", pex=":pex", output_path="{name}"{private})\n'
        )
        made[f"{name}/settings/value.txt"] = f"{name}\n"
        made[f"{name}/{name}_main.py"] = """
import os
import sys

def main():
    with open(os.path.join(sys._MEIPASS, "settings", "value.txt")) as file:
        print(file.read(), end="")
"""
    return made


OLD_AND_NEW = {
    f"{name}/{path}": text
    for name, resolve in (("left", "python-default"), ("right", "other"))
    for path, text in {
        "BUILD": TWO.format(name=name, fields="")
        .replace("python_sources()", f'python_sources(resolve="{resolve}")')
        .replace("main.py:main", f'main.py:main", resolve="{resolve}', 1),
        f"{name}_main.py": "import iniconfig\n\ndef main():\n    print(iniconfig.__name__)\n",
    }.items()
}

BOTH = """
frozen_distribution(
    name="dist", version="1.0", output_path="dist", archive="none", binaries=["{}", "{}"]
)
"""

CONFLICT = ("RuntimeConflict at //:dist", "left:binary", "right:binary", "`private_runtime=True`")

CASES: dict[str, Case] = {
    "pex: no such target": binary('pex=":nothing"', "`pex`", ":nothing"),
    "pex: another target": binary('pex=":lib"', "(pex)", "python_source", "name a `pex_binary`"),
    "pex: no entry point": Case(
        ("src/app:binary (pex)", "src/app:pex", "`entry_point`", "`script`"),
        {
            "src/app/BUILD": SOUND["src/app/BUILD"].replace(
                'entry_point="main.py:main"', 'dependencies=[":lib"]'
            )
        },
    ),
    "pex: missing": binary('output_path="app"', "'pex'"),
    "compression: of a folder": Case(
        ("src/app:binary (compression)", "'zstd'", '`layout="onefile"`', "`archive`"),
        in_field='compression="zstd"',
    ),
    "layout: one file in a distribution": Case(
        ("//:dist (binaries)", "src/app:binary", '`layout="folder"`', "`archive`"),
        {
            "BUILD": 'frozen_distribution(name="dist", version="1", binaries=["src/app:binary"])\n',
        },
        in_field='layout="onefile"',
        args=("package", "//:dist"),
    ),
    "oldest_glibc": Case(
        ("src/app:binary (oldest_glibc)", "'new' is no version of glibc; write one such as '2.28'"),
        in_field='oldest_glibc="new"',
    ),
    "optimize": Case(("src/app:binary (optimize)", "write 0, 1 or 2"), in_field="optimize=3"),
    "optimization_level": Case(
        ("'optimization_level'", "src/app:binary", "'highest'", "['high', 'low', 'medium']"),
        in_field='optimization_level="highest"',
    ),
    "target_platform: another": Case(
        ("src/app:binary (target_platform)", "'windows'", "'linux'", "`environment`"),
        in_field='target_platform="windows"',
    ),
    "hidden_imports: no name": Case(
        ("src/app:binary (hidden_imports)", "'not-a-name'", "write 'package.module'"),
        in_field='hidden_imports=["json", "not-a-name"]',
    ),
    "hidden_imports: not in the closure": Case(
        ("src/app:binary", "`hidden_imports`", "requests.api", "dependencies"),
        in_field='hidden_imports=["json", "requests.api"]',
        when=Told.LATE,
    ),
    "trim: no such list": Case(
        ("src/app:binary (trim)", "there is no file src/app/missing.trim"),
        in_field='trim=["missing.trim"]',
    ),
    "trim: no list": Case(
        ("src/app:binary (trim)", "'lists'", ".trim file"), in_field='trim=["lists"]'
    ),
    "trim: wrong lines": Case(
        (
            "src/app:binary (trim)",
            "src/app/a.trim: line 1: 'drop it' is no rule",
            "line 3: 'drop file b' has no reason",
        ),
        {"src/app/a.trim": "drop it\n\ndrop file b\n"},
        in_field='trim=["a.trim"]',
    ),
    "trim: nothing to drop": Case(
        ("src/app:binary", "'drop module requests'", "correct the line or remove it"),
        {"lists/a.trim": "drop module requests  # not in the closure\n"},
        in_field='trim=["//lists/a.trim"]',
        when=Told.LATE,
    ),
    "exercises: an open quote": Case(
        ("src/app:binary (exercises)", '"say \'a" is no command line: No closing quotation'),
        in_field='exercises=["say \'a"]',
    ),
    "exercises: none": Case(
        ("InvalidTarget at src/app:binary (exercises)", "set it to what users do"),
        args=("freeze-trim", "src/app:binary"),
    ),
    "datas: nothing matches": Case(
        ("src/app:binary (datas)", "no file matches 'src/app/missing/*.txt'"),
        in_field='datas=["missing/*.txt:data"]',
    ),
    "datas: no colon": Case(
        ("src/app:binary (datas)", "'assets'", "SOURCE:DESTINATION"), in_field='datas=["assets"]'
    ),
    "datas: out of the repository": Case(
        ("src/app:binary (datas)", "'../x.txt'", "'..'"), in_field='datas=["../x.txt:y"]'
    ),
    "datas: out of the runtime folder": Case(
        ("src/app:binary (datas)", "'../../y'", "'..'"), in_field='datas=["main.py:../../y"]'
    ),
    "datas: the place of a runtime file": Case(
        ("src/app:binary (datas)", "json/decoder.pyc", "CPython", "put it elsewhere"),
        {
            "src/app/decoder.pyc": "no bytecode",
            "src/app/main.py": "import json\n\ndef main():\n    print(json)\n",
        },
        in_field='datas=["decoder.pyc:json"]',
        when=Told.LATE,
    ),
    "datas: the place of a resource": Case(
        ("src/app:binary", "datas", "same.txt"),
        {
            "src/app/BUILD": SOUND["src/app/BUILD"].replace(
                'name="lib"', 'name="lib", dependencies=[":data"]'
            )
            + 'resources(name="data", sources=["same.txt"])\n',
            "src/app/same.txt": "a",
            "src/app/b/same.txt": "b",
        },
        in_field='datas=["b/same.txt:app"]',
    ),
    "runtime_hooks": Case(
        ("src/app:binary (runtime_hooks)", "src/app/missing.py"),
        in_field='runtime_hooks=["missing.py"]',
    ),
    "output_path: absolute": binary(
        'pex=":pex", output_path="/app"', "(output_path)", "'/app'", "relative"
    ),
    "output_path: out of dist": binary(
        'pex=":pex", output_path="a/../../b"', "(output_path)", "'..'"
    ),
    "console script": Case(
        ("src/app:binary", "no-such-script", "`entry_point`"),
        {
            "src/app/BUILD": SOUND["src/app/BUILD"].replace(
                'entry_point="main.py:main"', 'script="no-such-script"'
            )
        },
        when=Told.LATE,
    ),
    "syntax error": Case(
        ("src/app:binary", "app/main.py", "line 2"),
        {"src/app/main.py": "def main():\n    print('fine'\n"},
        when=Told.SCANNED,
    ),
    "entry point: no such file": Case(
        ("src/app:pex", "entry_point", "missing.py"),
        {"src/app/BUILD": SOUND["src/app/BUILD"].replace("main.py", "missing.py")},
    ),
    "binaries: another target": distribution(
        'version="1", binaries=["src/app:pex"]', "(binaries)", "src/app:pex", "`pyinstaller_binary`"
    ),
    "binaries: none": distribution('version="1", binaries=[]', "binaries"),
    "launcher: another target": distribution(
        'version="1", binaries=["src/app:binary"], launcher="src/app:pex"',
        "(launcher)",
        "src/app:pex",
        "`pyinstaller_binary`",
    ),
    "launcher: none to run": distribution(
        'version="1", binaries=["src/app:binary"]', "(launcher)", "run a program", goal="run"
    ),
    "version": distribution(
        'version="1 beta", binaries=["src/app:binary"]', "(version)", "'1 beta'", "'1.0.0'"
    ),
    "archive": distribution(
        'version="1", archive="rar", binaries=["src/app:binary"]', "archive", "'rar'", "tar.xz"
    ),
    "two executables of one name": Case(
        ("//:dist (binaries)", "src/app:binary", "src/other:binary", "'app'", "`output_path`"),
        {
            "src/other/BUILD": SOUND["src/app/BUILD"],
            "src/other/main.py": SOUND["src/app/main.py"],
            "BUILD": BOTH.format("src/app:binary", "src/other:binary"),
        },
        args=("package", "//:dist"),
    ),
    "two resources at one path": Case(
        (*CONFLICT, "settings/value.txt"),
        two_programs(BUILD=BOTH.format("left:binary", "right:binary")),
        args=("package", "//:dist"),
        when=Told.LATE,
    ),
    "two versions of a requirement": Case(
        (*CONFLICT, "iniconfig=="),
        {**OLD_AND_NEW, "BUILD": BOTH.format("left:binary", "right:binary")},
        args=("package", "//:dist"),
        when=Told.LATE,
    ),
    "datas: two files at one place": Case(
        ("src/app:binary", "datas", "place/same.txt"),
        {"src/app/a/same.txt": "a", "src/app/b/same.txt": "b"},
        in_field='datas=["a/same.txt:place", "b/same.txt:place"]',
    ),
}

# --- Values of fields -----------------------------------------------------------------------------

_BUDGETS = {
    "size_budget": "MB",
    "closure_budget": "MB",
    "memory_budget": "MB",
    "startup_budget": "ms",
}
_NO_LIMIT = "no number with one of the units"
CASES.update(
    {
        f"{alias}: {what}": field_of(
            f'{alias}="{number}{unit}"', f"({alias})", told, "write a number like"
        )
        for alias, known in _BUDGETS.items()
        for what, number, unit, told in (
            ("unknown unit", "2", "furlong", _NO_LIMIT),
            ("negative", "-1", known, _NO_LIMIT),
            ("zero", "0", known, "allows nothing"),
            ("empty", "", "", _NO_LIMIT),
            ("comma", "1,5", known, _NO_LIMIT),
            ("no unit", "100", "", _NO_LIMIT),
        )
    }
)
CASES.update(
    {
        f"{alias}: unknown value": field_of(f'{alias}="other"', f"'{alias}'", "'other'", known)
        for alias, known in (
            ("layout", "'onefile'"),
            ("compression", "'zstd'"),
            ("target_platform", "'linux'"),
            ("target_arch", "'arm64'"),
        )
    }
)
CASES.update(
    {
        f"{text}: wrong type": field_of(text, f"'{text.partition('=')[0]}'", kind)
        for text, kind in (
            ('hidden_imports="json"', "iterable of strings"),
            ("excludes=[1]", "iterable of strings"),
            ("datas=3", "iterable of strings"),
            ("trim=True", "iterable of strings"),
            ('exercises="--version"', "iterable of strings"),
            ('startup_arguments="--version"', "iterable of strings"),
            ('system_libraries="libGL*"', "iterable of strings"),
            ('exercise_files=":data"', "iterable of strings"),
            ("size_budget=2000000", "a string"),
            ("spec=[]", "a string"),
            ("icon=1", "a string"),
            ('console="no"', "a boolean"),
            ('strip="yes"', "a boolean"),
            ('optimize="1"', "an integer"),
        )
    }
)

_WRONG_PATHS = {
    "absolute": "/app",
    "out of its folder": "../app",
    "home folder": "~/app",
    "empty": "",
    "slash at the end": "app/",
    "the folder itself": ".",
    "NUL": "a\\0b",
    "newline": "a\\nb",
    "control character": "a\\x1bb",
    "backslash": "a\\\\b",
    "two slashes": "a//b",
    "long name": "a" * 256,
}
CASES.update(
    {
        f"output_path: {what}": binary(f'pex=":pex", output_path="{path}"', "(output_path)")
        for what, path in _WRONG_PATHS.items()
    }
)
CASES.update(
    {
        f"{alias} of a distribution: {what}": distribution(
            f'version="1", binaries=["src/app:binary"], {alias}="{path}"', f"({alias})"
        )
        for alias in ("output_path", "runtime_path")
        for what, path in _WRONG_PATHS.items()
    }
)

# Not wrong: what the message of a conflict says to do.
SOLVED = Case(
    (),
    two_programs(BUILD=BOTH.format("left:private", "right:private")),
    args=("package", "//:dist"),
)
