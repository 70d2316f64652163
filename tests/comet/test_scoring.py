from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from isogloss.partitions import StoredPartitions
from isogloss.pipelines.tasks.comet_nodes import gather_comet_scores
from isogloss.pipelines.tasks.comet_schemas import CometCache, CometScores
from isogloss.pipelines.tasks.comet_scoring import (
    Scorer,
    add_to_cache,
    hash_triples,
    known_scores,
    score_translations,
)
from isogloss.provenance import sources_of


def translations(*texts: str, language: str = "deu") -> pd.DataFrame:
    ids = [str(row) for row in range(len(texts))]
    return pd.DataFrame(
        {
            "direction": "from_pivot",
            "language": language,
            "sentence_id": ids,
            "source": "same source",
            "reference": "same reference",
            "text": texts,
        }
    )


class Recorder:
    """Scores a triple by the length of its translation, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, triples: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
        for triple in triples.values():
            assert (triple["src"], triple["ref"]) == ("same source", "same reference")
        self.asked += [triple["mt"] for triple in triples.values()]
        return {key: float(len(triple["mt"])) for key, triple in triples.items()}


def test_only_what_is_new_is_scored_and_once() -> None:
    table = translations("one", "three", "one", "known", "", " \n")
    recorder = Recorder()
    scorer = Scorer("s", {hash_triples(table)[3]: 0.5}, recorder)
    scores = score_translations("m", table, {"deu": True}, scorer)
    assert recorder.asked == ["one", "three"]
    assert scores["comet"].tolist() == [3.0, 5.0, 3.0, 0.5, 0.0, 0.0]
    assert scores["triple"].tolist() == hash_triples(table)
    assert CometScores.validate(scores)["covered"].all()


def test_nothing_is_asked_where_all_is_known_or_empty() -> None:
    recorder = Recorder()
    score_translations("m", translations("", " "), {"deu": None}, Scorer("s", {}, recorder))
    assert recorder.asked == []


def test_the_hash_tells_which_text_is_which() -> None:
    table = translations("a", "a", "a")
    table["source"] = ["x", "y", "xa"]
    table["reference"] = ["y", "x", ""]
    table.loc[2, "text"] = ""
    assert len(set(hash_triples(table))) == 3


def test_scores_of_another_signature_are_not_known() -> None:
    cache = pd.DataFrame({"triple": ["t", "u"], "signature": ["old", "new"], "comet": [0.1, 0.2]})
    assert known_scores(cache, "new") == {"u": 0.2}
    assert known_scores(cache.iloc[:0], "new") == {}


def test_the_cache_grows_and_forgets_nothing() -> None:
    empty = pd.DataFrame(columns=["triple", "signature", "comet"])
    scorer = Scorer("s", {}, Recorder())
    first = score_translations("m", translations("one", "two", "one"), {"deu": True}, scorer)
    cache = add_to_cache(empty, first)
    assert len(CometCache.validate(cache)) == 2
    second = score_translations("m", translations("two", "three"), {"deu": True}, scorer)
    grown = add_to_cache(cache, second)
    assert sorted(grown["comet"]) == [3.0, 3.0, 5.0]
    pd.testing.assert_frame_equal(grown.iloc[:2], cache)
    other = add_to_cache(grown, second.assign(signature="t"))
    assert len(CometCache.validate(other)) == 5


@pytest.mark.parametrize("cached", [0, 2])
def test_models_are_gathered_with_what_made_them(cached: int) -> None:
    scorer = Scorer("s", {}, Recorder())
    tables = {
        model: score_translations(model, translations("one", "two"), {"deu": None}, scorer)
        for model in ("a", "b")
    }
    stored = [
        StoredPartitions({"signature": "s"}, {model: {}}, tables.__getitem__) for model in tables
    ]
    known = CometCache.validate(tables["a"][["triple", "signature", "comet"]].iloc[:cached])
    gathered, cache = gather_comet_scores(known, *stored)
    assert gathered["model"].tolist() == ["a", "a", "b", "b"]
    assert len(cache) == 2
    assert sources_of(gathered)["b"] == {"comet_scores": {"signature": "s"}}
    assert CometScores.validate(gathered)["covered"].isna().all()


def test_empty_tables_fit_their_schemas() -> None:
    columns = "model direction language sentence_id triple comet signature covered".split()
    assert CometScores.validate(pd.DataFrame(columns=columns)).empty
    assert CometCache.validate(pd.DataFrame(columns=["triple", "signature", "comet"])).empty
