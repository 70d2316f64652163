"""The paragraph that says first what a report has shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.figures.formats import format_level
from isogloss.figures.mediation_names import OUTCOMES
from isogloss.figures.metrics import is_mexa
from isogloss.figures.scoreboard import metric_digits
from isogloss.pipelines.reporting import (
    claim_alignment,
    claim_counting,
    claim_cross_study,
    claim_studies,
)
from isogloss.pipelines.reporting.claim_rows import COUNTED
from isogloss.pipelines.reporting.claim_told import Told, join_parts
from isogloss.pipelines.reporting.claim_wording import render
from isogloss.scoreboard_columns import DIFFERS, NOT_SEPARABLE, NOT_TESTED, SYNTHETIC

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from isogloss.pipelines.reporting.claim_told import Names

    Row = Mapping[Any, Any]

NOTHING = "No study has been made yet."
HEADLINES = (
    claim_alignment.ABOVE_PAIRING,
    claim_alignment.BEST_AGAINST_WORST,
    claim_alignment.ABOVE_GUESSING,
    claim_alignment.ABOVE_FLOOR,
    claim_studies.SYNERGY,
    claim_studies.GAIN,
    claim_studies.REFERENCE_COUNTRY,
    claim_counting.ABOVE_BASELINE,
    claim_cross_study.ASSOCIATION,
    claim_counting.TOTAL_EFFECT,
)
"""Subjects of the paragraph, the first of each study before its second."""
_CONTROL = "control"


def summarise(claims: pd.DataFrame, names: Names, sentences: int = 6) -> str:
    """Answer what was learned: a paragraph of what differs, then one each of what does not.

    The rule knows no result but its word. Of every subject that can be tested, and in the order of
    the studies, what differs gets a sentence of its own as long as there is room; what is told from
    0 behind a closed gate is told in one sentence, with the reason; all that does not differ in
    another, with every number; so is what could not be tested; a made-up survey is named. Positive
    controls, which must differ, are left out. Where there is no room for all that differs, the
    number of what is left out is said.

    Args:
        claims: of a report.
        names: of models and languages.
        sentences: at the most.
    """
    if claims.empty:
        return NOTHING
    headlines = claims[claims["subject"].isin(HEADLINES) & (claims["reference"] != _CONTROL)]
    told = [Told(row, names) for row in headlines.to_dict("records")]
    tested = [one for one in told if one.row["wording"] == NOT_SEPARABLE]
    gated = [one for one in tested if one.carried and one.row["gate"] != "open"]
    rest = [
        *_tell_gated(gated),
        *_tell_not_separable([one for one in tested if one not in gated]),
        *_tell_not_testable(headlines[headlines["wording"] == NOT_TESTED]),
        *_tell_synthetic(claims[claims["wording"] == SYNTHETIC], names),
    ]
    found = _rank(headlines[headlines["wording"] == DIFFERS])
    room = max(sentences - len(rest), 1)
    shown = [render(row, names) for row in found[:room]]
    if len(found) > room:
        left = len(found) - room
        # A word before the number: a sentence that begins with one would hang on the last point.
        more = f"{left} further differences" if left > 1 else "one further difference"
        shown.append(f"The claims state {more}.")
    if not shown and len(headlines):
        shown = ["Nothing that was tested differs."]
    return "\n\n".join([*([" ".join(shown)] if shown else []), *rest])


def _rank(claims: pd.DataFrame) -> list[Row]:
    """Put one claim of every study before the second of any; else as they stand."""
    rows: list[Row] = list(claims.to_dict("records"))
    seen: dict[str, int] = {}
    ranks = []
    for row in sorted(rows, key=lambda row: HEADLINES.index(str(row["subject"]))):
        study = str(row["study"])
        seen[study] = seen.get(study, 0) + 1
        ranks.append((seen[study], row))
    return [row for _, row in sorted(ranks, key=lambda pair: pair[0])]


def _tell_gated(told: Sequence[Told]) -> Iterator[str]:
    """Tell what is there, but is not taken any further, and why."""
    parts = [
        f"{_clause(one)}, not shared out: {one.further.get('remark') or 'its gate is closed'}"
        for one in told
    ]
    if parts:
        yield f"Told from 0, but no more is made of it: {_by_model(told, parts)}."


def _tell_not_separable(told: Sequence[Told]) -> Iterator[str]:
    """Tell in one sentence, model by model, what does not differ."""
    if told:
        tests = int(told[0].further.get(COUNTED, 1))
        counted = f", with all {tests} tested claims of this report counted" if tests > 1 else ""
        parts = _by_model(told, [_clause(one) for one in told])
        yield f"Not told from chance, a baseline or 0{counted}: {parts}."


def _by_model(told: Sequence[Told], clauses: Sequence[str]) -> str:
    """Put the clauses of each model behind its name."""
    parts: dict[str, list[str]] = {}
    for one, clause in zip(told, clauses, strict=True):
        whom = f"of {one.model}, " if one.row["model"] else ""
        parts.setdefault(whom, []).append(clause)
    return "; ".join(whom + "; ".join(own) for whom, own in parts.items())


def _clause(told: Told) -> str:
    """Write a claim that may not be made in a few words: number, interval, n, level and p."""
    row, further = told.row, told.further
    null = float(row["null"])
    outcome, metric = str(further.get("outcome", "")), str(further.get("metric", ""))
    level = format_level(null, metric_digits(metric))
    against = _AGAINST[str(row["subject"])].format(
        level=level,
        compared=further.get("compared", "guessing"),
        chance=f"chance {level}" if is_mexa(metric) else "a random pairing, tested by MEXA",
        language=told.language,
        other=told.names.language(row["reference"]),
        country=further.get("country", ""),
        outcome=OUTCOMES.get(outcome, outcome),
    )
    reach = "not testable, as no outcome with this n could pass" if told.out_of_reach else ""
    basis = join_parts(told.basis, str(further.get("cautions", "")), told.p_values, reach)
    return f"{row['study']}, {against} {told.difference if null == 0 else told.score} ({basis})"


_AGAINST = {
    claim_alignment.ABOVE_PAIRING: "{language} against {chance}:",
    claim_alignment.BEST_AGAINST_WORST: "{language} less {other}:",
    claim_alignment.ABOVE_GUESSING: "not above {level} ({compared}): {language}",
    claim_alignment.ABOVE_FLOOR: "{language} against a floor of {level}:",
    claim_studies.SYNERGY: "gain over its own sources:",
    claim_studies.GAIN: "gain over the best single source:",
    claim_studies.REFERENCE_COUNTRY: "{country} less native countries, asked in {language}:",
    claim_counting.ABOVE_BASELINE: "accuracy less that of the best baseline:",
    claim_counting.TOTAL_EFFECT: "total effect of swaps in {language} ({outcome}):",
    claim_cross_study.ASSOCIATION: "alignment with {outcome}:",
}
"""Subject -> what a number is of, as a clause."""


def _tell_not_testable(claims: pd.DataFrame) -> Iterator[str]:
    across = claims[claims["subject"] == claim_cross_study.ASSOCIATION]
    if len(across):
        counts = sorted({int(count) for count in across["n"]})
        span = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        yield (
            f"Whether alignment goes with the other studies is not testable here in "
            f"{len(across)} cases (n = {span} {across['unit'].iloc[0]}; reasons: claims)."
        )
    others = len(claims) - len(across)
    if others:
        yield (
            f"{others} further claims are not tested, for want of a test or of what it takes."
            if others > 1
            else "One further claim is not tested, for want of a test or of what it takes."
        )


def _tell_synthetic(claims: pd.DataFrame, names: Names) -> Iterator[str]:
    for row in claims.head(1).to_dict("records"):
        yield render(row, names)
