from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from isogloss.pipelines.counting.existing_examples_inference import (
    _label_factor,
    _send_from_lists,
    infer_memberships,
)
from isogloss.pipelines.counting.existing_examples_pairs import read_pairs


class Planted(NamedTuple):
    categories: list[str]
    lists: list[list[str]]
    labels: list[int]
    members: dict[str, set[str]]


def plant(lists_each: int = 25, seed: int = 0) -> Planted:
    """Make lists as the published ones were made: least used words first."""
    generator = np.random.default_rng(seed)
    members = {
        f"c{number}": {f"c{number}w{place}" for place in range(8 + 2 * number)}
        for number in range(12)
    }
    uses = dict.fromkeys((word for words in members.values() for word in words), 0)

    def take(category: str, number: int, taken: set[str]) -> list[str]:
        waiting = sorted(members[category] - taken)
        order = generator.permutation(len(waiting))
        chosen = sorted((waiting[place] for place in order), key=uses.__getitem__)[:number]
        for word in chosen:
            uses[word] += 1
        return chosen

    names = [name for name in members for _ in range(lists_each)]
    categories, lists, labels = [], [], []
    for place in generator.permutation(len(names)):
        category = names[place]
        length = int(generator.integers(5, 13))
        count = int(generator.integers(0, min(6, length) + 1))
        words = take(category, count, set())
        while len(words) < length:
            other = str(generator.choice([name for name in members if name != category]))
            words += take(other, 1, set(words))
        categories.append(category)
        lists.append([words[one] for one in generator.permutation(length)])
        labels.append(count)
    return Planted(categories, lists, labels, members)


def test_planted_memberships_are_found() -> None:
    planted = plant()
    found = infer_memberships(planted.categories, planted.lists, planted.labels, 0.005)
    table = found.memberships
    truth = np.array(
        [
            word in planted.members[category]
            for category, word in zip(table["category"], table["word"], strict=True)
        ]
    )
    likely = table["probability"].to_numpy() > 0.5
    assert (likely & truth).sum() / likely.sum() > 0.99
    assert (likely & truth).sum() / truth.sum() > 0.99
    assert (found.p_wrong > 0.5).sum() == 0
    assert found.counted.tolist() == planted.labels


@pytest.mark.parametrize(("off", "found_at_least"), [(-1, 7), (-2, 8), (2, 5)])
def test_planted_wrong_labels_are_found_and_no_others(off: int, found_at_least: int) -> None:
    planted = plant()
    labels = list(planted.labels)
    spoiled = [
        place
        for place in range(0, 300, 30)
        if 0 <= labels[place] + off <= len(planted.lists[place])
    ]
    for place in spoiled:
        labels[place] += off
    found = infer_memberships(planted.categories, planted.lists, labels, 0.005)
    flagged = np.flatnonzero(found.p_wrong > 0.5)
    assert set(flagged) <= set(spoiled)
    assert len(flagged) >= found_at_least
    assert found.counted[flagged].tolist() == [planted.labels[place] for place in flagged]


def test_label_one_too_high_may_mean_that_another_word_belongs() -> None:
    planted = plant()
    labels = list(planted.labels)
    place = 30
    labels[place] += 1
    found = infer_memberships(planted.categories, planted.lists, labels, 0.005)
    assert 0.01 < found.p_wrong[place] < 0.5
    assert found.p_wrong[place] == found.p_wrong.max()


def test_order_of_lists_does_not_matter() -> None:
    planted = plant(lists_each=6)
    one = infer_memberships(planted.categories, planted.lists, planted.labels, 0.005)
    back = slice(None, None, -1)
    two = infer_memberships(
        planted.categories[back], planted.lists[back], planted.labels[back], 0.005
    )
    np.testing.assert_allclose(one.p_wrong, two.p_wrong[back], atol=1e-9)


def test_messages_of_a_list_are_those_of_all_combinations() -> None:
    lists, labels = [["a", "b", "c"], ["d", "e"]], [2, 0]
    pairs = read_pairs(["x", "y"], lists, labels)
    factor = _label_factor(pairs, 0.1)
    odds = np.array([[0.3, -1.0, 2.0], [0.5, -0.5, 0.0]])
    sent, sums = _send_from_lists(odds, pairs.there, factor)
    p = 1 / (1 + np.exp(-odds))
    for row, words in enumerate(lists):
        n = len(words)
        expected = np.zeros(4)
        for place in range(n):
            told = np.zeros(2)
            for bits in range(2**n):
                chosen = [bool(bits >> one & 1) for one in range(n)]
                weight = np.prod(
                    [p[row, i] if on else 1 - p[row, i] for i, on in enumerate(chosen)]
                )
                expected[sum(chosen)] += weight / n
                own = p[row, place] if chosen[place] else 1 - p[row, place]
                told[int(chosen[place])] += weight / own * factor[row, sum(chosen)]
            assert sent[row, place] == pytest.approx(np.log(told[1] / told[0]))
        np.testing.assert_allclose(sums[row], expected)
    assert factor[1, 3] == 0  # two words have no three members
    assert factor[0].tolist() == pytest.approx([0.03 * 0.4, 0.03, 0.9, 0.03])


def test_case_and_repeats_are_no_new_words() -> None:
    found = infer_memberships(["x", "x"], [["A", "a", "b"], ["a", "c", "d"]], [2, 1], 0.01)
    table = found.memberships.set_index("word")
    assert table.index.tolist() == ["a", "b", "c", "d"]
    assert table["uses"].to_list()[0] == table["uses_in_category"].to_list()[0] == 3
