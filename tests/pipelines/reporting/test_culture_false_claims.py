"""Pages on studies without anything to find: what they claim all the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.cultural.analysis_nodes import (
    measure_agreement,
    regress_alignment_on_capability,
)
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from isogloss.pipelines.reporting.culture_agreement import native_agreement
from isogloss.pipelines.reporting.culture_contrasts import judge_contrasts
from isogloss.pipelines.reporting.culture_other_tables import judge_slopes
from isogloss.pipelines.reporting.culture_words import DIFFERS
from tests.pipelines.cultural.planted_study import PlantedStudy

NOTHING = pd.DataFrame()
QUICK = AnalysisParameters(rounds=999, permutations=199, metrics=("spearman",), contrast_sets=("",))
PAGES = 20


def measure(planted: PlantedStudy, scores: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure agreement and contrasts; the survey counts as a real one."""
    truth, questions = planted.ground_truth().assign(synthetic=False), planted.survey_questions()
    return measure_agreement(scores, truth, questions, NOTHING, NOTHING, QUICK)


def conformists(seed: int) -> PlantedStudy:
    """Plant six models that follow what all countries share, and nothing else."""
    return PlantedStudy(models=dict.fromkeys("abcdef", ""), responses=3, noise=0.2, seed=seed)


def count_claims(*tables: pd.DataFrame) -> int:
    return sum(int((table["word"] == DIFFERS).sum()) for table in tables)


@pytest.fixture(scope="module")
def pages() -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    studies = [conformists(seed) for seed in range(PAGES)]
    return [measure(planted, planted.survey_scores()) for planted in studies]


def test_of_conformists_one_page_in_twenty_may_claim_something(
    pages: list[tuple[pd.DataFrame, pd.DataFrame]],
) -> None:
    claims = [
        count_claims(native_agreement(alignment), judge_contrasts(contrasts))
        for alignment, contrasts in pages
    ]
    assert sum(count > 0 for count in claims) <= PAGES / 20


def test_permuted_answers_are_no_null_for_conformists_but_their_own_part_is(
    pages: list[tuple[pd.DataFrame, pd.DataFrame]],
) -> None:
    tables = pd.concat([alignment for alignment, _ in pages])
    rows = tables[(tables["part"] == "distinctive") & (tables["level"] == "language")]
    assert (rows["p_adjusted"] < 0.05).mean() > 0.1
    assert rows["value"].mean() > 0.3
    assert rows["value"].mean() == pytest.approx(rows["conformist"].mean(), abs=0.05)


@pytest.mark.slow
def test_of_shuffled_answers_one_page_in_twenty_may_claim_something() -> None:
    claims = []
    for seed in range(PAGES):
        follows = dict.fromkeys("abcdef", "native")
        planted = PlantedStudy(models=follows, responses=3, noise=0.2, seed=seed)
        generator = np.random.default_rng([seed, 8])
        renamed = dict(zip(planted.codes, generator.permutation(planted.codes), strict=True))
        scores = planted.survey_scores()
        scores = scores.assign(question=scores["question"].map(renamed))
        alignment, contrasts = measure(planted, scores)
        cells = alignment[["model", "language"]].drop_duplicates()
        able = cells.assign(measure="benchmarks", capability=generator.uniform(size=len(cells)))
        truth, questions = planted.ground_truth(), planted.survey_questions()
        truth = truth.assign(synthetic=False)
        slopes = regress_alignment_on_capability(scores, truth, questions, able, QUICK)
        judged = native_agreement(alignment), judge_contrasts(contrasts), judge_slopes(slopes)
        claims.append(count_claims(*judged))
    assert sum(count > 0 for count in claims) <= PAGES / 20


def test_a_strong_planted_effect_is_said() -> None:
    planted = PlantedStudy(models=dict.fromkeys("abcdef", "US"), strength=1.5, questions=60, seed=1)
    _, contrasts = measure(planted, planted.survey_scores())
    assert count_claims(judge_contrasts(contrasts)) > 0
