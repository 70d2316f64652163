"""Every reader of files that people or other programs write, on damaged ones.

A damaged file is read, or refused with a message; nothing else, and nothing is written.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from isogloss.chat import ResponseStore
from isogloss.datasets import (
    AtomicCSVDataset,
    AtomicJSONDataset,
    AtomicParquetDataset,
    ItemFolderDataset,
    ResumablePartitionsDataset,
    SurveyFileDataset,
    TextFolderDataset,
    VectorFolderDataset,
    WordFolderDataset,
)
from isogloss.errors import find_refusal
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.partitions import Partitions
from isogloss.pipelines.counting.existing_examples import read_examples
from isogloss.pipelines.ingestion.intent_nodes import read_intents
from isogloss.pipelines.ingestion.nodes import (
    read_knowledge_items,
    read_parallel_sentences,
    read_reading_items,
)
from isogloss.pipelines.ingestion.parameters import (
    IngestionParameters,
    IntentParameters,
    KnowledgeItemParameters,
    Languages,
    ReadingItemParameters,
)
from tests.faults.damage import damaged
from tests.sessions import ROOT

pytestmark = [pytest.mark.faults]

CASES = 900
"""Of each reader."""
SAMPLE = ROOT / "data" / "01_raw" / "sample"
LANGUAGES = pd.read_csv(
    ROOT / "data" / "01_raw" / "reference" / "languages.csv", dtype=str, keep_default_na=False
)
LOCALES = pd.read_csv(
    ROOT / "data" / "01_raw" / "reference" / "locales.csv", dtype=str, keep_default_na=False
)
TWO = Languages(("eng", "deu"))


class Reader(NamedTuple):
    """A reader and a folder of files that it reads.

    Attributes:
        files: name -> content.
        damaged: the name of the file that is damaged.
        read: reads all there is in the folder.
    """

    files: dict[str, bytes]
    damaged: str
    read: Callable[[Path], object]


def sample(*names: str) -> dict[str, bytes]:
    return {name.partition("/")[2]: (SAMPLE / name).read_bytes() for name in names}


def corpus(folder: Path) -> object:
    raw = TextFolderDataset(filepath=str(folder)).load()
    return read_parallel_sentences(raw, LANGUAGES, TWO, "eng", IngestionParameters())


def reading(folder: Path) -> object:
    raw = ItemFolderDataset(filepath=str(folder), pattern="{language}.jsonl", format="jsonl").load()
    return read_reading_items(raw, LANGUAGES, TWO, "eng", ReadingItemParameters())


def knowledge(folder: Path) -> object:
    raw = ItemFolderDataset(
        filepath=str(folder), pattern="{subject}_{split}.csv", format="csv", language="eng"
    ).load()
    return read_knowledge_items(raw, LANGUAGES, TWO, "eng", KnowledgeItemParameters())


def intents(folder: Path) -> object:
    raw = ItemFolderDataset(filepath=str(folder), pattern="{locale}.jsonl", format="jsonl").load()
    return read_intents(raw, LOCALES, IntentParameters())


def survey(folder: Path) -> object:
    raw = SurveyFileDataset(filepath=str(folder / "survey.csv")).load()
    return raw.read(list(raw.columns[:2]), list(raw.columns[2:]))


def prompts(folder: Path) -> object:
    return AtomicCSVDataset(filepath=str(folder / "table.csv"), text_only=True).load()


def words(folder: Path) -> object:
    return WordFolderDataset(filepath=str(folder)).load()


def examples(folder: Path) -> object:
    return read_examples(AtomicJSONDataset(filepath=str(folder / "examples.json")).load())


def vectors(folder: Path) -> object:
    stored = VectorFolderDataset(filepath=str(folder)).load()
    return {
        language: [(file.metadata, file.read(name)) for name in file.names()]
        for language, load in stored.items()
        for file in [load()]
    }


def checkpoint(folder: Path) -> object:
    return open_checkpoint(folder)


def responses(folder: Path) -> object:
    return ResponseStore(folder).read()


def parquet(folder: Path) -> object:
    return AtomicParquetDataset(filepath=str(folder / "table.parquet")).load()


def partitions(folder: Path) -> object:
    stored = ResumablePartitionsDataset(filepath=str(folder), format="parquet").load()
    return {name: load() for name, load in stored.items()}


def table_bytes() -> bytes:
    file = io.BytesIO()
    pd.DataFrame({"text": ["a", "b"], "number": [1.0, np.nan]}).to_parquet(file)
    return file.getvalue()


def partition_files(folder: Path) -> dict[str, bytes]:
    table = pd.DataFrame({"a": [1, 2]})
    stored = ResumablePartitionsDataset(filepath=str(folder), format="parquet")
    stored.save(Partitions.from_callables({"layers": 2}, {"deu": lambda: table}))
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def answer_line(key: str) -> bytes:
    body = {
        "id": "x", "model": "m",
        "choices": [{"message": {"content": "5"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
    }  # fmt: skip
    line = {"id": "1", "custom_id": key, "response": {"status_code": 200, "body": body}}
    return json.dumps({**line, "error": None, "cost": 0.0, "received": "now"}).encode() + b"\n"


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reader]:
    vector = save({"mean": np.ones((3, 2, 4), "float32")}, {"sentence_ids": '["a", "b"]'})
    weights = save({"classifier.weight": np.ones((2, 3), "float32")}, {"format": "pt"})
    labels = {"id2label": {"0": "a", "1": "b"}, "label2id": {"a": 0, "b": 1}}
    config = json.dumps({"model_type": "bert", "architectures": ["X"], **labels}).encode()
    model = {"config.json": config, "model.safetensors": weights}
    word_files = {
        path.name: path.read_bytes() for path in [*(SAMPLE / "counting" / "words").iterdir()][:2]
    }
    csv = sample("prompts/templates.csv")["templates.csv"]
    records = [{"category": "fruits", "words": ["a", "b"], "num_target": 1}] * 3
    parts = partition_files(tmp_path_factory.mktemp("parts") / "set")
    sentences = sample("sentences/eng.txt", "sentences/deu.txt")
    items = sample("reading/eng_Latn.jsonl", "reading/deu_Latn.jsonl")
    utterances = sample("intents/en-US.jsonl", "intents/de-DE.jsonl")
    knowledge_files = {
        path.name: path.read_bytes() for path in (SAMPLE / "knowledge" / "eng").rglob("*.csv")
    }
    # The first rows of the survey say all that there is to it.
    respondents = b"\n".join(
        sample("survey/synthetic_survey.csv")["synthetic_survey.csv"].split(b"\n")[:40]
    )
    lines = b"".join(answer_line(key) for key in "abc")
    examples_file = {"examples.json": json.dumps(records).encode()}
    return {
        "corpus": Reader(sentences, "deu.txt", corpus),
        "reading items": Reader(items, "deu_Latn.jsonl", reading),
        "knowledge items": Reader(knowledge_files, next(iter(knowledge_files)), knowledge),
        "intents": Reader(utterances, "de-DE.jsonl", intents),
        "survey": Reader({"survey.csv": respondents}, "survey.csv", survey),
        "prompts": Reader({"table.csv": csv}, "table.csv", prompts),
        "words": Reader(word_files, next(iter(word_files)), words),
        "examples": Reader(examples_file, "examples.json", examples),
        "vectors": Reader({"eng.safetensors": vector}, "eng.safetensors", vectors),
        "weights": Reader(model, "model.safetensors", checkpoint),
        "configuration": Reader(model, "config.json", checkpoint),
        "answers": Reader({"responses.jsonl": lines}, "responses.jsonl", responses),
        "failures": Reader({"failures.jsonl": lines}, "failures.jsonl", responses),
        "parquet": Reader({"table.parquet": table_bytes()}, "table.parquet", parquet),
        "partition": Reader(parts, "deu.parquet", partitions),
        "marker": Reader(parts, "_markers/deu.json", partitions),
        "completion": Reader(parts, "_complete.json", partitions),
    }


READERS = (
    *("corpus", "reading items", "knowledge items", "intents", "survey", "prompts", "words"),
    *("examples", "vectors", "weights", "configuration", "answers", "failures", "parquet"),
    *("partition", "marker", "completion"),
)


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused_in_words(
    name: str,
    readers: dict[str, Reader],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    reader = readers[name]
    outcomes = {"read": 0, "refused": 0}

    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged(reader.files[reader.damaged]))
    def check(content: bytes) -> None:
        folder = tmp_path / "folder"
        files = {**reader.files, reader.damaged: content}
        for path, own in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(own)
        try:
            reader.read(folder)
        except Exception as error:
            refusal = find_refusal(error)
            if refusal is None or not str(refusal).strip():
                raise
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
        found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
        assert found <= {f"folder/{path}" for path in files}, "nothing is written"

    check()
    assert outcomes["refused"] > 0, outcomes
    record_property("damaged inputs", sum(outcomes.values()))
    record_property("refusals", outcomes["refused"])


@given(st.text(max_size=40))
@settings(max_examples=CASES, deadline=None, database=None, derandomize=True)
def test_no_name_of_a_partition_leads_out_of_its_folder(name: str) -> None:
    stored = ResumablePartitionsDataset(filepath="memory://bucket/set", format="parquet")
    items: dict[str, dict[str, Any]] = {name: {}}
    data = Partitions({}, items, lambda ids: ((one, pd.DataFrame({"a": [1]})) for one in ids))
    try:
        stored.save(data)
    except Exception as error:
        assert find_refusal(error) is not None, name
    else:
        assert "/" not in name
        assert not name.startswith(".")
