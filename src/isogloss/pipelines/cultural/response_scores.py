"""Scores of answers: what share of the statements that take a side is pro."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.errors import Refusal
from isogloss.language_identification import accepted_codes, identify_languages
from isogloss.pipelines.cultural.label_tables import OPINIONS
from isogloss.pipelines.cultural.response_requests import whole_answer
from isogloss.provenance import stack_tables
from isogloss.survey_score_rows import SCORE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

KEY = ["prompt_id", "sample"]


def score_answers(
    responses: pd.DataFrame, labels: pd.DataFrame, prompts: pd.DataFrame, languages: pd.DataFrame
) -> pd.DataFrame:
    """Score the answers of a model, one row an answer and labeller; none is left out.

    Args:
        responses: of the model.
        labels: of all labellers; counts of an answer without valid labels are missing.
        prompts: that the responses are to.
        languages: language, bcp47, iso_639_3.

    Returns:
        elicitation (open), labeller, language (of the prompt), response_language (as found in the
        answer; empty if it is empty; a code of the identifier where the table has no such
        language), question, prompt_id, sample, country, congruent, template, phrasing, pro, con,
        neutral, pro_score = pro / (pro + con) (NaN if both are 0), status, expected, cut (whether
        the answer ended at `max_tokens`).

    Raises:
        Refusal: if labels or responses are of other prompts or responses, or there is no label.
    """
    if labels.empty:
        raise Refusal(
            f"None of the {len(responses)} responses has a label, so that none has a score. Label "
            "them: stance_labelling.labellers names who does."
        )
    _require_known(responses, prompts, ["prompt_id"], "responses", "survey_prompts")
    _require_known(labels, responses, KEY, "stance_labels", "responses")
    described = ["prompt_id", "question", "language", "country", "congruent", "template"]
    found = name_languages(
        [
            whole_answer(text, decoding)
            for text, decoding in zip(responses["text"], responses["decoding"], strict=True)
        ],
        languages,
        prompts["language"].unique(),
    )
    cut = (responses["finish_reason"] == "length").astype("boolean")
    answers = responses[KEY].assign(response_language=found, cut=cut)
    answers = answers.merge(prompts[[*described, "phrasing"]], on="prompt_id", validate="m:1")
    counted = [*KEY, *OPINIONS, "status", "expected"]
    tables = [
        answers.merge(own[counted], on=KEY, how="left", validate="1:1").assign(
            labeller=labeller, elicitation="open"
        )
        for labeller, own in labels.groupby("labeller", sort=False)
    ]
    table = pd.concat(tables, ignore_index=True)
    counts = list(OPINIONS)
    invalid = ~table["status"].isin(["labelled", "repaired", "empty"])
    table[counts] = table[counts].astype("Int64").mask(invalid)
    sides = (table["pro"] + table["con"]).astype(float)
    table["pro_score"] = table["pro"].astype(float) / sides.where(sides > 0)
    return table


def name_languages(
    texts: Sequence[str], languages: pd.DataFrame, likely: Iterable[str]
) -> list[str]:
    """Name the language of each text as the study does.

    Args:
        texts: empty ones have none.
        languages: language, bcp47, iso_639_3.
        likely: languages of the study: where the identifier cannot tell two languages apart, one
            of these is meant.

    Returns:
        A code of the table; one of the identifier where the table has none; empty without text.
    """
    accepted = accepted_codes(languages)
    ordered = [*likely, *languages["language"]]
    names: dict[str, str] = {}
    for language in ordered:
        for code in accepted.get(language, ()):
            names.setdefault(code, language)
    written = [text for text in texts if text.strip()]
    codes = iter(identify_languages(written))
    found = (next(codes) if text.strip() else "" for text in texts)
    return [names.get(code, code) for code in found]


def _require_known(
    table: pd.DataFrame, known: pd.DataFrame, key: list[str], name: str, other: str
) -> None:
    there = pd.MultiIndex.from_frame(known[key])
    absent = ~pd.MultiIndex.from_frame(table[key]).isin(there)
    if absent.any():
        first = table.loc[absent, key].iloc[0].to_dict()
        raise Refusal(
            f"{int(absent.sum())} rows of {name} are of {other} that are not there, the first of "
            f"{first}. Run again what makes {name}, from the present {other}."
        )


def stack_scores(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put scores below each other, whatever further columns each has.

    Args:
        tables: with the columns of `SCORE_COLUMNS`.
    """
    table = stack_tables(tables)
    counts = list(OPINIONS)
    table = table.astype(dict.fromkeys(counts, "Int64"))
    return table[[*SCORE_COLUMNS, *(name for name in table if name not in SCORE_COLUMNS)]]
