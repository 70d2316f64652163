"""Which number of each study enters the scoreboard, and with which interval, n and chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.figures.counting_ways import ALL, list_ways
from isogloss.figures.culture_study import COUNTRY, LANGUAGE, choose_answers, of_models
from isogloss.figures.levels import above_levels
from isogloss.figures.metrics import is_mexa
from isogloss.figures.summaries import choose_pooling
from isogloss.figures.task_names import ACCURACY, READING, TRANSLATION
from isogloss.pipelines.reporting.culture_agreement import DISTINCTIVE, native_agreement
from isogloss.pipelines.reporting.score_rows import complete_cells

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from isogloss.pipelines.reporting.parameters import ReportingParameters

    Row = Mapping[Hashable, Any]

CULTURE_FORMULA = "methods/culture.md#agreement-in-three-parts"
COUNTING_FORMULA = "methods/counting.md#scores"
TASK_FORMULA = "methods/tasks.md#scores-of-a-language"
TRANSLATION_FORMULA = "methods/tasks.md#translation"
ALIGNMENT_FORMULA = "methods/alignment.md#summary-over-layers"
TASK_STUDIES = {READING: "reading", "mmlu": "knowledge", TRANSLATION: "translation"}
GUESSING, ONE_LETTER = "guessing", "always the same letter"
_ENGLISH = "English encoder"
_ONE_COUNTRY = {LANGUAGE: "", COUNTRY: "; with the only country of the language"}


def score_alignment(
    pivot_overview: pd.DataFrame, corpus: str, parameters: ReportingParameters
) -> pd.DataFrame:
    """Give the alignment of every language with the pivot, by the metric that reports lead with.

    Args:
        pivot_overview: of all models.
        corpus: name of the source of the sentences.
        parameters: pooling, English models.
    """
    if pivot_overview.empty:
        return complete_cells([])
    pooling = choose_pooling(parameters.pooling, pivot_overview["pooling"])
    rows = pivot_overview[pivot_overview["pooling"] == pooling]
    rows = rows.assign(above_levels=above_levels(rows))
    return complete_cells(
        {
            "model": row["model"],
            "language": row["language"],
            "study": "alignment",
            "metric": row["metric"],
            "value": row["score"],
            **_interval(row),
            "n": row["n"],
            "unit": "sentences",
            "chance": row["chance"] if np.isfinite(row["chance"]) else row["floor"],
            "above_chance": bool(row["above_levels"]),
            "data": corpus,
            "note": "; ".join(_note_alignment(row, parameters)),
            "source": "pivot_overview",
            "formula": ALIGNMENT_FORMULA,
        }
        for row in rows.to_dict("records")
    )


def _note_alignment(row: Row, parameters: ReportingParameters) -> Iterator[str]:
    if row["model"] in parameters.english_models:
        yield _ENGLISH
    if not is_mexa(str(row["metric"])):
        yield "random pairings tested by MEXA"


def score_tasks(task_scores: pd.DataFrame) -> pd.DataFrame:
    """Give the accuracy in reading and knowledge, and the quality of translations into the pivot.

    Of several ways of asking it is the selected one; of translations COMET where there are scores
    of it, else chrF++. Scores of translations out of the pivot cannot be compared over languages.

    Args:
        task_scores: of all models.
    """
    chosen = select_scores(task_scores)
    return complete_cells(
        {
            "model": row["model"],
            "language": row["language"],
            "study": TASK_STUDIES[row["task"]],
            "metric": row["metric"],
            "value": row["score"],
            **_interval(row),
            **_basis(row),
            "chance": row["floor"] if row["task"] == TRANSLATION else guessing_level(row),
            "above_chance": row["above_chance"] if pd.notna(row["above_chance"]) else None,
            "data": row["data"] if isinstance(row["data"], str) else "",
            "text_overlap": row["text_overlap"],
            "source": "task_scores",
            "formula": TRANSLATION_FORMULA if row["task"] == TRANSLATION else TASK_FORMULA,
        }
        for row in chosen.to_dict("records")
    )


def select_scores(task_scores: pd.DataFrame) -> pd.DataFrame:
    """Keep the one score of every model, task and language that stands for it.

    Args:
        task_scores: of all models; tables made elsewhere may lack columns.
    """
    optional = ["selected", "direction", "data", "chance", "floor", "above_chance", "clusters"]
    optional += ["n", "text_overlap", "best_constant", "formulation", "ci_low", "ci_high"]
    optional += ["p_above_chance", "p_above_chance_adjusted", "confidence", "word_match"]
    rows = task_scores.reindex(columns=[*dict.fromkeys([*task_scores.columns, *optional])])
    rows = rows[rows["selected"].astype("boolean").fillna(True).astype(bool)]
    rows = rows[rows["task"].isin(list(TASK_STUDIES))]
    asked = (rows["task"] != TRANSLATION) & rows["metric"].str.startswith(ACCURACY)
    into = (rows["task"] == TRANSLATION) & (rows["direction"] == "to_pivot")
    comet = into & (rows["metric"] == "comet") & rows["score"].notna()
    by_comet = rows["model"].isin(set(rows.loc[comet, "model"]))
    translated = comet | (into & (rows["metric"] == "chrf") & ~by_comet)
    return rows[asked | translated].drop_duplicates(["model", "task", "language"])


def score_culture(cultural_alignment: pd.DataFrame, survey: str, confidence: float) -> pd.DataFrame:
    """Give how far answers agree with the speakers of the language beyond what all people share.

    Where the survey has no scores of languages it is the agreement with the only country of the
    language, and a note says so. What rests on a survey that was made up is left out.

    Args:
        cultural_alignment: of all models.
        survey: name of the source of what people answered.
        confidence: of its intervals.
    """
    if cultural_alignment.empty:
        return complete_cells([])
    real = cultural_alignment[~cultural_alignment["synthetic"].astype(bool)]
    rows = choose_answers(native_agreement(of_models(real)))
    rows = rows[rows["part"] == DISTINCTIVE]
    return complete_cells(
        {
            "model": row["model"],
            "language": row["language"],
            "study": "culture",
            "metric": f"{DISTINCTIVE}_{row['metric']}",
            "value": row["value"],
            "ci_low": row["low"],
            "ci_high": row["high"],
            "confidence": confidence,
            "n": row["n_questions"],
            "unit": "questions",
            "chance": row["conformist"],
            "data": survey,
            "note": f"{row['elicitation']} answers; chance: a conformist's"
            f"{_ONE_COUNTRY[row['level']]}",
            "source": "cultural_alignment",
            "formula": CULTURE_FORMULA,
        }
        for row in rows.to_dict("records")
    )


def score_counting(counting_scores: pd.DataFrame) -> pd.DataFrame:
    """Give how often the words of a list are counted right, beside the best baseline.

    Of the ways of asking it is the first of all figures: likeliest number, category named first.

    Args:
        counting_scores: of all models.
    """
    return complete_cells(
        {
            "model": row["model"],
            "language": row["language"],
            "study": "counting",
            "metric": "accuracy",
            "value": row["value"],
            **_interval(row),
            "n": row["clusters"],
            "unit": "categories",
            "items": row["n"],
            "chance": row["value"] - row["gap"],
            "above_chance": row["above_baseline"] if pd.notna(row["above_baseline"]) else None,
            "data": "lists",
            "note": f"{row['n']} lists; chance: best baseline ({as_words(row['baseline'])})",
            "source": "counting_scores",
            "formula": COUNTING_FORMULA,
        }
        for row in count_rows(counting_scores)
        if row["language"] != ALL and row["unit"] == "category"
    )


def count_rows(counting_scores: pd.DataFrame) -> Iterator[Row]:
    """Give the accuracies of models, each in the first of its ways of asking.

    Args:
        counting_scores: of all models.
    """
    for _, own in counting_scores.groupby("model", sort=False):
        rows = list_ways(own)[0].rows(own)
        kept = (rows["metric"] == "accuracy") & (rows["answered_by"] == "model")
        yield from rows[kept & (rows["by"] == ALL)].to_dict("records")


def as_words(name: object) -> str:
    """Write a name of the tables as words: `largest_group` as `largest group`."""
    return str(name).replace("_", " ") if isinstance(name, str) else ""


def _interval(row: Row) -> dict[str, object]:
    return {name: row[name] for name in ("ci_low", "ci_high", "confidence")}


def _basis(row: Row) -> dict[str, object]:
    """Say on how many units a score rests: passages, items or sentences."""
    unit = {READING: "passages", TRANSLATION: "sentences"}.get(str(row["task"]), "items")
    clusters: float = row["clusters"] if pd.notna(row["clusters"]) else row["n"]
    notes = [f"{int(row['n'])} items"] if unit == "passages" else []
    if pd.notna(row["best_constant"]) and float(row["best_constant"]) > float(row["chance"]):
        notes.append("chance: always the same letter")
    return {"n": clusters, "unit": unit, "items": row["n"], "note": "; ".join(notes)}


def guessing_level(row: Row) -> float:
    """Give what the test takes for guessing: by letters what one letter always gets right."""
    known = [float(row[name]) for name in ("chance", "best_constant") if pd.notna(row[name])]
    return max(known) if known else float("nan")


def name_guessing(row: Row) -> str:
    """Name what `guessing_level` gives: guessing, or always the same letter if that gets more."""
    chance: float = row["chance"] if pd.notna(row["chance"]) else -np.inf
    return ONE_LETTER if guessing_level(row) > chance else GUESSING
