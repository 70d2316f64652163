"""What was asked, what came back, and how much of it counts: no response is dropped unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.figures.culture_study import (
    COUNTRY,
    ELICITATIONS,
    OPEN,
    CultureGuide,
    as_text,
    order_languages,
    order_models,
)
from isogloss.pipelines.reporting.markdown import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.pipelines.reporting.culture_inputs import CulturePage
    from isogloss.pipelines.reporting.culture_words import Row

WAY = ["elicitation", "labeller", "named"]
ASKED = "asked"
"""Only responses in the language of the prompt count."""
STATUSES = ("invalid", "empty", "repaired")
_HEADS = {
    "responses": "responses",
    "no_side": "take no side",
    "invalid": "label invalid",
    "empty": "empty",
    "repaired": "label repaired",
    "cut": "cut at `max_tokens`",
    "other_number": "other number of opinions than asked for",
    "other_language": "in another language",
    "no_truth": "no such survey question",
    "counted": "count",
}


def count_responses(
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    response_languages: str,
    by: Sequence[str] = ("model", "language"),
) -> pd.DataFrame:
    """Count responses and what keeps some of them from counting; a response may have several.

    Args:
        scores: `survey_scores`, with the columns status and cut where labels and answers tell.
        truth: `survey_ground_truth`.
        response_languages: `any` counts responses in another language than asked for, `asked`
            does not.
        by: what a row is, beside elicitation, labeller and whether prompts name a country.

    Returns:
        elicitation, labeller, named, the columns of `by`, responses; no_side (neither pro nor con),
        invalid, empty and repaired (of labels, where known); cut (ended at `max_tokens`, where
        known); other_number (of opinions than asked for, where known); other_language (told to be
        in another language than asked for); no_truth (the survey has no such question), counted.
    """
    asked = set(truth.loc[truth["level"] == COUNTRY, "question"])
    answered = as_text(scores["response_language"])
    marks = pd.DataFrame(
        {
            "responses": True,
            "no_side": scores["pro_score"].isna(),
            "other_language": (answered != "") & (answered != scores["language"]),
            "no_truth": ~scores["question"].isin(asked),
        },
        index=scores.index,
    )
    if "status" in scores:
        marks = marks.assign(**{name: scores["status"] == name for name in STATUSES})
    if "cut" in scores:
        marks["cut"] = scores["cut"].astype("boolean").fillna(False).astype(bool)
    if "expected" in scores:
        given = scores[["pro", "con", "neutral"]].astype(float).sum(axis=1, min_count=3)
        expected = scores["expected"].astype(float)
        marks["other_number"] = given.notna() & expected.notna() & (given != expected)
    lost = marks["no_side"] | marks["no_truth"]
    marks["counted"] = ~(lost | marks["other_language"] if response_languages == ASKED else lost)
    keys = [*WAY, *by]
    told = scores.assign(named=as_text(scores["country"]) != "")
    groups = [told[key] if key == "named" else as_text(told[key]) for key in keys]
    return marks.groupby(groups, sort=False).sum().reset_index(names=keys)


def tabulate_responses(inputs: CulturePage, study: CultureGuide) -> Iterator[str]:
    """Write what came back by language, and by model, for every way of asking.

    Args:
        inputs: the tables of the study.
        study: labels and names.
    """
    scores, counted = inputs["scores"], inputs["response_languages"]
    names = study.guide(set(scores["language"].astype(str)))
    for by, order, name in (
        ("language", order_languages(scores["language"], study), names.short_name),
        ("model", order_models(scores), study.label),
    ):
        table = count_responses(scores, inputs["truth"], counted, (by,))
        shown = [one for one in _HEADS if one in table and (table[one].any() or one == "no_side")]
        rows = [
            [name(key), name_asking(row), *(_count(row, column) for column in shown)]
            for key in order
            for row in table[table[by] == key].to_dict("records")
        ]
        yield from write_table([by, "asked for", *(_HEADS[one] for one in shown)], rows)
        yield ""
    other = "do not count (`response_languages: asked`)" if counted == ASKED else "count"
    yield (
        "A response that takes no side has no opinion for or against. Responses in another "
        f"language than asked for {other}."
        + (
            " A response that was cut at `survey_responses.max_tokens` may not have come to all "
            "the opinions that were asked for; those that it has count."
            if "cut" in scores and scores["cut"].astype("boolean").any()
            else ""
        )
    )
    if ((as_text(scores["prompt_id"]) == "") & (scores["elicitation"] == OPEN)).any():
        yield (
            "Responses without a known prompt come from elsewhere: what was dropped before they "
            "were published is in none of these counts."
        )
    yield from _name_worst(count_responses(scores, inputs["truth"], counted), study)


def name_asking(row: Row) -> str:
    """Name how was asked, who labelled, and whether prompts named a country.

    Args:
        row: of `count_responses`.
    """
    way = ELICITATIONS.get(str(row["elicitation"]), str(row["elicitation"]))
    way += f", labelled by {row['labeller']}" if row["labeller"] else ""
    return f"{way}; prompts name a country" if row["named"] else way


def _count(row: Row, column: str) -> str:
    count, whole = int(row[column]), int(row["responses"])
    return f"{count:,}" if column == "responses" else f"{count:,} ({count / whole:.0%})"


def _name_worst(table: pd.DataFrame, study: CultureGuide, least: float = 0.25) -> Iterator[str]:
    """Name the models and languages of which many responses do not count."""
    lost = 1 - table["counted"] / table["responses"]
    rows = table.assign(lost=lost)[(lost > least) & (table["elicitation"] == OPEN)]
    if rows.empty:
        return
    names = [
        f"{study.label(row['model'])} in {row['language']} {row['lost']:.0%}"
        for row in rows.sort_values("lost", ascending=False).to_dict("records")
    ]
    yield ""
    yield f"More than {least:.0%} of the responses do not count: {', '.join(names)}."
