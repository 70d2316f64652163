"""Agreement of two profiles, one at a time: what the tests of tables compare with."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats


def slow_parts(
    metric: str, own: np.ndarray, group: np.ndarray, others: np.ndarray
) -> dict[str, float]:
    """Give overall, normative and distinctive agreement by scipy and least squares."""
    if metric == "distance":
        near, common = 1 - np.abs(own - group).mean(), 1 - np.abs(own - others).mean()
        return {"overall": near, "normative": common, "distinctive": near - common}
    if metric == "spearman":
        own, group, others = (stats.rankdata(one) for one in (own, group, others))
    design = np.column_stack([np.ones(len(others)), others])
    left = [one - design @ np.linalg.lstsq(design, one, rcond=None)[0] for one in (own, group)]
    return {
        "overall": float(stats.pearsonr(own, group).statistic),
        "normative": float(stats.pearsonr(own, others).statistic),
        "distinctive": float(np.corrcoef(*left)[0, 1]),
    }


def test_the_partial_rank_correlation_of_a_hand_example() -> None:
    # ranks 1 2 3 4, 2 1 4 3 and 1 3 2 4: r = .6, .8 and 0
    own, group, others = np.array([1, 2, 3, 4]), np.array([2, 1, 4, 3]), np.array([1, 3, 2, 4])
    found = slow_parts("spearman", own, group, others)
    assert found["overall"] == pytest.approx(0.6)
    assert found["normative"] == pytest.approx(0.8)
    assert found["distinctive"] == pytest.approx(0.6 / np.sqrt(1 - 0.64))
