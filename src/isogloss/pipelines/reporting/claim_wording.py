"""Claims in words: one true sentence a row, rendered from the row alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.figures.formats import format_chance, format_interval, format_score
from isogloss.figures.merging_study import shorten
from isogloss.figures.scoreboard import metric_digits, metric_label
from isogloss.figures.task_names import data_label
from isogloss.pipelines.reporting import claim_alignment, claim_cross_study, claim_studies
from isogloss.pipelines.reporting.claim_rows import ABOVE, read_further
from isogloss.pipelines.reporting.claim_study_wording import (
    word_agreement,
    word_association,
    word_counting,
    word_effect,
    word_made_up,
    word_merge,
    word_reference,
)
from isogloss.scoreboard_columns import DIFFERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    Row = Mapping[Any, Any]

_SMALL = 0.1
"""Effects below are written with a digit more."""
NAMED = 6
"""Languages that a sentence names."""


@dataclass(frozen=True)
class Names:
    """What sentences call models and languages.

    Attributes:
        models: model -> label; its own name where there is none.
        languages: language -> name.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)

    def model(self, name: object) -> str:
        """Give what to call a model."""
        return self.models.get(str(name), str(name))

    def language(self, code: object) -> str:
        """Give what to call a language."""
        return self.languages.get(str(code), str(code))

    def list_languages(self, codes: list[str]) -> str:
        """List languages, the first of them if they are many."""
        return shorten([self.language(code) for code in codes], NAMED)


@dataclass(frozen=True)
class Told:
    """A claim that is put into words.

    Attributes:
        row: of `claims`.
        names: of models and languages.
    """

    row: Row
    names: Names

    @property
    def further(self) -> dict[str, Any]:
        """Give what else the sentence states."""
        return read_further(self.row)

    @property
    def differs(self) -> bool:
        """Say whether the claim may be made."""
        return bool(self.row["wording"] == DIFFERS)

    @property
    def model(self) -> str:
        """Give what to call the model."""
        return self.names.model(self.row["model"])

    @property
    def language(self) -> str:
        """Give what to call the language."""
        return self.names.language(self.row["language"])

    @property
    def score(self) -> str:
        """Write the estimate with its interval: `.38 [.14, .70]`."""
        digits = metric_digits(str(self.further.get("metric", "")))
        if self.row["study"] == "mediation" and abs(self.row["estimate"]) < _SMALL:
            digits += 1
        return write_number([self.row[name] for name in ("estimate", "ci_low", "ci_high")], digits)

    @property
    def difference(self) -> str:
        """Write the estimate with its sign and interval: `+.03 [-.04, .09]`."""
        sign = "+" if float(f"{self.row['estimate']:.2f}") > 0 else ""
        return sign + self.score

    @property
    def basis(self) -> str:
        """Write n with its unit: `n = 60 sentences`."""
        return f"n = {int(self.row['n']):,} {self.row['unit']}"


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


def write_number(bounds: list[float], digits: int = 2) -> str:
    """Write an estimate with its interval, if it has one."""
    value, low, high = (float(bound) if bound is not None else np.nan for bound in bounds)
    return f"{format_score(value, digits)} {format_interval(low, high, digits)}".rstrip()


def _word_best_layer(told: Told) -> str:
    further = told.further
    return (
        f"Alignment of {told.model} is highest in layer {further['layer']} of "
        f"{further['layer_first']} to {further['layer_last']}: {metric_label(further['metric'])}, "
        f"{told.score} over {further['pairs']} pairs of languages, on sentences that did not "
        f"choose the layer ({told.basis})."
    )


def _word_pairing(told: Told) -> str:
    further, row = told.further, told.row
    pivot = told.names.language(further["pivot"])
    chance = f"chance {format_chance(float(row['null']))}"
    data = str(further["data"]).replace("{n}", f"n = {int(row['n'])}")
    score = f"{told.language}: {metric_label(further['metric'])}, {told.score}"
    if told.differs:
        held, of = further[ABOVE], further["of"]
        return (
            f"{told.model} aligns {len(held)} of {of} language{'s' * (of > 1)} with {pivot} above "
            f"a random pairing of the sentences, among them {score} ({chance}; {data})."
        )
    return (
        f"No language is told from a random pairing with {pivot} in {told.model}; the nearest to "
        f"it is {score} ({chance}; {data})."
    )


def _word_best_against_worst(told: Told) -> str:
    further = told.further
    pivot = told.names.language(further["pivot"])
    worst = told.names.language(told.row["reference"])
    what = f"{metric_label(further['metric'])}, {told.difference}; {told.basis}"
    if not told.differs:
        tested = "" if told.row["wording"] == "not separable" else " (not tested)"
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
        f"({'; '.join([what, *ties])})."
    )


def _word_guessing(told: Told) -> str:
    further, row = told.further, told.row
    study = str(row["study"]).capitalize()
    number = int(further["items"])
    items = (
        f"{number} items" if row["unit"] == "items" else f"{number} items in {row['n']} passages"
    )
    data = f", {data_label(further['data'])}" if further["data"] else ""
    chance = f"guessing {format_chance(float(row['null']))}"
    if told.differs:
        held = further[ABOVE]
        return (
            f"{study}: {told.model} answers above chance in {len(held)} of {further['of']} "
            f"languages, among them {told.language} {told.score} ({chance}; n = {items}{data})."
        )
    code, *best = further["highest"]
    return (
        f"{study}: {told.model} is not above chance: {items} cannot distinguish it from guessing "
        f"in any of {further['of']} languages; highest is {told.names.language(code)} "
        f"{write_number(best)} ({chance}{data})."
    )


def _word_floor(told: Told) -> str:
    further, row = told.further, told.row
    data = f"; {data_label(further['data'])}" if further["data"] else ""
    floor = f"floor {format_score(float(row['null']), metric_digits(further['metric']))}"
    what = (
        f"{told.language} {metric_label(further['metric'])} {told.score} ({floor}; {told.basis}"
        f"{data})"
    )
    pivot = told.names.language(further["pivot"])
    if told.differs:
        return (
            f"Translations by {told.model} into {pivot} are nearer to their own reference than to "
            f"others from {len(further[ABOVE])} of {further['of']} languages, among them {what}."
        )
    return (
        f"Translation: {row['n']} {row['unit']} cannot distinguish translations by {told.model} "
        f"into {pivot} from those of other sentences in any of {further['of']} languages; the "
        f"clearest is {what}."
    )


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
    claim_studies.ABOVE_BASELINE: word_counting,
    claim_studies.TOTAL_EFFECT: word_effect,
    claim_cross_study.ASSOCIATION: word_association,
}
"""Subject -> how it is put."""
