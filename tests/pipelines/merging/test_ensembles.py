from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.merging.ensembles import vote

# four classifiers, four items, three classes
CHOICES = np.array([[0, 0, 0, 2], [0, 1, 1, 2], [1, 1, 2, 2], [1, 2, 2, 2]])
SURE = np.array([1.0, 4.0, 1.0, 1.0])
LOGITS = np.eye(3)[CHOICES] * SURE[:, None, None]
EVEN = np.full(4, 0.25)


def test_majority_breaks_ties_by_probability() -> None:
    # item 0: 0 0 1 1, the second is surer of 0; item 1: 0 1 1 2; item 2: 0 1 2 2
    assert vote(LOGITS, EVEN, "majority").tolist() == [0, 1, 2, 2]


def test_heads_count_whatever_the_weight() -> None:
    weights = np.array([0.7, 0.1, 0.1, 0.1])
    assert vote(LOGITS, weights, "majority").tolist() == [0, 1, 2, 2]
    assert vote(LOGITS, weights, "weighted").tolist() == [0, 0, 0, 2]


def test_who_has_no_weight_has_no_vote() -> None:
    weights = np.array([0.0, 0.0, 0.5, 0.5])
    for kind in ("majority", "weighted", "soft"):
        assert vote(LOGITS, weights, kind)[[0, 2, 3]].tolist() == [1, 2, 2]


def test_soft_votes_are_mean_probabilities() -> None:
    generator = np.random.default_rng(0)
    logits, weights = generator.normal(size=(5, 40, 7)), generator.random(5)
    exponents = np.exp(logits)
    probabilities = exponents / exponents.sum(axis=-1, keepdims=True)
    expected = []
    for item in range(40):
        scores = [sum(weights * probabilities[:, item, one]) for one in range(7)]
        expected.append(scores.index(max(scores)))
    assert vote(logits, weights, "soft").tolist() == expected


def test_votes_that_are_equal_but_for_rounding_are_ties() -> None:
    logits = np.eye(2)[[[0], [0], [0], [1]]] * np.array([0.1, 0.1, 0.1, 9.0])[:, None, None]
    weights = np.array([0.1, 0.1, 0.1, 0.3])  # 0.1 + 0.1 + 0.1 != 0.3 in floating point
    assert vote(logits, weights, "weighted").tolist() == [1]


@pytest.mark.parametrize("weights", [[0.0, 0.0, 0.0, 0.0], [0.5, 0.6, -0.1, 0.0]])
def test_weights_without_votes(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="not negative, not all zero"):
        vote(LOGITS, np.array(weights), "soft")
