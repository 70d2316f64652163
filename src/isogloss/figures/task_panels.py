"""Panels of languages: one task, measure and direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from isogloss.figures.formats import format_range
from isogloss.figures.style import draw_message, new_figure, set_title, settle
from isogloss.figures.tables import sentence_counts
from isogloss.figures.task_names import (
    DIRECTION_ORDER,
    HELD_OUT,
    formulation_label,
    measure_of,
    order_tasks,
    outcome_label,
)
from isogloss.figures.task_tables import named_rows, rank_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from isogloss.figures.metrics import Metric

_MEASURES = ("chrf", "bleu", "comet")


@dataclass(frozen=True)
class Panel:
    """Scores that share an axis.

    Attributes:
        task: as in `task_scores`.
        data: name of the corpus, empty where the task has only one.
        metric: as in `task_scores`.
        direction: as there.
        rows: of `task_tables.select_scores`.
    """

    task: str
    data: str
    metric: str
    direction: str
    rows: pd.DataFrame

    @property
    def measure(self) -> Metric:
        """How the scores are written and read."""
        return measure_of(self.metric, str(self.rows["signature"].iloc[0]))

    @property
    def digits(self) -> int:
        """How many digits after the point are written."""
        return 1 if self.measure.highest == 100 else 2

    def title(self, pivot: str) -> str:
        """Name the task, its direction and, of several corpora, this one.

        Args:
            pivot: name of the pivot language.
        """
        name = outcome_label(self.task, self.direction, pivot)
        return f"{name}: {self.data}" if self.data else name

    def axis_label(self) -> str:
        """Name the measure, and below it how was asked and how many items there are."""
        below = [name_formulations(self.rows), count_items(self.rows)]
        return "\n".join([self.measure.label, "; ".join(part for part in below if part)]).strip()


def split_panels(rows: pd.DataFrame) -> list[Panel]:
    """Split selected scores into panels: by task, then measure, then direction.

    Args:
        rows: of `task_tables.select_scores`.
    """
    tasks = order_tasks(rows["task"])
    keys = ["task", "data", "metric", "direction"]
    corpora = rows[["task", "data"]].drop_duplicates()["task"].value_counts().to_dict()
    panels = [
        Panel(str(task), str(data) if corpora[task] > 1 else "", str(metric), str(direction), own)
        for (task, data, metric, direction), own in rows.groupby(keys, sort=False)
    ]
    return sorted(
        panels,
        key=lambda panel: (
            tasks.index(panel.task),
            panel.data,
            rank_name(panel.metric, _MEASURES),
            rank_name(panel.direction, DIRECTION_ORDER),
        ),
    )


def name_formulations(rows: pd.DataFrame) -> str:
    """Name how items were asked and scored; empty where the table does not say."""
    found = rows[["formulation", "normalisation"]].drop_duplicates()
    names = [
        formulation_label(str(formulation), str(normalisation))
        for formulation, normalisation in named_rows(found)
    ]
    return " or ".join(name for name in names if name)


def count_items(rows: pd.DataFrame) -> str:
    """Write how many items or sentences scores rest on: `n = 900`; empty where unknown.

    Of items that are held out from the choice of how to ask it says so: `n = 718 held out`.
    """
    if rows["n"].isna().all():
        return ""
    held_out = " held out" if (rows["subset"] == HELD_OUT).all() else ""
    return f"n = {format_range(sentence_counts(rows))}{held_out}"


def highest_rate(rows: pd.DataFrame, rate: str, names: Mapping[str, str]) -> str:
    """Write where a rate is highest: `up to 12% (Tamil)`; empty if it is 0 everywhere or unknown.

    Args:
        rows: with the columns language and rate.
        rate: name of the column.
        names: language -> its name.
    """
    known = rows.dropna(subset=[rate])
    if known.empty or not known[rate].max() > 0:
        return ""
    worst = known.sort_values(rate, ascending=False, kind="stable").iloc[0]
    share = f"{100 * worst[rate]:.1f}".rstrip("0").rstrip(".")
    language = str(worst["language"])
    return f"up to {share}% ({names.get(language) or language})"


def say_instead(title: str, message: str) -> Figure:
    """Make a low figure that says why there is nothing to draw.

    Args:
        title: of the figure.
        message: the reason.
    """
    figure, axes = new_figure(1.4)
    draw_message(axes[0, 0], message)
    set_title(figure, title)
    return settle(figure)
