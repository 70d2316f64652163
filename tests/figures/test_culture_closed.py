from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from isogloss.errors import Refusal
from isogloss.figures import draw_closed_answers
from isogloss.figures.culture_closed import BAR_GID, LACKING_GID, TITLE_GID, selected_shares
from tests.figures.culture_drawing import make_guide, outside, overlapping_names, texts
from tests.figures.culture_tables import CultureStudy, make_culture, make_demo
from tests.figures.drawn import caption

BOTH = ("open", "closed")
STUDY = make_culture(
    {"gpt-4o": "openai"},
    {"US": "eng", "GB": "eng", "DK": "dan"},
    questions=4,
    elicitations=BOTH,
)


def draw(
    answers: pd.DataFrame | None = None, study: CultureStudy = STUDY, **options: int
) -> Figure:
    table = study.closed if answers is None else answers
    return draw_closed_answers(table, study.distributions, make_guide(study), **options)


def panels(figure: Figure) -> list[Axes]:
    return [ax for ax in figure.axes if ax.axison]


def bars(ax: Axes) -> dict[float, list[float]]:
    """Height of a bar -> the lengths of its parts."""
    [found] = [own for own in ax.collections if own.get_gid() == BAR_GID]
    assert isinstance(found, PolyCollection)
    lengths: dict[float, list[float]] = {}
    for path in found.get_paths():
        corners = np.asarray(path.vertices)
        middle = round(float((corners[:, 1].min() + corners[:, 1].max()) / 2), 2)
        lengths.setdefault(middle, []).append(float(np.ptp(corners[:, 0])))
    return lengths


def test_three_bars_a_question_model_natives_and_all_countries() -> None:
    danish, english = panels(draw())
    titles = [text.split("\n")[0] for text in texts(danish, TITLE_GID)]
    assert titles[-1] == "Abortion can be justified", "drawn from below"
    people = STUDY.distributions.pivot_table(
        index=["question", "code"], columns="group", values="share"
    ).loc["f120"]
    model = selected_shares(STUDY.closed).set_index(["language", "question", "code"])["share"]
    for ax, code, natives in ((danish, "dan", ["DK"]), (english, "eng", ["GB", "US"])):
        found = bars(ax)
        assert len(found) == 12
        assert all(sum(parts) == pytest.approx(1) for parts in found.values())
        assert found[3.28] == pytest.approx(model[code]["f120"].tolist())
        assert found[3.0] == pytest.approx(people[natives].to_numpy().mean(axis=1).tolist())
        assert found[2.72] == pytest.approx(people.to_numpy().mean(axis=1).tolist())
    labels = [text.get_text() for text in danish.get_yticklabels()]
    assert labels == ["model", "native", "all"] * 4


def test_titles_and_the_ends_of_the_scale_are_whole() -> None:
    study = make_culture(
        {"gpt-4o": "openai"}, {"US": "eng", "DK": "dan"}, questions=8, elicitations=BOTH
    )
    figure = draw(study=study)
    said = [text.replace("\n", " ") for text in texts(panels(figure)[0], TITLE_GID)]
    assert "Abortion can be justified never – always" in said
    assert (
        "The government may read e-mail and other internet traffic definitely should have the "
        "right – definitely should not have the right"
    ) in said
    assert not [one for one in said if "…" in one]
    boxes = [text.get_window_extent() for text in panels(figure)[0].texts
             if text.get_gid() == TITLE_GID]  # fmt: skip
    assert all(one.y1 <= other.y0 + 1 for one, other in pairwise(boxes)), "each in its own row"


def test_shares_are_taken_if_selected_and_complete() -> None:
    table = pd.DataFrame(
        {
            "language": "eng", "question": ["a", "a", "a", "b"], "code": [1, 2, 1, 1],
            "share": [0.4, 0.6, 0.9, 1.0], "selected": [True, True, False, True],
            "complete": [True, True, True, False],
        }
    )  # fmt: skip
    assert selected_shares(table)["share"].tolist() == [0.4, 0.6]


def test_lacking_answers_and_countries_are_told() -> None:
    answers = STUDY.closed
    lacking = (answers["question"] == "f120") & (answers["language"] == "dan")
    foreign = answers[answers["language"] == "eng"].assign(language="fra")
    figure = draw(pd.concat([answers[~lacking], foreign]))
    by_name = {ax.get_title(loc="left"): ax for ax in panels(figure)}
    assert texts(by_name["Danish"], LACKING_GID) == ["no answer"]
    assert texts(by_name["French"], LACKING_GID) == ["no such country"] * 4


def test_of_many_questions_some_of_every_battery_are_shown() -> None:
    study = make_culture({"gpt-4o": "openai"}, {"US": "eng", "DK": "dan"}, elicitations=BOTH)
    figure = draw(study=study)
    titles = texts(panels(figure)[0], TITLE_GID)
    assert len(titles) == 12
    assert "12 of 32 questions, some of every battery" in caption(figure)
    assert len(texts(panels(draw(study=study, most=9))[0], TITLE_GID)) == 9
    batteries = study.questions.drop_duplicates("battery")
    first = [title.replace("\n", " ") for title in titles]
    for title in batteries["title"]:
        assert any(one.startswith(title[:25]) for one in first)
    assert len(texts(panels(draw(study=make_demo()))[0], TITLE_GID)) == 8, "two rows of languages"


def test_two_models_are_refused_and_nothing_known_is_said() -> None:
    with pytest.raises(Refusal, match="rows of 2 models"):
        draw(pd.concat([STUDY.closed, STUDY.closed.assign(model="other")]))
    figure = draw(STUDY.closed.assign(question="unknown"))
    assert figure.axes[0].texts[0].get_text().startswith("There is no question that a model")


@pytest.mark.parametrize("size", ["real", "demo"])
def test_names_keep_apart_and_within_the_figure(size: str) -> None:
    study = make_demo() if size == "demo" else make_culture({"gpt-4o": "openai"}, elicitations=BOTH)
    figure = draw(study=study)
    assert overlapping_names(figure) == []
    assert outside(figure) == []
    boxes = [text.get_window_extent() for text in panels(figure)[0].texts
             if text.get_gid() == TITLE_GID]  # fmt: skip
    labels = [text.get_window_extent() for text in panels(figure)[0].get_yticklabels()]
    assert max(box.x1 for box in boxes) < min(box.x0 for box in labels)
