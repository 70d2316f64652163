from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from isogloss.datasets import VectorFolderDataset
from isogloss.language_models import LanguageModel
from isogloss.partitions import Partitions, StoredPartitions
from isogloss.pipelines.representation import create_status_pipeline
from isogloss.pipelines.representation.nodes import (
    embed_sentences,
    measure_sentence_information,
    report_status,
    vector_status_of,
)
from isogloss.pipelines.representation.parameters import RepresentationParameters
from isogloss.tensors import TensorFile

PARAMETERS = RepresentationParameters(token_budget=32)
SENTENCES = pd.DataFrame({"language": ["deu", "eng", "fra", "swh"], "sentence_id": ["0"] * 4})
SAMPLES = pd.DataFrame({"sample": [0, 0], "sentence_id": ["0", "1"]})


def markers(partitions: Partitions[Any], *languages: str) -> pd.DataFrame:
    rows = [
        (
            language,
            json.dumps(partitions.fingerprint),
            json.dumps(partitions.items[language]),
        )
        for language in languages
    ]
    return pd.DataFrame(rows, columns=["partition", "fingerprint", "item_fingerprint"])


def statuses(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    return {
        (str(row["stage"]), str(row["language"])): str(row["status"])
        for row in table.to_dict("records")
    }


def test_embeddings_and_information_are_stages_of_their_own(
    lm: LanguageModel, parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    inputs = (lm, parallel_sentences, sentence_samples, PARAMETERS)
    embedded = markers(embed_sentences(*inputs), "deu", "eng", "swh")
    measured = markers(measure_sentence_information(*inputs), "eng")
    table = report_status(lm, parallel_sentences, sentence_samples, embedded, PARAMETERS, measured)
    assert statuses(table) == {
        ("embeddings", "deu"): "done",
        ("embeddings", "eng"): "done",
        ("embeddings", "swh"): "done",
        ("sentence_information", "deu"): "missing",
        ("sentence_information", "eng"): "done",
        ("sentence_information", "swh"): "missing",
    }
    without = report_status(lm, parallel_sentences, sentence_samples, embedded, PARAMETERS)
    assert set(without["stage"]) == {"embeddings"}


def test_vectors_made_elsewhere_have_a_status(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    array = {"mean": np.ones((1, 2, 3), dtype=np.float32)}
    for language, ids in {"deu": '["0", "1"]', "eng": '["0"]'}.items():
        save_file(array, tmp_path / f"{language}.safetensors", metadata={"sentence_ids": ids})
    (tmp_path / "fra.safetensors").write_bytes(b"cut")
    stored = VectorFolderDataset(filepath=str(tmp_path)).load()
    with caplog.at_level("INFO"):
        table = vector_status_of("mine")(stored, SENTENCES, SAMPLES).set_index("language")
    assert table["status"].to_dict() == {
        "deu": "done",
        "eng": "stale",
        "fra": "missing",
        "swh": "missing",
    }
    assert table["reason"].to_dict()["eng"] == "lacks 1 of 2 sampled sentences, as 1"
    assert "fra.safetensors is no whole safetensors file" in table["reason"].to_dict()["fra"]
    assert set(table["model"]) == {"mine"}
    assert "mine, embeddings: 2 missing" in caplog.text


def test_vectors_without_sentence_ids_are_stale(tmp_path: Path) -> None:
    path = tmp_path / "deu.safetensors"
    save_file({"mean": np.ones((1, 2, 3), dtype=np.float32)}, path)
    open_file: Callable[[], TensorFile] = partial(TensorFile, str(path))
    stored = StoredPartitions[TensorFile]({}, {"deu": {}}, lambda _: open_file())
    table = vector_status_of("mine")(stored, SENTENCES.head(1), SAMPLES)
    assert table["status"].tolist() == ["stale"]
    assert "lack sentence_ids" in table["reason"][0]


@pytest.mark.filterwarnings("ignore:One or more dataset names")
def test_every_kind_of_model_has_a_node() -> None:
    status = create_status_pipeline({"gemma": "causal", "minilm": "encoder", "mine": "vectors"})
    assert "gemma.sentence_information_markers" in status.inputs()
    assert "minilm.sentence_information_markers" not in status.inputs()
    assert "mine.embeddings" in status.inputs()
    assert not {"mine.lm", "mine.embeddings_markers"} & status.inputs()
    assert status.outputs() == {"run_status"}
