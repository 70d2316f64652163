"""What the tables of the tasks hold; see `schemas`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.pandas as pa
from pandera.typing import Series

from isogloss.schemas import SHARE, TOLERANCE, WithIntervals

if TYPE_CHECKING:
    import pandas as pd

QUESTION_TASKS = ("belebele", "mmlu")
METRICS = (
    "accuracy_label",
    "accuracy_text",
    "accuracy_calibrated",
    "accuracy_generated",
    "p_correct",
    "label_bias",
    "chrf",
    "bleu",
    "comet",
)
# Of what score a row is; a table made elsewhere may lack all but the first, metric and language.
KEYS = (
    "model",
    "task",
    "data",
    "metric",
    "direction",
    "language",
    "formulation",
    "normalisation",
    "subset",
    "average",
    "shots",
    "prompt_language",
    "chat_template",
)


class ItemScores(pa.DataFrameModel):
    """Every option of every item, in every formulation and normalisation."""

    model: Series[str]
    task: Series[str] = pa.Field(isin=QUESTION_TASKS)
    language: Series[str]
    item_id: Series[str]
    split: Series[str] = pa.Field(
        isin=["dev", "test"], description="dev items serve to choose the formulation"
    )
    cluster: Series[str] = pa.Field(description="passage, or item: what is drawn again")
    formulation: Series[str] = pa.Field(isin=["label", "cloze", "generated"])
    normalisation: Series[str] = pa.Field(
        isin=["none", "orders", "contextual", "character", "byte", "pmi"]
    )
    truncated: Series[bool] = pa.Field(description="the prompt was cut")
    option: Series[int] = pa.Field(isin=[1, 2, 3, 4], description="number of the option")
    log_likelihood: Series[float] = pa.Field(le=0, nullable=True, description="of the option, nats")
    score: Series[float] = pa.Field(nullable=True, description="that decides, after normalisation")
    probability: Series[float] = pa.Field(
        nullable=True, **SHARE, description="softmax of the scores"
    )
    chosen: Series[bool]
    gold: Series[bool] = pa.Field(description="the option is right")

    @pa.dataframe_check(error="an item has more than one right or chosen option, or none right")
    @classmethod
    def one_right_and_one_chosen(cls, table: pd.DataFrame) -> Series[bool]:
        """Count the right and the chosen options of every item."""
        key = ["task", "language", "item_id", "formulation", "normalisation"]
        counts = table.groupby(key, sort=False)[["gold", "chosen"]].transform("sum")
        return Series[bool]((counts["gold"] == 1) & (counts["chosen"] <= 1))


class LetterChoices(pa.DataFrameModel):
    """The letter that is right and the one that is chosen, in every order of the options."""

    model: Series[str]
    task: Series[str] = pa.Field(isin=QUESTION_TASKS)
    language: Series[str]
    item_id: Series[str]
    order: Series[int] = pa.Field(isin=[0, 1, 2, 3], description="rotation of the options")
    letter: Series[str] = pa.Field(isin=list("ABCD"), description="that is right")
    chosen: Series[str] = pa.Field(isin=list("ABCD"))


class TaskScores(WithIntervals):
    """One score a model, task, metric, direction, language and way of asking.

    Accuracies, `p_correct`, rates and COMET lie in 0..1, chrF and BLEU in 0..100.
    """

    model: Series[str]
    task: Series[str]
    metric: Series[str]
    language: Series[str]
    score: Series[float] = pa.Field(
        nullable=True,
        le=100.001,
        coerce=True,
        description="accuracies and COMET 0 to 1, chrF++ and BLEU 0 to 100",
    )
    direction: Series[str] | None
    formulation: Series[str] | None
    normalisation: Series[str] | None
    n: Series[float] | None = pa.Field(
        ge=0, nullable=True, coerce=True, description="items or sentences"
    )
    chance: Series[float] | None = pa.Field(nullable=True, **SHARE, description="score of a guess")
    invalid_rate: Series[float] | None = pa.Field(
        nullable=True, **SHARE, description="share of answers that are none"
    )
    text_overlap: Series[float] | None = pa.Field(nullable=True, **SHARE)
    best_constant: Series[float] | None = pa.Field(
        nullable=True, **SHARE, description="score of the best single place"
    )
    floor: Series[float] | None = pa.Field(
        nullable=True, ge=0, le=100.001, description="score of translations of other sentences"
    )
    word_match: Series[float] | None = pa.Field(
        nullable=True, **SHARE, description="score of matching words alone"
    )

    @pa.dataframe_check(error="the same score stands there twice")
    @classmethod
    def keys_are_unique(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare the keys of all rows."""
        keys = [key for key in KEYS if key in table]
        return Series[bool](~table.duplicated(keys, keep=False))


class ItemLink(WithIntervals):
    """Whether aligned items are the ones that are answered right; see `item_link.link_items`."""

    model: Series[str]
    task: Series[str] = pa.Field(isin=QUESTION_TASKS)
    language: Series[str]
    outcome: Series[str] = pa.Field(
        isin=["accuracy", "p_correct"],
        description="right or not, or probability of the right option",
    )
    vectors: Series[str] = pa.Field(
        isin=["aligned", "centred"], description="how an item is judged aligned"
    )
    # Of all languages together it is a slope, which few items may take beyond -1 and 1.
    difference: Series[float] = pa.Field(
        nullable=True, description="outcome of aligned items - of others"
    )


class AnswerConsistency(pa.DataFrameModel):
    """Whether a model answers alike in two languages; see `answer_consistency`."""

    model: Series[str]
    task: Series[str] = pa.Field(isin=QUESTION_TASKS)
    language_a: Series[str]
    language_b: Series[str]
    items: Series[str] = pa.Field(description="all, or those wrong in both languages")
    n: Series[int] = pa.Field(ge=0, description="items")
    kappa: Series[float] = pa.Field(
        nullable=True, le=1 + TOLERANCE, description="agreement beyond chance, 1 at most"
    )
    rankc: Series[float] = pa.Field(
        nullable=True,
        ge=0,
        le=1 + TOLERANCE,
        description="of the order of options (Qi et al. 2023), 1 at most",
    )

    class Config:
        """One row a model, task, formulation, part of the items and pair of languages."""

        unique: list[str] = [
            "model",
            "task",
            "formulation",
            "normalisation",
            "items",
            "language_a",
            "language_b",
        ]


class ItemEvidence(pa.DataFrameModel):
    """The answer to every item beside the alignment of its options; see `cross_items`."""

    model: Series[str]
    task: Series[str] = pa.Field(isin=QUESTION_TASKS)
    language: Series[str]
    stratum: Series[str] = pa.Field(description="subject of knowledge items; else empty")
    item_id: Series[str]
    cluster: Series[str] = pa.Field(description="passage of reading items; else the item")
    right: Series[float] = pa.Field(isin=[0.0, 1.0], description="1: the right option is chosen")
    aligned: Series[float] = pa.Field(
        **SHARE, description="share of the middle third of the layers in which it is aligned"
    )

    class Config:
        """One row a model, task, language and item; an empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["model", "task", "language", "stratum", "item_id"]
