"""What a model gives to the options of questions: every formulation from one pass over prefixes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from isogloss.language_models.chat_template import frame_as_chat
from isogloss.language_models.continuation_encoding import encode_pairs
from isogloss.language_models.option_scoring import score_continuations
from isogloss.partitions import digest, fill_portions
from isogloss.pipelines.tasks.prompts import (
    OPTIONS,
    PromptTemplate,
    render_answer,
    render_blank,
    render_item,
    render_prompt,
)
from isogloss.pipelines.tasks.questions import choose_examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from isogloss.language_models.loading import LoadedModel
    from isogloss.pipelines.tasks.parameters import TaskParameters
    from isogloss.pipelines.tasks.questions import Question

LABEL, CLOZE = "label", "cloze"
# What stands in an item without content (Zhao et al. 2021, section 5, average over these).
FILLINGS = ("N/A", "[MASK]", "")
# Questions whose prompts are held at once: enough to fill batches, few enough to fit in memory.
QUESTIONS_AT_ONCE = 256
ANSWER_COLUMNS = (
    "item_id",
    "formulation",
    "order",
    "option",
    "log_likelihood",
    "prior",
    "characters",
    "bytes",
    "truncated",
    "prompt_hash",
)


@dataclass(frozen=True)
class Asking:
    """Questions in one language, and how they are asked.

    Attributes:
        questions: in one language.
        label: template that shows the options with letters.
        cloze: template that does not show them.
        development: subject -> questions that may stand as examples.
        shots: examples before a question.
    """

    questions: Sequence[Question]
    label: PromptTemplate
    cloze: PromptTemplate
    development: Mapping[str, Sequence[Question]]
    shots: int


@dataclass
class _Pairs:
    """Prompts with continuations to be scored, each pair once."""

    places: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, prompt: str, continuation: str) -> int:
        return self.places.setdefault((prompt, continuation), len(self.places))


@dataclass(frozen=True)
class _Row:
    """One option of one question in one formulation and order.

    `priors` are the pairs whose likelihoods say how likely the answer is without content: for a
    text the one after the empty prompt; for a letter all letters after each blank item, this
    option's letter among them at `place`.
    """

    question: Question
    formulation: str
    order: int
    option: int
    pair: int
    prompt: str
    priors: tuple[tuple[int, ...], ...] = ()
    place: int = 0


def score_options(
    loaded: LoadedModel,
    asked: Mapping[str, Asking],
    parameters: TaskParameters,
    advance: Callable[[int], None] | None = None,
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Score the options of questions by their letters and by their texts.

    Few questions are scored together with those of the next language, so that batches are full.

    Args:
        loaded: an open causal model.
        asked: name -> questions, templates, examples.
        parameters: orders, calibration, chat template, batches.
        advance: told how many questions are finished, now and then.

    Yields:
        name, and one row an option, formulation and order: item_id, formulation (label, cloze),
        order (of a label prompt: by how many places its options are rotated), option (1-4, as in
        the source), log_likelihood (nats, summed over tokens), prior (nats; the same answer after
        a prompt without content; NaN where not measured), characters, bytes (of the option's
        text), truncated (whether the prompt was cut), prompt_hash.
    """
    for names in group_questions([*asked], {name: one.questions for name, one in asked.items()}):
        pairs = _Pairs()
        rows = {
            name: [
                row
                for question in asked[name].questions
                for row in _rows(question, asked[name], parameters, pairs)
            ]
            for name in names
        }
        scores = _score(loaded, pairs, parameters)
        for name in names:
            if advance is not None:
                advance(len(asked[name].questions))
            yield name, _table(rows[name], *scores)


def split_questions(questions: Sequence[Question]) -> list[list[Question]]:
    """Split many questions into portions, those of a passage together.

    Args:
        questions: of one task and language.

    Returns:
        portions by subject and passage, each of `QUESTIONS_AT_ONCE` or the rest of a passage more.
    """
    portions: list[list[Question]] = []
    ordered = sorted(questions, key=lambda one: (one.stratum, one.cluster))
    for _, members in groupby(ordered, key=lambda one: (one.stratum, one.cluster)):
        if not portions or len(portions[-1]) >= QUESTIONS_AT_ONCE:
            portions.append([])
        portions[-1].extend(members)
    return portions


def group_questions(
    names: Sequence[str], questions: Mapping[str, Sequence[Question]]
) -> Iterator[list[str]]:
    """Put names together until their questions fill batches.

    Args:
        names: in their order.
        questions: name -> questions.
    """
    sizes = {name: len(questions[name]) for name in names}
    return fill_portions(names, sizes, QUESTIONS_AT_ONCE)


def _rows(
    question: Question, asking: Asking, parameters: TaskParameters, pairs: _Pairs
) -> Iterator[_Row]:
    examples = choose_examples(question, asking.development, asking.shots)
    yield from _label_rows(question, asking.label, examples, parameters, pairs)
    yield from _cloze_rows(question, asking.cloze, examples, pairs)


def _label_rows(
    question: Question,
    template: PromptTemplate,
    examples: Sequence[Question],
    parameters: TaskParameters,
    pairs: _Pairs,
) -> Iterator[_Row]:
    for order in range(OPTIONS if parameters.option_orders == "cyclic" else 1):
        prompt = render_prompt(template, question, examples, order)
        blanks = order == 0 and parameters.contextual_calibration
        priors = _blank_pairs(template, question, prompt, pairs) if blanks else ()
        for option in range(1, OPTIONS + 1):
            answer = render_answer(template, question, option, order)
            pair = pairs.add(prompt, answer)
            yield _Row(question, LABEL, order, option, pair, prompt, priors, option - 1)


def _blank_pairs(
    template: PromptTemplate, question: Question, prompt: str, pairs: _Pairs
) -> tuple[tuple[int, ...], ...]:
    before = prompt.removesuffix(render_item(template, question))
    answers = [render_answer(template, question, option) for option in range(1, OPTIONS + 1)]
    return tuple(
        tuple(
            pairs.add(render_blank(template, question.fields["subject"], filling, before), answer)
            for answer in answers
        )
        for filling in FILLINGS
    )


def _cloze_rows(
    question: Question, template: PromptTemplate, examples: Sequence[Question], pairs: _Pairs
) -> Iterator[_Row]:
    prompt = render_prompt(template, question, examples)
    for option in range(1, OPTIONS + 1):
        answer = render_answer(template, question, option)
        priors = ((pairs.add(template.empty, answer),),)
        yield _Row(question, CLOZE, 0, option, pairs.add(prompt, answer), prompt, priors)


def _score(
    loaded: LoadedModel, pairs: _Pairs, parameters: TaskParameters
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    texts = list(pairs.places)
    if parameters.chat_template:
        frames = {prompt: frame_as_chat(loaded, prompt) for prompt in {one for one, _ in texts}}
        # What a template puts before an answer ends where the answer begins (as in lm-eval).
        texts = [(frames[prompt], answer.lstrip()) for prompt, answer in texts]
    scores = score_continuations(
        loaded,
        encode_pairs(loaded.tokenizer, texts),
        token_budget=parameters.token_budget,
        overlong=parameters.overlong,
    )
    return scores.log_likelihoods, scores.truncated


def _table(
    rows: Sequence[_Row], values: NDArray[np.float64], truncated: NDArray[np.bool_]
) -> pd.DataFrame:
    hashes = {prompt: digest(prompt) for prompt in {row.prompt for row in rows}}
    texts = [row.question.fields[f"option_{row.option}"] for row in rows]
    return pd.DataFrame(
        {
            "item_id": [row.question.item_id for row in rows],
            "formulation": [row.formulation for row in rows],
            "order": [row.order for row in rows],
            "option": [row.option for row in rows],
            "log_likelihood": values[[row.pair for row in rows]],
            "prior": [_prior(row, values) for row in rows],
            "characters": [len(text) for text in texts],
            "bytes": [len(text.encode()) for text in texts],
            "truncated": truncated[[row.pair for row in rows]],
            "prompt_hash": [hashes[row.prompt] for row in rows],
        }
    )[list(ANSWER_COLUMNS)]


def _prior(row: _Row, values: NDArray[np.float64]) -> float:
    """Give log p of the answer without content.

    For a letter: its share among the letters, averaged over the blank items; for a text:
    log p(text | empty prompt).
    """
    if not row.priors:
        return float("nan")
    if row.formulation == CLOZE:
        return float(values[row.priors[0][0]])
    blanks = values[np.array(row.priors)]
    shares = np.exp(blanks - scipy.special.logsumexp(blanks, axis=1, keepdims=True))
    return float(np.log(shares.mean(axis=0)[row.place]))
