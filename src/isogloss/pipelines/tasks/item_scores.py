"""From likelihoods of options to choices: every normalisation of both formulations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from isogloss.pipelines.tasks.options import CLOZE, LABEL
from isogloss.pipelines.tasks.prompts import LETTERS, OPTIONS, place_of
from isogloss.pipelines.tasks.written_answers import GENERATED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.tasks.questions import Question

    Floats = NDArray[np.float64]

ITEM_SCORE_COLUMNS = (
    "model",
    "task",
    "data",
    "language",
    "item_id",
    "split",
    "cluster",
    "stratum",
    "subset",
    "formulation",
    "normalisation",
    "truncated",
    "option",
    "log_likelihood",
    "score",
    "probability",
    "chosen",
    "gold",
)


def score_items(answers: pd.DataFrame, questions: Sequence[Question]) -> pd.DataFrame:
    """Score the options of questions of one language in every formulation and normalisation.

    With l the log-likelihood of an option, summed over its tokens, the scores are
    label: `none` l; `orders` log of the mean over the option orders of its share among the letters
    (Zheng et al. 2024, arXiv 2309.03882, cyclic permutation); `contextual` l less the log of the
    letter's share after items without content (Zhao et al. 2021, arXiv 2102.09690).
    cloze: `none` l; `character` l / characters; `byte` l / bytes of UTF-8; `pmi` l less the
    log-likelihood of the same text after a prompt without content (Holtzman et al. 2021,
    arXiv 2104.08315). Per token is left out: it measures the tokenizer.

    Args:
        answers: of one task and language; see `score_options` and `write_answers`.
        questions: those that were asked.

    Returns:
        one row an item, formulation, normalisation and option: log_likelihood (in the order of the
        source), score (the larger the better), probability (softmax of the scores over the
        options), chosen (the first of the best; none where a written answer is invalid), gold.
    """
    parts = []
    for formulation, rows in answers.groupby("formulation", sort=False):
        cut = _truncated(rows, questions)
        parts += [
            _rows(questions, str(formulation), normalisation, raw, scores).assign(truncated=cut)
            for normalisation, raw, scores in _normalised(str(formulation), rows, questions)
        ]
    return pd.concat(parts, ignore_index=True)


def _truncated(rows: pd.DataFrame, questions: Sequence[Question]) -> NDArray[np.bool_]:
    """Say of every option of every item whether a prompt of the item was cut."""
    cut = rows["truncated"].astype("boolean").fillna(False) if "truncated" in rows else False
    items = rows.assign(cut=cut).groupby("item_id")["cut"].any()
    wanted = items.loc[[question.item_id for question in questions]]
    return np.repeat(wanted.to_numpy(bool), OPTIONS)


def _normalised(
    formulation: str, rows: pd.DataFrame, questions: Sequence[Question]
) -> Iterator[tuple[str, Floats, Floats]]:
    """Give normalisation, log-likelihoods and scores, both [items, options]."""
    if formulation == GENERATED:
        options = rows.set_index("item_id")["option"].loc[[one.item_id for one in questions]]
        written = options.to_numpy()[:, None] == np.arange(1, OPTIONS + 1)
        yield "none", np.full(written.shape, np.nan), np.where(written, 0.0, -np.inf)
        return
    given = rows[rows["order"] == 0]
    raw = _matrix(given, "log_likelihood", questions)
    prior = _matrix(given, "prior", questions)
    yield "none", raw, raw
    if formulation == CLOZE:
        yield "character", raw, raw / _matrix(given, "characters", questions)
        yield "byte", raw, raw / _matrix(given, "bytes", questions)
        yield "pmi", raw, raw - prior
        return
    orders = [_matrix(part, "log_likelihood", questions) for _, part in rows.groupby("order")]
    if len(orders) > 1:
        shares = scipy.special.log_softmax(np.stack(orders), axis=-1)
        yield "orders", raw, scipy.special.logsumexp(shares, axis=0) - np.log(len(orders))
    if np.isfinite(prior).all():
        yield "contextual", raw, raw - prior


def _matrix(rows: pd.DataFrame, column: str, questions: Sequence[Question]) -> Floats:
    """Arrange a column as [items, options], items in the order of the questions."""
    table = rows.pivot(index="item_id", columns="option", values=column)
    return table.loc[[question.item_id for question in questions]].to_numpy(np.float64)


def _rows(
    questions: Sequence[Question],
    formulation: str,
    normalisation: str,
    raw: Floats,
    scores: Floats,
) -> pd.DataFrame:
    items, options = scores.shape
    answered = np.isfinite(scores).any(axis=1, keepdims=True)
    chosen = (np.arange(options) == scores.argmax(axis=1, keepdims=True)) & answered
    probability = np.full(scores.shape, np.nan)
    if formulation != GENERATED:
        probability = np.exp(scipy.special.log_softmax(scores, axis=1))
    answers = np.array([question.answer for question in questions])
    each: Mapping[str, Callable[[Question], str]] = {
        "item_id": lambda one: one.item_id,
        "split": lambda one: one.split,
        "cluster": lambda one: one.cluster,
        "stratum": lambda one: one.stratum,
        "subset": lambda one: one.subset,
    }
    return pd.DataFrame(
        {
            **{
                name: np.repeat([read(question) for question in questions], options)
                for name, read in each.items()
            },
            "formulation": formulation,
            "normalisation": normalisation,
            "option": np.tile(np.arange(1, options + 1), items),
            "log_likelihood": raw.ravel(),
            "score": np.where(np.isfinite(scores), scores, np.nan).ravel(),
            "probability": probability.ravel(),
            "chosen": chosen.ravel(),
            "gold": (np.arange(1, options + 1) == answers[:, None]).ravel(),
        }
    )


def letter_choices(answers: pd.DataFrame, questions: Sequence[Question]) -> pd.DataFrame:
    """Give the letter that is right and the one that is chosen, in every order of the options.

    Args:
        answers: of one task and language.
        questions: those that were asked.

    Returns:
        one row an item and order: item_id, order, letter (the right one), chosen; empty if labels
        were not asked for.
    """
    labels = answers[answers["formulation"] == LABEL]
    golds = np.array([question.answer for question in questions])
    parts = [
        pd.DataFrame(
            {
                "item_id": [question.item_id for question in questions],
                "order": order,
                "letter": _letters(golds, int(str(order))),
                "chosen": _letters(
                    _matrix(rows, "log_likelihood", questions).argmax(axis=1) + 1, int(str(order))
                ),
            }
        )
        for order, rows in labels.groupby("order")
    ]
    empty = pd.DataFrame(columns=["item_id", "order", "letter", "chosen"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def _letters(options: NDArray[np.integer], order: int) -> list[str]:
    return [LETTERS[place_of(int(option), order)] for option in options]
