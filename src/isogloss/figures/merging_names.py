"""What the ways of merging and their baselines are called, and which of them a figure shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.errors import Refusal, suggest
from isogloss.figures.style import INK, SERIES_COLOURS, SERIES_MARKERS

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN, JOINT, MAJORITY = "own", "joint", "majority"
NEAREST = "nearest_source"
BASELINES = (OWN, JOINT, NEAREST, "best_source", "mean_source", "pivot", MAJORITY)
"""Methods that merge nothing, in the order of all figures."""
REFERENCE = "best_source-source_dev"
"""The best source that can be known without labels of the target."""
BASELINE_LABELS = {
    "own_sources": "mean of its own sources",
    NEAREST: "nearest source",
    REFERENCE: "best source (by own dev)",
    "mean_source": "mean of all sources",
    "pivot": "pivot's model",
    OWN: "own model",
    JOINT: "one model of all locales",
}
"""Baselines of `merge_comparisons`, in the order of all figures."""
_BASELINE_NAMES = {
    OWN: "own model",
    JOINT: "one model of all locales",
    "pivot": "pivot's model, zero-shot",
    NEAREST: "nearest source",
    "mean_source": "mean of sources",
    MAJORITY: "most frequent class",
}
_SELECTED = {
    "source_dev": "by own dev",
    "pivot_dev": "pivot dev",
    "target_dev": "target's dev labels",
    "test": "oracle: test labels",
}
_METHODS = {
    "linear": "merge",
    "task_arithmetic": "task arithmetic",
    "ties": "TIES",
    "ensemble_soft": "mean of probabilities",
    "ensemble_weighted": "weighted vote",
    "ensemble_majority": "majority vote",
}
_WEIGHTINGS = {
    "similarity": "similarity",
    "average": "average",
    "leave_one_out": "all others",
    "manual": "manual weights",
}
_LABELS_SEEN = {
    "target_dev": "target's dev labels",
    "target_train": "target's labels",
    "target_test": "oracle",
}
_ENSEMBLE = "ensemble"
_SETTINGS = ("normalisation", "features", "k", "temperature", "include_target", "lambda", "density")
_SIGNS = {"k": "k", "temperature": "T", "lambda": "λ", "density": "density"}
_BASELINE_STYLES: dict[str, tuple[str, str]] = {
    OWN: ("D", INK),
    JOINT: ("P", INK),
    NEAREST: ("v", "#6f6f6f"),
    "best_source": ("^", "#6f6f6f"),
    "mean_source": ("o", "#6f6f6f"),
    "pivot": ("s", "#6f6f6f"),
}

_SPARE_MARKERS = ("<", ">", "h", "p")
"""For further baselines of the same kind."""


def list_approaches(results: pd.DataFrame) -> pd.DataFrame:
    """List the approaches of a table, baselines first, with what to call them.

    Settings are named where approaches of the same kind differ in them, and labels of the target
    that an approach has seen.

    Args:
        results: recipe, method and, as far as they are known, settings, supervision and
            selected_on: rows of `merge_results` or `merge_weights`.

    Returns:
        Indexed by recipe: method, weighting, supervision, label.
    """
    columns = ["weighting", *_SETTINGS, "supervision", "selected_on"]
    table = results.reindex(columns=["recipe", "method", *columns])
    table["supervision"] = table["supervision"].astype(object).fillna("none")
    seen = table[table["supervision"] != "none"].drop_duplicates("recipe").set_index("recipe")
    own = table.drop_duplicates("recipe").set_index("recipe")
    own["supervision"] = seen["supervision"].reindex(own.index).fillna(own["supervision"])
    order = [_rank(str(method), place) for place, method in enumerate(own["method"])]
    own = own.iloc[sorted(range(len(own)), key=order.__getitem__)]
    kinds = own.apply(_name_kind, axis=1).astype(str) if len(own) else pd.Series(dtype=str)
    names = {
        str(recipe): text
        for _, group in own.groupby(kinds, sort=False)
        for recipe, text in _tell_apart(group, str(kinds[group.index[0]])).items()
    }
    own["label"] = [names[str(recipe)] for recipe in own.index]
    return own[["method", "weighting", "supervision", "label"]]


def choose_approaches(
    approaches: pd.DataFrame, recipes: Sequence[str] | None, most: int, *, merges_only: bool = False
) -> list[str]:
    """Choose which approaches a figure shows.

    Without a wish: the target's own model, one model of all locales if there is one, the nearest
    source or, where there is none, the best source by its own dev items, the mean of sources and
    the pivot; then linear merges, one of each weighting, and an ensemble; then one of each other
    method; then whatever there is, those that have seen labels of the target last.

    Args:
        approaches: of `list_approaches`.
        recipes: those wished for, all of which are shown; None for the choice above.
        most: how many to choose, at the most.
        merges_only: leave out baselines.

    Raises:
        Refusal: if a recipe is not there; names similar ones.
    """
    own = _candidates(approaches, merges_only=merges_only)
    if recipes is not None:
        unknown = [name for name in recipes if name not in own.index]
        if unknown:
            raise Refusal(
                f"There is no recipe {unknown[0]!r} to draw.{suggest(unknown[0], own.index)} "
                f"There are {', '.join(own.index) or 'none'}."
            )
        return [str(name) for name in own.index if name in set(recipes)]
    ranks = _priorities(own)
    chosen = set(sorted(own.index, key=lambda name: ranks[name])[:most])
    return [str(name) for name in own.index if name in chosen]


def name_left_out(
    approaches: pd.DataFrame, shown: Sequence[str], *, merges_only: bool = False
) -> list[str]:
    """Name the approaches that `choose_approaches` did not choose."""
    rest = _candidates(approaches, merges_only=merges_only).drop(list(shown))
    return [str(label) for label in rest["label"]]


_MERGE_COLOURS = (*SERIES_COLOURS, "#882255", "#999933", "#6A51A3", "#A6761D")
"""No two of the merges that a figure has room for look alike."""


def approach_styles(approaches: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Give every approach a colour and a marker: baselines hollow and grey, merges filled.

    Args:
        approaches: those shown, of `list_approaches`.
    """
    styles: dict[str, dict[str, Any]] = {}
    merges, spare = 0, list(_SPARE_MARKERS)
    for recipe, method in approaches["method"].items():
        if method in _BASELINE_STYLES:
            marker, colour = _BASELINE_STYLES[method]
            if any(style["marker"] == marker for style in styles.values()) and spare:
                marker = spare.pop(0)
            face = "white"
        else:
            colours, markers = len(_MERGE_COLOURS), len(SERIES_MARKERS)
            # The next round of colours has other markers.
            marker = SERIES_MARKERS[(merges + merges // len(SERIES_COLOURS)) % markers]
            colour = face = _MERGE_COLOURS[merges % colours]
            merges += 1
        styles[str(recipe)] = {"color": colour, "marker": marker, "markerfacecolor": face}
    return styles


def _candidates(approaches: pd.DataFrame, *, merges_only: bool) -> pd.DataFrame:
    """Leave out the majority, which is a level, and other baselines where they are not wanted."""
    excluded = BASELINES if merges_only else (MAJORITY,)
    return approaches[~approaches["method"].isin(excluded)]


def _rank(method: str, place: int) -> tuple[int, int]:
    known = [*BASELINES, *_METHODS]
    return (known.index(method) if method in known else len(known), place)


def _priorities(own: pd.DataFrame) -> dict[str, tuple[int, int]]:
    ranks: dict[str, tuple[int, int]] = {}
    seen: set[object] = set()
    # Both stand for what one source can do without labels of the target: the nearest is enough.
    reference = 3 if (own["method"] == NEAREST).any() else 0
    for place, row in enumerate(own.reset_index().to_dict("records")):
        method, labels = row["method"], row["supervision"] != "none"
        kind = (method, row["weighting"]) if method == "linear" else method
        kind = _ENSEMBLE if method.startswith(_ENSEMBLE) else kind
        if method == "best_source":
            rank = reference if row["recipe"] == REFERENCE else 5
        elif method in BASELINES:
            rank = 0
        elif labels or kind in seen:
            rank = 4 if labels else 3
        else:
            rank = 1 if method == "linear" or kind == _ENSEMBLE else 2
            seen.add(kind)
        ranks[str(row["recipe"])] = (rank, place)
    return ranks


def _name_kind(row: pd.Series[Any]) -> str:
    method = str(row["method"])
    if method == "best_source":
        chosen = _SELECTED.get(str(row["selected_on"]), str(row["selected_on"]))
        return f"best source ({chosen})"
    if method in _BASELINE_NAMES:
        return _BASELINE_NAMES[method]
    weighting = "" if pd.isna(row["weighting"]) else str(row["weighting"])
    name = ": ".join(
        part for part in (_METHODS.get(method, method), _WEIGHTINGS.get(weighting, weighting))
        if part
    )  # fmt: skip
    labels = _LABELS_SEEN.get(str(row["supervision"]))
    return f"{name} ({labels})" if labels else name


def _tell_apart(group: pd.DataFrame, kind: str) -> dict[str, str]:
    """Name the settings in which approaches of one kind differ; by recipe if that is not enough."""
    if len(group) == 1:
        return {str(group.index[0]): kind}
    varying = [name for name in _SETTINGS if group[name].astype(str).nunique() > 1]
    names = {
        str(recipe): ", ".join([kind, *(_write(name, row[name]) for name in varying)]).strip(", ")
        for recipe, row in zip(group.index, group.to_dict("records"), strict=True)
    }
    unique = len(set(names.values())) == len(names)
    return names if unique else {recipe: recipe for recipe in names}


def _write(name: str, value: object) -> str:
    if value is None or pd.isna(value) or value == "":  # type: ignore[call-overload]
        return f"no {name}"
    if name == "include_target":
        return "with own model" if value else "without own model"
    if name in _SIGNS and isinstance(value, (int, float)):
        return f"{_SIGNS[name]} {value:g}"
    return str(value)
