"""Differences on the same lists in words: between ways of asking, and between languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.figures.counting_ways import ALL
from isogloss.figures.formats import format_interval, format_score
from isogloss.pipelines.reporting.markdown import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONTRASTED = {
    "position": "category named before the list, less after it",
    "scoring": "number written, less likeliest number",
}
DIFFERS, NOT_TOLD = "differs", "not told from 0"


def tabulate_differences(
    contrasts: pd.DataFrame, model: str, names: Mapping[str, str]
) -> Iterator[str]:
    """Tabulate the differences of a model, a table a contrast and a row a language.

    Those that are told from 0 are bold.

    Args:
        contrasts: of all models.
        model: its name.
        names: language -> name.
    """
    wide = _pair_metrics(contrasts[contrasts["model"] == model])
    if not wide:
        return
    told = [row for pair in wide for row in pair if judge_difference(row) == DIFFERS]
    yield "Bold: told from 0." if told else "None of these is told from 0."
    yield ""
    contrasted = list(dict.fromkeys(_name_contrast(accuracy, names) for accuracy, _ in wide))
    for what in contrasted:
        own = [pair for pair in wide if _name_contrast(pair[0], names) == what]
        yield f"**{what[0].upper()}{what[1:]}**"
        yield ""
        yield from write_table(
            ("Language", "Lists", "Accuracy", "Mean absolute error"),
            [
                (_name_language(one, names), str(int(one["n"])), _mark(one), _mark(error))
                for one, error in own
            ],
        )
        yield ""


def _mark(row: Mapping[str, Any]) -> str:
    written = write_difference(row)
    return {DIFFERS: f"**{written}**", NOT_TOLD: written}.get(
        judge_difference(row), f"{written} (not tested)"
    )


def find_position(contrasts: pd.DataFrame, model: str, whole: str) -> Mapping[str, Any] | None:
    """Find by how much the accuracy differs where the category is named first; None if unknown.

    Args:
        contrasts: of all models.
        model: its name.
        whole: `all`, or the only language.
    """
    own = contrasts[
        (contrasts["model"] == model)
        & (contrasts["language"] == whole)
        & (contrasts["contrast"] == "position")
        & (contrasts["metric"] == "accuracy")
    ].sort_values("scoring")
    return _record(own.iloc[0]) if len(own) else None


def write_difference(row: Mapping[str, Any]) -> str:
    """Write a difference with its interval: `-.05 [-.10, .01]`."""
    interval = format_interval(float(row["ci_low"]), float(row["ci_high"]))
    return f"{format_score(float(row['difference']))} {interval}".rstrip()


def judge_difference(row: Mapping[str, Any]) -> str:
    """Say whether a difference is told from 0, adjusted over the languages."""
    p = float(row["p_adjusted"])
    if pd.isna(p):
        return "not tested"
    return DIFFERS if p < 1 - float(row["confidence"]) else NOT_TOLD


def _pair_metrics(contrasts: pd.DataFrame) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Give the rows of accuracy, each with that of the error."""
    keys = ["model", "contrast", "reference", "language", "position", "framing", "scoring"]
    accuracy, error = (contrasts[contrasts["metric"] == metric] for metric in ("accuracy", "mae"))
    found = {tuple(row[key] for key in keys): _record(row) for _, row in error.iterrows()}
    return [
        (_record(row), found[own])
        for _, row in accuracy.iterrows()
        if (own := tuple(row[key] for key in keys)) in found
    ]


def _record(row: pd.Series) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def _name_contrast(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    place = f"category named {'before' if row['position'] == 'first' else 'after'} the list"
    written = "number written" if row["scoring"] == "generated" else "likeliest number"
    if row["contrast"] == "position":
        return f"{CONTRASTED['position']} ({written})"
    if row["contrast"] == "scoring":
        return f"{CONTRASTED['scoring']} ({place})"
    reference = names.get(row["reference"], row["reference"])
    return f"each language, less {reference} ({place}, {written})"


def _name_language(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    language = str(row["language"])
    return "all together" if language == ALL else names.get(language, language)
