"""Nodes of the tasks: ask, score items, score tasks, collect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from isogloss.freshness import CONTENT
from isogloss.language_models import LanguageModel
from isogloss.language_models.fingerprints import model_fingerprint
from isogloss.language_models.outline import settle_token_budget
from isogloss.partitions import Partitions, StoredPartitions, require_same_fingerprint
from isogloss.pipelines.tasks import answers as asking
from isogloss.pipelines.tasks import item_scores as scoring
from isogloss.pipelines.tasks.choice import choose_formulation
from isogloss.pipelines.tasks.empty_tables import empty_table
from isogloss.pipelines.tasks.parameters import TaskParameters
from isogloss.pipelines.tasks.prompts import AskedTask, PromptParameters
from isogloss.pipelines.tasks.questions import Question, knowledge_questions, reading_questions
from isogloss.pipelines.tasks.task_scores import score_task
from isogloss.pipelines.tasks.word_matching import match_beside, match_words
from isogloss.provenance import record_sources, sources_of, stack_tables
from isogloss.text_overlap import text_overlap

DEFINITION = 1
"""Of the answers that are stored; raised when a formula behind them changes."""

Questions = Mapping[AskedTask, Mapping[str, Sequence[Question]]]
Scored = tuple[pd.DataFrame, pd.DataFrame]
ItemScorer = Callable[
    [
        StoredPartitions[pd.DataFrame],
        pd.DataFrame,
        pd.DataFrame,
        str,
        TaskParameters,
        PromptParameters,
    ],
    Scored,
]


def answer_items(
    lm: LanguageModel,
    reading_items: pd.DataFrame,
    knowledge_items: pd.DataFrame,
    pivot: str,
    parameters: TaskParameters,
    prompts: PromptParameters,
) -> Partitions[pd.DataFrame]:
    """Ask a model every question in every language; see `answers.answer_questions`."""
    budget = settle_token_budget(lm, parameters.token_budget)
    settled = parameters.model_copy(update={"token_budget": budget})
    fingerprint = {"definition": DEFINITION, **model_fingerprint(lm, token_budget=budget)}
    questions = _questions(reading_items, knowledge_items, parameters)
    return asking.answer_questions(lm, questions, pivot, prompts, settled, fingerprint)


def show_prompts(
    reading_items: pd.DataFrame,
    knowledge_items: pd.DataFrame,
    pivot: str,
    parameters: TaskParameters,
    prompts: PromptParameters,
) -> pd.DataFrame:
    """Render one prompt of every task, formulation and language; see `answers.example_prompts`."""
    questions = _questions(reading_items, knowledge_items, parameters)
    return pd.DataFrame(asking.example_prompts(questions, pivot, prompts, parameters))


def item_scorer(model: str, sources: Mapping[str, str]) -> ItemScorer:
    """Give the function that scores the items of a model.

    Args:
        model: its name.
        sources: task -> the source of its items.
    """

    def score_items(
        answers: StoredPartitions[pd.DataFrame],
        reading_items: pd.DataFrame,
        knowledge_items: pd.DataFrame,
        pivot: str,
        parameters: TaskParameters,
        prompts: PromptParameters,
    ) -> Scored:
        """Score every option of every item in every formulation and normalisation.

        Returns:
            `item_scores` and `letter_choices`, with model, task, data and language.

        Raises:
            PartitionError: if the answers are to other questions, or were asked for otherwise.
        """
        asked = _questions(reading_items, knowledge_items, parameters)
        expected = asking.item_fingerprints(asked, pivot, prompts, parameters)
        require_same_fingerprint("answers", answers.item_fingerprints, expected)
        scores, letters = [], []
        for task, languages in asked.items():
            for language, questions in languages.items():
                own = asking.load_answers(answers, task, language)
                answered = set(own["item_id"])
                known = [one for one in questions if one.item_id in answered]
                key = {"model": model, "task": task, "data": sources[task], "language": language}
                scores.append(scoring.score_items(own, known).assign(**key))
                letters.append(scoring.letter_choices(own, known).assign(**key))
        table = pd.concat(scores, ignore_index=True)[list(scoring.ITEM_SCORE_COLUMNS)]
        found = [part for part in letters if len(part)]
        choices = pd.concat(found, ignore_index=True) if found else empty_table("LetterChoices")
        items = {"reading_items": reading_items, "knowledge_items": knowledge_items}
        data = {name: {CONTENT: sources_of(own).get(CONTENT)} for name, own in items.items()}
        return record_sources(table, answers=answers.fingerprint, **data), choices

    return score_items


def score_questions(
    item_scores: pd.DataFrame,
    letter_choices: pd.DataFrame,
    overlap: pd.DataFrame,
    word_matching: pd.DataFrame,
    pivot: str,
    parameters: TaskParameters,
) -> pd.DataFrame:
    """Score a model in the tasks with questions; see `task_scores.score_task`.

    Args:
        item_scores: of one model.
        letter_choices: of one model.
        overlap: of the tasks' texts with the sentences of the alignment.
        word_matching: which items of the reading task matching words gets right.
        pivot: the language to compare with.
        parameters: of the room.
    """
    shares = dict(zip(overlap["task"], overlap["text_overlap"], strict=True))
    choice = choose_formulation(item_scores, pivot, parameters)
    parts = []
    for task, own in item_scores.groupby("task", sort=True):
        letters = letter_choices[letter_choices["task"] == task]
        shots = 0 if task in asking.SHOTLESS else parameters.shots
        rows = score_task(own, letters, pivot, choice, parameters)
        written = rows["formulation"] == "generated"
        parts.append(
            rows.assign(
                model=own["model"].iloc[0],
                data=own["data"].iloc[0],
                direction="",
                shots=(~written) * shots,
                prompt_language=parameters.prompt_language,
                chat_template=parameters.chat_template,
                text_overlap=shares[str(task)],
                word_match=(
                    match_beside(rows, own, word_matching) if task == "belebele" else np.nan
                ),
            )
        )
    table = pd.concat(parts, ignore_index=True)
    return record_sources(table, item_scores=item_scores.attrs.get("made_from", {}))


def measure_word_matching(reading_items: pd.DataFrame) -> pd.DataFrame:
    """Find which items of the reading task matching words gets right; see `match_words`."""
    return match_words(reading_items)


def measure_text_overlap(
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    reading_items: pd.DataFrame,
    knowledge_items: pd.DataFrame,
    pivot: str,
) -> pd.DataFrame:
    """Measure which share of the alignment's sentences lies verbatim in the texts of a task.

    Alignment and scores that rest on the same sentences agree also where these are badly
    translated.

    Returns:
        task, text_overlap (0..1, in the pivot), sentences.
    """
    sampled = parallel_sentences["sentence_id"].isin(sentence_samples["sentence_id"].astype(str))
    own = parallel_sentences[sampled & (parallel_sentences["language"] == pivot)]
    texts = {
        "belebele": reading_items.loc[reading_items["language"] == pivot, "passage"],
        "mmlu": knowledge_items.loc[knowledge_items["language"] == pivot, "question"],
    }
    return pd.DataFrame(
        [
            {
                "task": task,
                "text_overlap": text_overlap(list(own["text"]), found),
                "sentences": len(own),
            }
            for task, found in texts.items()
        ]
    )


def collect_task_scores(*tables: pd.DataFrame) -> pd.DataFrame:
    """Stack the scores of all models and tasks.

    Args:
        *tables: with the columns of `task_scores`; those that a table lacks are empty in its rows.
    """
    return stack_tables(tables)


def _questions(
    reading_items: pd.DataFrame, knowledge_items: pd.DataFrame, parameters: TaskParameters
) -> Questions:
    questions: dict[AskedTask, Mapping[str, Sequence[Question]]] = {}
    if "belebele" in parameters.include:
        questions["belebele"] = reading_questions(reading_items, parameters.dev_every)
    if "mmlu" in parameters.include:
        questions["mmlu"] = knowledge_questions(knowledge_items)
    return questions
