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
from isogloss.pipelines.reporting.mediation_verdicts import list_layers, list_verdicts

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
    lines = ["Mediation: which activations carry the count of a list"]
    whole = gates[gates["subset"] == "all"]
    for (model, language), own in whole.groupby(["model", "language"], sort=False):
        rows = summary[(summary["model"] == model) & (summary["language"] == language)]
        lines += ["", f"{parameters.label(str(model))}, {guide.language(own)}", *_skill_lines(own)]
        for kind in TOLD:
            lines += _kind_lines(own[own["kind"] == kind], rows[rows["subset"] == "all"])
        some = gates[(gates["subset"] == KNOWN) & (gates["kind"] == TOLD[0])]
        some = some[(some["model"] == model) & (some["language"] == language)]
        lines += _kind_lines(some, rows[rows["subset"] == KNOWN], ", words it knows")
        stated = (hypotheses["model"] == model) & (hypotheses["language"] == language)
        lines += list_verdicts(hypotheses[stated])
    return "\n".join([*lines, "", _FOOTNOTE])


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
    for row in gates.drop_duplicates(_KEYS).itertuples(index=False):
        own = summary[
            (summary["kind"] == row.kind)
            & (summary["named"] == row.named)
            & (summary["separators"] == row.separators)
            & (summary["part"] == row.part)
            & (summary["outcome"] == row.outcome)
        ]
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
        else:
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
