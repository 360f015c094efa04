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


def field_of(text: str, *told: str, when: Told = Told.AT_ONCE, **files: str | bytes) -> Case:
    """A case of ``src/app:binary`` with the field that *text* is as well."""
    return Case(("src/app:binary", *told), files, in_field=text, when=when)


def targets(text: str, *told: str, when: Told = Told.AT_ONCE, **files: str | bytes) -> Case:
    """A case of ``src/app`` with further targets, *text*, one of them ``src/app:x`` to package."""
    build = SOUND["src/app/BUILD"] + text + "\n"
    args = ("package", "src/app:x")
    return Case(told, {"src/app/BUILD": build, **files}, args=args, when=when)


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

CASES = {
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
        ("src/app:binary", "`trim`", "src/app/missing.trim"), in_field='trim=["missing.trim"]'
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
        ("src/app:binary", "`datas`", "src/app/missing/*.txt"),
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
        ("src/app:binary", "`runtime_hooks`", "src/app/missing.py"),
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

SIZES = ("size_budget", "closure_budget", "memory_budget")

WRONG_BUDGETS = {
    "of an unknown unit": ("2 furlong", "no number with one of the units"),
    "below zero": ("-1MB", "no number with one of the units"),
    "of nothing": ("0MB", "allows nothing"),
    "that is empty": ("", "no number with one of the units"),
    "with a comma": ("1,5MB", "no number with one of the units"),
    "with no unit": ("100", "no number with one of the units"),
}

CASES.update(
    {
        f"{alias}: a limit {what}": field_of(
            f'{alias}="{value.replace("MB", unit)}"', f"({alias})", told, "write a number like"
        )
        for alias, unit in (*((each, "MB") for each in SIZES), ("startup_budget", "ms"))
        for what, (value, told) in WRONG_BUDGETS.items()
    }
)

CASES.update(
    {
        f"{alias}: an unknown value": Case(
            (f"'{alias}'", "src/app:binary", "'other'", known), in_field=f'{alias}="other"'
        )
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
        f"{text}: of a wrong type": Case((f"'{text.partition('=')[0]}'", "src/app:binary", kind), in_field=text)
        for text, kind in (
            ('hidden_imports="json"', "iterable of strings"),
            ("excludes=[1]", "iterable of strings"),
            ('datas={"a": "b"}', "iterable of strings"),
            ("trim=True", "iterable of strings"),
            ("size_budget=2000000", "a string"),
            ('console="no"', "a boolean"),
            ('optimize="1"', "an integer"),
            ('strip="yes"', "a boolean"),
            ("spec=[]", "a string"),
            ("icon=1", "a string"),
            ('exercises="--version"', "iterable of strings"),
            ('startup_arguments="--version"', "iterable of strings"),
            ('system_libraries="libGL*"', "iterable of strings"),
            ('exercise_files=":data"', "iterable of strings"),
        )
    }
)

WRONG_PATHS = {
    "an absolute path": "/app",
    "a path out of its folder": "../app",
    "the home folder": "~/app",
    "an empty path": "",
    "a trailing slash": "app/",
    "the folder itself": ".",
    "a NUL": "a\\0b",
    "a newline": "a\\nb",
    "a control character": "a\\x1bb",
    "a backslash": "a\\\\b",
    "two slashes": "a//b",
    "a name that is too long": "a" * 256,
}
CASES.update(
    {
        f"output_path: {what}": binary(f'pex=":pex", output_path="{path}"', "(output_path)")
        for what, path in WRONG_PATHS.items()
    }
)
CASES.update(
    {
        f"{alias} of a distribution: {what}": distribution(
            f'version="1", binaries=["src/app:binary"], {alias}="{path}"', f"({alias})"
        )
        for alias in ("output_path", "runtime_path")
        for what, path in WRONG_PATHS.items()
    }
)

CASES.update({
    "pex: None": binary("pex=None", "'pex'", "src/app:binary"),
    "pex: empty": binary('pex=""', "pex"),
    "pex: a list": binary('pex=[":pex"]', "'pex'", "src/app:binary"),
    "pex: a frozen program": targets('pyinstaller_binary(name="x", pex=":binary")', "src/app:x (pex)", "src/app:binary", "name a `pex_binary`"),
    "pex: itself": targets('pyinstaller_binary(name="x", pex=":x")', "src/app:x", "pex"),
    "pex: a folder without it": binary('pex="src/none:pex"', "`pex`", "src/none"),
    "pex: no address": binary('pex="a b::"', "src/app:binary", "`pex`"),
    "unknown field": Case(("src/app:binary", "hiden_imports", "hidden_imports"), in_field='hiden_imports=["json"]'),
    "unknown target": Case(("pyinstaler_binary", "src/app"), {"src/app/BUILD": SOUND["src/app/BUILD"] + 'pyinstaler_binary(name="x")\n'}),
    "a BUILD file with a syntax error": Case(("src/app/BUILD",), {"src/app/BUILD": "pyinstaller_binary(\n"}),
    "cycle: a distribution of itself": distribution('version="1", binaries=[":dist"]', "(binaries)", "//:dist"),
    "cycle: two distributions": Case(("//:dist", "//:other"), {"BUILD": 'frozen_distribution(name="dist", version="1", binaries=[":other"])\nfrozen_distribution(name="other", version="1", binaries=[":dist"])\n'}, args=("package", "//:dist")),
    "cycle: a program its pex depends on": Case(("src/app:binary", "src/app:pex"), {"src/app/BUILD": SOUND["src/app/BUILD"].replace('entry_point="main.py:main"', 'entry_point="main.py:main", dependencies=[":binary"]')}),
    "cycle: a program its sources depend on": Case(("src/app:binary",), {"src/app/BUILD": SOUND["src/app/BUILD"].replace('name="lib"', 'name="lib", dependencies=[":binary"]')}),
    "binaries: missing": distribution('version="1"', "'binaries'"),
    "binaries: no such target": distribution('version="1", binaries=["src/app:none"]', "binaries", "src/app:none"),
    "binaries: a string": distribution('version="1", binaries="src/app:binary"', "'binaries'", "iterable of strings"),
    "launcher: no such target": distribution('version="1", binaries=["src/app:binary"], launcher="src/app:nobody"', "launcher", "src/app:nobody"),
    "launcher: a list": distribution('version="1", binaries=["src/app:binary"], launcher=["src/app:binary"]', "'launcher'"),
    "version: missing": distribution('binaries=["src/app:binary"]', "'version'"),
    "version: empty": distribution('version="", binaries=["src/app:binary"]', "(version)", "'1.0.0'"),
    "version: a slash": distribution('version="1/2", binaries=["src/app:binary"]', "(version)", "'1/2'"),
    "version: a newline": distribution('version="1\\n", binaries=["src/app:binary"]', "(version)"),
    "version: a number": distribution('version=1.0, binaries=["src/app:binary"]', "'version'"),
    "two executables that differ in case": Case(
        ("//:dist (binaries)", "src/app:binary", "src/other:binary", "'App'", "'app'", "`output_path`"),
        {"src/other/BUILD": SOUND["src/app/BUILD"].replace('output_path="app"', 'output_path="App"'), "src/other/main.py": SOUND["src/app/main.py"], "BUILD": BOTH.format("src/app:binary", "src/other:binary")},
        args=("package", "//:dist")),
    "spec: absolute": field_of('spec="/a.spec"', "(spec)", "relative"),
    "spec: out of the repository": field_of('spec="../../../a.spec"', "(spec)", "'..'"),
    "spec: missing": field_of('spec="a.spec"', "`spec`", "src/app/a.spec"),
    "spec: a folder": field_of('spec="a.spec"', "spec", "src/app/a.spec", **{"src/app/a.spec/x.txt": "x"}),
    "spec: another file": field_of('spec="a.txt"', "(spec)", ".spec", **{"src/app/a.txt": "x"}),
    "spec: a syntax error": field_of('spec="a.spec"', "src/app/a.spec:2", "SyntaxError", "correct the spec file", when=Told.LATE, **{"src/app/a.spec": "a = Analysis([])\nb = (\n"}),
    "spec: not UTF-8": field_of('spec="a.spec"', "src/app/a.spec", "correct the spec file", when=Told.LATE, **{"src/app/a.spec": b"# \xff\xfe\na = Analysis([])\n"}),
    "spec: a link to itself": Case(("src/app:binary", "spec", "src/app/a.spec"), in_field='spec="a.spec"', links={"src/app/a.spec": "a.spec"}),
    "spec: a link to nothing": Case(("src/app:binary", "spec", "src/app/a.spec"), in_field='spec="a.spec"', links={"src/app/a.spec": "gone.spec"}),
    "excludes: what the program imports": field_of('excludes=["json"]', "(excludes)", "'json'", "src/app/main.py:1", "try", when=Told.LATE, **{"src/app/main.py": "import json\n\ndef main():\n    print(json)\n"}),
    "excludes: a part of what the program imports": field_of('excludes=["xml"]', "(excludes)", "'xml'", "src/app/part.py:2", when=Told.LATE, **{"src/app/main.py": "from app import part\n\ndef main():\n    print(part)\n", "src/app/part.py": "\nfrom xml.etree import ElementTree\n"}),
    "excludes: what must be in it": field_of('hidden_imports=["json.tool"], excludes=["json"]', "(excludes)", "hidden_imports", "'json.tool'"),
    "excludes: first-party code": field_of('excludes=["app"]', "(excludes)", "app", when=Told.LATE),
    "hidden_imports: a relative name": field_of('hidden_imports=[".tool"]', "(hidden_imports)", "'.tool'"),
    "hidden_imports: empty": field_of('hidden_imports=[""]', "(hidden_imports)", "''"),
    "runtime_hooks: a syntax error": field_of('runtime_hooks=["hook.py"]', "runtime_hooks", "src/app/hook.py", "line 1", when=Told.LATE, **{"src/app/hook.py": "def (\n"}),
    "runtime_hooks: no Python": field_of('runtime_hooks=["hook.py"]', "runtime_hooks", "src/app/hook.py", when=Told.LATE, **{"src/app/hook.py": b"\x00\xff\xfe"}),
    "runtime_hooks: another file": field_of('runtime_hooks=["hook.sh"]', "(runtime_hooks)", ".py"),
    "runtime_hooks: a folder": field_of('runtime_hooks=["hook.py"]', "runtime_hooks", "src/app/hook.py", **{"src/app/hook.py/a.txt": "x"}),
    "icon: missing": field_of('icon="a.ico"', "icon", "src/app/a.ico"),
    "icon: another suffix": field_of('icon="a.png"', "(icon)", ".ico"),
    "trim: not UTF-8": field_of('trim=["a.trim"]', "(trim)", "src/app/a.trim", "UTF-8", **{"src/app/a.trim": b"drop module json  # \xff\n"}),
    "trim: empty": field_of('trim=["a.trim"]', "(trim)", "src/app/a.trim", **{"src/app/a.trim": "# nothing\n"}),
    "trim: a folder": field_of('trim=["a.trim"]', "trim", "src/app/a.trim", **{"src/app/a.trim/x.txt": "x"}),
    "trim: a link to itself": Case(("src/app:binary", "trim", "src/app/a.trim"), in_field='trim=["a.trim"]', links={"src/app/a.trim": "a.trim"}),
    "trim: the entry point": field_of('trim=["a.trim"]', "trim", "app.main", when=Told.LATE, **{"src/app/a.trim": "drop module app.main  # why\n"}),
    "trim: the interpreter": field_of('trim=["a.trim"]', "libpython", when=Told.LATE, **{"src/app/a.trim": "drop file libpython*  # large\n"}),
    "trim: what starts CPython": field_of('trim=["a.trim"]', "encodings", when=Told.LATE, **{"src/app/a.trim": "drop module encodings  # large\n"}),
    "trim: what the program imports": field_of('trim=["a.trim"]', "json", when=Told.LATE, **{"src/app/a.trim": "drop module json  # large\n", "src/app/main.py": "import json\n\ndef main():\n    print(json)\n"}),
    "datas: a folder": field_of('datas=["assets:assets"]', "datas", "src/app/assets", **{"src/app/assets/x.txt": "x"}),
    "datas: a glob of folders only": field_of('datas=["assets/*:assets"]', "datas", "src/app/assets/*", **{"src/app/assets/b/x.txt": "x"}),
    "datas: a link to itself": Case(("src/app:binary", "datas", "src/app/a.txt"), in_field='datas=["a.txt:b"]', links={"src/app/a.txt": "a.txt"}),
    "datas: a loop of links": Case(("src/app:binary", "datas", "src/app/data/*"), in_field='datas=["data/*:b"]', links={"src/app/data/a": "b", "src/app/data/b": "a"}),
    "datas: a link to nothing": Case(("src/app:binary", "datas", "src/app/a.txt"), in_field='datas=["a.txt:b"]', links={"src/app/a.txt": "gone"}),
    "datas: a link to its own folder": Case(("src/app:binary", "datas"), {"src/app/data/x.txt": "x"}, in_field='datas=["data/**:b"]', links={"src/app/data/up": "."}),
    "datas: a link out of the repository": Case(("src/app:binary", "datas", "src/app/a.txt"), in_field='datas=["a.txt:b"]', links={"src/app/a.txt": "/etc/hostname"}),
    "datas: no UTF-8 in a name": Case(("src/app:binary", "datas"), {"src/app/data/\udcff.txt": "x"}, in_field='datas=["data/*:b"]'),
    "datas: a control character": field_of('datas=["a.txt:b\\n"]', "(datas)"),
    "datas: the place of a program's module": field_of('datas=["main.py:app"]', "datas", when=Told.LATE),
    "resources: no UTF-8 in a name": Case(("src/app",), {"src/app/BUILD": SOUND["src/app/BUILD"].replace('name="lib"', 'name="lib", dependencies=[":data"]') + 'resources(name="data", sources=["data/*"])\n', "src/app/data/\udcff.txt": "x"}),
    "resources: a loop of links": Case(("src/app:data",), {"src/app/BUILD": SOUND["src/app/BUILD"].replace('name="lib"', 'name="lib", dependencies=[":data"]') + 'resources(name="data", sources=["data/*"])\n'}, links={"src/app/data/a": "b", "src/app/data/b": "a"}),
    "resources: a link to nothing": Case(("src/app:data",), {"src/app/BUILD": SOUND["src/app/BUILD"].replace('name="lib"', 'name="lib", dependencies=[":data"]') + 'resources(name="data", sources=["data.txt"])\n'}, links={"src/app/data.txt": "gone"}),
    "entry point: a module that is not there": Case(("src/app:binary", "app.missing"), {"src/app/BUILD": SOUND["src/app/BUILD"].replace("main.py:main", "app.missing:main")}),
    "entry point: a function that is not there": Case(("src/app:binary", "app.main", "`mian`", "src/app:pex", "`entry_point`"), {"src/app/BUILD": SOUND["src/app/BUILD"].replace("main.py:main", "main.py:mian")}, when=Told.LATE),
    "entry point: not in the closure": Case(("src/app:binary", "requests.api", "`entry_point`"), {"src/app/BUILD": SOUND["src/app/BUILD"].replace("main.py:main", "requests.api:get")}, when=Told.LATE),
    "entry point: no Python": Case(("src/app", "main.txt"), {"src/app/BUILD": SOUND["src/app/BUILD"].replace("main.py:main", "main.txt:main"), "src/app/main.txt": "x"}),
    "entry point: binary content": Case(("src/app:binary", "app/main.py"), {"src/app/main.py": b"\x7fELF\x00\xff"}, when=Told.LATE),
    "entry point: not a name": Case(("src/app:pex", "entry_point"), {"src/app/BUILD": SOUND["src/app/BUILD"].replace("main.py:main", "main.py:")}),
    "interpreter: none": Case(("3.99",), {"src/app/BUILD": SOUND["src/app/BUILD"].replace('name="lib"', 'name="lib", interpreter_constraints=["CPython==3.99.*"]')}, when=Told.LATE),
    "interpreter: contradicting": Case(("src/app",), {"src/app/BUILD": SOUND["src/app/BUILD"].replace('name="lib"', 'name="lib", interpreter_constraints=["CPython==3.11.*,==3.12.*"]')}, when=Told.LATE),
    "interpreter: too old": Case(("src/app",), {"src/app/BUILD": SOUND["src/app/BUILD"].replace('name="lib"', 'name="lib", interpreter_constraints=["CPython==3.8.*"]')}, when=Told.LATE),
    "interpreter: nowhere": Case(("src/app",), args=("--python-bootstrap-search-path=[]", "package", "src/app:binary"), when=Told.LATE),
    "resolve: sources of another": Case(("src/app:pex", "resolve"), {"src/app/BUILD": SOUND["src/app/BUILD"].replace('name="lib"', 'name="lib", resolve="other"').replace('name="pex"', 'name="pex", dependencies=[":lib"]')}, when=Told.LATE),
    "resolve: unknown": Case(("src/app:pex", "resolve"), {"src/app/BUILD": SOUND["src/app/BUILD"].replace('name="pex"', 'name="pex", resolve="none"')}, when=Told.LATE),
    "ready_env_vars: no value": field_of('ready_marker="x", ready_env_vars=["A"]', "(ready_env_vars)", "NAME=value"),
    "ready_env_vars: without a start": field_of('ready_env_vars=["A=1"]', "(ready_env_vars)", "ready_marker"),
    "exercise_files: no such target": field_of('exercises=["x"], exercise_files=[":none"]', "exercise_files", "src/app:none"),
    "exercise_files: no files": Case(("src/app:binary (exercise_files)", "src/app:pex"), in_field='exercises=["x"], exercise_files=[":pex"]', args=("freeze-trim", "src/app:binary")),
    "exercise_files: no such file": Case(("src/app:data",), {"src/app/BUILD": SOUND["src/app/BUILD"] + 'files(name="data", sources=["none.txt"])\n'}, in_field='exercises=["x"], exercise_files=[":data"]', args=("freeze-trim", "src/app:binary")),
    "freeze: an unknown level": Case(("optimization_level", "'highest'"), args=("--freeze-optimization-level=highest", "package", "src/app:binary")),
    "freeze: records out of the repository": Case(("[freeze].size_records", "'../sizes'"), args=("--freeze-size-records=../sizes", "package", "src/app:binary")),
    "freeze: records at an absolute path": Case(("[freeze].size_records", "'/tmp/sizes'"), args=("--freeze-size-records=/tmp/sizes", "freeze-accept", "src/app:binary")),
    "freeze: an unknown option": Case(("levl",), args=("--freeze-levl=high", "package", "src/app:binary")),
    "freeze: no programs": Case(("ldd", "Debian"), args=("--freeze-executable-search-paths=['/nowhere']", "package", "src/app:binary"), when=Told.LATE),
    "record: no JSON": Case(("src/app:binary", "specs/sizes/src.app.binary.json", "freeze-accept"), {"specs/sizes/src.app.binary.json": "{"}),
    "record: no record": Case(("src/app:binary", "specs/sizes/src.app.binary.json", "freeze-accept"), {"specs/sizes/src.app.binary.json": "[1]"}),
    "record: not UTF-8": Case(("src/app:binary", "specs/sizes/src.app.binary.json", "freeze-accept"), {"specs/sizes/src.app.binary.json": b"\xff\xfe{"}),
    "record: of a newer version": Case(("src/app:binary", "specs/sizes/src.app.binary.json", "freeze-accept"), {"specs/sizes/src.app.binary.json": '{"version": 2, "components": []}'}),
    "why: no target": Case(("name what to look for", "freeze-why MODULE"), args=("freeze-why", "json"), status=2),
    "why: an unknown target": Case(("src/app:none",), args=("freeze-why", "json", "src/app:none")),
    "why: no program": Case(("pyinstaller_binary", "src/app:pex"), args=("freeze-why", "json", "src/app:pex")),
    "why: no word": Case(("name what to look for",), args=("freeze-why", "src/app:binary"), status=2),
    "closure: no program": Case(("src/app:pex", "pyinstaller_binary"), args=("closure", "src/app:pex")),
    "closure: an unknown target": Case(("src/app:none",), args=("closure", "src/app:none")),
    "closure: an unknown format": Case(("format", "xml"), args=("closure", "--format=xml", "src/app:binary")),
    "freeze-trim: no program": Case(("src/app:pex", "pyinstaller_binary"), args=("freeze-trim", "src/app:pex")),
    "freeze-accept: no program": Case(("src/app:pex", "pyinstaller_binary"), args=("freeze-accept", "src/app:pex")),
    "test: a budget of no start": Case(("src/app:binary (startup_arguments)",), in_field='startup_budget="1s", startup_arguments=[]', args=("test", "src/app:binary")),
    "package: an unknown target": Case(("src/app:none",), args=("package", "src/app:none")),
    "run: two programs": Case(("run",), {"src/app/BUILD": SOUND["src/app/BUILD"] + 'pyinstaller_binary(name="x", pex=":pex")\n'}, args=("run", "src/app:")),
    "output_path: a name of Windows": binary('pex=":pex", output_path="aux", target_platform="windows"', "(output_path)", "'aux'", "(target_platform)"),
    "cx_freeze: too old": targets('cx_freeze_binary(name="x", pex=":pex")', "src/app:x", when=Told.LATE) ,
    "private_runtime of cx_freeze_binary": targets('cx_freeze_binary(name="x", pex=":pex", private_runtime=True)', "src/app:x", "private_runtime"),
    "lto of pyinstaller_binary": field_of("lto=True", "lto"),
})
CASES["cx_freeze: too old"] = targets('cx_freeze_binary(name="x", pex=":pex", output_path="x", compression="upx")', "src/app:x (compression)")

FILES = """
relocated_files(name="moved", files_targets=[":files"], src="a", dest={dest!r})
files(name="files", sources=["a/*"])
frozen_distribution(name="dist", version="1", archive="none", binaries=["src/app:binary"], files={files})
"""
def files_of(*told, dest="", files=(":moved",), when=Told.AT_ONCE, **more):
    return Case(("//:dist", *told), {"BUILD": FILES.format(dest=dest, files=list(files)), **(more or {"a/x.txt": "x"})}, args=("package", "//:dist"), when=when)

CASES.update({
    "files: out of the distribution": files_of("(files)", dest="../.."),
    "files: absolute": files_of("(files)", dest="/etc"),
    "files: no such target": files_of("files", "//:none", files=[":none"]),
    "files: another target": files_of("(files)", "src/app:pex", files=["src/app:pex"]),
    "files: none": files_of("//:files", **{"b/x.txt": "x"}),
    "files: the place of a program": files_of("src/app:binary", "app", **{"a/app": "x"}),
    "files: below a program": files_of("src/app:binary", "app", **{"a/app": "x"}, dest="app"),
    "files: the runtime folder": files_of("src/app:binary", "runtime", **{"a/runtime": "x"}),
    "files: in the runtime folder": files_of("(files)", "runtime", dest="runtime"),
    "files: manifest.json": files_of("manifest.json", **{"a/manifest.json": "x"}),
    "files: SHA256SUMS": files_of("SHA256SUMS", **{"a/SHA256SUMS": "x"}),
    "files: sbom.cdx.json": files_of("sbom.cdx.json", **{"a/sbom.cdx.json": "x"}),
    "files: requirements.txt": files_of("requirements.txt", **{"a/requirements.txt": "x"}),
    "files: two at one place": files_of("(files)", "x.txt", dest="b", files=[":moved", ":x"], **{"a/x.txt": "x"}),
    "files: no UTF-8 in a name": files_of("//:files", **{"a/\udcff.txt": "x"}),
    "files: differ in case": files_of("(files)", "App", **{"a/App": "x"}),
})
f = CASES["files: two at one place"].files
CASES["files: two at one place"] = Case(CASES["files: two at one place"].told, {**f, "BUILD": f["BUILD"] + 'relocated_files(name="x", files_targets=[":other"], src="c", dest="b")\nfiles(name="other", sources=["c/*"])\n', "c/x.txt": "y"}, args=("package", "//:dist"))

# Not wrong: what the message of a conflict says to do.
SOLVED = Case(
    (),
    two_programs(BUILD=BOTH.format("left:private", "right:private")),
    args=("package", "//:dist"),
)


