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
from isogloss.figures.families import family_colour, shade
from isogloss.figures.formats import format_score
from isogloss.figures.labels import direct_labels
from isogloss.figures.overview import LEVEL_KEY
from isogloss.figures.style import LEVEL_COLOUR, LEVEL_GID
from tests.figures.conftest import CODES


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


def message(figure: Figure) -> str:
    return figure.axes[0].texts[0].get_text().replace("\n", " ")


def texts(figure: Figure) -> set[str]:
    return {label.get_text() for label in direct_labels(figure)}


def key(figure: Figure, panel: int = 0) -> list[str]:
    legend = figure.axes[panel].get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def lines_of(figure: Figure, panel: int = 0) -> dict[str, Line2D]:
    return {str(line.get_label()): line for line in figure.axes[panel].lines}


INDO_EUROPEAN = {"deu", "spa", "fra", "rus", "ell", "hin"}


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


def test_layers_outside_the_summary_are_shaded(
    by_layer: Figure,
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    assert [len(ax.patches) for ax in by_layer.axes] == [2, 2, 2, 2]
    assert "shaded layers" in caption(by_layer)
    whole = summary.assign(layer_first=0, layer_last=18)
    figure = draw_alignment_by_layer(
        alignment, overview, whole, languages, labels=labels, pivot="eng", pooling="last"
    )
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
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "last token: Indo-European",
        "last token: other families",
    ]


def test_few_languages_share_a_panel(
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    few = ["eng", "deu", "spa", "fra", "tur"]
    some, scores = (
        table[table["language_a"].isin(few) & table["language_b"].isin(few)]
        for table in (alignment, summary)
    )
    figure = draw_alignment_by_layer(some, overview, scores, languages, labels=labels, pivot="eng")
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "mean of tokens",
        "position-weighted mean",
        "last token",
    ]
    assert "Light grey" not in caption(figure)
    assert "Legend: scores" in caption(figure)


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
        "retrieval rank score",
        "cosine of translations",
        "contrast d′",
    ]
    line = panels[1].lines[0]
    expected = overview[(overview["metric"] == "auc") & (overview["pooling"] == "mean")]
    np.testing.assert_allclose(y_of(line), expected["score"])
    assert "136 language pairs, layers 0 to 18" in caption(figure)
    assert (
        "Dotted: floor (expected of the same vectors if no sentence were paired with its "
        "translation): MEXA, pool of 60, AUC, cosine of translations, contrast d′; chance "
        "(expected of vectors without structure): retrieval rank score; grey where all lines have "
        "the same, else a darker shade of its line"
    ) in caption(figure)
    assert [ax.get_legend() is not None for ax in figure.axes] == [False] * 5 + [True]
    expected_key = ["mean of tokens", "position-weighted mean", "last token", "floor or chance"]
    assert key(figure, 5) == expected_key


def test_floors_are_told_from_scores_by_dots_and_shade(
    overview: pd.DataFrame, labels: dict[str, str]
) -> None:
    panels = [ax for ax in draw_metrics_by_layer(overview, labels=labels).axes if ax.axison]
    cosine, auc = panels[3], panels[1]
    scores, floors = cosine.lines[:3], cosine.lines[3:]
    assert len(floors) == 3
    for score, floor in zip(scores, floors, strict=True):
        assert floor.get_gid() == LEVEL_GID
        assert floor.get_marker() == "None"
        assert floor.is_dashed()
        assert floor.get_color() == shade(str(score.get_color()), -0.5)
        assert floor.get_zorder() > score.get_zorder()
        np.testing.assert_allclose(y_of(floor), 0.8 * y_of(score))
    [common] = auc.lines[3:]
    assert common.get_color() == LEVEL_COLOUR
    np.testing.assert_array_equal(y_of(common), 0.5)


def test_metrics_that_are_missing_have_no_panel(
    overview: pd.DataFrame, tiny_overview: pd.DataFrame, labels: dict[str, str]
) -> None:
    without = overview[~overview["metric"].isin(["retrieval", "contrast"])]
    figure = draw_metrics_by_layer(without, labels=labels)
    assert len(figure.axes) == 4
    assert [ax.axison for ax in figure.axes] == [True, True, True, False]
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
    assert [text.get_text() for text in legend.get_texts()] == [*labels.values(), LEVEL_KEY]
    figure.draw_without_rendering()
    suptitle = next(text for text in figure.texts if text.get_text() == title(figure))
    box = suptitle.get_window_extent()
    assert not box.overlaps(legend.get_window_extent())
    assert not legend.get_window_extent().overlaps(panels[0].title.get_window_extent())


def test_every_panel_of_a_row_shows_the_lowest_score(
    two_overviews: pd.DataFrame, labels: dict[str, str]
) -> None:
    low = two_overviews.copy()
    rows = (low["metric"] == "retrieval") & (low["pooling"] == "mean")
    low.loc[rows, ["score", "ci_low", "ci_high"]] -= 0.3
    figure = draw_alignment_overview(low, labels=labels, metric="retrieval")
    panels = [ax for ax in figure.axes if ax.axison]
    for ax in panels[:3]:
        assert ax.get_ylim()[0] < low.loc[rows, "ci_low"].min() < 0.4


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
    assert "alignment.mode=pivot measures pairs with the pivot only" in message(figure)
