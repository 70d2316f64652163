"""Points of locales, or of pairs of them, with what can be said of their correlation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.transforms import Bbox

from isogloss.figures.correlation_tables import TOO_FEW
from isogloss.figures.formats import count_things, format_interval, format_score
from isogloss.figures.labels import Point, label_points
from isogloss.figures.scatter import draw_fit, head_panel
from isogloss.figures.style import INK, LEVEL_COLOUR, TEXT_SIZE, draw_chance, new_figure, style_axes
from isogloss.figures.task_tables import named_rows
from isogloss.statistics.correlation import fisher_z_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

FEW = 10
"""Locales below which a correlation is no finding, and Fisher's interval too wide to be one."""
_CONFIDENCE = 0.95
_PANEL_HEIGHT = 3.5
_MANY, _CROWD = 30, 100
"""Points beyond which they are drawn smaller, and smaller still."""
_LABELLED = 12
"""How many points are labelled where there are more than can be."""
_LINE = 150
"""Characters that the lines above all panels of a row may have together."""


@dataclass(frozen=True)
class Cloud:
    """Points of a panel.

    Attributes:
        title: of the panel.
        rows: code (label), across, up, low and high (interval of up, NaN if there is none), colour,
            text_colour, marker, and counted: whether the point takes part in the correlation.
        locales: how many the counted points are of.
        across, up: names of the axes.
        level: where nothing is gained; NaN if there is no such level.
        pairs: whether a point is a pair of locales: pairs share locales, so r has no interval.
    """

    title: str
    rows: pd.DataFrame
    locales: int
    across: str
    up: str
    level: float = float("nan")
    pairs: bool = False

    @property
    def counted(self) -> pd.DataFrame:
        """The points that take part in the correlation."""
        return self.rows[self.rows["counted"]]

    @property
    def labelled(self) -> pd.DataFrame:
        """The points that get a label: all, or of many pairs those farthest from the others."""
        if not self.pairs or len(self.rows) <= _MANY:
            return self.rows
        return self.rows.iloc[np.argsort(-_remoteness(self.rows), kind="stable")[:_LABELLED]]

    @property
    def correlation(self) -> float:
        """Pearson's r of the counted points; NaN for fewer than three or constant ones."""
        values = self.counted[["across", "up"]].to_numpy(np.float64)
        if len(values) < 3 or (np.ptp(values, axis=0) == 0).any():
            return float("nan")
        return float(np.corrcoef(values, rowvar=False)[0, 1])

    def verdict(self) -> str:
        """Write r and n, and above them what forbids to call r a finding."""
        count = len(self.counted)
        n = (
            f"n = {count_things(count, 'pair')} of {self.locales} locales"
            if self.pairs
            else f"n = {count}"
        )
        few = f"{TOO_FEW} locales (n = {self.locales}): no finding" if self.is_few else ""
        r = self.correlation
        interval = ""
        if not (self.is_few or self.pairs) and np.isfinite(r):
            low, high = fisher_z_interval([r], count, _CONFIDENCE)
            interval = " " + format_interval(float(low[0]), float(high[0]))
        found = f"r = {format_score(r)}{interval}" if np.isfinite(r) else "r undefined"
        return "\n".join(part for part in (few, f"{found}, {n}") if part)

    @property
    def is_few(self) -> bool:
        """Whether there are too few locales for a correlation to be a finding."""
        return self.locales < FEW


def draw_clouds(clouds: Sequence[Cloud]) -> tuple[Figure, list[Axes]]:
    """Draw clouds side by side, without labels, which need a settled layout.

    Clouds of the same two things share their axes.
    """
    shared = len({(cloud.across, cloud.up) for cloud in clouds}) == 1
    figure, axes = new_figure(1.6 + _PANEL_HEIGHT, 1, len(clouds), sharex=shared, sharey=shared)
    for ax, cloud in zip(axes[0], clouds, strict=True):
        style_axes(ax, grid="both")
        head_panel(ax, cloud.title, cloud.verdict(), _LINE // len(clouds))
        _draw_points(ax, cloud.rows)
        if not cloud.is_few and np.isfinite(cloud.correlation):
            draw_fit(ax, cloud.counted["across"], cloud.counted["up"])
        ax.set_xlabel(cloud.across, fontsize=TEXT_SIZE, color=INK)
        if ax is axes[0, 0] or not shared:
            ax.set_ylabel(cloud.up, fontsize=TEXT_SIZE, color=INK)
        draw_chance(ax, cloud.level)
        ax.margins(0.07)
    return figure, list(axes[0])


def label_cloud(ax: Axes, cloud: Cloud) -> int:
    """Write the codes beside their points; of many pairs beside those far from the others.

    Args:
        ax: the axes, in a figure whose layout is settled.
        cloud: what they show.

    Returns:
        How many of these found no place.
    """
    rows = cloud.labelled
    points: list[Point] = [
        (row.across, row.up, row.code, row.text_colour) for row in named_rows(rows)
    ]
    obstacles = cloud.rows.assign(low=cloud.rows["low"].fillna(cloud.rows["up"]))
    obstacles["high"] = obstacles["high"].fillna(obstacles["up"])
    bars = [
        Bbox.from_extents(row.across, row.low, row.across, row.high)
        for row in named_rows(obstacles)
    ]
    if np.isfinite(cloud.level):
        left, right = ax.get_xlim()
        bars.append(Bbox.from_extents(left, cloud.level, right, cloud.level))
    return label_points(ax, points, bars)


def _draw_points(ax: Axes, rows: pd.DataFrame) -> None:
    size = 6.0 if len(rows) <= _MANY else 5.0 if len(rows) <= _CROWD else 3.0
    counted = rows[rows["counted"]]
    for row in named_rows(rows.dropna(subset=["low"])):
        style: dict[str, Any] = {"color": row.colour, "linewidth": 1}
        ax.vlines(row.across, row.low, row.high, alpha=0.3 if len(rows) <= _MANY else 0.15, **style)
    for (colour, marker), own in counted.groupby(["colour", "marker"], sort=False):
        ax.plot(
            own["across"], own["up"], marker=str(marker), color=str(colour), markersize=size,
            linestyle="none", alpha=1 if len(rows) <= _CROWD else 0.6, zorder=3,
        )  # fmt: skip
    apart = rows[~rows["counted"]]
    ax.plot(
        apart["across"], apart["up"], marker="x", color=LEVEL_COLOUR, markersize=5,
        linestyle="none", label="apart", zorder=2,
    )  # fmt: skip


def _remoteness(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Give the squared distance of points from their mean (Mahalanobis), [points]."""
    values = rows[["across", "up"]].to_numpy(np.float64)
    centred = values - values.mean(axis=0)
    spread = np.linalg.pinv(np.cov(centred, rowvar=False))
    return np.asarray(((centred @ spread) * centred).sum(axis=1), np.float64)
