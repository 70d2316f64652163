from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from isogloss.pipelines.merging.similarity import Similarity
from isogloss.pipelines.merging.weights import (
    average_weights,
    broken_ties,
    choose_sources,
    proportional_weights,
    sinkhorn_weights,
    softmax_weights,
)

Between = Callable[..., Similarity]
EVERY = np.ones((1, 3), np.bool_)


def chosen_names(similarity: Similarity, chosen: NDArray[np.bool_]) -> list[set[str]]:
    return [{similarity.sources[i] for i in np.flatnonzero(row)} for row in chosen]


def test_the_most_similar_are_chosen_and_never_the_target(between: Between) -> None:
    similarity = between("a b c d", [1.0, 0.2, 0.9, 0.5], [0.2, 0.1, 0.3, 0.8])
    chosen = choose_sources(similarity, 2)
    assert chosen_names(similarity, chosen) == [{"c", "d"}, {"c", "d"}]


def test_an_included_target_takes_a_place_whatever_its_similarity(between: Between) -> None:
    similarity = between("a b c", [0.1, 0.2, 0.9], [0.5, np.nan, 0.6])
    chosen = choose_sources(similarity, 2, include_target=True)
    assert chosen_names(similarity, chosen) == [{"a", "c"}, {"b", "c"}]
    alone = choose_sources(similarity, 1, include_target=True)
    assert chosen_names(similarity, alone) == [{"a"}, {"b"}]


def test_more_than_there_are_takes_all(between: Between) -> None:
    similarity = between("a b c", [0, -0.5, 0.9], [0, 0, 0])
    assert chosen_names(similarity, choose_sources(similarity, 9)) == [{"b", "c"}, {"a", "c"}]
    both = choose_sources(similarity, 9, include_target=True)
    assert both.all()


def test_of_a_tie_the_first_names_are_taken_in_any_order(between: Between) -> None:
    for names in ("t z x y", "t y z x", "t x y z"):
        locales = tuple(names.split())
        values = np.array([[1.0, 0.5, 0.5, 0.5]])
        similarity = Similarity("geo", ("t",), locales, values)
        chosen = choose_sources(similarity, 2)
        assert chosen_names(similarity, chosen) == [{"x", "y"}], names
        assert broken_ties(similarity, chosen) == [("t", "y", "z")]


def test_all_that_tie_are_kept_on_request(between: Between) -> None:
    similarity = between("t a b c d", [1, 0.9, 0.5, 0.5, 0.4])
    chosen = choose_sources(similarity, 2, keep_ties=True)
    assert chosen_names(similarity, chosen) == [{"a", "b", "c"}]
    assert broken_ties(similarity, chosen) == []
    only = choose_sources(similarity, 1, include_target=True, keep_ties=True)
    assert chosen_names(similarity, only) == [{"t"}]


def test_no_tie_is_broken_where_all_or_none_of_it_is_taken(between: Between) -> None:
    similarity = between("t a b c", [0.5, 0.9, 0.9, 0.5])
    assert broken_ties(similarity, choose_sources(similarity, 2)) == []
    assert broken_ties(similarity, choose_sources(similarity, 3)) == []


def test_softmax_by_hand() -> None:
    found = softmax_weights(np.array([[0.9, 0.8, 5.0]]), np.array([[True, True, False]]), 0.1)
    expected = np.exp([9, 8]) / np.exp([9, 8]).sum()
    np.testing.assert_allclose(found[0, :2], expected, rtol=1e-12)
    assert found[0, 2] == 0


@pytest.mark.parametrize("weigh", [softmax_weights, proportional_weights])
def test_limits_of_the_temperature(weigh: Callable[..., NDArray[np.float64]]) -> None:
    values = np.array([[0.9, 0.8999, 0.1]])
    np.testing.assert_allclose(weigh(values, EVERY, 1e-8), [[1, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(weigh(values, EVERY, 5e-324), [[1, 0, 0]])
    np.testing.assert_allclose(weigh(values, EVERY, 1e9), [[1 / 3] * 3], atol=1e-8)
    shared = weigh(np.array([[0.9, 0.9, 0.1]]), EVERY, 1e-8)
    np.testing.assert_allclose(shared, [[0.5, 0.5, 0]])


def test_proportional_by_hand() -> None:
    values = np.array([[0.6, 0.2, 0.0]])
    np.testing.assert_allclose(proportional_weights(values, EVERY, 1), [[0.75, 0.25, 0]])
    np.testing.assert_allclose(proportional_weights(values, EVERY, 0.5), [[0.9, 0.1, 0]])


def test_equal_or_negative_similarities() -> None:
    np.testing.assert_allclose(softmax_weights(np.full((1, 3), 0.7), EVERY, 0.01), [[1 / 3] * 3])
    np.testing.assert_allclose(proportional_weights(np.full((1, 3), 0.7), EVERY, 1), [[1 / 3] * 3])
    negative = softmax_weights(np.array([[-1.0, -1.0, -2.0]]), EVERY, 1)
    assert (negative > 0).all()
    assert negative[0, 0] == pytest.approx(math.e / (2 * math.e + 1))


def test_an_average_and_a_target_without_sources() -> None:
    chosen = np.array([[True, False, True], [False, False, False]])
    np.testing.assert_allclose(average_weights(chosen), [[0.5, 0.0, 0.5], [0.0, 0.0, 0.0]])
    values = np.array([[1.0, 2, 3], [np.nan, 1, 2]])
    for weights in (
        softmax_weights(values, chosen, 1),
        proportional_weights(values, chosen, 1),
        sinkhorn_weights(values, chosen),
    ):
        assert not weights[1].any()
        assert weights[0].sum() == pytest.approx(1)


def test_sinkhorn_balances_what_one_row_leaves_open() -> None:
    values = np.zeros((2, 3))
    chosen = np.array([[True, True, False], [False, True, True]])
    # Of equal similarities, columns 0 and 2 go wholly to their only target: 1 : 1/2, up to the
    # epsilon and the number of iterations.
    found = sinkhorn_weights(values, chosen)
    np.testing.assert_allclose(found, [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]], atol=1e-6)


NAMES = ["af-ZA", "de-DE", "en-US", "sw-KE", "zh-CN", "zh-TW"]


@st.composite
def similarities(draw: st.DrawFn) -> Similarity:
    names = tuple(draw(st.permutations(NAMES))[: draw(st.integers(2, len(NAMES)))])
    # Few different values, so that there are ties.
    steps = draw(arrays(np.int64, (len(names), len(names)), elements=st.integers(-4, 4)))
    return Similarity("geo", names, names, steps / 4)


@settings(deadline=None, max_examples=150)
@given(similarities(), st.integers(1, 8), st.booleans(), st.floats(1e-3, 1e3))
def test_weights_of_any_similarity(
    similarity: Similarity, k: int, include: bool, temperature: float
) -> None:
    chosen = choose_sources(similarity, k, include_target=include)
    most = len(similarity.sources) - (not include)
    assert (chosen.sum(axis=1) == min(k, most)).all()
    assert (chosen[similarity.own] == include).all()
    weights = softmax_weights(similarity.values, chosen, temperature)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-12)
    assert (weights >= 0).all()
    assert not weights[~chosen].any()
    for row, values, kept in zip(weights, similarity.values, chosen, strict=True):
        order = np.argsort(values[kept], kind="stable")
        assert (np.diff(row[kept][order]) >= 0).all()


@settings(deadline=None, max_examples=100)
@given(similarities(), st.integers(1, 8), st.booleans(), st.floats(1e-3, 1e3))
def test_the_order_of_locales_permutes_weights(
    similarity: Similarity, k: int, include: bool, temperature: float
) -> None:
    chosen = choose_sources(similarity, k, include_target=include)
    weights = softmax_weights(similarity.values, chosen, temperature)
    names = sorted(similarity.targets)
    order = np.ix_(*[[similarity.targets.index(name) for name in names]] * 2)
    sorted_similarity = similarity.among(names, names)
    again = choose_sources(sorted_similarity, k, include_target=include)
    np.testing.assert_array_equal(again, chosen[order])
    found = softmax_weights(sorted_similarity.values, again, temperature)
    np.testing.assert_allclose(found, weights[order], rtol=1e-12)
