from __future__ import annotations

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from isogloss.figures import draw_cultural_alignment, draw_us_bias
from isogloss.figures.culture_cells import VALUE_GID
from isogloss.figures.culture_marks import WATERMARK_GID, finish, say_instead
from isogloss.figures.culture_study import SYNTHETIC
from tests.figures.culture_drawing import make_guide
from tests.figures.culture_tables import make_culture, make_demo
from tests.figures.drawn import caption


def watermarks(figure: Figure) -> list[Text]:
    found = figure.findobj(lambda artist: artist.get_gid() == WATERMARK_GID)
    return [mark for mark in found if isinstance(mark, Text)]


def test_every_panel_of_a_made_up_survey_is_marked_in_full_and_below_its_numbers() -> None:
    study = make_demo()
    figure = draw_cultural_alignment(study.alignment, make_guide(study))
    panels = [ax for ax in figure.axes if ax.axison]
    assert len(panels) == 3
    figure.draw_without_rendering()
    for ax in panels:
        [mark] = [text for text in ax.texts if text.get_gid() == WATERMARK_GID]
        assert " ".join(mark.get_text().split()) == SYNTHETIC
        numbers = [text for text in ax.texts if text.get_gid() == VALUE_GID]
        assert mark.get_zorder() < min(text.get_zorder() for text in numbers)
        box, panel = mark.get_window_extent(), ax.get_window_extent()
        assert panel.x0 <= box.x0, "the whole sentence lies within the panel"
        assert box.x1 <= panel.x1
        assert panel.y0 <= box.y0
        assert box.y1 <= panel.y1
        assert box.width > 0.5 * panel.width, "and is not lost in it"


def test_the_caption_says_it_first_and_nothing_is_said_of_real_surveys() -> None:
    demo, real = make_demo(), make_culture()
    marked = draw_us_bias(demo.contrasts, make_guide(demo))
    assert caption(marked).startswith(SYNTHETIC)
    assert watermarks(marked)
    plain = draw_us_bias(real.contrasts, make_guide(real))
    assert "SYNTHETIC" not in caption(plain)
    assert watermarks(plain) == []


def test_one_synthetic_row_is_enough() -> None:
    study = make_culture()
    rows = study.contrasts.copy()
    rows.loc[0, "synthetic"] = True
    assert watermarks(draw_us_bias(rows, make_guide(study)))


@pytest.mark.parametrize("size", [(10, 1.8), (1.5, 6), (3, 3)])
def test_the_mark_fits_panels_of_any_shape(size: tuple[float, float]) -> None:
    figure = Figure(figsize=size, layout="constrained")
    ax = figure.subplots()
    finish(figure, "", [], synthetic=True)
    [mark] = watermarks(figure)
    assert mark.get_window_extent().width <= 1.02 * ax.get_window_extent().width


def test_a_figure_that_shows_nothing_says_so_and_is_marked_below() -> None:
    figure = say_instead("Nothing", "Because.", synthetic=True)
    assert figure.axes[0].texts[0].get_text() == "Because."
    assert caption(figure).startswith(SYNTHETIC)
