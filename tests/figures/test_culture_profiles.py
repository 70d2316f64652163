from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isogloss.errors import Refusal
from isogloss.figures import draw_survey_profile
from isogloss.figures.culture_profiles import BATTERY_GID, MEAN_GID, NATIVE_GID, RANGE_GID
from isogloss.figures.culture_rows import BAR_GID, POINT_GID
from isogloss.pipelines.reporting.culture_means import average_answers
from tests.figures.culture_drawing import (
    make_guide,
    outside,
    overlapping_names,
    points,
    segments,
)
from tests.figures.culture_tables import CultureStudy, make_culture, make_demo
from tests.figures.drawn import caption

STUDY = make_culture({"gpt-4o": "openai"}, {"US": "eng", "GB": "eng", "DK": "dan"}, questions=6)
MEANS = average_answers(STUDY.scores, 0.95)


def draw(
    means: pd.DataFrame = MEANS, study: CultureStudy = STUDY, truth: pd.DataFrame | None = None
) -> Figure:
    return draw_survey_profile(means, study.truth if truth is None else truth, make_guide(study))


def panels(figure: Figure) -> list[Axes]:
    return [ax for ax in figure.axes if ax.axison]


def lines_of(ax: Axes) -> dict[str, float]:
    """Name of a line -> where it stands."""
    return {
        label.get_text(): float(place)
        for place, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    }


def test_every_question_has_range_mean_natives_and_the_model() -> None:
    danish, _ = panels(draw())
    truth = STUDY.truth.set_index(["question", "group"])["pro_score"]
    own = MEANS[MEANS["language"] == "dan"].set_index("question")
    lines = lines_of(danish)
    titles = dict(zip(STUDY.questions["question"], STUDY.questions["title"], strict=True))
    for question, title in titles.items():
        height = lines[title]
        scores = {code: float(truth[question, code]) for code in ("US", "GB", "DK")}
        at = {x for x, y in points(danish, MEAN_GID) if y == height}
        assert list(at) == [pytest.approx(np.mean([*scores.values()]))]
        natives = [x for x, y in points(danish, NATIVE_GID) if y == height]
        assert natives == [scores["DK"]]
        [[start, end]] = [one for one in segments(danish, RANGE_GID) if one[0][1] == height]
        assert [start[0], end[0]] == [min(scores.values()), max(scores.values())]
        assert [x for x, y in points(danish, POINT_GID) if y == height] == [own["mean"][question]]
        [[low, high]] = [one for one in segments(danish, BAR_GID) if one[0][1] == height]
        assert [low[0], high[0]] == [own["ci_low"][question], own["ci_high"][question]]


def test_titles_are_whole_and_those_of_two_lines_have_room() -> None:
    long = "In the elections of the own country opposition candidates are kept from running"
    first = STUDY.questions["question"].iloc[0]
    guide = make_guide(STUDY)
    titles = STUDY.questions["title"].mask(STUDY.questions["question"] == first, long)
    guide = replace(guide, questions=STUDY.questions.assign(title=titles))
    figure = draw_survey_profile(MEANS, STUDY.truth, guide)
    lines = lines_of(panels(figure)[0])
    [name] = [one for one in lines if one.replace("\n", " ") == long]
    assert name.count("\n") == 1
    apart = np.diff(sorted(lines.values()))
    assert apart.min() >= 1
    assert apart.max() == pytest.approx(1.325), "half of what a second line takes, above and below"
    assert overlapping_names(figure) == []


def test_batteries_are_headings_over_their_questions_by_the_mean_of_countries() -> None:
    danish, english = panels(draw())
    lines = lines_of(danish)
    order = sorted(lines, key=lambda name: -lines[name])
    assert order[0] == "justifiable"
    bold = [text.get_text() for text in danish.get_yticklabels() if text.get_gid() == BATTERY_GID]
    assert bold == ["justifiable", "confidence", "democracy", "gender", "family"]
    mean = STUDY.truth.groupby("question")["pro_score"].mean()
    men, jobs = (STUDY.questions.set_index("question")["title"][one] for one in ("d059", "c001_01"))
    assert (lines[men] > lines[jobs]) == (mean["d059"] > mean["c001_01"])
    assert danish.get_title(loc="left") == "Danish (DK)"
    assert english.get_title(loc="left") == "English (GB US)"
    assert english.get_yticklabels() == [], "questions are named once"


def test_open_and_closed_answers_stand_above_each_other() -> None:
    study = make_demo()
    means = average_answers(study.scores, 0.95)
    figure = draw(means, study)
    first = panels(figure)[0]
    lines = np.array([*lines_of(first).values()])
    apart = {round(float(np.abs(lines - y).min()), 2) for _, y in points(first, POINT_GID)}
    assert apart == {0.17}
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()][:2] == [
        "model, open answers", "model, answers on the survey's own scale",
    ]  # fmt: skip


def test_questions_without_a_country_are_counted_and_left_out() -> None:
    known = STUDY.truth[STUDY.truth["question"] != "f120"]
    figure = draw(truth=known)
    assert "Abortion can be justified" not in lines_of(panels(figure)[0])
    assert "Not here: 1 questions without a score of any country" in caption(figure)
    assert figure.get_suptitle().endswith("n\u00a0=\u00a05\u00a0questions")
    nothing = draw(truth=STUDY.truth[:0]).axes[0].texts[0].get_text()
    assert nothing.startswith("No question has both an answer of a model and a score")


def test_two_models_are_refused() -> None:
    with pytest.raises(Refusal, match="rows of 2 models"):
        draw(pd.concat([MEANS, MEANS.assign(model="gemma")]))


def test_a_mean_without_an_interval_is_a_point() -> None:
    danish, _ = panels(draw(MEANS.assign(ci_low=np.nan, ci_high=np.nan)))
    assert segments(danish, BAR_GID) == []
    assert len(points(danish, POINT_GID)) == 6


@pytest.mark.parametrize("size", ["real", "demo"])
def test_names_keep_apart_and_within_the_figure(size: str) -> None:
    study = make_demo() if size == "demo" else make_culture({"gpt-4o": "openai"})
    figure = draw(average_answers(study.scores, 0.95), study)
    assert overlapping_names(figure) == []
    assert outside(figure) == []
