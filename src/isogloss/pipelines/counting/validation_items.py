"""Decides for every list whether its label is right: by the word lists, else by a judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from isogloss.pipelines.counting.validation_judge import OpenWords, judge_words
from isogloss.pipelines.counting.validation_lists import (
    JUDGE,
    LISTS,
    UNDECIDED,
    Verdict,
    decide,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.pipelines.counting.generation_calls import Ask
    from isogloss.pipelines.counting.generation_parameters import JudgingParameters
    from isogloss.pipelines.counting.validation_lists import KnownWords, Role

    _List = tuple[str, str, Sequence[str], Sequence[bool]]

VALIDATION_COLUMNS = (
    "item_id",
    "language",
    "category",
    "method",
    "length",
    "count",
    "attempt",
    "decided_by",
    "judge",
    "counted",
    "verdict",
    "reason",
)
KEPT = ["item_id", "language", "category", "method", "length", "count", "attempt"]


@dataclass(frozen=True)
class Validator:
    """Decides on lists.

    Attributes:
        known: to which categories words belong.
        languages: code -> name in English.
        names: category, language -> its name in that language.
        parameters: how a judge is asked.
        ask: has a judge answer requests; None without one.
        judge: its name.
    """

    known: KnownWords
    languages: Mapping[str, str]
    names: Mapping[tuple[str, str], str]
    parameters: JudgingParameters
    ask: Ask | None
    judge: str

    def validate(self, drafts: pd.DataFrame) -> pd.DataFrame:
        """Decide on every list.

        A list is decided by the word lists if they know all its words and all relations are clear,
        else by the judge, who is asked about the open words alone. What neither can say is
        undecided, and no count is made up for it.

        Args:
            drafts: lists.

        Returns:
            See `counting_schemas.CountingValidation`.
        """
        lists = list(
            zip(
                *(drafts[name] for name in ("language", "category", "words", "members")),
                strict=True,
            )
        )
        verdicts = []
        for language, category, words, members in lists:
            roles = self.known.roles(language, category, words)
            verdicts.append(decide(words, members, roles, LISTS))
        # What the lists refute needs no judge.
        waiting = [place for place, one in enumerate(verdicts) if one.verdict == UNDECIDED]
        if self.ask is not None and waiting:
            judged = self._judge(self.ask, [lists[place] for place in waiting])
            for place, verdict in zip(waiting, judged, strict=True):
                verdicts[place] = verdict
        table = drafts[KEPT].reset_index(drop=True)
        found = pd.DataFrame([vars(one) for one in verdicts], columns=list(Verdict.__annotations__))
        found["counted"] = found["counted"].astype("Int64")
        return pd.concat([table, found], axis=1)[list(VALIDATION_COLUMNS)]

    def _judge(self, ask: Ask, lists: Sequence[_List]) -> list[Verdict]:
        known = [self.known.roles(*one[:3]) for one in lists]
        questions = [
            OpenWords(language, category, _open(words, roles))
            for (language, category, words, _), roles in zip(lists, known, strict=True)
        ]
        answers = judge_words(ask, questions, self.languages, self.names, self.parameters)
        verdicts = []
        for (_, _, words, members), roles, answer in zip(lists, known, answers, strict=True):
            if isinstance(answer, str):
                unread = decide(words, members, roles, JUDGE, self.judge)
                verdicts.append(replace(unread, reason=f"judge: {answer}"))
            else:
                verdicts.append(decide(words, members, _fill(roles, answer), JUDGE, self.judge))
        return verdicts


def _open(words: Sequence[str], roles: Sequence[Role]) -> tuple[str, ...]:
    return tuple(word for word, role in zip(words, roles, strict=True) if role is None)


def _fill(roles: Sequence[Role], answers: Sequence[Role]) -> list[Role]:
    waiting = iter(answers)
    return [next(waiting) if role is None else role for role in roles]
