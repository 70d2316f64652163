from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from isogloss import cultural_schemas
from isogloss.pipelines.cultural.alignment_distributions import Scales
from isogloss.pipelines.cultural.analysis_nodes import measure_agreement
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from tests.pipelines.cultural.planted_study import COUNTRIES, PlantedStudy

STUDY = PlantedStudy(questions=24)
SCALES: dict[str, tuple[int, str]] = {
    code: (4 if number % 2 else 10, "nominal" if number % 6 == 1 else "ordinal")
    for number, code in enumerate(STUDY.codes)
}
LEVELS = {"country": list(COUNTRIES), "language": ["dan", "eng", "nld"], "global": ["all"]}


def distributions() -> pd.DataFrame:
    """Give every group its shares of every option, as far from uniform as chance has it."""
    generator = np.random.default_rng(3)
    rows = [
        {"level": level, "group": group, "question": question, "code": code, "share": share}
        for level, groups in LEVELS.items()
        for group in groups
        for question, (highest, _) in SCALES.items()
        for code, share in enumerate(generator.dirichlet(np.ones(highest)), start=1)
    ]
    return pd.DataFrame(rows).assign(n=1000, n_eff=900.0, synthetic=True)


def answers_of(shares: pd.DataFrame) -> pd.DataFrame:
    """Give the answers of a model that has the shares of Denmark in all languages.

    Those of another formulation, and incomplete ones, are uniform and do not count.
    """
    own = shares[(shares["level"] == "country") & (shares["group"] == "DK")]
    spoken = [own.assign(model="alpha", language=language) for language in ("dan", "eng")]
    answers = pd.concat(spoken, ignore_index=True)[
        ["model", "language", "question", "code", "share"]
    ].assign(selected=True, complete=True)
    others = [answers.assign(share=0.25, **{name: False}) for name in ("selected", "complete")]
    return pd.concat([answers, *others], ignore_index=True)


@pytest.fixture(scope="module")
def found() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    shares = distributions()
    scores = STUDY.survey_scores()
    closed = scores[(scores["model"] == "alpha") & scores["language"].isin(["dan", "eng"])]
    closed = closed.assign(elicitation="closed", labeller="")
    table, _ = measure_agreement(
        pd.concat([scores, closed]),
        STUDY.ground_truth(),
        STUDY.survey_questions(),
        answers_of(shares),
        shares,
        AnalysisParameters(permutations=200, rounds=200),
    )
    cultural_schemas.CulturalAlignment.validate(table)
    kept = table["metric"].isin(["jensen_shannon", "wasserstein"])
    return table[kept], shares, table


def test_only_closed_answers_have_distributions(
    found: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    table, _, _ = found
    assert set(table["elicitation"]) == {"closed"}
    assert set(table["language"]) == {"dan", "eng"}
    assert set(table["level"]) == set(LEVELS)


@pytest.mark.parametrize("metric", ["jensen_shannon", "wasserstein"])
def test_parts_equal_slow_ones(
    metric: str, found: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
) -> None:
    table, shares, _ = found
    rows = table[(table["metric"] == metric) & (table["level"] == "country")]
    rows = rows[(rows["language"] == "eng") & (rows["group"] == "NL")].set_index("part")
    wide = shares[shares["level"] == "country"].pivot(
        index=["question", "code"], columns="group", values="share"
    )
    own: list[float] = []
    others: list[float] = []
    for question, (highest, scale) in SCALES.items():
        if metric == "wasserstein" and scale == "nominal":
            continue
        answers = wide[wide.index.get_level_values(0) == question].droplevel(0)
        rest = answers.drop(columns="NL").mean(axis=1)
        for target, similar in ((answers["NL"], own), (rest, others)):
            if metric == "jensen_shannon":
                similar.append(1 - jensenshannon(answers["DK"], target, base=2))
            else:
                codes = answers.index.to_numpy()
                away = stats.wasserstein_distance(codes, codes, answers["DK"], target)
                similar.append(1 - away / (highest - 1))
    assert rows.loc["overall", "value"] == pytest.approx(np.mean(own))
    assert rows.loc["normative", "value"] == pytest.approx(np.mean(others))
    assert rows.loc["distinctive", "value"] == pytest.approx(np.mean(own) - np.mean(others))
    assert rows.loc["overall", "error"] == pytest.approx(stats.sem(own))
    assert rows["n_questions"].tolist() == [len(own)] * 3


def test_the_country_that_is_followed_agrees_wholly_and_above_its_floors(
    found: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    table, _, _ = found
    rows = table[(table["group"] == "DK") & (table["part"] == "overall")]
    assert rows["value"].to_numpy() == pytest.approx(1)
    assert (rows["floor"] < 0.9).all()
    assert (rows["floor_uniform"] < 0.9).all()
    assert (rows["p"] < 0.05).all()
    assert (rows["native"] == (rows["language"] == "dan")).all()


def test_uniform_answers_are_a_floor(
    found: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    table, shares, _ = found
    rows = table[(table["metric"] == "jensen_shannon") & (table["group"] == "GB")]
    own = shares[shares["group"] == "GB"]
    expected = [
        1 - jensenshannon(one["share"], np.full(len(one), 1 / len(one)), base=2)
        for _, one in own.groupby("question")
    ]
    floor = rows.loc[rows["part"] == "overall", "floor_uniform"]
    assert floor.to_numpy() == pytest.approx(np.mean(expected))


def test_codes_that_no_scale_has_are_left_out() -> None:
    scales = Scales.of(["q001", "x"], STUDY.survey_questions())
    rows = pd.DataFrame(
        {"owner": "m", "question": ["q001"] * 3 + ["x"], "code": [1, 4, 9, 1], "share": 0.25}
    )
    filled = scales.fill(rows, ["m", "n"], "owner")
    assert filled[0, 0].tolist() == [0.5, 0, 0, 0.5]
    assert np.isnan(filled[0, 1]).all()
    assert np.isnan(filled[1]).all()
