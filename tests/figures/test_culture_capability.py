from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isogloss.figures import draw_capability
from isogloss.figures.scatter import FIT_GID, VERDICT_GID
from isogloss.pipelines.reporting.culture_cells import pair_capabilities
from tests.figures.culture_drawing import make_guide, outside, overlapping_names, points, texts
from tests.figures.culture_tables import CultureStudy, make_culture, make_demo
from tests.figures.drawn import caption, direct_labels, overlapping

STUDY = make_culture()
CELLS = pair_capabilities(STUDY.capability, STUDY.alignment)


def draw(
    cells: pd.DataFrame = CELLS,
    regression: pd.DataFrame = STUDY.regression,
    study: CultureStudy = STUDY,
    **options: Any,
) -> Figure:
    return draw_capability(cells, regression, make_guide(study), **options)


def panels(figure: Figure) -> list[Axes]:
    return [ax for ax in figure.axes if ax.axison]


def drawn(ax: Axes) -> dict[str, tuple[float, float]]:
    """Model -> its point; other lines have no name."""
    return {
        str(line.get_label()): (float(np.asarray(line.get_xdata())[0]),
                                float(np.asarray(line.get_ydata())[0]))
        for line in ax.lines if not str(line.get_label()).startswith("_")
    }  # fmt: skip


def test_a_panel_a_language_a_point_a_model() -> None:
    figure = draw()
    assert [ax.get_title(loc="left") for ax in panels(figure)] == [
        "Danish", "English", "Dutch", "Portuguese",
    ]  # fmt: skip
    own = CELLS[(CELLS["language"] == "nld") & (CELLS["outcome"] == "distinctive")]
    known = own.set_index("model")[["score", "value"]]
    for model, place in drawn(panels(figure)[2]).items():
        assert place == tuple(known.loc[model])


def test_many_models_have_wider_panels_for_their_names() -> None:
    assert len({round(ax.get_position().x0, 2) for ax in panels(draw())}) == 2
    few = CELLS[CELLS["model"].isin(["gpt-4o", "gemma-2-2b-it"])]
    assert len({round(ax.get_position().x0, 2) for ax in panels(draw(few))}) == 4


def test_families_have_markers_and_a_legend() -> None:
    figure = draw()
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["gemma", "olmo", "openai"]
    looks = {
        model: line.get_marker()
        for line in panels(figure)[0].lines
        if (model := str(line.get_label())).startswith(("g", "O"))
    }
    assert looks["gemma-2-2b-it"] == looks["gemma-2-9b-it"] != looks["gpt-4o"]


def test_the_pooled_slope_runs_through_the_mean_of_each_panel() -> None:
    for ax in panels(draw()):
        (x0, y0), (x1, y1) = points(ax, FIT_GID)
        assert (y1 - y0) / (x1 - x0) == pytest.approx(0.42)
        middle = np.mean([*drawn(ax).values()], axis=0)
        assert y0 + 0.42 * (middle[0] - x0) == pytest.approx(middle[1])


def test_the_slope_is_told_with_interval_p_and_its_range_without_one_model() -> None:
    [said] = texts(draw().axes[0], VERDICT_GID)
    assert said.splitlines() == [
        "pooled slope +.42 [.02, .82], n = 9 models; permutation p = .040, within families "
        "p = .210",
        "leaving out one model at a time: .44 to .60",
    ]
    tiny = STUDY.regression.assign(p=0.0001, p_within_family=np.nan)
    assert "permutation p = < .001\n" in texts(draw(regression=tiny).axes[0], VERDICT_GID)[0]


def test_too_few_models_have_no_slope_and_the_figure_says_why() -> None:
    study = make_demo()
    figure = draw(pair_capabilities(study.capability, study.alignment), study.regression, study)
    assert texts(figure.axes[0], VERDICT_GID) == ["no slope: 1 models; a slope takes 6"]
    [ax] = panels(figure)
    assert points(ax, FIT_GID) == []
    names = {label.get_text() for label in direct_labels(figure)} - {""}
    assert names == {
        "German", "English", "French", "Russian", "Spanish", "Swahili", "Chinese", "Turkish",
    }  # fmt: skip


def test_another_way_of_asking_lends_no_slope() -> None:
    other = STUDY.regression.assign(labeller="judge", slope=9.0)
    figure = draw(regression=pd.concat([other, STUDY.regression]))
    assert "pooled slope +.42" in texts(figure.axes[0], VERDICT_GID)[0]
    assert texts(draw(regression=other).axes[0], VERDICT_GID) == ["no slope: too few models"]


def test_outcome_and_capability_can_be_wished_for() -> None:
    tasks = CELLS.assign(capability="task", score=0.5)
    figure = draw(pd.concat([CELLS, tasks]), capability="task", outcome="overall")
    assert {x for x, _ in drawn(panels(figure)[0]).values()} == {0.5}
    assert "Across: a task of this project; up: overall agreement" in caption(figure)


def test_labels_keep_apart_and_within_the_figure() -> None:
    figure = draw()
    assert overlapping(figure) == []
    assert overlapping_names(figure) == []
    assert outside(figure) == []
    assert len([one for one in direct_labels(figure) if one.get_text()]) == 36


def test_without_pairs_the_figure_says_so() -> None:
    said = draw(CELLS.assign(score=np.nan)).axes[0].texts[0].get_text()
    assert said.startswith("No model has both a capability in a language and agreement")
