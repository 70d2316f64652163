from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from isogloss.errors import Refusal
from isogloss.figures import draw_merge_scores
from isogloss.figures.merging_score_panels import FIRST_GID, HATCH_GID
from isogloss.figures.merging_study import StudyGuide
from isogloss.figures.rows import VALUE_GID
from isogloss.figures.style import LEVEL_GID
from tests.figures.conftest import language_table
from tests.figures.drawn import caption
from tests.figures.merge_examples import (
    AVERAGE,
    EIGHT,
    ENCODER,
    SIMILAR,
    Study,
    make_study,
    massive_locales,
    read_locales,
)
from tests.figures.test_task_scores import row_names

SHOWN = ("own", "pivot", SIMILAR)


def make_guide(study: Study | None = None, **options: bool) -> StudyGuide:
    return StudyGuide(
        labels={ENCODER: "MiniLM-L6 (English)"}, locales=read_locales(),
        languages=language_table(), spelling=None if study is None else study.spelling, **options,
    )  # fmt: skip


def points(ax: Axes, recipe: str) -> Line2D:
    [line] = [line for line in ax.lines if line.get_label() == recipe]
    return line


def score(study: Study, recipe: str, locale: str, column: str = "accuracy") -> float:
    rows = study.results.set_index(["recipe", "locale"])[column]
    return float(rows[recipe, locale])


def test_points_and_bars_are_those_of_the_table() -> None:
    study = make_study(("de-DE", "tr-TR", "en-US"))
    figure = draw_merge_scores(study.results, make_guide(study), recipes=SHOWN)
    ax = figure.axes[1]
    # Indo-European first, by their own models; English and German are of one family.
    order = [*sorted(("de-DE", "en-US"), key=lambda one: -score(study, "own", one)), "tr-TR"]
    names = {"de-DE": "German", "en-US": "English", "tr-TR": "Turkish"}
    assert row_names(ax) == [names[one] for one in order]
    merged = points(ax, SIMILAR)
    assert list(merged.get_xdata()) == [score(study, SIMILAR, one) for one in order]  # type: ignore[arg-type]
    bars = [own for own in ax.collections if isinstance(own, LineCollection)][2]
    assert [segment[:, 0].tolist() for segment in bars.get_segments()] == [
        [score(study, SIMILAR, one, end) for end in ("ci_low", "ci_high")] for one in order
    ]
    assert len(np.asarray(points(ax, "pivot").get_xdata())) == 2, "the pivot has no zero-shot"
    values = [text.get_text() for text in ax.texts if text.get_gid() == VALUE_GID]
    assert f"{score(study, 'own', order[0]):.2f}".lstrip("0") in values


def test_the_most_frequent_class_is_a_level() -> None:
    study = make_study(("de-DE", "en-US", "fr-FR"))
    figure = draw_merge_scores(study.results, make_guide(), recipes=SHOWN)
    [level] = [line for line in figure.axes[1].lines if line.get_gid() == LEVEL_GID]
    places = np.asarray(level.get_xdata(), np.float64)
    assert set(places[np.isfinite(places)]) == {0.125}
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "own model", "pivot's model, zero-shot", "merge: similarity", "most frequent class",
    ]  # fmt: skip


def test_locales_that_are_not_spelled_stand_last_on_hatched_ground_with_the_reason() -> None:
    study = make_study(("de-DE", "en-US", "am-ET"), unspelled=("am-ET",))
    figure = draw_merge_scores(study.results, make_guide(study), recipes=SHOWN)
    ax = figure.axes[1]
    assert row_names(ax)[-1] == "Amharic\n(31% unknown)"
    [ground] = [patch for patch in ax.patches if patch.get_gid() == HATCH_GID]
    low, high = ground.get_extents().transformed(ax.transData.inverted()).intervaly
    assert low < ax.get_yticks()[-1] < high
    assert "hatched and last, in no mean, source or test: am-ET 31%" in caption(figure)
    spelled = draw_merge_scores(make_study(("de-DE", "en-US")).results, make_guide())
    assert "Not spelled" not in caption(spelled)


def test_of_many_locales_each_approach_has_a_panel_with_ticks_of_the_first() -> None:
    locales = massive_locales()[:20]
    study = make_study(locales)
    figure = draw_merge_scores(study.results, make_guide(study), recipes=SHOWN)
    own, pivot, merged = (ax for ax in figure.axes if ax.axison)
    assert merged.get_title(loc="left") == "merge: similarity"
    [ticks] = [line for line in merged.lines if line.get_gid() == FIRST_GID]
    assert list(ticks.get_xdata()) == list(points(own, "own").get_xdata())  # type: ignore[arg-type]
    assert not [line for line in own.lines if line.get_gid() == FIRST_GID]
    places = np.asarray(points(merged, SIMILAR).get_xdata(), np.float64)
    assert sorted(places) == sorted(score(study, SIMILAR, one) for one in locales)
    assert len(np.asarray(points(pivot, "pivot").get_xdata())) == 19


def test_fifty_two_locales_are_named_by_codes_that_keep_apart() -> None:
    study = make_study(massive_locales(), unspelled=("am-ET", "th-TH"))
    figure = draw_merge_scores(study.results, make_guide(study))
    panels = [ax for ax in figure.axes if ax.axison]
    assert len(panels) == 8
    assert set(row_names(panels[0])[-2:]) == {"31% unknown am-ET", "38% unknown th-TH"}
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in panels[0].get_yticklabels()]
    assert all(above.y0 >= below.y1 - 1 for above, below in pairwise(boxes))
    frames = [ax.get_tightbbox() for ax in panels]
    assert all(
        left is not None and right is not None and left.x1 <= right.x0 + 1
        for left, right in pairwise(frames)
    )


def test_ten_approaches_are_chosen_where_they_share_a_panel() -> None:
    study = make_study(("de-DE", "en-US", "fr-FR"))
    figure = draw_merge_scores(study.results, make_guide())
    legend = figure.axes[0].get_legend()
    assert legend is not None
    names = [text.get_text() for text in legend.get_texts()]
    assert len(names) == 11
    assert names[-1] == "most frequent class"
    assert {"TIES: similarity", "task arithmetic: similarity"} < set(names)
    assert "Not shown: 3 more approaches" in caption(figure)


def test_what_is_left_out_is_named() -> None:
    study = make_study(("de-DE", "en-US", "fr-FR"))
    said = caption(draw_merge_scores(study.results, make_guide(), recipes=("own", AVERAGE)))
    assert "Not shown: 11 more approaches (best source (target's dev labels), " in said
    assert "and 3 more)" in said


def test_one_seed_an_english_encoder_and_a_sample_are_said() -> None:
    study = make_study(("de-DE", "en-US"))
    figure = draw_merge_scores(study.results, make_guide(english_encoder=True), recipes=SHOWN)
    assert figure.get_suptitle() == "MiniLM-L6 (English): accuracy by locale and approach"
    assert caption(figure).startswith(
        "One seed, English encoder, sample written for this project. Intervals leave training out"
    )
    real = study.results.assign(synthetic=False)
    assert caption(draw_merge_scores(real, make_guide(), recipes=SHOWN)).startswith("One seed. ")
    said = caption(draw_merge_scores(real, make_guide(sample=True), recipes=SHOWN))
    assert said.startswith("One seed, sample written for this project. ")


def test_seeds_are_averaged() -> None:
    study = make_study(("de-DE", "en-US"), seeds=(0, 1))
    figure = draw_merge_scores(study.results, make_guide(), recipes=SHOWN)
    rows = study.results[study.results["recipe"] == SIMILAR]
    means = rows.groupby("locale")["accuracy"].mean()
    drawn = np.asarray(points(figure.axes[1], SIMILAR).get_xdata(), np.float64)
    assert sorted(drawn) == pytest.approx(sorted(means))
    assert "Mean over 2 seeds; so are the bounds" in caption(figure)
    assert "One seed" not in caption(figure)


def test_without_scores_the_figure_says_so() -> None:
    study = make_study(("de-DE", "en-US"))
    for nothing in (study.results.iloc[:0], pd.DataFrame()):
        figure = draw_merge_scores(nothing, make_guide())
        assert figure.axes[0].texts[0].get_text() == "No approach has a score."
    alone = study.results[study.results["recipe"] == "majority"]
    figure = draw_merge_scores(alone, make_guide())
    assert figure.axes[0].texts[0].get_text().startswith("There is no approach but the most")


def test_one_of_several_encoders() -> None:
    study = make_study(("de-DE", "en-US"))
    both = pd.concat([study.results, study.results.assign(encoder="xlmr")])
    figure = draw_merge_scores(both, make_guide(), recipes=SHOWN, encoder="xlmr")
    assert figure.get_suptitle().startswith("xlmr: ")
    with pytest.raises(Refusal, match="2 models"):
        draw_merge_scores(both, make_guide())


def test_names_and_values_keep_within_the_figure() -> None:
    study = make_study((*EIGHT, "zh-CN"), unspelled=("zh-CN",))
    figure = draw_merge_scores(study.results, make_guide(study))
    figure.draw_without_rendering()
    for ax in figure.axes[2:]:
        box = ax.get_tightbbox()
        assert box is not None
        assert figure.bbox.x0 - 1 <= box.x0
        assert box.x1 <= figure.bbox.x1 + 1


def test_reasons_may_be_unknown() -> None:
    study = make_study(("de-DE", "en-US", "am-ET"), unspelled=("am-ET",))
    figure = draw_merge_scores(study.results, replace(make_guide(), spelling=None), recipes=SHOWN)
    assert row_names(figure.axes[1])[-1] == "Amharic\n(not spelled)"
