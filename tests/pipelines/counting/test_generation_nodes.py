from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from isogloss import counting_schemas
from isogloss.chat import ChatRequest, ChatResponse
from isogloss.pipelines.counting import generation_nodes
from isogloss.pipelines.counting.generation_lexicon import GenerationError
from isogloss.pipelines.counting.generation_parameters import CountingParameters
from tests.pipelines.counting.small_words import (
    LANGUAGES,
    ScriptedChat,
    category_names,
    language_table,
    letters,
    phrases,
    relations,
    said,
    word_lists,
)

CELL = ["category", "length", "count"]
Made = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]


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
    monkeypatch.setattr(generation_nodes, "answer", lambda chat, asked, store: chat.ask(asked))
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


def parameters(**settings: Any) -> CountingParameters:
    few = {"lengths": [6, 7], "counts": [0, 1, 2], "per_category": 6}
    return CountingParameters.model_validate({**few, **settings})


def with_model(**settings: Any) -> CountingParameters:
    return parameters(model_share=0.5, author="one", judge="two", overlap=0.9, **settings)


def draft(settings: CountingParameters, words: pd.DataFrame | None = None, **chats: Any) -> Made:
    return generation_nodes.draft_items(
        settings,
        language_table(),
        word_lists() if words is None else words,
        category_names(),
        relations(),
        **chats,
    )


def finish(settings: CountingParameters, made: Made, **chats: Any) -> Made:
    drafts, names, report, _ = made
    words = word_lists()
    validation = generation_nodes.validate_items(
        settings, language_table(), words, relations(), drafts, names, **chats
    )
    return generation_nodes.refill_items(
        settings,
        language_table(),
        words,
        relations(),
        drafts,
        names,
        report,
        validation,
        **chats,
    )


def cells(items: pd.DataFrame, language: str) -> list[tuple[object, ...]]:
    own = items[(items["language"] == language) & (items["method"] == "systematic")]
    return sorted(own[CELL].itertuples(index=False, name=None))


def test_lists_stand_as_they_were_planned_and_are_the_same_in_all_languages() -> None:
    settings = parameters()
    items, validation, names, report = finish(settings, draft(settings))
    counting_schemas.CountingItems.validate(items)
    counting_schemas.CountingValidation.validate(validation)
    counting_schemas.CountingReport.validate(report)
    assert cells(items, "eng") == cells(items, "deu")
    assert len(cells(items, "eng")) == 36
    assert set(items[["length", "count"]].value_counts()) == {12}
    english, german = (
        items[items["language"] == language].set_index("item_id").sort_index()
        for language in LANGUAGES
    )
    assert english["concepts"].map(tuple).equals(german["concepts"].map(tuple))
    one = english.index[0]
    assert [word.replace("eng", "deu") for word in english.loc[one, "words"]] == list(
        german.loc[one, "words"]
    )
    assert set(validation["decided_by"]) == {"lists"}
    assert set(validation["verdict"]) == {"valid"}
    pd.testing.assert_frame_equal(names, category_names())
    totals = report.groupby("step")["n"].sum().to_dict()
    assert totals == {"planned": 72, "drafted": 72, "standing": 72}


def test_lists_may_differ_between_languages() -> None:
    settings = parameters(parallel=False)
    items, *_ = finish(settings, draft(settings))
    assert items["item_id"].is_unique
    assert len(cells(items, "deu")) == 36


def test_counts_beyond_the_shortest_list_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    drafts, *_ = draft(parameters(lengths=[2, 6], counts=[0, 3]))
    assert "counts goes up to 3 and counting.lengths begins at 2" in caplog.text
    assert set(drafts[["length", "count"]].value_counts().index) == {(2, 0), (6, 0), (6, 3)}
    caplog.clear()
    draft(parameters())
    assert not caplog.text


def test_concepts_that_lack_a_word_are_left_out_and_named() -> None:
    words = word_lists()
    lacking = (words["concept"] == "birds3") & (words["language"] == "deu")
    drafts, _, _, left_out = draft(parameters(), words[~lacking])
    assert left_out.to_dict("records") == [
        {"category": "birds", "concept": "birds3", "missing": "deu"}
    ]
    assert not any("birds/birds3" in one for one in drafts["concepts"])
    *_, none = draft(parameters(parallel=False), words[~lacking])
    assert none.empty


def test_lists_follow_the_seed_alone() -> None:
    first, second, other = (draft(parameters(seed=seed))[0] for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(first, second)
    assert not first["item_id"].equals(other["item_id"])


def test_categories_and_languages_can_be_chosen() -> None:
    settings = parameters(categories=["birds", "metals", "tools"], languages="deu")
    drafts, *_ = draft(settings)
    assert set(drafts["language"]) == {"deu"}
    sources = {one.split("/")[0] for concepts in drafts["concepts"] for one in concepts}
    assert sources == {"birds", "metals", "tools"}
    with pytest.raises(GenerationError, match=r"counting.languages names 'ger'"):
        draft(parameters(languages="ger"))


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


def test_spoiled_systematic_list_is_replaced_in_every_language() -> None:
    settings = parameters()
    drafts, names, report, left_out = draft(settings)
    spoiled = drafts.copy()
    [row] = spoiled.index[
        (spoiled["language"] == "deu") & (spoiled["item_id"] == spoiled["item_id"][0])
    ]
    words = [list(one) for one in spoiled["words"]]
    words[row][list(spoiled["members"])[row].index(False)] = "Unsinn"
    spoiled["words"] = words
    items, _, _, report = finish(settings, (spoiled, names, report, left_out))
    assert spoiled["item_id"][0] not in set(items["item_id"])
    assert cells(items, "eng") == cells(items, "deu") == cells(drafts, "eng")
    pruned = report[report["step"] == "pruned"].set_index("language")["reason"]
    assert pruned.to_dict() == {"deu": "undecided", "eng": "undecided in another language"}
    assert (items["attempt"] == 1).sum() == 2


def test_repeated_lists_are_replaced() -> None:
    settings = parameters()
    drafts, names, report, left_out = draft(settings)
    copies = drafts[drafts["item_id"] == drafts["item_id"][0]].assign(item_id="0" * 16)
    table = pd.concat([drafts, copies], ignore_index=True)
    items, _, _, report = finish(settings, (table, names, report, left_out))
    pruned = report[report["step"] == "pruned"]
    assert set(pruned["reason"]) == {"repeats another list"}
    assert pruned["n"].sum() == 2
    assert "0" * 16 not in set(items["item_id"])


def test_author_and_judge_must_be_two_models() -> None:
    from isogloss.chat import ChatModel, ChatSpecification

    def chat(name: str, model: str) -> ChatModel:
        return ChatModel(name, ChatSpecification(model=model))

    settings = with_model()
    one, two = chat("one", "gpt"), chat("two", "gpt")
    with pytest.raises(GenerationError) as caught:
        draft(settings, phrases=phrases(), author=one, author_store=None, judge=two)
    assert "counting.author is one and counting.judge two" in str(caught.value)
    generation_nodes.refuse_one_model(settings, {"author": one, "judge": chat("two", "claude")})


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


def test_most_lists_are_asked_for_two_categories_and_are_no_duplicates() -> None:
    settings = parameters(counts=[0, 1, 2, 3])
    items, _, _, report = finish(settings, draft(settings))
    assert not (report["step"] == "pruned").any()
    twins = items.groupby(["language", "list_id"])
    assert set(twins["words"].agg(lambda own: len(set(map(tuple, own))))) == {1}
    both = twins.filter(lambda own: len(own) == 2)
    assert len(both) > 0.8 * len(items)
    by_list = both.groupby(["language", "list_id"])
    assert set(by_list["category"].nunique()) == set(by_list["count"].nunique()) == {2}
    assert (items.groupby("list_id")["language"].nunique() == 2).all()
    alone = parameters(crossed=False)
    apart, _, _, _ = finish(alone, draft(alone))
    assert not apart.duplicated(["language", "list_id"]).any()


def test_a_lost_list_goes_for_both_categories_and_both_are_made_anew() -> None:
    settings = parameters(counts=[0, 1, 2, 3])
    drafts, names, report, left_out = draft(settings)
    english = drafts[(drafts["language"] == "eng") & drafts["count"].gt(0)]
    twins = english[english.duplicated("list_id", keep=False)]
    place = twins.index[0]
    name = drafts.loc[place, "list_id"]
    # A member that is taken for another word, in one of the two.
    drafts["members"] = [
        [False] * len(members) if row == place else members
        for row, members in drafts["members"].items()
    ]
    items, _, _, report = finish(settings, (drafts, names, report, left_out))
    pruned = report[report["step"] == "pruned"]
    assert pruned["n"].sum() == 4
    assert "invalid for another category" in set(pruned["reason"])
    assert name not in set(items["list_id"])
    assert cells(items, "eng") == cells(draft(settings)[0], "eng")
    again = items[(items["attempt"] > 0) & (items["language"] == "eng")]
    assert len(again) == 2
