from __future__ import annotations

import numpy as np
import pandas as pd
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


def test_lines_are_the_pairs_with_the_pivot(
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    figure = draw_alignment_by_layer(alignment, overview, languages, labels=labels, pivot="eng")
    panels = figure.axes
    assert [ax.get_title(loc="left") for ax in panels] == [
        "mean of tokens",
        "position-weighted mean",
        "last token",
    ]
    lines = {str(line.get_label()): line for line in panels[0].lines}
    rows = alignment[
        (alignment["pooling"] == "mean")
        & (alignment["language_a"] == "eng")
        & (alignment["language_b"] == "tur")
    ]
    np.testing.assert_allclose(y_of(lines["tur"]), rows["mexa_at_60"])
    np.testing.assert_array_equal(x_of(lines["tur"]), np.arange(19))
    assert lines["tur"].get_color() == family_colour("Turkic")
    mean = alignment[alignment["pooling"] == "mean"].groupby("layer")["mexa"].mean()
    np.testing.assert_allclose(y_of(lines["mean of all pairs"]), mean)
    assert "eng" not in lines
    assert title(figure) == "Gemma 3 270M, 4-bit (Q4_K_M): alignment with English by layer"
    assert "n = 60 sentences; layers 0 to 18" in caption(figure)
    assert "mean of all 136 pairs of 17 languages" in caption(figure)
    assert overlapping(figure) == []


def test_ends_that_run_together_give_way_to_means(
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    figure = draw_alignment_by_layer(alignment, overview, languages, labels=labels, pivot="eng")
    rows = alignment[
        (alignment["pooling"] == "mean")
        & (alignment["language_a"] == "eng")
        & (alignment["language_b"] == "kor")
    ]
    assert f"kor {rows['mexa'].mean():.2f}".replace("0.", ".") in texts(figure)
    apart = alignment[alignment["layer"] <= 8]
    early = overview[overview["layer"] <= 8]
    figure = draw_alignment_by_layer(apart, early, languages, labels=labels, pivot="eng")
    assert {"kor", "deu", "all pairs"} <= texts(figure)
    assert overlapping(figure) == []


def test_many_languages_are_labelled_at_both_ends_only(
    many: pd.DataFrame, many_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_by_layer(many, many_overview, languages, labels=labels, pivot="eng")
    assert len(figure.axes[0].lines) >= 102
    assert "drawn without a label" in caption(figure)
    assert overlapping(figure) == []


def test_one_layer_of_two_languages(
    tiny: pd.DataFrame, tiny_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_by_layer(tiny, tiny_overview, languages, labels=labels, pivot="eng")
    assert {"deu", "all pairs"} == texts(figure)
    assert "layer 0." in caption(figure)
    assert figure.axes[0].get_ylabel() == "MEXA with English"
    assert list(figure.axes[0].get_xticks()) == [0]


def test_missing_scores_are_said(
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    empty = alignment.assign(mexa_at_60=np.nan)
    figure = draw_alignment_by_layer(empty, overview, languages, labels=labels, pivot="eng")
    assert any("No pair" in text.get_text() for text in figure.axes[0].texts)


def test_panels_are_metrics(overview: pd.DataFrame, labels: dict[str, str]) -> None:
    figure = draw_metrics_by_layer(overview, labels=labels)
    headings = [ax.get_title(loc="left") for ax in figure.axes]
    assert headings == [
        "MEXA, pool of 60",
        "AUC",
        "cosine of translations (dashed: unrelated sentences)",
        "retrieval rank score",
    ]
    line = figure.axes[1].lines[0]
    expected = overview[(overview["metric"] == "auc") & (overview["pooling"] == "mean")]
    np.testing.assert_allclose(y_of(line), expected["score"])
    assert len(figure.axes[2].lines) == 6
    assert "136 language pairs, layers 0 to 18" in caption(figure)
    assert overlapping(figure) == []


def test_metrics_that_are_missing_have_no_panel(
    overview: pd.DataFrame, tiny_overview: pd.DataFrame, labels: dict[str, str]
) -> None:
    without = overview[overview["metric"] != "retrieval"]
    shown = [ax for ax in draw_metrics_by_layer(without, labels=labels).axes if ax.axison]
    assert len(shown) == 3
    tiny = draw_metrics_by_layer(tiny_overview, labels=labels)
    assert tiny.axes[0].get_title(loc="left") == "MEXA"
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
    assert [text.get_text() for text in legend.get_texts()] == list(labels.values())
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
    share, rank = figure.axes[0], figure.axes[3]
    rows = retrieval[retrieval["pooling"] == "mean"]
    lines = {str(line.get_label()): line for line in share.lines}
    np.testing.assert_allclose(y_of(lines["translation"]), rows["same_text_share"])
    levels = [float(y_of(line)[0]) for line in share.lines if x_of(line)[-1] == 1]
    np.testing.assert_allclose(sorted(levels), [16 / 1019, 59 / 1019])
    low, high = rank.get_ylim()
    assert low > high, "the nearest is at the top"
    assert "n = 1,020 queries" in caption(figure)
    assert overlapping(figure) == []


def test_without_statistics_the_figure_says_why(
    retrieval: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_retrieval_statistics(retrieval.head(0), labels=labels)
    assert "pivot mode" in figure.axes[0].texts[0].get_text()
