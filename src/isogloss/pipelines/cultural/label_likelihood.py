"""Labels by what a language model gives to the two stance sentences after a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import NotFiniteError
from isogloss.language_models.continuation_encoding import encode_pairs
from isogloss.language_models.option_scoring import score_continuations
from isogloss.pipelines.cultural.label_tables import AnswerKey, Labelled, Opinion
from isogloss.pipelines.cultural.stance_tables import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from isogloss.language_models.batching import TokenBudget
    from isogloss.language_models.loading import LoadedModel
    from isogloss.pipelines.cultural.label_tables import StatedAnswer
    from isogloss.pipelines.cultural.stance_tables import Stance

WEIGHT_COLUMNS = (
    "language",
    "prompt_id",
    "sample",
    "statement",
    "pro",
    "con",
    "prior_pro",
    "prior_con",
    "truncated",
    "echo",
)


def weigh_answers(
    loaded: LoadedModel,
    answers: Sequence[StatedAnswer],
    stances: Mapping[tuple[str, str], Stance],
    words: Mapping[str, str],
    token_budget: TokenBudget,
    advance: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Give the log-likelihoods of both stance sentences after every statement.

    After a statement stands a line with a word such as "In short:", after that the sentence. Both
    sentences are scored from one pass over the statement, and a statement that occurs twice once.

    Args:
        loaded: an open causal model.
        answers: in any languages.
        stances: question, language -> its two sides.
        words: language -> what stands between statement and sentence.
        token_budget: tokens a batch, or `auto`.
        advance: told how many sentences are scored, now and then.

    Returns:
        One row a statement: language, prompt_id, sample, statement, pro and con (nats, summed
        over the tokens), prior_pro and prior_con (the same after the word alone), truncated
        (whether the beginning of the statement did not fit), echo (see `repeats`).
    """
    pairs: dict[tuple[str, str], int] = {}

    rows = []
    for answer in answers:
        stance, word = stances[answer.question, answer.language], words[answer.language]
        sentences = [follow(word, sentence) for sentence in (stance.pro, stance.con)]
        for number, statement in enumerate(answer.statements):
            scored = [
                pairs.setdefault((context, sentence), len(pairs))
                for context in (f"{statement}\n{word}", word)
                for sentence in sentences
            ]
            echo = repeats(statement, answer.topic)
            rows.append((answer.language, *answer.key, number, *scored, False, echo))
    scores = score_continuations(
        loaded,
        encode_pairs(loaded.tokenizer, list(pairs)),
        token_budget=token_budget,
        advance=advance,
    )
    table = pd.DataFrame(rows, columns=list(WEIGHT_COLUMNS))
    table["truncated"] = scores.truncated[table["pro"].to_numpy(int)]
    for column in ("pro", "con", "prior_pro", "prior_con"):
        table[column] = scores.log_likelihoods[table[column].to_numpy(int)]
    return table.astype({"sample": int, "statement": int, "truncated": bool, "echo": bool})


def repeats(statement: str, topic: str) -> bool:
    """Say whether a statement only repeats its topic, or a part of it: that takes no side.

    Args:
        statement: of an answer.
        topic: that the answer is on.
    """
    said, asked = ("".join(filter(str.isalnum, text)).casefold() for text in (statement, topic))
    return bool(said) and said in asked


def label_by_likelihood(weights: pd.DataFrame, margin: float) -> dict[AnswerKey, Labelled]:
    """Label statements by how much more they raise one sentence than the other.

    The difference is log P(pro | statement) - log P(con | statement), less the same without the
    statement (pointwise mutual information, Holtzman et al. 2021, arXiv 2104.08315): that one
    sentence is shorter or more usual counts for nothing. A statement that only repeats its topic is
    neutral: it makes likely whichever sentence has more of the same words.

    Args:
        weights: of `weigh_answers`.
        margin: with a difference no larger, in nats, a statement is neutral.

    Raises:
        NotFiniteError: if a weight is infinite or not a number, which is no neutral statement.
    """
    ordered = weights.sort_values("statement", kind="stable")
    differences = (
        ordered["pro"] - ordered["con"] - (ordered["prior_pro"] - ordered["prior_con"])
    ).to_numpy(float)
    if not np.isfinite(differences).all():
        first = ordered.iloc[int(np.argmin(np.isfinite(differences)))]
        raise NotFiniteError(
            f"The weights of {int((~np.isfinite(differences)).sum())} of {len(ordered)} statements "
            f"are infinite or not numbers, first of statement {first['statement']} of prompt "
            f"{first['prompt_id']}, sample {first['sample']}. Delete the stored statement weights "
            "and weigh them anew, with dtype bfloat16 or float32."
        )
    undecided = ~(np.abs(differences) > margin) | ordered["echo"].to_numpy(bool)
    opinions = np.where(undecided, "neutral", np.where(differences > 0, "pro", "con"))
    labels: dict[AnswerKey, list[Opinion]] = {}
    keys = zip(ordered["prompt_id"], ordered["sample"], strict=True)
    for (prompt_id, sample), opinion in zip(keys, opinions.tolist(), strict=True):
        labels.setdefault(AnswerKey(prompt_id, int(sample)), []).append(opinion)
    return {key: Labelled(tuple(own), "labelled") for key, own in labels.items()}
