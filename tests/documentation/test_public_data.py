from __future__ import annotations

import pandas as pd
import pytest

from documentation.project import ROOT
from documentation.public_data import (
    FIGURES,
    PAGE,
    insert_parts,
    write_claims,
    write_layers,
    write_parts,
)

RUN = ROOT / "data/public"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_has_the_numbers_of_the_run() -> None:
    if not RUN.is_dir():
        pytest.skip("kedro run --env public has not been run here")
    assert insert_parts(TEXT, write_parts(RUN)) == TEXT


def test_every_figure_of_the_run_is_there() -> None:
    images = {path.stem for path in (ROOT / "docs/images").glob("public_*.png")}
    assert images == set(FIGURES)


def test_parts_are_put_between_their_marks_and_nowhere_else() -> None:
    page = "a\n<!-- from the run: one -->\nold\n<!-- end -->\nb\n"
    new = insert_parts(page, {"one": "| new |\n"})
    assert new == "a\n<!-- from the run: one -->\n\n| new |\n\n<!-- end -->\nb\n"
    assert insert_parts(new, {"one": "| new |\n"}) == new


def test_layers_are_shown_for_some_languages() -> None:
    rows = [
        {
            **{"language_a": pair[0], "language_b": pair[1], "layer": layer},
            **{"mexa_at_100": layer / 20, "mexa_at_100_ci_low": 0.1, "mexa_at_100_ci_high": 0.9},
        }
        for layer in reversed(range(19))
        for pair in [("deu", "eng"), ("eng", "spa"), ("eng", "fra"), ("eng", "zho_simpl")]
    ] + [{"language_a": "deu", "language_b": "spa", "layer": 4, "mexa_at_100": 1.0}]
    names = pd.Series({"deu": "German", "spa": "Spanish", "fra": "French", "zho_simpl": "Chinese"})
    lines = write_layers(pd.DataFrame(rows), names).splitlines()
    assert lines[0] == "| language | layer 4 | layer 9 | layer 11 | layer 14 | layer 17 |"
    assert lines[-1].startswith("| German | .20 [.10, .90] | .45 [.10, .90] | .55 [")
    assert len(lines) == 6


def test_claims_are_a_list() -> None:
    summary = "One thing (n = 3). Another (n = 4). 2 further differences.\n\nNot tested.\n"
    assert write_claims(summary) == (
        "- One thing (n = 3).\n- Another (n = 4).\n- 2 further differences.\n\nNot tested.\n"
    )
