from __future__ import annotations

import json
from typing import Any

import pandas as pd

from isogloss.chat import ChatRequest, ChatResponse
from isogloss.counting_schemas import CountingDrafts, CountingValidation
from isogloss.pipelines.counting.generation_drafts import draft_written, tabulate
from isogloss.pipelines.counting.generation_parameters import JudgingParameters
from isogloss.pipelines.counting.validation_items import Validator
from isogloss.pipelines.counting.validation_lists import read_known_words
from tests.pipelines.counting.small_words import ScriptedChat, relations, said, word_lists

NAMES = {("birds", "eng"): "birds"}


def drafts(*lists: tuple[list[str], list[bool]]) -> pd.DataFrame:
    rows = [draft_written("birds", words, members, "eng", "a", 0) for words, members in lists]
    return CountingDrafts.validate(tabulate(rows))


def validate(table: pd.DataFrame, chat: ScriptedChat | None = None) -> list[dict[str, Any]]:
    validator = Validator(
        read_known_words(word_lists(), relations()),
        {"eng": "English"},
        NAMES,
        JudgingParameters(),
        None if chat is None else chat.ask,
        "" if chat is None else "j",
    )
    found = CountingValidation.validate(validator.validate(table))
    columns = ["decided_by", "judge", "counted", "verdict", "reason"]
    return [dict(zip(columns, row, strict=True)) for row in found[columns].to_numpy(object)]


KNOWN = (["birds eng a", "metals eng b"], [True, False])
WRONG = (["birds eng a", "metals eng c"], [True, True])
OPEN = (["birds eng b", "magpie", "spoon"], [True, True, False])
REFUTED = (["birds eng c", "magpie"], [False, True])


def answer_with(**opinions: str) -> ScriptedChat:
    def reply(request: ChatRequest) -> ChatResponse:
        words = json.loads(request.messages[1]["content"])["words"]
        return said("", ("judge_words", json.dumps({"answers": [opinions[one] for one in words]})))

    return ScriptedChat(reply)


def test_lists_decide_where_all_words_are_known() -> None:
    known, wrong, unknown, refuted = validate(drafts(KNOWN, WRONG, OPEN, REFUTED))
    assert known == {
        "decided_by": "lists",
        "judge": "",
        "counted": 1,
        "verdict": "valid",
        "reason": "",
    }
    assert (wrong["verdict"], wrong["counted"]) == ("invalid", 1)
    assert wrong["reason"] == "metals eng c is not one"
    assert (unknown["decided_by"], unknown["verdict"]) == ("nobody", "undecided")
    assert unknown["counted"] is pd.NA
    assert unknown["reason"] == "open: magpie, spoon"
    assert (refuted["decided_by"], refuted["verdict"]) == ("lists", "invalid")


def test_judge_is_asked_about_open_words_alone() -> None:
    chat = answer_with(magpie="yes", spoon="no")
    known, _, judged, refuted = validate(drafts(KNOWN, WRONG, OPEN, REFUTED), chat)
    asked = [json.loads(one.messages[1]["content"])["words"] for one in chat.requests]
    assert asked == [["magpie"], ["spoon"]]
    assert judged == {
        "decided_by": "model",
        "judge": "j",
        "counted": 2,
        "verdict": "valid",
        "reason": "",
    }
    assert (known["decided_by"], refuted["decided_by"]) == ("lists", "lists")


def test_judge_may_find_a_list_wrong_or_be_unsure() -> None:
    [wrong] = validate(drafts(OPEN), answer_with(magpie="yes", spoon="yes"))
    assert (wrong["verdict"], wrong["counted"], wrong["reason"]) == ("invalid", 3, "spoon is one")
    [unsure] = validate(drafts(OPEN), answer_with(magpie="unsure", spoon="no"))
    assert (unsure["decided_by"], unsure["judge"]) == ("nobody", "j")
    assert (unsure["verdict"], unsure["counted"]) == ("undecided", pd.NA)
    assert unsure["reason"] == "open: magpie"


def test_unreadable_judgement_is_undecided_and_never_a_count() -> None:
    [found] = validate(drafts(OPEN), ScriptedChat(lambda request: said("0")))
    assert (found["decided_by"], found["verdict"]) == ("nobody", "undecided")
    assert found["counted"] is pd.NA
    assert found["reason"].startswith("judge: ")


def test_table_without_lists_is_empty() -> None:
    assert validate(tabulate([])) == []
