"""Claims in words: one true sentence a row, rendered from the row alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.figures.formats import format_level, format_score
from isogloss.figures.metrics import is_mexa
from isogloss.figures.scoreboard import metric_digits, metric_label
from isogloss.figures.task_names import data_label
from isogloss.pipelines.reporting import (
    claim_alignment,
    claim_counting,
    claim_cross_study,
    claim_studies,
)
from isogloss.pipelines.reporting.claim_rows import ABOVE, OF
from isogloss.pipelines.reporting.claim_study_wording import (
    word_agreement,
    word_association,
    word_counting,
    word_effect,
    word_made_up,
    word_merge,
    word_reference,
)
from isogloss.pipelines.reporting.claim_told import Names, Told, join_parts, write_number
from isogloss.pipelines.reporting.wording import join_layers
from isogloss.scoreboard_columns import NOT_SEPARABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    Row = Mapping[Any, Any]


def render(claim: Row, names: Names) -> str:
    """Write a claim as one sentence, which states n, unit and interval.

    Args:
        claim: a row of `claims`.
        names: of models and languages.
    """
    return WORDS[str(claim["subject"])](Told(claim, names))


def render_all(claims: pd.DataFrame, names: Names) -> list[str]:
    """Write all claims, in their order.

    Args:
        claims: of a report.
        names: of models and languages.
    """
    return [render(row, names) for row in claims.to_dict("records")]


def _word_best_layer(told: Told) -> str:
    further = told.further
    tied = [int(layer) for layer in further.get("tied", [])]
    span = f"{further['layer_first']} to {further['layer_last']}"
    what = (
        f"{metric_label(further['metric'])}, {told.score} over {further['pairs']} pairs of "
        f"languages, on sentences that did not choose the layer ({told.basis})"
    )
    if tied and len(tied) + 1 >= int(further["layers"]):
        return (
            f"Alignment of {told.model} is highest in layer {further['layer']}, but no layer "
            f"stands out: all of {span} are tied with it; {what}."
        )
    ties = f", tied with {join_layers(tied)}" if tied else ""
    return (
        f"Alignment of {told.model} is highest in layer {further['layer']} of {span}{ties}: {what}."
    )


def _word_pairing(told: Told) -> str:
    further, row = told.further, told.row
    pivot = told.names.language(further["pivot"])
    # Chance of another metric than the tested one would seem to contradict the test.
    mexa = is_mexa(str(further["metric"]))
    chance = f"chance {format_level(float(row['null']))}" if mexa else "tested by MEXA"
    data = str(further["data"]).replace("{n}", f"n = {int(row['n']):,}")
    measured = f"{metric_label(further['metric'])}, {told.score}"
    score = f"{told.language}: {measured}"
    if told.differs:
        only = told.of_one
        whom = told.language if only else f"{len(further[ABOVE])} of {further[OF]} other languages"
        example = f": {measured}" if only else f", {_introduce(told)} {score}"
        return (
            f"{told.model} aligns {whom} with {pivot} above chance and a random pairing of the "
            f"sentences{example} ({chance}; {data})."
        )
    if told.of_one:
        return (
            f"{told.language} is not told from chance and a random pairing with {pivot} in "
            f"{told.model}: {measured} ({join_parts(chance, told.standing, data)})."
        )
    return (
        f"No language is told from chance and a random pairing with {pivot} in {told.model}; the "
        f"clearest is {score} ({join_parts(chance, told.standing, data)})."
    )


def _word_best_against_worst(told: Told) -> str:
    further = told.further
    pivot = told.names.language(further["pivot"])
    worst = told.names.language(told.row["reference"])
    what = join_parts(
        f"{metric_label(further['metric'])}, {told.difference}", told.basis, told.standing
    )
    if not told.differs:
        tested = "" if told.row["wording"] == NOT_SEPARABLE else " (not tested)"
        return (
            f"The languages that {told.model} aligns best and worst with {pivot}, {told.language} "
            f"and {worst}, are not told apart{tested} ({what})."
        )
    ties = [
        f"tied with the {end}: {told.names.list_languages(further[f'tied_with_{end}'])}"
        for end in ("best", "worst")
        if further[f"tied_with_{end}"]
    ]
    return (
        f"{told.model} aligns {told.language} better with {pivot} than {worst} "
        f"({join_parts(what, *ties)})."
    )


def _word_guessing(told: Told) -> str:
    further, row = told.further, told.row
    study = str(row["study"]).capitalize()
    number = int(further["items"])
    items = (
        f"{number} items" if row["unit"] == "items" else f"{number} items in {row['n']} passages"
    )
    data = data_label(further["data"]) if further["data"] else ""
    compared = str(further.get("compared", "guessing"))
    if told.differs:
        chance = f"{compared} {format_level(float(row['null']))}"
        basis = f"n = {items}, {data}" if data else f"n = {items}"
        matched = further.get(claim_alignment.MATCHED)
        # Above chance is not understanding: this takes none.
        likest = (
            "" if matched is None else f"the option most like the passage {format_score(matched)}"
        )
        return (
            f"{study}: {told.model} answers above chance in {_name_held(told)} {told.score} "
            f"({join_parts(chance, likest, basis)})."
        )
    code, *best, level = (*further["highest"], row["null"])[:5]
    chance = f"{compared} {format_level(float(level))}"
    highest = "it gets" if told.of_one else f"highest is {told.names.language(code)}"
    end = f"{highest} {write_number(best)} ({join_parts(chance, told.standing, data)})."
    if told.out_of_reach:
        return (
            f"{study}: whether {told.model} is above chance in {_name_all(told)} is "
            f"not testable here: n = {items} {told.reach}; {end}"
        )
    return (
        f"{study}: {told.model} is not above chance: {items} cannot distinguish it from guessing "
        f"in {_name_all(told)}; {end}"
    )


def _word_floor(told: Told) -> str:
    further, row = told.further, told.row
    data = data_label(further["data"]) if further["data"] else ""
    floor = f"floor {format_score(float(row['null']), metric_digits(further['metric']))}"
    score = (
        f"{metric_label(further['metric'])} {told.score} "
        f"({join_parts(floor, told.basis, told.standing, data)})"
    )
    clearest = score if told.of_one else f"the clearest is {told.language} {score}"
    pivot = told.names.language(further["pivot"])
    if told.differs:
        return (
            f"Translations by {told.model} into {pivot} are nearer to their own reference than to "
            f"others from {_name_held(told)} {score}."
        )
    if told.out_of_reach:
        return (
            f"Translation: whether those by {told.model} into {pivot} are nearer to their own "
            f"reference than to others, from {_name_all(told)}, is not testable here: "
            f"n = {row['n']} {row['unit']} {told.reach}; {clearest}."
        )
    return (
        f"Translation: {row['n']} {row['unit']} cannot distinguish translations by {told.model} "
        f"into {pivot} from those of other sentences in {_name_all(told)}; {clearest}."
    )


def _name_held(told: Told) -> str:
    """Name the languages of which a claim holds, up to the one whose number follows."""
    if told.of_one:
        return f"{told.language}:"
    held = len(told.further[ABOVE])
    return f"{held} of {told.further[OF]} languages, {_introduce(told)} {told.language}"


def _name_all(told: Told) -> str:
    """Name the languages of which a claim does not hold."""
    return told.language if told.of_one else f"any of {told.further[OF]} languages"


def _introduce(told: Told) -> str:
    return "among them" if len(told.further[ABOVE]) > 1 else "namely"


WORDS: dict[str, Callable[[Told], str]] = {
    claim_alignment.BEST_LAYER: _word_best_layer,
    claim_alignment.ABOVE_PAIRING: _word_pairing,
    claim_alignment.BEST_AGAINST_WORST: _word_best_against_worst,
    claim_alignment.ABOVE_GUESSING: _word_guessing,
    claim_alignment.ABOVE_FLOOR: _word_floor,
    claim_studies.SYNERGY: word_merge,
    claim_studies.GAIN: word_merge,
    claim_studies.AGREEMENT: word_agreement,
    claim_studies.REFERENCE_COUNTRY: word_reference,
    claim_studies.MADE_UP: word_made_up,
    claim_counting.ABOVE_BASELINE: word_counting,
    claim_counting.TOTAL_EFFECT: word_effect,
    claim_cross_study.ASSOCIATION: word_association,
}
"""Subject -> how it is put."""
