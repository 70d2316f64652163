from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from kedro.io import DatasetError

from isogloss.datasets import HubFolderItemsDataset, HubItemsDataset
from isogloss.datasets.hub_access import HubDataError
from isogloss.intent_schemas import Intents
from isogloss.pipelines.ingestion.codes import code_aliases
from isogloss.pipelines.ingestion.intent_nodes import read_intents
from isogloss.pipelines.ingestion.intents import read_locales
from isogloss.pipelines.ingestion.lines import CorpusError
from isogloss.pipelines.ingestion.nodes import read_knowledge_items, read_reading_items
from isogloss.pipelines.ingestion.parameters import (
    IntentParameters,
    KnowledgeItemParameters,
    Languages,
    ReadingItemParameters,
)

# These run the reader on local folders of the schemas of the hub's data sets. It has not been run
# against the hub itself.

ROOT = Path(__file__).parents[2]
LANGUAGES = pd.read_csv(
    ROOT / "data/01_raw/reference/languages.csv", dtype=str, keep_default_na=False
)
CATALOG = {
    name: entry
    for file in ("tasks", "intents")
    for name, entry in yaml.safe_load(
        (ROOT / f"conf/base/catalog/{file}.yml").read_text(encoding="utf-8")
    ).items()
}
ALL = Languages(("all",))
Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def make_data(folder: Path, configurations: dict[str, dict[str, Rows]], ending: str) -> None:
    """Write a folder as the hub serves it: a file a configuration and split, and a card."""
    described = []
    for code, splits in configurations.items():
        files = []
        for split, rows in splits.items():
            path = folder / code / f"{split}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            if ending == "parquet":
                pd.DataFrame(rows).to_parquet(path)
            else:
                lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
                path.write_text("".join(lines), encoding="utf-8")
            files.append({"split": split, "path": f"{code}/{split}.{ending}"})
        described.append({"config_name": code, "data_files": files})
    card = yaml.safe_dump({"configs": described})
    (folder / "README.md").write_text(f"---\n{card}---\n", encoding="utf-8")


def entry(name: str, folder: Path) -> HubItemsDataset:
    """Make the dataset of an entry of the catalog, on a local folder."""
    known = {
        key: CATALOG[name][key] for key in CATALOG[name].keys() - {"type", "name", "models_root"}
    }
    kind = HubFolderItemsDataset if "folders" in known else HubItemsDataset
    return kind(name=str(folder), **known)


def options(*texts: str) -> dict[str, str]:
    return {f"option_{letter}": text for letter, text in zip("abcd", texts, strict=True)}


def belebele(code: str, answer: str) -> dict[str, Any]:
    return {
        "link": "https://example.org/a",
        "question_number": 2,
        "flores_passage": f"{code} passage.",
        "question": "Who?",
        **{f"mc_answer{number}": f"{code} {number}" for number in range(1, 5)},
        "correct_answer_num": answer,
        "dialect": code,
        "ds": "2023-05-03",
    }


def test_belebele_is_read_from_its_configurations(tmp_path: Path) -> None:
    codes = ("eng_Latn", "deu_Latn", "zho_Hans")
    make_data(tmp_path / "d", {code: {"test": [belebele(code, "3")]} for code in codes}, "jsonl")
    raw = entry("hub_reading", tmp_path / "d").load()
    items, report = read_reading_items(raw, LANGUAGES, ALL, "eng", ReadingItemParameters())
    assert report.empty
    assert items["language"].tolist() == ["deu", "eng", "zho_simpl"]
    assert set(items["item_id"]) == {"https://example.org/a#2"}
    assert items["answer"].tolist() == [3, 3, 3]
    assert items.loc[2, "option_4"] == "zho_Hans 4"
    assert raw.read["eng_Latn"]()[0].place == f"{tmp_path / 'd'}, eng_Latn, test, row 1"


def m_mmlu(identifier: str, answer: str = "C") -> dict[str, Any]:
    texts = options("a", "b", "c", "d")
    return {"instruction": f"{identifier}?", **texts, "answer": answer, "id": identifier}


def test_m_mmlu_has_its_examples_in_train_and_its_val_is_not_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    test = [m_mmlu(f"anatomy/test/{number}") for number in range(3)]
    english = {
        "train": [m_mmlu("anatomy/dev/0")],
        "val": [m_mmlu("anatomy/val/0")],
        "test": [*test, test[0]],
    }
    croatian = {"test": [test[2], m_mmlu("anatomy/test/1", "D")]}
    make_data(tmp_path / "d", {"en": english, "hr": croatian}, "parquet")
    raw = entry("hub_knowledge", tmp_path / "d").load()
    parameters = KnowledgeItemParameters()
    items, report = read_knowledge_items(raw, LANGUAGES, Languages(("eng",)), "eng", parameters)
    assert items[["split", "item_id"]].to_numpy().tolist() == [
        ["dev", "anatomy/dev/0"],
        *(["test", f"anatomy/test/{number}"] for number in range(3)),
    ]
    assert report[["issue", "count", "item_ids"]].to_numpy().tolist() == [
        ["the same row again, so dropped", 1, "anatomy/test/0"]
    ]
    items, report = read_knowledge_items(raw, LANGUAGES, ALL, "eng", parameters)
    assert items["item_id"].unique().tolist() == ["anatomy/test/2"]
    counts = dict(zip(report["issue"], report["count"], strict=True))
    assert counts["absent here, so dropped everywhere"] == 2
    assert counts["another answer than in the pivot, so dropped everywhere"] == 1
    assert "hr: there is no split 'train'." in caplog.text


def global_mmlu(number: int, label: str, split: str = "test") -> dict[str, Any]:
    return {
        "sample_id": f"law/{split}/{number}",
        "subject": "law",
        "subject_category": "Humanities",
        "question": f"{split} {number}?",
        **options("a", "b", "c", "d"),
        "answer": "B",
        "required_knowledge": "[]",
        "cultural_sensitivity_label": label,
        "is_annotated": label != "-",
    }


def test_global_mmlu_knows_what_is_culturally_agnostic(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    splits = {
        "dev": [global_mmlu(0, "-", "dev")],
        "test": [global_mmlu(0, "CA"), global_mmlu(1, "CS"), global_mmlu(2, "-")],
    }
    make_data(tmp_path / "d", dict.fromkeys(("en", "si", "sw"), splits), "parquet")
    raw = entry("global_mmlu_knowledge", tmp_path / "d").load()
    with caplog.at_level("INFO"):
        items, report = read_knowledge_items(raw, LANGUAGES, ALL, "eng", KnowledgeItemParameters())
    assert report.drop(columns="item_ids").to_numpy().tolist() == [
        ["knowledge_items", "all", "subset culturally_agnostic (kept)", 1],
        ["knowledge_items", "all", "subset culturally_sensitive (kept)", 1],
    ]
    assert set(items["language"]) == {"eng", "sin_Sinh", "swh"}
    swahili = items[items["language"] == "swh"].set_index("item_id")["subset"].to_dict()
    assert swahili == {
        "law/dev/0": "",
        "law/test/0": "culturally_agnostic",
        "law/test/1": "culturally_sensitive",
        "law/test/2": "",
    }
    assert "By subset: 2 without, 1 culturally_agnostic, 1 culturally_sensitive." in caplog.text


def test_every_language_of_the_translations_is_listed() -> None:
    aliases = {**code_aliases(LANGUAGES, "items"), **CATALOG["global_mmlu_knowledge"]["codes"]}
    global_codes = (
        "am ar bn cs de el en es fa fil fr ha he hi id ig it ja ko ky lt mg ms ne nl ny pl pt ro "
        "ru si sn so sr sv sw te tr uk vi yo zh"
    )
    m_mmlu_codes = (
        "ar bn ca da de en es eu fr gu hi hr hu hy id is it kn ml mr nb ne nl pt ro ru sk sr sv ta "
        "te uk vi zh"
    )
    for codes, number in ((global_codes.split(), 42), (m_mmlu_codes.split(), 34)):
        assert len({aliases[code] for code in codes}) == number
    assert (aliases["fa"], aliases["fil"], aliases["zh"]) == ("fas", "tgl", "zho_simpl")


def test_mmlu_of_the_hub_has_the_ids_of_its_files(tmp_path: Path) -> None:
    def row(subject: str, question: str) -> dict[str, Any]:
        choices = ["a", "b", "c", "d"]
        return {"question": question, "subject": subject, "choices": choices, "answer": 0}

    splits = {
        "test": [row("law", "1?"), row("law", "2?"), row("art", "3?")],
        "dev": [row("law", "4?")],
        "validation": [row("law", "5?")],
    }
    make_data(tmp_path / "d", {"all": splits, "law": splits}, "jsonl")
    raw = entry("hub_mmlu_knowledge", tmp_path / "d").load()
    assert set(raw.read) == {"eng"}
    items, _ = read_knowledge_items(raw, LANGUAGES, ALL, "eng", KnowledgeItemParameters())
    assert items["item_id"].tolist() == ["law/dev/0", "law/test/0", "law/test/1", "art/test/0"]
    assert items["answer"].tolist() == [1, 1, 1, 1]


def test_answers_of_mmlu_may_be_classes(tmp_path: Path) -> None:
    import datasets

    classes = datasets.ClassLabel(names=list("ABCD"))
    row = {"question": "1?", "subject": "law", "choices": list("abcd"), "answer": 3}
    rows = datasets.Dataset.from_list([row]).cast_column("answer", classes)
    (tmp_path / "d").mkdir()
    rows.to_parquet(tmp_path / "d" / "test.parquet")
    card = {"configs": [{"config_name": "all", "data_files": "test.parquet"}]}
    (tmp_path / "d" / "README.md").write_text(f"---\n{yaml.safe_dump(card)}---\n")
    raw = HubItemsDataset(name=str(tmp_path / "d"), splits=["train"], configurations={"all": "eng"})
    [item] = raw.load().read["eng"]()
    assert item.fields["answer"] == "D"
    items, _ = read_knowledge_items(raw.load(), LANGUAGES, ALL, "eng", KnowledgeItemParameters())
    assert items["answer"].tolist() == [4]


SPLITS = {"train": "train", "validation": "dev", "test": "test"}


def export_intents(folder: Path, locales: dict[str, str], intents: list[int]) -> None:
    """Write a folder as the hub exports MASSIVE: a folder a locale and split, without a card."""
    from datasets import ClassLabel, Dataset, Features, Value

    features = Features(
        {
            **{name: Value("string") for name in ("id", "locale", "partition")},
            "scenario": ClassLabel(names=["social", "alarm"]),
            "intent": ClassLabel(names=["datetime_query", "alarm_set", "alarm_remove"]),
            **{name: Value("string") for name in ("utt", "annot_utt", "worker_id")},
            "slot_method": {"slot": [Value("string")], "method": [Value("string")]},
            "judgments": {"worker_id": [Value("string")], "intent_score": [Value("int8")]},
        }
    )
    for locale, text in locales.items():
        for number, (split, partition) in enumerate(SPLITS.items()):
            row = {
                "id": str(number),
                "locale": locale,
                "partition": partition,
                "scenario": 1,
                "intent": intents[number],
                "utt": text,
                "annot_utt": text,
                "worker_id": "8",
                "slot_method": {"slot": ["time"], "method": ["translation"]},
                "judgments": {"worker_id": ["8"], "intent_score": [1]},
            }
            path = folder / locale / split / "0000.parquet"
            path.parent.mkdir(parents=True)
            Dataset.from_list([row], features=features).to_parquet(path)


def test_massive_is_read_from_the_export_of_the_hub(tmp_path: Path) -> None:
    locales = {"de-DE": "weck mich", "en-US": "wake me", "all": "wake me"}
    export_intents(tmp_path / "d", locales, [1, 2, 1])
    raw = entry("hub_intents", tmp_path / "d").load()
    assert len(raw.read) == 52
    known = pd.read_csv(ROOT / "data/01_raw/reference/locales.csv", dtype=str)
    parameters = IntentParameters(locales=("en-US", "de-DE"))
    table, _ = read_intents(raw, known, parameters)
    Intents.validate(table)
    columns = ["locale", "partition", "item_id", "scenario", "intent", "text"]
    assert table[columns].to_numpy().tolist() == [
        ["de-DE", "dev", "1", "alarm", "alarm_remove", "weck mich"],
        ["de-DE", "test", "2", "alarm", "alarm_set", "weck mich"],
        ["de-DE", "train", "0", "alarm", "alarm_set", "weck mich"],
        ["en-US", "dev", "1", "alarm", "alarm_remove", "wake me"],
        ["en-US", "test", "2", "alarm", "alarm_set", "wake me"],
        ["en-US", "train", "0", "alarm", "alarm_set", "wake me"],
    ]
    assert raw.read["de-DE"]()[1].place == f"{tmp_path / 'd'}, de-DE, validation, row 1"
    with pytest.raises(HubDataError, match="fr-FR doesn't contain any data files"):
        raw.read["fr-FR"]()


def test_a_row_of_the_hub_without_a_class_is_refused(tmp_path: Path) -> None:
    export_intents(tmp_path / "d", {"en-US": "wake me"}, [1, -1, 1])
    raw = entry("hub_intents", tmp_path / "d").load()
    known = pd.read_csv(ROOT / "data/01_raw/reference/locales.csv", dtype=str)
    with pytest.raises(CorpusError, match="validation, row 1: the field 'intent' is absent"):
        read_intents(raw, known, IntentParameters(locales=("en-US",)))


def test_a_language_without_any_of_the_splits_is_refused(tmp_path: Path) -> None:
    make_data(tmp_path / "d", {"en": {"val": [m_mmlu("a/val/0")]}}, "jsonl")
    raw = HubItemsDataset(name=str(tmp_path / "d"), splits=["train", "test"]).load()
    with pytest.raises(HubDataError, match=r"none of the splits train, test \(it has: val\)"):
        raw.read["en"]()


def test_an_unreachable_data_set_says_how_to_obtain_it() -> None:
    with pytest.raises(DatasetError, match=r"has not been downloaded yet.*offline.*hf download"):
        HubItemsDataset(name="nobody/nothing", splits=["test"]).load()
    export = HubFolderItemsDataset(
        name="nobody/nothing", folders=["de-DE", "en-US"], splits=["test"], revision="export"
    ).load()
    with pytest.raises(CorpusError, match="nobody/nothing --revision export$") as caught:
        read_locales(export, ["de-DE", "en-US"])
    assert str(caught.value).count("\n") == 0, "said once, not of every locale"
