"""Level 3: whether the items that a model aligns with the pivot's are the ones it answers right."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy

from isogloss.pipelines.reporting.alignment_predictor import middle_third
from isogloss.pipelines.reporting.cross_gates import HERE, above_chance_share
from isogloss.pipelines.reporting.cross_losses import name_codes
from isogloss.statistics.multiple_testing import adjust_holm
from isogloss.statistics.two_way import Slope, slope_within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from isogloss.pipelines.reporting.parameters import CrossStudyParameters

logger = logging.getLogger(__name__)

SLOPE, PREDICTOR = "slope", "item_alignment"
OUTCOMES = {"belebele": "reading", "mmlu": "knowledge"}
FAMILY = "exploratory, level 3"
FLAT = "the alignment of items varies in neither items nor languages"
_ROW = ["model", "language"]
_ITEM = ["stratum", "item_id"]


def gather_items(
    item_scores: pd.DataFrame,
    question_scores: pd.DataFrame,
    item_alignment: Mapping[str, Callable[[], pd.DataFrame]],
) -> pd.DataFrame:
    """Set the answer to every test item beside the alignment of its options with the pivot's.

    Args:
        item_scores: of one model; of them the formulation that stands for it.
        question_scores: of the same model; say which formulation that is.
        item_alignment: `<task>.<language>` -> one row an item and layer.

    Returns:
        One row an item and language other than the pivot: model, task, language, stratum, item_id,
        cluster, right (1 or 0), aligned (share of the middle third of the layers in which all
        options are nearer to their own translation than to those of the others). Items two of
        whose options are written alike are left out.
    """
    way = ["task", "formulation", "normalisation"]
    selected = question_scores.loc[question_scores["selected"].astype(bool), way].drop_duplicates()
    tested = item_scores[item_scores["split"] == "test"].merge(selected, on=way)
    right = tested["chosen"].astype(bool) & tested["gold"].astype(bool)
    keys = ["model", "task", "language", "stratum", "item_id", "cluster"]
    marked = tested.assign(right=right.astype(float))
    answers = marked.groupby(keys, as_index=False)[["right"]].max()
    parts = [_average_layers(load(), name) for name, load in item_alignment.items()]
    columns = ["task", "language", "item_id", "aligned"]
    aligned = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
    linked: pd.DataFrame = answers.merge(aligned, on=columns[:3])
    _report_unlinked(answers, linked)
    return linked


def associate_items(
    items: pd.DataFrame, joined: pd.DataFrame, parameters: CrossStudyParameters
) -> list[dict[str, Any]]:
    """Regress right answers on the alignment of items, within items and within languages.

    right ~ aligned | item + model x language, errors clustered by passage and by language. So
    neither hard items nor poor languages, nor what tokenizers, scripts and families do to whole
    languages, count. All models together follow those of single ones, if there are several.

    Args:
        items: of `gather_items`, all models.
        joined: of `cross_inputs.join_sides`: where outcomes are above chance.
        parameters: of the analysis.

    Returns:
        Rows of `scoreboard_schemas.CrossStudy` without verdicts.
    """
    found = []
    for task, own in items.groupby("task", sort=True):
        outcome = OUTCOMES[str(task)]
        told = joined[(joined["outcome"] == outcome) & ~joined["proxy"]]
        models = sorted(own["model"].unique())
        groups = [[model] for model in models] + ([models] if len(models) > 1 else [])
        for group in groups:
            rows, beside = (table[table["model"].isin(group)] for table in (own, told))
            name = group[0] if len(group) == 1 else ""
            described = {"model": name, "outcome": outcome}
            found.append(described | _associate(rows, beside, parameters))
    tested = [row for row in found if not row["reason"]]
    for row, p in zip(tested, adjust_holm([row["p"] for row in tested]), strict=True):
        row["p_adjusted"] = float(p)
    return found


def _average_layers(table: pd.DataFrame, name: str) -> pd.DataFrame:
    task, _, language = name.partition(".")
    layers = middle_third(int(table["layer"].max()))
    rows = table[table["layer"].isin(layers) & ~table["repeated"].astype(bool)]
    means = rows.groupby("item_id", as_index=False)["aligned"].mean()
    named: pd.DataFrame = means.assign(task=task, language=language)
    return named


def _report_unlinked(answers: pd.DataFrame, linked: pd.DataFrame) -> None:
    """Tell which languages have answers, but no alignment of the items; the pivot has none."""
    for task, own in answers.groupby("task"):
        there = set(linked.loc[linked["task"] == task, "language"])
        if lost := sorted(set(own["language"]) - there):
            logger.info(
                "Alignment item by item, %s of %s: nothing is known in %s (%d of %d languages).",
                task,
                ", ".join(sorted(set(own["model"]))),
                name_codes(lost),
                len(lost),
                own["language"].nunique(),
            )


def _say_lost(rows: pd.DataFrame, kept: pd.DataFrame, beside: pd.DataFrame) -> list[str]:
    """Say which languages lack alignment item by item, and how many items some language lacks."""
    known = {*beside["language"], *" ".join(beside["unaligned"]).split()}
    lost = sorted(known - set(rows["language"]))
    items = rows[_ITEM].drop_duplicates()
    fewer = len(items) - len(kept[_ITEM].drop_duplicates())
    said = [f"{len(lost)} of {len(known)} languages without alignment of items: {name_codes(lost)}"]
    share = f"{fewer} of {len(items)} items are not known in every language"
    return [*(said if lost else []), *([share] if fewer else [])]


def _associate(
    rows: pd.DataFrame, beside: pd.DataFrame, parameters: CrossStudyParameters
) -> dict[str, Any]:
    kept = _in_all_languages(rows)
    above_chance = above_chance_share(beside)
    lost = _say_lost(rows, kept, beside)
    if lost:
        logger.info("Cross-study analysis, item by item: %s.", "; ".join(lost))
    languages, passages = (
        kept["language"].nunique(),
        len(kept[["stratum", "cluster"]].value_counts()),
    )
    row = {
        "level": 3,
        "predictor": PREDICTOR,
        "outcome_metric": "accuracy",
        "n": len(kept),
        "unit": f"answers ({languages} languages, {passages} passages)",
        "above_chance_share": above_chance,
        "estimate_name": SLOPE,
        "family": FAMILY,
        "text_overlap": 1.0,
    }
    if reason := _object(languages, passages, above_chance, parameters):
        return {**row, "reason": HERE + ", ".join([reason, *lost])}
    slope = _slope(kept, parameters.confidence)
    if np.isnan(slope.error):
        return {**row, "reason": HERE + FLAT}
    p = 2 * scipy.stats.t.sf(abs(slope.score) / slope.error, min(languages, passages) - 1)
    estimates = {"estimate": slope.score, "ci_low": slope.low, "ci_high": slope.high}
    return {**row, **estimates, "p": float(p), "reason": ""}


def _in_all_languages(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the items that every language of every model has."""
    counts = rows.groupby(_ITEM)["right"].transform("size")
    kept = rows[counts == len(rows[_ROW].drop_duplicates())]
    return kept.sort_values([*_ROW, *_ITEM], ignore_index=True)


def _object(
    languages: int, passages: int, above_chance: float, parameters: CrossStudyParameters
) -> str:
    counts = {
        "languages": (languages, parameters.least_languages),
        "passages": (passages, parameters.least_passages),
    }
    parts = [
        f"{count} {name}" + (f" ({least} needed)" if count < least else "")
        for name, (count, least) in counts.items()
    ]
    lacking = any(count < least for count, least in counts.values())
    least_share = parameters.least_above_chance
    if not above_chance >= least_share:
        share = "an unknown share" if np.isnan(above_chance) else f"{above_chance:.0%}"
        parts.append(f"outcome above chance in {share} of languages ({least_share:.0%} needed)")
        lacking = True
    return ", ".join(parts) if lacking else ""


def _slope(kept: pd.DataFrame, confidence: float) -> Slope:
    rows = kept[_ROW].drop_duplicates()
    shape = (len(rows), -1)
    outcome, aligned = (
        kept[name].to_numpy(np.float64).reshape(shape) for name in ("right", "aligned")
    )
    clusters: NDArray[np.object_] = (kept["stratum"] + "\n" + kept["cluster"]).to_numpy(object)
    return slope_within(
        outcome,
        aligned,
        clusters[: outcome.shape[1]],
        confidence,
        languages=rows["language"].to_numpy(),
    )
