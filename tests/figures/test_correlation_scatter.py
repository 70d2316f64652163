from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isogloss.errors import Refusal
from isogloss.figures import draw_alignment_against_scores
from isogloss.figures.correlation_panels import AlignmentChoice
from isogloss.figures.scatter import FIT_GID, VERDICT_GID
from tests.figures.conftest import CODES, make_alignment, make_summary
from tests.figures.drawn import caption, direct_labels
from tests.figures.task_examples import hold_out, make_correlations, make_task_scores
from tests.figures.test_task_scores import points, x_of

GEMMA, MINI = "gemma_270m_q4", "minilm_l6"
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def make_tables(count: int = 12, models: tuple[str, ...] = (GEMMA,), top: float = 0.7) -> Tables:
    codes = CODES[:count]
    summary = pd.concat([make_summary(make_alignment(one, codes, layers=4)) for one in models])
    scores = pd.concat([make_task_scores(one, codes, top=top) for one in models])
    scores["above_chance"] = scores["above_chance"].fillna(True).astype(bool)
    return summary, scores, make_correlations(summary, scores)


def verdict(ax: Axes) -> str:
    [text] = [text for text in ax.texts if text.get_gid() == VERDICT_GID]
    return text.get_text()


def fits(ax: Axes) -> list[object]:
    return [line for line in ax.lines if line.get_gid() == FIT_GID]


def draw(tables: Tables, languages: pd.DataFrame, labels: dict[str, str]) -> Figure:
    return draw_alignment_against_scores(*tables, languages, labels=labels)


def test_points_are_alignment_with_the_pivot_and_the_selected_score(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    summary, scores, correlations = make_tables()
    figure = draw((summary, scores, correlations), languages, labels)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "Reading",
        "Knowledge",
        "Translation into English",
    ]
    point = points(figure.axes[0])["fra"]
    shown = (
        (summary["metric"] == "mexa_at_60")
        & (summary["pooling"] == "mean")
        & (summary["language_a"] == "eng")
        & (summary["language_b"] == "fra")
    )
    assert x_of(point) == pytest.approx(summary[shown]["score"].item())
    own = scores[scores["selected"] & (scores["task"] == "belebele")].set_index("language")
    assert point.get_ydata()[0] == own["score"]["fra"]  # type: ignore[index]
    assert "eng" not in points(figure.axes[0])
    assert {label.get_text() for label in direct_labels(figure)} == set(CODES[1:12])
    assert figure.axes[0].get_xlim() == pytest.approx((-0.03, 1.03))
    assert figure.axes[2].get_ylim() == pytest.approx((-2, 102))


def test_the_correlation_is_that_of_the_table(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    summary, scores, correlations = make_tables()
    own = (
        (correlations["task"] == "belebele")
        & (correlations["metric"] == "mexa_at_60")
        & (correlations["pooling"] == "mean")
    )
    planted = {"pearson_r": -0.123, "pearson_p": 0.5, "p_adjusted": 1.0}
    correlations.loc[own, list(planted)] = list(planted.values())
    other = correlations[own].assign(sample=0, pearson_r=0.9)
    figure = draw((summary, scores, pd.concat([correlations, other])), languages, labels)
    assert verdict(figure.axes[0]) == "r = -.12, p = .500 (adjusted 1.000), n = 11"


def test_lines_only_where_there_is_something_to_find(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    summary, scores, correlations = make_tables(12)
    chance = scores["task"] == "mmlu"
    scores.loc[chance, "above_chance"] = scores.loc[chance, "language"].isin(CODES[:6])
    figure = draw((summary, scores, correlations), languages, labels)
    assert [len(fits(ax)) for ax in figure.axes] == [1, 0, 1], "5 of 11 told are fewer than half"
    assert verdict(figure.axes[1]).startswith("at chance\nr = ")
    scores.loc[chance, "above_chance"] = scores.loc[chance, "language"].isin(CODES[:7])
    figure = draw((summary, scores, correlations), languages, labels)
    assert len(fits(figure.axes[1])) == 1, "6 of 11 are more than half"


def test_the_line_is_one_of_least_squares(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    figure = draw(make_tables(12), languages, labels)
    ax = figure.axes[0]
    x = np.array([x_of(line) for line in points(ax).values()])
    y = np.array([line.get_ydata()[0] for line in points(ax).values()])  # type: ignore[index]
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    [line] = [line for line in ax.lines if line.get_gid() == FIT_GID]
    ends = np.asarray(line.get_xydata(), dtype=np.float64)
    assert (ends[1, 1] - ends[0, 1]) / (ends[1, 0] - ends[0, 0]) == pytest.approx(slope)
    assert ends[:, 0].tolist() == [x.min(), x.max()]


@pytest.mark.parametrize(("count", "few"), [(8, True), (9, False)])
def test_fewer_than_eight_languages_are_too_few(
    count: int, few: bool, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw(make_tables(count), languages, labels)
    assert len(fits(figure.axes[0])) == (0 if few else 1)
    assert ("too few languages (n = 7)" in verdict(figure.axes[0])) == few


@pytest.mark.parametrize(
    ("caution", "said"),
    [
        ("too few, same text", "too few languages (n = 11), same text"),
        ("at chance", "at chance"),
        ("same text", "same text"),
        ("something new", "something new"),
    ],
)
def test_what_the_table_warns_of_has_no_line(
    caution: str, said: str, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    summary, scores, correlations = make_tables(12)
    figure = draw((summary, scores, correlations.assign(caution=caution)), languages, labels)
    assert not fits(figure.axes[2])
    assert verdict(figure.axes[2]).replace("\n", " ").startswith(f"{said} r = ")


def test_how_few_are_too_few_is_for_the_table_to_say(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    summary, scores, correlations = make_tables(8)
    figure = draw((summary, scores, correlations.assign(caution="")), languages, labels)
    assert len(fits(figure.axes[0])) == 1
    assert verdict(figure.axes[0]).startswith("r = ")


def test_scores_of_held_out_items_are_drawn_with_their_correlation(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    summary, scores, correlations = make_tables(12)
    scores = hold_out(scores)
    reading = correlations["task"] == "belebele"
    correlations = correlations.assign(subset=np.where(reading, "held_out", ""))
    figure = draw((summary, scores, correlations), languages, labels)
    own = scores[scores["subset"] == "held_out"].set_index("language")["score"]
    assert points(figure.axes[0])["fra"].get_ydata()[0] == own["fra"]  # type: ignore[index]
    assert len(fits(figure.axes[0])) == 1
    assert "Reading: only items that did not serve to choose the way" in caption(figure)
    assert "over sentences, passages or items" in caption(figure)
    unmarked = pd.concat([correlations, correlations[reading].assign(subset="", pearson_r=0.01)])
    figure = draw((summary, scores, unmarked), languages, labels)
    assert verdict(figure.axes[0]).startswith("r = .01"), "all items go before those held out"


def test_an_undefined_correlation_gives_its_reason(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    summary, scores, correlations = make_tables()
    undefined = correlations.assign(pearson_r=np.nan, reason="constant scores")
    figure = draw((summary, scores, undefined), languages, labels)
    assert verdict(figure.axes[0]) == "r undefined: constant scores, n = 11"
    assert not fits(figure.axes[0])
    absent = correlations[correlations["task"] != "belebele"]
    figure = draw((summary, scores, absent), languages, labels)
    assert verdict(figure.axes[0]) == "not in correlations"
    assert not fits(figure.axes[0])


def test_another_number_of_languages_is_said(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    summary, scores, correlations = make_tables()
    figure = draw((summary, scores, correlations.assign(n=10)), languages, labels)
    assert verdict(figure.axes[0]).replace("\n", " ").endswith("n = 10 (11 drawn)")


def test_a_row_a_model_and_a_column_a_task(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    summary, scores, correlations = make_tables(9, (GEMMA, MINI))
    kept = scores[~((scores["model"] == MINI) & (scores["task"] == "mmlu"))]
    figure = draw((summary, kept, correlations), languages, labels)
    titles = [ax.get_title(loc="left").split("\n") for ax in figure.axes]
    assert titles[0] == [labels[GEMMA], "Reading"]
    assert titles[4] == [labels[MINI], "Knowledge"]
    empty = figure.axes[4]
    assert not empty.axison
    assert not empty.lines
    assert any("both a score and an alignment" in text.get_text() for text in empty.texts)


def test_only_the_pivot_in_a_task(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    summary, scores, correlations = make_tables(9)
    alone = scores[(scores["task"] != "belebele") | (scores["language"] == "eng")]
    figure = draw((summary, alone, correlations), languages, labels)
    assert [ax.axison for ax in figure.axes] == [False, True, True]
    nothing = alone[alone["task"] == "belebele"]
    figure = draw((summary, nothing, correlations), languages, labels)
    assert "No language has both" in figure.axes[0].texts[0].get_text()
    figure = draw((summary, scores.head(0), correlations.head(0)), languages, labels)
    assert "No language has both" in figure.axes[0].texts[0].get_text()


def test_another_alignment_may_be_chosen(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    summary, scores, correlations = make_tables(9)
    figure = draw_alignment_against_scores(
        summary, scores, correlations, languages, labels=labels,
        alignment=AlignmentChoice(pooling="last", metric="auc"),
    )  # fmt: skip
    assert figure.axes[0].get_xlabel() == "AUC with English"
    assert figure.get_suptitle().endswith("last token")


def test_common_text_is_told(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    summary, scores, correlations = make_tables(9)
    assert "stand in the texts" not in caption(
        draw((summary, scores, correlations), languages, labels)
    )
    scores.loc[scores["task"] == "belebele", "text_overlap"] = 0.88
    figure = draw((summary, scores, correlations), languages, labels)
    assert "88% of the sentences of the alignment stand in the texts of Reading" in caption(figure)


def test_rows_that_cannot_be_told_apart_are_refused(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    summary, scores, correlations = make_tables(9)
    twice = pd.concat([correlations, correlations])
    with pytest.raises(Refusal, match="2 rows for metric mexa_at_60, pooling mean"):
        draw((summary, scores, twice), languages, labels)


def test_the_caption_tells_the_layers_of_the_drawn_models_only(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    summary, scores, correlations = make_tables(9)
    deeper = make_summary(make_alignment(MINI, CODES[:9], layers=7))
    figure = draw((pd.concat([summary, deeper]), scores, correlations), languages, labels)
    assert "layers 1 to 3," in caption(figure)
    assert " or layers" not in caption(figure)
