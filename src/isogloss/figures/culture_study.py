"""What figures of the cultural room need to know of the study, and which rows they show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.formats import format_range
from isogloss.figures.style import SERIES_COLOURS, SERIES_MARKERS
from isogloss.survey_score_rows import BASELINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SYNTHETIC = "SYNTHETIC TRUTH: tests the plumbing, says nothing about any culture"
"""What every figure and page on a survey that was made up must say first."""
OPEN, CLOSED = "open", "closed"
ELICITATIONS = {OPEN: "open answers", CLOSED: "answers on the survey's own scale"}
PARTS = {
    "overall": "overall: with the country",
    "normative": "normative: with the mean of the other countries",
    "distinctive": "distinctive: with the country, given that mean",
}
"""The three numbers of every cell, in the order of all figures, and what each of them is."""
METRICS = {
    "spearman": "rank correlation (Spearman)",
    "pearson": "correlation (Pearson)",
    "distance": "mean distance",
}
ALL = "all"
"""Model of rows that are means over models, language of rows over all languages."""
COUNTRY, LANGUAGE = "country", "language"
"""Levels of groups."""
LEVEL = 0.01
"""Below which an adjusted p tells a difference from 0: tests of several tables are looked at."""


@dataclass(frozen=True)
class CultureGuide:
    """What all figures of the cultural room need beside the tables that they draw.

    Attributes:
        labels: model -> what to call it.
        languages: the table of languages.
        country_languages: country, language: the main language of every country.
        questions: `survey_questions`: question, title, battery and so on.
        confidence: of all intervals.
        synthetic: whether the survey was made up, for figures of tables without rows.
    """

    labels: Mapping[str, str]
    languages: pd.DataFrame
    country_languages: pd.DataFrame
    questions: pd.DataFrame
    confidence: float = 0.95
    synthetic: bool = False

    def label(self, model: str) -> str:
        """Give what to call a model."""
        return self.labels.get(model, model)

    def spoken_in(self, country: str) -> str:
        """Give the main language of a country; empty if it is not known."""
        rows = self.country_languages
        found = rows.loc[rows["country"] == country, "language"]
        return str(found.iloc[0]) if len(found) else ""

    def guide(self, languages: Iterable[str]) -> LanguageGuide:
        """Look up names and families of languages."""
        return guide_languages(self.languages, languages)

    def order_countries(self, countries: Iterable[str], languages: Sequence[str]) -> list[str]:
        """Put countries in the order of their main languages, then by code; others come last."""
        rank = {code: place for place, code in enumerate(languages)}
        return sorted(
            set(countries),
            key=lambda code: (
                rank.get(self.spoken_in(code), len(rank)),
                self.spoken_in(code),
                code,
            ),
        )

    @property
    def interval(self) -> str:
        """Name the intervals: `95% interval`."""
        return f"{100 * self.confidence:g}% interval"


def as_text(column: pd.Series) -> pd.Series[str]:
    """Give a column as text; what is missing is empty."""
    return column.astype(object).where(column.notna(), "").astype(str)


def is_synthetic(*tables: pd.DataFrame) -> bool:
    """Tell whether any row of some tables comes from a survey that was made up."""
    return any(
        "synthetic" in table and bool(table["synthetic"].astype("boolean").fillna(False).any())
        for table in tables
    )


def choose_answers(
    table: pd.DataFrame, elicitation: str | None = None, labeller: str | None = None
) -> pd.DataFrame:
    """Keep the rows of one way of asking and of one labeller.

    Without a wish: open answers if there are any, and the labeller that stands first.

    Args:
        table: with the columns elicitation and labeller; without them it is kept whole.
        elicitation: open or closed; None for the choice above.
        labeller: who labelled open answers; None for the choice above.

    Raises:
        Refusal: if there is no such labeller; names those that there are.
    """
    if table.empty or "elicitation" not in table:
        return table
    wished = elicitation or (OPEN if (table["elicitation"] == OPEN).any() else CLOSED)
    rows = table[table["elicitation"] == wished]
    known = list_labellers(rows)
    if labeller is not None and wished == OPEN and labeller not in known:
        raise Refusal(
            f"No open answer was labelled by {labeller!r}. There are {', '.join(known) or 'none'}."
        )
    chosen = labeller if wished == OPEN and labeller is not None else (known or [""])[0]
    return rows[as_text(rows["labeller"]) == chosen]


def of_models(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out answers that no model gave: published baselines, drawn at random or all one half.

    Args:
        table: with the column family.
    """
    found: pd.DataFrame = table[as_text(table["family"]) != BASELINE]
    return found


def published_rounds(original: pd.DataFrame) -> pd.DataFrame:
    """Keep the terms as published: over rounds of the bootstrap, where there are others too.

    Args:
        original: `original_us_bias` or `original_capability`, with the column rounds if known.
    """
    if original.empty or "rounds" not in original:
        return original
    most: pd.DataFrame = original[original["rounds"] == original["rounds"].max()]
    return most


def open_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Put open answers before answers on the survey's own scale; else the order stays.

    Args:
        rows: with the column elicitation.
    """
    return rows.sort_values("elicitation", ascending=False, kind="stable")


def without_named(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of prompts that name no country; all rows of a table that does not tell.

    Args:
        table: with `named_country` (a code, or empty) or `named`, if known.
    """
    if "named_country" in table:
        return table[as_text(table["named_country"]) == ""]
    if "named" in table:
        return table[~table["named"].astype("boolean").fillna(False).astype(bool)]
    return table


def list_labellers(rows: pd.DataFrame) -> list[str]:
    """List the labellers in the order of the table; those without a name are `""`."""
    return [str(name) for name in pd.unique(as_text(rows["labeller"]))]


def choose_people(consistency: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """Keep the countries whose groups of people are as large as the answers of some models.

    Args:
        consistency: `self_consistency`.
        models: rows of it, by `choose_answers`.
    """
    people = consistency[consistency["kind"] == "country"]
    labellers = list_labellers(models)
    return people[as_text(people["labeller"]).isin(labellers)] if labellers else people


def describe_groups(people: pd.DataFrame, models: pd.DataFrame) -> str:
    """Say how many people groups hold, and how far the answers of models differ in that.

    Args:
        people: of `choose_people`, at least one row.
        models: those that the people stand beside.
    """
    size, low, high = (
        f"{float(number):g}"
        for number in (people["opinions"].iloc[0], *models["opinions"].agg(["min", "max"]))
    )
    said = f"{size} respondents who take a side, as many as the median answer has opinions"
    return said if low == high else f"{said} (models: {low} to {high}; fewer agree less by chance)"


def explain_answers(table: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Say what answers a figure shows, who labelled them, and which others there are.

    Args:
        table: with everything that there is.
        rows: of `choose_answers`.
    """
    if rows.empty or "elicitation" not in rows:
        return ""
    shown = str(rows["elicitation"].iloc[0])
    labeller = list_labellers(rows)[0]
    others = [name for name in list_labellers(table[table["elicitation"] == shown])
              if name != labeller]  # fmt: skip
    labelled = f", labelled by {labeller}" if labeller else ""
    further = f" (not shown: by {', '.join(others)})" if others else ""
    return ELICITATIONS.get(shown, shown) + labelled + further


def order_models(rows: pd.DataFrame) -> list[str]:
    """Order models by family, then by name with its numbers as numbers.

    Args:
        rows: with the columns model and, if known, family; means over models are left out.
    """
    own = rows.reindex(columns=["model", "family"]).drop_duplicates("model")
    own = own.assign(model=as_text(own["model"]), family=as_text(own["family"]))
    found = own[own["model"] != ALL].to_dict("records")
    ordered = sorted(found, key=lambda row: (row["family"], _natural(row["model"])))
    return [str(row["model"]) for row in ordered]


def family_styles(families: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Give every family of models a colour and a marker, by its place among all names."""
    colours, markers = len(SERIES_COLOURS), len(SERIES_MARKERS)
    return {
        name: {
            "color": SERIES_COLOURS[place % colours],
            "marker": SERIES_MARKERS[(place + place // colours) % markers],
        }
        for place, name in enumerate(sorted(set(families)))
    }


def order_languages(rows: Iterable[str], guide: CultureGuide) -> list[str]:
    """Order languages by family, largest first, then by code; `all` is left out."""
    codes = {str(code) for code in rows} - {ALL, ""}
    return guide.guide(codes).order(codes)


def count_questions(rows: pd.DataFrame) -> str:
    """Write on how many questions rows rest: `n = 30 to 32 questions`, without a place to break.

    Args:
        rows: with the column n_questions.
    """
    counts = [int(count) for count in rows["n_questions"].dropna()] or [0]
    return f"n = {format_range(counts)} questions".replace(" ", "\u00a0")


def widest(rows: pd.DataFrame) -> pd.DataFrame:
    """Give every row the wider of its intervals over questions and over batteries.

    Args:
        rows: ci_low, ci_high and, if known, battery_ci_low, battery_ci_high.

    Returns:
        The rows with `low` and `high`: NaN where there is no interval at all.
    """
    bounds = rows.reindex(columns=["ci_low", "ci_high", "battery_ci_low", "battery_ci_high"])
    plain, battery = (bounds[name].astype(float) for name in ("ci_low", "battery_ci_low"))
    top, battery_top = (bounds[name].astype(float) for name in ("ci_high", "battery_ci_high"))
    width, battery_width = top - plain, battery_top - battery
    use = battery_width.fillna(-np.inf) > width.fillna(-np.inf)
    return rows.assign(low=plain.where(~use, battery), high=top.where(~use, battery_top))


def excludes_zero(rows: pd.DataFrame) -> pd.Series[bool]:
    """Tell for rows of `widest` whether 0 lies outside; never where there is no interval."""
    return (rows["low"] > 0) | (rows["high"] < 0)


def _natural(name: str) -> list[tuple[int, float, str]]:
    """Give a key by which `b-9` comes before `b-27`."""
    parts = re.findall(r"\d+(?:\.\d+)?|[^\d]+", name.lower())
    return [(0, float(part), "") if part[0].isdigit() else (1, 0.0, part) for part in parts]
