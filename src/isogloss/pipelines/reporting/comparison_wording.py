"""What differs between two runs, in plain text, and why nothing can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.figures.formats import count_things, format_interval, format_score
from isogloss.figures.scoreboard import metric_digits, metric_label, study_label

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import ReportingParameters

    Row = Mapping[Hashable, Any]

_SHOWN = 8
"""Differences that the text lists; the table has all."""
_LEVELS = (
    (
        ("model",),
        "models",
        "If they are called otherwise, name them: comparison.models={there: here}.",
    ),
    (("model", "language"), "languages of a model", "Compare runs on some of the same languages."),
    (
        ("model", "language", "study", "role"),
        "studies of a model and language",
        "Run the same study in both.",
    ),
    (
        ("model", "language", "study", "role", "metric"),
        "metrics of a study",
        "Numbers of different metrics cannot be subtracted: run the reporting of one of them with "
        "the other's metric, way of asking or number of sentences.",
    ),
)  # fmt: skip


def describe_comparison(
    comparison: pd.DataFrame, languages: pd.DataFrame, reporting: ReportingParameters
) -> str:
    """Write how many cells were compared, how many differ, and which.

    Args:
        comparison: `scoreboard_comparison`.
        languages: language, name.
        reporting: labels of models.
    """
    names = dict(zip(languages["language"], languages["name"], strict=True))
    confidence = float(comparison["confidence"].iloc[0])
    differ = comparison["p_adjusted"] <= 1 - confidence
    same = comparison["how"].str.endswith("alike").sum()
    paired = int(comparison["paired"].sum())
    models = comparison["model"].nunique()
    count = int(differ.sum())
    head = (
        f"This run and the other have {len(comparison)} cells of the scoreboard in common, of "
        f"{count_things(models, 'model')}: {count or 'none'} "
        f"{'differs' if count == 1 else 'differ'} after adjustment for all of them (Holm, "
        f"{100 * (1 - confidence):g}%). {paired} are paired on the same items or sentences, {same} "
        "of these are alike in every answer; the others are taken as independent."
    )
    found = comparison[differ].sort_values("p_adjusted", kind="stable")
    lines = [f"  {_sentence(row, names, reporting)}" for row in found.to_dict("records")[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"  {len(found) - _SHOWN} more differ: see the table.")
    return "\n".join([head, *lines])


def say_nothing_shared(here: pd.DataFrame, other: pd.DataFrame, there: pd.DataFrame) -> str:
    """Say in what two scoreboards without a common cell part: models, languages or metrics.

    Args:
        here: scoreboard of this run.
        other: of the other run, models under their names here.
        there: of the other run as it is.
    """
    begin = "The two scoreboards have no cell in common"
    rows, beside = here, other
    for columns, what, remedy in _LEVELS:
        keys = list(columns)
        kept = _keep_shared(rows, beside, keys)
        if kept.empty:
            last = "study" if "study" in keys[-2:] and keys[-1] == "role" else keys[-1]
            given = (there if last == "model" else beside)[last]
            if last == "metric":
                # of the studies that both have, each with its own
                last_here, last_there = (_metrics(table) for table in (rows, beside))
            else:
                last_here, last_there = (", ".join(sorted(set(one))) for one in (rows[last], given))
            return f"{begin}: no {what} alike. Here: {last_here}; there: {last_there}. {remedy}"
        rows, beside = kept, _keep_shared(beside, rows, keys)
    return f"{begin}."


def _keep_shared(table: pd.DataFrame, other: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return table.merge(other[keys].drop_duplicates(), on=keys)


def _metrics(table: pd.DataFrame) -> str:
    pairs = table[["study", "metric"]].drop_duplicates().itertuples(index=False)
    return ", ".join(f"{study} {metric}" for study, metric in pairs)


def _sentence(row: Row, names: Mapping[str, str], reporting: ReportingParameters) -> str:
    digits = metric_digits(str(row["metric"]))
    first, second, difference = (
        format_score(float(row[name]), digits) for name in ("first", "second", "difference")
    )
    interval = format_interval(float(row["ci_low"]), float(row["ci_high"]), digits)
    language = names.get(str(row["language"]), str(row["language"]))
    return (
        f"{reporting.label(str(row['model']))}, {study_label(str(row['study']), str(row['role']))} "
        f"({metric_label(str(row['metric']))}), {language}: {first} there, {second} here, "
        f"difference {difference} {interval}, {row['how']}"
    )
