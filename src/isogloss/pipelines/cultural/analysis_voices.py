"""Voices: what one model says in one language, asked in one way, question by question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.survey_score_rows import BASELINE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters

Floats = NDArray[np.float64]
Kept = NDArray[np.bool_]

WAY = ["elicitation", "labeller"]
VOICE = ["model", "family", *WAY, "language", "named_country"]
NATIVE = "native"
"""`named_country` of the responses to prompts that name any country of their language but the
reference, taken together."""
EQUAL_DIGITS = 12
"""Digits to which question means are told apart."""
INTERVIEW = 10
"""Respondents whom a response is asked to imagine."""


@dataclass(frozen=True)
class Voices:
    """Question means of some voices, every response weighing alike within its question.

    Attributes:
        keys: `VOICE`, one row a voice.
        questions: their codes, sorted.
        means: float64 [voices, questions], mean pro score; NaN where there is no response.
        variances: float64 [voices, questions], of a question's mean over other prompts, times its
            responses: with one response to each prompt the variance of the responses; NaN for
            fewer than two prompts.
        counts: float64 [voices, questions], responses.
        opinions: float64 [voices, questions], opinions behind the mean; 10 a response where the
            table does not tell.
    """

    keys: pd.DataFrame
    questions: tuple[str, ...]
    means: Floats
    variances: Floats
    counts: Floats
    opinions: Floats

    def __len__(self) -> int:
        """Count the voices."""
        return len(self.keys)

    def chosen(self, rows: Kept | NDArray[np.intp]) -> Voices:
        """Keep some of the voices."""
        return replace(
            self,
            keys=self.keys.iloc[np.arange(len(self))[rows]].reset_index(drop=True),
            means=self.means[rows],
            variances=self.variances[rows],
            counts=self.counts[rows],
            opinions=self.opinions[rows],
        )

    def reliabilities(self, columns: NDArray[np.intp]) -> Floats:
        """Give the share of the variance of question means that is no noise of single responses.

        1 - mean(s^2 / n) / var(means), with s^2 the variance of the responses to a question and n
        their number; a question with one response has the mean s^2 of the others. Responses to one
        prompt are alike, so that prompts are what is drawn: s^2 grows with that. Below 0 where
        noise explains all (Spearman 1904, American Journal of Psychology 15, p. 72).

        Args:
            columns: numbers of the questions.

        Returns:
            float64 [voices]; NaN where no question has two prompts.
        """
        variances, counts = self.variances[:, columns], self.counts[:, columns]
        known = ~np.isnan(variances)
        typical = _mean(np.where(known, variances, 0.0).sum(axis=1), known.sum(axis=1))
        filled = np.where(known, variances, typical[:, None])
        noise = (filled / np.maximum(counts, 1)).mean(axis=1)
        spread = self.means[:, columns].var(axis=1, ddof=1)
        return np.asarray(1 - _mean(noise, spread))


def say_nothing(_: str) -> None:
    """Take a remark that another node of the same run makes."""


def select_responses(
    scores: pd.DataFrame,
    parameters: AnalysisParameters,
    tell: Callable[[str], None] = say_nothing,
) -> pd.DataFrame:
    """Keep the responses of models that take a side.

    Args:
        scores: `survey_scores`; a list of random answers (family `Baseline`) is no model.
        parameters: of the analyses.
        tell: is given how many responses are left out, and why.
    """
    models = scores[scores["family"] != BASELINE]
    undecided = models["pro_score"].isna()
    if undecided.any():
        tell(
            f"{undecided.sum()} of {len(models)} responses take no side on their question and are "
            "in no mean."
        )
    kept = models[~undecided]
    if parameters.response_languages == "asked":
        # an empty code is a language that was not told
        other = ~kept["response_language"].isin([""]) & (
            kept["response_language"] != kept["language"]
        )
        tell(
            f"{other.sum()} of {len(kept)} responses are in another language than their prompt and "
            "are left out (cultural_analysis.response_languages=asked)."
        )
        kept = kept[~other]
    return kept.reset_index(drop=True)


def collect_voices(
    responses: pd.DataFrame, natives: pd.Series[str], reference: str, questions: Sequence[str]
) -> Voices:
    """Average the responses of every voice to every question.

    Responses to prompts that name a country are voices of their own: one a country, and one of
    all countries of the prompt's language but the reference.

    Args:
        responses: of `select_responses`.
        natives: country -> its language.
        reference: the country that is not among the native ones.
        questions: codes; responses to other questions are left out.
    """
    codes = tuple(sorted(questions))
    known = responses[responses["question"].isin(codes)]
    rows = known.rename(columns={"country": "named_country"})
    speaks = rows["named_country"].map(natives) == rows["language"]
    native = rows[speaks & (rows["named_country"] != reference)]
    rows = pd.concat([rows, native.assign(named_country=NATIVE)], ignore_index=True)
    groups = rows.groupby(VOICE, sort=True)
    keys = groups.size().reset_index(name="n")[VOICE]
    voice = np.asarray(groups.ngroup(), np.intp)
    cells = voice * len(codes) + pd.Index(codes).get_indexer(pd.Index(rows["question"]))
    return _average(keys, codes, cells, rows)


def _average(
    keys: pd.DataFrame, codes: tuple[str, ...], cells: NDArray[np.intp], rows: pd.DataFrame
) -> Voices:
    shape = (len(keys), len(codes))
    x: Floats = np.asarray(rows["pro_score"], np.float64)
    told = (rows["pro"] + rows["con"]).astype("Float64").to_numpy(np.float64, na_value=INTERVIEW)

    def add(values: NDArray[np.floating]) -> Floats:
        return np.bincount(cells, values, shape[0] * shape[1]).astype(np.float64)

    counts = add(np.ones(len(x)))
    # Means that are equal must stay so in ranks, in whatever order their sums were taken.
    means = np.round(_mean(add(x), counts), EQUAL_DIGITS)
    variances = _spread_over_prompts(x - means[cells], cells, rows["prompt_id"], counts)
    return Voices(
        keys,
        codes,
        means.reshape(shape),
        variances.reshape(shape),
        counts.reshape(shape),
        add(told).reshape(shape),
    )


def _spread_over_prompts(
    residuals: Floats, cells: NDArray[np.intp], prompts: pd.Series[str], counts: Floats
) -> Floats:
    """Give n times the variance of a mean of n responses to m prompts, m/(m - 1) sum_u E_u^2 / n.

    E_u is the sum of the residuals of prompt u; a response whose prompt is not known is alone.
    """
    named = (prompts.notna() & (prompts != "")).to_numpy(np.bool_)
    alone = np.where(named, -1, np.arange(len(cells)))
    keys = pd.DataFrame({"cell": cells, "prompt": prompts.to_numpy(object), "alone": alone})
    sums = (
        keys.assign(sum=residuals).groupby(["cell", "prompt", "alone"], dropna=False)["sum"].sum()
    )
    cell = sums.index.get_level_values("cell").to_numpy(np.intp)
    units = np.bincount(cell, minlength=len(counts)).astype(np.float64)
    squares = np.bincount(cell, np.square(sums.to_numpy(np.float64)), len(counts))
    return _mean(_mean(squares * units, units - 1), counts)


def _mean(total: Floats, count: Floats) -> Floats:
    found = np.full(np.shape(total), np.nan)
    np.divide(total, count, out=found, where=np.asarray(count) > 0)
    return found
