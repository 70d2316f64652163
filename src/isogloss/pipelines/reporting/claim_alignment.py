"""What reports claim of alignment, and of the tasks that may go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.figures.summaries import choose_pooling
from isogloss.figures.task_names import READING, TRANSLATION
from isogloss.pipelines.reporting.claim_rows import (
    LEAST_P,
    choose_member,
    complete_claims,
    list_members,
)
from isogloss.pipelines.reporting.score_cells import (
    ALIGNMENT_FORMULA,
    TASK_FORMULA,
    TASK_STUDIES,
    TRANSLATION_FORMULA,
    guessing_level,
    name_guessing,
    select_scores,
)
from isogloss.scoreboard_columns import NOT_TESTED, SHOWN, TESTED
from isogloss.statistics.places import least_p

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.reporting.parameters import ReportingParameters

BEST_LAYER, ABOVE_PAIRING = "best_layer", "languages_above_pairing"
BEST_AGAINST_WORST = "best_against_worst"
ABOVE_GUESSING, ABOVE_FLOOR = "languages_above_guessing", "translations_above_floor"
MATCHED = "word_match"
"""Among the further numbers: what matching words gets of the same items."""


def claim_alignment(
    alignment_overview: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    corpus: str,
    parameters: ReportingParameters,
) -> pd.DataFrame:
    """Claim the best layer, which languages are aligned at all, and that the best beats the worst.

    Args:
        alignment_overview: of all models.
        pivot_overview: of all models.
        corpus: name of the source of the sentences.
        parameters: pooling, and what the sentences are in words.
    """
    pooling = choose_pooling(parameters.pooling, pivot_overview["pooling"])
    ranking = pivot_overview[pivot_overview["pooling"] == pooling]
    rows: list[dict[str, Any]] = []
    for model, own in ranking.groupby("model", sort=False):
        layers = alignment_overview[
            (alignment_overview["model"] == model)
            & (alignment_overview["pooling"] == pooling)
            & (alignment_overview["metric"] == own["metric"].iloc[0])
        ]
        shared = {
            "study": "alignment",
            "model": model,
            "unit": "sentences",
            "confidence": own["confidence"].iloc[0],
            "formula": ALIGNMENT_FORMULA,
        }
        data = parameters.describe_corpus(corpus)
        basis = {"metric": own["metric"].iloc[0], "pivot": own["pivot"].iloc[0], "data": data}
        found = [
            *_best_layer(layers),
            _above_pairing(own, parameters.rounds),
            *_best_against_worst(own),
        ]
        rows += [{**shared, **row, "further": {**basis, **row["further"]}} for row in found]
    return complete_claims(rows)


def _best_layer(layers: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the layer that was selected, with those that are tied with it."""
    chosen = layers["selected"].astype(bool)
    between = (layers["layer"] >= layers["layer_first"]) & (layers["layer"] <= layers["layer_last"])
    tied = layers.loc[layers["tied_with_selected"].astype(bool) & ~chosen & between, "layer"]
    for row in layers[chosen].to_dict("records"):
        whole = {name: int(row[name]) for name in ("layer", "layer_first", "layer_last", "pairs")}
        yield {
            "subject": BEST_LAYER,
            "estimate": row["held_out_score"],
            "ci_low": row["held_out_ci_low"],
            "ci_high": row["held_out_ci_high"],
            "n": int(row["n"]) // 2,
            "wording": SHOWN,
            "source": "alignment_overview",
            "further": {
                **whole,
                "tied": sorted(int(layer) for layer in tied),
                "layers": int(between.sum()),
            },
        }


def _above_pairing(own: pd.DataFrame, rounds: int) -> dict[str, Any]:
    """Claim that languages are aligned at all; what would mean nothing is chance or the floor."""
    level = own[["chance", "floor"]].max(axis=1)
    # A language below chance may be told from random pairings, but is no example of alignment.
    p = own["p_pairing_adjusted"].mask(own["ci_high"] < level, 1.0)
    members = own.assign(p=p, null=level)
    row = choose_member(members, higher_only=True)
    return {
        "subject": ABOVE_PAIRING,
        "language": row["language"],
        "estimate": row["score"],
        **{name: row[name] for name in ("ci_low", "ci_high", "null", "p")},
        "n": int(row["n"]),
        "wording": TESTED,
        "reference": "chance and a random pairing of the sentences",
        "source": "pivot_overview",
        "members": list_members(members),
        "further": {"pool": int(row["n_pool"]), LEAST_P: 1 / (1 + rounds)},
    }


def _best_against_worst(own: pd.DataFrame) -> Iterator[dict[str, Any]]:
    if len(own) < 2:
        return
    ordered = own.sort_values("rank")
    best, worst = ordered.iloc[0], ordered.iloc[-1]
    p = worst.get("difference_to_best_p", np.nan)
    ties = {
        f"tied_with_{end}": list(
            ordered.loc[
                ordered[f"tied_with_{end}"].astype(bool) & (ordered["language"] != row["language"]),
                "language",
            ]
        )
        for end, row in (("best", best), ("worst", worst))
    }
    yield {
        "subject": BEST_AGAINST_WORST,
        "language": best["language"],
        "estimate": -float(worst["difference_to_best"]),
        "ci_low": -float(worst["difference_to_best_ci_high"]),
        "ci_high": -float(worst["difference_to_best_ci_low"]),
        "n": int(best["n"]),
        "null": 0.0,
        "p": p,
        # Tables of earlier versions know no p.
        "wording": TESTED if pd.notna(p) else NOT_TESTED,
        "reference": worst["language"],
        "source": "pivot_overview",
        "further": {"languages": len(own), **ties},
    }


def claim_tasks(task_scores: pd.DataFrame, pivot: str) -> pd.DataFrame:
    """Claim in which languages a model is above guessing, and its translations above their floor.

    Args:
        task_scores: of all models.
        pivot: the language that is translated into.
    """
    chosen = select_scores(task_scores)
    # What is tested of translations is chrF++, also where COMET is shown.
    other = chosen[(chosen["task"] == TRANSLATION) & (chosen["metric"] != "chrf")]
    if len(other):
        tested = select_scores(task_scores[task_scores["metric"] != "comet"])
        chosen = pd.concat([chosen.drop(other.index), tested[tested["task"] == TRANSLATION]])
    rows = [
        row
        for (_, task), own in chosen.groupby(["model", "task"], sort=False)
        for row in _above_chance(own, str(task), pivot)
    ]
    return complete_claims(rows)


def _above_chance(own: pd.DataFrame, task: str, pivot: str) -> Iterator[dict[str, Any]]:
    known = own[own["p_above_chance_adjusted"].notna()]
    if known.empty:
        return
    translated = task == TRANSLATION
    nulls = known["floor"] if translated else known.apply(guessing_level, axis=1)
    members = known.assign(p=known["p_above_chance_adjusted"], null=nulls.astype(float))
    row = choose_member(members)
    yield {
        "study": TASK_STUDIES[task],
        "model": row["model"],
        "language": row["language"],
        "subject": ABOVE_FLOOR if translated else ABOVE_GUESSING,
        "estimate": row["score"],
        **{name: row[name] for name in ("ci_low", "ci_high", "confidence", "null", "p")},
        "n": int(row["clusters"] if pd.notna(row["clusters"]) else row["n"]),
        "unit": "passages" if task == READING else "sentences" if translated else "items",
        "wording": TESTED,
        "reference": "references of other sentences" if translated else "guessing",
        "source": "task_scores",
        "formula": TRANSLATION_FORMULA if translated else TASK_FORMULA,
        "members": list_members(members),
        "further": {
            "metric": row["metric"],
            "pivot": pivot,
            "items": int(row["n"]),
            "data": row["data"] if isinstance(row["data"], str) else "",
            "highest": _highest(members),
            **({MATCHED: float(row["word_match"])} if pd.notna(row["word_match"]) else {}),
            "compared": "" if translated else name_guessing(row.to_dict()),
            LEAST_P: _least_p(members, row, translated=translated),
        },
    }


def _highest(members: pd.DataFrame) -> list[Any]:
    """Give the language with the highest score, its score with the interval, and its level."""
    ordered = members.sort_values(["score", "p"], ascending=[False, True], kind="stable")
    row = ordered.iloc[0]
    return [row["language"], *(float(row[name]) for name in ("score", "ci_low", "ci_high", "null"))]


def _least_p(members: pd.DataFrame, row: pd.Series, *, translated: bool) -> float:
    """Give the smallest p of a language if all is right, adjusted for the languages (Holm)."""
    n = int(row["n"])
    single = least_p(n) if translated else float(row["null"]) ** n
    return min(1.0, len(members) * single)
