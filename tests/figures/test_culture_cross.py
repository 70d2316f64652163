from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isogloss.figures import draw_cross_effects
from isogloss.figures.culture_cells import FRAME_GID
from isogloss.figures.culture_cross import LINK_GID, VALUE_GID
from isogloss.figures.culture_marks import WATERMARK_GID
from isogloss.figures.culture_rows import POINT_GID
from tests.figures.culture_drawing import (
    make_guide,
    outside,
    overlapping_names,
    points,
    texts,
    with_gaps,
)
from tests.figures.culture_tables import CultureStudy, make_culture, make_demo
from tests.figures.drawn import caption
from tests.figures.test_task_scores import row_names

STUDY = make_culture(
    {"gpt-4o": "openai", "gemma-2-9b-it": "gemma"}, {"US": "eng", "DK": "dan", "NL": "nld"}
)


def draw(rows: pd.DataFrame | None = None, study: CultureStudy = STUDY) -> Figure:
    return draw_cross_effects(study.cross if rows is None else rows, make_guide(study))


def panels(figure: Figure) -> list[Axes]:
    return [ax for ax in figure.axes if ax.axison]


def over_languages(model: str, kind: str) -> float:
    rows = STUDY.cross
    own = rows[(rows["model"] == model) & (rows["kind"] == kind) & (rows["language_a"] == "all")]
    return float(own["value"].iloc[0])


def test_within_and_between_stand_beside_their_difference() -> None:
    levels, differences = panels(draw())
    assert row_names(levels) == ["gemma-2-9b-it", "gpt-4o"]
    drawn = {round(y, 2): x for x, y in points(levels, POINT_GID)}
    assert drawn == {
        1.16: over_languages("gemma-2-9b-it", "within"),
        0.84: over_languages("gemma-2-9b-it", "between"),
        0.16: over_languages("gpt-4o", "within"),
        -0.16: over_languages("gpt-4o", "between"),
    }
    assert len(points(levels, LINK_GID)) == 4, "two lines with two ends"
    found = {y: x for x, y in points(differences, POINT_GID)}
    assert found == {
        1.0: over_languages("gemma-2-9b-it", "difference"),
        0.0: over_languages("gpt-4o", "difference"),
    }
    value = over_languages("gpt-4o", "difference")
    assert f"{value:.2f}"[1:] in " ".join(texts(differences, VALUE_GID))


def test_differences_whose_interval_holds_no_zero_are_counted() -> None:
    rows = STUDY.cross
    whole = (rows["kind"] == "difference") & (rows["language_a"] == "all")
    rows = rows.assign(ci_low=np.where(whole, -0.1, rows["ci_low"]), ci_high=0.9)
    rows.loc[whole & (rows["model"] == "gpt-4o"), "ci_low"] = 0.001
    assert "1 of 2 differences have an interval without 0" in caption(draw(rows))


def test_without_rows_over_all_languages_the_mean_has_no_interval() -> None:
    rows = STUDY.cross[STUDY.cross["language_a"] != "all"]
    levels, *_ = panels(draw(rows))
    own = rows[(rows["model"] == "gpt-4o") & (rows["kind"] == "within")]["value"]
    assert [x for x, y in points(levels, POINT_GID) if round(y, 2) == 0.16] == [
        pytest.approx(own.mean())
    ]
    assert not levels.collections


def test_of_one_model_every_two_languages_are_shown() -> None:
    study = make_demo()
    _, _, matrix = panels(draw(study=study))
    names = row_names(matrix)
    assert len(names) == 8
    values: np.ndarray = np.ma.asarray(matrix.images[0].get_array()).filled(np.nan)
    rows = study.cross.set_index(["language_a", "language_b", "kind"])["value"]
    assert values[names.index("German"), names.index("German")] == rows["deu", "deu", "within"]
    between = rows["deu", "eng", "between"]
    pair = names.index("German"), names.index("English")
    assert values[pair] == values[pair[::-1]] == between
    assert len([own for own in matrix.collections if own.get_gid() == FRAME_GID]) == 1


def test_with_one_answer_a_language_there_is_no_difference() -> None:
    study = make_demo()
    rows = study.cross
    once = rows["kind"].isin(["within", "difference"]) | (rows["language_a"] == "all")
    reason = "no question has two such answers"
    lacking = rows.assign(
        **{name: rows[name].mask(once) for name in ("value", "ci_low", "ci_high")},
        reason=np.where(once, reason, ""),
    )
    figure = draw(lacking, study)
    [matrix] = panels(figure)
    assert len(row_names(matrix)) == 8, "no panel of a lone point, none of differences"
    assert "How alike are answers in two languages?" in figure.get_suptitle()
    mean = rows.loc[~once, "value"].mean()
    assert f"Mean over every two languages: {mean:.2f}".replace("0.", ".") in caption(figure)
    assert f"Nothing within a language: {reason}." in caption(figure)
    assert f"Grey: {reason}." in caption(figure)
    whole = caption(draw(study=study))
    assert "Grey" not in whole
    assert "Nothing within" not in whole


def test_several_models_without_differences_have_one_panel_of_means() -> None:
    rows = STUDY.cross
    once = rows["kind"].isin(["within", "difference"]) | (rows["language_a"] == "all")
    lacking = rows.assign(
        **{name: rows[name].mask(once) for name in ("value", "ci_low", "ci_high")},
        reason=np.where(once, "no question has two such answers", ""),
    )
    figure = draw(lacking)
    [levels] = panels(figure)
    assert len(points(levels, POINT_GID)) == 2
    low, high = levels.get_xlim()
    assert high - low >= 0.4, "lone points do not choose the scale"
    assert "without one: a mean over languages" in caption(figure)
    assert "Above 0" not in caption(figure)
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["in two languages"]


def test_there_is_no_watermark_as_no_survey_enters() -> None:
    figure = draw(study=make_demo())
    assert not figure.findobj(lambda artist: artist.get_gid() == WATERMARK_GID)
    assert "No survey enters" in caption(figure)


def test_one_labeller_is_shown() -> None:
    figure = draw(pd.concat([STUDY.cross, STUDY.cross.assign(labeller="judge", value=0.01)]))
    assert "(not shown: by judge)" in caption(figure)
    assert all(x != 0.01 for x, _ in points(panels(figure)[0], POINT_GID))


def test_one_language_has_nothing_to_compare() -> None:
    study = make_culture({"gpt-4o": "openai"}, {"US": "eng", "GB": "eng"}, questions=8)
    said = draw(study=study).axes[0].texts[0].get_text()
    assert said == "No model answered in its own words in two languages."
    reason = "5 questions, 8 are needed (cultural_analysis.least_questions)"
    few = STUDY.cross.assign(value=np.nan, ci_low=np.nan, ci_high=np.nan, reason=reason)
    assert draw(few).axes[0].texts[0].get_text().replace("\n", " ") == (
        f"No two languages have a correlation of their answers: {reason}."
    )


@pytest.mark.parametrize("size", ["real", "demo", "gaps"])
def test_names_keep_apart_and_within_the_figure(size: str) -> None:
    study = make_demo() if size == "demo" else make_culture()
    gaps = with_gaps(study.cross, ("value", "ci_low", "ci_high"))
    figure = draw(gaps if size == "gaps" else study.cross, study)
    assert overlapping_names(figure) == []
    assert outside(figure) == []
