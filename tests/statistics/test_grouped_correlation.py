from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from isogloss.statistics import profile_agreement
from isogloss.statistics.grouped_correlation import grouped_spearman, paired_correlation

GENERATOR = np.random.default_rng(12)
N = 60
CELLS = np.sort(GENERATOR.integers(0, 3, N))
QUESTIONS = CELLS * 4 + GENERATOR.integers(0, 4, N)
QUESTIONS = np.unique(QUESTIONS, return_inverse=True)[1]
FIRST = GENERATOR.integers(0, 6, N) / 5
SECOND = (FIRST + GENERATOR.integers(0, 5, N)) / 7
COUNTS = GENERATOR.multinomial(N, np.full(N, 1 / N), size=6)


def correlate(x: Sequence[float], y: Sequence[float], ranked: bool) -> float:
    pair = [stats.rankdata(x), stats.rankdata(y)] if ranked else [np.array(x), np.array(y)]
    return float(np.corrcoef(np.stack(pair))[0, 1])


def test_correlations_are_those_of_the_drawn_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_agreement, "CHUNK", 800)
    shuffled = GENERATOR.permutation(N)
    found = grouped_spearman(
        CELLS[shuffled], FIRST[shuffled], SECOND[shuffled], COUNTS[:, shuffled]
    )
    for number, counts in enumerate(COUNTS):
        for cell in range(3):
            own = CELLS == cell
            drawn = [np.repeat(values[own], counts[own]) for values in (FIRST, SECOND)]
            assert found[number, cell] == pytest.approx(
                correlate(list(drawn[0]), list(drawn[1]), True)
            )


@pytest.mark.parametrize("ranked", [True, False])
def test_pairs_are_those_of_a_self_join_of_the_drawn_rows(ranked: bool) -> None:
    found = paired_correlation(CELLS, QUESTIONS, FIRST, COUNTS, ranked=ranked)
    for number, counts in enumerate(COUNTS):
        drawn = np.repeat(np.arange(N), counts)
        for cell in range(3):
            rows = drawn[CELLS[drawn] == cell]
            pairs = [
                (FIRST[a], FIRST[b])
                for i, a in enumerate(rows)
                for j, b in enumerate(rows)
                if i != j and QUESTIONS[a] == QUESTIONS[b]
            ]
            expected = correlate([a for a, _ in pairs], [b for _, b in pairs], ranked)
            assert found[number, cell] == pytest.approx(expected)


def test_a_constant_variable_has_no_correlation() -> None:
    found = grouped_spearman([0, 0, 0], [0.1, 0.1, 0.1], [0.1, 0.2, 0.3], np.ones((1, 3)))
    assert np.isnan(found).all()
    for ranked in (True, False):
        once = np.ones((1, 2))
        assert np.isnan(paired_correlation([0, 0], [0, 1], [0.1, 0.2], once, ranked=ranked)).all()
        assert np.isnan(paired_correlation([0, 0], [0, 0], [0.2, 0.2], once, ranked=ranked)).all()
