"""How often a labeller is right, on statements whose side is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import join_faults
from isogloss.pipelines.cultural.label_tables import OPINIONS, AnswerKey, Labelled, StatedAnswer
from isogloss.pipelines.cultural.prompt_tables import (
    FAULTS_SHOWN,
    PromptTableError,
    list_places,
    require_columns,
)
from isogloss.statistics.intervals import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

ALL = "all"


def read_labelled_statements(
    table: pd.DataFrame, languages: Collection[str] | None = None
) -> tuple[list[StatedAnswer], list[str]]:
    """Read statements whose side is known, each as an answer of its own.

    Args:
        table: question, language, stance (pro, con, neutral), text.
        languages: to keep; None for all. The whole table is checked.

    Returns:
        Statements in the order of the table, known by their language and their number in it; and
        their stances.

    Raises:
        PromptTableError: names rows with another stance or without text.
    """
    name = "labelled_statements"
    require_columns(table, name, ("question", "language", "stance", "text"))
    rows = table.to_dict("records")
    faults = [
        f"{place}: the stance is {row['stance']!r} and the text {row['text']!r}. Write one of "
        f"{', '.join(OPINIONS)}, and a text."
        for place, row in list_places(table, name, ["question", "language"])
        if row["stance"] not in OPINIONS or not row["text"].strip()
    ]
    if faults:
        raise PromptTableError(join_faults(faults, FAULTS_SHOWN, "more faults of this kind."))
    numbers = table.groupby("language").cumcount().tolist()
    kept = [
        (StatedAnswer(key, row["question"], row["language"], 1, (row["text"],)), row["stance"])
        for key, row in zip(map(AnswerKey, table["language"], numbers), rows, strict=True)
        if languages is None or row["language"] in languages
    ]
    return [one for one, _ in kept], [stance for _, stance in kept]


def measure_accuracy(
    labeller: str,
    stances: Sequence[str],
    statements: Sequence[StatedAnswer],
    labels: Mapping[AnswerKey, Labelled],
    confidence: float,
) -> pd.DataFrame:
    """Compare labels with the sides that statements are known to take.

    Args:
        labeller: its name.
        stances: pro, con or neutral, one a statement.
        statements: of `read_labelled_statements`.
        labels: of them; one that is invalid is wrong.
        confidence: of intervals.

    Returns:
        labeller, language (or all), stance (or all), n, right (share of labels that are the
        stance), ci_low, ci_high (Wilson), pro, con, neutral (share of labels that are this; what
        remains is invalid).
    """
    table = pd.DataFrame(
        {
            "language": [one.language for one in statements],
            "stance": stances,
            "label": [next(iter(labels[one.key].opinions), "") for one in statements],
        }
    )
    rows = list(_rows(table, confidence))
    return pd.DataFrame(rows).assign(labeller=labeller)[["labeller", *rows[0]]]


def _rows(table: pd.DataFrame, confidence: float) -> Iterator[dict[str, object]]:
    for language in [*table["language"].unique(), ALL]:
        spoken = table if language == ALL else table[table["language"] == language]
        for stance in [*OPINIONS, ALL]:
            own = spoken if stance == ALL else spoken[spoken["stance"] == stance]
            if own.empty:
                continue
            right = float((own["label"] == own["stance"]).mean())
            low, high = wilson_interval(np.array(right), len(own), confidence)
            yield {
                "language": language,
                "stance": stance,
                "n": len(own),
                "right": right,
                "ci_low": float(low),
                "ci_high": float(high),
                **{opinion: float((own["label"] == opinion).mean()) for opinion in OPINIONS},
            }
