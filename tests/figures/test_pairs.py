from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from isogloss.errors import Refusal
from isogloss.figures import (
    draw_alignment_extremes,
    draw_alignment_matrix,
    draw_language_profiles,
    draw_pivot_ranking,
)
from isogloss.figures.clustering import cluster, name_distance
from isogloss.figures.formats import format_score
from isogloss.figures.labels import direct_labels
from isogloss.figures.rows import VALUE_GID
from isogloss.figures.style import LEVEL_GID
from isogloss.figures.summaries import choose_pooling, select_summary


def x_of(line: Line2D) -> NDArray[np.float64]:
    return np.asarray(line.get_xdata(), dtype=np.float64)


def y_of(line: Line2D) -> NDArray[np.float64]:
    return np.asarray(line.get_ydata(), dtype=np.float64)


def codes(figure: Figure, gid: str, axes: int) -> list[str]:
    ax = figure.axes[axes]
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def test_matrix_by_family_and_by_clustering(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_matrix(summary, languages, labels=labels)
    rows = codes(figure, "row", 0)
    assert rows[:7] == ["deu", "ell", "eng", "fra", "hin", "rus", "spa"]
    assert rows == codes(figure, "column", 0)
    families = codes(figure, "family", 0)
    assert families[0] == "Indo-European"
    assert len(families) == 11
    clustered = codes(figure, "row", 1)
    assert sorted(clustered) == sorted(rows)
    assert clustered != rows
    image = figure.axes[0].images[0].get_array()
    assert image is not None
    one = summary[
        (summary["metric"] == "mexa_at_60")
        & (summary["pooling"] == "mean")
        & (summary["language_a"] == "eng")
        & (summary["language_b"] == "fra")
    ]["score"].item()
    assert image[rows.index("eng"), rows.index("fra")] == one
    assert image[rows.index("fra"), rows.index("eng")] == one
    assert np.ma.getmaskarray(image).diagonal().all()
    printed = [text.get_text() for text in figure.axes[0].texts if text.get_gid() is None]
    assert printed.count(format_score(one)) >= 2
    assert "mean over layers 1 to 17" in figure.get_supxlabel().replace("\n", " ")
    assert "Right: order by average linkage" in figure.get_supxlabel().replace("\n", " ")


def test_family_names_do_not_overlap(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_matrix(summary, languages, labels=labels)
    figure.draw_without_rendering()
    for gid in ("family", "row", "column"):
        texts = [text for text in figure.axes[0].texts if text.get_gid() == gid]
        boxes = [text.get_window_extent() for text in texts]
        for place, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[place + 1 :]), gid


def test_the_matrix_keeps_clear_of_its_caption(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_matrix(summary, languages, labels=labels)
    figure.draw_without_rendering()
    [caption] = [text for text in figure.texts if text.get_text() == figure.get_supxlabel()]
    columns = [text for ax in figure.axes[:2] for text in ax.texts if text.get_gid() == "column"]
    assert "zho_simpl" in {text.get_text() for text in columns}
    lowest = min(text.get_window_extent().y0 for text in columns)
    assert lowest > caption.get_window_extent().y1


def test_matrix_of_102_languages(
    many_summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_matrix(many_summary, languages, labels=labels)
    assert len(codes(figure, "row", 0)) == 102
    assert not [text for text in figure.axes[0].texts if text.get_gid() is None and text.get_text()]
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_gid() == "row"]
    overlaps = [
        (one, other)
        for one, box in enumerate(boxes)
        for other in range(one + 1, len(boxes))
        if box.overlaps(boxes[other])
    ]
    assert overlaps == []
    assert figure.get_supxlabel().startswith("MEXA, pool of 100")
    assert "Below: order by average linkage" in figure.get_supxlabel().replace("\n", " ")
    for ax in figure.axes[:2]:
        edges = [text.get_window_extent() for text in ax.texts]
        assert min(box.x0 for box in edges) >= 0
        assert max(box.x1 for box in edges) <= figure.bbox.x1


def test_matrix_without_clustering(
    tiny_summary: pd.DataFrame,
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    figure = draw_alignment_matrix(tiny_summary, languages, labels=labels)
    assert codes(figure, "row", 0) == ["deu", "eng"]
    assert "No clustering" in figure.get_supxlabel()
    part = summary[(summary["language_a"] != "eng") | (summary["language_b"] != "fra")]
    figure = draw_alignment_matrix(part, languages, labels=labels)
    assert "No clustering" in figure.get_supxlabel()


def test_a_matrix_of_pairs_with_the_pivot_alone_says_why_it_is_empty(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    pivot = summary[(summary["language_a"] == "eng") | (summary["language_b"] == "eng")]
    figure = draw_alignment_matrix(pivot, languages, labels=labels)
    assert [len(ax.images) for ax in figure.axes] == [0]
    message = figure.axes[0].texts[0].get_text().replace("\n", " ")
    assert message.startswith("No matrix: every pair that was measured has English in it")
    assert "alignment.mode=pivot" in message


def test_the_colours_of_the_matrix_reach_every_score(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    retrieval = summary[summary["metric"] == "auc"].assign(metric="retrieval")
    lowest = retrieval.assign(score=retrieval["score"] - 0.4)
    image = draw_alignment_matrix(lowest, languages, labels=labels, metric="retrieval").axes[0]
    low, high = image.images[0].get_clim()
    assert (low, high) == (lowest.query("pooling == 'mean'")["score"].min(), 1.0)
    higher = retrieval.assign(score=retrieval["score"].clip(lower=0.5))
    image = draw_alignment_matrix(higher, languages, labels=labels, metric="retrieval").axes[0]
    assert image.images[0].get_clim() == (0.4, 1.0)


def test_wide_scores_fit_their_cells(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    own = summary[summary["metric"] == "auc"].assign(metric="contrast")
    wide = own.assign(score=own["score"] * 6 - 3.4)
    figure = draw_alignment_matrix(wide, languages, labels=labels, metric="contrast")
    figure.draw_without_rendering()
    ax = figure.axes[0]
    cell = ax.bbox.width / 17
    values = [text for text in ax.texts if text.get_gid() is None]
    assert len(values) == 17 * 16
    assert max(text.get_window_extent().width for text in values) < cell
    caption = figure.get_supxlabel().replace("\n", " ")
    assert "average linkage on the largest score − score" in caption


def test_clusters_are_neighbours() -> None:
    blocks = np.full((6, 6), 0.1)
    for first in (0, 3):
        blocks[first : first + 3, first : first + 3] = 0.9
    shuffled = [0, 3, 1, 4, 2, 5]
    matrix = blocks[np.ix_(shuffled, shuffled)]
    np.fill_diagonal(matrix, np.nan)
    tree = cluster(matrix)
    assert tree is not None
    np.testing.assert_allclose(tree[-1, 2], 0.9)  # both blocks join at 1 - .1
    np.testing.assert_allclose(tree[:4, 2], 0.1)
    assert name_distance(matrix) == "1 − score"
    assert name_distance(3 * matrix) == "the largest score − score"
    wide = cluster(3 * matrix)
    assert wide is not None
    np.testing.assert_allclose(wide[:, 2], [0, 0, 0, 0, 2.4])
    matrix[0, 1] = matrix[1, 0] = np.nan
    assert cluster(matrix) is None


def test_maxima_do_not_decide_the_headline_metric(summary: pd.DataFrame) -> None:
    maxima = summary.assign(aggregation="max", n=30)
    rows, metric, pooling = select_summary(pd.concat([summary, maxima]), "mean", "auto", "mean")
    assert metric == "mexa_at_60"
    assert pooling == "mean"
    assert len(rows) == 136
    with pytest.raises(ValueError, match="'cka' was not measured"):
        select_summary(summary, "mean", "cka", "mean")


def test_a_pooling_falls_back_only_if_it_has_a_name() -> None:
    assert choose_pooling("last", ["mean", "last"]) == "last"
    assert choose_pooling("weighted", ["last", "mean", "mean"]) == "mean"
    assert choose_pooling("own", ["own", "mean"]) == "own"
    with pytest.raises(Refusal, match="no pooling 'max'.*one of those measured: mean, own"):
        choose_pooling("max", ["own", "mean"])


def test_extremes_are_ordered_and_named(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_extremes(summary, languages, labels=labels, count=2)
    rows = summary[(summary["metric"] == "mexa_at_60") & (summary["pooling"] == "mean")]
    scores = rows.sort_values("score", ascending=False)["score"].to_numpy()
    top, bottom = figure.axes
    np.testing.assert_allclose(x_of(top.lines[0]), scores[:2])
    np.testing.assert_allclose(x_of(bottom.lines[0]), scores[:-3:-1])
    assert y_of(bottom.lines[0]).tolist() == [1, 0], "the lowest pair is at the top"
    assert top.get_yticklabels()[0].get_text() == "German – English"
    assert top.get_title(loc="left") == "highest, a language twice at most"
    assert bottom.get_title(loc="left") == "lowest, a language twice at most"
    bars = top.collections[0]
    assert isinstance(bars, LineCollection)
    best = rows.sort_values("score").iloc[-1]
    np.testing.assert_allclose(
        np.asarray(bars.get_segments()[0])[:, 0], [best["ci_low"], best["ci_high"]]
    )


def test_no_language_fills_a_side_of_the_extremes(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    apart = summary.copy()
    alone = (apart["language_a"] == "swh") | (apart["language_b"] == "swh")
    apart.loc[alone, "score"] = 0.0
    figure = draw_alignment_extremes(apart, languages, labels=labels, count=10)
    for ax in figure.axes:
        pairs = [label.get_text().split(" – ") for label in ax.get_yticklabels()]
        times = Counter(name for pair in pairs for name in pair)
        assert len(pairs) >= 8
        assert max(times.values()) == 2
    assert [score == 0 for score in x_of(figure.axes[1].lines[0])][:3] == [True, True, False]
    caption = figure.get_supxlabel().replace("\n", " ")
    assert "Of 136 pairs, on each side a language twice at most" in caption


@pytest.mark.parametrize(
    ("few", "sides", "titles"),
    [
        ("deu eng fra", [3], ["all 3 language pairs"]),
        ("deu eng fra spa", [6], ["all 6 language pairs"]),
        ("deu eng fra spa tur", [3, 3], ["highest 3 of 10", "lowest 3 of 10"]),
    ],
)
def test_few_pairs_are_drawn_without_a_limit(
    few: str,
    sides: list[int],
    titles: list[str],
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    own = summary[summary["language_a"].isin(few.split()) & summary["language_b"].isin(few.split())]
    figure = draw_alignment_extremes(own, languages, labels=labels, count=3)
    assert [len(x_of(ax.lines[0])) for ax in figure.axes] == sides
    assert [ax.get_title(loc="left") for ax in figure.axes] == titles
    assert "twice at most" not in figure.get_supxlabel().replace("\n", " ")
    assert ("chance flatters" in figure.get_supxlabel().replace("\n", " ")) == (len(sides) == 2)


def test_extremes_below_the_natural_range_are_seen(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    own = summary[summary["metric"] == "auc"].assign(metric="retrieval")
    low = own.assign(score=own["score"] - 0.4, ci_low=own["ci_low"] - 0.4, ci_high=np.nan)
    figure = draw_alignment_extremes(low, languages, labels=labels, metric="retrieval")
    left, right = figure.axes[0].get_xlim()
    assert left < low.query("pooling == 'mean'")["ci_low"].min()
    assert 1 <= right < 1.1


def test_a_single_pair(
    tiny_summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_extremes(tiny_summary, languages, labels=labels)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["the only pair"]


def test_ranking_shades_what_is_tied_with_the_best(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    pivot_overview = pivot_overview.copy()
    pivot_overview.loc[pivot_overview["language"].isin(["tur", "fra"]), "tied_with_next"] = False
    figure = draw_pivot_ranking(pivot_overview, languages, labels=labels)
    first, second = figure.axes
    assert first.get_title(loc="left") == "Gemma 3 270M, 4-bit (Q4_K_M)"
    assert second.get_title(loc="left") == "MiniLM-L6 (English)"
    rows = pivot_overview[
        (pivot_overview["model"] == "gemma_270m_q4") & (pivot_overview["pooling"] == "mean")
    ].sort_values("score", ascending=False)
    names = dict(zip(languages["language"], languages["name"], strict=True))
    assert [text.get_text() for text in first.get_yticklabels()] == [
        names[code] for code in rows["language"]
    ]
    points = {str(line.get_label()): line for line in first.lines}
    for row in rows.itertuples():
        assert x_of(points[str(row.language)])[0] == row.score
    assert len(first.patches) == int(rows["tied_with_best"].sum())
    bold = sum(text.get_fontweight() == "bold" for text in first.texts)
    assert bold == int((~rows["tied_with_next"][:-1].astype(bool)).sum()) > 0
    caption = figure.get_supxlabel().replace("\n", " ")
    assert "n = 60 sentences" in caption
    assert "Dotted: floor, expected of the same vectors" in caption


def test_the_ranking_shows_every_score_and_its_value(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    bounds = ["score", "ci_low", "ci_high"]
    rows = pivot_overview.assign(metric="retrieval", chance=0.5).drop(columns="floor")
    rows[bounds] = 0.1 + 0.88 * rows[bounds]
    figure = draw_pivot_ranking(rows, languages, labels=labels)
    shown = rows[rows["pooling"] == "mean"]
    ax = figure.axes[0]
    left, right = ax.get_xlim()
    assert left < shown["ci_low"].min() < 0.4
    assert right > 1
    assert max(ax.get_xticks()) <= 1
    figure.draw_without_rendering()
    for panel in figure.axes:
        values = [text for text in panel.texts if text.get_gid() == VALUE_GID]
        boxes = [text.get_window_extent() for text in values]
        assert len(boxes) == 16
        assert max(box.x1 for box in boxes) <= panel.bbox.x1
        [level] = [line for line in panel.lines if line.get_gid() == LEVEL_GID]
        place = panel.transData.transform((x_of(level)[0], 0))[0]
        assert not any(box.x0 < place < box.x1 for box in boxes)


def test_the_lowest_of_equal_scores_is_not_told_apart(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    equal = pivot_overview.assign(score=0.0, ci_low=0.0, ci_high=0.1, tied_with_next=True)
    last = equal.groupby(["model", "pooling"]).tail(1).index
    equal.loc[last, "tied_with_next"] = False
    figure = draw_pivot_ranking(equal, languages, labels=labels)
    assert not [text for ax in figure.axes for text in ax.texts if text.get_fontweight() == "bold"]


def test_without_scores_the_ranking_says_so(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    empty = pivot_overview.assign(score=np.nan, ci_low=np.nan, ci_high=np.nan)
    figure = draw_pivot_ranking(empty, languages, labels=labels)
    assert figure.axes[0].texts[0].get_text() == "No scores."


def test_ranking_of_a_model_without_some_languages(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    second = (pivot_overview["model"] == "minilm_l6") & (pivot_overview["language"] == "deu")
    figure = draw_pivot_ranking(pivot_overview[~second], languages, labels=labels)
    assert len(figure.axes[1].collections) == 15
    mixed = pivot_overview.assign(
        metric=np.where(pivot_overview["model"] == "minilm_l6", "mexa", "mexa_at_60")
    )
    with pytest.raises(ValueError, match="mexa_at_60, mexa"):
        draw_pivot_ranking(mixed, languages, labels=labels)


def test_profiles_put_cost_against_alignment(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    figure = draw_language_profiles(profiles, pivot_overview, languages, labels=labels)
    points = {str(line.get_label()): line for line in figure.axes[0].lines}
    parity = profiles[(profiles["model"] == "gemma_270m_q4") & (profiles["language"] == "tur")]
    score = pivot_overview[
        (pivot_overview["model"] == "gemma_270m_q4")
        & (pivot_overview["pooling"] == "mean")
        & (pivot_overview["language"] == "tur")
    ]["score"].item()
    assert x_of(points["tur"])[0] == parity["token_parity"].item()
    assert y_of(points["tur"])[0] == score
    assert [ax.get_xlabel().split(" (")[0] for ax in figure.axes] == [
        "token parity",
        "information parity",
        "token parity",
    ]
    caption = figure.get_supxlabel().replace("\n", " ")
    assert "without information parity: MiniLM-L6 (English)." in caption
    assert "without a label" not in caption
    figure.draw_without_rendering()
    for ax in figure.axes:
        boxes = [
            text.get_window_extent()
            for text in direct_labels(figure)
            if text.axes is ax and text.get_text()
        ]
        for place, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[place + 1 :])


def test_profiles_without_the_information_columns(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    bare = profiles[["model", "language", "token_parity"]].assign(n=60)
    figure = draw_language_profiles(bare, pivot_overview, languages, labels=labels)
    assert len(figure.axes) == 2
    assert [line for line in figure.axes[0].lines if line.get_label() == "tur"]


def test_profiles_of_several_models_fill_a_row_for_each_cost(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    table = pd.concat([profiles, profiles.assign(model=profiles["model"] + "_2")])
    scores = pd.concat(
        [pivot_overview, pivot_overview.assign(model=pivot_overview["model"] + "_2")]
    )
    figure = draw_language_profiles(table, scores, languages, labels=labels)
    assert [ax.get_xlabel().split(" (")[0] for ax in figure.axes] == [
        *["token parity"] * 4,
        *["information parity"] * 2,
    ]
    rows = [ax.get_position().bounds for ax in figure.axes]
    assert [round(y, 3) for _, y, _, _ in rows[:2]] == [round(rows[0][1], 3)] * 2
    assert all(ax.axison for ax in figure.axes)


def test_low_scores_of_a_profile_cut_its_axis(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    second = pivot_overview["model"] == "minilm_l6"
    low = pivot_overview.copy()
    low.loc[second, ["score", "ci_low", "ci_high"]] *= 0.05
    figure = draw_language_profiles(profiles, low, languages, labels=labels)
    assert figure.axes[0].get_ylabel() == "MEXA, pool of 60 with English"
    assert figure.axes[2].get_ylabel() == "MEXA, pool of 60 with English (axis ends at .1)"
    assert figure.axes[2].get_ylim()[1] == pytest.approx(0.102)


def test_the_bars_of_a_profile_lie_within_its_frame(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    wide = profiles.assign(token_parity_ci_low=0.1, token_parity_ci_high=9.0)
    figure = draw_language_profiles(wide, pivot_overview, languages, labels=labels)
    left, right = figure.axes[0].get_xlim()
    assert left < 0.1
    assert right > 9


def test_without_a_common_language_the_profile_says_so(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    none = pivot_overview.assign(score=np.nan)
    figure = draw_language_profiles(profiles, none, languages, labels=labels)
    assert "both a profile and a score" in figure.axes[0].texts[0].get_text()
