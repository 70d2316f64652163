"""From log-likelihoods of answers to distributions, scores, and what the order of answers does."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.pipelines.cultural.closed_answers import NUMBER
from isogloss.pipelines.cultural.closed_parameters import PMI
from isogloss.pipelines.cultural.survey_questions import CON, PRO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isogloss.pipelines.cultural.closed_parameters import ClosedSurveyParameters
    from isogloss.pipelines.cultural.survey_questions import SurveyQuestion

KEY = ["language", "question", "formulation"]


def distribute_answers(answers: pd.DataFrame, parameters: ClosedSurveyParameters) -> pd.DataFrame:
    """Turn log-likelihoods into probabilities of the answers, in every order.

    Args:
        answers: of `score_answers_given`, in any number of languages.
        parameters: normalisation.

    Returns:
        The same rows, with `probability` (softmax over the answers of a question as shown in one
        order) and `mass` (what the answers together have of all that the model might write: how
        far it answers in this form at all).
    """
    prior = answers["prior"] if parameters.normalisation == PMI else 0.0
    values = answers["log_likelihood"] - prior
    group = [answers[name] for name in [*KEY, "order"]]
    highest = values.groupby(group).transform("max")
    weights = (values - highest).map(np.exp)
    likelihoods = answers["log_likelihood"].map(np.exp)
    return answers.assign(
        probability=weights / weights.groupby(group).transform("sum"),
        mass=likelihoods.groupby(group).transform("sum"),
    )


def average_orders(distributed: pd.DataFrame, parameters: ClosedSurveyParameters) -> pd.DataFrame:
    """Average the probabilities of answers over the orders in which they were shown.

    Args:
        distributed: of `distribute_answers`.
        parameters: which formulation stands for the model.

    Returns:
        language, question, formulation, selected (whether it stands for the model), complete
        (whether all answers of the question are there; not where inside a scale they have no
        words: then these are shares of its ends), code, share (of 1), mass, orders (how many).
    """
    grouped = distributed.groupby([*KEY, "code"], sort=False)
    table = grouped.agg(
        share=("probability", "mean"), mass=("mass", "mean"), orders=("order", "nunique")
    ).reset_index()
    table.insert(3, "selected", table["formulation"] == parameters.formulation)
    found = table.groupby(KEY)["code"].transform("size")
    numbered = table["question"].map(
        table[table["formulation"] == NUMBER].groupby("question")["code"].nunique()
    )
    table.insert(4, "complete", found == numbered)
    return table


def score_distributions(
    distributions: pd.DataFrame, survey: Mapping[str, SurveyQuestion]
) -> pd.DataFrame:
    """Score distributions of answers: what pro codes have of what pro and con codes have.

    Args:
        distributions: with `share` and `code`, of `average_orders`.
        survey: name of a question -> what its codes mean.

    Returns:
        language, question, formulation, selected, pro_score (NaN where the question has no sides).
    """
    pairs = zip(distributions["question"], distributions["code"], strict=True)
    sides = np.array([survey[question].sides[code] for question, code in pairs])
    shares = distributions["share"]
    table = distributions.assign(
        pro=shares.where(sides == PRO, 0.0),
        con=shares.where(sides == CON, 0.0),
    )
    summed = table.groupby([*KEY, "selected"], sort=False)[["pro", "con"]].sum().reset_index()
    both = summed["pro"] + summed["con"]
    summed["pro_score"] = summed["pro"].where(both > 0) / both.where(both > 0)
    return summed.drop(columns=["pro", "con"])


def measure_order_effects(
    distributed: pd.DataFrame, survey: Mapping[str, SurveyQuestion]
) -> pd.DataFrame:
    """Measure what the order of the answers does to them.

    Args:
        distributed: of `distribute_answers`.
        survey: name of a question -> what its codes mean.

    Returns:
        language, question, formulation, orders (how many), recency (probability of the last place
        less that of the first, mean over the orders: 0 where order does nothing, as forward and
        reversed or all rotations show each end as often first as last; positive: the last answer
        is preferred; NaN for one order), distance (total variation between the distributions of
        two orders, 0..1, mean over all pairs; NaN for one order), pro_score_lowest and
        pro_score_highest (over the orders).
    """
    rows = []
    for key, own in distributed.groupby(KEY, sort=False):
        wide = own.pivot(index="order", columns="code", values="probability")
        places = own.pivot(index="order", columns="place", values="probability")
        tables = [
            score_distributions(part.assign(share=part["probability"], selected=True), survey)
            for _, part in own.groupby("order")
        ]
        scores = [float(table["pro_score"].iloc[0]) for table in tables]
        rows.append(
            {
                **dict(zip(KEY, key, strict=True)),
                "orders": len(wide),
                **_effects(wide, places),
                "pro_score_lowest": min(scores),
                "pro_score_highest": max(scores),
            }
        )
    return pd.DataFrame(rows)


def _effects(wide: pd.DataFrame, places: pd.DataFrame) -> dict[str, Any]:
    if len(wide) < 2:
        return {"recency": float("nan"), "distance": float("nan")}
    shares = wide.to_numpy()
    distances = [
        np.abs(shares[a] - shares[b]).sum() / 2 for a, b in combinations(range(len(shares)), 2)
    ]
    ends = places.iloc[:, -1] - places.iloc[:, 0]
    return {"recency": float(ends.mean()), "distance": float(np.mean(distances))}
