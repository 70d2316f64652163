"""Why there is nothing to draw, or to write: what tables tell of values that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.figures.culture_study import COUNTRY, as_text, without_named
from isogloss.surveys import ALL_ALIKE, ASKED_ONCE

if TYPE_CHECKING:
    import pandas as pd


def say_inconsistent(models: pd.DataFrame) -> str:
    """Say why no model has a self-consistency.

    Args:
        models: their rows of `self_consistency`, none with a value.
    """
    reasons = list_reasons(models)
    if not reasons:
        return "No model answered in its own words, where two answers to one question can differ."
    if reasons == [ASKED_ONCE]:
        return (
            "No model gave two answers to one question: survey_prompts.per_question asks more "
            "often."
        )
    return f"No model has a correlation of two answers to one question: {'; '.join(reasons)}."


def say_incomparable(between: pd.DataFrame) -> str:
    """Say why no two languages are compared.

    Args:
        between: rows of `cross_effects` of two languages, none with a value.
    """
    pairs = between[between["language_a"] != between["language_b"]]
    reasons = list_reasons(pairs)
    if not reasons:
        return "No model answered in its own words in two languages."
    return f"No two languages have a correlation of their answers: {'; '.join(reasons)}."


def say_no_contrast(alignment: pd.DataFrame | None) -> str:
    """Say why agreement with one country is not compared with that with native ones.

    Args:
        alignment: rows of `cultural_alignment` of one metric; None where they are not at hand.
    """
    title = "No language has both a native country and another one to compare it with."
    if alignment is None or alignment.empty:
        return title
    rows = without_named(alignment)
    native = rows[(rows["level"] == COUNTRY) & rows["native"].astype(bool)]
    if len(native) and native["value"].isna().all():
        return f"No agreement to compare: {ALL_ALIKE}."
    return title


def list_reasons(rows: pd.DataFrame) -> list[str]:
    """List the reasons of missing values, the most frequent first.

    Args:
        rows: value, reason.
    """
    lacking = rows[rows["value"].isna()]
    return [str(one) for one in as_text(lacking["reason"]).value_counts().index if one]
