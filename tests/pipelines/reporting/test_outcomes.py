from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from isogloss.pipelines.reporting.outcomes import OutcomeFile, over_sentences

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from isogloss.tensors import TensorFile


def mexa(cosines: NDArray[np.float64]) -> float:
    """The rule, sentence by sentence."""
    hits = 0
    for i in range(len(cosines)):
        others = [j for j in range(len(cosines)) if j != i]
        hits += cosines[i, i] > max(cosines[i, others].max(), cosines[others, i].max())
    return hits / len(cosines)


def test_scores_are_those_of_the_cosines(
    file: TensorFile, cosines: Callable[[int, str, str], NDArray[np.float64]]
) -> None:
    stored = OutcomeFile(file)
    for layer in (0, 2):
        [(ids, scores)] = stored.read("mexa", layer)
        assert len(ids) == 60
        for row, (one, other) in enumerate(stored.pairs):
            assert scores.outcomes[row].mean() == pytest.approx(mexa(cosines(layer, one, other)))
        [(_, at_60)] = stored.read("mexa_at_60", layer)
        np.testing.assert_array_equal(at_60.outcomes, scores.outcomes)


def test_influences_are_those_of_the_delete_one_jackknife(
    file: TensorFile, cosines: Callable[[int, str, str], NDArray[np.float64]]
) -> None:
    [(_, scores)] = OutcomeFile(file).read("mexa", 1)
    pairs = list(combinations(("deu", "eng", "fra", "swh", "yor"), 2))
    left_out = np.zeros(60)
    for j in range(60):
        keep = np.delete(np.arange(60), j)
        left_out[j] = np.mean([mexa(cosines(1, a, b)[np.ix_(keep, keep)]) for a, b in pairs])
    expected = 59 * (left_out.mean() - left_out)
    np.testing.assert_allclose(scores.averaged().influence[0], expected, atol=1e-12)


def test_metrics_are_those_that_can_be_read(file: TensorFile) -> None:
    metrics = OutcomeFile(file).metrics()
    assert metrics == [
        "mexa",
        "mexa_at_60",
        "auc",
        "cosine",
        "cosine_baseline",
        "retrieval",
        "recall_at_1",
    ]


def test_ranks_are_scaled_by_the_pool(file: TensorFile) -> None:
    [(_, scores)] = OutcomeFile(file).read("retrieval", 2)
    ranks = file.read("0/mid_rank", 2)
    np.testing.assert_allclose(scores.outcomes, 1 - ranks / 300)


def test_a_part_of_the_pairs_can_be_averaged(file: TensorFile) -> None:
    [(_, scores)] = OutcomeFile(file).read("auc", 1)
    part = scores.averaged(np.array([0, 3]))
    np.testing.assert_allclose(part.outcomes[0], scores.outcomes[[0, 3]].mean(axis=0))


def test_one_sample_keeps_its_influences() -> None:
    influence = np.array([[1.0, -1.0, 0.0]])
    np.testing.assert_array_equal(over_sentences([(["a", "b", "c"], influence)]), influence)


def test_the_same_sample_twice_is_no_more_certain() -> None:
    influence = np.array([[1.0, -1.0, 0.0]])
    part = (["a", "b", "c"], influence)
    np.testing.assert_allclose(over_sentences([part, part]), influence)


def test_disjoint_samples_make_one_large_one() -> None:
    one, other = np.array([[1.0, -1.0]]), np.array([[2.0, -2.0]])
    both = over_sentences([(["a", "b"], one), (["c", "d"], other)])
    np.testing.assert_allclose(both, [[1.0, -1.0, 2.0, -2.0]])
