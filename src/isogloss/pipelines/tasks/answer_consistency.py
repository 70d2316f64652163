"""Whether a model answers the same items alike in every two languages."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.statistics.agreement import (
    PARTS,
    Agreement,
    Part,
    chance_rank_consistency,
    measure_kappa,
    measure_rank_consistency,
    rank_options,
    select_part,
)
from isogloss.statistics.clustered import ItemResampling, count_clusters, resample_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUP = ["model", "task", "data", "formulation", "normalisation"]
WRITTEN = "generated"
_FOLLOWS = "agreement follows from the choice of items"
_WITHOUT_KAPPA: dict[Part, str] = {
    "both_right": _FOLLOWS,
    "otherwise": _FOLLOWS,
    "both_wrong": "by chance wrong answers agree more than others: see both_wrong_same_chance",
}
"""Why parts have no kappa: answers right in both languages agree, those right in one alone do not,
and where both are wrong, an item's right option is barred, which the choices' shares do not know.
"""
_CELLS = 200_000
"""Pairs times items that are compared at a time: as many as stay close to the processor."""


@dataclass(frozen=True)
class Answers:
    """What a model answers in several languages.

    Attributes:
        languages: sorted.
        chosen: int8 [languages, items], the option from 1; 0 where there is no valid answer.
        ranks: int8 [languages, items, options], from 1; None of written answers.
        gold: int8 [items].
        clusters: label of each item's cluster.
        strata: label of each item's stratum.
    """

    languages: tuple[str, ...]
    chosen: NDArray[np.int8]
    ranks: NDArray[np.int8] | None
    gold: NDArray[np.int8]
    clusters: NDArray[np.object_]
    strata: NDArray[np.object_]


def measure_answer_consistency(
    item_scores: pd.DataFrame, *, rounds: int = 1000, seed: int = 0, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare the answers to the test items in every two languages.

    Args:
        item_scores: one row an option; `split` tells test items from development items.
        rounds: of the bootstrap over clusters.
        seed: of the bootstrap.
        confidence: of the intervals.

    Returns:
        one row a group of `GROUP`, pair of languages (language_a < language_b) and part of their
        items (`items`): n and clusters that are compared, left_out (items of the group without a
        valid answer in either language, or outside the part), agreement, agreement_expected and
        kappa (of `all` alone), rankc; both with intervals and, where undefined, the reason,
        rankc_expected (of
        independent orders with the same preferences), rankc_chance (of random orders), both_right,
        both_wrong (shares of n) and both_wrong_same (share of those with the same choice, of which
        both_wrong_same_chance is expected if all wrong options are alike).

    Raises:
        Refusal: if an item has another right option, cluster or stratum in another language.
    """
    tables = []
    tested = item_scores[item_scores["split"] == "test"]
    for key, group in tested.groupby(GROUP, sort=True, observed=True):
        answers = read_answers(group)
        generator = np.random.default_rng(seed)
        resampling = resample_items(
            answers.clusters, answers.strata, rounds=rounds, generator=generator
        )
        for table in _compare(answers, resampling, confidence):
            named = zip(GROUP, key, strict=True)
            tables.append(pd.DataFrame(dict(named), index=table.index).join(table))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=GROUP)


def read_answers(group: pd.DataFrame) -> Answers:
    """Put the rows of one model, task, data, formulation and normalisation into arrays.

    Raises:
        Refusal: if an item has another right option, cluster or stratum in another language.
    """
    languages, rows = np.unique(group["language"].to_numpy(str), return_inverse=True)
    items, columns = np.unique(group["item_id"].to_numpy(str), return_inverse=True)
    option = group["option"].to_numpy(np.intp)
    options = int(option.max())
    chosen = np.zeros((len(languages), len(items)), np.int8)
    picked = group["chosen"].to_numpy(bool)
    chosen[rows[picked], columns[picked]] = option[picked]
    first = group.assign(gold_option=option).loc[group["gold"].to_numpy(bool)]
    facts = _facts_of_items(first)
    scores = np.full((len(languages), len(items), options), -np.inf)
    scores[rows, columns, option - 1] = group["score"].to_numpy(np.float64)
    return Answers(
        tuple(languages.tolist()),
        chosen,
        None if group["formulation"].iloc[0] == WRITTEN else rank_options(scores),
        facts["gold_option"].to_numpy(np.int8),
        facts["cluster"].to_numpy(object),
        facts["stratum"].to_numpy(object),
    )


def _facts_of_items(gold: pd.DataFrame) -> pd.DataFrame:
    facts = gold[["item_id", "gold_option", "cluster", "stratum"]].drop_duplicates()
    twice = facts["item_id"][facts["item_id"].duplicated()]
    if len(twice):
        raise Refusal(
            f"item_scores: item {twice.iloc[0]} has another right option, cluster or stratum in "
            f"another language, as {len(twice)} have. Answers can be compared only if options "
            "stand in the same order: run ingestion and tasks again."
        )
    return facts.sort_values("item_id", key=lambda ids: ids.astype(str))


def _compare(answers: Answers, resampling: ItemResampling, confidence: float) -> list[pd.DataFrame]:
    pairs = np.array(list(combinations(range(len(answers.languages)), 2)), np.intp).reshape(-1, 2)
    step = max(1, _CELLS // len(answers.gold))
    return [
        _compare_pairs(answers, pairs[start : start + step], part, resampling, confidence)
        for start in range(0, len(pairs), step)
        for part in PARTS
    ]


def _compare_pairs(
    answers: Answers,
    pairs: NDArray[np.intp],
    part: Part,
    resampling: ItemResampling,
    confidence: float,
) -> pd.DataFrame:
    one, two = answers.chosen[pairs[:, 0]], answers.chosen[pairs[:, 1]]
    right_one, right_two = one == answers.gold, two == answers.gold
    kept = (one > 0) & (two > 0) & select_part(part, right_one, right_two)
    n = kept.sum(axis=1)
    wrong = kept & ~right_one & ~right_two
    options = int(max(answers.chosen.max(), answers.gold.max(), 2))
    if answers.ranks is not None:
        options = answers.ranks.shape[-1]
    kappa = measure_kappa(one, two, kept, options, resampling, confidence)
    columns: dict[str, Any] = {
        "language_a": [answers.languages[row] for row in pairs[:, 0]],
        "language_b": [answers.languages[row] for row in pairs[:, 1]],
        "items": part,
        "n": n,
        "clusters": count_clusters(kept, resampling),
        "left_out": kept.shape[1] - n,
        "agreement": kappa.observed,
        **_kappa_columns(kappa, part, n),
        **_rank_columns(answers, pairs, part, kept, resampling, confidence),
        "both_right": _share(kept & right_one & right_two, n),
        "both_wrong": _share(wrong, n),
        "both_wrong_same": _share(wrong & (one == two), wrong.sum(axis=1)),
        "both_wrong_same_chance": 1 / (options - 1),
    }
    return pd.DataFrame(columns)


def _kappa_columns(kappa: Agreement, part: Part, n: NDArray[np.intp]) -> dict[str, Any]:
    undefined = np.isnan(kappa.score)
    reason = np.where(undefined, "all answers are the same option", "")
    reason = np.where(n == 0, "no such items", reason)
    values = {
        "agreement_expected": kappa.expected,
        "kappa": kappa.score,
        "kappa_ci_low": kappa.low,
        "kappa_ci_high": kappa.high,
    }
    if part in _WITHOUT_KAPPA:
        values = dict.fromkeys(values, np.full(len(n), np.nan))
        reason = np.where(n == 0, reason, _WITHOUT_KAPPA[part])
    return {**values, "kappa_reason": reason}


def _rank_columns(
    answers: Answers,
    pairs: NDArray[np.intp],
    part: Part,
    kept: NDArray[np.bool_],
    resampling: ItemResampling,
    confidence: float,
) -> dict[str, Any]:
    if answers.ranks is None:
        names = ("rankc", "rankc_ci_low", "rankc_ci_high", "rankc_expected", "rankc_chance")
        return {**dict.fromkeys(names, np.nan), "rankc_reason": "written answers rank no options"}
    one, two = answers.ranks[pairs[:, 0]], answers.ranks[pairs[:, 1]]
    found = measure_rank_consistency(one, two, kept, resampling, confidence)
    return {
        "rankc": found.score,
        "rankc_ci_low": found.low,
        "rankc_ci_high": found.high,
        "rankc_expected": found.expected,
        "rankc_chance": chance_rank_consistency(one.shape[-1], part),
        "rankc_reason": np.where(np.isnan(found.score), "no such items", ""),
    }


def _share(hits: NDArray[np.bool_], n: NDArray[np.intp]) -> NDArray[np.float64]:
    shares = np.full(len(n), np.nan)
    return np.asarray(np.divide(hits.sum(axis=1), n, out=shares, where=n > 0))
