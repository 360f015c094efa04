from __future__ import annotations

import pytest

from pants_freeze.programs import _EXPLAINED, failure_message
from pants_freeze.sandbox import errors

CLASSES: list[type[errors.SandboxError]] = [
    errors.SandboxError,
    *errors.SandboxError.__subclasses__(),
]


@pytest.mark.parametrize("failure", CLASSES)
def test_a_failure_is_a_message_and_an_exit_code(
    failure: type[errors.SandboxError], capsys: pytest.CaptureFixture[str]
) -> None:
    def main(plan_path: str) -> None:
        raise failure(f"{plan_path} is wrong:\n  é; correct it")

    with pytest.raises(SystemExit) as caught:
        errors.run(main, ["program", "plan.json"])
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "error: plan.json is wrong:\n  é; correct it\n"
    assert caught.value.code == failure.exit_code
    assert failure_message(failure.exit_code, output.err) == (
        "plan.json is wrong:\n  é; correct it"
    )


def test_each_class_has_an_exit_code_of_its_own() -> None:
    codes = {failure.exit_code for failure in CLASSES}
    assert len(codes) == len(CLASSES) == 9
    assert codes <= set(_EXPLAINED)


def test_success(capsys: pytest.CaptureFixture[str]) -> None:
    plans: list[str] = []
    errors.run(plans.append, ["program", "plan.json"])
    assert plans == ["plan.json"]
    assert capsys.readouterr().err == ""


def test_other_errors_keep_their_traceback() -> None:
    def main(plan_path: str) -> None:
        raise KeyError(plan_path)

    with pytest.raises(KeyError):
        errors.run(main, ["program", "plan.json"])
