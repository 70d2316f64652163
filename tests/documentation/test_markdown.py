from documentation.markdown import cell, code, first_sentence, heading, slug, table


def test_a_cell_stays_one_cell_and_no_html() -> None:
    assert cell("a | b\n  <c>") == "a \\| b &lt;c>"


def test_code_in_a_cell_is_left_as_it_is() -> None:
    assert cell("say `a|<b>` or | ") == "say `a|<b>` or \\|"
    assert code("a|b") == "`a|b`"
    assert code("") == ""


def test_a_table_has_one_line_a_row() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


def test_anchors_are_made_of_names() -> None:
    assert slug("{model}.alignment_summary") == "model-alignment_summary"
    assert heading(2, "`a`", "{model}.a") == "## `a` { #model-a }\n"


def test_the_first_sentence_ends_before_the_next_one() -> None:
    assert first_sentence("Compare A.\n\nMore.") == "Compare A"
    assert first_sentence("Take 0.5 of it, or all. Then stop.") == "Take 0.5 of it, or all"
    assert first_sentence(None) == ""
