"""The cases of other projects' suites that do not apply to this freezer, each with the reason.

A difference that no case needs any more is an error, so the list does not rot.
"""

from __future__ import annotations

from results import Difference

_FILES = "expects modules in the archives that PyInstaller keeps them in; here they lie in a folder"
_WRITES_INTO_ITSELF = (
    "writes a module into the program's own folder and imports it; several programs share that "
    "folder, and it may be read-only. A folder that the program adds to `sys.path` works"
)
_IS_A_MODULE = (
    "expects what only a script has; an entry point is a module here, and starts as by `python -m`"
)
_EGGS = "is about an egg; what Pants resolves are wheels"
_ONE_PROGRAM = (
    "a spec file of several programs; a target is one program, and a `frozen_distribution` has "
    "them share their files"
)
_SEEN = (
    "expects that `__import__('NAME')` does not bring that module along; here a name in it counts "
    "as an import"
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
    Difference("test_basic.py::test_module_reload[*", _WRITES_INTO_ITSELF),
    Difference("test_import.py::test_app_with_plugin[*", _WRITES_INTO_ITSELF),
    Difference("test_basic.py::test_arbitrary_entry_point_script_suffix[*", _IS_A_MODULE),
    Difference("test_basic.py::test_no_entry_point_script_suffix[*", _IS_A_MODULE),
    Difference("test_basic.py::test_package_entry_point_name_collision[*", _IS_A_MODULE),
    Difference(
        "test_basic.py::test_legacy_onedir_layout[*",
        "asks for files beside the executable; here they always lie in a folder",
    ),
    Difference(
        "test_basic.py::test_option_runtime_tmpdir[*",
        "chooses when a program is built where it unpacks itself at each start; here a single file "
        "does so once, into the cache of the user, which `XDG_CACHE_HOME` moves",
    ),
    Difference(
        "test_basic.py::test_spec_options",
        "has options for the spec file itself; a target has none, so it is a spec file for each",
    ),
    Difference(
        "test_import.py::test_app_has_moved_error[*",
        "expects that a running program ends if its executable is moved; here it goes on",
    ),
    Difference("test_import.py::test_egg_unzipped_metadata_importlib_metadata[*", _EGGS),
    Difference("test_import.py::test_nspkg3_*", _EGGS),
    Difference("test_importlib_resources.py::test_importlib_resources_frozen[*", _FILES),
    Difference("test_inspect.py::*_from_base_library_module[*", _FILES),
    Difference("test_inspect.py::test_inspect_getmodule_from_stackframes[*", _IS_A_MODULE),
    Difference("test_misc.py::test_dis_main[*", _IS_A_MODULE),
    Difference("test_misc.py::test_single_file_metadata[*", _EGGS),
    Difference("test_multipackage.py::*", _ONE_PROGRAM),
    Difference(
        "test_multiprocessing.py::test_multiprocessing_main_module_code_in_process[*", _IS_A_MODULE
    ),
    Difference("test_multiprocessing.py::test_subprocess_environment_inheritance", _ONE_PROGRAM),
    Difference(
        "test_basic.py::test_compiled_filenames[*",
        "expects relative file names in code objects; here they are absolute, as in Python itself",
    ),
    Difference("test_basic.py::test_symlink_basename_is_kept[*-splash]", _SPLASH),
    *(
        Difference(
            f"test_security.py::test_security_validation_with_{case}",
            "reads what the bootloader for debugging prints; programs have the other one, whose "
            "checks are the same, and a single file is no second process that could be checked",
        )
        for case in (
            "setxid_executable[*",
            "symlinked_executable[onefile]",
            "subprocesses[onefile]",
            "intermixed_subprocesses[onefile]",
        )
    ),
    Difference(
        "test_signals.py::test_onefile_signal_handling[*",
        "sends a signal to the parent of the program, which hands it on; a single file is one "
        "process here, so its parent is who has started it",
    ),
    *(
        Difference(
            f"test_security.py::test_application_home_directory_hijack[onefile-nosplash-*-{level}]",
            "expects that a single file ends if PyInstaller's variables tell it of another folder; "
            "here it does not read them, and starts what is in it",
        )
        for level in ("PARENT_NEEDS_RESTART", "PARENT", "MAIN", "SUBPROCESS")
    ),
    Difference("test_splash.py::*", _SPLASH),
    Difference("test_security.py::test_application_home_directory_hijack[*-splash-*", _SPLASH),
    Difference("test_code_object_anonymization.py::*", _FILES),
)

PYINSTALLER_LIBRARIES = (
    Difference("test_pil.py::test_pil_no_tkinter[*", _SEEN),
    Difference("test_pil.py::test_pil_no_matplotlib[*", _SEEN),
)
