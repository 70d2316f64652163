"""What goes with alignment, in plain text, rendered from rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.figures.cross_names import name_covariates, name_outcome, say_result
from isogloss.figures.formats import format_range, name_layers
from isogloss.figures.metrics import metric_of
from isogloss.scoreboard_columns import STUDIES

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import CrossStudyParameters, ReportingParameters

    Row = Mapping[Hashable, Any]

ASSOCIATED = "associated"
_LEVELS = {2: "All models together", 3: "Item by item"}


def describe(
    cross_study: pd.DataFrame,
    predictor: pd.DataFrame,
    languages: pd.DataFrame,
    reporting: ReportingParameters,
    parameters: CrossStudyParameters,
) -> str:
    """Write a line a test, or why there is none, model by model.

    Args:
        cross_study: the table of that name.
        predictor: `alignment_predictor` of all models.
        languages: language, name.
        reporting: labels of models.
        parameters: of the analysis.
    """
    names = dict(zip(languages["language"], languages["name"], strict=True))
    lines = ["Alignment beside the other studies", *_explain_predictor(predictor, names)]
    if cross_study.empty:
        return "\n".join([*lines, "", "No other study has an outcome in these languages."])
    within = cross_study[cross_study["level"] == 1]
    for model, own in within.groupby("model", sort=False):
        lines += ["", reporting.label(str(model))]
        found = own[(own["covariates"] == "") & (own["verdict"] == ASSOCIATED)]
        associated = set(found["outcome_metric"] + found["outcome"])
        for row in own.sort_values("outcome", key=_place, kind="stable").to_dict("records"):
            # What becomes of an association with covariates; without one there is nothing to hold.
            holds = row["gate"] == "open" and row["outcome_metric"] + row["outcome"] in associated
            if not row["covariates"] or holds:
                lines.append(f"  {_sentence(row)}")
    for level, heading in _LEVELS.items():
        own = cross_study[cross_study["level"] == level]
        if len(own):
            lines += ["", heading]
        for row in own.to_dict("records"):
            label = f"{reporting.label(row['model'])}, " if row["model"] else ""
            lines.append(f"  {label}{_sentence(row)}")
    return "\n".join([*lines, "", *_footnotes(cross_study, parameters)])


def _explain_predictor(predictor: pd.DataFrame, names: Mapping[str, str]) -> Iterator[str]:
    for name, own in predictor.groupby("predictor", sort=False):
        layers = sorted(
            name_layers(int(first), int(last))
            for first, last in own[["layer_first", "layer_last"]].drop_duplicates().to_numpy()
        )
        pivot = str(own["pivot"].iloc[0])
        yield (
            f"  alignment: {metric_of(str(name)).label} with {names.get(pivot, pivot)}, mean over "
            f"{' or '.join(layers)}, {format_range(sorted(set(own['n'])))} sentences"
        )


def _sentence(row: Row) -> str:
    given = name_covariates(row)
    held = f", given {given}" if given and row["level"] == 1 else ""
    kind = "" if row["confirmatory"] else " (exploratory)"
    return f"{name_outcome(row)}{held}{kind}: {say_result(row)}"


def _place(outcomes: pd.Series[str]) -> pd.Series[int]:
    return outcomes.map(STUDIES.index)


def _footnotes(cross_study: pd.DataFrame, parameters: CrossStudyParameters) -> Iterator[str]:
    yield (
        "Amount of training text and quality of translations lie behind both sides: an association "
        "says nothing about a cause."
    )
    levels = set(cross_study.loc[cross_study["gate"] == "open", "level"])
    if levels:
        yield (
            f"Brackets: {100 * parameters.confidence:g}% intervals. p: alone, and for all tests of "
            "its family; from permutations of the labels of languages."
        )
    if 2 in levels:
        yield (
            "β: what a standard deviation of alignment goes with, in accuracies as log odds above "
            "chance, beside what is held constant."
        )
    if 3 in levels:
        yield (
            "Slope: share of right answers of items aligned in all layers, less that of items "
            "aligned in none; p by Student's t, errors clustered. Alignment is that of the "
            "questions' own text: a poor translation lowers both sides."
        )
