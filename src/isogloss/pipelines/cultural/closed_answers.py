"""What a model gives to each answer of a question of the survey."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.language_models.chat_template import frame_as_chat
from isogloss.language_models.continuation_encoding import encode_pairs
from isogloss.language_models.option_scoring import score_continuations
from isogloss.pipelines.cultural.closed_parameters import PMI
from isogloss.pipelines.cultural.closed_questions import list_orders, show_question
from isogloss.pipelines.cultural.stance_tables import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from isogloss.language_models.continuation_encoding import EncodedPair
    from isogloss.language_models.loading import LoadedModel
    from isogloss.pipelines.cultural.closed_parameters import ClosedSurveyParameters
    from isogloss.pipelines.cultural.closed_questions import ClosedQuestion

NUMBER, TEXT = "number", "text"
ANSWER_COLUMNS = (
    "language",
    "question",
    "formulation",
    "order",
    "place",
    "code",
    "log_likelihood",
    "prior",
    "truncated",
)
SCORED = ("log_likelihood", "prior")


@dataclass
class _Pairs:
    """Prompts with answers to be scored, each pair once."""

    places: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, prompt: str, answer: str) -> int:
        return self.places.setdefault((prompt, answer), len(self.places))


def score_answers_given(
    loaded: LoadedModel,
    questions: Sequence[ClosedQuestion],
    words: Mapping[str, str],
    parameters: ClosedSurveyParameters,
    advance: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Score the answers of questions by their numbers and by their words, from one pass.

    A model with a chat template is given the question as a user's message.

    Args:
        loaded: an open causal model.
        questions: in any languages.
        words: language -> what stands before an answer.
        parameters: orders, batches.
        advance: told how many answers are scored, now and then.

    Returns:
        One row a question, formulation (number, text), order (see `list_orders`) and answer:
        language, question, formulation, order, place (in the list shown, from 1), code,
        log_likelihood (nats, summed over tokens; a number is scored as what the answer begins
        with, unless it begins with a longer number of the list), prior (the same with the answers
        shown and no question; NaN unless the normalisation is pmi, as it doubles what is read),
        truncated. Inside a scale answers without words have a number only.
    """
    pairs = _Pairs()
    bare = (False, True) if parameters.normalisation == PMI else (False,)
    rows = [
        row
        for question in questions
        for order, shown in list_orders(question, parameters.orders).items()
        for row in _rows(question, order, shown, words[question.language], bare, pairs)
    ]
    encoded = encode_pairs(loaded.tokenizer, _framed(loaded, pairs))
    scores = score_continuations(
        loaded,
        encoded,
        token_budget=parameters.token_budget,
        overlong=parameters.overlong,
        advance=advance,
    )
    scored = SCORED[: len(bare)]
    table = pd.DataFrame(rows, columns=[*ANSWER_COLUMNS[: -len(SCORED) - 1], *scored])
    table["truncated"] = scores.truncated[table["log_likelihood"].to_numpy(int)]
    for column in scored:
        places = table[column].to_numpy(int)
        table[column] = _without_longer_numbers(table, scores.log_likelihoods, encoded, places)
    return table.reindex(columns=list(ANSWER_COLUMNS))


def _rows(
    question: ClosedQuestion,
    order: int,
    shown: Sequence[int],
    word: str,
    bare: Sequence[bool],
    pairs: _Pairs,
) -> Iterator[tuple[object, ...]]:
    """List the answers to be scored, with the places of their pairs for likelihoods."""
    labels = dict(zip(question.codes, question.labels, strict=True))
    prompts = [show_question(question, shown, word, bare=one) for one in bare]
    for place, code in enumerate(shown, start=1):
        for formulation, answer in ((NUMBER, str(place)), (TEXT, labels[code])):
            if answer:
                scored = [pairs.add(prompt, follow(word, answer)) for prompt in prompts]
                yield (
                    question.language,
                    question.question,
                    formulation,
                    order,
                    place,
                    code,
                    *scored,
                )


def _framed(loaded: LoadedModel, pairs: _Pairs) -> list[tuple[str, str]]:
    texts = list(pairs.places)
    if not loaded.tokenizer.chat_template:
        return texts
    frames: Mapping[str, str] = {
        prompt: frame_as_chat(loaded, prompt) for prompt in dict.fromkeys(one for one, _ in texts)
    }
    # What a template puts before an answer ends where the answer begins (as in lm-eval).
    return [(frames[prompt], answer.lstrip()) for prompt, answer in texts]


def _without_longer_numbers(
    table: pd.DataFrame,
    log_likelihoods: NDArray[np.float64],
    encoded: Sequence[EncodedPair],
    places: NDArray[np.int_],
) -> NDArray[np.float64]:
    """Take from each number what belongs to a longer one: P(1) less P(10), if 10 begins with 1.

    Where the tokenizer has a token of its own for the longer number, nothing is taken.
    """
    values = log_likelihoods[places].copy()
    numbers = table[table["formulation"] == NUMBER]
    for _, rows in numbers.groupby(["language", "question", "order"], sort=False):
        tokens = {row: encoded[places[row]].continuation for row in rows.index}
        for row, own in tokens.items():
            longer = [
                log_likelihoods[places[other]]
                for other, theirs in tokens.items()
                if len(theirs) > len(own) and theirs[: len(own)] == own
            ]
            if longer:
                share = -np.expm1(np.logaddexp.reduce(longer) - values[row])
                values[row] += np.log(max(share, np.finfo(float).tiny))
    return values
