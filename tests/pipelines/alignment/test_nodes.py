from __future__ import annotations

import dataclasses
import inspect
import typing

import numpy as np
import pandas as pd
import pytest

from isogloss.corpora import select_sentences, text_fingerprint
from isogloss.partitions import PartitionError, StoredPartitions, changed_keys
from isogloss.pipelines.alignment import nodes
from isogloss.pipelines.alignment.embeddings import EmbeddingError
from isogloss.pipelines.alignment.parameters import AlignmentParameters
from isogloss.tensors import TensorFile
from tests.pipelines.alignment import reference
from tests.pipelines.alignment.conftest import SaveEmbeddings, SaveOutcomes, make_vectors

LANGUAGES = ["deu", "eng", "swh", "zho_simpl"]
LAYERS, N = 4, 14
VECTORS = np.stack([make_vectors(len(LANGUAGES), N, 12, seed=layer) for layer in range(LAYERS)])
SAMPLES = pd.DataFrame(
    {
        "sample": [0] * 12 + [1] * 10,
        "sentence_id": [f"s{row}" for row in [*range(12), *range(13, 3, -1)]],
    }
)
SENTENCES = pd.DataFrame(
    [
        {"language": language, "sentence_id": f"s{row}", "text": f"{row} in {language}"}
        for language in LANGUAGES
        for row in range(N)
    ]
)
KEY = ["pooling", "sample", "layer", "language_a", "language_b"]


@pytest.fixture
def embeddings(save_embeddings: SaveEmbeddings) -> StoredPartitions[TensorFile]:
    return save_embeddings(
        {
            language: {
                "mean": np.ascontiguousarray(VECTORS[:, position]),
                "last": np.ascontiguousarray(VECTORS[::-1, position]),
            }
            for position, language in enumerate(LANGUAGES)
        }
    )


@pytest.fixture
def table(
    embeddings: StoredPartitions[TensorFile], save_outcomes: SaveOutcomes
) -> typing.Callable[..., pd.DataFrame]:
    def make(
        function: typing.Any = nodes.tabulate_alignment, **settings: typing.Any
    ) -> pd.DataFrame:
        parameters = AlignmentParameters(**{"pool_sizes": (6, 60), "threads": 2, **settings})
        made = nodes.measure_alignment(embeddings, SENTENCES, SAMPLES, "eng", parameters)
        found: pd.DataFrame = function(save_outcomes(made), "tiny", "eng", parameters)
        return found

    return make


def test_one_row_a_pair_with_the_contract_s_columns(
    table: typing.Callable[..., pd.DataFrame],
) -> None:
    found = table()
    assert len(found) == 2 * 2 * LAYERS * 6
    assert not found.duplicated(KEY).any()
    assert (found["language_a"] < found["language_b"]).all()
    scores = ["cosine", "cosine_baseline", "cosine_centered", "contrast", "cka"]
    scores += ["retrieval_rank_score", "retrieval_normalized", "recall_at_1_ab", "recall_at_1_ba"]
    scores += ["mexa", "mexa_at_6", "mexa_at_60", "auc", "mexa_csls"]
    limits = [f"{score}_ci_{end}" for score in scores for end in ("low", "high")]
    floors = ["mexa_floor", "mexa_at_6_floor", "mexa_at_60_floor"]
    expected = {"model", *KEY, "n", "n_pool", "n_ranked", "chance", *floors, *scores, *limits}
    assert set(found.columns) == expected
    assert set(zip(found["sample"], found["n_pool"], found["n_ranked"], strict=True)) == {
        (0, 12, 47),
        (1, 10, 39),
    }
    assert (found["n_pool"] == found["n"]).all()
    assert found["mexa_at_60"].isna().all()
    for score in set(scores) - {"mexa_at_60"}:
        assert (found[f"{score}_ci_low"] <= found[score]).all(), score
        assert (found[score] <= found[f"{score}_ci_high"]).all(), score


def test_values_are_those_of_the_sample_s_sentences(
    table: typing.Callable[..., pd.DataFrame],
) -> None:
    found = table().set_index(KEY)
    rows = list(range(13, 3, -1))
    similarity = reference.cosines(VECTORS[2, 0, rows], VECTORS[2, 3, rows])
    row = found.xs(("mean", 1, 2, "deu", "zho_simpl"))
    assert row["cosine"] == pytest.approx(np.diag(similarity).mean(), abs=1e-6)
    assert row["mexa"] == reference.mexa(similarity)
    assert row["auc"] == pytest.approx(reference.auc(similarity), abs=1e-6)
    turned = found.xs(("last", 1, 1, "deu", "zho_simpl"))
    assert turned["cosine"] == row["cosine"]


def test_pivot_mode_equals_all_pairs_where_both_are_defined(
    table: typing.Callable[..., pd.DataFrame],
) -> None:
    for settings in ({}, {"standardise": True}, {"centering": "language"}):
        everything = table(**settings)
        with_pivot = table(mode="pivot", **settings)
        assert set(with_pivot["language_a"] + "-" + with_pivot["language_b"]) == {
            "deu-eng",
            "eng-swh",
            "eng-zho_simpl",
        }
        both = with_pivot.merge(everything, on=KEY, suffixes=("", "_all"))
        assert len(both) == len(with_pivot)
        for column in with_pivot.columns.drop([*KEY, "model", "n_ranked"]):
            if column.startswith("retrieval"):
                assert both[column].isna().all()
            else:
                np.testing.assert_allclose(
                    both[column], both[f"{column}_all"], rtol=2e-4, atol=1e-5, err_msg=column
                )


def test_settings_change_what_they_should(table: typing.Callable[..., pd.DataFrame]) -> None:
    plain, standard = table(), table(standardise=True)
    assert standard["cosine"].mean() < plain["cosine"].mean() - 0.1
    assert table(centering="language")["cosine_baseline"].abs().mean() < 0.2
    np.testing.assert_allclose(
        plain["cosine_centered"], table(centering="language")["cosine"], atol=1e-6
    )


def test_retrieval_statistics(table: typing.Callable[..., pd.DataFrame]) -> None:
    found = table(nodes.tabulate_retrieval_statistics)
    assert len(found) == 2 * 2 * LAYERS
    first = found.iloc[0]
    assert first["n"] == 48
    assert first["same_language_share_chance"] == pytest.approx(11 / 47)
    assert first["same_text_share_chance"] == pytest.approx(3 / 47)
    assert first["same_text_rank_chance"] == 24
    assert (found["same_text_rank"] < found["same_text_rank_chance"]).all()
    everything = table()
    # Every translation is ranked from both sides: the mean over pairs is the mean over queries.
    mean_score = everything.groupby(["pooling", "sample", "layer"])["retrieval_rank_score"].mean()
    size = found["n"].to_numpy()
    np.testing.assert_allclose(
        1 - found.set_index(["pooling", "sample", "layer"])["same_text_rank"] / size, mean_score
    )
    empty = table(nodes.tabulate_retrieval_statistics, mode="pivot")
    assert len(empty) == 0
    assert list(empty.columns) == list(found.columns)


def test_fingerprint_names_everything_that_matters(
    embeddings: StoredPartitions[TensorFile],
) -> None:
    def fingerprint(
        samples: pd.DataFrame = SAMPLES, pivot: str = "eng", **settings: object
    ) -> object:
        parameters = AlignmentParameters.model_validate(settings)
        return nodes.measure_alignment(
            embeddings, SENTENCES, samples, pivot, parameters
        ).fingerprint

    default = fingerprint()
    assert fingerprint(pivot="deu", threads=1, top_n=3, layer_range="all") == default
    assert fingerprint(SAMPLES[::-1]) != default
    assert fingerprint(csls_neighbours=2) != default
    assert fingerprint(pivot="deu", mode="pivot") != fingerprint(pivot="eng", mode="pivot")
    assert typing.cast("dict[str, object]", default)["embeddings"] == {"model": "m"}


def test_the_language_that_was_embedded_anew_is_named(
    embeddings: StoredPartitions[TensorFile],
) -> None:
    items = {**embeddings.item_fingerprints, "deu": {"text": "other"}}
    old, new = (
        nodes.measure_alignment(
            stored, SENTENCES, SAMPLES, "eng", AlignmentParameters()
        ).fingerprint
        for stored in (embeddings, dataclasses.replace(embeddings, item_fingerprints=items))
    )
    assert changed_keys(old, new) == ["embedded_languages.deu.text: 'deu' -> 'other'"]


def test_partitions_are_the_poolings_that_all_languages_have(
    embeddings: StoredPartitions[TensorFile],
) -> None:
    made = nodes.measure_alignment(embeddings, SENTENCES, SAMPLES, "eng", AlignmentParameters())
    assert list(made.items) == ["last", "mean"]
    one = nodes.measure_alignment(
        embeddings, SENTENCES, SAMPLES, "eng", AlignmentParameters(poolings=("mean",))
    )
    assert list(one.items) == ["mean"]


def test_outcomes_made_otherwise_are_refused(
    embeddings: StoredPartitions[TensorFile], save_outcomes: SaveOutcomes
) -> None:
    made = nodes.measure_alignment(embeddings, SENTENCES, SAMPLES, "eng", AlignmentParameters())
    stored = save_outcomes(made)
    other = AlignmentParameters(csls_neighbours=7)
    with pytest.raises(PartitionError, match="csls_neighbours: 4 -> 7"):
        nodes.summarize_alignment(stored, "tiny", "eng", other)


@pytest.mark.parametrize(
    ("samples", "pivot", "message"),
    [
        (SAMPLES.assign(sentence_id="other"), "eng", "lack 12 of the 12 sentences"),
        (SAMPLES.iloc[:1], "eng", "Sample 0 has 1 sentence"),
        (SAMPLES, "fra", "pivot 'fra' has no embeddings"),
    ],
)
def test_bad_input_is_refused(
    embeddings: StoredPartitions[TensorFile], samples: pd.DataFrame, pivot: str, message: str
) -> None:
    made = nodes.measure_alignment(
        embeddings, SENTENCES, samples, pivot, AlignmentParameters(mode="pivot")
    )
    with pytest.raises(EmbeddingError, match=message):
        list(made.compute(["mean"]))


def test_a_pooling_that_is_not_there_is_named(
    embeddings: StoredPartitions[TensorFile], save_outcomes: SaveOutcomes
) -> None:
    stored = save_outcomes(
        nodes.measure_alignment(
            embeddings, SENTENCES, SAMPLES, "eng", AlignmentParameters(poolings=("mean",))
        )
    )
    with pytest.raises(EmbeddingError, match="no pooling 'last', only mean"):
        nodes.summarize_alignment(stored, "m", "eng", AlignmentParameters(poolings=("last",)))


def with_texts(
    embeddings: StoredPartitions[TensorFile], sentences: pd.DataFrame
) -> StoredPartitions[TensorFile]:
    texts = select_sentences(sentences, SAMPLES)
    items = {language: text_fingerprint(own) for language, own in texts.items()}
    return dataclasses.replace(embeddings, item_fingerprints=items)


def test_embeddings_of_other_texts_are_refused(embeddings: StoredPartitions[TensorFile]) -> None:
    parameters = AlignmentParameters()
    same = with_texts(embeddings, SENTENCES)
    assert nodes.measure_alignment(same, SENTENCES, SAMPLES, "eng", parameters).items
    changed = SENTENCES.copy()
    changed.loc[changed["language"] == "swh", "text"] += "!"
    with pytest.raises(EmbeddingError, match="The embeddings of swh are missing or were made from"):
        nodes.measure_alignment(same, changed, SAMPLES, "eng", parameters)
    fewer = SENTENCES[SENTENCES["language"] != "deu"]
    with pytest.raises(EmbeddingError, match="The embeddings of deu are"):
        nodes.measure_alignment(
            with_texts(embeddings, fewer), SENTENCES, SAMPLES, "eng", parameters
        )


def test_languages_without_vectors_of_their_own_are_named(
    embeddings: StoredPartitions[TensorFile], caplog: pytest.LogCaptureFixture
) -> None:
    more = pd.concat([SENTENCES, SENTENCES.assign(language="yor")])
    nodes.measure_alignment(embeddings, more, SAMPLES, "eng", AlignmentParameters())
    assert "No vectors of yor: these languages of the corpus are left out." in caplog.text


def test_models_are_stacked() -> None:
    one, two = pd.DataFrame({"model": ["a"]}), pd.DataFrame({"model": ["b"]})
    assert list(nodes.collect_alignment_summaries(one, two)["model"]) == ["a", "b"]


def test_annotations_resolve_as_kedro_reads_them() -> None:
    named = nodes.for_model(nodes.tabulate_alignment, "tiny")
    assert named.__name__ == "tabulate_alignment"
    assert list(inspect.signature(named).parameters) == ["outcomes", "pivot", "parameters"]
    for function in (named, nodes.measure_alignment, nodes.rank_language_pairs):
        assert typing.get_type_hints(function)["parameters"] is AlignmentParameters
