"""What mediation shows, in plain text, rendered from rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.formats import format_interval, format_score
from isogloss.figures.mediation_names import (
    COMPONENTS,
    KINDS,
    NAMED,
    OUTCOMES,
    SEPARATORS,
    MediationGuide,
    count_rows,
    describe_total,
    role_label,
)
from isogloss.figures.mediation_statements import list_layers
from isogloss.pipelines.reporting.mediation_outcomes import sum_up
from isogloss.pipelines.reporting.mediation_verdicts import list_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import ReportingParameters

TOLD = ("count_swap", "control", "category_swap")
ROLES = ("swapped", "item_+1", "list_end", "category", "category_again", "final")
HALF = 0.5
KNOWN = "words_known"
"""Subset of pairs whose swapped words the model takes for what they are."""
_KEYS = ["kind", "named", "separators", "part", "outcome"]


def describe(
    summary: pd.DataFrame,
    gates: pd.DataFrame,
    hypotheses: pd.DataFrame,
    languages: pd.DataFrame,
    parameters: ReportingParameters,
) -> str:
    """Write a few lines a model and language: does it count, is there anything to mediate, where.

    Args:
        summary: `mediation_summary` of all models.
        gates: `mediation_gates` of all models.
        hypotheses: `mediation_hypotheses` of all models.
        languages: the table of languages.
        parameters: labels of models.
    """
    guide = MediationGuide(parameters.model_labels, languages)
    outcomes, details = [], []
    whole = gates[gates["subset"] == "all"]
    for (model, language), own in whole.groupby(["model", "language"], sort=False):
        of_both = {"model": model, "language": language}
        rows, known, stated = (_keep(table, **of_both) for table in (summary, gates, hypotheses))
        name = f"{parameters.label(str(model))}, {guide.language(own)}"
        outcomes.append(f"  {name}: {sum_up(own, stated)}.")
        details += ["", name, *_skill_lines(own)]
        for kind in TOLD:
            details += _kind_lines(_keep(own, kind=kind), _keep(rows, subset="all"))
        known = _keep(known, subset=KNOWN, kind=TOLD[0])
        details += _kind_lines(known, _keep(rows, subset=KNOWN), ", words it knows")
        details += list_verdicts(stated)
    title = "Mediation: which activations carry the count of a list"
    return "\n".join([title, "", "In short", *outcomes, *details, "", _FOOTNOTE])


def _keep(table: pd.DataFrame, **wanted: object) -> pd.DataFrame:
    """Keep the rows of a table that have some values."""
    kept = np.ones(len(table), np.bool_)
    for column, value in wanted.items():
        kept &= (table[column] == value).to_numpy()
    return table[kept]


_FOOTNOTE = (
    "Intervals are over categories. A share is given only where the total effect exceeds 0, that "
    "of null swaps (not asked\nwhere one list is asked for two categories) and, where there are "
    "such pairs, that of the same lists under an\nirrelevant category, and the model counts better "
    "than one constant answer (not asked of the control). The control\ncopies a word: it shows "
    "that the patches work, and says nothing of counting."
)


def _skill_lines(gates: pd.DataFrame) -> Iterator[str]:
    known = gates.dropna(subset=["accuracy"]) if "accuracy" in gates else gates[:0]
    if known.empty:
        return
    for row in known.drop_duplicates(["named", "separators"]).to_dict("records"):
        interval = format_interval(row["accuracy_ci_low"], row["accuracy_ci_high"])
        better = row["accuracy_ci_low"] > row["best_constant"]
        layout = (NAMED[str(row["named"])] + SEPARATORS[str(row["separators"])]).removeprefix(", ")
        where = f" ({layout})" if layout else ""
        yield (
            f"  Counts are right in {format_score(row['accuracy'])} {interval}{where}, one "
            f"constant answer in {format_score(row['best_constant'])}: the model "
            f"{'counts better than that' if better else 'counts no better than that'}."
        )


def _kind_lines(gates: pd.DataFrame, summary: pd.DataFrame, subset: str = "") -> Iterator[str]:
    told = gates.drop_duplicates(_KEYS)
    # One reason for several outcomes is told behind the last of them.
    reasons = told[[*_KEYS[:-1], "gate", "remark"]]
    more = reasons.eq(reasons.shift(-1)).all(axis=1)
    for row, has_more in zip(told.itertuples(index=False), more, strict=True):
        own = _keep(summary, **{key: getattr(row, key) for key in _KEYS})
        layout = NAMED[str(row.named)] + SEPARATORS[str(row.separators)]
        part = "" if row.part == "all" else f", {row.part}"
        title = f"{KINDS[str(row.kind)]}{subset}{layout}{part}"
        outcome = "" if row.outcome == "log_odds" else f" on the {OUTCOMES[str(row.outcome)]}"
        yield (
            f"  {title[0].upper()}{title[1:]}: {describe_total(own)}{outcome}, {count_rows(own)}"
        )
        if row.gate == "open":
            yield from _share_lines(own)
            if remark := str(row.remark):
                yield f"    {remark[0].upper()}{remark[1:]}."
        elif not has_more:
            yield f"    No shares are given: {row.remark}."


def _share_lines(rows: pd.DataFrame) -> Iterator[str]:
    """Say in which of the patched layers each role carries at least half of the total effect."""
    cells = rows[(rows["effect"] == "denoising") & (rows["head"] < 0)]
    for component in dict.fromkeys(cells["component"]):
        own = cells[cells["component"] == component]
        said = [
            f"{role_label(role)} in {list_layers(layers)}"
            for role in ROLES
            if (layers := _carrying(own[own["role"] == role]))
        ]
        patched = sorted({int(layer) for layer in own["layer"]})
        yield (
            f"    {COMPONENTS[str(component)]}, layers {list_layers(patched)} patched: "
            + ("; ".join(said) if said else "no layer")
            + (" carry at least half of it." if said else " of a role carries half of it.")
        )


def _carrying(rows: pd.DataFrame) -> list[int]:
    """Give layers whose share is told from 0 and at least a half."""
    told = rows["p_adjusted"].to_numpy(np.float64) <= 0.05
    return sorted(int(layer) for layer in rows.loc[told & (rows["ratio"] >= HALF), "layer"])
