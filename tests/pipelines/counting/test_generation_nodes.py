from __future__ import annotations

import pandas as pd
import pytest

from isogloss import counting_schemas
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.generation_lexicon import GenerationError
from isogloss.pipelines.counting.word_tables import WordTableError
from tests.pipelines.counting.generation_runs import (
    cells,
    draft,
    finish,
    parameters,
)
from tests.pipelines.counting.small_words import (
    LANGUAGES,
    category_names,
    word_lists,
)


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


def test_languages_that_models_are_asked_in_have_lists() -> None:
    with pytest.raises(WordTableError) as caught:
        draft(parameters(), benchmark=BenchmarkParameters(languages=("eng", "ita")))
    assert str(caught.value) == (
        "counting_benchmark.languages names 'ita', which is not there. There are: deu eng."
    )
    draft(parameters(languages=["deu"]), benchmark=BenchmarkParameters(languages=("deu",)))
