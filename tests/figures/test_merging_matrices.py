from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from isogloss.errors import Refusal
from isogloss.figures import draw_merge_weights, draw_transfer_matrix
from isogloss.figures.cells import COLUMN_GID, FAMILY_GID, ROW_GID
from isogloss.figures.merging_matrices import HATCH_GID, OWN_GID
from tests.figures.drawn import caption, texts
from tests.figures.merge_examples import AVERAGE, EIGHT, SIMILAR, make_study, massive_locales
from tests.figures.test_merging_scores import make_guide

BY_FAMILY = ["de-DE", "en-US", "es-ES", "fr-FR", "pl-PL", "ru-RU", "sw-KE", "tr-TR"]


def cells(ax: Axes) -> np.ma.MaskedArray:
    return np.ma.asarray(ax.images[0].get_array())


def frames(ax: Axes, gid: str) -> list[Rectangle]:
    return [own for own in ax.patches if isinstance(own, Rectangle) and own.get_gid() == gid]


def centre(frame: Rectangle) -> tuple[float, float]:
    return (frame.get_x() + frame.get_width() / 2, frame.get_y() + frame.get_height() / 2)


def test_rows_are_sources_and_columns_targets_by_family() -> None:
    study = make_study(tuple(reversed(EIGHT)))
    ax = draw_transfer_matrix(study.transfer, make_guide()).axes[0]
    assert texts(ax, ROW_GID) == texts(ax, COLUMN_GID) == BY_FAMILY
    assert texts(ax, FAMILY_GID) == ["Indo-European", "Atlantic-Congo", "Turkic"]
    rows = study.transfer[study.transfer["partition"] == "test"]
    accuracy = rows.set_index(["source", "target"])["accuracy"]
    assert cells(ax)[0, 7] == accuracy["de-DE", "tr-TR"]
    assert cells(ax)[7, 0] == accuracy["tr-TR", "de-DE"]
    assert f"{accuracy['de-DE', 'tr-TR']:.2f}"[1:] in [text.get_text() for text in ax.texts]


def test_own_models_are_framed_wherever_they_stand() -> None:
    study = make_study(EIGHT[:4])
    some = study.transfer[study.transfer["source"] != "en-US"]
    ax = draw_transfer_matrix(some, make_guide()).axes[0]
    assert texts(ax, ROW_GID) == ["de-DE", "es-ES", "fr-FR"]
    assert [centre(frame) for frame in frames(ax, OWN_GID)] == [
        pytest.approx(place) for place in ((0, 0), (2, 1), (3, 2))
    ]


def test_dev_items_may_be_drawn() -> None:
    study = make_study(EIGHT[:3])
    figure = draw_transfer_matrix(study.transfer, make_guide(), partition="dev")
    assert figure.get_suptitle().endswith("on every locale, dev items")
    rows = study.transfer[study.transfer["partition"] == "dev"]
    assert float(cells(figure.axes[0]).max()) == rows["accuracy"].max()


def test_locales_that_are_not_spelled_come_last_and_are_hatched() -> None:
    study = make_study((*EIGHT[:4], "am-ET"), unspelled=("am-ET",))
    figure = draw_transfer_matrix(study.transfer, make_guide(study))
    ax = figure.axes[0]
    assert texts(ax, ROW_GID)[-1] == texts(ax, COLUMN_GID)[-1] == "am-ET"
    assert texts(ax, FAMILY_GID) == ["Indo-European", "not spelled"]
    assert len(frames(ax, HATCH_GID)) == 2, "its row and its column"
    assert "hatched and last: am-ET 31%" in caption(figure)


def test_fifty_two_codes_keep_apart() -> None:
    study = make_study(massive_locales(), seeds=(0, 1))
    figure = draw_transfer_matrix(study.transfer, make_guide(study))
    figure.draw_without_rendering()
    ax = figure.axes[0]
    for gid, end in ((ROW_GID, 1), (COLUMN_GID, 0)):
        boxes = [text.get_window_extent() for text in ax.texts if text.get_gid() == gid]
        assert len(boxes) == 52
        gaps = [(one.y0 - two.y1) if end else (two.x0 - one.x1) for one, two in pairwise(boxes)]
        assert min(gaps) > -1
    codes = min(text.get_window_extent().x0 for text in ax.texts if text.get_gid() == ROW_GID)
    names = max(text.get_window_extent().x1 for text in ax.texts if text.get_gid() == FAMILY_GID)
    assert names < codes
    assert "Mean over 2 seeds. Row: source" in caption(figure)


def test_weights_have_targets_as_rows_and_are_blank_without_a_part() -> None:
    study = make_study(EIGHT)
    figure = draw_merge_weights(study.weights, make_guide(), recipe=SIMILAR)
    ax = figure.axes[0]
    own = study.weights[study.weights["recipe"] == SIMILAR]
    weight = own.set_index(["target", "source"])["weight"]
    values = cells(ax).filled(np.nan)
    for (row, column), value in np.ndenumerate(values):
        pair = (BY_FAMILY[row], BY_FAMILY[column])
        assert value == pytest.approx(weight.get(pair, np.nan), nan_ok=True)
    assert np.nansum(values, axis=1) == pytest.approx(np.ones(8))
    assert figure.get_suptitle().endswith("weights of the sources, merge: similarity")
    assert f"Recipe: {SIMILAR}, one of 7" in caption(figure)


def test_the_effective_number_of_sources_is_told() -> None:
    study = make_study(EIGHT)
    even = draw_merge_weights(study.weights, make_guide(), recipe=AVERAGE)
    assert "1 / sum of squared weights: 5.0 of 5" in caption(even)
    own = study.weights[study.weights["recipe"] == SIMILAR]
    effective = own.groupby("target")["weight"].agg(lambda weight: 1 / (weight**2).sum())
    said = caption(draw_merge_weights(own, make_guide()))
    assert f"weights: {effective.min():.1f} to {effective.max():.1f} of 5" in said


def test_a_source_that_some_seeds_leave_out_counts_as_nothing_there() -> None:
    rows = pd.DataFrame(
        {
            "recipe": "r", "method": "linear", "target": "de-DE", "seed": [0, 1, 1],
            "source": ["fr-FR", "fr-FR", "en-US"], "weight": [1.0, 0.5, 0.5],
        }
    )  # fmt: skip
    ax = draw_merge_weights(rows, make_guide()).axes[0]
    weights = dict(zip(texts(ax, COLUMN_GID), cells(ax)[0].tolist(), strict=True))
    assert weights == {"de-DE": None, "en-US": 0.25, "fr-FR": 0.75}


def test_locales_that_are_not_spelled_are_targets_but_no_sources() -> None:
    study = make_study((*EIGHT[:6], "am-ET"), unspelled=("am-ET",))
    ax = draw_merge_weights(study.weights, make_guide(study)).axes[0]
    assert texts(ax, ROW_GID)[-1] == "am-ET"
    assert "am-ET" not in texts(ax, COLUMN_GID)


def test_an_unknown_recipe_is_refused() -> None:
    with pytest.raises(Refusal, match="no recipe 'averages'"):
        draw_merge_weights(make_study(EIGHT[:3]).weights, make_guide(), recipe="averages")


def test_empty_tables_say_so() -> None:
    study = make_study(EIGHT[:3])
    figure = draw_transfer_matrix(study.transfer, make_guide(), partition="train")
    assert figure.axes[0].texts[0].get_text() == "No model was tried on train items."
    figure = draw_merge_weights(pd.DataFrame(), make_guide())
    assert figure.axes[0].texts[0].get_text() == "Nothing was merged."
