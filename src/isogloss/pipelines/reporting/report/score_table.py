"""The scoreboard as the report shows it: a row a model and language, a column a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.figures.families import guide_languages
from isogloss.figures.formats import format_interval, format_level, format_range, format_score
from isogloss.figures.scoreboard import metric_digits, metric_label, name_notes, study_label
from isogloss.pipelines.reporting.report.links import formula_link, table_link
from isogloss.scoreboard_columns import STUDIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isogloss.pipelines.reporting.parameters import ReportingParameters


def lay_out_scores(
    scoreboard: pd.DataFrame,
    languages: pd.DataFrame,
    parameters: ReportingParameters,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Lay out the scoreboard: what was not measured has no cell.

    Args:
        scoreboard: a row a cell.
        languages: the table of languages.
        parameters: what models are called.
        facts: of the run: where tables and docs lie.

    Returns:
        `columns`, `rows` and `feet` (the reliability of every column, by model).
    """
    guide = guide_languages(languages, scoreboard["language"])
    columns = sorted(
        {(str(row.study), str(row.role)) for row in scoreboard.itertuples()},
        key=lambda column: (STUDIES.index(column[0]), column[1] == "source"),
    )
    cells = {
        (row["model"], row["language"], row["study"], row["role"]): row
        for row in scoreboard.to_dict("records")
    }
    order = scoreboard[["model", "language"]].drop_duplicates()
    return {
        "columns": [_head(scoreboard, *column, parameters, facts) for column in columns],
        "rows": [
            {
                "model": parameters.label(model),
                "language": language,
                "name": guide.name(language),
                "cells": [
                    _cell(cells.get((model, language, *column)), *column) for column in columns
                ],
            }
            for model, language in order.itertuples(index=False)
        ],
        "feet": _feet(scoreboard, columns, parameters),
        "confidence": format_range_of_shares(scoreboard["confidence"]),
    }


def list_scores(
    scoreboard: pd.DataFrame,
    languages: pd.DataFrame,
    parameters: ReportingParameters,
    facts: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """List the scores of a study one by one, with all that is known of each.

    Args:
        scoreboard: the rows of the study.
        languages: the table of languages.
        parameters: what models are called.
        facts: of the run: where tables and docs lie.
    """
    guide = guide_languages(languages, scoreboard["language"])
    return [
        {
            "model": parameters.label(row["model"]),
            "language": guide.name(row["language"]),
            "study": study_label(row["study"], row["role"]),
            "metric": metric_label(row["metric"]),
            "data": row["data"],
            "chance": _write_chance(row),
            "note": row["note"],
            "overlap": format_score(row["text_overlap"]),
            "source": table_link(row["source"], facts.get("files", {})),
            "formula": formula_link(row["formula"], facts.get("docs", "")),
            "cell": _cell(row, row["study"], row["role"]),
        }
        for row in scoreboard.to_dict("records")
    ]


def _write_chance(row: Mapping[Any, Any]) -> str:
    """Write chance as claims do; a difference has 0 for it."""
    return format_level(float(row["chance"]), metric_digits(str(row["metric"])))


def format_range_of_shares(shares: pd.Series[float]) -> str:
    """Write shares as percent: `95%`, or `90 to 95%` if they are not all equal."""
    known = sorted({round(100 * share, 1) for share in shares.dropna()})
    if not known:
        return ""
    low, high = f"{known[0]:g}", f"{known[-1]:g}"
    return f"{high}%" if low == high else f"{low} to {high}%"


def _head(
    scoreboard: pd.DataFrame,
    study: str,
    role: str,
    parameters: ReportingParameters,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    rows = scoreboard[(scoreboard["study"] == study) & (scoreboard["role"] == role)]
    metrics = list(dict.fromkeys(map(metric_label, rows["metric"])))
    units = " or ".join(dict.fromkeys(rows["unit"]))
    sources = list(dict.fromkeys(rows["source"]))
    return {
        "title": study_label(study, role),
        "section": study,
        "metric": " or ".join(metrics),
        "n": f"n = {format_range(list(rows['n']))} {units}",
        "data": ", ".join(text for text in dict.fromkeys(rows["data"]) if text),
        "notes": name_notes(rows, parameters.model_labels),
        "sources": [table_link(source, facts.get("files", {})) for source in sources],
        "formula": formula_link(str(rows["formula"].iloc[0]), facts.get("docs", "")),
    }


def _cell(row: Mapping[Any, Any] | None, study: str, role: str) -> dict[str, Any] | None:
    if row is None:
        return None
    digits = metric_digits(str(row["metric"]))
    above = row["above_chance"]
    return {
        "order": float(row["value"]),
        "value": format_score(row["value"], digits),
        "interval": format_interval(row["ci_low"], row["ci_high"], digits),
        "n": int(row["n"]),
        "unit": row["unit"],
        "above": "unknown" if pd.isna(above) else "above" if above else "not",
        "level": _level(study, role),
    }


def _level(study: str, role: str) -> str:
    """Say what a score is compared with, in words for `not above ...`."""
    if study == "counting":
        return "the best baseline"
    if study == "alignment":
        return "chance or a random pairing"
    if study == "translation":
        return "its floor"
    return "0" if role else "chance"


def _feet(
    scoreboard: pd.DataFrame, columns: list[tuple[str, str]], parameters: ReportingParameters
) -> list[dict[str, Any]]:
    feet = []
    for model, own in scoreboard.groupby("model", sort=False):
        known = own.groupby(["study", "role"])["reliability"].first()
        values = [float(known.get(column, np.nan)) for column in columns]
        if np.isfinite(values).any():
            feet.append(
                {
                    "model": parameters.label(str(model)),
                    "cells": [format_score(value) for value in values],
                }
            )
    return feet
