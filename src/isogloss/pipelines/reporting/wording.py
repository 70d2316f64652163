"""Sentences and short tables in plain text, rendered from rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.figures.formats import (
    format_chance,
    format_interval,
    format_range,
    format_score,
    name_layers,
    pooling_label,
)
from isogloss.figures.levels import above_levels, interval_name
from isogloss.figures.metrics import is_mexa, metric_of
from isogloss.figures.summaries import choose_pooling
from isogloss.figures.tables import sentence_counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.pipelines.reporting.parameters import ReportingParameters

_TIES_NAMED = 8


def describe(
    overview: pd.DataFrame,
    ranking: pd.DataFrame,
    languages: pd.DataFrame,
    corpus: str,
    parameters: ReportingParameters,
) -> str:
    """Write what the alignment of all models comes to.

    Nothing is said to be better than another unless the interval of their paired difference
    excludes 0; what cannot be told apart is listed as tied.

    Args:
        overview: `alignment_overview`.
        ranking: `pivot_overview`.
        languages: the table of languages.
        corpus: name of the source of the sentences.
        parameters: of the room.
    """
    names = dict(zip(languages["language"], languages["name"], strict=True))
    pooling = choose_pooling(parameters.pooling, ranking["pooling"])
    rows = ranking[ranking["pooling"] == pooling]
    lines = [_heading(rows, pooling, names, parameters.describe_corpus(corpus))]
    for model in pd.unique(rows["model"]):
        own = rows[rows["model"] == model].sort_values("rank")
        layers = overview[(overview["model"] == model) & (overview["pooling"] == pooling)]
        lines += ["", parameters.label(str(model)), *_layer_lines(layers, own), *_ends(own, names)]
    return "\n".join([*lines, "", _footnote(rows)])


def _heading(rows: pd.DataFrame, pooling: str, names: Mapping[str, str], sentences: str) -> str:
    counts = sentence_counts(rows)
    metrics = [metric_of(str(name)).label for name in pd.unique(rows["metric"])]
    pivot = str(rows["pivot"].iloc[0])
    sentences = sentences.replace("{n}", format_range(counts))
    title = f"Alignment with {names.get(pivot, pivot)}"
    return (
        f"{title} ({' and '.join(metrics)}, {pooling_label(pooling)})\n"
        f"{sentences}; {_pool(rows)}; "
        "languages whose paired interval includes 0 are listed as tied"
    )


def _pool(rows: pd.DataFrame) -> str:
    """Name the candidates of a query and what scores are to be compared with."""
    pools = sorted({int(size) for size in rows["n_pool"]})
    chance = rows["chance"].dropna().unique()
    known = f", chance {' or '.join(map(format_chance, sorted(chance)))}" if len(chance) else ""
    return f"pool {' or '.join(map(str, pools))}{known}"


def _layer_lines(layers: pd.DataFrame, own: pd.DataFrame) -> list[str]:
    found = layers[layers["metric"] == own["metric"].iloc[0]].sort_values("layer")
    best = found[found["selected"]]
    if best.empty:
        return []
    row = best.iloc[0]
    tied = found.loc[found["tied_with_selected"] & ~found["selected"], "layer"].astype(int)
    interval = format_interval(float(row["held_out_ci_low"]), float(row["held_out_ci_high"]))
    ties = f"; tied with it: {join_layers(sorted(tied))}" if len(tied) else ""
    return [
        f"  best layer   {int(row['layer'])} of {int(row['layer_first'])} to "
        f"{int(row['layer_last'])}: "
        f"{format_score(float(row['held_out_score']))} {interval} mean of "
        f"{int(row['pairs'])} pairs, n = {int(row['n']) // 2:,} of {int(row['n']):,} "
        f"(chosen on every other sentence, measured on the rest){ties}"
    ]


def _ends(own: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Name the best and the worst language, or say that nothing can be told apart."""
    some = bool(above_levels(own).any())
    nothing = (
        "  no language can be told from chance"
        if own["above_random_pairing"].any()
        else f"  no language can be told from a random pairing of the sentences{_name_test(own)}"
    )
    none = [] if some else [nothing]
    if len(own) > 1 and own["tied_with_best"].all() and own["tied_with_worst"].all():
        return [*_tied_lines(own, names), *none]
    sides = [("best", own.iloc[0], own["tied_with_best"])]
    if len(own) > 1:
        sides.append(("worst", own.iloc[-1], own["tied_with_worst"]))
    lines = []
    for side, row, tied in sides:
        others = own.loc[tied & (own["language"] != row["language"]), "language"]
        ties = f"; tied with it: {_name_ties(list(others), len(own), names)}" if len(others) else ""
        random = _against_levels(row) if some else ""
        lines.append(f"  {side:<12} {_name_score(row, names)}, {_basis(row)}{random}{ties}")
    return [*lines, *none]


def _against_levels(row: pd.Series) -> str:
    if row["above_random_pairing"]:
        return "" if above_levels(row.to_frame().T).all() else "; not told from chance"
    return f"; not told from a random pairing{_name_test(row.to_frame().T)}"


def _name_test(rows: pd.DataFrame) -> str:
    """Say that it is MEXA that is tested, where another metric is shown."""
    shown = [str(name) for name in rows["metric"]]
    return "" if all(map(is_mexa, shown)) else " (tested by MEXA)"


def _tied_lines(own: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    scores = [format_score(float(own["score"].iloc[place])) for place in (-1, 0)]
    lines = [
        "  no language can be told from the best or from the worst: scores "
        f"{' to '.join(scores)}, {_basis(own.iloc[0])}"
    ]
    above = own[above_levels(own)]
    if len(above):
        found = [_name_score(row, names) for _, row in above.head(_TIES_NAMED).iterrows()]
        more = f" and {len(above) - len(found)} more" if len(above) > len(found) else ""
        test = "" if is_mexa(str(own["metric"].iloc[0])) else " of MEXA"
        each = f"permutation test{test}, all {len(own)} languages at once"
        lines.append(f"  above chance and a random pairing ({each}): {', '.join(found)}{more}")
    return lines


def _name_score(row: pd.Series, names: Mapping[str, str]) -> str:
    code = str(row["language"])
    interval = format_interval(float(row["ci_low"]), float(row["ci_high"]))
    return f"{names.get(code, code)} {format_score(float(row['score']))} {interval}".rstrip()


def _basis(row: pd.Series) -> str:
    layers = name_layers(int(row["layer_first"]), int(row["layer_last"]))
    return f"{layers}, n = {int(row['n']):,}"


def _name_ties(tied: Sequence[str], count: int, names: Mapping[str, str]) -> str:
    if len(tied) == count - 1 > 1:
        return "all other languages"
    return _join([names.get(code, code) for code in tied])


def _join(names: Sequence[str]) -> str:
    if len(names) <= _TIES_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_TIES_NAMED])} and {len(names) - _TIES_NAMED} more"


def join_layers(layers: Sequence[int]) -> str:
    """List layers in ascending order, neighbours as a range: `3, 5-7`."""
    found: list[list[int]] = []
    for layer in layers:
        if found and found[-1][-1] == layer - 1:
            found[-1].append(layer)
        else:
            found.append([layer])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in found)


def _footnote(rows: pd.DataFrame) -> str:
    samples = int(rows["samples"].max())
    drawn = f" Scores are means of {samples} samples." if samples > 1 else ""
    return (
        f"Brackets: {interval_name(rows)}s over sentences. Paired intervals hold for all pairs of "
        f"languages (or layers) of a model at once.{drawn}"
    )
