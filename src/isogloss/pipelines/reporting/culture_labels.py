"""Tables on how answers became numbers: labellers, and the order of the survey's own answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.figures.culture_study import ALL, CultureGuide, order_languages, order_models
from isogloss.figures.formats import format_score
from isogloss.pipelines.reporting.culture_words import write_estimate, write_span
from isogloss.pipelines.reporting.markdown import write_table
from isogloss.statistics.intervals import mean_influence, standard_error, student_interval

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator

    import pandas as pd
    from pandas.core.groupby import SeriesGroupBy

STANCES = (ALL, "pro", "con", "neutral")
CELL = ["model", "language", "formulation"]
LEAST = {"recency": -1.0, "distance": 0.0, "mass": 0.0}
"""What means over questions of the order of answers cannot fall below; all end at 1."""
ROUNDING = 1e-12


def tabulate_accuracy(
    label_accuracy: pd.DataFrame, labelled: Collection[str], study: CultureGuide
) -> Iterator[str]:
    """Write how often labellers are right on statements whose side is known; nothing if not tried.

    Args:
        label_accuracy: labeller, language, stance, n, right, ci_low, ci_high; may be empty.
        labelled: languages of the answers that were labelled.
        study: labels and names.
    """
    if label_accuracy.empty:
        return
    named = {"right": "value", "ci_low": "low", "ci_high": "high"}
    rows = label_accuracy.rename(columns=named)
    names = study.guide(set(rows["language"].astype(str)) - {ALL})
    body = []
    for (labeller, language), own in rows.groupby(["labeller", "language"], sort=False):
        by_stance = {str(row["stance"]): row for row in own.to_dict("records")}
        cells = [write_estimate(by_stance[one]) if one in by_stance else "–" for one in STANCES]
        known = by_stance.get(ALL, own.to_dict("records")[0])
        spoken = "all of these" if language == ALL else names.short_name(str(language))
        body.append([f"`{labeller}`", spoken, f"{int(known['n']):,}", *cells])
    heads = ["labeller", "language", "statements", "right", "of pro", "of con", "of neutral"]
    yield from write_table(heads, body)
    yield ""
    yield (
        "Statements written for this project, whose side is known. Who guesses among three sides "
        "is right in a third of them."
    )
    tried = set(label_accuracy["language"].astype(str))
    if untried := order_languages(set(labelled) - tried, study):
        listed = ", ".join(study.guide(untried).short_name(code) for code in untried)
        yield ""
        yield (
            f"In {listed} no labeller was tried: how often labels of these answers are right is "
            "not known."
        )


def describe_accuracy(label_accuracy: pd.DataFrame) -> list[str]:
    """Say of every labeller how often it is right: `likelihood .45 in 5 languages`; may be empty.

    Args:
        label_accuracy: as above.
    """
    if label_accuracy.empty:
        return []
    rows = label_accuracy[label_accuracy["stance"] == ALL]
    said = []
    for name, own in rows.groupby("labeller"):
        apart = own[own["language"] != ALL]
        single = len(apart) == 1
        whole = apart if single else own[own["language"] == ALL]
        where = f"in {apart['language'].iloc[0]}" if single else f"in {len(apart)} languages"
        span = "" if single else f" ({write_span(apart['right'])})"
        said.append(f"{name} {format_score(float(whole['right'].iloc[0]))} {where}{span}")
    return said


def tabulate_labellers(agreement: pd.DataFrame, study: CultureGuide) -> Iterator[str]:
    """Write how far labellers agree beyond chance: Krippendorff's alpha.

    Args:
        agreement: `labeller_agreement`; may be empty.
        study: labels and names.
    """
    if agreement.empty:
        yield "Answers have the labels of one labeller: how far another would agree is not known."
        return
    rows = agreement.rename(
        columns={"krippendorff_alpha": "value", "ci_low": "low", "ci_high": "high"}
    )
    names = study.guide(set(rows["language"].astype(str)) - {ALL})
    single = rows["model"].where(rows["model"] == ALL, "")
    keys = [rows[name] for name in ("labeller_a", "labeller_b", "unit")]
    body = [
        [
            f"`{one}` and `{other}`",
            str(unit),
            "all models and languages" if whole else names.short_name(str(language)),
            write_estimate(own.to_dict("records")[0])
            if len(own) == 1
            else write_span(own["value"]),
            f"{int(own['n'].max()):,}",
            f"{int(own['n_units'].sum()):,}",
        ]
        for (one, other, unit, language, whole), own in rows.groupby(
            [*keys, rows["language"], single], sort=False
        )
    ]
    heads = ["labellers", "unit", "language", "Krippendorff's alpha", "questions", "units"]
    yield from write_table(heads, body)
    yield ""
    yield (
        "1: the labellers always agree; 0: as often as by chance; of several models from the "
        "lowest to the highest. Brackets: over questions. Errors that both make are in none of "
        "these numbers."
    )


def tabulate_order_effects(
    order_effects: pd.DataFrame, closed_distributions: pd.DataFrame, study: CultureGuide
) -> Iterator[str]:
    """Write what the order of the survey's own answers does to them; nothing without any.

    Args:
        order_effects: model, language, question, formulation, recency, distance; may be empty.
        closed_distributions: with the mass of each question; may be empty.
        study: labels and names.
    """
    if order_effects.empty:
        return
    measured = {
        **{name: order_effects.groupby(CELL)[name] for name in ("recency", "distance")},
        "mass": closed_distributions.groupby(CELL)["mass"],
    }
    texts = {name: _write_means(groups, LEAST[name]) for name, groups in measured.items()}
    questions = order_effects.groupby(CELL)["question"].nunique()
    standing = closed_distributions[closed_distributions["selected"].astype(bool)]
    shown = set(standing["formulation"].astype(str)) or set(order_effects["formulation"])
    names = study.guide(order_effects["language"])
    body = [
        [
            study.label(model),
            names.short_name(code),
            str(formulation),
            str(int(questions[model, code, formulation])),
            *(own.get((model, code, formulation), "–") for own in texts.values()),
        ]
        for model in order_models(order_effects)
        for code in order_languages(order_effects["language"], study)
        for formulation in sorted(shown)
        if (model, code, formulation) in questions.index
    ]  # fmt: skip
    heads = ["model", "language", "answers as", "questions", *texts]
    yield from write_table(heads, body)
    yield ""
    yield (
        "Means over questions, in brackets their 95 % intervals. Recency: probability of the "
        "answer shown last less that of the one shown first, 0 where order does nothing; distance: "
        "between the distributions of two orders, 0 to 1 (total variation); mass: what the answers "
        "together have of all that the model might write. Where order does much or the mass is "
        "small, answers say little."
    )


def _write_means(groups: SeriesGroupBy[Any, Any], least: float) -> dict[Hashable, str]:
    """Write the mean over questions of each group, with an interval by Student's t.

    Where all values are equal there is no interval: they show no error, which is not to have none.

    Args:
        groups: values of questions.
        least: bound of such values; the other is 1.
    """
    texts = {}
    for key, values in groups:
        known = values.dropna().to_numpy(np.float64)
        if not len(known):
            continue
        mean = known.mean(keepdims=True)
        error = standard_error(mean_influence(known[None]))
        seen = np.where(error > ROUNDING, error, np.nan)
        low, high = np.clip(student_interval(mean, seen, len(known)), least, 1)
        texts[key] = write_estimate({"value": mean[0], "low": low[0], "high": high[0]})
    return texts
