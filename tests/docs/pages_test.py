"""Tests of what is read out of a page."""

from __future__ import annotations

import pytest

from docs.pages import Command, File, mentioned, steps

PAGE = """
# Title

`src/a/BUILD`:

```python
python_sources()
```

Then `./pants test ::` or `./pants
package ::`:

```console
$ ./pants package \\
    src/a
it took ... seconds
$ true
```

1. In a list:

   ```console
   $ ls
   BUILD
   ```

```python
not_a_file()
```

`read.txt`:

```text
not run
```
"""


def test_files_and_commands_in_order() -> None:
    assert list(steps(PAGE)) == [
        File(6, "src/a/BUILD", "python_sources()\n"),
        Command(14, "./pants package \\\n    src/a", ("it took ... seconds",)),
        Command(17, "true", ()),
        Command(23, "ls", ("BUILD",)),
    ]


def test_commands_in_sentences() -> None:
    assert mentioned(PAGE) == {"./pants test ::", "./pants package ::"}


@pytest.mark.parametrize(
    ("printed", "missing"),
    [
        ("one\nit took 3 seconds\nlast", []),
        ("first it took 3 seconds, all of it\nlast", []),
        ("last\nit took 3 seconds", ["last"]),
        ("it took 3 minutes\nlast", ["it took ... seconds"]),
        ("", ["it took ... seconds", "last"]),
    ],
)
def test_what_is_printed(printed: str, missing: list[str]) -> None:
    assert Command(1, "x", ("it took ... seconds", "last")).missing(printed) == missing


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("```console\n$ true\n", "line 1: the block has no end"),
        ("\n```console\nprinted\n```\n", "line 3: 'printed' is printed by no command"),
    ],
)
def test_pages_that_are_wrong(page: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        list(steps(page))
