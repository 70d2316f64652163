"""Which figures a page on culture shows, and how: those that have something drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.figures.culture_languages import BETWEEN, over_languages
from isogloss.figures.culture_study import (
    CLOSED,
    COUNTRY,
    OPEN,
    CultureGuide,
    as_text,
    choose_answers,
    order_models,
    without_named,
)
from isogloss.pipelines.reporting.culture_inputs import name_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.reporting.culture_inputs import CulturePage

FIGURES = {
    "cultural_alignment": "Agreement of open answers with every country",
    "cultural_alignment_closed": "Agreement of answers on the survey's own scale with every "
    "country",
    "us_bias": "Agreement with one country against that with the native ones",
    "capability": "Agreement and capability",
    "self_consistency": "Self-consistency of models and of groups of people",
    "cross_effects": "Answers in one language and in two",
    "country_map": "How alike countries answer",
}
"""Name of the file -> what it shows."""


def show(figure: str, inputs: CulturePage) -> Iterator[str]:
    """Show a figure that lies beside the page; nothing where nothing could be drawn.

    Args:
        figure: its name.
        inputs: the tables of the study.
    """
    if figure in list_drawn(inputs):
        yield from ["", f"![{FIGURES[figure]}]({figure}.png)"]


def list_drawn(inputs: CulturePage) -> list[str]:
    """List the figures in which something is drawn.

    Args:
        inputs: the tables of the study.
    """
    alignment = without_named(inputs["alignment"])
    countries = alignment[(alignment["level"] == COUNTRY) & alignment["value"].notna()]
    ways = set(countries["elicitation"])
    models = inputs["consistency"][inputs["consistency"]["kind"] == "model"]
    languages = over_languages(choose_answers(inputs["cross"]).dropna(subset=["value"]))
    slopes = inputs["regression"]
    people = inputs["truth"][inputs["truth"]["level"] == COUNTRY]
    drawn = {
        "cultural_alignment": OPEN in ways,
        "cultural_alignment_closed": CLOSED in ways,
        "us_bias": bool(without_named(inputs["contrasts"])["difference"].notna().any()),
        "capability": bool((slopes["n"] > 0).any()) if len(slopes) else False,
        "self_consistency": bool(choose_answers(models)["value"].notna().any()),
        "cross_effects": bool((languages["kind"] == BETWEEN).any()),
        "country_map": people["group"].nunique() > 1,
    }
    return [name for name in FIGURES if drawn[name]]


def link_figures_by_model(inputs: CulturePage, study: CultureGuide) -> Iterator[str]:
    """Link the figures of which there is one a model; nothing where there is none.

    Args:
        inputs: the tables of the study.
        study: labels.
    """
    scores, closed = inputs["scores"], inputs["closed"]
    told = scores[(as_text(scores["country"]) == "") & scores["pro_score"].notna()]
    # in the order in which the nodes that draw them name the files
    for folder, what, rows in (
        ("survey_profiles", "Mean answers, question by question", told.sort_values("model")),
        ("closed_answers", "Shares of the survey's own answers", closed),
    ):
        models = order_models(rows)
        files = name_files(dict.fromkeys(rows["model"].astype(str)))
        links = [f"[{study.label(one)}]({folder}/{files[one]}.png)" for one in models]
        if links:
            yield f"- {what}, a figure a model: {', '.join(links)}"
