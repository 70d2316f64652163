from __future__ import annotations

import re
from pathlib import Path

import numpy as np
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
