"""A page in Markdown on the cultural study, rendered from rows alone."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from isogloss.figures.culture_study import (
    CLOSED,
    COUNTRY,
    OPEN,
    SYNTHETIC,
    CultureGuide,
    is_synthetic,
    of_models,
    order_languages,
    order_models,
)
from isogloss.pipelines.reporting.culture_agreement import tabulate_agreement
from isogloss.pipelines.reporting.culture_attrition import tabulate_responses
from isogloss.pipelines.reporting.culture_contrasts import tabulate_contrasts
from isogloss.pipelines.reporting.culture_inputs import guide_culture, leave_out_baselines
from isogloss.pipelines.reporting.culture_labels import (
    tabulate_accuracy,
    tabulate_labellers,
    tabulate_order_effects,
)
from isogloss.pipelines.reporting.culture_notes import note_how_to_read
from isogloss.pipelines.reporting.culture_other_tables import (
    tabulate_capability,
    tabulate_consistency,
    tabulate_cross,
    tabulate_elicitations,
)
from isogloss.pipelines.reporting.culture_pictures import link_figures_by_model, show
from isogloss.pipelines.reporting.markdown import write_page
from isogloss.surveys import NO_CLUSTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from isogloss.pipelines.reporting.culture_inputs import CulturePage

TRUTH_TABLES = ("truth", "alignment", "contrasts", "consistency", "regression")


def write_report(inputs: CulturePage) -> str:
    """Write what was asked, what came back, what it is like, and what cannot be said.

    Args:
        inputs: the tables of the study.
    """
    dropped = len(inputs["scores"]) - len(of_models(inputs["scores"]))
    inputs = leave_out_baselines(inputs)
    study = guide_culture(inputs)
    sections = {
        "": _introduce(inputs, study, dropped),
        "What came back": _say_what_came_back(inputs, study),
        "Labels": _label(inputs, study),
        "Order of the survey's own answers": tabulate_order_effects(
            inputs["order_effects"], inputs["closed"], study
        ),
        "Open against closed answers": tabulate_elicitations(inputs["elicitation"], study),
        "Agreement with the people who speak the language": chain(
            tabulate_agreement(inputs, study),
            show("cultural_alignment", inputs),
            show("cultural_alignment_closed", inputs),
        ),
        "One country against the native ones": chain(
            tabulate_contrasts(inputs, study), show("us_bias", inputs)
        ),
        "Agreement and capability": chain(tabulate_capability(inputs), show("capability", inputs)),
        "Self-consistency": chain(
            tabulate_consistency(inputs["consistency"], study), show("self_consistency", inputs)
        ),
        "Within and between languages": chain(
            tabulate_cross(inputs["cross"], study), show("cross_effects", inputs)
        ),
        "How alike countries answer": islice(show("country_map", inputs), 1, None),
        "Left out of the survey": _list_remarks(inputs["remarks"]),
        "How to read this": note_how_to_read(inputs),
        "Beside this page": _list_files(inputs, study),
    }
    return write_page(sections)


def is_made_up(inputs: CulturePage) -> bool:
    """Tell whether any table of the page comes from a survey that was made up."""
    return any(is_synthetic(inputs[name]) for name in TRUTH_TABLES)  # type: ignore[literal-required]


def _introduce(inputs: CulturePage, study: CultureGuide, dropped: int) -> Iterator[str]:
    if is_made_up(inputs):
        yield f"**{SYNTHETIC}.**"
        yield ""
    yield "# Whose answers models give, by language"
    yield ""
    yield (
        "Models were asked in several languages what people would say to questions of a values "
        "survey; their answers are compared with those of the people of each country. Formulas and "
        "definitions: `docs/methods/culture.md`."
    )
    yield ""
    scores, truth, prompts = inputs["scores"], inputs["truth"], inputs["prompts"]
    names = study.guide(scores["language"])
    languages = [names.short_name(code) for code in order_languages(scores["language"], study)]
    models = [study.label(model) for model in order_models(scores)]
    yield f"- Models: {len(models)} ({', '.join(models) or 'none'})"
    yield f"- Languages: {len(languages)} ({', '.join(languages) or 'none'})"
    yield from _say_prompts(prompts, scores)
    yield from _say_truth(truth, scores)
    if dropped:
        yield f"- Left out: {dropped:,} answers that no model gave (published baselines)"


def _say_prompts(prompts: pd.DataFrame, scores: pd.DataFrame) -> Iterator[str]:
    closed = scores[scores["elicitation"] == CLOSED]
    if len(closed):
        languages = closed["language"].nunique()
        yield (
            f"- The survey's own questions and scales: {closed['question'].nunique()} questions, "
            f"asked in {languages} language{'s' * (languages > 1)}; they take no prompts"
        )
    if prompts.empty:
        if (scores["elicitation"] == OPEN).any():
            yield "- Prompts: not known; the responses come from elsewhere"
        return
    each = prompts.groupby("language")["prompt_id"].nunique()
    low, high = int(each.min()), int(each.max())
    span = str(low) if low == high else f"{low} to {high}"
    machine = float((prompts["wording"] == "machine").mean())
    yield (
        f"- Prompts: {prompts['prompt_id'].nunique():,} ({span} a language), "
        f"{prompts['template'].nunique()} templates, to {prompts['question'].nunique()} questions"
        + (f"; {machine:.0%} of them in machine translation" if machine else "")
    )


def _say_truth(truth: pd.DataFrame, scores: pd.DataFrame) -> Iterator[str]:
    people = truth[truth["level"] == COUNTRY]
    countries = sorted(set(people["group"].astype(str)))
    asked, known = set(scores["question"]), set(people["question"])
    rules = " and ".join(sorted(set(truth["rules"].astype(str)))) or "none"
    yield f"- Countries: {len(countries)} ({', '.join(countries) or 'none'})"
    yield (
        f"- Questions: models were asked {len(asked)}, the survey has {len(known)} of all, "
        f"{len(asked & known)} are in both; rules of scoring: {rules}"
    )
    if lost := sorted(asked - known):
        yield f"- Asked, but not in the survey's scores: {', '.join(lost)}"


def _say_what_came_back(inputs: CulturePage, study: CultureGuide) -> Iterator[str]:
    if inputs["scores"].empty:
        yield "No model answered."
        return
    yield from tabulate_responses(inputs, study)


def _label(inputs: CulturePage, study: CultureGuide) -> Iterator[str]:
    answers = inputs["scores"][inputs["scores"]["elicitation"] == OPEN]
    if answers.empty:
        return
    yield from tabulate_labellers(inputs["labellers"], study)
    tried = answers[answers["labeller"].isin(inputs["accuracy"]["labeller"])]["language"]
    accuracy = list(tabulate_accuracy(inputs["accuracy"], set(tried), study))
    yield from ["", *accuracy] if accuracy else []


def _list_remarks(remarks: pd.DataFrame) -> Iterator[str]:
    """Sum remarks up by their kind, with the first of each."""
    left_out = remarks[remarks["what"] != NO_CLUSTERS] if len(remarks) else remarks
    for what, rows in left_out.groupby("what", sort=False):
        first = rows.iloc[0]
        where = ", ".join(str(first[name]) for name in ("group", "question") if first[name])
        count = f"{len(rows)} times" if len(rows) > 1 else "once"
        said = ": ".join(
            part
            for part in (where or "the whole file", " ".join(str(first["detail"]).split()))
            if part
        )
        yield f"- {what} ({count}; first: {said})"


def _list_files(inputs: CulturePage, study: CultureGuide) -> Iterator[str]:
    yield from link_figures_by_model(inputs, study)
    yield "- Tables: the CSV files beside them"
    yield "- All of this for other programs: `cultural.json`"
