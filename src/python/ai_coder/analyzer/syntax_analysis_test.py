from __future__ import annotations

import pytest

from ai_coder.analyzer import parsers
from ai_coder.analyzer.grammars import GRAMMARS
from ai_coder.analyzer.languages import LANGUAGES
from ai_coder.analyzer.measures import MOST_PARAMETERS
from ai_coder.analyzer.results import Finding, Function
from ai_coder.analyzer.rules import RULES
from ai_coder.analyzer.source import read_source
from ai_coder.analyzer.syntax_analysis import analyze_syntax, language_of_header


def analyze(text: str, language: str, name: str = "a") -> tuple[list[Function], list[Finding]]:
    return analyze_syntax(read_source(name, text.encode(), language), language)


def found(text: str, language: str, name: str = "a") -> list[str]:
    return [each.rule.id for each in analyze(text, language, name)[1]]


# What is around a statement to make it a program.
FRAMES = {
    "javascript": "function f() {{ {} }}",
    "typescript": "function f(): void {{ {} }}",
    "java": "class A {{ void f() {{ {} }} }}",
    "c": "void f(void) {{ {} }}",
    "cpp": "void f() {{ {} }}",
    "csharp": "class A {{ void F() {{ {} }} }}",
    "go": "package p\nfunc f() {{ {} }}",
    "rust": "fn f() {{ {} }}",
}

# A rule, languages, statements that it finds, and statements that it leaves alone.
STATEMENTS = [
    ("GEN001", "javascript typescript", "return 1; g();", "return g(); function g() {} var a;"),
    (
        "GEN001",
        "javascript typescript java c cpp csharp",
        "for (;;) { break; g(); }",
        "g(); return;",
    ),
    ("GEN001", "javascript typescript", "throw a; g();", "if (a) { throw a; } g();"),
    ("GEN001", "c cpp", "goto end; g(); end: h();", "goto end; end: g();"),
    ("GEN001", "c cpp", "return; g();", "return;\n#ifdef A\ng();\n#endif\n"),
    ("GEN001", "go", "return\ng()", "if a { return }\ng()"),
    ("GEN001", "rust", "return; g();", "return; fn g() {}"),
    ("GEN001", "rust", "loop { continue; g(); }", "#[cfg(a)] return; g();"),
    (
        "GEN001",
        "java",
        "switch (a) { case 1: return; g(); }",
        "switch (a) { case 1: return; break; }",
    ),
    (
        "GEN002",
        "javascript typescript java c cpp csharp",
        "g(a.b == a.b);",
        "g(a != a, g() == g());",
    ),
    ("GEN002", "javascript typescript", "g(a === a);", "g(!(a === a));"),
    ("GEN002", "go", "g(a.b < a.b)", "g(a.b < a.c)"),
    ("GEN002", "rust", "g(a >= a);", "g(a >= b);"),
    (
        "GEN003",
        "javascript typescript java c cpp csharp",
        "switch (a) { case 1: break; case 2: break; case 1: break; }",
        "switch (a) { case 1: break; case 2: break; default: break; }",
    ),
    ("GEN003", "go", "switch a {\ncase 1, 2:\ncase 2:\n}", "switch a {\ncase g():\ncase g():\n}"),
    (
        "GEN003",
        "rust",
        "match a { 1 => {} 1 => {} _ => {} }",
        "match a { 1 if b => {} 1 => {} _ => {} }",
    ),
    (
        "GEN003",
        "java",
        "g(switch (a) { case 1, 2 -> 3; case 2 -> 4; });",
        "g(switch (a) { case 1 -> 3; });",
    ),
    (
        "GEN004",
        "javascript typescript",
        "try { g(); } catch (e) { }",
        "try { g(); } catch (e) { /* a */ }",
    ),
    (
        "GEN004",
        "javascript typescript csharp",
        "try { g(); } catch { }",
        "try { g(); } catch { h(); }",
    ),
    ("GEN004", "java csharp", "try { g(); } catch (E e) { }", "try { g(); } catch (E ignored) { }"),
    ("GEN004", "cpp", "try { g(); } catch (...) { }", "try { g(); } catch (...) { throw; }"),
    (
        "GEN005",
        "java csharp",
        "try { g(); } catch (Exception e) { h(); }",
        "try { g(); } catch (Exception e) { throw new E(e); }",
    ),
    (
        "GEN005",
        "csharp",
        "try { g(); } catch { h(); }",
        "try { g(); } catch (Exception e) when (a) { h(); }",
    ),
    (
        "GEN005",
        "java",
        "try { g(); } catch (Throwable e) { h(); }",
        "try { g(); } catch (E e) { h(); }",
    ),
    (
        "GEN006",
        "javascript typescript java c cpp csharp",
        "if (a = b) { g(); }",
        "if ((a = b)) { g(); }",
    ),
    (
        "GEN006",
        "javascript typescript java c cpp csharp",
        "while (a = 1) { }",
        "while (a = g()) { }",
    ),
    ("GEN006", "c cpp", "if (a = 0) g();", "if (a += 1) g(); for (a = 1; a = g(); ) g();"),
    (
        "GEN007",
        "javascript typescript java",
        "try { g(); } finally { return; }",
        "try { g(); } finally { h(); }",
    ),
    (
        "GEN007",
        "javascript typescript java",
        "try { g(); } finally { if (a) { return; } }",
        "try { g(); } finally { h(() -> { return; }); }".replace("->", "=>"),
    ),
    ("GEN008", "javascript typescript java c cpp csharp", "if (a) ; g();", "if (a) ; else g();"),
    (
        "GEN009",
        "javascript typescript java c cpp",
        "switch (a) { case 1: b = 1; case 2: b = 2; }",
        "switch (a) { case 1: b = 1; break; case 2: b = 2; }",
    ),
    (
        "GEN009",
        "javascript typescript java c cpp",
        "switch (a) { case 1: { b = 1; } default: b = 2; }",
        "switch (a) { case 1: b = 1; /* on */ case 2: b = 2; }",
    ),
    (
        "GEN009",
        "javascript typescript java c cpp",
        "switch (a) { case 1: case 2: b = 1; case 3: b = 2; }",
        "switch (a) { case 3: b = 3; case 2: b = 2; case 1: b = 1; }",
    ),
    ("GEN010", "javascript typescript java c cpp csharp", "a = a;", "a = b; a += a;"),
    ("GEN010", "csharp", "a.b = a.b;", "g(new A { B = B });"),
    ("GEN010", "go", "a = a", "a, b = b, a"),
    ("GEN010", "rust", "a = a;", "let a = a;"),
    (
        "JS001",
        "javascript typescript",
        "g(a == 1);",
        "g(a == null, a === 1, typeof a == 'b', 1 == 1);",
    ),
    ("JS001", "javascript typescript", "g(a != b);", "g(a !== b, a != undefined);"),
    ("JS002", "javascript typescript", "eval(a);", "a.eval(b); eval();"),
    (
        "JS002",
        "javascript typescript",
        "new Function('a', b);",
        "new Functions(b); new Function();",
    ),
    ("JS002", "javascript typescript", "setTimeout('g()', 1);", "setTimeout(g, 1);"),
    ("JS003", "javascript typescript", "g({a: 1, 'a': 2});", "g({a: 1, ...b, a: 2, [a]: 3});"),
    ("JS003", "javascript", "g({'\"': 1, '\"': 2});", "g({'\"': 1, \"'\": 2});"),
    ("JS004", "javascript typescript", "debugger;", "g('debugger');"),
    ("JV001", "java", 'g(a == "b");', 'g("b".equals(a), "a" == "a", a == null);'),
    ("C001", "c cpp", "gets(a);", "fgets(a, 9, b); p->gets(a);"),
    ("C002", "c cpp", "strcpy(a, b);", 'strcpy(a, "b"); strncpy(a, b, 9); strcpy(a, NAME);'),
    ("C002", "c cpp", 'sprintf(a, "%s", b);', 'sprintf(a, "%d", b); snprintf(a, 9, "%s", b);'),
    ("C003", "c cpp", 'scanf("%s", a);', 'scanf("%9s", a); scanf("%d", &a);'),
    ("C004", "c cpp", "printf(a);", 'printf("a"); printf(_(a)); printf(a, b); printf(FORMAT);'),
    ("C004", "c cpp", "fprintf(stderr, a->b);", 'fprintf(stderr, "%s", a->b);'),
    ("C005", "c cpp", "tmpnam(a);", "mkstemp(a);"),
    (
        "CPP001",
        "cpp",
        "try { } catch (std::E e) { g(); }",
        "try { } catch (const std::E& e) { g(); }",
    ),
    ("CPP001", "cpp", "try { } catch (E e) { g(); }", "try { } catch (int e) { g(); }"),
    ("CS002", "csharp", "try { } catch (E e) { throw e; }", "try { } catch (E e) { throw; }"),
    ("CS003", "csharp", "lock (this) { }", "lock (gate) { }"),
    ("CS003", "csharp", "lock (typeof(A)) { }", "lock (a.b) { }"),
    ("GO001", "go", "_ = g()", "_ = a; a := g()"),
    ("GO001", "go", "_, _ = g()", "_, _ = fmt.Println()"),
    ("GO001", "go", "a, _ := os.Open(b)", "a, _ := b.Get(c); a, _ := os.LookupEnv(b)"),
    ("GO002", "go", "if err != nil { }", "if err != nil { return }"),
    ("GO002", "go", "if readErr != nil {\n}", "if err != nil {\n// why\n}\nif a != nil { }"),
    ("GO003", "go", "for { defer g() }", "for { func() { defer g() }() }\ndefer g()"),
    ("RS001", "rust", "g().unwrap();", "a.lock().unwrap(); g().expect(b); g()?;"),
    ("RS002", "rust", "unsafe { g() }", "\n// SAFETY: g is sound.\nunsafe { g() }"),
    ("RS002", "rust", "let a = unsafe { g() };", "let a = unsafe {\n// Safety: yes.\ng()\n};"),
    ("RS003", "rust", "todo!();", 'println!("todo!");'),
]


def statement_cases() -> list[tuple[str, str, str, str]]:
    return [
        (rule, language, bad, good)
        for rule, languages, bad, good in STATEMENTS
        for language in languages.split()
    ]


@pytest.mark.parametrize(("rule", "language", "bad", "good"), statement_cases())
def test_check_of_a_statement(rule: str, language: str, bad: str, good: str) -> None:
    if language == "java":
        good = good.replace("=>", "->")
    frame = FRAMES[language]
    assert found(frame.format(bad), language).count(rule) == 1
    good_ones = found(frame.format(good), language)
    assert rule not in good_ones
    assert "SYN001" not in good_ones


# The same of whole files, with the suffix of the file.
FILES = [
    ("SYN001", "javascript", ".js", "function f( {", "const a = <b>c</b>;"),
    ("SYN001", "typescript", ".ts", "const a: number = ;", "const a = <number>b;"),
    ("SYN001", "typescript", ".tsx", "const a = <b>c;", "const a = <b>c</b>;"),
    ("SYN001", "java", ".java", "class A { int a = 1 }", "record A(int b) { }"),
    (
        "SYN001",
        "c",
        ".c",
        "#include <stdio.h>\nint f(void) { return 1 }",
        "int f(void) { return 1; }",
    ),
    ("SYN001", "c", ".c", "int a = ;", '#include "a.h"\nDECLARE(int) a b;'),
    ("SYN001", "cpp", ".cpp", "class A { int f() { return 1 } };", "#define A\nA B int f();"),
    (
        "SYN001",
        "csharp",
        ".cs",
        "class A { void F() { G( } }",
        "#if A\nclass A {\n#else\nclass B {\n#endif\n}",
    ),
    ("SYN001", "go", ".go", "package p\nfunc f( {\n}", "package p\nfunc f[T any](a T) {}"),
    (
        "SYN001",
        "rust",
        ".rs",
        "fn f() { let a = ; }",
        "async fn f() { let Some(a) = b else { return }; }",
    ),
    ("SYN004", "c", ".c", "#define A\nA B int f();", "#define A 1\nint f(void);"),
    ("SYN004", "typescript", ".ts", "type A = { (): b\n <U>(): c }", "type A = { b: c }"),
    (
        "FN004",
        "javascript",
        ".js",
        f"function f({', '.join(f'a{n}' for n in range(MOST_PARAMETERS + 1))}) {{}}",
        f"function f({', '.join(f'a{n}' for n in range(MOST_PARAMETERS))}) {{}}",
    ),
    (
        "JV002",
        "java",
        ".java",
        "class A { public boolean equals(Object o) { return true; } }",
        "class A { public boolean equals(Object o) { return true; } public int hashCode() "
        "{ return 1; } boolean equals(A a, A b) { return true; } }",
    ),
    ("CPP002", "cpp", ".hpp", "using namespace std;", "namespace a { using namespace std; }"),
    (
        "CPP002",
        "cpp",
        ".h",
        "using namespace std;",
        "void f() { using namespace std; } using std::a;",
    ),
    (
        "CS001",
        "csharp",
        ".cs",
        "class A { async void F() { } }",
        "class A { async Task F() { } async void G(object a, EventArgs b) { } void H() { } }",
    ),
    (
        "RS001",
        "rust",
        ".rs",
        "fn f() { g().unwrap(); }",
        "#[test]\nfn f() { g().unwrap(); }\n#[cfg(test)]\nmod tests { fn h() { g().unwrap(); } }",
    ),
]


@pytest.mark.parametrize(("rule", "language", "suffix", "bad", "good"), FILES)
def test_check_of_a_file(rule: str, language: str, suffix: str, bad: str, good: str) -> None:
    assert rule in found(bad, language, f"a{suffix}")
    assert rule not in found(good, language, f"a{suffix}")


def test_every_check_is_tested() -> None:
    tested = {case[0] for case in (*STATEMENTS, *FILES)}
    families = ("GEN", "JS", "JV", "C0", "CPP", "CS", "GO", "RS")
    assert {rule.id for rule in RULES if rule.id.startswith(families)} <= tested


def test_every_language_has_a_grammar() -> None:
    assert {*GRAMMARS, "python"} == set(LANGUAGES)
    for language in GRAMMARS:
        assert found(FRAMES[language].format(""), language) == []


FUNCTIONS = {
    "javascript": (
        """
class A { m(a, [b], {c}, ...d) { if (a && b || c) {} else if (d) { for (;;) { while (a) {} } } }
  get p() { return this.a ?? 1; } constructor() {} field = a => a ? 1 : 2; }
function f(a = 1) { try { g(() => { if (a) {} }); } catch (e) { } function inner() {} }
const arrow = async () => { switch (a) { case 1: case 2: break; default: } };
exports.g = function () { do {} while (a); };
g(function () { if (a) {} });
""",
        [
            ("A.m", 7, 3, 4),
            ("A.p", 2, 0, 0),
            ("A.constructor", 1, 0, 0),
            ("A.field", 2, 0, 1),
            ("f", 3, 2, 1),
            ("f.inner", 1, 0, 0),
            ("arrow", 3, 1, 0),
            ("exports.g", 2, 1, 0),
        ],
    ),
    "typescript": (
        """
abstract class A<T> { constructor(private a: string, b?: number) { } abstract q(): void;
  m(this: A, ...c: any[]): void { for (const d of c) { if (d!) {} } } f = (a: T) => a; }
function over(a: string): void;
function over(a: any) { return a as T; }
namespace N { export function g() {} }
export default function () {}
""",
        [
            ("A.constructor", 1, 0, 2),
            ("A.m", 3, 2, 1),
            ("A.f", 1, 0, 1),
            ("over", 1, 0, 1),
            ("g", 1, 0, 0),
            ("default", 1, 0, 0),
        ],
    ),
    "java": (
        """
class A { A(int a, String... b) { }
  @Override public <T> void m(A this, final int a) { if (a == 1) ; else if (b || c) {}
    for (int i : d) { synchronized (this) { } } Runnable r = () -> { if (a) { } };
    switch (a) { case 1: case 2: f(); break; default: } int x = a ? 1 : 2; }
  abstract void n(); enum E { B { void z() { try { } catch (X e) { } } } }
  record R(int a) { R { } } }
""",
        [
            ("A.A", 1, 0, 2),
            ("A.m", 9, 2, 1),
            ("A.E.z", 2, 1, 0),
            ("A.R.R", 1, 0, 0),
        ],
    ),
    "c": (
        """
static int *f(int a, char **b, void (*c)(int), ...) { if (a && b) { } else if (c) { }
  switch (a) { case 1: case 2: break; default: break; } return a ? b : c; }
void g(void) { for (;;) { while (1) { do { } while (1); } } }
int h();
int old(a, b) int a; char *b; { return a; }
""",
        [("f", 7, 1, 4), ("g", 4, 3, 0), ("old", 1, 0, 2)],
    ),
    "cpp": (
        """
namespace N { class A : B { public: A(int a) : x(a) {} ~A() = default; void m() const {
    for (auto x : y) { try { } catch (...) { } } } template <class T> void t(T&& x, int y = 1) {}
  bool operator==(const A& o) const { return a and b; } }; }
int N::A::f() { auto l = [&](int z) { return z ? 1 : 2; }; return 1; }
A& A::operator=(const A& o) { return *this; }
""",
        [
            ("A::A", 1, 0, 1),
            ("A::m", 3, 2, 0),
            ("A::t", 1, 0, 2),
            ("A::operator==", 2, 0, 1),
            ("N::A::f", 2, 0, 0),
            ("A::operator=", 1, 0, 1),
        ],
    ),
    "csharp": (
        """
namespace N { class A { public int P { get { return a ?? 1; } set => x = value; }
  public A(int a) : base(a) { } ~A() { }
  async Task M(int a, params string[] b) { foreach (var i in b) { lock (this) { } }
    switch (a) { case 1: case 2: break; case int q when q > 1: break; default: break; }
    var z = a switch { 1 => 2, _ => 3 }; int Local(int y) { return y > 1 ? 1 : 2; } }
  public static A operator +(A a, A b) { return a; } abstract void N(); int E(int a) => a; } }
""",
        [
            ("A.P.get", 2, 0, 0),
            ("A.P.set", 1, 0, 0),
            ("A.A", 1, 0, 1),
            ("A.~A", 1, 0, 0),
            ("A.M", 6, 2, 2),
            ("A.M.Local", 2, 0, 1),
            ("A.operator +", 1, 0, 2),
            ("A.E", 1, 0, 1),
        ],
    ),
    "go": (
        """
package p
func f(a, b int, c ...string) (int, error) { if x := g(); x == 1 && a { } else if y { }
  for i := range c { select { case <-d: ; default: } }
  switch a { case 1, 2: ; default: }; switch t := v.(type) { case int: }; return 1, nil }
func (r *T[K]) m(a int) { func() { if a { } }() }
func G[T any](x T) {}
func external(a int)
""",
        [("f", 8, 2, 3), ("T.m", 2, 1, 1), ("G", 1, 0, 1)],
    ),
    "rust": (
        """
impl<T> Foo<T> { pub fn new(&mut self, a: i32) -> Self { if a == 1 { } else if let Some(x) = b { }
  while c { loop { } } match a { 1 | 2 => { } x if x > 1 => 3, _ => {} } let c = |x| x || a; } }
trait T { fn sig(&self); fn given(&self) { for i in 0..1 { } } }
async unsafe fn z(a: u8) {}
""",
        [("Foo::new", 7, 2, 1), ("T::given", 2, 1, 0), ("z", 1, 0, 1)],
    ),
}


@pytest.mark.parametrize("language", FUNCTIONS)
def test_functions(language: str) -> None:
    text, expected = FUNCTIONS[language]
    functions, findings = analyze(text, language)
    assert "SYN001" not in [each.rule.id for each in findings]
    assert [
        (each.name, each.complexity, each.nesting, each.parameters) for each in functions
    ] == expected


def test_lines_and_position() -> None:
    functions, findings = analyze("/* é */ int f(void)\n{\n  é = é;\n}\n", "c")
    assert [(each.region.line, each.region.column, each.lines) for each in functions] == [(1, 9, 4)]
    assert (functions[0].heading.column, functions[0].heading.end_column) == (13, 14)
    (finding,) = findings
    assert (finding.region.line, finding.region.column, finding.region.end_column) == (3, 3, 8)


def test_an_error_does_not_make_findings_of_what_is_beside_it() -> None:
    assert "GEN010" not in found("void f() { level = level::off; }", "c")
    assert "GEN010" in found("void f() { int x = ; }\nvoid g() { a = a; }", "c")


def test_doubtful_errors_are_one_finding() -> None:
    findings = analyze("#define A\nA B int f();\nint g;\nA B int h();\n", "c")[1]
    assert [each.message for each in findings if each.rule.id == "SYN004"] == [
        "not understood: ';' is missing here (and 1 more in this file)"
    ]


def test_a_header_is_c_or_cpp() -> None:
    def language(text: str) -> str:
        return language_of_header(read_source("a.h", text.encode(), "c"))

    assert language("int f(void);") == "c"
    assert language("namespace a { class B { public: int c(); }; }") == "cpp"
    assert language("@") == "c"


@pytest.mark.parametrize("language", GRAMMARS)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "é\r\n\0\0",
        "\ufeff",
        "(" * 20_000,
        "{" * 20_000,
        "class A {" * 5_000,
        "function f() {" * 5_000 + "}" * 5_000,
        "switch (a) { case 1:" + "{" * 5_000 + "}" * 5_000 + "case 2: }",
    ],
)
def test_no_text_ends_the_program(text: str, language: str) -> None:
    analyze(text, language)


def test_a_parser_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsers, "_MOST_SECONDS", 0.05)
    assert found("class A { B b = " + "a<" * 3000, "java") == ["SYN002"]
    assert language_of_header(read_source("a.h", b"a=>" * 3000, "c")) == "c"
