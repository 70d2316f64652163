"""What the cultural study came to, in plain text for the terminal, rendered from rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.culture_consistency import warn_of_variances
from isogloss.figures.culture_study import (
    ALL,
    COUNTRY,
    LANGUAGE,
    PARTS,
    SYNTHETIC,
    CultureGuide,
    as_text,
    choose_answers,
    choose_people,
    order_languages,
    order_models,
    widest,
)
from isogloss.figures.formats import count_things
from isogloss.figures.merging_study import shorten
from isogloss.pipelines.reporting.culture_agreement import DISTINCTIVE, native_agreement
from isogloss.pipelines.reporting.culture_attrition import (
    WAY,
    count_responses,
    name_asking,
)
from isogloss.pipelines.reporting.culture_contrasts import judge_contrasts
from isogloss.pipelines.reporting.culture_inputs import guide_culture, leave_out_baselines
from isogloss.pipelines.reporting.culture_labels import describe_accuracy
from isogloss.pipelines.reporting.culture_other_tables import judge_slopes
from isogloss.pipelines.reporting.culture_report import is_made_up
from isogloss.pipelines.reporting.culture_words import (
    OF_SYNTHETIC,
    note_impossible,
    write_estimate,
    write_span,
)
from isogloss.surveys import ALL_ALIKE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from isogloss.pipelines.reporting.culture_inputs import CulturePage

_GAP = "  "
_NAMED = 5
"""Languages or models that a line names."""


def describe(inputs: CulturePage) -> str:
    """Write about ten lines: what was asked, what came back, what it is like, what may be said.

    Args:
        inputs: the tables of the study.
    """
    inputs = leave_out_baselines(inputs)
    study = guide_culture(inputs)
    people = inputs["truth"]
    countries = people.loc[people["level"] == COUNTRY, "group"].nunique()
    lines = [SYNTHETIC] if is_made_up(inputs) else []
    lines.append(
        "Culture: whose answers to a values survey models give, by the language they are asked in"
    )
    lines += _say_asked(inputs, study, countries)
    if len(inputs["scores"]):
        right = describe_accuracy(inputs["accuracy"])
        lines += [f"{_GAP}labels right on statements of a known side: {', '.join(right)}"] * bool(
            right
        )
        lines += _say_agreement(inputs, study)
        lines += _say_contrasts(inputs, study)
        lines += _say_capability(inputs)
        lines += _say_consistency(inputs["consistency"])
    lines.append(
        f"Brackets: {100 * inputs['confidence']:g}% intervals, the wider one over questions or "
        "over batteries of like questions. These numbers speak of these questions, not of the "
        "values of a people; all of them: cultural.md"
    )
    return "\n".join(lines)


def _say_asked(inputs: CulturePage, study: CultureGuide, countries: int) -> Iterator[str]:
    scores = inputs["scores"]
    if scores.empty:
        yield f"{_GAP}no model answered"
        return
    counted = inputs["response_languages"]
    models, languages = order_models(scores), order_languages(scores["language"], study)
    whose = study.label(models[0]) if len(models) == 1 else f"{len(models)} models"
    counts = {
        "language": len(languages),
        "country": countries,
        "question": scores["question"].nunique(),
    }
    asked = (count_things(count, noun) for noun, count in counts.items())
    yield f"{_GAP}{', '.join([whose, *asked])}"
    table = count_responses(scores, inputs["truth"], counted, ())
    worst = count_responses(scores, inputs["truth"], counted, ("language",))
    for row in table.to_dict("records"):
        own = worst[(worst[WAY] == [row[key] for key in WAY]).all(axis=1)]
        share = own["counted"] / own["responses"]
        whole, least = int(row["responses"]), own["language"].iloc[int(np.argmin(share))]
        yield (
            f"{_GAP}{name_asking(row)}: {whole:,}, of which {row['no_side'] / whole:.0%} take no "
            f"side and {row['other_language'] / whole:.0%} are in another language; "
            f"{row['counted']:,} count (fewest in {least}: {share.min():.0%})"
        )


def _say_agreement(inputs: CulturePage, study: CultureGuide) -> Iterator[str]:
    rows = native_agreement(inputs["alignment"])
    if rows.empty:
        yield f"{_GAP}no answers could be compared with those of people who speak the language"
        return
    for way, own in rows.groupby(["elicitation", "labeller"], sort=False):
        if own["value"].isna().all():
            yield f"{_GAP}agreement ({way[0]} answers): not known ({ALL_ALIKE})"
            continue
        parts = [f"{part} {write_span(own.loc[own['part'] == part, 'value'])}" for part in PARTS]
        distinctive = own[own["part"] == DISTINCTIVE]
        whom = "all who answered in" if (own["level"] == LANGUAGE).all() else "the country of"
        yield (
            f"{_GAP}agreement with {whom} the language ({way[0]} answers, rank correlation): "
            f"{', '.join(parts)}"
        )
        yield (
            f"{_GAP}{_GAP}of which a voice that follows what all groups share alone has "
            f"{write_span(distinctive['conformist'])}; shown, not tested"
        )


def _say_contrasts(inputs: CulturePage, study: CultureGuide) -> Iterator[str]:
    rows = judge_contrasts(inputs["contrasts"])
    if rows.empty:
        return
    own = choose_answers(rows[~rows["named"].astype(bool)])
    own = own[(own["part"] == DISTINCTIVE) & (as_text(own["without"]) == "")]
    means = own[own["model"] == ALL]
    shown = means if len(means) else own
    order = order_languages(shown["language"], study)
    made_up = OF_SYNTHETIC in set(shown["word"])
    said = [
        f"{row['language']} {write_estimate(row, signed=True)}"
        + ("" if made_up else f" ({row['word']})")
        for code in order
        for row in shown[shown["language"] == code].to_dict("records")
    ]
    if not said:
        return
    mean = ", mean over models" if len(means) else ""
    reference = str(rows["reference"].iloc[0])
    kind = f" ({OF_SYNTHETIC})" if made_up else ""
    yield (
        f"{_GAP}{reference} minus native countries, distinctive{mean}{kind}: "
        f"{shorten(said, _NAMED)}"
    )
    if note := note_impossible(shown):
        yield f"{_GAP}{_GAP}{note}"


def _say_capability(inputs: CulturePage) -> Iterator[str]:
    if inputs["regression"].empty:
        return
    rows = choose_answers(judge_slopes(inputs["regression"]))
    bare = as_text(rows["covariates"]).isin(("none", ""))
    own = widest(rows[(rows["outcome"] == DISTINCTIVE) & bare])
    tested = own[own["value"].notna()]
    if tested.empty:
        reasons = [str(one) for one in own["reason"] if one]
        yield f"{_GAP}capability: not tested{f' ({reasons[0]})' if reasons else ''}"
    for row in tested.drop_duplicates("capability").to_dict("records"):
        yield (
            f"{_GAP}distinctive agreement on capability ({row['capability']}): slope "
            f"{write_estimate(row, signed=True)} ({row['word']}), n = {int(row['n'])} models"
        )


def _say_consistency(consistency: pd.DataFrame) -> Iterator[str]:
    models = choose_answers(consistency[consistency["kind"] == "model"])
    people = choose_people(consistency, models)
    if models["value"].notna().any():
        human = f"; groups of as many people {write_span(people['value'])}" if len(people) else ""
        if warning := warn_of_variances(people):
            human += f" ({warning[0].lower()}{warning[1:]})"
        yield f"{_GAP}self-consistency: models {write_span(models['value'])}{human}"
