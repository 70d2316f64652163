from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from isogloss.statistics.places import least_p, probability_of_sum


@pytest.mark.parametrize(("n", "largest"), [(1, 3), (3, 2), (4, 5)])
def test_the_distribution_of_sums(n: int, largest: int) -> None:
    sums = [sum(draw) for draw in product(range(largest + 1), repeat=n)]
    for total in range(n * largest + 1):
        expected = np.mean([one <= total for one in sums])
        assert probability_of_sum(total, n, largest) == pytest.approx(expected)


def test_the_smallest_p_is_that_of_translations_that_are_all_right() -> None:
    assert least_p(4) == pytest.approx(4.0**-4)
    assert least_p(20) == pytest.approx(6.0**-20)
    assert least_p(1) == 1.0
