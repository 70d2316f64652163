"""The section on what the studies have to do with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.figures.cross_names import name_covariates, name_kind
from isogloss.figures.formats import format_interval, format_score
from isogloss.pipelines.reporting.report.sections import (
    FigurePlan,
    Readers,
    ShownTable,
    StudyPlan,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PAGE = "methods/cross-study.md"
_CORRELATION = "methods/correlation.md#the-three-tables"
_LEVELS = {1: "languages of a model", 2: "languages of all models", 3: "items"}


def list_questions(found: Mapping[str, Any], readers: Readers) -> Iterator[ShownTable]:
    """List what was asked of two studies together, and the verdict.

    Args:
        found: name in the catalog -> table.
        readers: what models are called.
    """
    asked = found.get("cross_study")
    if asked is None or asked.empty:
        return
    verdicts = asked["verdict"].astype(str).value_counts(sort=False)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
    yield {
        "remarks": True,
        "folded": f"{len(asked)} questions to two studies together: {counted}",
        "title": "Is alignment associated with what models do?",
        "columns": [
            *("model", "over", "predictor", "outcome", "given", "kind", "n", "needed |r|"),
            *("estimate", "adjusted p", "verdict", "why"),
        ],
        "rows": [_row(row, readers) for row in asked.to_dict("records")],
        "source": "cross_study",
        "formula": _PAGE,
    }


def _row(row: Mapping[Any, Any], readers: Readers) -> list[str]:
    interval = format_interval(row["ci_low"], row["ci_high"])
    estimate = f"{row['estimate_name']} {format_score(row['estimate'])} {interval}".strip()
    remarks = [str(row["reason"]), "other checkpoint: shown only" if row["proxy"] else ""]
    return [
        readers["parameters"].label(str(row["model"])) or "all",
        _LEVELS.get(int(row["level"]), str(row["level"])),
        str(row["predictor"]),
        f"{row['outcome']} ({row['outcome_metric']})" if row["outcome_metric"] else row["outcome"],
        name_covariates(row) or "–",
        name_kind(row),
        f"{int(row['n'])} {row['unit']}",
        format_score(row["needed_r"]),
        estimate if pd.notna(row["estimate"]) else "–",
        format_score(row["p_adjusted"], 3),
        str(row["verdict"]),
        "; ".join(remark for remark in remarks if remark) or "–",
    ]


STUDY = StudyPlan(
    name="cross_study",
    title="Across studies",
    question="Is a language that is well aligned also one in which a model answers well, merges "
    "well, counts well, and speaks with a voice of its own?",
    formula=_PAGE,
    scored=("cross-study",),
    figures=(
        FigurePlan("cross_study_figure", ("cross_study",), _PAGE, leading=True),
        FigurePlan("alignment_against_scores_figure", ("correlations",), _CORRELATION),
        FigurePlan("pooling_comparison_figure", ("correlations",), _CORRELATION),
    ),
    tables=("cross_study", "correlations"),
    text="cross_study_description",
    tabulate=list_questions,
)
