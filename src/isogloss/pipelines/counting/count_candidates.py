"""How likely a model finds every number as the answer to how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.counting_prompts import CHAT
from isogloss.language_models.answer_encoding import encode_answers
from isogloss.language_models.continuation_encoding import EncodedPair
from isogloss.language_models.generation import end_tokens
from isogloss.language_models.option_scoring import score_continuations
from isogloss.pipelines.counting.count_branches import Branch, Tokens, list_branches, list_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from isogloss.counting_prompts import Framing
    from isogloss.language_models.loading import LoadedModel
    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
    from isogloss.pipelines.counting.count_questions import Form, LanguageLists

LISTS_AT_ONCE = 256
"""Lists that are put to a model together: enough to fill batches."""
_TINY = float(np.finfo(np.float64).tiny)


def score_candidates(
    loaded: LoadedModel,
    asked: LanguageLists,
    framing: Framing,
    parameters: BenchmarkParameters,
    advance: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Score all numbers from 0 to the largest as answers.

    The probability of a number is that of any of its forms, each of which is teacher-forced. With
    `stops` at `every`, each form is followed by anything that ends an answer; with `needed`, by
    anything that does not make another number of it, so that a form of one token costs nothing
    beyond the prompt (see `count_branches`).

    Args:
        loaded: an open causal model.
        asked: lists of one language.
        framing: of the model.
        parameters: positions, the largest number, forms, stops, batches.
        advance: told how many prompts are finished.

    Returns:
        One row a list, position and number: language, item_id, position, framing, shots,
        candidate, log_likelihood (nats).

    Raises:
        Refusal: if two numbers have the same tokens, or a prompt is too long for the model.
    """
    tables = []
    for position in parameters.positions:
        prompts = asked.prompts(position, framing, loaded.tokenizer)
        joiner = asked.phrases[position].joiner
        values = []
        for start in range(0, len(prompts), LISTS_AT_ONCE):
            portion = prompts[start : start + LISTS_AT_ONCE]
            values.append(_score(loaded, portion, joiner, asked.forms, framing, parameters))
            if advance is not None:
                advance(len(portion))
        table = _tabulate(asked, np.concatenate(values))
        tables.append(table.assign(position=position, framing=framing, shots=asked.shots))
    columns = ["language", "item_id", "position", "framing", "shots", "candidate", "log_likelihood"]
    return pd.concat(tables, ignore_index=True)[columns]


def _tabulate(asked: LanguageLists, values: np.ndarray) -> pd.DataFrame:
    lists, numbers = values.shape
    return pd.DataFrame(
        {
            "language": asked.language,
            "item_id": np.repeat([one.item_id for one in asked.lists], numbers),
            "candidate": np.tile(np.arange(numbers), lists),
            "log_likelihood": values.ravel(),
        }
    )


def _score(
    loaded: LoadedModel,
    prompts: Sequence[str],
    joiner: str,
    forms: Sequence[Form],
    framing: Framing,
    parameters: BenchmarkParameters,
) -> np.ndarray:
    """Give log-likelihoods, float64 [prompts, numbers]."""
    texts = list_texts(forms, parameters)
    ends = end_tokens(loaded)
    answers = [joiner + one.text for one in texts]
    encoded = encode_answers(loaded.tokenizer, prompts, answers, framed=framing == CHAT)
    settled: dict[tuple[Tokens, ...], list[Branch]] = {}
    pairs, places, branches = [], [], []
    for place, found in enumerate(encoded):
        continuations = tuple(pair.continuation for pair in found)
        if continuations not in settled:
            settled[continuations] = list_branches(texts, continuations, ends)
        for branch in settled[continuations]:
            pairs.append(EncodedPair(found[0].context, branch.tokens))
            places.append(place)
            branches.append(branch)
    scores = score_continuations(
        loaded, pairs, token_budget=parameters.token_budget, overlong="refuse"
    )
    values = np.zeros((len(prompts), parameters.largest + 1))
    numbers, signs = ([getattr(one, name) for one in branches] for name in ("number", "sign"))
    np.add.at(values, (places, numbers), signs * np.exp(scores.log_likelihoods))
    # What is taken off may be all there is, but for rounding.
    return np.asarray(np.log(np.maximum(values, _TINY)))
