from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isogloss.figures import draw_us_bias
from isogloss.figures.culture_bias import NATIVES_GID
from isogloss.figures.culture_rows import BAR_GID, POINT_GID, STAR_GID
from tests.figures.culture_drawing import (
    make_guide,
    outside,
    overlapping_names,
    segments,
    texts,
)
from tests.figures.culture_tables import CultureStudy, make_culture, make_demo
from tests.figures.drawn import caption
from tests.figures.test_task_scores import row_names

STUDY = make_culture(
    {"gpt-4o": "openai", "gemma-2-9b-it": "gemma"},
    {"US": "eng", "GB": "eng", "NG": "eng", "DK": "dan"},
)
DISTINCTIVE, LESS, OVERALL, PUBLISHED = "#0072B2", "#D55E00", "#8c8c8c", "#222222"


def draw(
    rows: pd.DataFrame | None = None, study: CultureStudy = STUDY, **options: object
) -> Figure:
    table = study.contrasts if rows is None else rows
    return draw_us_bias(table, make_guide(study), **options)  # type: ignore[arg-type]


def panels(figure: Figure) -> list[Axes]:
    return [ax for ax in figure.axes if ax.axison]


def marks(ax: Axes, colour: str) -> dict[int, float]:
    """Row, counted from below, and place of the marks of a colour."""
    found = {}
    for line in ax.lines:
        if line.get_gid() == POINT_GID and line.get_color() == colour:
            [x], [y] = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
            found[round(float(y))] = float(x)
    return found


def difference(model: str, language: str, part: str = "distinctive", without: str = "") -> float:
    rows = STUDY.contrasts
    own = rows[
        (rows["model"] == model) & (rows["language"] == language) & (rows["part"] == part)
        & (rows["without"] == without)
    ]  # fmt: skip
    return float(own["difference"].iloc[0])


def test_a_panel_a_language_a_row_a_model_and_their_mean() -> None:
    figure = draw()
    danish, english = panels(figure)
    assert [ax.get_title(loc="left") for ax in (danish, english)] == ["Danish", "English"]
    assert row_names(danish) == ["gemma-2-9b-it", "gpt-4o", "mean of 2 models"]
    for ax, code in ((danish, "dan"), (english, "eng")):
        assert marks(ax, DISTINCTIVE) == {
            2: difference("gemma-2-9b-it", code), 1: difference("gpt-4o", code),
            0: difference("all", code),
        }  # fmt: skip
        assert marks(ax, OVERALL)[1] == difference("gpt-4o", code, "overall")
    assert texts(english, NATIVES_GID) == ["natives: GB NG"]


def test_without_some_countries_is_shown_where_that_changes_the_natives() -> None:
    danish, english = panels(draw())
    assert marks(danish, LESS) == {}
    assert marks(english, LESS)[1] == difference("gpt-4o", "eng", without="KE NG SG")


def test_bars_are_the_wider_interval_and_a_mean_has_its_widest() -> None:
    rows = STUDY.contrasts
    own = rows[(rows["language"] == "dan") & (rows["part"] == "distinctive")]
    own = own[own["without"] == ""].reset_index(drop=True)
    own = own.assign(ci_low=-0.3, ci_high=0.3, battery_ci_low=-0.5, battery_ci_high=0.4)
    both = own["resampled"] == "questions and models"
    own.loc[both, ["ci_low", "ci_high"]] = [-0.8, 0.7]
    own.loc[both, ["battery_ci_low", "battery_ci_high"]] = np.nan
    [ax] = panels(draw(own))
    bars = [(start[0], end[0]) for start, end in segments(ax, BAR_GID)]
    assert sorted(bars) == [(-0.8, 0.7), (-0.5, 0.4), (-0.5, 0.4)]


@pytest.mark.parametrize(
    ("p", "low", "star"), [(0.009, 0.01, True), (0.011, 0.01, False), (0.001, -0.01, False)]
)
def test_a_star_takes_both_an_adjusted_p_and_the_wider_interval(
    p: float, low: float, star: bool
) -> None:
    rows = STUDY.contrasts.assign(
        difference=0.3, ci_low=0.2, ci_high=0.4, battery_ci_low=low, battery_ci_high=0.6,
        p_adjusted=p,
    )  # fmt: skip
    figure = draw(rows)
    stars = [len(texts(ax, STAR_GID)) for ax in panels(figure)]
    assert stars == ([3, 6] if star else [0, 0])
    said = caption(figure)
    assert f"p < .01, adjusted for the number of tests; {9 if star else 0} of 9" in said


def test_published_coefficients_stand_beside_hollow() -> None:
    other_rounds = STUDY.published.assign(rounds=0, coefficient=0.9)
    figure = draw(published=pd.concat([STUDY.published, other_rounds]))
    english = panels(figure)[1]
    terms = STUDY.published[STUDY.published["kind"] == "us:model:language"]
    known = terms.set_index(["model", "language"])["coefficient"]
    assert marks(english, PUBLISHED) == {
        2: known["gemma-2-9b-it", "eng"], 1: known["gpt-4o", "eng"],
    }  # fmt: skip
    [hollow] = {line.get_markerfacecolor() for line in english.lines
                if line.get_gid() == POINT_GID and line.get_color() == PUBLISHED}  # fmt: skip
    assert hollow == "white"
    assert "one draw of a random baseline, overall; without intervals" in caption(figure)
    rows = {round(start[1], 2) for start, _ in segments(english, BAR_GID)}
    marks_alone = {
        round(float(np.asarray(line.get_ydata())[0]), 2)
        for line in english.lines
        if line.get_gid() == POINT_GID and line.get_color() == PUBLISHED
    }
    assert not rows & marks_alone, "published intervals count rounds"
    for nothing in (None, STUDY.published[:0]):
        plain = draw(published=nothing)
        assert "random baseline" not in caption(plain)
        assert marks(panels(plain)[0], PUBLISHED) == {}


def test_of_one_model_rows_are_languages() -> None:
    study = make_demo()
    figure = draw(study=study)
    [ax] = panels(figure)
    assert row_names(ax)[:2] == ["German (XC)", "English (XB)"]
    assert len(marks(ax, DISTINCTIVE)) == 8
    assert figure.get_suptitle().startswith("Gemma 3 270M, 4-bit (Q4_K_M): answers more like XA")


def test_prompts_that_name_a_country_and_other_metrics_are_left_out() -> None:
    rows = STUDY.contrasts
    more = pd.concat([rows, rows.assign(named=True, difference=0.77),
                      rows.assign(metric="pearson", difference=0.88)])  # fmt: skip
    assert marks(panels(draw(more))[0], DISTINCTIVE) == marks(panels(draw())[0], DISTINCTIVE)


def test_bars_do_not_stretch_the_axis_beyond_what_can_be() -> None:
    rows = STUDY.contrasts.assign(battery_ci_low=-7.0, battery_ci_high=9.0)
    figure = draw(rows)
    low, high = panels(figure)[0].get_xlim()
    assert -2.5 < low < -2
    assert 2 < high < 2.5
    assert "Bars that leave the panel reach beyond 2" in caption(figure)
    assert "leave the panel" not in caption(draw())


def test_without_a_reference_the_figure_says_so() -> None:
    said = draw(STUDY.contrasts.assign(difference=np.nan)).axes[0].texts[0].get_text()
    assert said.startswith("No language has both a native country and another one")


def test_answers_that_are_all_alike_are_not_taken_for_a_lack_of_countries() -> None:
    flat = STUDY.alignment.assign(value=np.nan)
    figure = draw(STUDY.contrasts[:0], alignment=flat)
    said = figure.axes[0].texts[0].get_text().replace("\n", " ")
    assert said == (
        "No agreement to compare: the same score for every question, so there is no correlation."
    )
    few = draw(STUDY.contrasts[:0], alignment=STUDY.alignment)
    assert few.axes[0].texts[0].get_text().startswith("No language has both")


@pytest.mark.parametrize("size", ["real", "demo"])
def test_names_keep_apart_and_within_the_figure(size: str) -> None:
    study = make_demo() if size == "demo" else make_culture()
    figure = draw(study=study, published=study.published)
    assert overlapping_names(figure) == []
    assert outside(figure) == []
