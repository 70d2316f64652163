"""What the codes of survey questions mean: which are pro, which con, which neither."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isogloss.errors import Refusal, join_faults, suggest
from isogloss.provenance import FIRST_ROW, READ_FROM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

MISSING, PRO, CON, NEUTRAL = 0, 1, 2, 3
"""What an answer counts as."""
FAULTS_SHOWN = 5

DECLARED, NEUTRAL_AS_CON = "declared", "declared_neutral_con"
"""Rules of a ground truth that follow the table of questions; all others are the original's."""

_RANGE = re.compile(r"(-?\d+)(?:-(-?\d+))?")
# What the original study asked of the names of the columns (process_wvs.py).
_ORIGINAL_NAME = re.compile(r"[bcdefh]\d\w*")
_OTHER_STUDIES = ("evs5", "wvs7")
_LEFT_OUT = {"f025", "f034", "e028", "b008", *(f"e{number}" for number in range(224, 235))}
_REVERSED = "e035"
ORIGINAL_MAXIMA = range(2, 12)
"""Highest codes of the questions that the original study kept."""


class QuestionTableError(Refusal):
    """The table of survey questions is wrong; says row, field and remedy."""


@dataclass(frozen=True)
class SurveyQuestion:
    """A question with the meaning of its codes.

    Attributes:
        question: its key, in lower case.
        lowest: lowest valid code.
        highest: highest valid code.
        sides: code -> `PRO`, `CON` or `NEUTRAL`, for every code from lowest to highest.
    """

    question: str
    lowest: int
    highest: int
    sides: Mapping[int, int]

    @property
    def codes(self) -> range:
        """All valid codes."""
        return range(self.lowest, self.highest + 1)

    @property
    def has_score(self) -> bool:
        """Whether there are both pro and con codes."""
        return {PRO, CON} <= set(self.sides.values())

    def with_neutral_as(self, side: int) -> SurveyQuestion:
        """Count neutral answers as something else, where the question has a score at all."""
        sides = {code: side if own == NEUTRAL else own for code, own in self.sides.items()}
        return SurveyQuestion(
            self.question, self.lowest, self.highest, sides if self.has_score else self.sides
        )

    def place(self, codes: NDArray[np.int64]) -> NDArray[np.int8]:
        """Give what each code counts as.

        Args:
            codes: any shape; those that are not valid count as missing.

        Returns:
            int8, the same shape: `MISSING`, `PRO`, `CON` or `NEUTRAL`.
        """
        table = np.array([self.sides[code] for code in self.codes] + [MISSING], np.int8)
        inside = (codes >= self.lowest) & (codes <= self.highest)
        return np.asarray(table[np.where(inside, codes - self.lowest, len(table) - 1)])


class _Row(NamedTuple):
    question: str
    lowest: int
    highest: int
    pro: str
    con: str
    neutral: str


def parse_codes(text: str) -> list[int]:
    """Read a set of codes: numbers and ranges with blanks between them, such as `1 2` or `6-10`.

    Raises:
        QuestionTableError: if something else stands there.
    """
    codes: list[int] = []
    for word in text.split():
        match = _RANGE.fullmatch(word)
        if match is None:
            raise QuestionTableError(
                f"'{word}' is no code and no range of codes. Write such as 1 2 or 6-10"
            )
        first = int(match[1])
        last = first if match[2] is None else int(match[2])
        if last < first:
            raise QuestionTableError(f"the range '{word}' runs backwards. Write {last}-{first}")
        codes += range(first, last + 1)
    return codes


def read_questions(table: pd.DataFrame) -> dict[str, SurveyQuestion]:
    """Read what the codes of every question mean.

    Args:
        table: question, lowest, highest, pro, con, neutral (see `survey_schemas.SurveyQuestions`);
            numbers may stand as text.

    Returns:
        key -> question, in the order of the table.

    Raises:
        QuestionTableError: names every row in which a code stands twice, nowhere, or outside of
            lowest and highest; or a key that stands twice.
    """
    questions: dict[str, SurveyQuestion] = {}
    faults = []
    file = table.attrs.get(READ_FROM, "survey_questions.csv")
    fields = table[list(_Row._fields)].astype(object)
    for label, *record in fields.where(fields.notna(), "").itertuples():
        try:
            question = _read_question(_row(record))
            if question.question in questions:
                raise QuestionTableError("it stands twice. Remove one of the rows")
        except QuestionTableError as error:
            place = f"{file}, row {FIRST_ROW + label}, question '{record[0]}'"
            faults.append(f"{place}: {error}.")
        else:
            questions[question.question] = question
    if faults:
        rest = "more questions have such faults."
        raise QuestionTableError(join_faults(faults, FAULTS_SHOWN, rest))
    return questions


def read_scored_questions(table: pd.DataFrame, truth: pd.DataFrame) -> dict[str, SurveyQuestion]:
    """Read what the codes of every question count as in the scores of a ground truth.

    What is compared with scores must be scored by the same rules. Those of the original know a
    question by its highest code; codes that they take for missing are on no side.

    Args:
        table: see `read_questions`.
        truth: `survey_ground_truth`, with the rules that it was made with.

    Raises:
        QuestionTableError: if the truth mixes rules, or the table is wrong.
    """
    questions = read_questions(table)
    rules = sorted(truth["rules"].astype(str).unique())
    if len(rules) > 1:
        raise QuestionTableError(
            f"survey_ground_truth mixes scores of the rules {' and '.join(rules)}, so that answers "
            "of models cannot be scored alike. Make it anew with one survey.rules."
        )
    if not rules or rules == [DECLARED]:
        return questions
    if rules == [NEUTRAL_AS_CON]:
        return {key: one.with_neutral_as(CON) for key, one in questions.items()}
    return {key: _as_original(one) for key, one in questions.items()}


def _as_original(declared: SurveyQuestion) -> SurveyQuestion:
    found = original_question(declared.question, declared.highest)
    return replace(
        declared, sides={code: found.sides.get(code, MISSING) for code in declared.codes}
    )


def _row(record: Iterable[object]) -> _Row:
    question, lowest, highest, *sides = (str(value).strip() for value in record)
    try:
        return _Row(question.lower(), int(lowest), int(highest), *sides)
    except ValueError:
        raise QuestionTableError(
            f"lowest and highest must be whole numbers, not '{lowest}' and '{highest}'"
        ) from None


def _read_question(row: _Row) -> SurveyQuestion:
    if row.lowest < 0 or row.highest <= row.lowest:
        raise QuestionTableError(
            f"lowest {row.lowest} and highest {row.highest} are no scale. Valid codes begin at 0 "
            "or 1 and are at least two; negative ones stand for missing answers"
        )
    sides: dict[int, int] = {}
    for name, side in (("pro", PRO), ("con", CON), ("neutral", NEUTRAL)):
        for code in parse_codes(getattr(row, name)):
            if code in sides:
                raise QuestionTableError(f"code {code} stands twice. Leave it in one of the sides")
            sides[code] = side
    codes = range(row.lowest, row.highest + 1)
    if outside := sorted(set(sides).difference(codes)):
        raise QuestionTableError(
            f"{_name(outside)} outside of {row.lowest} to {row.highest}. Correct the one or the "
            "other"
        )
    if absent := [code for code in codes if code not in sides]:
        raise QuestionTableError(
            f"{_name(absent)} on no side. Add each to pro, con or neutral (which is left out)"
        )
    if (PRO in sides.values()) != (CON in sides.values()):
        raise QuestionTableError(
            "only one of pro and con has codes. Give both some, or neither: then the question has "
            "no score"
        )
    return SurveyQuestion(row.question, row.lowest, row.highest, sides)


def _name(codes: list[int]) -> str:
    listed = ", ".join(map(str, codes))
    return f"code {listed} lies" if len(codes) == 1 else f"codes {listed} lie"


def choose_questions(
    questions: Mapping[str, SurveyQuestion], wanted: tuple[str, ...]
) -> dict[str, SurveyQuestion]:
    """Choose questions by their keys.

    Args:
        questions: key -> question.
        wanted: keys, or `all`.

    Raises:
        QuestionTableError: if there is none of some name, with the nearest ones.
    """
    if wanted == ("all",):
        return dict(questions)
    keys = list(dict.fromkeys(name.lower() for name in wanted))
    if absent := [key for key in keys if key not in questions]:
        hints = "".join(suggest(key, questions) for key in absent)
        raise QuestionTableError(
            f"survey.questions names {', '.join(absent)}, which the table survey_questions does "
            f"not have.{hints}"
        )
    return {key: questions[key] for key in keys}


def original_columns(columns: Iterable[str]) -> list[str]:
    """Choose the columns that the original study took for questions, by their names.

    Those that begin with B, C, D, E, F or H, without those of one of the two surveys alone (names
    that end in EVS5 or WVS7) and without E224 to E234 (E233A and E233B stay), F025, F034, E028 and
    B008 (Rystrøm, Kirk and Hale 2025, arXiv 2502.16534, process_wvs.py).

    Args:
        columns: names, in any case.
    """
    return [
        column
        for column in columns
        if _ORIGINAL_NAME.fullmatch(column.lower())
        and not column.lower().endswith(_OTHER_STUDIES)
        and column.lower() not in _LEFT_OUT
    ]


def original_question(question: str, highest: int) -> SurveyQuestion:
    """Give the meaning of codes that the original study inferred from the highest one, M.

    M = 3: code 1 is pro. M = 10: codes above 5 are. Otherwise: codes up to floor(M / 2) are. All
    others are con, so that middle answers are, too. E035 is reversed after that.

    Args:
        question: its key.
        highest: highest code that any respondent has, 2 to 11.
    """
    codes = range(1, highest + 1)
    if highest == 3:
        pro = {1}
    elif highest == 10:
        pro = set(range(6, 11))
    else:
        pro = set(range(1, highest // 2 + 1))
    if question.lower().startswith(_REVERSED):
        pro = set(codes) - pro
    sides = {code: PRO if code in pro else CON for code in codes}
    return SurveyQuestion(question.lower(), 1, highest, sides)
