from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from isogloss.corpora import Sentence
from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.language_models.hidden_states import pool_sentences
from isogloss.pipelines.tasks import item_alignment
from isogloss.pipelines.tasks.item_alignment import (
    OPTIONS,
    OptionReading,
    align_languages,
    compare_options,
    summarise_layers,
)
from tests.language_models.conftest import save_tiny_model
from tests.models import local_model

MARGINS = ["margin", "centred_margin"]
TABLES = {
    "eng": pd.DataFrame(
        {
            "item_id": ["a", "b", "c"],
            "passage": ["The water is cold", "Paris", "house"],
            "question": ["Who sees the bridge", "What is the capital", "How many"],
            "option_1": ["children", "Paris", "1"],
            "option_2": ["old water", "Rome and Paris", "2"],
            "option_3": ["nobody", "Rome and Paris", "3"],
            "option_4": ["the house", "Berlin", "4"],
        }
    ),
    "deu": pd.DataFrame(
        {
            "item_id": ["c", "a", "b"],
            "passage": ["Haus", "Das Wasser ist kalt", "Paris"],
            "question": ["Wie viele", "Wer sieht", "Was ist die Hauptstadt"],
            "option_1": ["1", "Kinder", "Paris "],
            "option_2": ["2", "altes Wasser", "Rom"],
            "option_3": ["3", "niemand", "Rom und Paris"],
            "option_4": ["4", "das Haus", "Berlin"],
        }
    ),
}


@pytest.fixture(scope="module")
def lm(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    folder = tmp_path_factory.mktemp("models")
    path = save_tiny_model("llama", folder / "llama")
    return local_model(path, folder, "llama", exclusive=False)


def _cosine(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    return float(one @ two / np.linalg.norm(one) / np.linalg.norm(two))


def _slowly(one: NDArray[np.float32], two: NDArray[np.float32]) -> tuple[bool, bool, bool]:
    """Compare one item's options [options, hidden] by the definition."""
    pairs = [(i, j) for i in range(len(one)) for j in range(len(one)) if i != j]
    own = [_cosine(one[i], two[i]) for i in range(len(one))]
    aligned = all(own[i] > _cosine(one[i], two[j]) for i, j in pairs)
    back = all(own[i] > _cosine(one[j], two[i]) for i, j in pairs)
    within = [_cosine(each[i], each[j]) for each in (one, two) for i, j in pairs]
    return aligned, back, aligned and min(own) > max(within)


def test_items_are_aligned_as_defined() -> None:
    generator = np.random.default_rng(0)
    pivot = generator.normal(size=(300, 4, 6)).astype(np.float32)
    noise = np.linspace(0.1, 2, 300)[:, None, None]
    vectors = (pivot + noise * generator.normal(size=pivot.shape)).astype(np.float32)
    found = compare_options(vectors, pivot)
    slow = np.array([_slowly(one, two) for one, two in zip(vectors, pivot, strict=True)])
    for column, name in enumerate(("aligned", "aligned_back", "aligned_strict")):
        np.testing.assert_array_equal(found[name], slow[:, column])
        assert 0 < slow[:, column].sum() < 300
    assert (slow[:, 0] != slow[:, 1]).any()


def test_equal_options_are_ties_and_not_aligned() -> None:
    vectors = np.eye(4, 6, dtype=np.float32)[None]
    assert compare_options(vectors, vectors)["aligned_strict"].tolist() == [True]
    vectors[0, 1] = vectors[0, 0]
    found = compare_options(vectors, vectors)
    assert (found["aligned"].tolist(), found["margin"].tolist()) == ([False], [0.0])


def test_random_options_are_aligned_by_chance_alone() -> None:
    generator = np.random.default_rng(1)
    one, two = generator.normal(size=(2, 40_000, 4, 64)).astype(np.float32)
    assert compare_options(one, two)["aligned"].mean() == pytest.approx(1 / 256, rel=0.25)


def test_languages_are_compared_item_by_item_in_every_layer(
    lm: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lm.open() as loaded:
        found = dict(align_languages(loaded, TABLES, "eng", ["deu"]))
        # One item at a time.
        monkeypatch.setattr(item_alignment, "_BYTES", 1)
        blocks = dict(align_languages(loaded, TABLES, "eng", ["deu"]))
        states = {}
        for language, table in TABLES.items():
            item = table.set_index("item_id").loc["a"]
            texts = [f"{item['question']}\n{item[option]}" for option in OPTIONS]
            sentences = [Sentence(language, str(place), text) for place, text in enumerate(texts)]
            pooled = pool_sentences(loaded, sentences, poolings=("mean",))
            states[language] = pooled[language].states["mean"]
        layers = loaded.layers + 1
    table = found["deu"]
    assert table["item_id"].tolist() == ["a", "b", "c"] * layers
    assert table["layer"].tolist() == np.repeat(range(layers), 3).tolist()
    first = table[table["item_id"] == "a"]
    expected = [_slowly(states["deu"][layer], states["eng"][layer]) for layer in range(layers)]
    names = ["aligned", "aligned_back", "aligned_strict"]
    np.testing.assert_array_equal(first[names].to_numpy(bool), expected)
    centred = {language: each - each.mean(axis=1)[:, None] for language, each in states.items()}
    expected = [_slowly(centred["deu"][layer], centred["eng"][layer]) for layer in range(layers)]
    np.testing.assert_array_equal(
        first[[f"centred_{name}" for name in names]].to_numpy(bool), expected
    )
    assert first["aligned"].dtype == np.uint8
    one = table[table["layer"] == 1]
    assert one["untranslated"].tolist() == [0, 2, 4]
    assert one["repeated"].tolist() == [False, True, False]
    assert not table["truncated"].any()
    order = ["layer", "item_id"]
    pd.testing.assert_frame_equal(
        blocks["deu"].sort_values(order, ignore_index=True).drop(columns=MARGINS),
        table.sort_values(order, ignore_index=True).drop(columns=MARGINS),
    )


def test_the_pivot_is_aligned_with_itself(lm: LanguageModel) -> None:
    items = {"eng": TABLES["eng"], "copy": TABLES["eng"]}
    with lm.open() as loaded:
        ((_, table),) = align_languages(loaded, items, "eng", ["copy"])
    table = table[table["item_id"] != "b"]
    assert (table["aligned"] & table["aligned_back"]).all()
    assert (table["untranslated"] == 4).all()


def test_passages_are_read_when_asked_for(lm: LanguageModel) -> None:
    reading = OptionReading(pooling="last", passage=True)
    with lm.open() as loaded:
        plain = dict(align_languages(loaded, TABLES, "eng", ["deu"]))["deu"]
        found = dict(align_languages(loaded, TABLES, "eng", ["deu"], reading=reading))["deu"]
        bare = {language: table.drop(columns="passage") for language, table in TABLES.items()}
        with pytest.raises(Refusal, match="no passage: set passage to false"):
            list(align_languages(loaded, bare, "eng", ["deu"], reading=reading))
        again = dict(
            align_languages(loaded, bare, "eng", ["deu"], reading=replace(reading, passage=False))
        )
    assert not np.allclose(found["margin"], plain["margin"])
    assert not np.allclose(found["margin"], again["deu"]["margin"])


def test_other_items_are_refused(lm: LanguageModel) -> None:
    tables = {"eng": TABLES["eng"], "deu": TABLES["deu"].iloc[:2]}
    with lm.open() as loaded, pytest.raises(Refusal, match="deu.*1 are in one of them.*being b"):
        list(align_languages(loaded, tables, "eng", ["deu"]))


def test_layers_are_summed_up() -> None:
    table = pd.DataFrame(
        {
            "item_id": ["a", "b"] * 5,
            "layer": np.repeat(range(5), 2),
            "aligned": np.array([1, 0, 0, 0, 0, 1, 1, 1, 0, 0], np.uint8),
            "centred_aligned": np.array([1, 1, 1, 0, 1, 0, 1, 1, 0, 0], np.uint8),
            "untranslated": [0, 4] * 5,
            "repeated": [True, False] * 5,
        }
    )
    found = summarise_layers(table, 1, 3)
    assert found["item_id"].tolist() == ["a", "b"]
    np.testing.assert_allclose(found["aligned_range"], [1 / 3, 2 / 3])
    np.testing.assert_allclose(found["aligned_middle"], [0, 1])
    np.testing.assert_allclose(found["centred_range"], [1, 1 / 3])
    np.testing.assert_allclose(found["centred_middle"], [1, 0])
    assert found["untranslated"].tolist() == [0, 4]
    assert found["repeated"].tolist() == [True, False]
    with pytest.raises(Refusal, match=r"no layers 3\.\.6: it has 0\.\.4"):
        summarise_layers(table, 3, 6)
