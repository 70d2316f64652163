from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.tasks.translation_floor import score_against_others
from isogloss.pipelines.tasks.translation_metrics import make_metric

REFERENCES = [
    "The water in the well is cold.",
    "Two children play behind the house.",
    "She bought bread and apples at the market.",
    "The train to the coast leaves at noon.",
    "Nobody knew who had written the letter.",
    "My uncle repairs old clocks.",
]
CHRF = make_metric("chrf", "13a", 2)


def test_the_floor_is_the_score_with_other_references() -> None:
    texts = REFERENCES[:3]
    found = score_against_others(CHRF, texts, texts)
    one = CHRF.corpus_score(texts, [[texts[1], texts[2], texts[0]]]).score
    two = CHRF.corpus_score(texts, [[texts[2], texts[0], texts[1]]]).score
    assert found.score == pytest.approx((one + two) / 2)
    assert 5 < found.score < 25
    assert found.p == pytest.approx((1 / 3) ** 3)


def test_texts_that_say_something_else_are_not_told_from_it() -> None:
    nonsense = ["The road was built to carry the cattle."] * 6
    assert score_against_others(CHRF, nonsense, REFERENCES).p > 0.05
    assert score_against_others(CHRF, [""] * 6, REFERENCES).p == pytest.approx(1)


def test_good_translations_are_told_from_it() -> None:
    texts = [text.replace("The", "A").replace("old", "ancient") for text in REFERENCES]
    assert score_against_others(CHRF, texts, REFERENCES).p == pytest.approx(6.0**-6)


def test_one_sentence_has_no_others() -> None:
    assert np.isnan(score_against_others(CHRF, REFERENCES[:1], REFERENCES[:1])).all()
