"""What the comparison of poolings is made of: which metrics, tasks, ways and models."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.figures.correlation_tables import POOLED, complete_correlations
from isogloss.figures.formats import order_poolings
from isogloss.figures.metrics import headline_metric
from isogloss.figures.task_names import order_tasks
from isogloss.figures.task_tables import choose_outcomes

SLOTS = 0.8
"""Width of the dots of one pooling and aggregation; 1 is the distance to the next."""
_SHOWN = ("auc", "retrieval", "cosine")
_FEW_MODELS = 3


@dataclass(frozen=True)
class Grid:
    """What the panels have in common.

    Attributes:
        metrics: of alignment, from top to bottom.
        tasks: (task, corpus), from left to right.
        ways: (pooling, aggregation), from left to right in a panel.
        models: names, in the order of their dots.
    """

    metrics: list[str]
    tasks: list[tuple[str, str]]
    ways: list[tuple[str, str]]
    models: list[str]

    @property
    def shows_samples(self) -> bool:
        """Whether there is room for the values of single samples of sentences."""
        return len(self.models) <= _FEW_MODELS

    def place(self, way: tuple[str, str], model: str) -> float:
        """Give the horizontal place of a dot."""
        step = SLOTS / len(self.models)
        return self.ways.index(way) + step * (self.models.index(model) - (len(self.models) - 1) / 2)


def prepare_correlations(correlations: pd.DataFrame) -> pd.DataFrame:
    """Keep one measure a model and task; `metric` is now that of the task.

    Raises:
        Refusal: if several rows are left for the same correlation.
    """
    table = complete_correlations(correlations)
    table = table.rename(columns={"metric": "alignment", "task_metric": "metric"})
    rows = choose_outcomes(table)
    keys = ["model", "alignment", "pooling", "aggregation", "sample", "task", "data"]
    if rows.duplicated(keys).any():
        first = rows[rows.duplicated(keys)].iloc[0]
        where = ", ".join(f"{key} {first[key]}" for key in keys if first[key] != "")
        raise Refusal(
            f"correlations holds several rows for {where} and {first['metric']}. Keep one of them."
        )
    return rows


def make_grid(table: pd.DataFrame, metric: str) -> Grid:
    """Find what there is to compare.

    Args:
        table: of `prepare_correlations`.
        metric: of alignment that comes first, or "auto".
    """
    order, tasks = {"mean": 0, "max": 1}, order_tasks(table["task"])
    ways = set(zip(table["pooling"], table["aggregation"], strict=True))
    poolings = order_poolings([pooling for pooling, _ in ways])
    return Grid(
        metrics=_choose_metrics(table, metric),
        tasks=sorted(
            set(zip(table["task"], table["data"], strict=True)),
            key=lambda own: (tasks.index(own[0]), own[1]),
        ),
        ways=sorted(ways, key=lambda way: (poolings.index(way[0]), order.get(way[1], 2), way[1])),
        models=[str(model) for model in pd.unique(table["model"])],
    )


def _choose_metrics(table: pd.DataFrame, metric: str) -> list[str]:
    """List the metrics to show: the headline metric, and those it is compared with."""
    known = table["pearson_r"].notna().groupby([table["alignment"], table["model"]]).any()
    grid = known.unstack(fill_value=False)
    measured = pd.DataFrame(
        {
            "metric": np.repeat(grid.index.to_numpy(), grid.shape[1]),
            "score": np.where(grid.to_numpy(dtype=bool).ravel(), 1.0, np.nan),
        }
    )
    first = headline_metric(metric, measured)
    present = dict.fromkeys(table["alignment"])
    names = [name for name in dict.fromkeys((first, *_SHOWN)) if name in present]
    return names or list(present)[:1]


def fill_gaps(table: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """Give every place of the grid its row, with a reason where there is no correlation.

    Args:
        table: of `prepare_correlations`; its rows of single samples are left out.
        grid: all that is to be compared.

    Returns:
        alignment, task, data, pooling, aggregation and model, with the columns of the table.
    """
    places = [
        (metric, *task, *way, model)
        for metric, task, way, model in product(grid.metrics, grid.tasks, grid.ways, grid.models)
    ]
    keys = ["alignment", "task", "data", "pooling", "aggregation", "model"]
    index = pd.MultiIndex.from_tuples(places, names=keys)
    main = table[table["sample"] == POOLED].set_index(keys).reindex(index).reset_index()
    absent, undefined = main["sample"].isna(), main["pearson_r"].isna()
    reason = main["reason"].mask(absent, "not computed")
    silent = undefined & (reason == "")
    return main.assign(reason=reason.mask(silent, "no reason given").where(undefined, ""))
