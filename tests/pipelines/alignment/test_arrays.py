from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file

from isogloss.alignment_schemas import Alignment
from isogloss.pipelines.alignment import nodes
from isogloss.pipelines.alignment.arrays import align_arrays, measure_arrays
from isogloss.pipelines.alignment.embeddings import EmbeddingError
from isogloss.pipelines.alignment.parameters import AlignmentParameters
from isogloss.pipelines.alignment.summary import summarise
from isogloss.pipelines.alignment.tables import retrieval_table
from isogloss.tensors import TensorFile, TensorTable
from tests.pipelines.alignment.conftest import SaveEmbeddings, SaveOutcomes, make_vectors

LANGUAGES = ["swh", "deu", "eng"]
LAYERS, N = 3, 12
STACKED = np.stack([make_vectors(len(LANGUAGES), N, 10, seed=layer) for layer in range(LAYERS)])
VECTORS = {
    language: np.ascontiguousarray(STACKED[:, place]) for place, language in enumerate(LANGUAGES)
}
IDS = [f"s{row}" for row in range(N)]
PARAMETERS = AlignmentParameters(pool_sizes=(6, 60), threads=1)


def test_tables_are_those_of_the_nodes(
    save_embeddings: SaveEmbeddings, save_outcomes: SaveOutcomes
) -> None:
    embeddings = save_embeddings({language: {"mean": own} for language, own in VECTORS.items()})
    sentences = pd.DataFrame(
        [
            {"language": language, "sentence_id": identifier, "text": identifier}
            for language in LANGUAGES
            for identifier in IDS
        ]
    )
    samples = pd.DataFrame({"sample": 0, "sentence_id": IDS})
    made = nodes.measure_alignment(embeddings, sentences, samples, "eng", PARAMETERS)
    stored = save_outcomes(made)
    own = align_arrays(VECTORS, IDS, parameters=PARAMETERS, model="m")
    pd.testing.assert_frame_equal(own, nodes.tabulate_alignment(stored, "m", "eng", PARAMETERS))
    outcomes = measure_arrays(VECTORS, IDS, parameters=PARAMETERS)
    pd.testing.assert_frame_equal(
        summarise("m", [outcomes], PARAMETERS),
        nodes.summarize_alignment(stored, "m", "eng", PARAMETERS),
    )
    pd.testing.assert_frame_equal(
        retrieval_table("m", [outcomes]),
        nodes.tabulate_retrieval_statistics(stored, "m", "eng", PARAMETERS),
    )


def test_defaults_give_a_table_that_the_schema_takes() -> None:
    table = align_arrays(VECTORS)
    Alignment.validate(table)
    assert len(table) == LAYERS * 3
    assert (table["language_a"] < table["language_b"]).all()
    assert set(table["n"]) == {N}
    # Sentences without given ids are numbered: the values do not depend on the names.
    pd.testing.assert_frame_equal(table, align_arrays(VECTORS, IDS))


def test_other_types_of_numbers_are_taken() -> None:
    doubled = {language: own.astype(np.float64) for language, own in VECTORS.items()}
    pd.testing.assert_frame_equal(align_arrays(doubled), align_arrays(VECTORS))
    lists = {language: own.tolist() for language, own in VECTORS.items()}
    pd.testing.assert_frame_equal(align_arrays(lists), align_arrays(VECTORS))


def test_tensors_are_taken() -> None:
    tensors = {
        language: torch.from_numpy(own).to(torch.bfloat16).requires_grad_()
        for language, own in VECTORS.items()
    }
    rounded = {language: own.detach().float().numpy() for language, own in tensors.items()}
    expected = align_arrays(rounded)
    pd.testing.assert_frame_equal(align_arrays(tensors), expected)
    layers = {language: list(own) for language, own in tensors.items()}
    pd.testing.assert_frame_equal(align_arrays(layers), expected)


def test_the_pivot_is_compared_with_the_others_alone() -> None:
    pivoted = AlignmentParameters(mode="pivot")
    table = align_arrays(VECTORS, pivot="deu", parameters=pivoted)
    assert set(table["language_a"] + "-" + table["language_b"]) == {"deu-eng", "deu-swh"}
    with pytest.raises(EmbeddingError, match="pivot 'fra' has no embeddings"):
        align_arrays(VECTORS, pivot="fra", parameters=pivoted)


@pytest.mark.parametrize(
    ("changed", "ids", "message"),
    [
        ({"deu": VECTORS["deu"][:, 1:]}, None, "differ in 1 sentence ids"),
        ({"deu": VECTORS["deu"][:2]}, None, "come from different models"),
        (
            {"deu": VECTORS["deu"][0]},
            None,
            r"'deu' have the shape \[12, 10\] and the type float32; they must be numbers "
            r"\[layers, sentences, hidden\]\. Of a single layer give array\[None\]\.$",
        ),
        ({"deu": VECTORS["deu"][0, 0]}, None, r"must be numbers \[layers, sentences, hidden\]\.$"),
        ({"deu": VECTORS["deu"].astype(str)}, None, "the type <U32; they must be numbers"),
        ({"deu": [[[1.0], [1.0, 2.0]]]}, None, "'deu' are no array .*inhomogeneous"),
        ({"deu": [VECTORS["deu"][0], VECTORS["deu"][1, 1:]]}, None, "'deu' are no array"),
        ({}, IDS[1:], "have shape .3, 12, 10. and 11 different sentence_ids"),
        ({"deu": VECTORS["deu"] * np.nan}, None, r"holds NaN or infinity, .*\(12 of 12 sent"),
        ({"deu": VECTORS["deu"] * 0}, None, r"sentence '0' in language 'deu', layer 0, is zero"),
    ],
)
def test_arrays_that_are_not_parallel_are_refused(
    changed: dict[str, np.ndarray], ids: list[str] | None, message: str
) -> None:
    with pytest.raises(EmbeddingError, match=message):
        align_arrays({**VECTORS, **changed}, ids)


def test_one_language_is_refused() -> None:
    with pytest.raises(EmbeddingError, match="there are embeddings of .'eng'. only"):
        align_arrays({"eng": VECTORS["eng"]})


def test_arrays_in_memory_are_read_like_a_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("tensors") / "t.safetensors"
    table = TensorTable({"b": VECTORS["eng"], "a": VECTORS["deu"]}, {"model": "m"})
    save_file(dict(table.tensors), path, metadata=dict(table.metadata))
    file = TensorFile(str(path))
    assert table.names() == file.names() == ["a", "b"]
    assert table.shape("b") == file.shape("b") == (LAYERS, N, 10)
    assert dict(table.metadata) == file.metadata
    for index in (None, 1, slice(0, 2)):
        np.testing.assert_array_equal(table.read("b", index), file.read("b", index))
