"""The paragraph that says first what a report has shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.figures.formats import format_chance
from isogloss.figures.scoreboard import metric_digits
from isogloss.pipelines.reporting import claim_alignment, claim_cross_study, claim_studies
from isogloss.pipelines.reporting.claim_wording import Told, render
from isogloss.scoreboard_columns import DIFFERS, NOT_SEPARABLE, NOT_TESTED, SYNTHETIC

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from isogloss.pipelines.reporting.claim_wording import Names

    Row = Mapping[Any, Any]

NOTHING = "No study has been made yet."
HEADLINES = (
    claim_alignment.ABOVE_PAIRING,
    claim_alignment.BEST_AGAINST_WORST,
    claim_alignment.ABOVE_GUESSING,
    claim_alignment.ABOVE_FLOOR,
    claim_studies.SYNERGY,
    claim_studies.REFERENCE_COUNTRY,
    claim_studies.ABOVE_BASELINE,
    claim_cross_study.ASSOCIATION,
    claim_studies.TOTAL_EFFECT,
)
"""Subjects of the paragraph, the first of each study before its second."""
_CONTROL = "control"


def summarise(claims: pd.DataFrame, names: Names, sentences: int = 6) -> str:
    """Answer what was learned: a paragraph of what differs, then one each of what does not.

    The rule knows no result but its word. Of every subject that can be tested, and in the order of
    the studies, what differs gets a sentence of its own as long as there is room; all that does
    not is told in one sentence, with every number; so is what could not be tested; a made-up survey
    is named. Positive controls, which must differ, are left out. Where there is no room for all
    that differs, the number of what is left out is said.

    Args:
        claims: of a report.
        names: of models and languages.
        sentences: at the most.
    """
    if claims.empty:
        return NOTHING
    headlines = claims[claims["subject"].isin(HEADLINES) & (claims["reference"] != _CONTROL)]
    rest = [
        *_tell_not_separable(
            headlines[headlines["wording"] == NOT_SEPARABLE],
            names,
            int(claims["p_adjusted"].notna().sum()),
        ),
        *_tell_not_testable(headlines[headlines["wording"] == NOT_TESTED]),
        *_tell_synthetic(claims[claims["wording"] == SYNTHETIC], names),
    ]
    found = _rank(headlines[headlines["wording"] == DIFFERS])
    room = max(sentences - len(rest), 1)
    shown = [render(row, names) for row in found[:room]]
    if len(found) > room:
        left = len(found) - room
        shown[-1] += (
            f" {left} further differences stand in the claims."
            if left > 1
            else " One further difference stands in the claims."
        )
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


def _tell_not_separable(claims: pd.DataFrame, names: Names, tests: int) -> Iterator[str]:
    """Tell of every model, in one sentence, what of it does not differ; of a subject the first."""
    first = claims.drop_duplicates(["model", "subject", "language", "unit"])
    parts = []
    for model, own in first.groupby("model", sort=False):
        clauses = [_clause(Told(row, names)) for row in own.to_dict("records")]
        whom = f"of {names.model(model)}, " if model else ""
        parts.append(whom + "; ".join(clauses))
    if parts:
        counted = f", with all {tests} tests of this report counted" if tests > 1 else ""
        yield f"Not told from chance, a baseline or 0{counted}: {'; '.join(parts)}."


def _clause(told: Told) -> str:
    """Write a claim that may not be made in a few words: number, interval, n and level."""
    row = told.row
    number = told.difference if float(row["null"]) == 0 else told.score
    digits = metric_digits(str(told.further.get("metric", "")))
    level = f"{float(row['null']):.{digits}f}" if digits == 1 else format_chance(float(row["null"]))
    against = _AGAINST[str(row["subject"])].format(
        level=level,
        language=told.language,
        other=told.names.language(row["reference"]),
        country=told.further.get("country", ""),
        outcome=told.further.get("outcome", ""),
    )
    caution = told.further.get("cautions", "")
    basis = "; ".join([told.basis, *([caution] if caution else [])])
    return f"{row['study']}, {against} {number} ({basis})"


_AGAINST = {
    claim_alignment.ABOVE_PAIRING: "{language} against chance {level}:",
    claim_alignment.BEST_AGAINST_WORST: "{language} less {other}:",
    claim_alignment.ABOVE_GUESSING: "not above chance {level}: {language}",
    claim_alignment.ABOVE_FLOOR: "{language} against a floor of {level}:",
    claim_studies.SYNERGY: "gain over its own sources:",
    claim_studies.REFERENCE_COUNTRY: "{country} less native countries, asked in {language}:",
    claim_studies.ABOVE_BASELINE: "accuracy less that of the best baseline:",
    claim_studies.TOTAL_EFFECT: "total effect of swaps in {language}:",
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
