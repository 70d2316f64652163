"""Mean answers of models to every question, with intervals over prompts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy

from isogloss.figures.culture_study import as_text, of_models

KEYS = ("model", "family", "elicitation", "labeller", "language", "question")


def average_answers(survey_scores: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Average the answers of every model, language and question over prompts and samples.

    Answers to one prompt are alike, so prompts are what could be drawn again: with m prompts and
    residual sums e_j over the answers to each, SE² = m/(m − 1) Σ e_j² / n², and the bounds are
    those of Student's t with m − 1 degrees (Cameron and Miller 2015, Journal of Human Resources
    50, p. 317, for a mean), cut at 0 and 1. Answers without a single pro or con count in
    `n_undecided` alone; prompts that name a country are left out.

    Args:
        survey_scores: the table of that name.
        confidence: of the intervals.

    Returns:
        model, family, elicitation, labeller, language, question, mean, ci_low, ci_high (NaN of a
        single prompt), n (answers), n_prompts, n_undecided; in the order of the scores.
    """
    rows = of_models(survey_scores)
    rows = rows[as_text(rows["country"]) == ""].reset_index(drop=True)
    rows = rows.assign(**{key: as_text(rows[key]) for key in KEYS})
    ids = as_text(rows["prompt_id"])
    alone = pd.Series([f"answer {number}" for number in rows.index], rows.index)
    rows["prompt_id"] = ids.where(ids != "", alone)
    undecided = rows["pro_score"].isna().groupby([rows[key] for key in KEYS]).sum()
    decided = rows[rows["pro_score"].notna()]
    groups = decided.groupby(list(KEYS), sort=False)["pro_score"]
    residual = decided["pro_score"] - groups.transform("mean")
    sums = residual.groupby([*(decided[key] for key in KEYS), decided["prompt_id"]]).sum()
    squares = (sums**2).groupby(level=list(KEYS)).agg(["sum", "size"])
    table = pd.DataFrame({"mean": groups.mean(), "n": groups.size()})
    prompts = squares["size"].reindex(table.index)
    error = np.sqrt(prompts / (prompts - 1).where(prompts > 1) * squares["sum"]) / table["n"]
    reach = error * scipy.stats.t.ppf((1 + confidence) / 2, (prompts - 1).clip(lower=1))
    table["ci_low"] = (table["mean"] - reach).clip(lower=0)
    table["ci_high"] = (table["mean"] + reach).clip(upper=1)
    table["n_prompts"] = prompts
    table["n_undecided"] = undecided.reindex(table.index)
    return table.reset_index()
