"""Alignment with the pivot against the scores in tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.transforms import Bbox

from isogloss.figures.correlation_panels import (
    DEFAULT_CHOICE,
    AlignmentChoice,
    Scatter,
    join_outcomes,
)
from isogloss.figures.correlation_tables import complete_correlations
from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.formats import format_range, name_cut, name_layers, pooling_label
from isogloss.figures.labels import Point, label_points, tell_omitted
from isogloss.figures.levels import Level, interval_name, level_of
from isogloss.figures.metrics import Metric, metric_of
from isogloss.figures.rows import draw_upright_level
from isogloss.figures.scatter import draw_fit, head_panel
from isogloss.figures.style import (
    TEXT_SIZE,
    draw_chance,
    draw_message,
    new_figure,
    set_caption,
    set_score_limits,
    set_title,
    settle,
    span_scores,
    style_axes,
)
from isogloss.figures.summaries import select_summary
from isogloss.figures.tables import sentence_counts
from isogloss.figures.task_captions import (
    HOLLOW,
    explain_chance,
    explain_held_out,
    explain_measures,
    interval_units,
)
from isogloss.figures.task_names import measure_of, outcome_label, task_label
from isogloss.figures.task_panels import name_formulations, say_instead
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANEL_HEIGHT = 3.4
_MANY = 40
"""Points beyond which they are drawn smaller."""
_LINE = 156
"""Characters that the lines above all panels of a row may have together."""


def draw_alignment_against_scores(
    alignment_summary: pd.DataFrame,
    task_scores: pd.DataFrame,
    correlations: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str = "eng",
    alignment: AlignmentChoice = DEFAULT_CHOICE,
) -> Figure:
    """Draw alignment with the pivot against task scores, a row of panels a model, a column a task.

    Of translation the scores into the pivot are drawn, by the measure that is selected; of several
    COMET goes before chrF++. A line of least squares is drawn where `correlations` has no
    caution; otherwise the panel says why there is none. r, p and n are those of `correlations`.

    Args:
        alignment_summary: the table of that name, all models.
        task_scores: the table of that name, all models.
        correlations: the table of that name; its rows with sample −1.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: the language that the others are compared with.
        alignment: pooling, metric and aggregation of layers to show.
    """
    pairs, name, shown = select_summary(alignment_summary, *alignment)
    keys = {"metric": name, "pooling": shown, "aggregation": alignment.aggregation}
    scatters = join_outcomes(pairs, task_scores, complete_correlations(correlations), keys, pivot)
    guide = guide_languages(languages, _languages(scatters, pivot))
    title = f"alignment with {guide.name(pivot)} and task scores, {pooling_label(shown)}"
    models = list(dict.fromkeys(labels.get(own.model, own.model) for own in scatters))
    title = f"{models[0]}: {title}" if len(models) == 1 else title[0].upper() + title[1:]
    if not any(len(own.rows) for own in scatters):
        return say_instead(title, "No language has both an alignment and a score.")
    pairs = pairs[pairs["model"].isin({own.model for own in scatters})]
    figure, axes = _lay_out(scatters)
    width = _LINE * len(models) // len(scatters)
    floors = [level_of(pairs[pairs["model"] == own.model]) for own in scatters]
    for ax, own, floor in zip(axes, scatters, floors, strict=True):
        model = labels.get(own.model, own.model)
        _head(ax, own, guide, pivot, model if len(models) > 1 else "", width)
        _draw_panel(ax, own, guide, pivot)
        if len(own.rows):
            draw_upright_level(ax, floor.value)
    _fit_axes(axes, scatters, metric_of(name), guide.name(pivot))
    caption = _caption(pairs, scatters, keys, guide.name(pivot))
    set_title(figure, title)
    set_caption(figure, caption)
    settle(figure)
    panels = zip(axes, scatters, floors, strict=True)
    omitted = sum(_label_panel(ax, own, guide, floor) for ax, own, floor in panels)
    tell_omitted(figure, caption, omitted, sum(len(own.rows) for own in scatters))
    return figure


def _languages(scatters: Sequence[Scatter], pivot: str) -> list[str]:
    return [pivot, *(str(code) for own in scatters for code in own.rows["language"])]


def _lay_out(scatters: Sequence[Scatter]) -> tuple[Figure, list[Axes]]:
    """Make a row of axes a model; they come back by task, then by model, as the scatters do."""
    models = len({own.model for own in scatters})
    tasks = len(scatters) // models
    figure, axes = new_figure(
        1.1 + _PANEL_HEIGHT * models, models, tasks, sharey="col", sharex=True
    )
    for ax in axes.flat:
        style_axes(ax, grid="both")
        ax.tick_params(labelbottom=True)
    return figure, list(axes.T.flat)


def _draw_panel(ax: Axes, own: Scatter, guide: LanguageGuide, pivot: str) -> None:
    if own.rows.empty:
        name = guide.name(pivot)
        draw_message(ax, f"No language other than {name} has both a score and an alignment.", 34)
        return
    size, bars = (6.0, 0.3) if len(own.rows) <= _MANY else (4.0, 0.12)
    for row in named_rows(own.rows):
        style: dict[str, Any] = {"color": guide.colour(row.language), "linewidth": 1, "alpha": bars}
        ax.hlines(row.score, row.alignment_low, row.alignment_high, **style)
        ax.vlines(row.alignment, row.ci_low, row.ci_high, **style)
        colour = guide.colour(row.language)
        ax.plot(
            [row.alignment], [row.score], marker=guide.marker(row.language), markersize=size,
            linestyle="none", color=colour, markerfacecolor=colour if row.told else "white",
            alpha=1 if row.told else 0.7, label=row.language, zorder=3,
        )  # fmt: skip
    for level in pd.unique(own.rows["chance"].dropna()):
        draw_chance(ax, float(level))
    if own.has_fit:
        draw_fit(ax, own.rows["alignment"], own.rows["score"])


def _head(ax: Axes, own: Scatter, guide: LanguageGuide, pivot: str, model: str, width: int) -> None:
    """Write model and task above a panel, and below them the correlation in smaller letters.

    Args:
        ax: the axes.
        own: what is drawn.
        guide: names of the languages.
        pivot: the language that the others are compared with.
        model: what to call it; empty if it stands in the title of the figure.
        width: of the lines below, in characters.
    """
    direction = str(own.rows["direction"].iloc[0]) if len(own.rows) else ""
    task = outcome_label(own.task, direction, guide.short_name(pivot))
    verdict = own.verdict() if len(own.rows) else ""
    head_panel(ax, f"{model}\n{task}".strip(), verdict, width)


def _fit_axes(
    axes: Sequence[Axes], scatters: Sequence[Scatter], measure: Metric, pivot: str
) -> None:
    """Show the natural range of alignment and scores, and name them."""
    drawn = [ax for ax, own in zip(axes, scatters, strict=True) if len(own.rows)]
    spans = [bound for ax in drawn for bound in (ax.dataLim.x0, ax.dataLim.x1)]
    low, high = span_scores(measure.limits, spans)
    margin = 0.03 * (high - low)
    for ax, own in zip(axes, scatters, strict=True):
        if own.rows.empty:
            continue
        first = own.rows.iloc[0]
        score = measure_of(str(first["metric"]), str(first["signature"]))
        end = set_score_limits(ax, score.limits, cut=True)
        ax.set_xlim(low - margin, high + margin)
        ax.set_xlabel(f"{measure.label} with {pivot}", fontsize=TEXT_SIZE)
        label = f"{score.label}{name_cut(end)}\n{name_formulations(own.rows)}"
        ax.set_ylabel(label.strip(), fontsize=TEXT_SIZE)


def _label_panel(ax: Axes, own: Scatter, guide: LanguageGuide, floor: Level) -> int:
    """Write the codes of the languages beside their points, and count those without room."""
    rows = own.rows.sort_values("score", ascending=False, kind="stable")
    points: list[Point] = [
        (row.alignment, row.score, row.language, guide.text_colour(row.language))
        for row in named_rows(rows)
    ]
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    lines = [Bbox.from_extents(left, level, right, level) for level in pd.unique(rows["chance"])]
    lines.append(Bbox.from_extents(floor.value, low, floor.value, high))
    for row in named_rows(rows):
        lines.append(Bbox.from_extents(row.alignment_low, row.score, row.alignment_high, row.score))
        lines.append(Bbox.from_extents(row.alignment, row.ci_low, row.alignment, row.ci_high))
    return label_points(ax, points, [line for line in lines if np.isfinite(line.extents).all()])


def _caption(
    pairs: pd.DataFrame, scatters: Sequence[Scatter], keys: Mapping[str, object], pivot: str
) -> list[str]:
    measure = metric_of(str(keys["metric"]))
    rows = pd.concat([own.rows for own in scatters])
    layers = {
        name_layers(int(first), int(last))
        for first, last in pairs[["layer_first", "layer_last"]].drop_duplicates().to_numpy()
    }
    return [
        f"A point a language other than {pivot}; colours and markers are families",
        f"{measure.label}: {measure.meaning}; {keys['aggregation']} over "
        f"{' or '.join(sorted(layers))}, {format_range(sentence_counts(pairs))} sentences",
        explain_measures(rows),
        f"Bars: {interval_name(pairs)} of each score, over {interval_units(rows, 'sentences')}",
        level_of(pairs).caption_of_several().replace("Dotted", "Dotted, upright"),
        explain_chance(rows).replace("Dotted", "Dotted, across"),
        HOLLOW if not rows["told"].all() else "",
        "Pearson's r over n languages; adjusted: p for the number of tests, as in correlations",
        "Line: least squares; none where something forbids to call r a finding, as is said above "
        "it: too few languages, scores at chance, or text that both axes share",
        explain_held_out(rows),
        *_overlaps(rows),
        "Amount of training text and quality of the translations lie behind both axes: an "
        "association is not an effect",
    ]


def _overlaps(rows: pd.DataFrame) -> list[str]:
    """Say how much text the two axes share, task by task."""
    shares = rows.groupby("task", sort=False)["text_overlap"].max()
    return [
        f"{100 * share:.0f}% of the sentences of the alignment stand in the texts of "
        f"{task_label(str(task))}: a poor translation of a language lowers both"
        for task, share in shares.items()
        if share > 0
    ]
