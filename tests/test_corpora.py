from __future__ import annotations

import pandas as pd
import pytest

from isogloss.corpora import select_sentences, text_fingerprint
from tests.sentences import tabulate_sentences

TEXTS = {
    "eng": ["the water is cold", "people read letters", "the capital of France is"],
    "deu": ["das Wasser ist kalt", "Leute lesen Briefe", "die Hauptstadt von Frankreich"],
    "swh": ["maji ni baridi", "watu wanasoma barua", "mji mkuu wa Ufaransa"],
}


@pytest.fixture
def parallel_sentences() -> pd.DataFrame:
    return tabulate_sentences(TEXTS, first=9)


@pytest.fixture
def sentence_samples() -> pd.DataFrame:
    return pd.DataFrame({"sample": [0, 0, 1, 1], "sentence_id": ["10", "9", "10", "11"]})


def test_sentences_of_several_samples_come_once_in_order_of_their_ids(
    parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    shuffled = parallel_sentences.sample(frac=1, random_state=3)
    corpus = select_sentences(shuffled, sentence_samples)
    assert list(corpus) == ["deu", "eng", "swh"]
    assert [sentence.sentence_id for sentence in corpus["swh"]] == ["9", "10", "11"]
    assert corpus["eng"][0].text == "the water is cold"
    assert corpus == select_sentences(parallel_sentences, sentence_samples)


def test_sentences_outside_all_samples_are_left_out(parallel_sentences: pd.DataFrame) -> None:
    samples = pd.DataFrame({"sample": [0], "sentence_id": ["10"]})
    assert [len(group) for group in select_sentences(parallel_sentences, samples).values()] == [
        1,
        1,
        1,
    ]


def test_a_missing_or_repeated_sentence_is_refused(
    parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    with pytest.raises(ValueError, match="lacks 1 sampled sentences of swh, the first being 11"):
        select_sentences(parallel_sentences.iloc[:-1], sentence_samples)
    twice = pd.concat([parallel_sentences, parallel_sentences.iloc[:1]])
    with pytest.raises(ValueError, match="eng more than once"):
        select_sentences(twice, sentence_samples)
    with pytest.raises(ValueError, match="no sampled sentence of deu, eng, swh"):
        select_sentences(parallel_sentences, sentence_samples.assign(sentence_id="nothing"))


def test_the_fingerprint_of_texts_changes_with_any_of_them(
    parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    before = select_sentences(parallel_sentences, sentence_samples)["eng"]
    changed = parallel_sentences.replace("the water is cold", "the water is warm")
    after = select_sentences(changed, sentence_samples)["eng"]
    assert text_fingerprint(before) == text_fingerprint(list(before))
    assert text_fingerprint(before) != text_fingerprint(after)
