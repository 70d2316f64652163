from __future__ import annotations

import json

import numpy as np
import pytest

from documentation.shared_words import count_small, hits_of, shared_words
from isogloss.outcomes import StoredOutcomes
from isogloss.tensors import TensorTable

N = 120


@pytest.mark.parametrize(
    ("english", "other", "alike"),
    [
        ("In 1998 it rained.", "1998年に雨が降った", {"1998"}),
        ("Ehud Ur spoke.", "тогда EHUD говорил", {"ehud"}),
        ("It is an idea.", "Es ist an der Zeit", set()),  # words of two letters
        ("in 1998", "in 19 98", set()),
        ("It rained.", "Il pleuvait.", set()),
    ],
)
def test_what_is_written_alike(english: str, other: str, alike: set[str]) -> None:
    assert shared_words([english], [other]) == [alike]


@pytest.mark.parametrize(
    ("english", "shared", "small"),
    [
        ("The site of the Culture", {"site"}, 1),
        ("The site of the Culture", {"site", "culture"}, 0),
        ("The site in 1998", {"site", "1998"}, 0),
        ("The site", set(), 0),
    ],
)
def test_words_that_english_writes_small_are_no_names(
    english: str, shared: set[str], small: int
) -> None:
    assert count_small([english], [shared]) == small


@pytest.mark.parametrize("final_norm", [True, False])
def test_hits_are_averaged_over_inner_layers(final_norm: bool) -> None:
    # Sentence 0 is beaten by nobody in layer 2 and, in layer 1, by as many as make it a hit in
    # some pools of 100; the embeddings (layer 0) do not count.
    beaten = np.zeros((3, 2, N), np.uint16)
    beaten[0] = N - 1
    beaten[1, 1, 0] = 1
    file = TensorTable(
        {"0/beaten": beaten, "0/cosine": np.zeros((3, 2, N), np.float32)},
        {
            "pairs": json.dumps([["deu", "fra"], ["deu", "eng"]]),
            "samples": json.dumps({"0": [str(place) for place in range(N)]}),
            "final_norm": json.dumps(final_norm),
        },
    )
    found = hits_of(StoredOutcomes("mean", file), "deu")
    # Of the 119 others 99 are drawn: the one that beats it stays out in 20 of 119 pools.
    own = 20 / 119
    assert found[0] == pytest.approx(own if final_norm else (own + 1) / 2)
    assert found[1:] == pytest.approx(1.0)
