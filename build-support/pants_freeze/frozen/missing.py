"""Runs early in every frozen program: an import that ends it says what to add to which target.

Programs try imports that may fail, often, and go by the class and the text of the error. So nothing
is done when an import fails; what nobody has caught is explained below its traceback.

Filled in before is ``PROGRAM``: the address of the target; the top-level modules of its first-party
code; and of each requirement of its closure, and of the interpreter, the top-level modules, whether
the program has them or not. Names are joined by spaces.
"""

PROGRAM: "tuple[str, str, dict[str, str]]"

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from typing import Any


def _install(program: "tuple[str, str, dict[str, str]]") -> None:
    import _thread
    import sys

    def not_there(error: "BaseException | None") -> str:
        """The module that was not found; empty if *error* tells of something else."""
        name = error.name if isinstance(error, ImportError) else None
        if name is None:
            return ""
        text = str(error)
        # With more behind a colon, it says already who left the module out.
        if text == f"No module named {name!r}" or text.startswith(f"No module named {name!r}; "):
            return name
        part, _, rest = text.partition(f" from {name!r} (")
        start = "cannot import name '"
        if rest and part.startswith(start):
            return f"{name}.{part[len(start) : -1]}"
        return ""

    def what_to_do(error: "BaseException | None") -> str:
        owner, own, provided = program
        seen = set()
        # What an import fails with is often raised again as something else.
        while error is not None and id(error) not in seen and not not_there(error):
            seen.add(id(error))
            loads = isinstance(error, (ImportError, OSError))
            text = str(error) if loads else ""
            library, _, rest = text.partition(": cannot open shared object file")
            if rest:
                return (
                    f"the library {library} is neither in the frozen program {owner} nor on this "
                    "machine; install it here, or freeze the program on a machine that has it, and "
                    "with neither `system_libraries` nor a list of `trim` that covers it"
                )
            error = error.__cause__
        name = not_there(error)
        if not name:
            return ""
        top = name.partition(".")[0]
        where = f"{name!r} is not in the frozen program {owner}"
        if top in own.split():
            return (
                f"{where}; {top!r} is first-party code, so if that has it, add its target to the "
                "`dependencies` of the sources that import it"
            )
        having = " or ".join(label for label, names in provided.items() if top in names.split())
        if having:
            return (
                f"{where}, for no import shows that it is needed; if {having} has it, name it in "
                f"`hidden_imports` of {owner}"
            )
        return (
            f"{where}, and no requirement of its closure has it; add the requirement, or the "
            "target if it is first-party code, to the `dependencies` of the sources that import it"
        )

    def explain(error: "BaseException | None") -> None:
        text = what_to_do(error)
        if text and sys.stderr is not None:
            try:
                print(f"note: {text}", file=sys.stderr)
            except (OSError, ValueError):
                return  # closed, so nobody reads it

    show, show_of_thread = sys.excepthook, _thread._excepthook

    def excepthook(kind: "Any", error: "Any", trace: "Any") -> None:
        show(kind, error, trace)
        explain(error)

    def excepthook_of_thread(arguments: "Any") -> None:
        show_of_thread(arguments)
        explain(arguments.exc_value)

    # Both: libraries compare them to see whether a program has set one.
    sys.excepthook = sys.__excepthook__ = excepthook
    # `threading` takes it from here when it is imported.
    _thread._excepthook = excepthook_of_thread


_install(PROGRAM)
del _install, PROGRAM
