"""The statements that an answer consists of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from isogloss.pipelines.cultural.response_requests import whole_answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A number of one or two digits of any script, with what lists put around it: 1. 1) (1) **1.** １、
_BOLD = r"(?:\*\*|__)?"
_NUMBER = rf"{_BOLD}[(（\[【]?\d{{1,2}}"
_MARK = rf"{_NUMBER}\s?[.．。)）\]】、]{_BOLD}(?!\d)"
# At the start of a line also `Citizen 1:` and `1 -`.
_NAMED = rf"{_BOLD}[^\W\d_]{{0,20}}\s?{_NUMBER}\s?[:：]"
_DASHED = rf"{_NUMBER}\s[-–—]\s"
AT_LINE_START = re.compile(rf"^[ \t　>#*•·–-]*(?:{_MARK}|{_NAMED}|{_DASHED})", re.MULTILINE)
ANYWHERE = re.compile(rf"(?:(?<=\s)|(?<=[.!?。！？”»]))(?<![\d.,]){_MARK}")
BULLET = re.compile(r"^[\s>#*•·–-]+")
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
PARAGRAPH = re.compile(r"\n\s*\n")
LETTER = re.compile(r"[^\W\d_]")
WHOLE = re.compile(r"[.!?…。！？](?:[\"'”“»’)\]）]|\s)*$")
CUT = "length"
STATEMENT_COLUMNS = ("model", "prompt_id", "sample", "statement", "text")


def split_statements(answer: str) -> list[str]:
    """Split an answer into its statements.

    Numbered ones (`1.`, `1)`, `(1)`, `１．`, `1、`, `Citizen 1:`, in bold or not), each on a line
    of its own or one after the other; without numbers, lines. A list that begins again is another
    one, and is left out, as is what follows the last item after a blank line. Tags of HTML are
    taken out; what then holds no letter is no statement.

    Args:
        answer: with the number of its first statement, if that stood in the prompt.
    """
    text = TAG.sub("", answer.replace("\r\n", "\n")).strip()
    marks = _first_list(list(AT_LINE_START.finditer(text)))
    if len(marks) < 2:
        marks = _in_sequence(text, marks)
    if not marks:
        parts = [BULLET.sub("", line) for line in text.split("\n")]
    else:
        ends = [mark.start() for mark in marks[1:]]
        parts = [
            text[mark.end() : end] for mark, end in zip(marks, [*ends, len(text)], strict=True)
        ]
        parts[-1] = PARAGRAPH.split(_up_to_next_list(text, marks).strip(), maxsplit=1)[0]
    tidied = [" ".join(part.replace("**", "").strip(" \t\n　*_").split()) for part in parts]
    return [part for part in tidied if LETTER.search(part)]


def _first_list(marks: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """Take the marks up to where the count begins again."""
    taken: list[re.Match[str]] = []
    for mark in marks:
        if taken and _number(mark) == 1:
            break
        taken.append(mark)
    return taken


def _number(mark: re.Match[str]) -> int:
    return int("".join(one for one in mark.group() if one.isdigit()))


def _in_sequence(text: str, marks: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """Find numbers inside lines that count on from the first one, or from 1."""
    taken = list(marks)
    expected = _number(taken[0]) + 1 if taken else 1
    start = taken[0].end() if taken else 0
    for mark in ANYWHERE.finditer(text, start):
        if _number(mark) == expected:
            taken.append(mark)
            expected += 1
    return taken if len(taken) > 1 else list(marks)


def _up_to_next_list(text: str, marks: Sequence[re.Match[str]]) -> str:
    later = AT_LINE_START.search(text, marks[-1].end())
    return text[marks[-1].end() : later.start() if later else len(text)]


def leave_out_cut(statements: Sequence[str], finish_reason: str) -> list[str]:
    """Leave out the last statement of an answer that was cut off inside it.

    Args:
        statements: of the answer; a single one is kept as it is.
        finish_reason: `length` if the answer was cut.
    """
    cut = finish_reason == CUT and len(statements) > 1 and not WHOLE.search(statements[-1])
    return list(statements[:-1] if cut else statements)


def tabulate_statements(responses: pd.DataFrame) -> pd.DataFrame:
    """Split all answers into statements, without the last one of an answer that was cut inside it.

    Args:
        responses: of `tabulate_answers`.

    Returns:
        model, prompt_id, sample, statement (from 0), text; nothing for an answer without any.
    """
    rows = list(_rows(responses))
    table = pd.DataFrame(rows, columns=list(STATEMENT_COLUMNS))
    texts = dict.fromkeys(("model", "prompt_id", "text"), str)
    return table.astype({"sample": int, "statement": int, **texts})


def _rows(responses: pd.DataFrame) -> Iterator[tuple[str, str, int, int, str]]:
    for row in responses.to_dict("records"):
        found = split_statements(whole_answer(row["text"], row["decoding"]))
        for place, text in enumerate(leave_out_cut(found, row["finish_reason"])):
            yield row["model"], row["prompt_id"], int(row["sample"]), place, text
