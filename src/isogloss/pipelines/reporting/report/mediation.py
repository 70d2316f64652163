"""The section on mediation: which activations of a model carry a count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.figures.families import guide_languages
from isogloss.figures.formats import format_interval, format_score
from isogloss.pipelines.reporting.report.sections import (
    FigurePlan,
    Readers,
    ShownTable,
    StudyPlan,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PAGE = "methods/mediation.md"
_GATE = f"{_PAGE}#the-gate"
_HYPOTHESES = f"{_PAGE}#hypotheses-stated-beforehand"
# Swaps that are controls themselves are not judged by the gate.
_TOLD = {"count_swap": "count", "control": "control: naming one item", "relocation": "moved word"}


def list_gates(found: Mapping[str, Any], readers: Readers) -> Iterator[ShownTable]:
    """List what may be said of each kind of swap, and why not more.

    Args:
        found: name in the catalog -> table.
        readers: what models and languages are called.
    """
    gates = found.get("mediation_gates")
    if gates is None or gates.empty:
        return
    guide = guide_languages(readers["languages"], gates["language"])
    rows = [
        [
            readers["parameters"].label(str(row["model"])),
            guide.name(str(row["language"])),
            _TOLD[str(row["kind"])],
            str(row["outcome"]).replace("_", " "),
            f"{int(row['n_pairs'])} pairs of {int(row['n_categories'])} categories",
            f"{format_score(row['total'], 3)} "
            f"{format_interval(row['total_ci_low'], row['total_ci_high'], 3)}".strip(),
            str(row["gate"]),
            str(row["remark"]) or "–",
        ]
        for row in gates.to_dict("records")
        if row["kind"] in _TOLD and row["part"] == "all"
    ]
    yield {
        "title": "Total effects, and whether there is anything to mediate",
        "columns": ["model", "language", "swap", "outcome", "n", "total effect", "gate", "why"],
        "rows": rows,
        "source": "mediation_gates",
        "formula": _GATE,
    }


STUDY = StudyPlan(
    name="mediation",
    title="Mediation",
    question="Which activations carry the count of a list, where there is a count to carry?",
    formula=_PAGE,
    scored=("mediation",),
    figures=(
        FigurePlan(
            "{model}.mediation_figures",
            ("mediation_summary", "mediation_hypotheses"),
            _HYPOTHESES,
            parts=("count_swap_layers", "control_layers"),
        ),
        FigurePlan("{model}.probe_figures", ("probes",), _PAGE),
    ),
    tables=("mediation_gates", "mediation_summary"),
    text="mediation_description",
    tabulate=list_gates,
)
