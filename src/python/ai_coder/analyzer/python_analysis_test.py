from __future__ import annotations

import warnings

import pytest

from ai_coder.analyzer.measures import (
    MOST_COMPLEXITY,
    MOST_LINES,
    MOST_NESTING,
    MOST_PARAMETERS,
)
from ai_coder.analyzer.python_analysis import analyze_python
from ai_coder.analyzer.results import Finding, Function
from ai_coder.analyzer.rules import RULES
from ai_coder.analyzer.source import read_source


def analyze(text: str, name: str = "a.py") -> tuple[list[Function], list[Finding]]:
    return analyze_python(read_source(name, text.encode(), "python"))


def found(text: str, name: str = "a.py") -> list[str]:
    return [each.rule.id for each in analyze(text, name)[1]]


def nested(levels: int) -> str:
    return (
        "def f(a):\n"
        + "".join(" " * n + "if a:\n" for n in range(1, levels + 1))
        + (" " * (levels + 1) + "return a\n")
    )


# A rule, what it finds, and what it leaves alone.
CASES = [
    (
        "FN001",
        "def f(a):\n" + "    if a:\n        a()\n" * MOST_COMPLEXITY,
        "def f(a):\n" + "    if a:\n        a()\n" * (MOST_COMPLEXITY - 1),
    ),
    (
        "FN002",
        "def f(a):\n" + "    a()\n" * MOST_LINES,
        "def f(a):\n" + "    a()\n" * (MOST_LINES - 1),
    ),
    ("FN003", nested(MOST_NESTING + 1), nested(MOST_NESTING)),
    (
        "FN004",
        f"def f({', '.join(f'a{n}' for n in range(MOST_PARAMETERS + 1))}): pass",
        f"def f({', '.join(f'a{n}' for n in range(MOST_PARAMETERS))}): pass",
    ),
    ("GEN001", "def f():\n    return 1\n    print()", "def f():\n    raise OSError\n    yield"),
    ("GEN001", "for a in []:\n    continue\n    print(a)", "def f():\n    return 1\n    'why'"),
    ("GEN002", "def f(a):\n    return a.b == a.b", "def f(a):\n    return a != a or a.b == a.c"),
    (
        "GEN007",
        "def f():\n    try:\n        f()\n    finally:\n        return 1",
        "def f():\n    try:\n        f()\n    finally:\n        for a in []:\n            break",
    ),
    (
        "GEN007",
        "for a in []:\n    try:\n        a()\n    finally:\n        continue",
        "def f():\n    try:\n        f()\n    finally:\n        def g():\n            return 1\n"
        "        g()",
    ),
    ("PY001", "def f(a=[]): pass", "def f(a=(), b=None, *, _c={}): pass"),
    ("PY001", "def f(*, a=dict()): pass", "def dict(): pass\ndef f(*, a=dict()): pass"),
    (
        "PY001",
        "from collections import deque as d\ndef f(a=d()): pass",
        "from a import d\ndef f(a=d()): pass",
    ),
    (
        "PY002",
        "try:\n    print()\nexcept:\n    print(1)",
        "try:\n    print()\nexcept:\n    print(1)\n    raise",
    ),
    (
        "PY003",
        "try:\n    print()\nexcept Exception:\n    pass",
        "try:\n    print()\nexcept OSError:\n    pass",
    ),
    (
        "PY003",
        "try:\n    print()\nexcept:\n    ...",
        "try:\n    print()\nexcept Exception as e:\n    print(e)",
    ),
    ("PY004", "def f(a):\n    return a == None", "def f(a):\n    return a is not None"),
    ("PY005", "def f(a):\n    return True != a", "def f(a):\n    return a is True or a == 1"),
    ("PY006", "def f(a):\n    return a is 'b'", "def f(a):\n    return a is None or a is ..."),
    ("PY007", "def f():\n    a = 1", "def f():\n    a = 1\n    return lambda: a"),
    ("PY007", "def f():\n    a: int = 1", "def f():\n    a: int\n    _ = 1\n    unused = 2"),
    (
        "PY007",
        "def f():\n    try:\n        f()\n    except OSError as e:\n        f()",
        "def f():\n    a, b = f()\n    with f() as c: pass\n    for d in f(): pass",
    ),
    ("PY007", "def f():\n    a = 1\n    a = 2", "def f():\n    a = 1\n    return locals()"),
    (
        "PY007",
        "def f():\n    a = 1\n    def g(a):\n        return a\n    g(1)",
        "def f():\n    a = 1\n    def g():\n        nonlocal a\n        a = 2\n    g()",
    ),
    ("PY007", "def f():\n    a = 1\n    return {'a': 2}['a']", "def f():\n    global a\n    a = 1"),
    ("PY008", "import os", "import os\nos.getcwd()"),
    ("PY008", "import os.path", "import os.path\nprint(os)"),
    ("PY008", "from a import b as c\nprint()", "from a import b as b\nprint()"),
    ("PY008", "def f():\n    import os", "def f():\n    import os\n    return os"),
    ("PY008", "import os\n__all__ = ['a']\na = 1", "import os\n__all__ = ['os']"),
    ("PY008", "import os\nprint('os')", "import os\n__all__ = []\n__all__ += ['os']"),
    ("PY008", "import os\nprint()  # noqa", "import os  # noqa: F401"),
    (
        "PY008",
        "from a import (  # noqa: E501\n    b,\n)\nprint()",
        "from a import (  # noqa\n    b,\n)\nprint()",
    ),
    (
        "PY008",
        "try:\n    import a\nexcept OSError:\n    pass\nprint()",
        "try:\n    import a\nexcept ImportError:\n    pass\nprint()",
    ),
    ("PY008", "from a import T\ndef f(a: 'U'): pass", "from a import T\ndef f(a: 'list[T]'): pass"),
    (
        "PY008",
        "from a import T\nb = {}\nprint(b['T'])",
        "from a import T\nfrom typing import cast\nprint(cast('T', 1))",
    ),
    (
        "PY008",
        "import a\nprint()",
        "import __future__\nfrom __future__ import annotations\nprint()",
    ),
    ("PY008", "from a import b\nprint()", "from ._a import b\nprint()"),
    (
        "PY008",
        "from a import site\ndef test(c): print(c)",
        "from a import site\ndef test(site): print(site)",
    ),
    ("PY009", "print(undefined)", "print(defined)\ndefined = 1"),
    ("PY009", "def f():\n    return a", "def f():\n    return a\nfrom b import *"),
    (
        "PY009",
        "class A:\n    b = 1\n    def c(self):\n        return b",
        "class A:\n    b = 1\n    c = b\n    def d(self):\n        return __class__",
    ),
    ("PY009", "print([a for b in []])", "print([a for a in [] if (c := a)], c)"),
    (
        "PY009",
        "try:\n    a\nexcept OSError:\n    pass",
        "try:\n    a\nexcept NameError:\n    a = 1",
    ),
    ("PY009", "x = lambda: y", "globals()['y'] = 1\nx = lambda: y"),
    ("PY010", "list = [1]", "class A:\n    list = [1]\n    id = 2\ndef f(type): return type"),
    ("PY010", "for id in []:\n    print(id)", "print([id for id in []])\n__all__ = ['id']\nid = 1"),
    (
        "PY011",
        "def f(): pass\ndef f(): pass",
        "def f(): pass\nf()\ndef f(): pass\nif f:\n    def f(): pass",
    ),
    (
        "PY011",
        "class A:\n    def b(self): pass\n    def b(self): pass",
        "class A:\n    @property\n    def b(self): pass\n    @b.setter\n    def b(self, c): pass",
    ),
    (
        "PY012",
        "a = []\nfor b in a:\n    a.append(lambda: b)",
        "a = []\nfor b in a:\n    a.append(lambda b=b: b)",
    ),
    (
        "PY012",
        "print([lambda: a for a in []])",
        "for a in []:\n    print(sorted([], key=lambda b: a))",
    ),
    (
        "PY012",
        "a = {}\nfor b in a:\n    def f():\n        return b\n    a[b] = f",
        "a = {}\nfor b in a:\n    def f():\n        return b\n    f()",
    ),
    (
        "PY013",
        "async def f(): pass\nasync def g():\n    f()",
        "async def f(): pass\nasync def g():\n    await f()\n    a = f()\n    await a",
    ),
    (
        "PY013",
        "class A:\n    async def b(self): pass\n    async def c(self):\n        self.b()",
        "class A:\n    async def b(self): yield\n    async def c(self):\n        self.b()",
    ),
    ("PY014", "print(f'a')", "a = 1\nprint(f'{a:>{a}}', f'{a:>10}', 'b' f'{a}')"),
    ("PY015", "assert (1, 'a')", "assert 1, 'a'\nassert (1)"),
    ("PY016", "print({'a': 1, 'a': 2})", "a = {}\nprint({'a': 1, **a, 'a': 2, 1: 3, '1': 4})"),
    ("PY016", "a = b = 1\nprint({a: 1, b: 2, a: 3})", "print({print(): 1, print(): 2})"),
    ("PY017", "open('a').read()", "with open('a') as b:\n    b.read()"),
    ("PY017", "for a in open('b'):\n    print(a)", "import a\na.use(open('b'))"),
    ("PY017", "import json\njson.load(open('a'))", "def f():\n    return open('a')"),
    (
        "PY017",
        "def f():\n    a = open('a')\n    return a.read()",
        "def f():\n    a = open('a')\n    try:\n        return a.read()\n    finally:\n"
        "        a.close()",
    ),
    (
        "PY017",
        "def f():\n    a = open('a')\n    for b in a:\n        print(b)",
        "def f():\n    a = open('a')\n    with a:\n        return a.read()",
    ),
    ("PY101", "def f(a):\n    return eval(a)", "def eval(a): pass\ndef f(a):\n    return eval(a)"),
    ("PY101", "def f(a):\n    exec(a)", "exec('a = 1')\nprint('eval(a)')"),
    (
        "PY102",
        "import subprocess as s\ndef f(a):\n    s.run(a, shell=True)",
        "import subprocess as s\ndef f(a):\n    s.run(a, shell=False)\n    a.run(a, shell=True)",
    ),
    (
        "PY102",
        "from os import system\ndef f(a):\n    system('ls ' + a)",
        "from os import system\nsystem('clear')",
    ),
    ("PY103", "import yaml\nyaml.load('a')", "import yaml\nyaml.load('a', Loader=yaml.SafeLoader)"),
    (
        "PY103",
        "import yaml\nyaml.load('a', yaml.UnsafeLoader)",
        "import yaml\nyaml.safe_load('a')\nyaml.load('a', yaml.CSafeLoader)",
    ),
    (
        "PY104",
        "import pickle\ndef f(a):\n    return pickle.loads(a)",
        "import pickle\ndef f(a):\n    return pickle.dumps(a)",
    ),
    ("PY105", "password = 'hunter2'", "password = ''\npassword_field = 'hunter2'"),
    ("PY105", "import a\na.connect(api_key='9f8e7d6c')", "import a\na.connect(api_key=a.key)"),
    ("PY105", "a = {'db_password': 's3cr3t!'}", "PASSWORD = 'PASSWORD'\nsecret = 'user_secret'"),
    (
        "PY105",
        "def f(passwd):\n    return passwd == 'xyzzy1'",
        "token = 'NAME'\npassword = '<here>'",
    ),
    (
        "PY106",
        "def f(c, a):\n    c.execute(f'SELECT * FROM t WHERE a = {a}')",
        "def f(c, a):\n    c.execute('SELECT * FROM t WHERE a = ?', (a,))",
    ),
    (
        "PY106",
        "def f(c, a):\n    c.execute('DELETE FROM t WHERE a = %s' % a)",
        "T = 't'\ndef f(c, a):\n    c.execute(f'DELETE FROM {T} WHERE a = ?', (a,))",
    ),
    (
        "PY106",
        "def f(c, a):\n    q = 'UPDATE t SET a = ' + a\n    c.execute(q)",
        "def f(c, a):\n    c.execute('SELECT a FROM t WHERE b IN (%s)' % ','.join('?' * 3), a)",
    ),
    (
        "PY106",
        "def f(c, a):\n    c.execute('INSERT INTO t VALUES ({})'.format(a))",
        "def f(c, a):\n    c.execute('run {}'.format(a))",
    ),
    (
        "PY106",
        "def f(c, a):\n    c.execute('SELECT a FROM b WHERE c = ' + " + "'d' + " * 700 + "a)",
        "def f(c, a):\n    c.execute('SELECT a FROM b WHERE c = ' + " + "'d' + " * 700 + "'e')",
    ),
    ("SYN001", "def f(:\n    pass", "def f(): pass"),
    ("SYN001", "return 1", "match = 1\nprint(match)"),
    ("SYN002", "a = " + "-" * 20_000 + "1", "a = " + "-" * 20 + "1"),
]


@pytest.mark.parametrize(("rule", "bad", "good"), CASES)
def test_check(rule: str, bad: str, good: str) -> None:
    assert rule in found(bad)
    assert rule not in found(good)


def test_every_check_of_python_is_tested() -> None:
    python = {rule.id for rule in RULES if rule.id.startswith("PY")}
    assert python <= {rule for rule, _, _ in CASES}


def test_position() -> None:
    (finding,) = analyze("é = 'ä'; import os\nprint(é)\n")[1]
    assert (finding.region.line, finding.region.column) == (1, 17)
    assert (finding.region.end_line, finding.region.end_column) == (1, 19)
    assert finding.message == "os is imported but never used"


def test_a_block_is_pointed_at_by_its_first_line() -> None:
    (finding,) = analyze("try:\n    print()\nexcept:\n    print()\n    print()\n")[1]
    assert (finding.region.line, finding.region.end_line, finding.region.end_column) == (3, 3, 8)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a = 1\nb = (\n", 2, 5),
        ("é é\n", 1, 3),
        ("if 1:\nprint()\n", 2, 1),
        ("a = 1\n" * 2000 + "\0b\n", 2001, 1),
        ("'''\n", 1, 1),
        ("def f(a, a): pass\n", 1, 10),
    ],
)
def test_position_of_a_syntax_error(text: str, line: int, column: int) -> None:
    finding = next(each for each in analyze(text)[1] if each.rule.id == "SYN001")
    assert (finding.region.line, finding.region.column) == (line, column)
    assert "as Python 3." in finding.message


@pytest.mark.parametrize("name", ["a/__init__.py", "__init__.pyi"])
def test_a_package_hands_on_what_it_imports(name: str) -> None:
    assert found("from a import b\nc = 1\n", name) == []


def test_a_module_of_imports_alone_hands_them_on() -> None:
    assert found("'''Doc.'''\nfrom a import b\nif b:\n    from c import d\n") == []


def test_tests_may_have_passwords_and_compare_a_value_with_itself() -> None:
    text = "def f(a):\n    password = 'hunter2'\n    return a == a, password\n"
    assert set(found(text)) == {"PY105", "GEN002"}
    assert found(text, "tests/helper.py") == found(text, "a_test.py") == []


@pytest.mark.parametrize(
    ("comment", "is_silent"),
    [
        ("# noqa", True),
        ("# NOQA: E711", True),
        ("# noqa: PY004", True),
        ("# noqa: E501, PY004", True),
        ("# noqa: E501", False),
        ("# note", False),
    ],
)
def test_noqa(comment: str, is_silent: bool) -> None:
    text = f"def f(a):\n    return a == None  {comment}\n"
    assert found(text) == ([] if is_silent else ["PY004"])


def test_noqa_in_a_text_is_no_comment() -> None:
    assert found("def f(a):\n    return a == None, '# noqa'\n") == ["PY004"]


def test_warnings_about_the_text_are_not_shown() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "PY006" in found("def f(a):\n    return a is 1, '\\d'\n")


def test_functions() -> None:
    text = """
class A:
    @property
    def b(self, c, *d, e=1, **f):
        if c and d or e:
            return [g for g in d if g]
        elif f:
            with c:
                pass
        else:
            for g in d:
                while g:
                    pass
        return c if d else e

    @staticmethod
    def h(i): pass

    async def j(self):
        def k(): return 1
        try:
            return k()
        except OSError:
            return lambda: 1 if self else 2
        match self:
            case 1: pass
            case _: pass
"""
    functions, _ = analyze(text)
    measures = [(each.name, each.complexity, each.nesting, each.parameters) for each in functions]
    assert measures == [
        ("A.b", 10, 3, 4),
        ("A.h", 1, 0, 1),
        ("A.j", 4, 1, 0),
        ("A.j.k", 1, 0, 0),
    ]
    assert [(each.region.line, each.heading.line, each.lines) for each in functions] == [
        (3, 4, 12),
        (16, 17, 2),
        (19, 19, 9),
        (20, 20, 1),
    ]


def test_a_large_module_takes_time_in_proportion() -> None:
    text = "".join(f"def f{n}(a):\n    b = a\n    return b\n" for n in range(2000))
    functions, findings = analyze(text)
    assert (len(functions), findings) == (2000, [])
