"""What models score in the tasks, in plain text, rendered from rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.formats import format_interval, format_level, format_score
from isogloss.figures.levels import interval_name
from isogloss.figures.task_names import (
    FORMULATION_LABELS,
    NORMALISATION_LABELS,
    data_label,
    order_tasks,
    task_label,
)
from isogloss.pipelines.reporting.score_cells import guessing_level, name_guessing

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import ReportingParameters

_NAMED = 6
_TRANSLATION_DIGITS = 1


def describe(
    task_scores: pd.DataFrame,
    correlations: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> str:
    """Write a few lines a model: each task in the pivot, where it is told from guessing, and r.

    Args:
        task_scores: of all models; of them the selected rows.
        correlations: of alignment with them, rows over all samples.
        languages: language, name.
        pivot: the language that the others are compared with.
        parameters: labels of models, metric, pooling and aggregation.
    """
    names = dict(zip(languages["language"], languages["name"], strict=True))
    rows = task_scores
    if "selected" in rows:
        rows = rows[rows["selected"].astype(bool)]
    lines = ["Tasks"]
    for model, own in rows.groupby("model", sort=False):
        lines += ["", parameters.label(str(model))]
        for task in order_tasks(own["task"].unique()):
            part = own[own["task"] == task]
            chosen = correlations[
                (correlations["model"] == model)
                & (correlations["task"] == task)
                & (correlations["sample"] == -1)
            ]
            if task == "translation":
                lines += _translation_lines(part, names, pivot)
            else:
                lines += _question_lines(part, names, pivot)
            lines += _correlation_lines(chosen, parameters)
    return "\n".join([*lines, "", _footnote(rows)])


def _question_lines(rows: pd.DataFrame, names: Mapping[str, str], pivot: str) -> Iterator[str]:
    accuracy = rows[rows["metric"].str.startswith("accuracy")]
    if accuracy.empty:
        return
    first = accuracy.iloc[0]
    how = FORMULATION_LABELS.get(str(first.get("formulation")), "")
    normalised = NORMALISATION_LABELS.get(
        (str(first.get("formulation")), str(first.get("normalisation"))), ""
    )
    level: dict[Hashable, object] = {
        name: first.get(name, np.nan) for name in ("chance", "best_constant")
    }
    chance = f"{name_guessing(level)} {format_level(guessing_level(level))}"
    yield (
        f"  {task_label(str(first['task']))}, {int(first['n'])} items "
        f"({data_label(str(first.get('data', '')))}), by {how}"
        f"{f' ({normalised})' if normalised else ''}; "
        f"{chance}"
    )
    own = accuracy[accuracy["language"] == pivot]
    if len(own):
        yield f"    {_score(own.iloc[0], names)}"
    others = accuracy[accuracy["language"] != pivot].sort_values("score", ascending=False)
    # Where all guess, the best and the worst are names for chance.
    if len(others) and not accuracy["above_chance"].eq(False).all():
        ends = [_score(others.iloc[0], names), _score(others.iloc[-1], names)]
        yield f"    best {ends[0]}" + (f", worst {ends[1]}" if len(others) > 1 else "")
    yield f"    {_told_from_guessing(accuracy, names)}"
    if "word_match" in accuracy and accuracy["word_match"].notna().any():
        low, high = accuracy["word_match"].min(), accuracy["word_match"].max()
        span = format_score(low) if low == high else f"{format_score(low)} to {format_score(high)}"
        yield f"    choosing what looks most like the passage gets {span}"


def _told_from_guessing(rows: pd.DataFrame, names: Mapping[str, str]) -> str:
    above = rows[rows["above_chance"].eq(True)].sort_values("score", ascending=False)
    if above.empty:
        return f"{int(rows['n'].iloc[0])} items cannot tell this model from guessing"
    if len(above) == len(rows):
        return "told from guessing in " + ("it" if len(rows) == 1 else f"all {len(rows)} languages")
    return f"told from guessing in {len(above)} of {len(rows)}: {_list(above['language'], names)}"


def _translation_lines(rows: pd.DataFrame, names: Mapping[str, str], pivot: str) -> Iterator[str]:
    metric = "comet" if (rows["metric"] == "comet").any() else "chrf"
    digits, label = (2, "COMET") if metric == "comet" else (_TRANSLATION_DIGITS, "chrF++")
    found = rows[rows["metric"] == metric]
    if found.empty:
        return
    yield f"  {task_label('translation')}, {int(found['n'].max())} sentences; {label}"
    into = {"to_pivot": f"into {names.get(pivot, pivot)}", "from_pivot": "out of it"}
    for direction, words in into.items():
        part = found[found["direction"] == direction].sort_values("score", ascending=False)
        if len(part):
            scores = [_score(row, names, digits) for _, row in part.iterrows()]
            ends = scores[0] if len(scores) == 1 else f"best {scores[0]}, worst {scores[-1]}"
            yield f"    {words}: {ends}{_defects(part)}"
            yield from _unrelated(part, names)


def _unrelated(rows: pd.DataFrame, names: Mapping[str, str]) -> Iterator[str]:
    """Name the languages whose translations are no nearer to their references than to others."""
    if "above_chance" not in rows:
        return
    lost = [names.get(code, code) for code in rows.loc[rows["above_chance"].eq(False), "language"]]
    if lost:
        more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
        yield f"      no nearer to its reference than to others: {', '.join(lost[:_NAMED])}{more}"


def _defects(rows: pd.DataFrame) -> str:
    told = {
        "empty_rate": "empty",
        "truncated_rate": "cut by the budget",
        "wrong_language_rate": "in another language",
    }
    found = [
        f"{rows[name].mean():.0%} {words}"
        for name, words in told.items()
        if name in rows and rows[name].mean() > 0
    ]
    return f" ({', '.join(found)})" if found else ""


def _correlation_lines(rows: pd.DataFrame, parameters: ReportingParameters) -> Iterator[str]:
    """Say how alignment goes with the task, by the headline metric, or why nothing can be said."""
    found = rows[
        (rows["pooling"] == parameters.pooling) & (rows["aggregation"] == parameters.aggregation)
    ]
    if "task_metric" in found:
        found = found[~found["task_metric"].isin(["p_correct", "bleu"])]
    measured = found[found["n"] > 0]
    own = next(
        (
            rows
            for metric in _headline(parameters.metric)
            if len(rows := measured[measured["metric"] == metric])
        ),
        measured[:0],
    )
    for _, row in own.iterrows():
        measure = f" ({row['task_metric']})" if len(own) > 1 else ""
        yield f"    with alignment ({row['metric']}){measure}: {_verdict(row)}"


def _headline(metric: str) -> Sequence[str]:
    return ("mexa_at_100", "mexa_at_60", "mexa") if metric == "auto" else (metric,)


def _verdict(row: pd.Series) -> str:
    n = f"n = {int(row['n'])} languages"
    if not np.isfinite(row["pearson_r"]):
        return f"no correlation, {row.get('reason', '')}; {n}"
    text = f"r = {format_score(float(row['pearson_r']))}, {n}"
    if np.isfinite(row.get("pearson_p", np.nan)):
        text += f", p = {row['pearson_p']:.2g}"
    if np.isfinite(row.get("p_adjusted", np.nan)):
        text += f" ({row['p_adjusted']:.2g} for all tests together)"
    caution = row.get("caution", "")
    return f"{text}; {caution}: no finding" if isinstance(caution, str) and caution else text


def _score(row: pd.Series, names: Mapping[str, str], digits: int = 2) -> str:
    code = str(row["language"])
    interval = format_interval(
        float(row.get("ci_low", np.nan)), float(row.get("ci_high", np.nan)), digits
    )
    return (
        f"{names.get(code, code)} {format_score(float(row['score']), digits)} {interval}".rstrip()
    )


def _list(codes: pd.Series, names: Mapping[str, str]) -> str:
    found = [names.get(str(code), str(code)) for code in codes]
    more = len(found) - _NAMED
    return ", ".join(found[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _footnote(rows: pd.DataFrame) -> str:
    return (
        f"Brackets: {interval_name(rows)}s over passages, items or sentences. "
        "Guessing: exact binomial test, Holm over languages."
    )
