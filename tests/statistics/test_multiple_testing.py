import numpy as np
import pytest

from isogloss.statistics.multiple_testing import adjust_holm


def test_by_hand() -> None:
    # sorted .005 .01 .03 .04 times 4 3 2 1: .02 .03 .06 .04, and never less than the one before
    assert adjust_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_at_most_one_and_missing_is_no_test() -> None:
    found = adjust_holm([0.9, np.nan, 0.3])
    assert found[[0, 2]] == pytest.approx([0.9, 0.6])
    assert np.isnan(found[1])
    assert adjust_holm([0.7, 0.8]) == pytest.approx([1.0, 1.0])


def test_nothing() -> None:
    assert adjust_holm([]).shape == (0,)
