"""Compile modules to source-less bytecode that is the same in every build.

``marshal`` marks an object as shareable when its reference count says so, and that depends on all
that the process compiled or imported before. The same module frozen for two components would then
differ by a few bits, and the two runtime layers could not share the file. Each module is therefore
compiled in a fork of one process that has done nothing else.

Run as ``python -S bytecode.py PLAN``, with ``PYTHONHASHSEED`` fixed. PLAN is a JSON file:
``{"optimize": 0 | 1 | 2, "modules": [[source path, file name in tracebacks, output path], ...]}``.
A source may be bytecode itself, ``.pyc``, which is only written anew.
"""

import importlib.util
import json
import marshal
import os
import sys
from types import CodeType

# PEP 552: bit 0 marks a hash-based file, bit 1 (unset) asks the import system not to check it.
_UNCHECKED_HASH_FLAGS = (1).to_bytes(4, "little")
_NO_SOURCE_HASH = bytes(8)

_HEADER_BYTES = 16


def _with_filename(code: CodeType, filename: str) -> CodeType:
    constants = tuple(
        _with_filename(each, filename) if isinstance(each, CodeType) else each
        for each in code.co_consts
    )
    return code.replace(co_filename=filename, co_consts=constants)


def compile_module(source: str, filename: str, output: str, optimize: int) -> None:
    """Compile the file *source* to *output*; tracebacks will name it *filename*."""
    with open(source, "rb") as file:
        content = file.read()
    if source.endswith(".pyc"):
        code = _with_filename(marshal.loads(content[_HEADER_BYTES:]), filename)
    else:
        code = compile(content, filename, "exec", dont_inherit=True, optimize=optimize)
    data = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH_FLAGS + _NO_SOURCE_HASH
    os.makedirs(os.path.dirname(output), exist_ok=True)
    with open(output, "wb") as file:
        file.write(data + marshal.dumps(code))


def _compile_in_child(source: str, filename: str, output: str, optimize: int) -> None:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            compile_module(source, filename, output, optimize)
            status = 0
        except Exception as error:
            reason = str(error) or type(error).__name__
            print(f"cannot compile {filename}: {reason}", file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1] != 0:
        raise SystemExit(1)


def main(plan_path: str) -> None:
    with open(plan_path, encoding="utf-8") as file:
        plan = json.load(file)
    # Windows has no fork; there the modules share one process, in the order of the plan.
    one = _compile_in_child if hasattr(os, "fork") else compile_module
    for source, filename, output in plan["modules"]:
        one(source, filename, output, plan["optimize"])


if __name__ == "__main__":
    main(sys.argv[1])
