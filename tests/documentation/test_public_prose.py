"""Every number that the page on public data says stands in a cell of its own tables."""

from __future__ import annotations

import re

import pytest

from documentation.public_data import PAGE, PART

TEXT = PAGE.read_text(encoding="utf-8")
PROSE = " ".join(re.sub(r"`[^`]*`|\]\([^)]*\)|```.*?```", " ", PART.sub("", TEXT)).split())
SUMMARY = PROSE[PROSE.index("## What was told apart") : PROSE.index("## Alignment")]
RESULTS = PROSE[PROSE.index("## Alignment") :]
NUMBER = re.compile(r"(?<![\w.,-])[+-]?(?:\d[\d,]*\d|\d)?\.?\d+(?![\w.]*\w)")

Cell = tuple[str, str, str]
"""Part, start of the row, column."""

SAID: dict[str, list[Cell]] = {
    "Finnish (.43)": [("alignment", "Finnish", "Gemma, best layer")],
    ", .005.": [("alignment", "guessing", "Gemma")],
    "at most .001.": [("alignment", "random pairings", "Gemma")],
    "Chinese has .96 [.94, .97]": [("alignment", "Chinese", "Gemma, best layer")],
    "Spanish, French and German .99.": [("alignment", "Spanish", "Gemma, best layer")],
    "Yoruba takes 2.41 times": [("costs", "Yoruba", "tokens")],
    "3.56 times the bits": [("costs", "Yoruba", "bits")],
    "Chinese 1.08": [("costs", "Chinese", "tokens")],
    "and 1.33.": [("costs", "Chinese", "bits")],
    "ρ is -.97 [-.99, -.90]": [("costs", "ρ", "bits")],
    "-.79 [-.93, -.48] for tokens": [("costs", "ρ", "tokens")],
    "In French they are 282 of 737": [
        ("shared", "French", "only small words"),
        ("shared", "French", "sentences that share"),
    ],
    "in German 134 of 581": [
        ("shared", "German", "only small words"),
        ("shared", "German", "sentences that share"),
    ],
    "in Spanish 94 of 525": [
        ("shared", "Spanish", "only small words"),
        ("shared", "Spanish", "sentences that share"),
    ],
    ".50 of .65 in Spanish": [
        ("shared", "Spanish", "Gemma, others"),
        ("shared", "Spanish", "Gemma, sharing"),
    ],
    ".18 of .30 in Hindi": [
        ("shared", "Hindi", "Gemma, others"),
        ("shared", "Hindi", "Gemma, sharing"),
    ],
    ".03 of .15 in Finnish": [
        ("shared", "Finnish", "Gemma, others"),
        ("shared", "Finnish", "Gemma, sharing"),
    ],
    ".067 of MiniLM in Yoruba": [("alignment", "Yoruba", "MiniLM")],
    "on the other 718.": [("reading", "texts of the options, less their prior, **held", "items")],
    "(+.055 [-.030, .137])": [("paired", "texts less their prior − texts", "development")],
    "worse (-.068 [-.113, -.023])": [("paired", "texts less their prior − texts", "held out")],
    ".292 on the held-out": [("paired", "texts less their prior |", "held out")],
    ".277 for the trigrams": [("paired", "character trigrams", "held out")],
    "(+.015 [-.025, .056])": [("paired", "texts less their prior − character", "held out")],
    "(+.084 [.047, .120] there)": [("paired", "texts − character", "held out")],
    "+.04 [.00, .08]": [("merging", "merge: similarity", "gain over the nearest source")],
    "(+.05 [.01, .08])": [
        ("merging", "mean of probabilities: similarity", "gain over the nearest source")
    ],
    "The own classifier (.91)": [("merging", "own model", "accuracy")],
    "model of all locales (.72)": [("merging", "one model of all", "accuracy")],
    "Gains of +.30": [("merging", "merge: similarity", "gain over the best source")],
    "at .96 on its own test rows": [("locales", "en-US", "own")],
    "at .26 [.19, .33] elsewhere": [("merging", "pivot's model", "accuracy")],
    "most frequent intent (.27)": [("merging", "most frequent class", "accuracy")],
    "worse elsewhere (.12;": [("locales", "ar-SA", "its own elsewhere")],
    "(.50 in Danish": [("locales", "da-DK", "one answer of English")],
    "to .85 in Arabic)": [("locales", "ar-SA", "one answer of English")],
    "Bavarian from German (.75)": [("locales", "bar-IT", "nearest source")],
    "Italian from Neapolitan (.81)": [("locales", "it-IT", "nearest source")],
    "Neapolitan from Italian (.80)": [("locales", "nap-IT", "nearest source")],
    "got Dutch (.51)": [("locales", "de-DE", "nearest source")],
    "not Bavarian, which has .80": [("locales", "de-DE", "best source")],
    "got German (.47, .48, .59)": [
        ("locales", "da-DK", "nearest source"),
        ("locales", "nl-NL", "nearest source"),
        ("locales", "gsw-CH", "nearest source"),
    ],
    "Turkish Bavarian (.37)": [("locales", "tr-TR", "nearest source")],
    "Serbian Neapolitan (.39)": [("locales", "sr-RS", "nearest source")],
    "Indonesian English (.30)": [("locales", "id-ID", "nearest source")],
    "above .33,": [("locales", "ar-SA", "best source")],
    "gets .27,": [("merging", "most frequent class", "accuracy")],
    "Arabic too, .45.": [("locales", "ar-SA", "one of all")],
    "(19,503 tokens for 23,086 characters)": [
        ("counts", "tokens of ar-SA", "n"),
        ("counts", "tokens of ar-SA", "of"),
    ],
    "265 of its 800": [
        ("counts", "utterances of ar-SA with Latin", "n"),
        ("counts", "utterances of ar-SA with Latin", "of"),
    ],
    "90 of 300 in test": [
        ("counts", "test utterances of ar-SA", "n"),
        ("counts", "test utterances of ar-SA", "of"),
    ],
    "in 26 of 800.": [
        ("counts", "utterances of ar-SA with another", "n"),
        ("counts", "utterances of ar-SA with another", "of"),
    ],
    "40 to 58 of the 300": [
        ("counts", "test utterances in train too, fewest", "n"),
        ("counts", "test utterances in train too, most", "n"),
        ("counts", "test utterances in train too, most", "of"),
    ],
    "Of the 1,012 sentences 817": [
        ("counts", "sentences of FLORES", "of"),
        ("counts", "sentences of FLORES", "n"),
    ],
}
"""What the page says -> the cells that its numbers are the first ones of."""

COUNTED = {
    "seven of 19 reach .95",
    "13 reach .79",
    "five locales of 13",
    "1 in 199",
    "all 190 pairs of the 20",
}
"""Tested below."""

DESIGN = {
    *("100", "11", "1", "17", "19", "1,012", "18", "506", "95", "9", "182", "16"),
    *("13", "300", "12", "0", "270", "4"),
}
"""Sizes of data, models and settings; 18 and 17 are those of the summary."""


def read_rows(part: str) -> dict[str, dict[str, str]]:
    """Read a table of the page: start of a row's line -> head of a column -> cell."""
    body = next(found[0] for found in PART.finditer(TEXT) if found[2] == part)
    lines = [line for line in body.splitlines() if line.startswith("|")]
    heads, _, *rows = ([one.strip() for one in line.split("|")[1:-1]] for line in lines)
    starts = [line.removeprefix("| ") for line in lines[2:]]
    return {
        start: dict(zip(heads, row, strict=True)) for start, row in zip(starts, rows, strict=True)
    }


def read_cell(place: Cell) -> list[str]:
    """Give the numbers of a cell."""
    part, start, column = place
    rows = [row for line, row in read_rows(part).items() if line.startswith(start)]
    assert len(rows) == 1, place
    cells = [text for head, text in rows[0].items() if head.startswith(column)]
    exact = [rows[0][column]] if column in rows[0] else cells
    assert len(exact) == 1, place
    return NUMBER.findall(exact[0].replace("*", "").replace("°", ""))


@pytest.mark.parametrize("said", SAID)
def test_what_is_said_stands_in_the_cells_that_it_is_about(said: str) -> None:
    assert said in RESULTS
    left = NUMBER.findall(said.rstrip(".,;"))
    assert left
    for place in SAID[said]:
        taken = 0
        for one, other in zip(left, read_cell(place), strict=False):
            if one != other:
                break
            taken += 1
        assert taken, (said, place, read_cell(place))
        left = left[taken:]
    assert left == []


def test_the_summary_sets_reading_beside_choosing_without_a_model() -> None:
    trigrams, model = (
        read_cell(("paired", row, "held out"))[0]
        for row in ("character trigrams", "texts less their prior |")
    )
    assert f"without a model, and is right in {trigrams} of" in SUMMARY
    assert f"the {model} of the model are [not told from that" in SUMMARY
    assert set(NUMBER.findall(SUMMARY)) == {trigrams, model}
    _, low, high = read_cell(("paired", "texts less their prior − character", "held out"))
    assert float(low) < 0 < float(high)


def test_nothing_else_is_said() -> None:
    rest = RESULTS
    for said in sorted([*SAID, *COUNTED], key=len, reverse=True):
        assert said in RESULTS
        rest = rest.replace(said, " ")
    assert set(NUMBER.findall(rest)) - DESIGN == set()


def test_languages_are_counted_as_the_table_has_them() -> None:
    rows = [row for row in read_rows("alignment").values() if row["family"]]
    best = [row["Gemma, best layer"] for row in rows]
    eleven = [float(one.split()[0]) for one in best if one.endswith("(11)")]
    assert [len(rows), sum(one >= 0.95 for one in eleven)] == [19, 7]
    assert sum(one >= 0.79 for one in eleven) == 13
    assert len(eleven) == 18  # nearly all
    assert len({row["family"] for row in rows}) == 13
    assert len({row["script"] for row in rows}) == 11
    for model, marked, claimed in (("Gemma", 1, "18 of 19"), ("MiniLM", 2, "17 of 19")):
        assert sum("°" in row[model] for row in rows) == marked
        assert f"aligns {claimed}" in TEXT
    assert "1 in 199, .005." in RESULTS
    assert round(1 / 199, 3) == 0.005


def test_the_nearest_source_is_the_best_one_where_it_is_said() -> None:
    rows = read_rows("locales").values()
    same = [
        row["nearest source"].split()[1] == row["best source (test labels)"].split()[1]
        for row in rows
    ]
    assert [sum(same), len(same)] == [5, 13]
    good = [float(row["nearest source"].split()[0]) >= 0.7 for row in rows]
    assert sum(good) == 3
