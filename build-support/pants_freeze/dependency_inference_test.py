from __future__ import annotations

from pants_freeze.dependency_inference import unowned_problems


def test_a_file_that_no_target_owns_is_told_with_its_field_and_what_to_write() -> None:
    problems = unowned_problems([("trim", "specs/a.trim"), ("runtime_hooks", "hook.py")])
    assert [each.field for each in problems] == ["trim", "runtime_hooks"]
    assert problems[0].what.endswith(
        'write `files(name="files", sources=["a.trim"])` into specs/BUILD'
    )
    assert problems[1].what.endswith(
        'write `python_sources(name="python_sources", sources=["hook.py"])` into BUILD'
    )
