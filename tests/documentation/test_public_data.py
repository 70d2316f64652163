from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from documentation.project import ROOT
from documentation.public_data import (
    FIGURES,
    PAGE,
    PART,
    WIDTH,
    copy_figures,
    insert_parts,
    write_parts,
    write_reading,
)

RUN = ROOT / "data/public"
TEXT = PAGE.read_text(encoding="utf-8")
NUMBER = re.compile(r"(?<![\w.])[+-]?\d?\.\d+")


def test_the_page_has_the_numbers_of_the_run() -> None:
    if not RUN.is_dir():
        pytest.skip("kedro run --env public has not been run here")
    assert insert_parts(TEXT, write_parts(RUN)) == TEXT


def test_what_is_said_has_the_numbers_of_the_tables() -> None:
    tables = "".join(found[0] for found in PART.finditer(TEXT))
    assert len(set(NUMBER.findall(tables))) > 100
    said = set(NUMBER.findall(PART.sub("", TEXT)))
    assert said
    assert {number for number in said if number.lstrip("+-") not in tables} - ELSEWHERE == set()


# What the tables do not hold: versions and licences.
ELSEWHERE = {"0.7", "4.0"}


def test_every_figure_of_the_run_is_there() -> None:
    images = {path.stem for path in (ROOT / "docs/images").glob("public_*.png")}
    assert images == set(FIGURES)


def test_parts_are_put_between_their_marks_and_nowhere_else() -> None:
    page = "a\n<!-- from the run: one -->\nold\n<!-- end -->\nb\n"
    new = insert_parts(page, {"one": "| new |\n"})
    assert new == "a\n<!-- from the run: one -->\n\n| new |\n\n<!-- end -->\nb\n"
    assert insert_parts(new, {"one": "| new |\n"}) == new


def score(**changes: object) -> dict[str, object]:
    return {
        **{"metric": "accuracy_text", "formulation": "cloze", "normalisation": "character"},
        **{"subset": "", "n": 900.0, "clusters": 488, "score": 0.31, "ci_low": 0.28},
        **{"ci_high": 0.34, "p_above_chance": 0.0002, "above_chance": True, "selected": False},
        **{"best_constant": 0.2794, "word_match": 0.2871},
        **changes,
    }


def test_reading_has_a_row_a_way_of_asking_and_the_one_that_was_chosen() -> None:
    scores = pd.DataFrame(
        [
            score(),
            score(subset="held_out", n=720, score=0.25, above_chance=False, p_above_chance=0.5),
            score(subset="held_out", n=720, score=0.32, p_above_chance=0.004, selected=True),
            score(metric="accuracy_label", formulation="label", normalisation="none", score=0.2),
            score(metric="p_correct"),
        ]
    )
    assert write_reading(scores).splitlines()[2:] == [
        "| texts of the options, per character | 900 | 488 | .31 [.28, .34] | < .001 |",
        "| letters | 900 | 488 | .20 [.28, .34] | < .001 |",
        "| texts of the options, per character, **held out** | 720 | 488 | .32 [.28, .34] | .004 |",
        "| always the same letter | 900 |  | .279 |  |",
        "| matching words, no model | 900 |  | .287 |  |",
    ]


def test_figures_are_copied_as_small_pictures(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (400, 2400, 3), dtype=np.uint8)
    for figure in FIGURES.values():
        path = tmp_path / "run" / f"{figure}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise).save(path)
    copy_figures(tmp_path / "run", tmp_path)
    with Image.open(tmp_path / "public_ranking.png") as picture:
        assert picture.size == (WIDTH, 200)
        assert picture.mode == "P"
    assert len(list(tmp_path.glob("public_*.png"))) == len(FIGURES)
