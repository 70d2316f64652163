from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss import counting_schemas
from isogloss.chat import ChatRequest, ChatResponse
from isogloss.language_models import LanguageModel, ModelSpecification
from isogloss.pipelines.counting import generation_chats, generation_nodes
from isogloss.pipelines.counting.generation_lexicon import GenerationError
from tests.pipelines.counting.generation_runs import (
    draft,
    finish,
    parameters,
    with_model,
)
from tests.pipelines.counting.small_words import (
    LANGUAGES,
    ScriptedChat,
    language_table,
    letters,
    phrases,
    relations,
    said,
    word_lists,
)


class Author:
    """Writes lists of words of the word lists; others are of two unrelated categories."""

    def __init__(self) -> None:
        self.number = 0
        self.wrong: Callable[[int], bool] = lambda number: False

    def reply(self, request: ChatRequest) -> ChatResponse:
        asked = json.loads(request.messages[1]["content"])
        language = {"English": "eng", "German": "deu"}[asked["language"]]
        self.number += 1
        step = self.number

        def word(category: str, place: int) -> str:
            return f"{category} {language} {letters((7 * step + place) % 12)}"

        if "category" in asked:
            names: dict[str, str] = {}
            members = [word(asked["english"], place) for place in range(asked["members"])]
        else:
            names = {"counted": "Songs", "number_of": "Songs", "english": f"songs {letters(step)}"}
            members = [f"song {letters(place)}{letters(step)}" for place in range(asked["members"])]
        if self.wrong(step) and members:
            members[0] = f"nonsense {letters(step)}"
        sources = [one for one in ("sports", "tools") if one != asked.get("english")]
        others = [word(sources[place % len(sources)], place) for place in range(asked["others"])]
        content = {"members": members, "others": others, **names}
        return said("", (request.tools[0]["function"]["name"], json.dumps(content)))


def judge(request: ChatRequest) -> ChatResponse:
    words = json.loads(request.messages[1]["content"])["words"]
    answers = ["yes" if word.startswith("song") else "no" for word in words]
    return said("", ("judge_words", json.dumps({"answers": answers})))


@pytest.fixture
def chats(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(generation_chats, "answer", lambda chat, asked, store: chat.ask(asked))
    monkeypatch.setattr(generation_nodes, "refuse_one_model", lambda parameters, chats: None)
    author = Author()
    scripted = ScriptedChat(author.reply)
    return {
        "phrases": phrases(),
        "author": scripted,
        "author_store": author,
        "judge": ScriptedChat(judge),
        "judge_store": "store",
    }


def test_model_writes_its_share_and_invents_categories(chats: dict[str, Any]) -> None:
    settings = with_model(writing={"invented": 0.34})
    items, validation, names, report = finish(settings, draft(settings, **chats), **chats)
    counting_schemas.CountingItems.validate(items)
    counting_schemas.CountingReport.validate(report)
    methods = items.groupby(["language", "method"]).size()
    assert methods.to_dict() == {
        (language, method): 18 for language in LANGUAGES for method in ("systematic", "model")
    }
    written = items[items["method"] == "model"]
    assert set(written["author"]) == {"one"}
    assert set(written[["length", "count"]].value_counts()) == {6}
    invented = written[written["category"].str.startswith("invented_songs_")]
    assert len(invented) == 12
    named = names.set_index(["category", "language"])["counted"]
    assert all(
        named[category, language] == "Songs"
        for category, language in zip(invented["category"], invented["language"], strict=True)
    )
    own = validation[validation["method"] == "model"].set_index("category")
    assert set(own[own.index == "birds"]["decided_by"]) == {"lists"}
    assert set(own[own.index.str.startswith("invented")]["decided_by"]) == {"model"}


def test_what_a_judge_refutes_is_replaced_in_the_very_cell(chats: dict[str, Any]) -> None:
    chats["author_store"].wrong = lambda step: step % 3 == 0
    settings = with_model(writing={"invented": 0}, rounds=6)
    items, validation, _, report = finish(settings, draft(settings, **chats), **chats)
    pruned = report[report["step"] == "pruned"]
    assert pruned["n"].sum() >= 8
    assert set(pruned["reason"]) <= {"invalid", "near duplicate", "repeats another list"}
    assert not (report["step"] == "missing").any()
    # The balance is what was planned.
    written = items[items["method"] == "model"]
    assert set(written[["language", "length", "count"]].value_counts()) == {3}
    assert not any("nonsense" in word for words in items["words"] for word in words)
    assert len(validation) == len(items) + pruned["n"].sum()
    assert written["attempt"].max() >= 1
    first = report[report["attempt"] == 0].groupby("step")["n"].sum()
    again = report[report["attempt"] == 1].groupby("step")["n"].sum()
    assert again["drafted"] == first["pruned"]


def test_shortfall_is_reported_and_nothing_takes_its_place(
    chats: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    chats["author"] = ScriptedChat(lambda request: said("I would rather not."))
    settings = with_model(rounds=1)
    with caplog.at_level("WARNING"):
        items, _, _, report = finish(settings, draft(settings, **chats), **chats)
    assert set(items["method"]) == {"systematic"}
    assert len(items) == 36
    totals = report.groupby(["attempt", "step"])["n"].sum()
    assert totals[0, "planned"] == 72
    assert totals[0, "failed"] == totals[1, "failed"] == totals[1, "missing"] == 36
    assert "72 lists planned, 36 stand, 36 are missing" in caplog.text
    assert "Invalid JSON" in caplog.text


def test_undecided_lists_stay_only_if_asked_for(chats: dict[str, Any]) -> None:
    chats["judge"] = ScriptedChat(lambda request: said("?"))
    for keep, number in ((False, 0), (True, 12)):
        settings = with_model(writing={"invented": 0.34}, rounds=0, keep_undecided=keep)
        items, validation, *_ = finish(settings, draft(settings, **chats), **chats)
        assert items["category"].str.startswith("invented").sum() == number
        assert (validation["verdict"] == "undecided").sum() == 12


def test_author_and_judge_must_be_two_models() -> None:
    from isogloss.chat import ChatModel, ChatSpecification

    def chat(name: str, model: str) -> ChatModel:
        return ChatModel(name, ChatSpecification(model=model))

    settings = with_model()
    one, two = chat("one", "gpt"), chat("two", "gpt")
    with pytest.raises(GenerationError) as caught:
        draft(settings, phrases=phrases(), author=one, author_store=None, judge=two)
    assert "counting.author is one and counting.judge two" in str(caught.value)
    generation_chats.refuse_one_model(settings, {"author": one, "judge": chat("two", "claude")})


@pytest.mark.parametrize(
    ("role", "form", "other"), [("author", "writing", "judging"), ("judge", "judging", "writing")]
)
def test_a_model_in_this_process_is_asked_for_no_calls(
    tmp_path: Path, role: str, form: str, other: str
) -> None:
    lm = LanguageModel("mine", ModelSpecification(kind="causal", path=str(tmp_path)), str(tmp_path))
    models: dict[str, Any] = {role: lm}
    settings = with_model(**{other: {"answers": "json"}})
    with pytest.raises(GenerationError) as caught:
        draft(settings, phrases=phrases(), **models)
    name = getattr(settings, role)
    assert str(caught.value).startswith(f"counting.{role} is {name}, which answers in this process")
    assert f"Set counting.{form}.answers=json, name a model" in str(caught.value)
    both = with_model(**{name: {"answers": "json"} for name in ("writing", "judging")})
    generation_chats.refuse_calls_in_process(both, {"author": lm, "judge": lm})
    generation_chats.refuse_calls_in_process(parameters(author="mine"), {"author": lm})


def test_nothing_is_said_of_the_verdicts_on_no_lists(caplog: pytest.LogCaptureFixture) -> None:
    drafts, names, *_ = draft(parameters())
    with caplog.at_level("INFO"):
        generation_nodes.validate_items(
            parameters(), language_table(), word_lists(), relations(), drafts[:0], names
        )
    assert "Lists" not in caplog.text


def test_planned_model_lists_need_an_author() -> None:
    with pytest.raises(GenerationError, match="name one in counting.author"):
        draft(with_model())


def test_export_has_the_published_fields(chats: dict[str, Any]) -> None:
    settings = with_model(writing={"invented": 0.34})
    items, _, names, _ = finish(settings, draft(settings, **chats), **chats)
    records = generation_nodes.export_items(items, names)
    assert len(records) == len(items)
    assert json.loads(json.dumps(records)) == records
    for record in records:
        assert {"category", "words", "num_target", "generation_method", "notes"} <= set(record)
        assert record["num_target"] == sum(record["members"])
    assert {record["generation_method"] for record in records} == {"systematic", "llm"}
    birds = next(record for record in records if record["category"] == "birds")
    assert birds["category_name"] == f"birds in {birds['language']}"
