from __future__ import annotations

import pandas as pd
import pytest

from isogloss.pipelines.reporting.claim_rows import judge_claims
from isogloss.pipelines.reporting.claim_summary import HEADLINES
from isogloss.scoreboard_columns import CLAIMED_STUDIES, DIFFERS, NOT_SEPARABLE
from isogloss.scoreboard_schemas import Claims, StudyClaims
from tests.pipelines.reporting.simulated_reports import simulate

REPORTS = 200
ROUNDING = 2 * (0.05 * 0.95 / REPORTS) ** 0.5
"""Monte Carlo error of a share of 5% of the reports, doubled."""
REAL = ("alignment", "questions", "merging", "mediation")
"""Studies that have something to find where the others have not."""


@pytest.fixture(scope="module")
def shuffled() -> list[pd.DataFrame]:
    return [judge_claims(parts) for parts in simulate(REPORTS, 1, shuffled=True)]


@pytest.mark.slow
def test_false_claims(shuffled: list[pd.DataFrame]) -> None:
    """Of reports on nothing, at most 5% say anywhere that something differs.

    Labels are shuffled where the outcome of each study comes about, so that what is claimed does
    not hold while all else stays as in studies that have found something:

    - alignment: which sentence is the translation of which (languages stay unlike each other); for
      the best against the worst, which language a hit belongs to, sentence by sentence, since
      another pairing would leave nothing but ties;
    - reading and knowledge: which of the four options is right, item by item (answers stay as
      consistent over languages as they are);
    - translation: which reference belongs to which text;
    - merging: whose answer an item has, the merge's or its sources' (permuting locales would leave
      the gain as it is);
    - values: which of two countries gave which answer, question by question, in all languages
      alike; the distances of the whole study are shuffled in `test_culture_false_claims`;
    - counting: whose answers a category has, the model's or the best baseline's (permuting the
      counts of lists would make any model worse than a constant: a null that is too easy);
    - mediation: which prompt of a pair is the swapped one, category by category;
    - across studies: scores of a language are drawn without regard to its alignment.

    Tests, intervals and adjustments are the product's own (`_test_guessing`, `study_across`, ...),
    on fewer items and rounds.
    """
    false = [bool((claims["wording"] == DIFFERS).any()) for claims in shuffled]
    assert sum(false) / REPORTS <= 0.05


@pytest.mark.slow
def test_false_claims_beside_true_ones() -> None:
    """Where half of the studies have found something, the others err no more often for it."""
    made = {"alignment", "reading", "knowledge", "merging", "mediation"}
    false, found = 0, 0
    for parts in simulate(REPORTS, 3, shuffled=True, real=REAL):
        claims = judge_claims(parts)
        told = set(claims.loc[claims["wording"] == DIFFERS, "study"])
        found += len(told & made)
        false += bool(told - made)
    assert found / (REPORTS * len(made)) > 0.9
    assert false / REPORTS <= 0.05 + ROUNDING


@pytest.mark.slow
def test_every_study_is_tested_in_every_report(shuffled: list[pd.DataFrame]) -> None:
    for claims in shuffled[:20]:
        Claims.validate(claims)
        tested = claims[claims["wording"].isin([DIFFERS, NOT_SEPARABLE])]
        assert set(tested["study"]) == set(CLAIMED_STUDIES)


@pytest.mark.slow
def test_tests_of_single_studies_are_not_too_careful_to_find_anything(
    shuffled: list[pd.DataFrame],
) -> None:
    """Without the adjustment for the whole report false claims would be many."""
    unadjusted = [
        bool(((claims["p"] <= 0.05) & (claims["gate"] == "open")).any()) for claims in shuffled
    ]
    assert sum(unadjusted) / REPORTS > 0.15


def test_strong_planted_effects_are_said() -> None:
    """In each of some reports on studies that have all found something, all of it is said."""
    for parts in simulate(5, 2, shuffled=False):
        for part in parts:
            StudyClaims.validate(part)
        claims = Claims.validate(judge_claims(parts))
        headlines = claims[claims["subject"].isin(HEADLINES)]
        assert set(headlines["study"]) == set(CLAIMED_STUDIES)
        assert headlines[headlines["wording"] == NOT_SEPARABLE]["id"].tolist() == []
