from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import NDArray

from isogloss.figures import (
    draw_alignment_by_layer,
    draw_alignment_overview,
    draw_metrics_by_layer,
    draw_retrieval_statistics,
)
from isogloss.figures.families import family_colour
from isogloss.figures.formats import format_score
from isogloss.figures.labels import direct_labels


def x_of(line: Line2D) -> NDArray[np.float64]:
    return np.asarray(line.get_xdata(), dtype=np.float64)


def y_of(line: Line2D) -> NDArray[np.float64]:
    return np.asarray(line.get_ydata(), dtype=np.float64)


def overlapping(figure: Figure) -> list[str]:
    figure.draw_without_rendering()
    labels = [label for label in direct_labels(figure) if label.get_text()]
    found = []
    for place, label in enumerate(labels):
        for other in labels[place + 1 :]:
            if Text.get_window_extent(label).overlaps(Text.get_window_extent(other)):
                found.append(f"{label.get_text()} / {other.get_text()}")
    return found


def title(figure: Figure) -> str:
    return figure.get_suptitle()


def caption(figure: Figure) -> str:
    return figure.get_supxlabel().replace("\n", " ")


def texts(figure: Figure) -> set[str]:
    return {label.get_text() for label in direct_labels(figure)}


def key(figure: Figure) -> list[str]:
    legend = figure.axes[0].get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def with_english(table: pd.DataFrame, language: str) -> pd.DataFrame:
    pair = sorted(("eng", language))
    rows = table[(table["language_a"] == pair[0]) & (table["language_b"] == pair[1])]
    return rows[rows["pooling"] == "mean"]


@pytest.fixture
def by_layer(
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> Figure:
    return draw_alignment_by_layer(
        alignment, overview, summary, languages, labels=labels, pivot="eng"
    )


def test_lines_are_the_pairs_with_the_pivot(by_layer: Figure, alignment: pd.DataFrame) -> None:
    panels = by_layer.axes
    assert [ax.get_title(loc="left") for ax in panels] == [
        "mean of tokens",
        "position-weighted mean",
        "last token",
    ]
    lines = {str(line.get_label()): line for line in panels[0].lines}
    np.testing.assert_allclose(y_of(lines["tur"]), with_english(alignment, "tur")["mexa_at_60"])
    np.testing.assert_array_equal(x_of(lines["tur"]), np.arange(19))
    assert lines["tur"].get_color() == family_colour("Turkic")
    mean = alignment[alignment["pooling"] == "mean"].groupby("layer")["mexa"].mean()
    np.testing.assert_allclose(y_of(lines["all pairs"]), mean)
    assert "eng" not in lines
    assert title(by_layer) == "Gemma 3 270M, 4-bit (Q4_K_M): alignment with English by layer"
    assert "n = 60 sentences" in caption(by_layer)
    assert "mean of all 136 pairs of 17 languages" in caption(by_layer)
    assert overlapping(by_layer) == []


def test_legend_gives_the_scores_of_the_summary(by_layer: Figure, summary: pd.DataFrame) -> None:
    rows = summary[(summary["metric"] == "mexa_at_60") & (summary["pooling"] == "mean")]
    entries = key(by_layer)
    assert len(entries) == 18
    assert f"Korean {format_score(with_english(rows, 'kor')['score'].item())}" in entries
    assert f"all pairs {format_score(rows['score'].mean())}" in entries
    assert entries[-1] == "chance .008"
    scores = [float(entry.split()[-1]) for entry in entries[:-1]]
    assert scores == sorted(scores, reverse=True)
    legend = by_layer.axes[0].get_legend()
    assert legend is not None
    assert legend.get_title().get_text() == "mean over\nlayers 1 to 17"
    assert "mean over layers 1 to 17 as in the summary" in caption(by_layer)


def test_layers_outside_the_summary_are_shaded(
    by_layer: Figure,
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    assert [len(ax.patches) for ax in by_layer.axes] == [2, 2, 2]
    assert "shaded layers" in caption(by_layer)
    whole = summary.assign(layer_first=0, layer_last=18)
    figure = draw_alignment_by_layer(
        alignment, overview, whole, languages, labels=labels, pivot="eng", pooling="last"
    )
    assert [len(ax.patches) for ax in figure.axes] == [0, 0, 0]
    assert "shaded layers" not in caption(figure)
    assert figure.axes[0].get_title(loc="left") == "last token"


def test_languages_of_one_family_can_be_told_apart(by_layer: Figure) -> None:
    lines = {str(line.get_label()): line for line in by_layer.axes[0].lines}
    assert lines["deu"].get_color() == lines["ell"].get_color() == family_colour("Indo-European")
    assert not lines["deu"].is_dashed()
    assert lines["ell"].is_dashed()
    assert lines["hin"].get_color() != lines["deu"].get_color()


def test_low_scores_cut_the_axis_and_it_says_so(
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    low = alignment.assign(mexa_at_60=alignment["mexa_at_60"] / 5)
    floor = overview.assign(score=0.01, ci_low=0.0, ci_high=0.02)
    figure = draw_alignment_by_layer(low, floor, summary, languages, labels=labels, pivot="eng")
    assert figure.axes[0].get_ylabel() == "MEXA, pool of 60 with English (axis ends at .3)"
    np.testing.assert_allclose(figure.axes[0].get_ylim(), [-0.006, 0.306])


def test_many_languages_are_listed_at_both_ends_only(
    many: pd.DataFrame,
    many_overview: pd.DataFrame,
    many_summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    figure = draw_alignment_by_layer(
        many, many_overview, many_summary, languages, labels=labels, pivot="eng"
    )
    assert len(figure.axes[0].lines) >= 102
    entries = key(figure)
    assert "… 81 more" in entries
    assert len(entries) == 23
    assert any(entry.startswith("all pairs") for entry in entries)
    assert "the highest and the lowest scores" in caption(figure)
    assert texts(figure) == set()


def test_one_layer_of_two_languages(
    tiny: pd.DataFrame,
    tiny_overview: pd.DataFrame,
    tiny_summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    figure = draw_alignment_by_layer(
        tiny, tiny_overview, tiny_summary, languages, labels=labels, pivot="eng"
    )
    score = format_score(tiny_summary.loc[tiny_summary["metric"] == "mexa", "score"].iloc[1])
    assert f"German {score}" in key(figure)
    assert "mean over layer 0 as in the summary" in caption(figure)
    assert "Black: the only pair of 2 languages" in caption(figure)
    lines = {str(line.get_label()): line for line in figure.axes[0].lines}
    assert lines["all pairs"].get_zorder() < lines["deu"].get_zorder()
    assert figure.axes[0].get_ylabel().startswith("MEXA with English")
    assert list(figure.axes[0].get_xticks()) == [0]


def test_one_pooling_fills_the_figure(
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    one, mean, scores = (
        table[table["pooling"] == "last"] for table in (alignment, overview, summary)
    )
    figure = draw_alignment_by_layer(one, mean, scores, languages, labels=labels, pivot="eng")
    assert len(figure.axes) == 1


def test_missing_scores_are_said(
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    empty = alignment.assign(mexa_at_60=np.nan)
    figure = draw_alignment_by_layer(
        empty, overview, summary, languages, labels=labels, pivot="eng"
    )
    assert any("No pair" in text.get_text() for text in figure.axes[0].texts)


def test_panels_are_metrics(overview: pd.DataFrame, labels: dict[str, str]) -> None:
    figure = draw_metrics_by_layer(overview, labels=labels)
    panels = [ax for ax in figure.axes if ax.axison]
    headings = [ax.get_title(loc="left") for ax in panels]
    assert headings == [
        "MEXA, pool of 60",
        "AUC",
        "cosine of translations (dashed: unrelated sentences)",
        "retrieval rank score",
    ]
    line = panels[1].lines[0]
    expected = overview[(overview["metric"] == "auc") & (overview["pooling"] == "mean")]
    np.testing.assert_allclose(y_of(line), expected["score"])
    assert len(panels[2].lines) == 6
    assert "136 language pairs, layers 0 to 18" in caption(figure)
    assert "chance (MEXA, pool of 60 .008; AUC .5; retrieval rank score .5)" in caption(figure)
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "mean of tokens",
        "position-weighted mean",
        "last token",
        "chance",
    ]


def test_metrics_that_are_missing_have_no_panel(
    overview: pd.DataFrame, tiny_overview: pd.DataFrame, labels: dict[str, str]
) -> None:
    without = overview[overview["metric"] != "retrieval"]
    shown = [ax for ax in draw_metrics_by_layer(without, labels=labels).axes if ax.axison]
    assert len(shown) == 3
    tiny = draw_metrics_by_layer(tiny_overview, labels=labels)
    assert next(ax for ax in tiny.axes if ax.axison).get_title(loc="left") == "MEXA"
    assert "1 language pair, layer 0." in caption(tiny)


def test_models_are_drawn_over_relative_depth(
    two_overviews: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_overview(two_overviews, labels=labels)
    panels = [ax for ax in figure.axes if ax.axison]
    assert len(panels) == 6
    depths = {str(line.get_label()): x_of(line) for line in panels[0].lines[:2]}
    np.testing.assert_allclose(depths["minilm_l6"], np.linspace(0, 1, 7))
    np.testing.assert_allclose(depths["gemma_270m_q4"], np.linspace(0, 1, 19))
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [*labels.values(), "chance"]
    figure.draw_without_rendering()
    suptitle = next(text for text in figure.texts if text.get_text() == title(figure))
    box = suptitle.get_window_extent()
    assert not box.overlaps(legend.get_window_extent())
    assert not legend.get_window_extent().overlaps(panels[0].title.get_window_extent())


def test_one_model_overview(tiny_overview: pd.DataFrame, labels: dict[str, str]) -> None:
    panels = [ax for ax in draw_alignment_overview(tiny_overview, labels=labels).axes if ax.axison]
    assert panels[0].lines[0].get_marker() == "o"


def test_retrieval_statistics_and_their_chance(
    retrieval: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_retrieval_statistics(retrieval, labels=labels)
    share, rank = figure.axes[3], figure.axes[6]
    rows = retrieval[retrieval["pooling"] == "mean"]
    lines = {str(line.get_label()): line for line in share.lines}
    np.testing.assert_allclose(y_of(lines["translation"]), rows["same_text_share"])
    levels = [float(y_of(line)[0]) for line in share.lines if x_of(line)[-1] == 1]
    np.testing.assert_allclose(sorted(levels), [16 / 1019, 59 / 1019])
    low, high = rank.get_ylim()
    assert low > high, "the nearest is at the top"
    assert "n = 1,020 queries" in caption(figure)
    assert "share .058 (same language) and .016 (translation), mean rank 510" in caption(figure)
    assert sum(ax.get_legend() is not None for ax in figure.axes) == 1


def test_without_statistics_the_figure_says_why(
    retrieval: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_retrieval_statistics(retrieval.head(0), labels=labels)
    assert "pivot mode" in figure.axes[0].texts[0].get_text()
