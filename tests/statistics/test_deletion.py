from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from isogloss.statistics.deletion import deletion_error, deletion_weights, split_deletion
from isogloss.statistics.profile_agreement import average_similarity


def test_weights_leave_out_one_unit_or_one_cluster_at_a_time() -> None:
    assert deletion_weights(np.arange(3)).tolist() == [[1, 1, 1], [0, 1, 1], [1, 0, 1], [1, 1, 0]]
    assert deletion_weights(["b", "a", "b"]).tolist() == [[1, 1, 1], [1, 0, 1], [0, 1, 0]]


def test_the_error_of_a_mean_is_the_classical_one() -> None:
    values = np.random.default_rng(0).random(17)
    estimates = average_similarity(values[None, None], None, deletion_weights(np.arange(17)))
    found = split_deletion(estimates.overall[:, 0, 0])
    assert found.found == pytest.approx(values.mean())
    assert deletion_error(found.without) == pytest.approx(stats.sem(values))


def test_the_error_over_clusters_of_equal_size_is_that_of_their_means() -> None:
    values = np.random.default_rng(1).random((6, 4))
    clusters = np.repeat(np.arange(6), 4)
    estimates = average_similarity(values.ravel()[None, None], None, deletion_weights(clusters))
    found = split_deletion(estimates.overall[:, 0, 0])
    assert deletion_error(found.without) == pytest.approx(stats.sem(values.mean(axis=1)))


def test_a_score_that_is_undefined_without_a_unit_has_no_error() -> None:
    assert np.isnan(deletion_error(np.array([0.1, np.nan, 0.3])))
