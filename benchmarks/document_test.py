from __future__ import annotations

import pytest
from document import (
    Goal,
    as_block,
    block,
    cut,
    goals,
    megabytes,
    milliseconds,
    percent,
    replace,
    seconds,
    sections,
    table,
    with_block,
)

INTRO = "# Title\n\nIntro."


def test_a_table_has_a_line_below_its_head() -> None:
    assert table(["", "b"], [["x", "1"], ["y", "2"]]) == (
        "|  | b |\n| --- | --- |\n| x | 1 |\n| y | 2 |"
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (200, 30, "85 %"),
        (5, 5, "0 %"),
        (100, 174, "-74 %"),
        (10_000, 4, "99.96 %"),
        (9, 0, "100 %"),
    ],
)
def test_a_cut_is_what_is_saved(before: float, after: float, expected: str) -> None:
    assert cut(before, after) == expected


def test_a_share_is_rounded_to_whole_percents() -> None:
    assert [percent(share) for share in (0, 0.004, 0.3, 0.994, 1)] == [
        "0 %",
        "0 %",
        "30 %",
        "99 %",
        "100 %",
    ]


def test_small_figures_have_more_digits() -> None:
    assert [megabytes(size) for size in (441_234_567, 31_840_000, 168_405, 0)] == [
        "441",
        "31.8",
        "0.168",
        "0",
    ]
    assert [seconds(value) for value in (12.34, 1.234, 0.0456)] == ["12.3", "1.23", "0.046"]
    assert milliseconds(0.0456) == "46"


def test_sections_are_what_is_below_headings_of_the_second_level() -> None:
    document = "# Title\n\nIntro.\n\n## One\n\nText.\n\n### Part\n\nMore.\n\n## Two\nLast.\n"
    assert sections(document) == {"One": "Text.\n\n### Part\n\nMore.", "Two": "Last."}


def test_only_the_new_section_is_replaced() -> None:
    old = "# Old\n\n## One\n\n1\n\n## Two\n\n2\n"
    assert replace(old, INTRO, ["One", "Two"], {"Two": "new"}) == (
        f"{INTRO}\n\n## One\n\n1\n\n## Two\n\nnew\n"
    )


def test_sections_come_in_the_order_of_their_titles_and_strangers_go() -> None:
    old = "# Old\n\n## Stranger\n\n0\n\n## Two\n\n2\n"
    assert replace(old, INTRO, ["One", "Two", "Three"], {"One": "1"}) == (
        f"{INTRO}\n\n## One\n\n1\n\n## Two\n\n2\n"
    )


def test_a_document_begins_with_its_first_section() -> None:
    assert replace("", INTRO, ["One"], {"One": "1"}) == f"{INTRO}\n\n## One\n\n1\n"


def test_replacing_a_section_by_itself_changes_nothing() -> None:
    document = f"{INTRO}\n\n## One\n\n1\n\n### Part\n\n| a |\n"
    assert replace(document, INTRO, ["One"], {"One": sections(document)["One"]}) == document


def test_a_goal_is_met_up_to_its_limit() -> None:
    assert goals(
        [
            Goal("size", 31.8412, 20, " MB"),
            Goal("edit", 0.0953, 0.1, "x"),
            Goal("archive", 30, 30, " %"),
            Goal("link", 0.50004, 0.5, " s"),
        ]
    ).splitlines()[2:] == [
        "| size | at most 20 MB | 31.84 MB | **missed** |",
        "| edit | at most 0.1x | 0.0953x | met |",
        "| archive | at most 30 % | 30 % | met |",
        "| link | at most 0.5 s | 0.5 s | **missed** |",
    ]


def test_a_block_is_found_and_replaced() -> None:
    marked = f"# Title\n\n{as_block('| a |')}\n\nEnd.\n"
    assert block(marked) == "| a |"
    assert with_block(marked, "| b |\n| c |") == marked.replace("| a |", "| b |\n| c |")
    assert with_block(marked, "| a |") == marked
    assert with_block(with_block(marked, ""), "") == with_block(marked, "")


def test_a_document_may_have_no_block_but_none_is_replaced_then() -> None:
    assert block("# Title\n") == ""
    with pytest.raises(ValueError, match="there is no"):
        with_block("# Title\n", "| a |")


def test_a_block_survives_in_its_section() -> None:
    document = replace("", INTRO, ["One"], {"One": f"Text.\n\n{as_block('| a |')}"})
    assert block(replace(document, INTRO, ["One", "Two"], {"Two": "2"})) == "| a |"
