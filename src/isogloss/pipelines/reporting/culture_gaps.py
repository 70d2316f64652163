"""What a page says of values that are missing: of which models and languages, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.figures.culture_study import CultureGuide, as_text, order_languages, order_models

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


def name_gaps(rows: pd.DataFrame, study: CultureGuide) -> Iterator[str]:
    """Name the models and languages without a value, a paragraph a reason; nothing without any.

    Args:
        rows: model, family, language, value, reason.
        study: labels and names.
    """
    lacking = rows[rows["value"].isna()].drop_duplicates(["model", "language", "reason"])
    for reason, own in lacking.groupby(as_text(lacking["reason"]), sort=False):
        yield ""
        yield f"No value (–), {'; '.join(_name_cells(own, study))}: {reason}."


def _name_cells(rows: pd.DataFrame, study: CultureGuide) -> Iterator[str]:
    names = study.guide(rows["language"])
    for model in order_models(rows):
        codes = order_languages(rows.loc[rows["model"] == model, "language"], study)
        yield f"{study.label(model)} in {', '.join(names.short_name(code) for code in codes)}"
