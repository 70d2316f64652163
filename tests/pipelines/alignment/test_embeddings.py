from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from isogloss.partitions import StoredPartitions
from isogloss.pipelines.alignment.embeddings import (
    EmbeddingError,
    open_embeddings,
    stored_poolings,
)
from isogloss.tensors import TensorFile

IDS = ["a", "b", "c"]


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.languages: list[str] = []

    def add(
        self,
        language: str,
        values: np.ndarray,
        ids: list[str] | None = IDS,
        pooling: str = "mean",
    ) -> None:
        metadata = None if ids is None else {"sentence_ids": json.dumps(ids)}
        save_file({pooling: values}, self.path / f"{language}.safetensors", metadata=metadata)
        self.languages.append(language)

    def stored(self) -> StoredPartitions[TensorFile]:
        return StoredPartitions(
            {},
            {language: {} for language in self.languages},
            lambda name: TensorFile(str(self.path / f"{name}.safetensors")),
        )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.add("fra", np.arange(1, 25, dtype=np.float32).reshape(2, 3, 4))
    return made


def test_vectors_are_read_by_layer_and_in_the_order_of_the_sample(folder: Folder) -> None:
    folder.add("deu", np.ones((2, 3, 4), np.float16), ["c", "b", "a"])
    opened = open_embeddings(folder.stored(), "mean")
    assert opened.languages == ["deu", "fra"]
    assert (opened.layers, opened.hidden) == (2, 4)
    np.testing.assert_array_equal(
        opened.read("fra", 1, ["c", "a"]), [[21, 22, 23, 24], [13, 14, 15, 16]]
    )
    assert opened.read("deu", 0, ["a"]).dtype == np.float32
    assert stored_poolings(folder.stored()) == ["mean"]


def test_ids_decide_the_rows(folder: Folder) -> None:
    folder.add("deu", np.arange(1, 25, dtype=np.float32).reshape(2, 3, 4), ["c", "b", "a"])
    opened = open_embeddings(folder.stored(), "mean")
    np.testing.assert_array_equal(opened.read("deu", 0, IDS), opened.read("fra", 0, IDS)[::-1])


@pytest.mark.parametrize(
    ("values", "ids", "pooling", "message"),
    [
        (np.ones((2, 3, 4)), None, "mean", r"'deu' do not say .*metadata=\{'sentence_ids'"),
        (np.ones((2, 3, 4)), ["a", "b"], "mean", r"'deu' have shape \[2, 3, 4\] and 2 different"),
        (np.ones((2, 3, 4)), ["a", "b", "b"], "mean", "2 different sentence_ids"),
        (np.ones((3, 4)), IDS, "mean", r"must be \[layers\+1, sentences, hidden\]"),
        (np.ones((2, 3, 4)), IDS, "last", "'deu' hold no array 'mean', only"),
        (np.ones((3, 3, 4)), IDS, "mean", "'fra' have 2 layers of size 4, those of 'deu' 3"),
        (np.ones((2, 3, 5)), IDS, "mean", "'fra' have 2 layers of size 4, those of 'deu' 2"),
        (np.ones((2, 3, 4)), ["a", "b", "z"], "mean", "'fra' and 'deu' differ in 2 sentence ids"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    folder: Folder, values: np.ndarray, ids: list[str] | None, pooling: str, message: str
) -> None:
    folder.add("deu", values.astype(np.float32), ids, pooling)
    with pytest.raises(EmbeddingError, match=message):
        open_embeddings(folder.stored(), "mean")


def test_one_language_is_refused(folder: Folder) -> None:
    with pytest.raises(EmbeddingError, match=r"embeddings of \['fra'\] only"):
        open_embeddings(folder.stored(), "mean")


@pytest.mark.parametrize("value", [0, np.nan, np.inf])
def test_vectors_without_a_direction_are_refused(folder: Folder, value: float) -> None:
    values = np.ones((2, 3, 4), np.float32)
    values[1, 2] = value
    folder.add("deu", values)
    opened = open_embeddings(folder.stored(), "mean")
    opened.read("deu", 0, IDS)
    with pytest.raises(
        EmbeddingError, match="mean vector of sentence 'c' in language 'deu', layer 1"
    ):
        opened.read("deu", 1, IDS)


def test_a_sample_must_have_been_embedded(folder: Folder) -> None:
    folder.add("deu", np.ones((2, 3, 4), np.float32))
    opened = open_embeddings(folder.stored(), "mean")
    opened.require(["a", "c"])
    with pytest.raises(
        EmbeddingError, match=r"'deu' lack 1 of the 2 .* example 'x'; theirs are 'a', 'b', 'c'"
    ):
        opened.require(["a", "x"])
