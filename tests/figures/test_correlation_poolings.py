from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from isogloss.errors import Refusal
from isogloss.figures import draw_pooling_comparison
from isogloss.figures.correlation_poolings import COUNT_GID, GAP_GID, MEAN_GID, SAMPLE_GID
from tests.figures.conftest import CODES, make_alignment, make_summary
from tests.figures.drawn import caption
from tests.figures.task_examples import make_correlations, make_task_scores

GEMMA, MINI = "gemma_270m_q4", "minilm_l6"


def make_table(
    models: tuple[str, ...] = (GEMMA, MINI),
    count: int = 12,
    samples: int = 1,
    metrics: tuple[str, ...] = ("mexa_at_60",),
) -> pd.DataFrame:
    codes = CODES[:count]
    own = [make_summary(make_alignment(one, codes, layers=3, samples=samples)) for one in models]
    summary = pd.concat(own)
    summary = summary[summary["metric"].isin(metrics)]
    both = pd.concat([summary, summary.assign(aggregation="max")])
    scores = pd.concat([make_task_scores(one, codes) for one in models])
    return make_correlations(both, scores)


def dots(ax: Axes, model: str) -> list[Line2D]:
    found = [line for line in ax.lines if line.get_label() == model]
    return sorted(found, key=lambda line: float(line.get_xdata()[0]))  # type: ignore[index,arg-type]


def marked(ax: Axes, gid: str) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def test_a_dot_a_model_for_every_way(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_table(metrics=("mexa", "mexa_at_60", "auc"))
    figure = draw_pooling_comparison(table, languages, labels=labels)
    panels = figure.axes[3:]
    assert [ax.get_title(loc="left") for ax in panels[:3]] == [
        "Reading",
        "Knowledge",
        "Translation into English",
    ]
    assert [ax.get_ylabel().split("\n")[0] for ax in panels[::3]] == ["MEXA, pool of 60", "AUC"]
    own = table[
        (table["task"] == "belebele") & (table["metric"] == "mexa_at_60") & (table["model"] == MINI)
    ].set_index(["pooling", "aggregation"])["pearson_r"]
    order = [
        (pooling, kind) for pooling in ("mean", "weighted", "last") for kind in ("mean", "max")
    ]
    drawn = [line.get_ydata()[0] for line in dots(panels[0], MINI)]  # type: ignore[index]
    assert drawn == [own[way] for way in order]
    assert [text.get_text() for text in panels[-1].get_xticklabels()] == ["mean", "max"] * 3
    assert marked(panels[0], COUNT_GID) == ["n = 11"]


def test_negative_values_are_seen(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_table((GEMMA,)).assign(pearson_r=-0.9)
    figure = draw_pooling_comparison(table, languages, labels=labels)
    for ax in figure.axes[3:]:
        assert ax.get_ylim() == (-1.05, 1.05)
        assert [line.get_ydata()[0] for line in dots(ax, GEMMA)] == [-0.9] * 6  # type: ignore[index]


def test_means_over_models(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_table()
    gone = (table["model"] == MINI) & (table["pooling"] == "last") & (table["task"] == "mmlu")
    figure = draw_pooling_comparison(table[~gone], languages, labels=labels)
    means = [line for line in figure.axes[3].lines if line.get_gid() == MEAN_GID]
    own = table[
        (table["task"] == "belebele")
        & (table["metric"] == "mexa_at_60")
        & (table["pooling"] == "mean")
        & (table["aggregation"] == "mean")
    ]
    assert means[0].get_ydata()[0] == pytest.approx(own["pearson_r"].mean())  # type: ignore[index]
    assert len(means) == 6
    assert len([line for line in figure.axes[4].lines if line.get_gid() == MEAN_GID]) == 4


def test_a_mean_of_some_models_is_dashed(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_table((GEMMA, MINI, "aya"))
    gone = (table["model"] == MINI) & (table["pooling"] == "last")
    figure = draw_pooling_comparison(table[~gone], languages, labels=labels)
    means = [line for line in figure.axes[3].lines if line.get_gid() == MEAN_GID]
    assert [line.get_linestyle() for line in means] == ["-"] * 4 + ["--"] * 2
    assert "Dashed: mean of fewer models" in caption(figure)


def test_what_is_missing_is_a_gap_with_its_reason(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_table()
    constant = (table["model"] == MINI) & (table["task"] == "mmlu")
    table.loc[constant, "pearson_r"] = np.nan
    table.loc[constant, "reason"] = "constant scores"
    gone = (table["model"] == GEMMA) & (table["pooling"] == "last")
    figure = draw_pooling_comparison(table[~gone], languages, labels=labels)
    reading, knowledge = figure.axes[3], figure.axes[4]
    assert marked(reading, GAP_GID) == ["a", "a"]
    assert dots(knowledge, MINI) == []
    assert sorted(marked(knowledge, GAP_GID)) == ["a", "a"] + ["b"] * 6
    assert "Gaps: a: not computed; b: constant scores" in caption(figure)


def test_too_few_languages_leave_one_letter_a_place(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_pooling_comparison(make_table(count=3), languages, labels=labels)
    assert marked(figure.axes[3], GAP_GID) == ["a"] * 6
    assert marked(figure.axes[3], COUNT_GID) == [""]
    assert "a: fewer than 3 languages (n = 2)" in caption(figure)


def test_filled_dots_survive_the_adjustment(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_table((GEMMA,))
    table["p_adjusted"] = np.where(table["pooling"] == "mean", 0.049, 0.05)
    ax = draw_pooling_comparison(table, languages, labels=labels).axes[3]
    hollow = [line.get_markerfacecolor() == "white" for line in dots(ax, GEMMA)]
    assert hollow == [False, False, True, True, True, True]
    cautious = table.assign(caution="same text")
    for shaky in (table.assign(n=7), table.drop(columns="p_adjusted"), cautious):
        ax = draw_pooling_comparison(shaky, languages, labels=labels).axes[3]
        assert all(line.get_markerfacecolor() == "white" for line in dots(ax, GEMMA))


def test_single_samples_are_small_ticks(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_table((GEMMA,), samples=2)
    figure = draw_pooling_comparison(table, languages, labels=labels)
    ticks = [line for line in figure.axes[3].lines if line.get_gid() == SAMPLE_GID]
    assert len(ticks) == 2 * 6
    assert len(dots(figure.axes[3], GEMMA)) == 6
    assert "the 2 samples of sentences" in caption(figure)


def test_a_metric_may_be_asked_for(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_table((GEMMA,), metrics=("mexa_at_60", "auc"))
    figure = draw_pooling_comparison(table, languages, labels=labels, metric="auc")
    assert [ax.get_ylabel().split("\n")[0] for ax in figure.axes[3:]] == ["AUC", "", ""]
    with pytest.raises(Refusal, match="'cka' was not measured"):
        draw_pooling_comparison(table, languages, labels=labels, metric="cka")


def test_few_languages_are_no_finding(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    few = draw_pooling_comparison(make_table((GEMMA,), 8), languages, labels=labels)
    assert "With 7 languages r is no finding" in caption(few)
    enough = draw_pooling_comparison(make_table((GEMMA,), 9), languages, labels=labels)
    assert "r is no finding" not in caption(enough)
    told = make_table((GEMMA,), 8).assign(caution="", p_adjusted=0.01)
    ax = draw_pooling_comparison(told, languages, labels=labels).axes[3]
    assert all(line.get_markerfacecolor() != "white" for line in dots(ax, GEMMA)), "table decides"


def test_parts_of_a_task_are_left_out(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_table((GEMMA,)).assign(subset="", average="micro")
    parts = [table, table.assign(subset="anatomy", pearson_r=0.0)]
    parts.append(table.assign(average="macro", pearson_r=0.0))
    figure = draw_pooling_comparison(pd.concat(parts), languages, labels=labels)
    assert len(dots(figure.axes[3], GEMMA)) == 6
    assert all(line.get_ydata()[0] != 0 for line in dots(figure.axes[3], GEMMA))  # type: ignore[index]


def test_an_empty_table_and_a_table_with_repeated_rows(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_table((GEMMA,))
    figure = draw_pooling_comparison(table.head(0), languages, labels=labels)
    assert figure.axes[0].texts[0].get_text() == "No correlation has been computed."
    with pytest.raises(Refusal, match="several rows for model gemma_270m_q4"):
        draw_pooling_comparison(pd.concat([table, table]), languages, labels=labels)
