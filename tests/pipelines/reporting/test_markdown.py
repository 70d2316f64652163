from __future__ import annotations

from isogloss.pipelines.reporting.markdown import write_page, write_table


def test_a_page_has_its_sections_below_each_other_but_for_empty_ones() -> None:
    page = write_page({"": iter(["# Page"]), "Nothing": iter([]), "Something": ["one", "two"]})
    assert page == "# Page\n\n## Something\n\none\ntwo\n"


def test_a_table_is_aligned_and_its_cells_cannot_end_it() -> None:
    lines = list(write_table(["name", "n"], [["a|b", "3"]]))
    assert lines == ["| name | n |", "| --- | ---: |", "| a/b | 3 |"]


def test_text_stands_to_the_left_and_numbers_to_the_right() -> None:
    heads = ["name", "word", "n", "gap", "value", "p", "bold", "none"]
    rows = [
        ["a", "shown", "1,234", "–", ".12 [-.05, .29]", "< .001", "**+.50 [.3, .7]**", "–"],
        ["b", "differs", "5", "-.3", "-.12", ".040", "", "–"],
    ]
    sides = [side.strip() for side in list(write_table(heads, rows))[1].strip("|").split("|")]
    assert sides == ["---", "---", "---:", "---:", "---:", "---:", "---:", "---:"]
