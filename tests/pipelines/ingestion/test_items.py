from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from isogloss.corpora import RawItem, RawItems
from isogloss.datasets.item_folder import ItemFolderDataset
from isogloss.pipelines.ingestion.items import (
    ABSENT,
    EQUAL_OPTIONS,
    NOT_IN_PIVOT,
    OTHER_ANSWER,
    SAME_QUESTION,
)
from isogloss.pipelines.ingestion.knowledge import OTHER_SPLIT
from isogloss.pipelines.ingestion.lines import CorpusError
from isogloss.pipelines.ingestion.nodes import read_knowledge_items, read_reading_items
from isogloss.pipelines.ingestion.parameters import (
    KnowledgeItemParameters,
    Languages,
    ReadingItemParameters,
)

ROOT = Path(__file__).parents[3]
LANGUAGES = pd.read_csv(
    ROOT / "data/01_raw/reference/languages.csv", dtype=str, keep_default_na=False
)
ALL = Languages(("all",))
READING, KNOWLEDGE = ReadingItemParameters(), KnowledgeItemParameters()


def reading(number: int, answer: object = "2", **fields: Any) -> dict[str, Any]:
    options = {f"mc_answer{n}": f"option {n}" for n in range(1, 5)}
    return {
        "link": f"https://example.org/{number}",
        "question_number": 1,
        "flores_passage": " A passage. ",
        "question": f"Why {number}?",
        **options,
        "correct_answer_num": answer,
        **fields,
    }


def raw(languages: Mapping[str, Sequence[Mapping[str, Any]]]) -> RawItems:
    def reader(code: str, rows: Sequence[Mapping[str, Any]]) -> Any:
        return lambda: [RawItem(f"{code}, line {n}", row) for n, row in enumerate(rows, start=1)]

    return RawItems("folder", {code: reader(code, rows) for code, rows in languages.items()})


def test_items_are_joined_and_what_differs_is_dropped_everywhere_and_counted() -> None:
    source = raw(
        {
            "eng_Latn": [reading(1), reading(2), reading(3), reading(4, mc_answer1="option 2")],
            "deu_Latn": [reading(4), reading(2, answer="3"), reading(1), reading(9)],
        }
    )
    items, report = read_reading_items(source, LANGUAGES, ALL, "eng", READING)
    assert items.groupby("language")["item_id"].apply(list).to_dict() == {
        language: ["https://example.org/1#1", "https://example.org/4#1"]
        for language in ("deu", "eng")
    }
    found = set(zip(report["language"], report["issue"], report["count"], strict=True))
    assert found == {
        ("deu", ABSENT, 1),
        ("deu", NOT_IN_PIVOT, 1),
        ("deu", OTHER_ANSWER, 1),
        ("eng", EQUAL_OPTIONS, 1),
    }
    assert items["answer"].tolist() == [2] * 4
    assert items["passage"].iloc[0] == "A passage."
    assert items["passage_id"].iloc[0] == "https://example.org/1"


def test_languages_without_items_are_left_out_and_the_pivot_must_have_some(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = raw({"eng_Latn": [reading(1)], "deu_Latn": [reading(1)]})
    items, _ = read_reading_items(source, LANGUAGES, Languages(("eng", "swh")), "eng", READING)
    assert set(items["language"]) == {"eng"}
    assert "folder has no items in swh: left out." in caplog.text
    with pytest.raises(
        CorpusError, match=r"no items in the pivot language 'swh' \(it has: deu eng"
    ):
        read_reading_items(source, LANGUAGES, ALL, "swh", READING)


def test_two_files_of_one_language_are_refused() -> None:
    source = raw({"eng_Latn": [reading(1)], "tr": [reading(1)], "tur_Latn": [reading(1)]})
    with pytest.raises(CorpusError, match="language 'tur': 'tr' and 'tur_Latn'. Remove one"):
        read_reading_items(source, LANGUAGES, ALL, "eng", READING)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([reading(1, answer="5")], "eng_Latn, line 1: the answer '5' is none of 1, 2, 3, 4"),
        ([reading(1, question=" ")], "eng_Latn, line 1: the field 'question' is empty"),
        ([{"link": "x"}], "the field 'question_number' is absent"),
        ([reading(1, question=["Why?"])], "line 1: the field 'question' is .'Why.'.. Write it as"),
        ([], "folder: there are no items of 'eng_Latn'. Add some, or leave 'eng' out"),
        (
            [reading(1), reading(1, answer=1)],
            "line 1 and eng_Latn, line 2: both hold .*Every",
        ),
    ],
)
def test_bad_items_are_refused(rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_reading_items(raw({"eng_Latn": rows}), LANGUAGES, ALL, "eng", READING)


def test_the_first_items_can_be_asked_for() -> None:
    source = raw({"eng_Latn": [reading(n) for n in range(5)]})
    items, _ = read_reading_items(source, LANGUAGES, ALL, "eng", ReadingItemParameters(limit=2))
    assert items["item_id"].tolist() == ["https://example.org/0#1", "https://example.org/1#1"]


def cells(*row: str, subject: str = "geography", split: str = "test") -> dict[str, Any]:
    return {"cells": list(row), "subject": subject, "split": split}


HEADER = ("question", "choice0", "choice1", "choice2", "choice3", "answer")


def test_both_releases_of_mmlu_are_read() -> None:
    numbered = [cells(*HEADER), cells("Q", "None", "b", "c", "d", "3")]
    lettered = [cells("Q", "None", "b", "c", "d", "D", subject="law")]
    items, _ = read_knowledge_items(
        raw({"eng": [*numbered, *lettered]}), LANGUAGES, ALL, "eng", KNOWLEDGE
    )
    assert items["answer"].tolist() == [4, 4]
    assert items["item_id"].tolist() == ["geography/test/0", "law/test/0"]
    assert items["option_1"].tolist() == ["None", "None"], "a text, not a missing value"
    with pytest.raises(CorpusError, match="line 1: 2 cells instead of 6"):
        read_knowledge_items(raw({"eng": [cells("Q", "a")]}), LANGUAGES, ALL, "eng", KNOWLEDGE)


def test_translations_of_mmlu_have_named_fields() -> None:
    row = {
        "id": "high_school_biology/test/12",
        "instruction": "Q",
        **{f"option_{letter}": letter for letter in "abcd"},
        "answer": "C",
    }
    items, _ = read_knowledge_items(
        raw({"en": [row], "de": [row]}), LANGUAGES, ALL, "eng", KNOWLEDGE
    )
    assert set(items["language"]) == {"eng", "deu"}
    assert items["subject"].unique().tolist() == ["high_school_biology"]
    assert items["answer"].tolist() == [3, 3]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [cells("question", "A", "B", "C", "D", "answer")],
            "line 1: the header is question,a,b,c,d,answer. It must be question,choice0,",
        ),
        ([cells(*HEADER), cells("Q", "a", "b", "c", "d", "4")], "line 2: the answer '4' is none"),
        ([cells("Q", "a", "b", "c", "d", "1")], "line 1: the answer '1' is none of A, B, C, D"),
        ([cells(*HEADER), cells("Q", "a", "b", "c", "0")], "line 2: 5 cells instead of 6"),
        ([cells(*HEADER), cells("Q", "", "b", "c", "d", "0")], "line 2: the field 'choice0' is em"),
        ([cells(*HEADER)], "eng, line 1: nothing follows the header. Add items"),
        ([{"choices": ["a", "b"]}], "line 1: the field 'choices' is .'a', 'b'.. It must be a list"),
        ([{"instruction": "Q"}], "line 1: the field 'id' is absent .fields: instruction.. Add it"),
    ],
)
def test_bad_knowledge_items_are_refused(rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_knowledge_items(raw({"eng": rows}), LANGUAGES, ALL, "eng", KNOWLEDGE)


def test_items_that_are_neither_asked_nor_shown_are_dropped_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = [
        cells(f"{subject} {split}", "a", "b", "c", "d", "A", subject=subject, split=split)
        for subject, split in (("law", "test"), ("law", "val"), ("art", "dev"))
    ]
    items, report = read_knowledge_items(raw({"eng": rows}), LANGUAGES, ALL, "eng", KNOWLEDGE)
    assert items["item_id"].tolist() == ["law/test/0", "art/dev/0"]
    assert report[["issue", "count", "item_ids"]].to_numpy().tolist() == [
        [OTHER_SPLIT, 1, "law/val/0"]
    ]
    assert "Subjects with examples (dev), but nothing to ask (test): art." in caplog.text


def test_questions_that_are_asked_again_are_kept_and_counted() -> None:
    rows = [cells("Q", "a", "b", "c", "d", "A", subject=name) for name in ("art", "law")]
    items, report = read_knowledge_items(raw({"eng": rows}), LANGUAGES, ALL, "eng", KNOWLEDGE)
    assert len(items) == 2
    assert report[["issue", "item_ids"]].to_numpy().tolist() == [[SAME_QUESTION, "law/test/0"]]


def test_subsets_are_those_of_the_pivot_and_their_labels_are_checked() -> None:
    row = {
        "sample_id": "law/test/0",
        "subject": "law",
        "question": "Q",
        **{f"option_{letter}": letter for letter in "abcd"},
        "answer": "A",
    }
    labelled = {**row, "cultural_sensitivity_label": "CS"}
    source = raw({"en": [labelled], "de": [row]})
    items, _ = read_knowledge_items(source, LANGUAGES, ALL, "eng", KNOWLEDGE)
    assert items["subset"].tolist() == ["culturally_sensitive"] * 2
    with pytest.raises(CorpusError, match="'cultural_sensitivity_label' is 'XX', none of CA, CS"):
        wrong = raw({"en": [{**row, "cultural_sensitivity_label": "XX"}]})
        read_knowledge_items(wrong, LANGUAGES, ALL, "eng", KNOWLEDGE)


def test_subjects_and_items_a_subject_can_be_chosen() -> None:
    rows = [
        cells(f"Q{n}", "a", "b", "c", "d", "A", subject=subject, split=split)
        for subject in ("geography", "law")
        for split in ("dev", "test")
        for n in range(4)
    ]
    rows.append(cells("Q", "a", "b", "c", "d", "A", subject="anatomy", split="dev"))
    source = raw({"eng": rows})
    chosen = KnowledgeItemParameters(subjects=("law",), limit=3)
    items, _ = read_knowledge_items(source, LANGUAGES, ALL, "eng", chosen)
    assert items.groupby("split").size().to_dict() == {"dev": 4, "test": 3}
    assert set(items["subject"]) == {"law"}
    with pytest.raises(CorpusError, match="on laws. Did you mean law. .* geography, law"):
        read_knowledge_items(
            source, LANGUAGES, ALL, "eng", KnowledgeItemParameters(subjects=("laws",))
        )
    with pytest.raises(CorpusError, match="no test items on anatomy"):
        asked = KnowledgeItemParameters(subjects=("law", "anatomy"))
        read_knowledge_items(source, LANGUAGES, ALL, "eng", asked)


def test_the_shipped_items_are_the_same_in_eight_languages() -> None:
    sample = ROOT / "data/01_raw/sample"
    questions = ItemFolderDataset(
        filepath=str(sample / "reading"), pattern="{language}.jsonl", format="jsonl"
    ).load()
    items, report = read_reading_items(questions, LANGUAGES, ALL, "eng", READING)
    assert items.groupby("language").size().to_dict() == dict.fromkeys(
        ["deu", "eng", "fra", "rus", "spa", "swh", "tur", "zho_simpl"], 20
    )
    assert items["passage_id"].nunique() == 10
    facts = ItemFolderDataset(
        filepath=str(sample / "knowledge"),
        pattern="{language}/{split}/{subject}_{split}.csv",
        format="csv",
    ).load()
    knowledge, second = read_knowledge_items(facts, LANGUAGES, ALL, "eng", KNOWLEDGE)
    sizes = knowledge.groupby(["language", "split"]).size()
    assert len(sizes) == 16
    assert set(sizes.xs("test", level="split")) == {40}
    assert set(sizes.xs("dev", level="split")) == {20}
    assert len(report) == len(second) == 0
    for table in (items, knowledge[knowledge["split"] == "test"]):
        answers = table.loc[table["language"] == "eng", "answer"]
        assert answers.value_counts().nunique() == 1, "positions are balanced"
