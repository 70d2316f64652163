"""Tables of the page on culture beside agreement: labels, capability, consistency, languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.figures.culture_consistency import warn_of_variances
from isogloss.figures.culture_languages import BETWEEN, DIFFERENCE, WITHIN, over_languages
from isogloss.figures.culture_reasons import list_reasons, say_incomparable, say_inconsistent
from isogloss.figures.culture_study import (
    ALL,
    CultureGuide,
    as_text,
    choose_answers,
    choose_people,
    describe_groups,
    explain_answers,
    open_first,
    order_languages,
    order_models,
    published_rounds,
    widest,
)
from isogloss.figures.formats import format_score
from isogloss.pipelines.reporting.culture_agreement import METRIC, name_way
from isogloss.pipelines.reporting.culture_gaps import name_gaps
from isogloss.pipelines.reporting.culture_words import (
    NOT_TESTED,
    OF_SYNTHETIC,
    judge,
    write_estimate,
    write_span,
)
from isogloss.pipelines.reporting.markdown import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.reporting.culture_inputs import CulturePage
    from isogloss.pipelines.reporting.culture_words import Row

CAPABILITIES = {
    "benchmarks": "published benchmarks of the language",
    "alignment": "alignment with the pivot, measured here",
    "task": "a task of this project",
}
OUTCOMES = {
    "distinctive": "distinctive agreement with native countries",
    "overall": "overall agreement with native countries",
    "overall_language": "overall agreement with all who answered in the language",
}
NO_SURVEY = "No survey enters: answers of a model are compared with each other."
KEYS = ["elicitation", "labeller", "outcome", "capability", "covariates", "language"]


def judge_slopes(regression: pd.DataFrame) -> pd.DataFrame:
    """Give every slope over all languages its word, and its range when one model is left out.

    Of the two p, over all models and within families, the larger counts; slopes are tested side by
    side, so it is multiplied by the number of tests (Bonferroni).

    Args:
        regression: `capability_regression`.

    Returns:
        The rows over all languages that leave out no model, with value, p_adjusted, left_low,
        left_high and word.
    """
    left = as_text(regression["left_out"])
    whole = (left == "") & (regression["language"] == ALL)
    rows = open_first(regression[whole]).rename(columns={"slope": "value"})
    slopes = regression[left != ""].groupby(KEYS, sort=False)["slope"].agg(["min", "max"])
    ends = slopes.reindex(pd.MultiIndex.from_frame(rows[KEYS])).to_numpy(np.float64)
    tests = int(rows["p"].notna().sum())
    judged = rows.assign(
        p_adjusted=(rows[["p", "p_within_family"]].astype(float).max(axis=1) * tests).clip(upper=1),
        left_low=ends[:, 0],
        left_high=ends[:, 1],
    )
    return judged.assign(word=judge(judged))


def tabulate_capability(inputs: CulturePage) -> Iterator[str]:
    """Write the slopes of agreement on capability, and the published regression if it is there.

    Args:
        inputs: the tables of the study.
    """
    if inputs["regression"].empty:
        yield "No model has both a capability in a language and agreement with its people."
    else:
        for way, own in judge_slopes(inputs["regression"]).groupby(KEYS[:2], sort=False):
            yield f"**{name_way(*map(str, way))}**"
            yield ""
            yield from _tabulate_slopes(own)
            yield ""
        yield (
            "Slope: agreement gained over the whole scale of the capability, 0 to 1; both are "
            "centred within languages. Brackets: over questions, with these models. p: permutation "
            "of the models, all languages of a model together; the word counts the tests of this "
            "section. Languages one by one: `capability_regression.csv`. An association of few "
            "models is not an effect."
        )
    original = inputs["original_capability"]
    if len(original):
        yield ""
        yield "**As published** (mixed model over bootstrap rounds, recomputed)"
        yield ""
        body = [
            [
                str(row["term"]),
                *(format_score(float(row[name]), 3) for name in ("coefficient", "error")),
            ]
            for row in _headline_formula(original).to_dict("records")
        ]
        yield from write_table(["term", "coefficient", "standard error"], body)
        yield ""
        yield (
            "Its standard errors count bootstrap rounds as observations: the slopes above, over "
            "models, are the sound version."
        )


def tabulate_consistency(consistency: pd.DataFrame, study: CultureGuide) -> Iterator[str]:
    """Write the self-consistency of every model and language, and the range of countries.

    Args:
        consistency: `self_consistency`.
        study: labels and names.
    """
    every = consistency[consistency["kind"] == "model"].rename(columns={"name": "model"})
    models = choose_answers(every)
    if models["value"].isna().all():
        yield say_inconsistent(models)
        return
    rows = widest(models)
    languages = order_languages(rows["language"], study)
    names = study.guide(languages)
    cells = {
        (str(row["model"]), str(row["language"])): write_estimate(row)
        for row in rows.to_dict("records")
    }
    body = [
        [study.label(model), *(cells.get((model, code), "–") for code in languages)]
        for model in order_models(rows)
    ]
    people = choose_people(consistency, models)
    groups = "groups of respondents"
    if len(people):
        groups = f"groups of {describe_groups(people, models)}"
        body.append([f"{len(people)} countries", *[write_span(people["value"])] * len(languages)])
    yield from write_table(["", *(names.short_name(code) for code in languages)], body)
    yield ""
    yield (
        "Correlation over questions of two different answers to the same question; countries: of "
        f"two {groups}, on the same questions. It is no measure of truth. "
        f"{explain_answers(every, models)[:1].upper()}{explain_answers(every, models)[1:]}."
    )
    if warning := warn_of_variances(people):
        yield from ["", f"{warning}."]
    yield from name_gaps(models, study)


def tabulate_cross(cross: pd.DataFrame, study: CultureGuide) -> Iterator[str]:
    """Write how alike answers in one language and in two are, by model.

    Args:
        cross: `cross_effects`.
        study: labels and names.
    """
    rows = choose_answers(cross)
    wide = over_languages(rows.dropna(subset=["value"]))
    if not (wide["kind"] == BETWEEN).any():
        yield say_incomparable(rows[rows["kind"] == BETWEEN])
        return
    body = []
    for model in order_models(wide):
        own = {str(row["kind"]): row for row in wide[wide["model"] == model].to_dict("records")}
        cells = [
            write_estimate(own[kind], signed=kind == DIFFERENCE) if kind in own else "–"
            for kind in (WITHIN, BETWEEN, DIFFERENCE)
        ]
        body.append([study.label(model), *cells])
    yield from write_table(["model", "within a language", "between two", "difference"], body)
    yield ""
    yield (
        "Correlation over questions of two different answers of a model to the same question. "
        f"{NO_SURVEY}"
    )
    if not (wide["kind"] == DIFFERENCE).any():
        yield ""
        alone = "; ".join(list_reasons(rows[rows["kind"] == WITHIN]))
        yield f"Answers are compared between languages only; within a language: {alone}."
    if wide["low"].isna().any():
        yield ""
        yield "Without brackets: a mean over languages that lack common questions."


def tabulate_elicitations(elicitation: pd.DataFrame, study: CultureGuide) -> Iterator[str]:
    """Write how far open and closed answers agree, a row a model, labeller and language.

    Args:
        elicitation: `elicitation_agreement`; may be empty: then nothing is written.
        study: labels and names.
    """
    rows = widest(elicitation[elicitation["metric"] == METRIC])
    if rows.empty:
        return
    languages = order_languages(rows["language"], study)
    names = study.guide(languages)
    place = {code: number for number, code in enumerate(languages)}
    ordered = rows.sort_values("language", key=lambda codes: codes.map(place), kind="stable")
    body = [
        [
            study.label(model),
            f"`{row['labeller']}`" if row["labeller"] else "–",
            names.short_name(str(row["language"])),
            str(int(row["n_questions"])),
            write_estimate(row) if not row["reason"] else f"not known: {row['reason']}",
        ]
        for model in order_models(rows)
        for row in ordered[ordered["model"] == model].to_dict("records")
    ]
    heads = ["model", "labeller", "language", "questions", "rank correlation"]
    yield from write_table(heads, body)
    yield ""
    yield (
        "Over questions, between the mean pro score of a model's open answers and that of its "
        "answer on the survey's own scale. Where the two disagree, at least one of them does not "
        f"measure what the model would say; that they agree makes neither right. {NO_SURVEY}"
    )


def _tabulate_slopes(rows: pd.DataFrame) -> Iterator[str]:
    body = []
    for row in widest(rows).to_dict("records"):
        body.append(
            [
                OUTCOMES.get(str(row["outcome"]), str(row["outcome"])),
                CAPABILITIES.get(str(row["capability"]), str(row["capability"])),
                "–" if row["covariates"] in ("none", "") else str(row["covariates"]),
                str(int(row["n"])) if np.isfinite(row["n"]) else "–",
                write_estimate(row, signed=True),
                _p(row["p"]),
                _p(row["p_within_family"]),
                _range(row),
                _word(row),
            ]
        )
    heads = ["agreement", "capability", "given", "models", "slope", "p", "p within families"]
    yield from write_table([*heads, "leaving one model out", ""], body)


def _p(value: object) -> str:
    number = float(str(value))
    if not np.isfinite(number):
        return "–"
    return "< .001" if number < 0.001 else format_score(number, 3)


def _range(row: Row) -> str:
    low, high = float(row["left_low"]), float(row["left_high"])
    return f"{format_score(low)} to {format_score(high)}" if np.isfinite(low) else "–"


def _word(row: Row) -> str:
    if row["word"] in (NOT_TESTED, OF_SYNTHETIC) and row["reason"]:
        return f"{row['word']}: {row['reason']}"
    return str(row["word"])


def _headline_formula(original: pd.DataFrame) -> pd.DataFrame:
    rows = published_rounds(original)
    formulas = list(pd.unique(rows["formula"]))
    chosen = "interaction" if "interaction" in formulas else formulas[0]
    return rows[rows["formula"] == chosen]
