"""Every rule there is. The letters of an id tell the languages: GEN is for several of them."""

from __future__ import annotations

from ai_coder.analyzer.results import Rule, Severity

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

JUDGEMENT = Rule(
    "AI001",
    "model-judgement",
    _NOTE,
    "What the trained model says of a function, or of a file without functions.",
    "The label is one of those that the model was trained with; the confidence is its share of "
    "all labels. It is an opinion to look into, not a proof.",
)

# ---- the text and its syntax

SYNTAX_ERROR = Rule(
    "SYN001",
    "syntax-error",
    _ERROR,
    "The language does not allow this text.",
    "It cannot be compiled or run. Look at the place and just before it: a bracket, a quotation "
    "mark or a separator is often missing there.",
    ("E999",),
)
TOO_NESTED = Rule(
    "SYN002",
    "too-deeply-nested",
    _WARNING,
    "The text is nested too deeply to be analyzed.",
    "Compilers give up on such text, too. Split the expression; if it is data, read it from a "
    "file of data.",
)
ENCODING = Rule(
    "SYN003",
    "not-utf-8",
    _NOTE,
    "The file is not UTF-8.",
    "Tools show other characters than were meant. Store the file as UTF-8.",
)
NOT_UNDERSTOOD = Rule(
    "SYN004",
    "not-understood",
    _NOTE,
    "This part cannot be read without the preprocessor, or is a syntax error.",
    "C and C++ are read as they stand here, without running the preprocessor, so a macro may be "
    "behind it. If there is none, a compiler will reject it. The part is not checked.",
)

# ---- the size of functions

TOO_COMPLEX = Rule(
    "FN001",
    "too-complex",
    _NOTE,
    "The function has many paths through it.",
    "The cyclomatic complexity counts the decisions; each is a path to understand and to test. "
    "Give parts with a purpose of their own functions of their own.",
    ("C901", "PLR0912"),
)
TOO_LONG = Rule(
    "FN002",
    "too-long",
    _NOTE,
    "The function has many lines.",
    "It cannot be seen at once. Give parts with a purpose of their own functions of their own.",
    ("PLR0915",),
)
TOO_DEEP = Rule(
    "FN003",
    "too-deep",
    _NOTE,
    "The blocks of the function are deeply nested.",
    "A reader has to remember every condition around a line. Return early, or make the inner "
    "blocks a function.",
    ("PLR1702",),
)
MANY_PARAMETERS = Rule(
    "FN004",
    "many-parameters",
    _NOTE,
    "The function has many parameters.",
    "Calls are hard to read and easy to get wrong. Pass what belongs together as one object.",
    ("PLR0913", "PLR0917"),
)

# ---- several languages

UNREACHABLE = Rule(
    "GEN001",
    "unreachable-code",
    _WARNING,
    "The statement can never run.",
    "The one before it leaves the block. Delete it, or move it to where it was meant to be.",
)
SELF_COMPARISON = Rule(
    "GEN002",
    "self-comparison",
    _WARNING,
    "A value is compared with itself.",
    "The result is always the same; one side was probably meant to be something else.",
    ("PLR0124",),
)
DUPLICATE_CASE = Rule(
    "GEN003",
    "duplicate-case",
    _WARNING,
    "The same case is there twice.",
    "The second one never runs. Delete it, or correct its value.",
)
EMPTY_CATCH = Rule(
    "GEN004",
    "empty-catch",
    _WARNING,
    "An exception is caught and nothing is done.",
    "The failure goes unnoticed and shows somewhere else. Handle it, let it pass, or say in a "
    "comment why it does not matter.",
)
GENERAL_CATCH = Rule(
    "GEN005",
    "general-catch",
    _NOTE,
    "Every kind of exception is caught and none is thrown on.",
    "Defects of the program are taken for the failure that was expected. Catch the exceptions "
    "that can be handled here.",
)
ASSIGNMENT_IN_CONDITION = Rule(
    "GEN006",
    "assignment-in-condition",
    _WARNING,
    "A condition assigns instead of comparing.",
    "The condition is what was assigned. Write a comparison; if it is meant, put it into another "
    "pair of parentheses or before the statement.",
)
JUMP_IN_FINALLY = Rule(
    "GEN007",
    "jump-in-finally",
    _WARNING,
    "A `finally` block is left by a jump.",
    "The exception or result on its way out is lost without a trace. Put the jump after the block.",
    ("B012", "SIM107", "PLW0150"),
)
EMPTY_IF = Rule(
    "GEN008",
    "empty-if",
    _WARNING,
    "An `if` has nothing but a semicolon.",
    "What follows runs in any case. Delete the semicolon.",
)
FALLTHROUGH = Rule(
    "GEN009",
    "fallthrough",
    _WARNING,
    "One case goes on into the next.",
    "A `break` was probably forgotten. If it is meant, say so in a comment between the cases.",
)
SELF_ASSIGNMENT = Rule(
    "GEN010",
    "self-assignment",
    _WARNING,
    "A variable is assigned to itself.",
    "It does nothing; one side was probably meant to be something else.",
)

# ---- Python

MUTABLE_DEFAULT = Rule(
    "PY001",
    "mutable-default",
    _WARNING,
    "The default of a parameter can be changed.",
    "It is made once, when the function is defined, and all calls share it. Use None and make a "
    "new one in the function.",
    ("B006", "W0102"),
)
BARE_EXCEPT = Rule(
    "PY002",
    "bare-except",
    _WARNING,
    "`except:` catches everything, also Ctrl-C and the exit of the program.",
    "Name the exceptions that can be handled here; `except Exception:` at the very least.",
    ("E722", "W0702"),
)
SWALLOWED_EXCEPTION = Rule(
    "PY003",
    "swallowed-exception",
    _WARNING,
    "Every exception is caught and nothing is done.",
    "Defects go unnoticed and show somewhere else. Name the exceptions that do not matter here, "
    "or report what happened.",
    ("S110", "BLE001", "W0718", "SIM105"),
)
NONE_COMPARISON = Rule(
    "PY004",
    "none-comparison",
    _WARNING,
    "A value is compared with None by == or !=.",
    "Classes can define what == means; None is one object. Use `is None` or `is not None`.",
    ("E711", "C0121"),
)
BOOL_COMPARISON = Rule(
    "PY005",
    "bool-comparison",
    _NOTE,
    "A value is compared with True or False by == or !=.",
    "1 == True holds, 2 == True does not. Use the value itself, or `is` where the type matters.",
    ("E712", "C0121"),
)
IS_LITERAL = Rule(
    "PY006",
    "is-literal",
    _WARNING,
    "A value is compared with a literal by `is`.",
    "Whether equal numbers or strings are one object is up to the interpreter. Use == or !=.",
    ("F632", "R0123"),
)
UNUSED_VARIABLE = Rule(
    "PY007",
    "unused-variable",
    _WARNING,
    "A local variable is never used.",
    "Delete it, or use it where it was meant to be used. A name that starts with _ says that it "
    "is not needed.",
    ("F841", "W0612"),
)
UNUSED_IMPORT = Rule(
    "PY008",
    "unused-import",
    _WARNING,
    "An imported name is never used.",
    "It costs time at start and misleads readers. Delete it; if others import it from here, name "
    "it in __all__.",
    ("F401", "W0611"),
)
UNDEFINED_NAME = Rule(
    "PY009",
    "undefined-name",
    _ERROR,
    "A name is used that is defined nowhere.",
    "It raises NameError when it is reached. Correct its spelling, or import it.",
    ("F821", "E0602"),
)
SHADOWED_BUILTIN = Rule(
    "PY010",
    "shadowed-builtin",
    _NOTE,
    "A variable hides a builtin of the same name.",
    "Code that uses the builtin there gets the variable. Choose another name.",
    ("A001", "W0622"),
)
REDEFINED = Rule(
    "PY011",
    "redefined",
    _WARNING,
    "A function or class is defined again before it was used.",
    "The first definition is lost. Delete one, or give it another name.",
    ("F811", "E0102"),
)
LATE_BINDING = Rule(
    "PY012",
    "late-binding",
    _WARNING,
    "A function that is kept from a loop uses the loop's variable.",
    "It sees the last value, not the one of its turn. Bind it: `lambda x=x: ...`.",
    ("B023", "W0640"),
)
MISSING_AWAIT = Rule(
    "PY013",
    "missing-await",
    _WARNING,
    "A coroutine is called, but never awaited.",
    "Nothing of it runs. Write `await` before the call, or give it to a task.",
)
EMPTY_F_STRING = Rule(
    "PY014",
    "f-string-without-placeholder",
    _NOTE,
    "An f-string has no placeholder.",
    "Delete the f, or put in the braces that were forgotten.",
    ("F541", "W1309"),
)
ASSERT_ON_TUPLE = Rule(
    "PY015",
    "assert-on-tuple",
    _ERROR,
    "An assertion is of a tuple, which is always true.",
    "Write `assert condition, message` without parentheses around both.",
    ("F631", "W0199"),
)
DUPLICATE_KEY = Rule(
    "PY016",
    "duplicate-key",
    _WARNING,
    "A dictionary has the same key twice.",
    "The first value is lost. Delete one, or correct its key.",
    ("F601", "W0109"),
)
UNCLOSED_FILE = Rule(
    "PY017",
    "unclosed-file",
    _NOTE,
    "A file is opened and not closed here.",
    "What was written may not be in the file yet, and the number of open files is limited. "
    "Use `with open(...) as file:`.",
    ("SIM115", "R1732"),
)
EVAL = Rule(
    "PY101",
    "eval",
    _WARNING,
    "Code is run that is made while the program runs.",
    "Whoever controls the text controls the program. Use ast.literal_eval for data, or a table "
    "of functions.",
    ("S307", "S102", "PGH001", "W0123", "W0122"),
)
SHELL = Rule(
    "PY102",
    "shell-command",
    _WARNING,
    "A command goes through a shell.",
    "Spaces, quotes and ; in a value become part of the command. Give a list of arguments, "
    "without shell=True.",
    ("S602", "S604", "S605", "S609"),
)
YAML_LOAD = Rule(
    "PY103",
    "unsafe-yaml-load",
    _WARNING,
    "YAML is read in a way that can make any object.",
    "A document can then run code. Use yaml.safe_load.",
    ("S506",),
)
PICKLE_LOAD = Rule(
    "PY104",
    "pickle-load",
    _NOTE,
    "A pickle is read.",
    "A pickle can run code. Read only those that this program wrote to a place that nobody else "
    "can write to; use JSON for data from elsewhere.",
    ("S301", "S302"),
)
PASSWORD = Rule(
    "PY105",
    "hard-coded-password",
    _WARNING,
    "A password or key is in the source code.",
    "Everybody who can read the code has it, and it is hard to change. Read it from the "
    "environment or a store of secrets, and change it now.",
    ("S105", "S106", "S107"),
)
SQL_STRING = Rule(
    "PY106",
    "sql-from-string",
    _WARNING,
    "An SQL statement is put together from strings.",
    "A quote in a value becomes part of the statement. Use placeholders and give the values as "
    "parameters.",
    ("S608",),
)

# ---- JavaScript and TypeScript

LOOSE_EQUALITY = Rule(
    "JS001",
    "loose-equality",
    _NOTE,
    "== or != converts types before it compares.",
    "0 == '' holds, and '0' == false, too. Use === or !==.",
)
SCRIPT_EVAL = Rule(
    "JS002",
    "eval",
    _WARNING,
    "Code is run that is made while the program runs.",
    "Whoever controls the text controls the program. Use JSON.parse for data, or functions.",
)
DUPLICATE_PROPERTY = Rule(
    "JS003",
    "duplicate-property",
    _WARNING,
    "An object has the same property twice.",
    "The first value is lost. Delete one, or correct its name.",
)
DEBUGGER = Rule(
    "JS004",
    "debugger",
    _WARNING,
    "A `debugger` statement is left in the code.",
    "It stops the program where developer tools are open. Delete it.",
)

# ---- Java

STRING_IDENTITY = Rule(
    "JV001",
    "string-identity",
    _WARNING,
    "A string is compared by == or !=.",
    "That asks whether both are one object. Use equals().",
)
EQUALS_WITHOUT_HASH = Rule(
    "JV002",
    "equals-without-hashcode",
    _WARNING,
    "A class has equals(Object), but no hashCode().",
    "Equal objects then get lost in a HashMap or HashSet. Add hashCode().",
)

# ---- C and C++

GETS = Rule(
    "C001",
    "gets",
    _ERROR,
    "gets() cannot be used safely.",
    "It writes past the end of its buffer on a long line. Use fgets() with the buffer's size.",
)
UNBOUNDED_COPY = Rule(
    "C002",
    "unbounded-copy",
    _WARNING,
    "A string is copied without regard to the size of its target.",
    "A long one overwrites what lies behind it. Use snprintf() with the target's size.",
)
UNBOUNDED_SCAN = Rule(
    "C003",
    "unbounded-scan",
    _WARNING,
    "scanf reads a word of any length into a buffer.",
    "A long one overwrites what lies behind it. Give a width, as in %63s.",
)
FORMAT_STRING = Rule(
    "C004",
    "format-string",
    _WARNING,
    "The format of a printf is a variable.",
    'A % in it reads or writes memory that it should not. Use printf("%s", text).',
)
TEMPORARY_NAME = Rule(
    "C005",
    "temporary-name",
    _WARNING,
    "The name of a temporary file is made before the file.",
    "Somebody else can make a file of that name in between. Use mkstemp().",
)
CATCH_BY_VALUE = Rule(
    "CPP001",
    "catch-by-value",
    _WARNING,
    "An exception is caught by value.",
    "The part that a derived class adds is cut off. Catch a reference to const.",
)
USING_IN_HEADER = Rule(
    "CPP002",
    "using-namespace-in-header",
    _NOTE,
    "A header has `using namespace` at its top level.",
    "Every file that includes it gets all those names. Write the namespace before each name.",
)

# ---- C#

ASYNC_VOID = Rule(
    "CS001",
    "async-void",
    _WARNING,
    "An async method returns void.",
    "Its caller cannot wait for it, and an exception in it ends the process. Return Task.",
)
RETHROW = Rule(
    "CS002",
    "rethrow-loses-stack",
    _WARNING,
    "A caught exception is thrown again by its name.",
    "The place where it came from is lost. Write `throw;`.",
)
LOCK_ON_THIS = Rule(
    "CS003",
    "lock-on-this",
    _WARNING,
    "A lock is on an object that others can lock, too.",
    "Two parts of a program can wait for each other forever. Lock a private object.",
)

# ---- Go

IGNORED_ERROR = Rule(
    "GO001",
    "ignored-result",
    _NOTE,
    "The last result of a call, where an error would be, is thrown away.",
    "If it is an error, the failure goes unnoticed. Handle it, or return it.",
)
EMPTY_ERROR_BRANCH = Rule(
    "GO002",
    "empty-error-branch",
    _WARNING,
    "An error is found and nothing is done.",
    "The failure goes unnoticed. Handle it, return it, or say in a comment why it does not matter.",
)
DEFER_IN_LOOP = Rule(
    "GO003",
    "defer-in-loop",
    _NOTE,
    "A call is deferred in a loop.",
    "All of them run when the function ends, not at the end of each turn. Make the body of the "
    "loop a function.",
)

# ---- Rust

UNWRAP = Rule(
    "RS001",
    "unwrap",
    _NOTE,
    "unwrap() ends the thread where there is no value.",
    "Pass the failure on with `?`, handle it, or say with expect() why it cannot happen.",
)
UNSAFE_WITHOUT_REASON = Rule(
    "RS002",
    "unsafe-without-reason",
    _NOTE,
    "An unsafe block does not say why it is sound.",
    "Nobody can check it then. Put a comment that starts with SAFETY: before it.",
)
LEFT_OVER_MACRO = Rule(
    "RS003",
    "left-over-macro",
    _NOTE,
    "A macro for work in progress is left in the code.",
    "todo!() and unimplemented!() end the thread, dbg!() writes to the terminal. Finish the code.",
)

RULES = tuple(
    sorted(
        (each for each in tuple(globals().values()) if isinstance(each, Rule)),
        key=lambda rule: rule.id,
    )
)
