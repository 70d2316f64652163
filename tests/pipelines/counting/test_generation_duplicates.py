from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.counting.generation_duplicates import NearDuplicates, jaccard


def test_jaccard_is_the_share_of_common_words() -> None:
    assert jaccard(["a", "b", "c"], ["b", "c", "d", "e"]) == 2 / 5
    assert jaccard(["a", "a", "b"], ["b", "a"]) == 1
    assert jaccard([], []) == 0


@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.29, 0.3, 0.5, 0.57, 0.6, 0.8, 1.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_index_finds_what_comparing_all_pairs_finds(threshold: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    words = [f"w{number}" for number in range(14)]
    lists = [
        [words[place] for place in generator.permutation(14)[: generator.integers(1, 11)]]
        for _ in range(300)
    ]
    uses = {word: sum(word in one for one in lists) for word in words}
    index: NearDuplicates[int, str] = NearDuplicates(threshold, uses if seed else None)
    hits = 0
    for number, own in enumerate(lists):
        close = [other for other in range(number) if jaccard(own, lists[other]) > threshold]
        assert index.find(own) == (close[0] if close else None)
        hits += bool(close)
        index.add(number, own)
    assert hits or threshold == 1


def test_few_lists_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def count(one: object, two: object) -> float:
        nonlocal compared
        compared += 1
        return 0.0

    monkeypatch.setattr("isogloss.pipelines.counting.generation_duplicates.jaccard", count)
    generator = np.random.default_rng(0)
    index: NearDuplicates[int, int] = NearDuplicates(0.5)
    for number in range(1000):
        words = generator.choice(500, 8, replace=False).tolist()
        index.find(words)
        index.add(number, words)
    assert compared < 0.1 * 1000 * 999 / 2
