"""The survey's own questions with their answers, in several languages."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isogloss.errors import join_faults
from isogloss.pipelines.cultural.prompt_tables import (
    FAULTS_SHOWN,
    PromptTableError,
    call_table,
    list_places,
    require_columns,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import pandas as pd

    from isogloss.pipelines.cultural.closed_parameters import Order
    from isogloss.pipelines.cultural.survey_questions import SurveyQuestion

REVERSED = -1
"""Number of the order that is the survey's, reversed; others are the places of a rotation."""
OPTION = re.compile(r"\s*(\d+)\s*(?:=(.*))?", re.DOTALL)


@dataclass(frozen=True)
class ClosedQuestion:
    """A question of the survey with its answers, in one language.

    Attributes:
        question: its name.
        language: in which it is asked.
        text: what is asked.
        codes: of the answers, in the order of the survey.
        labels: their words; empty inside a scale of which only the ends have some.
    """

    question: str
    language: str
    text: str
    codes: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def has_words(self) -> bool:
        """Whether all answers have words."""
        return all(self.labels)


def read_closed_questions(
    table: pd.DataFrame, survey: Mapping[str, SurveyQuestion]
) -> list[ClosedQuestion]:
    """Read questions with their answers.

    Args:
        table: question, language, text, options (`1=A great deal|2=Quite a lot|...`: code and
            words of each answer; inside a scale a code alone).
        survey: name -> what the codes mean.

    Returns:
        In the order of the table.

    Raises:
        PromptTableError: names rows that are wrong, codes that the survey does not have, and
            questions whose codes differ between languages.
    """
    name = "closed_questions"
    require_columns(table, name, ("question", "language", "text", "options"))
    questions: dict[tuple[str, str], ClosedQuestion] = {}
    faults = []
    for place, row in list_places(table, name, ["question", "language"]):
        try:
            one = _read_row(row)
        except PromptTableError as error:
            faults.append(f"{place}: {error}")
            continue
        if (one.question, one.language) in questions:
            faults.append(f"{place}: stands there twice. Remove one of the rows.")
        questions[one.question, one.language] = one
        faults += [f"{place}: {fault}" for fault in _faults(one, survey)]
    # A wrong code is a difference too: that is no second fault.
    if not faults:
        faults = _differences(list(questions.values()), call_table(table, name))
    if faults:
        raise PromptTableError(join_faults(faults, FAULTS_SHOWN, "more faults of this kind."))
    return list(questions.values())


def _read_row(row: Mapping[Hashable, str]) -> ClosedQuestion:
    options = split_options(row["options"])
    if not row["text"].strip():
        raise PromptTableError("it has no text.")
    codes, labels = zip(*options, strict=True)
    return ClosedQuestion(row["question"], row["language"], row["text"].strip(), codes, labels)


def split_options(text: str) -> list[tuple[int, str]]:
    """Read the answers of a question: code and words of each, the words empty where there are none.

    Args:
        text: such as `1=A great deal|2=Quite a lot` or `1=Never|2|3=Always`.

    Raises:
        PromptTableError: if something else stands there.
    """
    options = []
    for option in text.split("|"):
        match = OPTION.fullmatch(option)
        if match is None:
            raise PromptTableError(
                f"'{option}' is no answer: write its code, or its code and words as 1=Agree, with "
                "| between answers."
            )
        options.append((int(match[1]), (match[2] or "").strip()))
    return options


def join_options(options: Sequence[tuple[int, str]]) -> str:
    """Write the answers of a question as `split_options` reads them."""
    return "|".join(f"{code}={label}" if label else str(code) for code, label in options)


def _faults(one: ClosedQuestion, survey: Mapping[str, SurveyQuestion]) -> list[str]:
    worded = [label for label in one.labels if label]
    faults = []
    if len(one.codes) < 2 or list(one.codes) != sorted(set(one.codes)):
        faults.append("its codes must be at least two, each once, in rising order.")
    if not one.labels[0] or not one.labels[-1]:
        faults.append("its first and last answer need words.")
    if len(set(worded)) < len(worded):
        faults.append("two answers have the same words.")
    if one.question not in survey:
        return [*faults, "the survey has no such question: see the table survey_questions."]
    known = survey[one.question]
    if outside := [code for code in one.codes if code not in known.codes]:
        faults.append(
            f"code {outside[0]} is none of the survey's, which go from {known.lowest} to "
            f"{known.highest}."
        )
    return faults


def _differences(questions: Sequence[ClosedQuestion], file: str) -> list[str]:
    """Name questions with other answers, or other ones in words, than in most languages."""
    faults = []
    for name in dict.fromkeys(one.question for one in questions):
        answers = {
            one.language: (one.codes, one.has_words) for one in questions if one.question == name
        }
        usual, _ = Counter(answers.values()).most_common(1)[0]
        if odd := [language for language, own in answers.items() if own != usual]:
            others = [language for language in answers if language not in odd]
            faults.append(
                f"{file}, {name}: its answers in {' '.join(odd)} are others than in "
                f"{' '.join(others)}. Give all the same codes, and words to the same ones."
            )
    return faults


def list_orders(question: ClosedQuestion, orders: Sequence[Order]) -> dict[int, tuple[int, ...]]:
    """List the orders in which the answers of a question are shown.

    Args:
        question: with its codes.
        orders: names; `cyclic` adds nothing to a scale of which only the ends have words.

    Returns:
        number -> codes in the order shown: 0 as in the survey, r rotated by r places, -1 reversed.
    """
    codes = question.codes
    listed: dict[int, tuple[int, ...]] = {}
    if "forward" in orders or ("cyclic" in orders and "reversed" not in orders):
        listed[0] = codes
    if "reversed" in orders:
        listed[REVERSED] = codes[::-1]
    if "cyclic" in orders and question.has_words:
        listed |= {turn: codes[turn:] + codes[:turn] for turn in range(len(codes))}
    return listed


def show_question(
    question: ClosedQuestion, shown: Sequence[int], word: str, *, bare: bool = False
) -> str:
    """Put a question with its numbered answers into words, up to where the answer stands.

    Args:
        question: that is asked.
        shown: its codes, in the order in which they are numbered from 1.
        word: what stands before the answer, such as `Answer:`.
        bare: leave out the question itself, so that only the answers stand there.
    """
    labels = dict(zip(question.codes, question.labels, strict=True))
    lines = [f"{place}. {labels[code]}".rstrip() for place, code in enumerate(shown, start=1)]
    return "\n".join([*([] if bare else [question.text]), *lines, word])
