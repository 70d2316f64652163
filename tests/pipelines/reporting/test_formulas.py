from __future__ import annotations

import re

import pytest

from isogloss.pipelines.reporting import claim_counting, claim_studies, score_cells, score_merging
from tests.sessions import ROOT

FORMULAS = [
    score_cells.ALIGNMENT_FORMULA,
    score_cells.TASK_FORMULA,
    score_cells.TRANSLATION_FORMULA,
    score_cells.CULTURE_FORMULA,
    score_cells.COUNTING_FORMULA,
    score_merging.FORMULA,
    claim_studies.CONTRAST_FORMULA,
    claim_counting.GATE_FORMULA,
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_every_number_is_linked_to_a_heading_of_the_docs(formula: str) -> None:
    page, _, anchor = formula.partition("#")
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\s-]", "", one).strip().lower().replace(" ", "-") for one in headings}
    assert anchor in slugs
