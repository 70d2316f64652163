from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from isogloss.statistics.needed_correlation import needed_r, needed_rho

NEEDED = {5: (0.88, 0.95), 7: (0.75, 0.86), 11: (0.60, 0.72), 15: (0.51, 0.63),
          30: (0.36, 0.45), 50: (0.28, 0.35), 100: (0.20, 0.25)}  # fmt: skip


@pytest.mark.parametrize("n", NEEDED)
def test_table_of_the_methods_page(n: int) -> None:
    assert needed_r(n, 0.05) == pytest.approx(NEEDED[n][0], abs=0.005)
    assert needed_r(n, 0.0125) == pytest.approx(NEEDED[n][1], abs=0.0051)


@pytest.mark.parametrize(("n", "level"), [(5, 0.05), (6, 0.05), (6, 0.01), (7, 0.0125)])
def test_ranks_by_brute_force(n: int, level: float) -> None:
    rhos = np.array([stats.spearmanr(range(n), order)[0] for order in permutations(range(n))])
    passing = [rho for rho in np.abs(rhos) if (np.abs(rhos) >= rho - 1e-9).mean() <= level + 1e-12]
    assert needed_rho(n, level) == pytest.approx(min(passing))


def test_few_languages_can_never_pass() -> None:
    # The smallest p is 2/4! = .083 with four, 2/5! = .017 with five.
    assert np.isnan(needed_rho(4, 0.05))
    assert needed_rho(5, 0.05) == pytest.approx(1)
    assert np.isnan(needed_rho(5, 0.0125))
    assert np.isnan(needed_rho(2, 0.05))
    assert np.isnan(needed_r(2, 0.05))
    assert needed_rho(11, 0.05) == needed_r(11, 0.05)
