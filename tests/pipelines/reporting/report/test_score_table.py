from __future__ import annotations

from isogloss.pipelines.reporting.report.links import formula_link, table_link
from isogloss.pipelines.reporting.report.score_table import lay_out_scores, list_scores
from tests.pipelines.reporting.report.report_pages import FACTS, LANGUAGES, PARAMETERS, scoreboard


def test_what_was_not_measured_has_no_cell() -> None:
    shown = lay_out_scores(scoreboard(), LANGUAGES, PARAMETERS, FACTS)
    assert [column["title"] for column in shown["columns"]] == ["Alignment", "Reading"]
    assert shown["columns"][1]["n"] == "n = 100 passages"
    by_language = {row["language"]: row for row in shown["rows"]}
    assert by_language["swh"]["cells"][1] is None
    cell = by_language["tur"]["cells"][1]
    assert (cell["value"], cell["interval"], cell["n"], cell["above"]) == (
        ".30", "[.20, .40]", 100, "not",
    )  # fmt: skip
    assert by_language["deu"]["cells"][1]["above"] == "above"
    assert by_language["deu"]["name"] == "German"
    assert by_language["deu"]["model"] == "Gemma, 4-bit"
    assert shown["confidence"] == "95%"
    assert shown["feet"] == [{"model": "Gemma, 4-bit", "cells": [".80", ".80"]}]


def test_a_score_that_was_not_tested_is_not_marked() -> None:
    untested = scoreboard().assign(above_chance=None)
    shown = lay_out_scores(untested, LANGUAGES, PARAMETERS, FACTS)
    assert {cell["above"] for row in shown["rows"] for cell in row["cells"] if cell} == {"unknown"}


def test_every_number_is_listed_with_its_table_and_formula() -> None:
    numbers = list_scores(scoreboard(), LANGUAGES, PARAMETERS, FACTS)
    assert len(numbers) == 5
    first = numbers[0]
    assert first["source"] == ("table", "task_scores.csv", "table task_scores")
    assert first["formula"].address == "../../site/methods/tasks/index.html#scores-of-a-language"
    assert (first["chance"], first["metric"]) == (".25", "accuracy")


def test_chance_is_written_as_claims_write_it() -> None:
    small, even = (
        list_scores(scoreboard().assign(chance=chance), LANGUAGES, PARAMETERS, FACTS)[0]["chance"]
        for chance in (0.008403, 0.3)
    )
    assert (small, even) == (".008", ".30")


def test_without_a_place_a_link_names_what_it_would_lead_to() -> None:
    assert table_link("claims", {}) == ("table", "", "table claims")
    named = formula_link("methods/alignment.md#intervals", "")
    assert named == ("formula", "", "formula: docs/methods/alignment.md#intervals")
    assert formula_link("methods/alignment.md", "s").address == "s/methods/alignment/index.html"
