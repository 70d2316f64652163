"""Answers of a model, a partition for every few hundred questions of a task and language."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.partitions import Partitions, digest, singles
from isogloss.pipelines.tasks.options import (
    Asking,
    group_questions,
    score_options,
    split_questions,
)
from isogloss.pipelines.tasks.prompts import PromptTemplate, render_answer, render_prompt
from isogloss.pipelines.tasks.questions import DEVELOPMENT, TEST, choose_examples
from isogloss.pipelines.tasks.written_answers import write_answers
from isogloss.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from isogloss.language_models.handle import LanguageModel
    from isogloss.language_models.loading import LoadedModel
    from isogloss.partitions import Fingerprint, StoredPartitions
    from isogloss.pipelines.tasks.parameters import Mode, TaskParameters
    from isogloss.pipelines.tasks.prompts import AskedTask, Formulation, PromptParameters
    from isogloss.pipelines.tasks.questions import Question
    from isogloss.progress import ProgressReport

LIKELIHOOD: Mode = "likelihood"
GENERATE: Mode = "generate"
FORMULATIONS: Mapping[Mode, tuple[Formulation, ...]] = {
    LIKELIHOOD: ("label", "cloze"),
    GENERATE: ("generate",),
}
SHOTLESS = ("belebele",)
"""Tasks without a split of their own for examples."""
DECIDE_LIKELIHOODS = ("option_orders", "contextual_calibration", "chat_template", "overlong")
DECIDE_WRITING = ("chat_template",)


@dataclass(frozen=True)
class _Work:
    """The questions of one partition, and how they are asked."""

    task: AskedTask
    mode: Mode
    language: str
    questions: Sequence[Question]
    development: Mapping[str, Sequence[Question]]
    templates: Mapping[Formulation, PromptTemplate]
    shots: int
    number: int

    @property
    def identifier(self) -> str:
        return f"{_name(self.task, self.mode, self.language)}-{self.number:03d}"

    def require_examples(self) -> None:
        """Refuse questions with too few examples, before what may be many hours."""
        for question in self.questions:
            choose_examples(question, self.development, self.shots)

    def fingerprint(self, parameters: TaskParameters) -> Fingerprint:
        decided = DECIDE_LIKELIHOODS if self.mode == LIKELIHOOD else DECIDE_WRITING
        return {
            "questions": digest(self.questions),
            "examples": digest(self.development) if self.shots else None,
            "prompts": digest({name: one.model_dump() for name, one in self.templates.items()}),
            "shots": self.shots,
            **{name: getattr(parameters, name) for name in decided},
        }


def answer_questions(
    lm: LanguageModel,
    questions: Mapping[AskedTask, Mapping[str, Sequence[Question]]],
    pivot: str,
    prompts: PromptParameters,
    parameters: TaskParameters,
    fingerprint: Fingerprint,
) -> Partitions[pd.DataFrame]:
    """Ask a model all questions; a killed run loses those of the partitions under way.

    Development items are asked where they are reported, and in the pivot.

    Args:
        lm: the model, opened when the first missing partition is asked for.
        questions: task -> language -> questions.
        pivot: in which development items are asked.
        prompts: templates.
        parameters: of the room.
        fingerprint: of the model and how it reads.

    Returns:
        `<task>-<mode>-<language>-<number>` -> see `score_options` and `write_answers`.
    """
    works = {work.identifier: work for work in _works(questions, pivot, prompts, parameters)}
    for work in works.values():
        work.require_examples()
    items = {name: work.fingerprint(parameters) for name, work in works.items()}
    compute = partial(_answer, lm, works, parameters)
    return Partitions(fingerprint, items, compute, partial(_group, works))


def _group(works: Mapping[str, _Work], identifiers: Sequence[str]) -> Iterator[Sequence[str]]:
    """Put together what is scored in common batches, as `score_options` does."""
    scored = [name for name in identifiers if works[name].mode == LIKELIHOOD]
    yield from group_questions(scored, {name: works[name].questions for name in scored})
    yield from singles([name for name in identifiers if works[name].mode == GENERATE])


def item_fingerprints(
    questions: Mapping[AskedTask, Mapping[str, Sequence[Question]]],
    pivot: str,
    prompts: PromptParameters,
    parameters: TaskParameters,
) -> dict[str, Fingerprint]:
    """Say what makes each partition of the answers: its questions, examples, prompts and settings.

    Args:
        questions: task -> language -> questions.
        pivot: in which development items are asked.
        prompts: templates.
        parameters: of the room.
    """
    works = _works(questions, pivot, prompts, parameters)
    return {work.identifier: work.fingerprint(parameters) for work in works}


def _works(
    questions: Mapping[AskedTask, Mapping[str, Sequence[Question]]],
    pivot: str,
    prompts: PromptParameters,
    parameters: TaskParameters,
) -> Iterator[_Work]:
    for task, languages in questions.items():
        for language, own in languages.items():
            development = _by_subject([one for one in own if one.split == DEVELOPMENT])
            asked = [
                one for one in own if one.split == TEST or language == pivot or task in SHOTLESS
            ]
            for mode in parameters.modes:
                formulations = FORMULATIONS[mode]
                templates = {
                    name: prompts.choose(task, name, language, parameters.prompt_language)
                    for name in formulations
                }
                shots = 0 if task in SHOTLESS or mode == GENERATE else parameters.shots
                for number, portion in enumerate(split_questions(asked)):
                    yield _Work(
                        task, mode, language, portion, development, templates, shots, number
                    )


def _by_subject(questions: Sequence[Question]) -> dict[str, list[Question]]:
    subjects: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        subjects[question.stratum].append(question)
    return dict(subjects)


def _answer(
    lm: LanguageModel,
    works: Mapping[str, _Work],
    parameters: TaskParameters,
    identifiers: Sequence[str],
) -> Iterator[tuple[str, pd.DataFrame]]:
    wanted = [works[identifier] for identifier in identifiers]
    total = sum(len(work.questions) for work in wanted)
    with (
        lm.open() as loaded,
        progress(
            f"{lm.name}: answering", len(identifiers), "parts", "questions", work_total=total
        ) as report,
    ):
        for identifier, table in _ask(loaded, wanted, parameters, report):
            work = works[identifier]
            yield identifier, table.assign(task=work.task, language=work.language)
            report.finished()


def _ask(
    loaded: LoadedModel,
    works: Sequence[_Work],
    parameters: TaskParameters,
    report: ProgressReport,
) -> Iterator[tuple[str, pd.DataFrame]]:
    asked = {
        work.identifier: Asking(
            work.questions,
            work.templates["label"],
            work.templates["cloze"],
            work.development,
            work.shots,
        )
        for work in works
        if work.mode == LIKELIHOOD
    }
    yield from score_options(loaded, asked, parameters, report.worked)
    for work in works:
        if work.mode == GENERATE:
            template = work.templates["generate"]
            table = write_answers(loaded, work.questions, template, parameters, report.worked)
            yield work.identifier, table


def example_prompts(
    questions: Mapping[AskedTask, Mapping[str, Sequence[Question]]],
    pivot: str,
    prompts: PromptParameters,
    parameters: TaskParameters,
) -> list[dict[str, Any]]:
    """Render the first prompt of every task, mode, formulation and language, to be read.

    Args:
        questions: task -> language -> questions.
        pivot: in which development items are asked.
        prompts: templates.
        parameters: of the room.

    Returns:
        rows: task, language, formulation, shots, template, prompt, answer (the right one).
    """
    rows = []
    for work in _works(questions, pivot, prompts, parameters):
        if work.number:
            continue
        tested = [one for one in work.questions if one.split == TEST]
        question = (tested or work.questions)[-1]
        examples = choose_examples(question, work.development, work.shots)
        for name, template in work.templates.items():
            rows.append(
                {
                    "task": work.task,
                    "language": work.language,
                    "formulation": name,
                    "shots": work.shots,
                    "template": template.model_dump_json(),
                    "item_id": question.item_id,
                    "prompt": render_prompt(template, question, examples),
                    "answer": render_answer(template, question, question.answer),
                }
            )
    return rows


def load_answers(
    stored: StoredPartitions[pd.DataFrame], task: AskedTask, language: str
) -> pd.DataFrame:
    """Load the answers to a task in a language, of all modes.

    Args:
        stored: partitions of `answer_questions`.
        task: belebele or mmlu.
        language: of the items.
    """
    names = {_name(task, mode, language) for mode in FORMULATIONS}
    found = [load() for name, load in stored.items() if name.rpartition("-")[0] in names]
    return pd.concat(found, ignore_index=True)


def _name(task: AskedTask, mode: Mode, language: str) -> str:
    return f"{task}-{mode}-{language}"
