from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isogloss.errors import Refusal
from isogloss.figures import draw_cultural_alignment
from isogloss.figures.culture_alignment import GROUP_GID
from isogloss.figures.culture_cells import FRAME_GID, TOLD_GID, VALUE_GID
from tests.figures.culture_drawing import make_guide, outside, overlapping_names, points, texts
from tests.figures.culture_tables import CultureStudy, make_culture, make_demo
from tests.figures.drawn import caption
from tests.figures.test_task_scores import row_names

SMALL = make_culture(
    {"gpt-4o": "openai", "gemma-2-9b-it": "gemma"}, {"US": "eng", "GB": "eng", "DK": "dan"}
)


def draw(study: CultureStudy = SMALL, rows: pd.DataFrame | None = None, **options: str) -> Figure:
    table = study.alignment if rows is None else rows
    return draw_cultural_alignment(table, make_guide(study), **options)


def panels(figure: Figure) -> list[Axes]:
    return [ax for ax in figure.axes if ax.axison]


def cells(ax: Axes) -> np.ndarray:
    return np.ma.asarray(ax.images[0].get_array()).filled(np.nan)


def values(study: CultureStudy, part: str) -> pd.Series:
    rows = study.alignment[(study.alignment["level"] == "country")]
    own = rows[(rows["part"] == part) & (rows["elicitation"] == "open")]
    return own.set_index(["group", "language", "model"])["value"]


def test_three_blocks_of_countries_by_models_in_every_language() -> None:
    figure = draw()
    blocks = panels(figure)
    assert [ax.get_title(loc="left").split(":")[0] for ax in blocks] == [
        "overall", "normative", "distinctive",
    ]  # fmt: skip
    assert row_names(blocks[0]) == ["DK", "GB", "US"], "by language, then by code"
    columns = [("dan", "gemma-2-9b-it"), ("dan", "gpt-4o"), ("eng", "gemma-2-9b-it"),
               ("eng", "gpt-4o")]  # fmt: skip
    for ax, part in zip(blocks, ("overall", "normative", "distinctive"), strict=True):
        known = values(SMALL, part)
        for (row, column), value in np.ndenumerate(cells(ax)):
            country = ("DK", "GB", "US")[row]
            assert value == known[(country, *columns[column])]
    names = [text.get_text() for text in blocks[0].get_xticklabels()]
    assert names == ["gemma-2-9b-it", "gpt-4o"] * 2
    assert texts(blocks[0], GROUP_GID) == ["Danish", "English"]
    assert len(texts(blocks[2], VALUE_GID)) == 12


def test_of_one_model_columns_are_languages() -> None:
    study = make_demo()
    figure = draw(study)
    ax = panels(figure)[0]
    names = [text.get_text() for text in ax.get_xticklabels()]
    assert names[:3] == ["German", "English", "French"]
    assert texts(ax, GROUP_GID) == []
    assert figure.get_suptitle().startswith("Gemma 3 270M, 4-bit (Q4_K_M): agreement of open")
    assert len({round(ax.get_position().y0, 3) for ax in panels(figure)}) == 1, "side by side"


def test_many_columns_stack_the_blocks() -> None:
    blocks = panels(draw(make_culture()))
    assert len({round(ax.get_position().x0, 3) for ax in blocks}) == 1
    assert len(cells(blocks[0])[0]) == 36


def test_only_the_wider_interval_tells_a_value_from_zero() -> None:
    rows = SMALL.alignment.assign(ci_low=0.1, ci_high=0.3, battery_ci_low=-0.1, battery_ci_high=0.5)
    at = (rows["group"] == "DK") & (rows["language"] == "eng") & (rows["model"] == "gpt-4o")
    rows.loc[at & (rows["part"] == "normative"), "battery_ci_low"] = 0.05
    blocks = panels(draw(rows=rows))
    assert [len(points(ax, TOLD_GID)) for ax in blocks] == [0, 1, 0]
    [(column, row)] = points(blocks[1], TOLD_GID)
    assert (round(column), round(row)) == (3, 0)
    bold = [text for text in blocks[1].texts
            if text.get_gid() == VALUE_GID and text.get_fontweight() == "bold"]  # fmt: skip
    assert [text.get_position() for text in bold] == [(3, 0)]
    assert "1 of 24 do, each taken by itself: one in 20 would by chance" in caption(draw(rows=rows))


def test_distinctive_values_are_never_marked_and_stand_beside_those_of_a_conformist() -> None:
    rows = SMALL.alignment.assign(ci_low=0.1, ci_high=0.3, battery_ci_low=0.1, battery_ci_high=0.3)
    blocks = panels(draw(rows=rows))
    assert [len(points(ax, TOLD_GID)) for ax in blocks] == [12, 12, 0]
    assert "follows what all countries share alone would reach .20 there" in caption(draw())


def test_countries_of_the_language_are_framed_even_where_nothing_was_measured() -> None:
    rows = SMALL.alignment.copy()
    rows.loc[(rows["group"] == "DK") & (rows["part"] == "overall"), "value"] = np.nan
    for ax in panels(draw(rows=rows)):
        [frame] = [own for own in ax.collections if own.get_gid() == FRAME_GID]
        corners = {tuple(map(float, end)) for line in frame.get_segments() for end in line}  # type: ignore[attr-defined]
        # Danish with DK in the first two columns, English with GB and US in the others.
        assert {(-0.5, -0.5), (1.5, 0.5), (1.5, 2.5), (3.5, 0.5), (3.5, 2.5)} <= corners
        assert (0.5, 0.5) in corners, "outlines follow the grid"
        assert not {(2.5, 1.5), (0.5, 1.5)} & corners, "and do not cross what they frame"


def test_prompts_that_name_a_country_other_metrics_and_levels_are_left_out() -> None:
    others = [
        SMALL.alignment.assign(named_country="native", value=0.99),
        SMALL.alignment.assign(metric="distance", value=0.98),
        SMALL.alignment[SMALL.alignment["level"] == "language"].assign(value=0.97),
    ]
    rows = pd.concat([SMALL.alignment, *others])
    assert (cells(panels(draw(rows=rows))[0]) == cells(panels(draw())[0])).all()


def test_answers_on_the_scale_of_the_survey_have_a_figure_of_their_own() -> None:
    study = make_demo()
    figure = draw(study, elicitation="closed")
    assert "agreement of answers on the survey's own scale" in figure.get_suptitle()
    known = study.alignment[study.alignment["elicitation"] == "closed"]
    own = known[(known["part"] == "overall") & (known["level"] == "country")]
    first = cells(panels(figure)[0])[0, 0]
    assert first in own["value"].to_numpy()
    figure = draw(elicitation="closed")
    said = figure.axes[0].texts[0].get_text()
    assert said == "No agreement of closed answers with a country was measured."


def test_another_labeller_is_named_and_an_unknown_one_refused() -> None:
    rows = pd.concat([SMALL.alignment, SMALL.alignment.assign(labeller="judge", value=0.5)])
    said = caption(draw(rows=rows))
    assert "Open answers, labelled by likelihood (not shown: by judge)" in said
    assert (cells(panels(draw(rows=rows, labeller="judge"))[0]) == 0.5).all()
    with pytest.raises(Refusal, match="'jury'"):
        draw(labeller="jury")


def test_of_many_countries_those_of_the_languages_stay() -> None:
    extra = {f"Q{letter}": "fra" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    study = make_culture({"gpt-4o": "openai"}, {"US": "eng", "GB": "eng", **extra})
    rows = study.alignment[study.alignment["language"] == "eng"]
    figure = draw(study, rows)
    shown = row_names(panels(figure)[0])
    assert len(shown) == 26
    assert {"US", "GB"} <= set(shown)
    assert "Not shown: QY, QZ" in caption(figure)


def test_floor_and_ceiling_are_told() -> None:
    said = caption(draw())
    assert "permuted over the questions reach .02 overall" in said
    assert "The mean of the other countries reaches ." in said


@pytest.mark.parametrize("size", ["one column", "real", "demo"])
def test_names_keep_apart_and_within_the_figure(size: str) -> None:
    study = make_demo() if size == "demo" else make_culture()
    rows = study.alignment
    if size == "one column":
        rows = rows[(rows["model"] == "gpt-4o") & (rows["language"] == "eng")]
    figure = draw(study, rows)
    assert overlapping_names(figure) == []
    assert outside(figure) == []
