from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from isogloss.errors import Refusal
from isogloss.figures import (
    draw_count_answers,
    draw_count_confusion,
    draw_counting_grid,
    draw_counting_scores,
    draw_counting_sizes,
)
from isogloss.figures.counting_answers import RIGHT_GID, TRUE_GID
from isogloss.figures.counting_scores import BASELINE_GID
from isogloss.figures.counting_sizes import LANGUAGE_GID
from isogloss.figures.counting_ways import list_ways
from isogloss.figures.style import LEVEL_GID
from tests.figures.counting_examples import make_counting_scores, make_predictions, make_score


def caption(figure: Figure) -> str:
    return figure.get_supxlabel().replace("\n", " ")


def panels(figure: Figure) -> list[Axes]:
    return [ax for ax in figure.axes if ax.axison and ax.get_xlabel()]


def shown(image: AxesImage) -> NDArray[np.float64]:
    values: NDArray[np.float64] = np.ma.filled(np.ma.asarray(image.get_array(), float), np.nan)
    return values


def test_scores_stand_beside_their_baselines(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_counting_scores({"all": 0.4, "eng": 0.6, "deu": 0.2})
    figure = draw_counting_scores(table, languages, labels=labels)
    assert figure.get_suptitle().startswith("Gemma 3 270M, 4-bit (Q4_K_M): counting")
    accuracy, error, r = panels(figure)
    assert [ax.get_xlabel() for ax in (accuracy, error, r)] == [
        "accuracy", "mean absolute error", "r with the truth",
    ]  # fmt: skip
    names = [text.get_text() for text in accuracy.get_yticklabels()]
    assert names == ["all together", "English", "German"]
    drawn = {
        str(line.get_label()): line for line in accuracy.lines if line.get_marker() in ("D", "o")
    }
    places = {name: float(np.asarray(line.get_xdata())[0]) for name, line in drawn.items()}
    assert places == {"all": 0.4, "eng": 0.6, "deu": 0.2}
    # Only what is told from the best baseline is filled.
    filled = {name: drawn[name].get_markerfacecolor() != "white" for name in ("eng", "deu")}
    assert filled == {"eng": True, "deu": False}
    marks = [line for line in accuracy.lines if line.get_gid() == BASELINE_GID]
    assert sorted(float(np.asarray(one.get_xdata())[0]) for one in marks) == [0.15] * 3 + [0.2] * 3
    level = next(line for line in accuracy.lines if line.get_gid() == LEVEL_GID)
    assert float(np.asarray(level.get_xdata())[0]) == pytest.approx(1 / 11)
    assert "n = 38 lists a language." in caption(figure)
    assert "not told from the best baseline" in caption(figure)


def test_caption_tells_lists_from_pairs_of_lists(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    pairs = pd.DataFrame([make_score(code, "pair_order", 0.4, n=19) for code in ("eng", "deu")])
    table = pd.concat([make_counting_scores({"all": 0.4, "eng": 0.6, "deu": 0.2}), pairs])
    assert (
        "n = 38 lists a language, 19 pairs of which are one list asked for two categories: these "
        "alone tell whether answers heed the category (pair_order)."
    ) in caption(draw_counting_scores(table, languages, labels=labels))


def test_every_way_of_asking_has_its_panels(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    written = make_counting_scores(scoring="generated")
    last = make_counting_scores(position="last", shots=0, framing="chat")
    figure = draw_counting_scores(
        pd.concat([written, last, make_counting_scores()]), languages, labels=labels
    )
    headings = [ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left")]
    assert headings == [
        "category named before the list, 4 examples; likeliest number",
        "category named after the list, no example, as a conversation; likeliest number",
        "category named before the list, 4 examples; number that was written",
    ]
    assert len(panels(figure)) == 9


def test_sizes_show_all_languages_and_behind_them_each(labels: dict[str, str]) -> None:
    figure = draw_counting_sizes(make_counting_scores(), labels=labels)
    by_count, by_length = panels(figure)
    model = next(line for line in by_count.lines if line.get_marker() == "o")
    assert np.asarray(model.get_ydata()).tolist() == [0, 0, 0, 0, 1, 0]
    assert np.asarray(model.get_xdata()).tolist() == [0, 1, 2, 3, 4, 5]
    assert sum(line.get_gid() == LANGUAGE_GID for line in by_count.lines) == 4
    assert by_length.get_xticks().tolist() == [6, 8, 10]
    assert "n = 152 lists a count" in caption(figure)
    assert "all languages together" in caption(figure)
    one = draw_counting_sizes(make_counting_scores({"eng": 0.2}), labels=labels)
    assert "all languages" not in caption(one)


def test_confusion_has_shares_of_each_count(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_predictions()
    table.loc[table["item_id"] == f"{1:016x}", "answer"] = pd.NA
    figure = draw_count_confusion(table, languages, labels=labels)
    shown = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title(loc="left") for ax in shown] == ["English", "German", "Swahili", "Chinese"]
    image = shown[0].images[0]
    assert isinstance(image, AxesImage)
    shares = np.asarray(image.get_array())
    columns = [text.get_text() for text in shown[0].get_xticklabels()]
    assert columns == [*map(str, range(13)), ">12", "none"]
    assert shares.shape == (6, 15)
    assert shares.sum(axis=1) == pytest.approx(np.ones(6))
    assert shares[0, [0, 13]].tolist() == [0.75, 0.25]
    assert shares[1, [4, 14]].tolist() == [0.75, 0.25]
    outlined = [
        patch.get_xy() for patch in shown[0].patches
        if isinstance(patch, Rectangle) and patch.get_gid() == RIGHT_GID
    ]  # fmt: skip
    assert outlined == [(place - 0.5, place - 0.5) for place in range(6)]
    assert "n = 4 lists a count and language" in caption(figure)


def test_answers_are_compared_with_true_counts(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_predictions(("deu",))
    table["answer"] = table["answer"].clip(upper=5)
    figure = draw_count_answers(table, languages, labels=labels)
    (ax,) = panels(figure)
    heights = [patch.get_height() for patch in ax.patches if isinstance(patch, Rectangle)]
    assert heights == pytest.approx([3 / 24, 0, 0, 0, 20 / 24, 1 / 24])
    true = next(line for line in ax.lines if line.get_gid() == TRUE_GID)
    assert np.asarray(true.get_ydata()).tolist() == pytest.approx([1 / 6] * 6)


def test_grid_has_accuracy_and_error_of_every_size(labels: dict[str, str]) -> None:
    table = make_predictions()
    table["length"] = 6 + table["item_id"].map(lambda one: int(one, 16)) // 6
    table.loc[(table["count"] == 1) & (table["length"] == 6), "answer"] = pd.NA
    table = table[(table["count"] != 5) | (table["length"] != 9)]
    figure = draw_counting_grid(table, labels=labels)
    accuracy, error = (ax.images[0] for ax in figure.axes)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "Accuracy", "Mean of answer − true count",
    ]  # fmt: skip
    assert isinstance(accuracy, AxesImage)
    assert isinstance(error, AxesImage)
    shares, apart = shown(accuracy), shown(error)
    assert shares[:, 1].tolist() == [1, 0, 0, 0, 1, 0]
    assert shares[0].tolist() == [1, 1, 0, 1]
    assert apart[:, 1].tolist() == [0, 3, 2, 1, 0, -1]
    assert apart[0, 2] == 30
    # Without a number an answer is wrong, but by nothing; where there is no list there is neither.
    assert shares[1, 0] == 0
    assert np.isnan(apart[1, 0])
    assert np.isnan(shares[5, 3])
    assert np.isnan(apart[5, 3])
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["6", "7", "8", "9"]
    assert "n = 4 lists a cell, 4 languages together" in caption(figure)


def test_one_way_is_shown_and_the_others_are_counted(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = pd.concat([make_predictions(scoring="generated"), make_predictions()])
    assert [way.scoring for way in list_ways(table)] == ["candidates", "generated"]
    figure = draw_count_answers(table, languages, labels=labels)
    assert "likeliest number; 1 other way of asking not shown" in caption(figure)
    assert "n = 24 lists a language" in caption(figure)


def test_many_languages_are_not_all_shown(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    codes = tuple(languages["language"][:30])
    figure = draw_count_confusion(make_predictions(codes), languages, labels=labels)
    assert len([ax for ax in figure.axes if ax.images]) == 24
    assert "6 more languages are not shown" in caption(figure)


def test_tables_of_two_models_are_refused(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    two = pd.concat([make_predictions(), make_predictions(model="other")])
    with pytest.raises(Refusal, match="rows of 2 models"):
        draw_count_answers(two, languages, labels=labels)
