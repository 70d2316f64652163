from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from isogloss.figures import (
    draw_alignment_by_layer,
)
from isogloss.figures.families import family_colour
from isogloss.figures.formats import format_score
from isogloss.figures.style import LEVEL_GID
from tests.figures.conftest import CODES
from tests.figures.drawn import caption, direct_labels, key, overlapping, x_of, y_of


def title(figure: Figure) -> str:
    return figure.get_suptitle()


def texts(figure: Figure) -> set[str]:
    return {label.get_text() for label in direct_labels(figure)}


def lines_of(figure: Figure, panel: int = 0) -> dict[str, Line2D]:
    return {str(line.get_label()): line for line in figure.axes[panel].lines}


INDO_EUROPEAN = {"deu", "spa", "fra", "rus", "ell", "hin"}


def with_english(table: pd.DataFrame, language: str) -> pd.DataFrame:
    pair = sorted(("eng", language))
    rows = table[(table["language_a"] == pair[0]) & (table["language_b"] == pair[1])]
    return rows[rows["pooling"] == "mean"]


class Tables(NamedTuple):
    """What alignment by layer is drawn from."""

    alignment: pd.DataFrame
    overview: pd.DataFrame
    summary: pd.DataFrame
    languages: pd.DataFrame
    labels: dict[str, str]

    def draw(self, **settings: Any) -> Figure:
        *tables, labels = self
        return draw_alignment_by_layer(*tables, labels=labels, pivot="eng", **settings)


@pytest.fixture
def tables(
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> Tables:
    return Tables(alignment, overview, summary, languages, labels)


@pytest.fixture
def by_layer(tables: Tables) -> Figure:
    return tables.draw()


def test_lines_are_the_pairs_with_the_pivot(by_layer: Figure, alignment: pd.DataFrame) -> None:
    assert [ax.get_title(loc="left") for ax in by_layer.axes] == [
        "mean of tokens: Indo-European",
        "mean of tokens: other families",
        "position-weighted mean",
        "last token",
    ]
    lines = lines_of(by_layer, 1)
    np.testing.assert_allclose(y_of(lines["tur"]), with_english(alignment, "tur")["mexa_at_60"])
    np.testing.assert_array_equal(x_of(lines["tur"]), np.arange(19))
    assert lines["tur"].get_color() == family_colour("Turkic")
    mean = alignment[alignment["pooling"] == "mean"].groupby("layer")["mexa"].mean()
    for panel in (0, 1):
        np.testing.assert_allclose(y_of(lines_of(by_layer, panel)["all pairs"]), mean)
        assert "eng" not in lines_of(by_layer, panel)
    assert title(by_layer) == "Gemma 3 270M, 4-bit (Q4_K_M): alignment with English by layer"
    assert "n = 60 sentences" in caption(by_layer)
    assert "mean of all 136 pairs of 17 languages" in caption(by_layer)
    assert overlapping(by_layer) == []


def test_the_largest_family_has_a_panel_of_its_own(by_layer: Figure) -> None:
    own, others = lines_of(by_layer, 0), lines_of(by_layer, 1)
    assert set(own) & set(CODES) == INDO_EUROPEAN
    assert set(others) & set(CODES) == set(CODES) - INDO_EUROPEAN - {"eng"}
    # What the other panel shows is context: grey and without a name.
    assert {own["_tur"].get_color(), others["_deu"].get_color()} == {"#dedede"}
    assert set(lines_of(by_layer, 2)) & set(CODES) == set(CODES) - {"eng"}
    assert "Light grey: the languages of the other panel" in caption(by_layer)


def test_legends_give_the_scores_of_the_summary(by_layer: Figure, summary: pd.DataFrame) -> None:
    rows = summary[(summary["metric"] == "mexa_at_60") & (summary["pooling"] == "mean")]
    first, second = key(by_layer), key(by_layer, 1)
    assert (len(first), len(second)) == (8, 12)
    assert f"German {format_score(with_english(rows, 'deu')['score'].item())}" in first
    assert f"Korean {format_score(with_english(rows, 'kor')['score'].item())}" in second
    for panel, entries in enumerate((first, second)):
        assert f"all pairs {format_score(rows['score'].mean())}" in entries
        assert entries[-1] == "floor .003"
        scores = [float(entry.split()[-1]) for entry in entries[:-1]]
        assert scores == sorted(scores, reverse=True)
        legend = by_layer.axes[panel].get_legend()
        assert legend is not None
        assert legend.get_title().get_text() == "mean over\nlayers 1 to 17"
    assert "mean over layers 1 to 17 as in the summary" in caption(by_layer)


def test_the_floor_lies_above_the_curves(by_layer: Figure, overview: pd.DataFrame) -> None:
    [floor] = [line for line in by_layer.axes[0].lines if line.get_gid() == LEVEL_GID]
    rows = overview[(overview["metric"] == "mexa_at_60") & (overview["pooling"] == "mean")]
    np.testing.assert_allclose(y_of(floor), rows["floor"])
    assert floor.get_zorder() > max(
        line.get_zorder() for line in by_layer.axes[0].lines if line is not floor
    )


def test_layers_outside_the_summary_are_shaded(by_layer: Figure, tables: Tables) -> None:
    assert [len(ax.patches) for ax in by_layer.axes] == [2, 2, 2, 2]
    assert "shaded layers" in caption(by_layer)
    whole = tables.summary.assign(layer_first=0, layer_last=18)
    figure = tables._replace(summary=whole).draw(pooling="last")
    assert [len(ax.patches) for ax in figure.axes] == [0, 0, 0, 0]
    assert "shaded layers" not in caption(figure)
    assert figure.axes[0].get_title(loc="left") == "last token: Indo-European"


def test_languages_of_one_family_can_be_told_apart(by_layer: Figure) -> None:
    lines = lines_of(by_layer)
    drawn = [lines[language] for language in sorted(INDO_EUROPEAN)]
    assert len({str(line.get_marker()) for line in drawn}) == len(drawn)
    assert len({str(line.get_color()) for line in drawn}) == len(drawn)
    # Markers of neighbouring curves do not stand on the same layers.
    assert len({str(line.get_markevery()) for line in drawn}) == 3


def test_low_scores_cut_the_axis_and_it_says_so(tables: Tables) -> None:
    low = tables.alignment.assign(mexa_at_60=tables.alignment["mexa_at_60"] / 5)
    floor = tables.overview.assign(score=0.01, ci_low=0.0, ci_high=0.02)
    figure = tables._replace(alignment=low, overview=floor).draw()
    assert figure.axes[0].get_ylabel() == "MEXA, pool of 60 with English (axis ends at .3)"
    np.testing.assert_allclose(figure.axes[0].get_ylim(), [-0.006, 0.306])


def test_many_languages_are_listed_at_both_ends_only(
    tables: Tables,
    many: pd.DataFrame,
    many_overview: pd.DataFrame,
    many_summary: pd.DataFrame,
) -> None:
    figure = tables._replace(alignment=many, overview=many_overview, summary=many_summary).draw()
    assert len(figure.axes[0].lines) >= 102
    entries = key(figure)
    assert "… 81 more" in entries
    assert len(entries) == 23
    assert any(entry.startswith("all pairs") for entry in entries)
    assert "the highest and the lowest scores" in caption(figure)
    assert texts(figure) == set()


def test_one_layer_of_two_languages(
    tables: Tables,
    tiny: pd.DataFrame,
    tiny_overview: pd.DataFrame,
    tiny_summary: pd.DataFrame,
) -> None:
    figure = tables._replace(alignment=tiny, overview=tiny_overview, summary=tiny_summary).draw()
    score = format_score(tiny_summary.loc[tiny_summary["metric"] == "mexa", "score"].iloc[1])
    assert f"German {score}" in key(figure)
    assert "mean over layer 0 as in the summary" in caption(figure)
    assert "Black: the only pair of 2 languages" in caption(figure)
    lines = {str(line.get_label()): line for line in figure.axes[0].lines}
    assert lines["all pairs"].get_zorder() < lines["deu"].get_zorder()
    assert figure.axes[0].get_ylabel().startswith("MEXA with English")
    assert list(figure.axes[0].get_xticks()) == [0]


def test_one_pooling_fills_the_figure(tables: Tables) -> None:
    last = {
        name: table[table["pooling"] == "last"]
        for name, table in tables._asdict().items()
        if name in ("alignment", "overview", "summary")
    }
    figure = tables._replace(**last).draw()
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "last token: Indo-European",
        "last token: other families",
    ]


def test_few_languages_share_a_panel(tables: Tables) -> None:
    few = ["eng", "deu", "spa", "fra", "tur"]
    some, scores = (
        table[table["language_a"].isin(few) & table["language_b"].isin(few)]
        for table in (tables.alignment, tables.summary)
    )
    figure = tables._replace(alignment=some, summary=scores).draw()
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "mean of tokens",
        "position-weighted mean",
        "last token",
    ]
    assert "Light grey" not in caption(figure)
    assert "Legend: scores" in caption(figure)


def test_missing_scores_are_said(tables: Tables) -> None:
    empty = tables.alignment.assign(mexa_at_60=np.nan)
    figure = tables._replace(alignment=empty).draw()
    assert any("No pair" in text.get_text() for text in figure.axes[0].texts)
