"""Nodes of the reporting room that draw and describe mediation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from isogloss import figures
from isogloss.figures import MediationGuide, View
from isogloss.pipelines.reporting import mediation_wording
from isogloss.pipelines.reporting.parameters import ReportingParameters

Drawings = dict[str, Callable[[], Figure]]
MAPPED = ("count_swap", "control", "category_swap")
"""Kinds of pairs that have maps; those of the others are what these are compared with."""
MAPPED_EFFECTS = ("denoising", "noising")
RELOCATION = "relocation"
LAYOUT = ("named", "separators")
"""Columns that say how lists are put before a model."""


def draw_mediation(
    mediation_summary: pd.DataFrame,
    mediation_hypotheses: pd.DataFrame,
    languages: pd.DataFrame,
    parameters: ReportingParameters,
) -> Drawings:
    """Draw the effects of patches on one model, a figure a language, kind of pairs and view.

    Args:
        mediation_summary: of the model.
        mediation_hypotheses: of the model.
        languages: the table of languages.
        parameters: of the room.

    Returns:
        `<language>_<kind>_<effect>_map`, `<language>_<kind>_<effect>_heads`,
        `<language>_<kind>_layers`,
        `<language>_running_count`, with endings such as `_last`, `_line` and `_confirmation`
        where they show those pairs, `<language>_hypotheses` -> what draws the figure: one is in
        memory at a time.
    """
    guide = MediationGuide(parameters.model_labels, languages)
    stated = {
        f"{language}_hypotheses": partial(
            figures.draw_hypotheses, mediation_hypotheses, guide, str(language)
        )
        for language in dict.fromkeys(mediation_hypotheses["language"])
    }
    return {**dict(_list_drawings(mediation_summary, guide)), **stated}


def _list_drawings(
    summary: pd.DataFrame, guide: MediationGuide
) -> Iterator[tuple[str, Callable[[], Figure]]]:
    groups = ["language", "kind", *LAYOUT, "part"]
    for language, kind, *which in summary[groups].drop_duplicates().itertuples(index=False):
        view = View(language, kind, **dict(zip((*LAYOUT, "part"), which, strict=True)))
        ending = _ending(*which)
        name = f"{language}_{kind}"
        if kind in MAPPED:
            for effect in MAPPED_EFFECTS:
                own = replace(view, effect=effect)
                drawn = partial(figures.draw_mediation_map, summary, guide, own)
                yield f"{name}_{effect}_map{ending}", drawn
                if (own.choose(summary)["head"] >= 0).any():
                    drawn = partial(figures.draw_head_map, summary, guide, own)
                    yield f"{name}_{effect}_heads{ending}", drawn
            drawn = partial(figures.draw_layer_importance, summary, guide, view)
            yield f"{name}_layers{ending}", drawn
        if kind == RELOCATION and "expected_count" in _outcomes(summary, view):
            own = replace(view, effect="noising")
            drawn = partial(figures.draw_running_count, summary, guide, own)
            yield f"{language}_running_count{ending}", drawn


def _ending(*which: str) -> str:
    """Give the end of a name: what is most often done has none."""
    return "".join(f"_{one}" for one in which if one not in ("first", "usual", "all"))


def _outcomes(summary: pd.DataFrame, view: View) -> set[str]:
    rows = summary[(summary["language"] == view.language) & (summary["kind"] == view.kind)]
    return set(rows["outcome"])


def draw_probes(
    probes: pd.DataFrame, languages: pd.DataFrame, parameters: ReportingParameters
) -> Drawings:
    """Draw how well the running count is read from one model, a figure a language.

    Returns:
        `<language>`, with `_last` where the category is named behind the list and `_line`, `_blank`
        or `_semicolon` where items are so separated -> what draws it.
    """
    guide = MediationGuide(parameters.model_labels, languages)
    found = probes[["language", *LAYOUT]].drop_duplicates()
    return {
        language + _ending(named, separators): partial(
            figures.draw_probes,
            probes,
            guide,
            language=language,
            named=named,
            separators=separators,
        )
        for language, named, separators in found.itertuples(index=False)
    }


def describe_mediation(
    mediation_summary: pd.DataFrame,
    mediation_gates: pd.DataFrame,
    mediation_hypotheses: pd.DataFrame,
    languages: pd.DataFrame,
    parameters: ReportingParameters,
) -> str:
    """Write whether models count, and where the count or the control goes; see `mediation_wording`.

    Args:
        mediation_summary: of all models.
        mediation_gates: of all models.
        mediation_hypotheses: of all models.
        languages: the table of languages.
        parameters: of the room.
    """
    return mediation_wording.describe(
        mediation_summary, mediation_gates, mediation_hypotheses, languages, parameters
    )
