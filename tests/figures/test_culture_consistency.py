from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from isogloss.figures import draw_self_consistency
from isogloss.figures.culture_consistency import BAND_GID, COUNTRY_GID
from isogloss.figures.culture_rows import BAR_GID, POINT_GID, ShortTicks
from tests.figures.culture_drawing import (
    make_guide,
    outside,
    overlapping_names,
    points,
    segments,
    texts,
    with_gaps,
)
from tests.figures.culture_tables import CultureStudy, make_culture, make_demo
from tests.figures.drawn import caption
from tests.figures.test_task_scores import row_names

STUDY = make_culture(
    {"gpt-4o": "openai", "gemma-2-9b-it": "gemma"},
    {"US": "eng", "GB": "eng", "NG": "eng", "DK": "dan"},
)


def draw(rows: pd.DataFrame | None = None, study: CultureStudy = STUDY) -> Figure:
    return draw_self_consistency(study.consistency if rows is None else rows, make_guide(study))


def panels(figure: Figure) -> list[Axes]:
    return [ax for ax in figure.axes if ax.axison]


def band(ax: Axes) -> tuple[float, float]:
    [found] = [own for own in ax.patches if own.get_gid() == BAND_GID]
    assert isinstance(found, Rectangle)
    return found.get_x(), found.get_x() + found.get_width()


def test_models_stand_over_the_range_of_all_countries() -> None:
    rows = STUDY.consistency
    people = rows[rows["kind"] == "country"]["value"]
    danish, english = panels(draw())
    assert row_names(danish) == ["gemma-2-9b-it", "gpt-4o"]
    for ax, code in ((danish, "dan"), (english, "eng")):
        assert band(ax) == pytest.approx((people.min(), people.max()))
        own = rows[(rows["language"] == code) & (rows["kind"] == "model")].set_index("name")
        assert {round(y): x for x, y in points(ax, POINT_GID)} == {
            1: own["value"]["gemma-2-9b-it"], 0: own["value"]["gpt-4o"],
        }  # fmt: skip
        ends = {(start[0], end[0]) for start, end in segments(ax, BAR_GID)}
        assert ends == set(own[["ci_low", "ci_high"]].itertuples(index=False, name=None))


def test_countries_of_the_language_are_ticks_and_the_outer_ones_named() -> None:
    danish, english = panels(draw())
    rows = STUDY.consistency[STUDY.consistency["kind"] == "country"]
    english_ones = rows[rows["language"] == "eng"].sort_values("value")
    assert texts(danish, COUNTRY_GID) == ["DK"]
    assert texts(english, COUNTRY_GID) == english_ones["name"].iloc[[0, -1]].tolist()
    ticks = [start[0] for start, _ in segments(english, COUNTRY_GID)]
    assert ticks == english_ones["value"].tolist()


def test_one_labeller_is_shown() -> None:
    rows = STUDY.consistency
    second = rows.assign(labeller="judge", value=0.1, opinions=5.0)
    figure = draw(pd.concat([rows, second]))
    assert all(x != 0.1 for x, _ in points(panels(figure)[0], POINT_GID))
    assert band(panels(figure)[0])[0] > 0.6, "people beside the answers that are shown"
    assert "for groups of 8 respondents who take a side" in caption(figure)
    assert "(not shown: by judge)" in caption(figure)


def test_it_is_told_where_models_have_fewer_opinions_than_groups() -> None:
    assert "(models:" not in caption(draw())
    rows = STUDY.consistency
    fewer = (rows["kind"] == "model") & (rows["name"] == "gpt-4o")
    said = caption(draw(rows.assign(opinions=rows["opinions"].mask(fewer, 2.5))))
    assert "has opinions (models: 2.5 to 8; fewer agree less by chance)" in said


def test_assumed_variances_are_told() -> None:
    assert "too high" not in caption(draw())
    rows = STUDY.consistency
    binomial = rows.assign(variance=np.where(rows["name"] == "DK", "binomial", rows["variance"]))
    assert "For 1 of 4 countries the weights of respondents are not known" in caption(
        draw(binomial)
    )


def test_of_one_model_rows_are_languages() -> None:
    study = make_demo()
    [ax] = panels(draw(study=study))
    assert row_names(ax)[:2] == ["German", "English"]
    assert len(points(ax, POINT_GID)) == 8


def test_without_people_or_models_the_figure_says_so() -> None:
    rows = STUDY.consistency
    alone = draw(rows[rows["kind"] == "model"])
    assert "No human groups" in caption(alone)
    assert not [own for own in panels(alone)[0].patches if own.get_gid() == BAND_GID]
    nobody = draw(rows[rows["kind"] == "country"])
    said = nobody.axes[0].texts[0].get_text()
    assert said.startswith("No model answered in its own words")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("no question has two such answers", "No model gave two answers to one question: survey_"),
        (
            "the same score for every question, so there is no correlation",
            "No model has a correlation of two answers to one question: the same score for every",
        ),
    ],
)
def test_none_asked_twice_is_told_from_answers_that_are_all_alike(reason: str, said: str) -> None:
    rows = STUDY.consistency
    asked = rows["kind"] == "model"
    lost = rows.assign(value=rows["value"].mask(asked), reason=np.where(asked, reason, ""))
    text = draw(lost).axes[0].texts[0].get_text().replace("\n", " ")
    assert text.startswith(said)
    some = asked & (rows["name"] == "gpt-4o")
    lost = rows.assign(value=rows["value"].mask(some), reason=np.where(some, reason, ""))
    assert f"Without a mark: 2 ({reason})" in caption(draw(lost))
    assert "Without a mark" not in caption(draw())


@pytest.mark.parametrize("size", ["real", "demo", "gaps"])
def test_names_keep_apart_and_within_the_figure(size: str) -> None:
    study = make_demo() if size == "demo" else make_culture()
    gaps = with_gaps(study.consistency, ("value", "ci_low", "ci_high"))
    figure = draw(gaps if size == "gaps" else study.consistency, study)
    assert overlapping_names(figure) == []
    assert outside(figure) == []


def test_ticks_of_an_axis_have_as_many_digits_as_one_of_them_needs() -> None:
    write = ShortTicks().format_ticks
    assert write([-0.1, -0.05, 0.0, 0.05, 0.1]) == ["-.10", "-.05", "0", ".05", ".10"]
    assert write([-1.0, -0.5, 0.0, 0.5, 1.0]) == ["-1.0", "-.5", "0", ".5", "1.0"]
    assert write([-1.0, 0.0, 1.0]) == ["-1", "0", "1"]
    assert write([0.1 + 0.2, 0.405]) == [".300", ".405"]
    assert ShortTicks()(0.25) == ".25"
