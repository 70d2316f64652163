"""Sentences and short tables in plain text, rendered from rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.figures.metrics import metric_of
from isogloss.figures.style import (
    format_chance,
    format_interval,
    format_range,
    format_score,
    order_poolings,
    pooling_label,
)
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
    poolings = order_poolings(list(pd.unique(ranking["pooling"])))
    pooling = parameters.pooling if parameters.pooling in poolings else poolings[0]
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
    chance = format_chance(float(rows["chance"].iloc[0]))
    title = f"Alignment with {names.get(pivot, pivot)}"
    return (
        f"{title} ({' and '.join(metrics)}, {pooling_label(pooling)})\n"
        f"{sentences}; pool {_pool(rows)}, chance {chance}; "
        "languages whose paired interval includes 0 are listed as tied"
    )


def _pool(rows: pd.DataFrame) -> str:
    pools = {
        str(name).removeprefix("mexa_at_") if str(name).startswith("mexa_at_") else str(int(n))
        for name, n in zip(rows["metric"], rows["n"], strict=True)
    }
    return " or ".join(sorted(pools))


def _layer_lines(layers: pd.DataFrame, own: pd.DataFrame) -> list[str]:
    found = layers[layers["metric"] == own["metric"].iloc[0]].sort_values("layer")
    best = found[found["selected"]]
    if best.empty:
        return []
    row = best.iloc[0]
    tied = found.loc[found["tied_with_selected"] & ~found["selected"], "layer"].astype(int)
    interval = format_interval(float(row["held_out_ci_low"]), float(row["held_out_ci_high"]))
    ties = f"; tied with it: {_join_layers(sorted(tied))}" if len(tied) else ""
    return [
        f"  best layer   {int(row['layer'])} of 0 to {int(found['layer'].max())}: "
        f"{format_score(float(row['held_out_score']))} {interval} mean of "
        f"{int(row['pairs'])} pairs, n = {int(row['n']) // 2} of {int(row['n'])} "
        f"(chosen on odd, measured on even sentences){ties}"
    ]


def _ends(own: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    lines = [_language_line("best", own.iloc[0], own[own["tied_with_best"]], names)]
    if len(own) > 1:
        lines.append(_language_line("worst", own.iloc[-1], own[own["tied_with_worst"]], names))
        if own["tied_with_best"].all() and own["tied_with_worst"].all():
            lines.append("  no language can be told from the best or from the worst")
    return lines


def _language_line(side: str, row: pd.Series, tied: pd.DataFrame, names: Mapping[str, str]) -> str:
    code = str(row["language"])
    others = [names.get(str(c), str(c)) for c in tied["language"] if c != code]
    ties = f"; tied with it: {_join(others)}" if others else ""
    chance = "" if bool(row["above_chance"]) else "; interval includes chance"
    interval = format_interval(float(row["ci_low"]), float(row["ci_high"]))
    layers = f"layers {int(row['layer_first'])} to {int(row['layer_last'])}"
    return (
        f"  {side:<12} {names.get(code, code)} {format_score(float(row['score']))} {interval}, "
        f"{layers}, n = {int(row['n'])}{chance}{ties}"
    )


def _join(names: Sequence[str]) -> str:
    if len(names) <= _TIES_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_TIES_NAMED])} and {len(names) - _TIES_NAMED} more"


def _join_layers(layers: Sequence[int]) -> str:
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
        "Brackets: 95% intervals over sentences. Paired intervals hold for all pairs of languages "
        f"(or layers) of a model at once.{drawn}"
    )
