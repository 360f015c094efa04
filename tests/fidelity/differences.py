"""The cases of other projects' suites that do not apply to this freezer, each with the reason.

A difference that no case needs any more is an error, so the list does not rot.
"""

from __future__ import annotations

from results import Difference

_FILES_OF_PYINSTALLER = (
    "reads the files that PyInstaller itself keeps programs in; here modules lie in a folder"
)
_SPLASH = (
    "a splash screen covers the time that a program takes to unpack itself, which these do not; a "
    "spec file that has one is refused with that message"
)

PYINSTALLER = (
    Difference(
        "test_basic.py::test_absolute_ld_library_path[*",
        "expects that the program, and what it starts, sees the library path of the bootloader; "
        "here both have the environment of the user",
    ),
    Difference(
        "test_basic.py::test_module_reload[*",
        "writes a module into the program's own folder and imports it; several programs share that "
        "folder, and it may be read-only",
    ),
    Difference(
        "test_basic.py::test_compiled_filenames[*",
        "expects relative file names in code objects; here they are absolute, as in Python itself",
    ),
    Difference("test_basic.py::test_symlink_basename_is_kept[*-splash]", _SPLASH),
    Difference("test_splash.py::*", _SPLASH),
    Difference("test_code_object_anonymization.py::*", _FILES_OF_PYINSTALLER),
)
