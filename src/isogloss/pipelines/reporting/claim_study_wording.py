"""Claims of merging, values, counting, mediation and across studies in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.cross_names import name_predictor
from isogloss.figures.formats import count_things, format_interval, format_score
from isogloss.figures.mediation_names import KINDS, NAMED, OUTCOMES, SEPARATORS
from isogloss.figures.merging_names import REFERENCE
from isogloss.pipelines.reporting.counting_rows import BASELINES
from isogloss.scoreboard_columns import NOT_TESTED

if TYPE_CHECKING:
    from isogloss.pipelines.reporting.claim_told import Told

_BEST = "best single source (by its own dev items)"


def word_merge(told: Told) -> str:
    """Say what the declared merge gains over its sources, or over the best of them."""
    further, row = told.further, told.row
    against = _BEST if row["reference"] == REFERENCE else "mean of its own sources"
    cautions = f"; {further['cautions']}" if further["cautions"] else ""
    basis = f"mean of {told.basis} with {further['items']} items each{cautions}"
    name = f"{told.model} ({further['recipe']})"
    if told.differs:
        more = "more" if float(row["estimate"]) > 0 else "fewer"
        return (
            f"Merged classifiers of {name} get {more} intents right than the {against}: "
            f"accuracy {told.difference} ({basis})."
        )
    why = "not tested" if row["wording"] == NOT_TESTED else "not told from 0"
    return (
        f"What merged classifiers of {name} gain over the {against} is {why}: accuracy "
        f"{told.difference} ({_with_p(basis, told)})."
    )


def word_agreement(told: Told) -> str:
    """Give the range of distinctive agreement, of which nothing is claimed."""
    further = told.further
    low, high = (format_score(float(further[end])) for end in ("lowest", "highest"))
    return (
        f"The distinctive agreement of {told.model} with {told.row['reference']} is {low} to "
        f"{high} over {_count_languages(told)}, and would be "
        f"{format_score(float(further['conformist']))} if it followed what all people share alone "
        f"({told.basis}; shown, not tested)."
    )


def word_reference(told: Told) -> str:
    """Say with which country a model agrees more, beyond what all countries share."""
    country = told.further["country"]
    what = f"distinctive agreement {told.difference}; {told.basis}"
    native = f"the native countries ({told.row['reference']})"
    if told.differs:
        first, second = (country, native) if float(told.row["estimate"]) > 0 else (native, country)
        return (
            f"Asked in {told.language}, {told.model} agrees more with {first} than with {second} "
            f"({what})."
        )
    return (
        f"In no language is {told.model} told to agree more with {country} than with native "
        f"countries, or less; clearest in {told.language} "
        f"({_with_p(what, told)})."
    )


def word_made_up(told: Told) -> str:
    """Say that a survey was made up, and nothing else of it."""
    return (
        f"SYNTHETIC truth: the {int(told.row['n']):,} answers of {told.model} in "
        f"{_count_languages(told)} are compared with a survey that was made up; this "
        "tests the plumbing and says nothing about any culture."
    )


def word_counting(told: Told) -> str:
    """Say whether a model counts better than the best baseline, beside all of them."""
    further, row = told.further, told.row
    value, low, high = (float(bound) for bound in further["accuracy"])
    accuracy = f"{format_score(value)} {format_interval(low, high)}".rstrip()
    beside = ", ".join(
        f"{BASELINES.get(name, name)} {format_score(float(score))}"
        for name, score in sorted(further["baselines"].items())
    )
    basis = f"{beside}; {told.basis}, {further['lists']} lists in {_count_languages(told)}"
    best = BASELINES.get(str(row["reference"]), str(row["reference"]))
    gap = f"gap to the best of them, {best}, {told.difference}"
    if told.differs and float(row["estimate"]) > 0:
        return (
            f"{told.model} counts right in {accuracy} of the lists, more often than any baseline: "
            f"{gap} ({basis})."
        )
    return (
        f"{told.model} counts right in {accuracy} of the lists, which is not above the baselines: "
        f"{gap} ({_with_p(basis, told)})."
    )


def word_effect(told: Told) -> str:
    """Say whether there is a total effect to mediate, or that the control works."""
    further, row = told.further, told.row
    kind = KINDS.get(str(row["reference"]), str(row["reference"]))
    layout = NAMED.get(further["named"], "") + SEPARATORS.get(further["separators"], "")
    outcome = OUTCOMES.get(further["outcome"], further["outcome"])
    basis = _with_p(f"{outcome}; {told.basis}, {further['pairs']} pairs", told)
    what = f"{kind}{layout}, total effect {told.score} ({basis})"
    where = f"{told.model} in {told.language}"
    if told.differs:
        proves = "; it shows that patches work" if row["reference"] == "control" else ""
        return f"Mediation in {where}: {what}, which can be shared out{proves}."
    remark = f": {further['remark']}" if further["remark"] else ""
    if told.carried:
        return f"Mediation in {where}: {what}, told from 0, but not shared out{remark}."
    return f"Mediation in {where}: {what}; no share of it is given{remark}."


def word_association(told: Told) -> str:
    """Say whether two studies go together; never that one comes of the other."""
    further, row = told.further, told.row
    predictor = name_predictor(str(row["reference"]))
    whom = f" of {told.model}" if row["model"] else ""
    needed = further["needed_r"]
    if row["wording"] == NOT_TESTED:
        why = further["reason"] or "predictor and outcome come from different models"
        return (
            f"Whether alignment ({predictor}){whom} goes with {further['outcome']} is not testable "
            f"here: {why}."
        )
    held = f", with {further['covariates']} held constant" if further["covariates"] else ""
    estimate = f"{further['estimate_name']} {told.score}; {told.basis}{held}"
    if told.differs:
        sign = "positively" if float(row["estimate"]) > 0 else "negatively"
        return (
            f"Alignment ({predictor}){whom} is {sign} associated with {further['outcome']} "
            f"({estimate})."
        )
    least = f"; r of {format_score(needed)} needed" if _known(needed) else ""
    word = "exploratory, not tested" if row["wording"] == "shown" else "not told from none"
    return (
        f"The association of alignment ({predictor}){whom} with {further['outcome']} is {word} "
        f"({_with_p(estimate + least, told)})."
    )


def _count_languages(told: Told) -> str:
    return count_things(int(told.further["languages"]), "language")


def _with_p(basis: str, told: Told) -> str:
    """Add the p-values of what was tested and is not told apart."""
    return f"{basis}; {told.standing}" if told.standing else basis


def _known(value: object) -> bool:
    return isinstance(value, int | float) and bool(np.isfinite(value))
