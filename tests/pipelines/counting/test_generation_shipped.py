"""Lists of the words that are shipped, in all their languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node
from kedro.runner import SequentialRunner
from pydantic import SecretStr

from isogloss import counting_schemas
from isogloss.chat import ChatModel, ChatSpecification, ResponseStore
from isogloss.datasets import AtomicJSONDataset, AtomicParquetDataset, WordFolderDataset
from isogloss.pipelines.counting.generation_nodes import (
    draft_items,
    export_items,
    measure_quality,
    refill_items,
    validate_items,
)
from isogloss.pipelines.counting.generation_parameters import (
    CountingParameters,
    WritingParameters,
)
from isogloss.pipelines.counting.word_nodes import read_words
from isogloss.pipelines.counting.word_parameters import WordParameters
from isogloss.word_memberships import folded
from tests.chat.stub_server import running

RAW = Path(__file__).parents[3] / "data" / "01_raw"
TABLES = ("memberships", "categories", "relations", "phrases", "numerals")
LEAST = 24


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def shipped() -> dict[str, pd.DataFrame]:
    folder = RAW / "sample" / "counting"
    languages = read(RAW / "reference" / "languages.csv")
    memberships, categories, relations, phrases, numerals = (
        read(folder / f"{name}.csv") for name in TABLES
    )
    read_tables = read_words(
        WordFolderDataset(filepath=str(folder / "words")).load(),
        memberships,
        categories,
        relations,
        phrases,
        numerals,
        languages,
        WordParameters(),
    )
    names = ("word_lists", "category_names", "category_relations", "counting_phrases", "numerals")
    return {"languages": languages, **dict(zip(names, read_tables, strict=True))}


def run(
    folder: Path, tables: dict[str, Any], parameters: CountingParameters, **chats: Any
) -> dict[str, Any]:
    """Run the nodes as Kedro does, inputs by name, with every table on the disk between them."""
    words = {
        "parameters": "params:counting",
        "languages": "languages",
        "word_lists": "word_lists",
        "category_relations": "category_relations",
    }
    drafted = {"counting_drafts": "counting_drafts", "drafted_names": "drafted_names"}
    asked = {name: name for name in chats}
    pipeline = Pipeline(
        [
            node(
                draft_items,
                {**words, "category_names": "category_names", **asked},
                ["counting_drafts", "drafted_names", "drafting_report", "left_out_concepts"],
            ),
            node(validate_items, {**words, **drafted, **asked}, "draft_validation"),
            node(
                refill_items,
                {
                    **words,
                    **drafted,
                    "drafting_report": "drafting_report",
                    "draft_validation": "draft_validation",
                    **asked,
                },
                [
                    "counting_items",
                    "counting_validation",
                    "counting_category_names",
                    "counting_report",
                ],
            ),
            node(
                measure_quality,
                ["counting_items", "counting_validation", "params:counting"],
                "counting_quality",
            ),
            node(export_items, ["counting_items", "counting_category_names"], "counting_export"),
        ]
    )
    given = {**tables, "params:counting": parameters, **chats}
    catalog = DataCatalog({name: MemoryDataset(one, "assign") for name, one in given.items()})
    outputs: dict[str, AtomicJSONDataset | AtomicParquetDataset] = {
        name: AtomicParquetDataset(filepath=str(folder / f"{name}.parquet"))
        for name in pipeline.all_outputs() - {"counting_export"}
    }
    outputs["counting_export"] = AtomicJSONDataset(filepath=str(folder / "lists.json"))
    for name, dataset in outputs.items():
        catalog[name] = dataset
    SequentialRunner().run(pipeline, catalog)
    return {name: dataset.load() for name, dataset in outputs.items()}


def test_every_category_has_enough_concepts_in_all_languages(shipped: dict[str, Any]) -> None:
    lists = shipped["word_lists"]
    spoken = lists.groupby(["category", "concept"])["language"].nunique()
    shared = (spoken == lists["language"].nunique()).groupby(level="category").sum()
    assert len(shared) == 14
    assert shared.min() >= LEAST, shared.to_dict()


def test_capitals_and_countries_are_told_apart_by_more_than_case(shipped: dict[str, Any]) -> None:
    """Where no other category has capital letters, they alone would give members away."""
    relations = shipped["category_relations"]
    assert set(relations["relation"]) == {"same", "disjoint"}
    lists = shipped["word_lists"]
    names = {
        category: {folded(word) for word in lists.loc[lists["category"] == category, "word"]}
        for category in ("countries", "capital_cities")
    }
    assert not names["countries"] & names["capital_cities"]


def test_names_of_categories_hold_for_all_members(shipped: dict[str, Any]) -> None:
    """A ship is no German Fahrzeug, a son-in-law no Russian родственник."""
    names = shipped["category_names"].set_index(["category", "language"])["counted"]
    assert names["vehicles", "deu"] == "Verkehrsmittel"
    assert names["vehicles", "fra"] == "moyens de transport"
    assert names["family_members", "rus"] == "членов семьи"
    words = shipped["word_lists"].set_index(["category", "concept", "language"])["word"]
    assert words["birds", "penguin", "fra"] == "manchot"
    assert ("buildings", "hut", "rus") not in words.index  # a hut is no здание


def test_shipped_words_make_flat_lists_in_all_languages(
    shipped: dict[str, Any], tmp_path: Path
) -> None:
    categories = shipped["word_lists"]["category"].nunique()
    languages = shipped["word_lists"]["language"].unique()
    assert categories >= 12
    assert len(languages) >= 8
    made = run(tmp_path, shipped, CountingParameters(per_category=5))
    items = counting_schemas.CountingItems.validate(made["counting_items"])
    counting_schemas.CountingValidation.validate(made["counting_validation"])
    counting_schemas.CountingReport.validate(made["counting_report"])
    counting_schemas.LeftOutConcepts.validate(made["left_out_concepts"])
    quality = counting_schemas.CountingQuality.validate(made["counting_quality"])
    assert len(items) == 5 * categories * len(languages)
    assert set(made["counting_validation"]["verdict"]) == {"valid"}
    assert set(items["item_id"].value_counts()) == {len(languages)}
    tests = quality[quality["measure"].str.endswith("_p")]
    assert (tests["value"] > 0.95).all()
    assert (quality.loc[quality["measure"] == "near_duplicate_rate", "value"] == 0).all()
    for words in items["words"]:
        assert len({folded(word) for word in words}) == len(words)
    assert made["counting_export"][0]["num_target"] == items["count"][0]


def test_no_distractor_is_a_member_by_any_path(shipped: dict[str, Any], tmp_path: Path) -> None:
    made = run(tmp_path, shipped, CountingParameters(per_category=5, seed=1))
    words = shipped["word_lists"]
    belongs: dict[tuple[str, str], set[str]] = {}
    for row in words.to_dict("records"):
        key = (row["language"], folded(row["word"]))
        belongs.setdefault(key, set()).update({row["category"], *row["also"].split()})
    relations = shipped["category_relations"]
    related = {
        (one, two)
        for one, two, how in relations.itertuples(index=False, name=None)
        if how == "related"
    }
    for row in made["counting_items"].to_dict("records"):
        for word, member in zip(row["words"], row["members"], strict=True):
            own = belongs[row["language"], folded(word)]
            assert (row["category"] in own) == member
            if not member:
                assert not any((row["category"], one) in related for one in own)


@pytest.mark.slow
def test_models_behind_a_server_write_and_judge(shipped: dict[str, Any], tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        asked = json.loads(body["messages"][1]["content"])
        if "words" in asked:
            answers = ["yes" if word.startswith("song") else "no" for word in asked["words"]]
            return call("judge_words", {"answers": answers})
        sample = server.answered.total()
        letters = "".join(chr(97 + int(digit)) for digit in str(sample))
        members = [f"song {letters}{chr(97 + place)}" for place in range(asked["members"])]
        others = [f"thing {letters}{chr(97 + place)}" for place in range(asked["others"])]
        content: dict[str, Any] = {"members": members, "others": others}
        if "theme" in asked:
            content |= {"counted": "songs", "number_of": "songs", "english": f"songs {letters}"}
        return call(body["tools"][0]["function"]["name"], content)

    def call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        function = {"name": name, "arguments": json.dumps(arguments)}
        tool = {"id": "1", "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [tool]}

    parameters = CountingParameters(
        languages=("eng",),
        categories=("birds", "countries", "vehicles"),
        lengths=(4, 5),
        counts=(1, 2),
        per_category=4,
        model_share=0.5,
        author="a",
        judge="j",
        writing=WritingParameters(invented=1),
    )
    with running() as server:
        server.message = reply
        author, judge = (
            ChatModel(
                name,
                ChatSpecification(model=name, base_url=server.url, concurrency=1),
                SecretStr("k"),
            )
            for name in ("a", "j")
        )
        chats = {
            "phrases": shipped["counting_phrases"],
            "author": author,
            "author_store": ResponseStore(tmp_path / "a"),
            "judge": judge,
            "judge_store": ResponseStore(tmp_path / "j"),
        }
        made = run(tmp_path, shipped, parameters, **chats)
        asked = server.answered.total()
        again = run(tmp_path, shipped, parameters, **chats)
        assert server.answered.total() == asked  # nothing is asked twice
    pd.testing.assert_frame_equal(made["counting_items"], again["counting_items"])
    items = counting_schemas.CountingItems.validate(made["counting_items"])
    assert items["method"].value_counts().to_dict() == {"systematic": 6, "model": 6}
    validation = made["counting_validation"]
    assert set(validation.loc[validation["method"] == "model", "judge"]) == {"j"}
    assert set(validation["verdict"]) == {"valid"}
