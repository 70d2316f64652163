"""The labels of an answer, counted: one row an answer and labeller."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

import pandas as pd

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Opinion = Literal["pro", "con", "neutral"]
OPINIONS: tuple[Opinion, ...] = ("pro", "con", "neutral")
Status = Literal["labelled", "repaired", "invalid", "empty"]
LABEL_COLUMNS = (
    "model",
    "labeller",
    "prompt_id",
    "sample",
    *OPINIONS,
    "opinions",
    "response_language",
    "status",
    "expected",
    "found",
    "distinct",
)


class AnswerKey(NamedTuple):
    """Which answer of a model."""

    prompt_id: str
    sample: int


class Labelled(NamedTuple):
    """What a labeller says of the statements of an answer, in their order.

    Attributes:
        opinions: one a statement; none if they could not be had.
        status: how they were had.
        language: of the answer, if the labeller says; else empty.
    """

    opinions: tuple[Opinion, ...]
    status: Status
    language: str = ""


class StatedAnswer(NamedTuple):
    """An answer and its statements.

    Attributes:
        key: which answer.
        question: that it is to.
        language: of the prompt.
        expected: how many statements were asked for.
        statements: that were found.
        topic: that the prompt named; empty if there was no prompt.
    """

    key: AnswerKey
    question: str
    language: str
    expected: int
    statements: tuple[str, ...]
    topic: str = ""


def join_statements(
    responses: pd.DataFrame, statements: pd.DataFrame, prompts: pd.DataFrame
) -> list[StatedAnswer]:
    """Join answers with their statements and prompts, by their keys.

    Args:
        responses: of a model.
        statements: of the same answers; an answer may have none.
        prompts: with `expected` and `topic`.

    Raises:
        Refusal: if an answer is to a prompt that is not there.
    """
    described = prompts.set_index("prompt_id")
    found: dict[AnswerKey, list[str]] = {}
    ordered = statements.sort_values("statement", kind="stable")
    for row in ordered.to_dict("records"):
        key = AnswerKey(row["prompt_id"], int(row["sample"]))
        found.setdefault(key, []).append(row["text"])
    joined = []
    for prompt_id, sample in zip(responses["prompt_id"], responses["sample"], strict=True):
        if prompt_id not in described.index:
            raise Refusal(
                f"Response {prompt_id}, sample {sample}, is to a prompt that survey_prompts does "
                "not have. Have the models respond to the present prompts."
            )
        key, prompt = AnswerKey(prompt_id, int(sample)), described.loc[prompt_id]
        joined.append(
            StatedAnswer(
                key,
                str(prompt["question"]),
                str(prompt["language"]),
                int(prompt["expected"]),
                tuple(found.get(key, ())),
                str(prompt["topic"]),
            )
        )
    return joined


def tabulate_labels(
    model: str,
    labeller: str,
    answers: Sequence[StatedAnswer],
    labels: Mapping[AnswerKey, Labelled],
) -> pd.DataFrame:
    """Count opinions: one row an answer.

    Args:
        model: that answered.
        labeller: who labelled.
        answers: all of the model.
        labels: of the answers that have statements.

    Returns:
        model, labeller, prompt_id, sample, pro, con, neutral (counts), opinions (in the order of
        the statements, with semicolons between), response_language (as the labeller says; empty
        if it does not), status (labelled; repaired: valid at the second attempt; invalid; empty:
        the answer has no statement), expected and found (statements asked for and there),
        distinct (statements that differ).

    Raises:
        Refusal: if an answer has statements that are not labelled.
    """
    rows = list(_rows(model, labeller, answers, labels))
    return pd.DataFrame(rows, columns=list(LABEL_COLUMNS))


def _of_answer(answer: StatedAnswer, labels: Mapping[AnswerKey, Labelled]) -> Labelled:
    if not answer.statements:
        return Labelled((), "empty")
    given = labels.get(answer.key)
    if given is None or (given.opinions and len(given.opinions) != len(answer.statements)):
        raise Refusal(
            f"The labels are of other statements than those of response {answer.key.prompt_id}, "
            f"sample {answer.key.sample}. Run again what weighs and labels the statements."
        )
    return given


def _rows(
    model: str,
    labeller: str,
    answers: Sequence[StatedAnswer],
    labels: Mapping[AnswerKey, Labelled],
) -> Iterator[tuple[object, ...]]:
    for answer in answers:
        given = _of_answer(answer, labels)
        counts = Counter(given.opinions)
        yield (
            model,
            labeller,
            *answer.key,
            *(counts[opinion] for opinion in OPINIONS),
            ";".join(given.opinions),
            given.language,
            given.status,
            answer.expected,
            len(answer.statements),
            len(set(answer.statements)),
        )
