from __future__ import annotations

import numpy as np
import pandas as pd

from isogloss.figures import (
    draw_alignment_matrix,
)
from isogloss.figures.clustering import cluster, name_distance
from isogloss.figures.formats import format_score
from tests.figures.drawn import caption, texts


def test_matrix_by_family_and_by_clustering(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_matrix(summary, languages, labels=labels)
    rows = texts(figure.axes[0], "row")
    assert rows[:7] == ["deu", "ell", "eng", "fra", "hin", "rus", "spa"]
    assert rows == texts(figure.axes[0], "column")
    families = texts(figure.axes[0], "family")
    assert families[0] == "Indo-European"
    assert len(families) == 11
    clustered = texts(figure.axes[1], "row")
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
    assert "mean over layers 1 to 17" in caption(figure)
    assert "Right: order by average linkage" in caption(figure)


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
    assert len(texts(figure.axes[0], "row")) == 102
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
    assert "Below: order by average linkage" in caption(figure)
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
    assert texts(figure.axes[0], "row") == ["deu", "eng"]
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
    written = caption(figure)
    assert "average linkage on the largest score − score" in written


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
