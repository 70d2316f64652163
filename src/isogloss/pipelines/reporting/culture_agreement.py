"""Tables of agreement: with those who speak the language, and one country against the natives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.figures.culture_study import (
    COUNTRY,
    ELICITATIONS,
    LANGUAGE,
    PARTS,
    CultureGuide,
    as_text,
    open_first,
    order_languages,
    order_models,
    widest,
    without_named,
)
from isogloss.figures.formats import format_score
from isogloss.pipelines.reporting.culture_gaps import name_gaps
from isogloss.pipelines.reporting.culture_words import judge, write_span, write_value
from isogloss.pipelines.reporting.markdown import write_table
from isogloss.surveys import ALL_ALIKE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.reporting.culture_inputs import CulturePage

METRIC = "spearman"
"""That pages show; the others are in the tables."""
DISTINCTIVE = "distinctive"
WAY = ["elicitation", "labeller"]
CELL = ["model", "language"]


def native_agreement(alignment: pd.DataFrame) -> pd.DataFrame:
    """Keep the agreement of every model and language with the people who speak the language.

    That is with all respondents who were interviewed in it, or with its only country where the
    survey has no scores of languages. Nothing is claimed of it: that a distinctive part is not 0
    does not tell agreement with a group from agreement with all, nor does that it is larger than
    those with other groups, where some have more of their own than others.

    Args:
        alignment: `cultural_alignment`.

    Returns:
        The rows of `METRIC`, with low, high (the wider interval) and word.
    """
    rows = open_first(without_named(alignment))
    rows = rows[(rows["metric"] == METRIC) & rows["native"].astype(bool)]
    spoken = rows[rows["level"] == LANGUAGE]
    own = spoken if len(spoken) else _lone(rows[rows["level"] == COUNTRY])
    own = own.reset_index(drop=True)
    return widest(own).assign(word=judge(own.drop(columns="p_adjusted", errors="ignore")))


def tabulate_agreement(inputs: CulturePage, study: CultureGuide) -> Iterator[str]:
    """Write a row a model and language: the three parts, what a conformist has, floor and ceiling.

    Args:
        inputs: the tables of the study.
        study: labels and names.
    """
    rows = native_agreement(inputs["alignment"])
    if rows.empty:
        yield "No answers could be compared with those of people who speak the language."
        yield from _name_short_voices(inputs["scores"], inputs["alignment"], study)
        return
    yield from _say_with_whom(rows, inputs["alignment"], study)
    yield ""
    for way, own in rows.groupby(WAY, sort=False):
        yield f"**{name_way(*map(str, way))}**"
        yield ""
        yield from write_table(
            ["model", "language", "questions", *PARTS, "a conformist's", "floor", "ceiling"],
            [*_agreement_rows(own, study)],
        )
        overall = own[own["part"] == "overall"]
        yield from name_gaps(overall.assign(reason=ALL_ALIKE), study)
        yield ""
    yield (
        "Floor: overall agreement of the model's own answers, permuted over the questions. "
        "Ceiling: overall agreement of the mean of the other groups with this one."
    )
    yield ""
    yield explain_conformists(rows, inputs["alignment"])
    yield ""
    yield from _span_distinctive(inputs["alignment"])
    yield from _name_short_voices(inputs["scores"], inputs["alignment"], study)


def name_way(elicitation: str, labeller: str) -> str:
    """Name a way of asking and, if known, the labeller."""
    way = ELICITATIONS.get(elicitation, elicitation)
    name = way[:1].upper() + way[1:]
    return f"{name}, labelled by `{labeller}`" if labeller else name


def explain_conformists(rows: pd.DataFrame, alignment: pd.DataFrame) -> str:
    """Say what distinctive parts are to be compared with, and why they are not tested.

    Args:
        rows: of `native_agreement`.
        alignment: `cultural_alignment`, all groups.
    """
    level = alignment[alignment["level"] == rows["level"].iloc[0]]
    return (
        f"The mean of {level['group'].nunique() - 1} other groups is a noisy picture of what all "
        "share, so that even a voice that follows what all share alone, a conformist, has a "
        "distinctive part above 0. *A conformist's* is that part for a voice as alike to all "
        "groups as this one, if a single profile is behind all of them: what the distinctive part "
        "is to be compared with, not 0. Nothing is tested here: no test of this kind holds its "
        "level where groups differ in how much they have of their own."
    )


def _lone(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep languages of a single country: a mean over several has no interval here."""
    countries = rows.groupby("language")["group"].transform("nunique")
    return rows[countries == 1]


def _say_with_whom(
    rows: pd.DataFrame, alignment: pd.DataFrame, study: CultureGuide
) -> Iterator[str]:
    if (rows["level"] == LANGUAGE).all():
        yield "With all respondents who were interviewed in the language; rank correlations."
    else:
        yield "With the only country where the language is the main one; rank correlations."
    lacking = set(alignment["language"]) - set(rows["language"])
    if lacking:
        names = study.guide(lacking)
        listed = [names.short_name(code) for code in order_languages(lacking, study)]
        yield (
            f"Not here, as the survey has no scores of the language or several countries: "
            f"{', '.join(listed)}; see the figure `cultural_alignment`."
        )


def _name_short_voices(
    scores: pd.DataFrame, alignment: pd.DataFrame, study: CultureGuide
) -> Iterator[str]:
    """Name the languages in which a model answered, but too few questions to be compared."""
    key = [*WAY, *CELL]
    answered = scores[(as_text(scores["country"]) == "") & scores["pro_score"].notna()]
    asked = pd.MultiIndex.from_frame(answered[key].astype(str).drop_duplicates())
    short = asked.difference(pd.MultiIndex.from_frame(without_named(alignment)[key].astype(str)))
    if short.empty:
        return
    names = study.guide(short.get_level_values("language"))
    listed = [
        f"{study.label(model)} in {names.short_name(language)} ({elicitation})"
        for elicitation, _, model, language in short
    ]
    yield ""
    yield (
        "Not here, as too few of the questions answered are common to all groups "
        f"(`cultural_analysis.least_questions`): {', '.join(dict.fromkeys(listed))}."
    )


def _agreement_rows(rows: pd.DataFrame, study: CultureGuide) -> Iterator[list[str]]:
    names = study.guide(rows["language"])
    for model in order_models(rows):
        for code in order_languages(rows["language"], study):
            cell = rows[(rows["model"] == model) & (rows["language"] == code)]
            if cell.empty:
                continue
            parts = {str(row["part"]): row for row in cell.to_dict("records")}
            overall = parts.get("overall", {})
            distinctive = parts.get(DISTINCTIVE, {})
            yield [
                study.label(model),
                names.short_name(code),
                str(int(cell["n_questions"].iloc[0])),
                *(write_value(parts.get(part)) for part in PARTS),
                format_score(float(distinctive.get("conformist", np.nan))),
                *(format_score(float(overall.get(name, np.nan))) for name in ("floor", "ceiling")),
            ]


def _span_distinctive(alignment: pd.DataFrame) -> Iterator[str]:
    """Say from where to where distinctive agreement with countries reaches, natives apart."""
    rows = without_named(alignment)
    rows = rows[
        (rows["metric"] == METRIC) & (rows["part"] == DISTINCTIVE) & (rows["level"] == COUNTRY)
    ]
    if rows.empty:
        return
    yield "Distinctive agreement country by country (figure `cultural_alignment`):"
    yield ""
    for way, own in open_first(rows).groupby(WAY, sort=False):
        native = own["native"].astype(bool)
        said = [
            f"{name} countries {write_span(part['value'])} (a conformist's: "
            f"{write_span(part['conformist'])})"
            for name, part in (("native", own[native]), ("other", own[~native]))
        ]
        yield f"- {name_way(*map(str, way))}: {'; '.join(said)}"
