from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from isogloss.figures import draw_merge_gains
from isogloss.figures.merging_gains import (
    EXTREME_GID,
    MEAN_GID,
    POINTS_GID,
    VALUE_GID,
    spread_points,
)
from tests.figures.drawn import caption
from tests.figures.merge_examples import AVERAGE, EIGHT, SIMILAR, Study, make_study
from tests.figures.test_merging_scores import make_guide
from tests.figures.test_task_scores import row_names

SHOWN = (SIMILAR, AVERAGE)


def draw(study: Study, **options: object) -> Figure:
    tables = (study.results, study.summary, study.comparisons)
    return draw_merge_gains(*tables, make_guide(study), **({"recipes": SHOWN} | options))  # type: ignore[arg-type]


def located(ax: Axes, *, filled: bool) -> list[float]:
    """The places of single locales, the highest row first."""
    lines = [line for line in ax.lines if line.get_gid() == POINTS_GID]
    chosen = [line for line in lines if (line.get_markerfacecolor() != "white") == filled]
    return [float(x) for line in chosen for x in np.asarray(line.get_xdata(), np.float64)]


def differences(study: Study, baseline: str, recipe: str) -> pd.Series:
    rows = study.comparisons
    own = rows[(rows["baseline"] == baseline) & (rows["recipe"] == recipe)]
    return own.set_index("locale")["difference"]


def test_a_panel_a_baseline_and_a_row_a_merge() -> None:
    figure = draw(make_study(EIGHT[:4]))
    assert [ax.get_title(loc="left").replace("\n", " ") for ax in figure.axes] == [
        "gain over its own sources (synergy)",
        "gain over best source (by its own dev)",
        "gain over mean of all sources",
        "gain over pivot's model, zero-shot",
        "gain over own model (target's labels)",
    ]
    assert row_names(figure.axes[0]) == ["merge: similarity", "merge: average"]


def test_means_and_bars_are_those_of_the_summary() -> None:
    study = make_study(EIGHT[:4])
    figure = draw(study)
    rows = study.summary.set_index(["baseline", "recipe"])[["mean", "ci_low", "ci_high"]]
    mean = float(rows["mean"]["own", SIMILAR])
    for ax, baseline in ((figure.axes[0], "own_sources"), (figure.axes[4], "own")):
        means = [line for line in ax.lines if line.get_gid() == MEAN_GID]
        assert [float(np.asarray(line.get_xdata())[0]) for line in means] == [
            rows.loc[(baseline, recipe), "mean"] for recipe in SHOWN
        ]
        bars = [own for own in ax.collections if isinstance(own, LineCollection)]
        assert bars[0].get_segments()[0][:, 0].tolist() == [
            rows.loc[(baseline, SIMILAR), "ci_low"], rows.loc[(baseline, SIMILAR), "ci_high"],
        ]  # fmt: skip
    values = [text for text in figure.axes[4].texts if text.get_gid() == VALUE_GID]
    assert values[0].get_text() == f"{mean:.2f}".replace("0.", ".")


def test_single_locales_are_filled_where_they_are_told_from_zero() -> None:
    study = make_study(EIGHT[:4])
    told = study.comparisons["locale"].isin(["de-DE", "fr-FR"])
    rows = study.comparisons.assign(p_adjusted=np.where(told, 0.049, 0.051))
    ax = draw(replace(study, comparisons=rows), recipes=(SIMILAR,)).axes[0]
    own = differences(study, "own_sources", SIMILAR)
    assert sorted(located(ax, filled=True)) == sorted(own[["de-DE", "fr-FR"]])
    assert sorted(located(ax, filled=False)) == sorted(own[["en-US", "es-ES"]])
    strict = draw(replace(study, comparisons=rows), recipes=(SIMILAR,), level=0.01)
    assert located(strict.axes[0], filled=True) == []
    assert "(p < .01, adjusted over the 4 locales of a merge and a" in caption(strict)


def test_a_locale_must_be_told_from_zero_in_every_seed() -> None:
    study = make_study(EIGHT[:3], seeds=(0, 1))
    told = (study.comparisons["locale"] == "de-DE") | (study.comparisons["seed"] == 0)
    rows = study.comparisons.assign(p_adjusted=np.where(told, 0.01, 0.2))
    ax = draw(replace(study, comparisons=rows), recipes=(SIMILAR,)).axes[0]
    own = differences(study, "own_sources", SIMILAR).groupby(level=0).mean()
    assert located(ax, filled=True) == pytest.approx([own["de-DE"]])
    assert len(located(ax, filled=False)) == 2


def test_the_lowest_and_the_highest_locale_are_named() -> None:
    study = make_study(EIGHT)
    ax = draw(study, recipes=(SIMILAR,)).axes[2]
    own = differences(study, "mean_source", SIMILAR)
    names = [text.get_text() for text in ax.texts if text.get_gid() == EXTREME_GID]
    assert names == [own.idxmin(), own.idxmax()]


def test_the_line_of_zero_runs_through_no_text() -> None:
    study = make_study(EIGHT)
    small = study.comparisons["difference"] / 20
    means = {name: study.summary[name] / 20 for name in ("mean", "ci_low", "ci_high")}
    near = replace(
        study,
        comparisons=study.comparisons.assign(difference=small - small.min() + 0.001),
        summary=study.summary.assign(**means),
    )
    for ax in draw(near).axes:
        line = float(ax.transData.transform((0, 0))[0])
        boxes = [text.get_window_extent() for text in ax.texts]
        assert len(boxes) == 6
        assert not [box for box in boxes if box.x0 < line < box.x1]
        # Codes of locales stay on their side of the points.
        names = [text for text in ax.texts if text.get_gid() == EXTREME_GID]
        assert all(
            name.get_position()[0] * side > 0 for name, side in zip(names, (-1, 1) * 2, strict=True)
        )


def test_codes_of_locales_stay_within_their_panel() -> None:
    study = make_study(EIGHT)
    # Codes as long as that of Neapolitan, and one locale far below the others: it has the left end.
    names = {one: f"nap-{one[3:]}" for one in EIGHT}
    rows = study.comparisons.replace({"locale": names})
    far = rows["difference"].where(rows["locale"] != names["tr-TR"], -0.9)
    figure = draw(replace(study, comparisons=rows.assign(difference=far)))
    for ax in figure.axes:
        assert "nap-TR" in [text.get_text() for text in ax.texts]
        line = float(ax.transData.transform((0, 0))[0])
        for box in (text.get_window_extent() for text in ax.texts):
            assert ax.bbox.x0 < box.x0 < box.x1 < ax.bbox.x1
            assert not box.x0 < line < box.x1


def test_a_model_of_all_locales_has_a_panel_where_there_is_one() -> None:
    study = make_study(EIGHT[:3])
    tables = {
        name: pd.concat([rows, rows[rows["baseline"] == "own"].assign(baseline="joint")])
        for name, rows in (("comparisons", study.comparisons), ("summary", study.summary))
    }
    figure = draw(replace(study, **tables))
    assert figure.axes[-1].get_title(loc="left").startswith("gain over\none model of\nall locales")
    assert len(figure.axes) == 6


def test_locales_that_cannot_be_spelled_are_named_as_left_out() -> None:
    said = caption(draw(make_study(EIGHT, unspelled=("tr-TR",))))
    assert "not here, nor in a mean: tr-TR 31%" in said


def test_points_that_are_close_evade_each_other() -> None:
    moved = spread_points([0.0, 0.001, 0.5, 0.002], width=0.01, reach=0.2)
    assert moved[2] == 0
    assert sorted(moved[[0, 1, 3]]) == pytest.approx([-0.12, 0, 0.12])
    assert np.abs(spread_points(np.zeros(101), 0.01, 0.2)).max() == pytest.approx(0.2)


def test_the_caption_tells_counts_and_what_is_left_out() -> None:
    said = caption(draw(make_study(EIGHT)))
    assert "Diamonds: mean over 7 to 8 locales, bars: 95% interval over items and locales" in said
    assert "Not shown: 5 more approaches (merge: all others, task arithmetic: similarity" in said
    assert "best source" not in said, "baselines are panels, not left out"


def test_without_comparisons_the_figure_says_so() -> None:
    study = make_study(EIGHT[:3])
    empty = replace(study, comparisons=study.comparisons.iloc[:0])
    for nothing in (empty, replace(study, summary=pd.DataFrame())):
        text = draw(nothing, recipes=None).axes[0].texts[0].get_text()
        assert text == "No merge was compared with a baseline."
