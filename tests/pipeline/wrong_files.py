"""Wrong files, links, entry points, interpreters, options and command lines; see `wrong_builds`."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.wrong_builds import BOTH, SOUND, Case, Told, added, binary, changed, distribution
from pipeline.wrong_builds import field_of as with_field

_BUILD = SOUND["src/app/BUILD"]
_JSON = "import json\n\ndef main():\n    print(json)\n"
_RECORD = "specs/sizes/src.app.binary.json"
_RECORDS: dict[str, str | bytes] = {
    "no JSON": "{",
    "no record": "[1]",
    "no UTF-8": b"\xff\xfe{",
    "newer version": '{"version": 2, "components": []}',
}


def called(*args: str, told: tuple[str, ...]) -> Case:
    """A case of the command line *args*."""
    return Case(told, args=args)


def files_of(
    *told: str,
    files: Mapping[str, str],
    dest: str = "",
    targets: tuple[str, ...] = (":moved",),
    more: str = "",
) -> Case:
    """A case of a distribution ``//:dist`` with *files* below ``a``, moved to *dest*."""
    build = f"""
relocated_files(name="moved", files_targets=[":files"], src="a", dest={dest!r})
files(name="files", sources=["a/*"])
{more}
frozen_distribution(
    name="dist",
    version="1",
    archive="none",
    binaries=["src/app:binary"],
    files={list(targets)!r},
)
"""
    return Case(("//:dist", *told), {"BUILD": build, **files}, args=("package", "//:dist"))


TARGETS = {
    "pex: None": binary("pex=None", "'pex'", "src/app:binary"),
    "pex: empty": binary('pex=""', "`pex`"),
    "pex: list": binary('pex=[":pex"]', "'pex'", "src/app:binary", "a string"),
    "pex: frozen program": added(
        'pyinstaller_binary(name="x", pex=":binary")',
        "src/app:x (pex)",
        "src/app:binary",
        "name a `pex_binary`",
    ),
    "pex: itself": added('pyinstaller_binary(name="x", pex=":x")', "src/app:x"),
    "pex: no such folder": binary('pex="src/none:pex"', "`pex`", "src/none"),
    "pex: no address": binary('pex="a b::"', "`pex`", "a b::"),
    "field: unknown": with_field('hiden_imports=["json"]', "hiden_imports", "hidden_imports"),
    "field: of another freezer": with_field("lto=True", "lto", "layout"),
    "field: private_runtime of cx_Freeze": added(
        'cx_freeze_binary(name="x", pex=":pex", private_runtime=True)',
        "src/app:x",
        "private_runtime",
    ),
    "compression: of cx_Freeze": added(
        'cx_freeze_binary(name="x", pex=":pex", compression="upx")', "src/app:x (compression)"
    ),
    "target: unknown": changed("pyinstaller_binary", "pyinstaler_binary", "pyinstaler_binary"),
    "BUILD: syntax error": changed('output_path="app")', "", "SyntaxError", "BUILD, line 3"),
    "cycle: distribution of itself": distribution(
        'version="1", binaries=[":dist"]', "(binaries)", "`pyinstaller_binary`"
    ),
    "cycle: two distributions": Case(
        ("//:dist (binaries)", "//:other"),
        {
            "BUILD": """
frozen_distribution(name="dist", version="1", binaries=[":other"])
frozen_distribution(name="other", version="1", binaries=[":dist"])
"""
        },
        args=("package", "//:dist"),
    ),
    "cycle: program of a dependency of its pex": changed(
        'name="pex"',
        'name="pex", dependencies=[":binary"]',
        "src/app:binary (pex)",
        "src/app:pex depends on it",
    ),
    "cycle: program of a dependency of its sources": changed(
        'name="lib"',
        'name="lib", dependencies=[":binary"]',
        "src/app:binary (pex)",
        "depends on it",
    ),
    "binaries: missing": distribution('version="1"', "'binaries'"),
    "binaries: no such target": distribution(
        'version="1", binaries=["src/app:none"]', "`binaries`", "src/app:none"
    ),
    "binaries: string": distribution(
        'version="1", binaries="src/app:binary"', "'binaries'", "iterable of strings"
    ),
    "launcher: no such target": distribution(
        'version="1", binaries=["src/app:binary"], launcher="src/app:nobody"',
        "`launcher`",
        "src/app:nobody",
    ),
    "launcher: list": distribution(
        'version="1", binaries=["src/app:binary"], launcher=[":x"]', "'launcher'", "a string"
    ),
    "version: missing": distribution('binaries=["src/app:binary"]', "'version'"),
    **{
        f"version: {what}": distribution(
            f'version="{version}", binaries=["src/app:binary"]', "(version)", "'1.0.0'"
        )
        for what, version in {"empty": "", "slash": "1/2", "newline": "1\\n"}.items()
    },
    "version: number": distribution('version=1.0, binaries=["src/app:binary"]', "'version'"),
    "two executables that differ in case": Case(
        ("//:dist (binaries)", "src/app:binary", "src/other:binary", "'App'", "`output_path`"),
        {
            "src/other/BUILD": _BUILD.replace('output_path="app"', 'output_path="App"'),
            "src/other/main.py": SOUND["src/app/main.py"],
            "BUILD": BOTH.format("src/app:binary", "src/other:binary"),
        },
        args=("package", "//:dist"),
    ),
    "executable: name of the manifest": Case(
        ("//:dist (binaries)", "src/app:binary", "'manifest.json'", "`output_path`"),
        {
            "src/app/BUILD": _BUILD.replace('"app"', '"manifest.json"'),
            "BUILD": 'frozen_distribution(name="dist", version="1", binaries=["src/app:binary"])\n',
        },
        args=("package", "//:dist"),
    ),
    "output_path: name of a device of Windows": binary(
        'pex=":pex", output_path="aux", target_platform="windows"',
        "(output_path)",
        "'aux'",
        "(target_platform)",
    ),
    "ready_env_vars: no value": with_field(
        'ready_marker="x", ready_env_vars=["A"]', "(ready_env_vars)", "NAME=value"
    ),
    "ready_env_vars: no start": with_field(
        'ready_env_vars=["A=1"]', "(ready_env_vars)", "`ready_marker`"
    ),
    "excludes: what hidden_imports names": with_field(
        'hidden_imports=["json.tool"], excludes=["json"]',
        "(excludes)",
        "`hidden_imports`",
        "'json.tool'",
    ),
    "hidden_imports: relative": with_field(
        'hidden_imports=[".tool"]', "(hidden_imports)", "'.tool'"
    ),
    "hidden_imports: empty": with_field('hidden_imports=[""]', "(hidden_imports)", "''"),
}

FILES = {
    "spec: absolute": with_field('spec="/a.spec"', "(spec)", "relative"),
    "spec: out of the repository": with_field('spec="../../../a.spec"', "(spec)", "'..'"),
    "spec: missing": with_field('spec="a.spec"', "(spec)", "src/app/a.spec"),
    "spec: folder": with_field(
        'spec="a.spec"', "(spec)", "src/app/a.spec is a folder", files={"src/app/a.spec/x.txt": ""}
    ),
    "spec: another suffix": with_field('spec="a.txt"', "(spec)", ".spec"),
    "spec: link to itself": with_field(
        'spec="a.spec"', "(spec)", "src/app/a.spec", links={"src/app/a.spec": "a.spec"}
    ),
    "spec: link to nothing": with_field(
        'spec="a.spec"', "(spec)", "src/app/a.spec", links={"src/app/a.spec": "gone.spec"}
    ),
    "spec: syntax error": with_field(
        'spec="a.spec"',
        "src/app/a.spec:2",
        "SyntaxError",
        "correct the spec file",
        files={"src/app/a.spec": "a = Analysis([])\nb = (\n"},
        when=Told.LATE,
    ),
    "spec: no UTF-8": with_field(
        'spec="a.spec"',
        "src/app/a.spec",
        "correct the spec file",
        files={"src/app/a.spec": b"x = '\xff'\na = Analysis([])\n"},
        when=Told.LATE,
    ),
    "runtime_hooks: another suffix": with_field('runtime_hooks=["a.sh"]', "(runtime_hooks)", ".py"),
    "runtime_hooks: folder": with_field(
        'runtime_hooks=["a.py"]', "(runtime_hooks)", "src/app/a.py", files={"src/app/a.py/b": ""}
    ),
    "runtime_hooks: syntax error": with_field(
        'runtime_hooks=["hook.py"]',
        "`runtime_hooks`",
        "src/app/hook.py",
        "line 1",
        files={"src/app/hook.py": "def (\n"},
        when=Told.LATE,
    ),
    "runtime_hooks: no Python": with_field(
        'runtime_hooks=["hook.py"]',
        "`runtime_hooks`",
        "src/app/hook.py",
        files={"src/app/hook.py": b"\0\xff\xfe"},
        when=Told.LATE,
    ),
    "icon: missing": with_field('icon="a.ico"', "(icon)", "src/app/a.ico"),
    "icon: another suffix": with_field('icon="a.png"', "(icon)", ".ico"),
    "trim: no UTF-8": with_field(
        'trim=["a.trim"]',
        "(trim)",
        "src/app/a.trim",
        "UTF-8",
        files={"src/app/a.trim": b"drop module json  # \xff\n"},
    ),
    "trim: empty": with_field(
        'trim=["a.trim"]',
        "(trim)",
        "src/app/a.trim",
        "no rule",
        files={"src/app/a.trim": "# nothing\n"},
    ),
    "trim: folder": with_field(
        'trim=["a.trim"]', "(trim)", "src/app/a.trim", files={"src/app/a.trim/x.txt": ""}
    ),
    "trim: link to itself": with_field(
        'trim=["a.trim"]', "(trim)", "src/app/a.trim", links={"src/app/a.trim": "a.trim"}
    ),
    "trim: first-party code": with_field(
        'trim=["a.trim"]',
        "app.main",
        "trim",
        files={"src/app/a.trim": "drop module app.main  # why\n"},
        when=Told.LATE,
    ),
    "trim: the interpreter": with_field(
        'trim=["a.trim"]',
        "(trim)",
        "drop file libpython*",
        "src/app/a.trim",
        files={"src/app/a.trim": "drop file libpython*  # large\n"},
    ),
    "trim: what starts CPython": with_field(
        'trim=["a.trim"]',
        "(trim)",
        "drop module encodings",
        "src/app/a.trim",
        files={"src/app/a.trim": "drop module encodings  # large\n"},
    ),
    "datas: folder": with_field(
        'datas=["assets:assets"]', "(datas)", "src/app/assets", files={"src/app/assets/x.txt": ""}
    ),
    "datas: glob of folders": with_field(
        'datas=["assets/*:assets"]',
        "(datas)",
        "src/app/assets/*",
        files={"src/app/assets/b/x.txt": ""},
    ),
    "datas: link to itself": with_field(
        'datas=["a.txt:b"]', "(datas)", "src/app/a.txt", links={"src/app/a.txt": "a.txt"}
    ),
    "datas: loop of links": with_field(
        'datas=["data/*:b"]',
        "(datas)",
        "src/app/data/a is a link that leads to itself",
        links={"src/app/data/a": "b", "src/app/data/b": "a"},
    ),
    "datas: link to its own folder": with_field(
        'datas=["data/**:b"]',
        "(datas)",
        files={"src/app/data/x.txt": "x"},
        links={"src/app/data/up": "."},
    ),
    "datas: link to nothing": with_field(
        'datas=["a.txt:b"]', "(datas)", "src/app/a.txt", links={"src/app/a.txt": "gone"}
    ),
    "datas: link out of the repository": with_field(
        'datas=["a.txt:b"]', "(datas)", "src/app/a.txt", links={"src/app/a.txt": "/etc/hostname"}
    ),
    "datas: name that is no UTF-8": with_field(
        'datas=["data/*:b"]', "(datas)", files={"src/app/data/\udcff.txt": "x"}
    ),
    "datas: control character": with_field('datas=["a.txt:b\\n"]', "(datas)"),
    # A target of its own: Pants keeps who has asked for one that is missing.
    "exercise_files: no such target": Case(
        ("src/app:binary", "`exercise_files`", "src/app:no-files"),
        in_field='exercises=["x"], exercise_files=[":no-files"]',
        args=("freeze-trim", "src/app:binary"),
    ),
    "exercise_files: no files": Case(
        ("src/app:binary (exercise_files)", "src/app:pex"),
        in_field='exercises=["x"], exercise_files=[":pex"]',
        args=("freeze-trim", "src/app:binary"),
    ),
    "exercise_files: no such file": Case(
        ("src/app:binary (exercise_files)", "src/app:data", "none.txt"),
        {"src/app/BUILD": _BUILD + 'files(name="data", sources=["none.txt"])\n'},
        in_field='exercises=["x"], exercise_files=[":data"]',
        args=("freeze-trim", "src/app:binary"),
    ),
    "files: out of the distribution": files_of(
        "(files)", "//:moved", "`prefix`", files={"a/x": "x"}, dest="../.."
    ),
    "files: absolute": files_of("(files)", "//:moved", "`prefix`", files={"a/x": "x"}, dest="/etc"),
    "files: no such target": files_of("`files`", "//:none", files={"a/x": "x"}, targets=(":none",)),
    "files: another target": files_of(
        "(files)", "src/app:pex", "`pex_binary`", files={}, targets=("src/app:pex",)
    ),
    "files: none": files_of("(files)", "//:moved", "without files", files={}),
    "files: the place of a program": files_of(
        "(files)", "app", "src/app:binary", files={"a/app": "x"}
    ),
    "files: the place of a program but for case": files_of(
        "(files)", "App", "src/app:binary", files={"a/App": "x"}
    ),
    "files: below a program": files_of(
        "(files)", "app/x", "src/app:binary", files={"a/x": "x"}, dest="app"
    ),
    "files: the place of the runtime folder": files_of(
        "(files)", "runtime", files={"a/runtime": "x"}
    ),
    "files: in the runtime folder": files_of(
        "(files)", "runtime/x", files={"a/x": "x"}, dest="runtime"
    ),
    **{
        f"files: the place of {name}": files_of("(files)", name, files={f"a/{name}": "x"})
        for name in ("manifest.json", "SHA256SUMS", "sbom.cdx.json", "requirements.txt")
    },
    "files: two at one place": files_of(
        "(files)",
        "b/x",
        "//:moved",
        "//:other",
        files={"a/x": "x", "c/x": "y"},
        dest="b",
        targets=(":moved", ":other"),
        more="""
relocated_files(name="other", files_targets=[":c"], src="c", dest="b")
files(name="c", sources=["c/*"])
""",
    ),
    "files: name that is no UTF-8": files_of("(files)", "//:moved", files={"a/\udcff.txt": "x"}),
}

CODE = {
    "excludes: what the program imports": with_field(
        'excludes=["json"]',
        "(excludes)",
        "'json'",
        "src/app/main.py:1",
        "`try`",
        files={"src/app/main.py": _JSON},
        when=Told.SCANNED,
    ),
    "excludes: what a module of the program imports": with_field(
        'excludes=["xml"]',
        "(excludes)",
        "'xml'",
        "src/app/part.py:1",
        files={
            "src/app/main.py": "from app import part\n\ndef main():\n    print(part)\n",
            "src/app/part.py": "\nfrom xml.etree import ElementTree\n",
        },
        when=Told.SCANNED,
    ),
    "entry point: no such module": changed(
        "main.py:main",
        "app.missing:main",
        "src/app:binary (pex)",
        "app.missing",
        "`entry_point`",
        files={"src/app/__init__.py": ""},
        when=Told.SCANNED,
    ),
    "entry point: no such function": changed(
        "main.py:main",
        "main.py:mian",
        "src/app:binary (pex)",
        "app/main.py has no 'mian'",
        "`entry_point`",
        when=Told.SCANNED,
    ),
    "entry point: not in the closure": changed(
        "main.py:main",
        "requests.api:get",
        "src/app:binary (pex)",
        "requests.api",
        "`entry_point`",
        when=Told.SCANNED,
    ),
    "entry point: no Python": changed(
        "main.py:main",
        "main.txt:main",
        "src/app:binary (pex)",
        "main.txt",
        "`entry_point`",
        files={"src/app/main.txt": "x"},
        when=Told.SCANNED,
    ),
    "entry point: binary": Case(
        ("src/app:binary (pex)", "src/app:pex", "UTF-8"),
        {"src/app/main.py": b"\x7fELF\0\xff"},
    ),
}

SETTINGS = {
    "interpreter: none": changed(
        'name="lib"',
        'name="lib", interpreter_constraints=["CPython==3.99.*"]',
        "3.99",
        when=Told.LATE,
    ),
    "interpreter: contradiction": changed(
        'name="lib"',
        'name="lib", interpreter_constraints=["CPython==3.11.*,==3.12.*"]',
        "==3.11",
        when=Told.LATE,
    ),
    "interpreter: none on the search path": Case(
        ("interpreter",),
        args=("--python-bootstrap-search-path=[]", "package", "src/app:binary"),
        when=Told.LATE,
    ),
    "resolve: sources of another": changed(
        'name="lib")\npex_binary(name="pex"',
        'name="lib", resolve="other")\npex_binary(name="pex", dependencies=[":lib"]',
        "src/app:pex",
        "resolve",
        when=Told.LATE,
    ),
    "resolve: unknown": changed(
        'name="pex"', 'name="pex", resolve="none"', "src/app:pex", "resolve"
    ),
    "[freeze]: unknown level": called(
        "--freeze-optimization-level=highest",
        "package",
        "src/app:binary",
        told=("--optimization-level in scope 'freeze'", "'highest'"),
    ),
    "[freeze]: records out of the repository": called(
        "--freeze-size-records=../sizes",
        "package",
        "src/app:binary",
        told=("[freeze].size_records", "'../sizes'"),
    ),
    "[freeze]: records at an absolute path": called(
        "--freeze-size-records=/sizes",
        "freeze-accept",
        "src/app:binary",
        told=("[freeze].size_records", "'/sizes'"),
    ),
    "[freeze]: unknown option": called(
        "--freeze-levl=high", "package", "src/app:binary", told=("levl",)
    ),
    "[freeze]: no system programs": Case(
        ("ldd", "Debian"),
        args=("--freeze-executable-search-paths=['/nowhere']", "package", "src/app:binary"),
        when=Told.LATE,
    ),
    **{
        f"record: {what}": Case(
            ("src/app:binary", _RECORD, "`./pants freeze-accept"), {_RECORD: text}
        )
        for what, text in _RECORDS.items()
    },
    "freeze-why: no target": Case(
        ("name what to look for", "freeze-why MODULE"), args=("freeze-why", "json"), status=2
    ),
    "freeze-why: no word": Case(
        ("name what to look for",), args=("freeze-why", "src/app:binary"), status=2
    ),
    **{
        f"{goal[0]}: unknown target": called(*goal, "src/app:none", told=("src/app", ":none"))
        for goal in (("package",), ("closure",), ("freeze-why", "json"), ("run",))
    },
    **{
        f"{goal[0]}: no program": called(
            *goal, "src/app:pex", told=("src/app:pex is a `pex_binary`", "`frozen_distribution`")
        )
        for goal in (
            ("closure",),
            ("freeze-accept",),
            ("freeze-check",),
            ("freeze-trim",),
            ("freeze-why", "json"),
        )
    },
    "closure: unknown format": called(
        "closure", "--format=xml", "src/app:binary", told=("format", "xml")
    ),
    "test: budget without a start": Case(
        ("src/app:binary (startup_arguments)",),
        in_field='startup_budget="1s", startup_arguments=[]',
        args=("test", "src/app:binary"),
    ),
}

CASES: dict[str, Case] = {**TARGETS, **FILES, **CODE, **SETTINGS}
