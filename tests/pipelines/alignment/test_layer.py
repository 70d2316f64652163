from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from isogloss.pipelines.alignment.layer import Outcomes, Settings, measure_layer
from isogloss.pipelines.alignment.similarity import Workers, working
from isogloss.statistics.intervals import jackknife_influence
from tests.pipelines.alignment import reference
from tests.pipelines.alignment.conftest import make_vectors

SETTINGS = Settings(pool_sizes=(8, 100), csls_neighbours=4)
LANGUAGES = 4
PAIRS = list(combinations(range(LANGUAGES), 2))


def measure(vectors: NDArray[np.float32], how: Settings = SETTINGS, threads: int = 1) -> Outcomes:
    with working(threads) as workers:
        return measure_layer(vectors, how, workers)


def with_duplicates(n: int) -> NDArray[np.float32]:
    """Vectors of which some are equal within and across languages, at all ends of the blocks."""
    vectors = make_vectors(LANGUAGES, n, 24, seed=5)
    vectors[:, n - 1] = vectors[:, 0]  # the first and the last sentence say the same
    vectors[2, 3:6] = vectors[2, 3]  # a language that cannot tell three sentences apart
    vectors[3] = vectors[1]  # two languages are equal
    vectors[0, 7] = vectors[2, 9]  # a sentence equals another one's translation
    return vectors


@pytest.fixture(scope="module", params=["plain", "ties"])
def case(request: pytest.FixtureRequest) -> tuple[NDArray[np.float32], Outcomes]:
    n = 17
    vectors = with_duplicates(n) if request.param == "ties" else make_vectors(LANGUAGES, n, 24)
    return vectors, measure(vectors)


@pytest.mark.parametrize("pair", range(len(PAIRS)))
def test_metrics_equal_the_double_loop(
    case: tuple[NDArray[np.float32], Outcomes], pair: int
) -> None:
    vectors, outcomes = case
    a, b = PAIRS[pair]
    similarity = reference.cosines(vectors[a], vectors[b])
    found = {name: values[pair] for name, values in outcomes.items() if name != "retrieval"}
    np.testing.assert_allclose(found["cosine"], np.diag(similarity), atol=3e-7)
    assert found["baseline"].mean() == pytest.approx(
        reference.off_diagonal(similarity).mean(), abs=3e-7
    )
    assert found["contrast"] == pytest.approx(reference.contrast(similarity), rel=1e-4)
    np.testing.assert_array_equal(found["beaten"], reference.beaten(similarity))
    assert found["hit_ab"].mean() == reference.recall(similarity)
    assert found["hit_ba"].mean() == reference.recall(similarity.T)
    assert found["auc"].mean() == pytest.approx(reference.auc(similarity), abs=1e-6)
    assert found["csls_hit"].mean() == reference.csls_mexa(similarity, 4)
    assert found["mexa_floor"] == pytest.approx(reference.floor(similarity), abs=1e-12)
    assert found["cka"] == pytest.approx(
        reference.debiased_cka(vectors[a], vectors[b]), rel=1e-4, abs=1e-5
    )


def test_ranks_equal_the_double_loop(case: tuple[NDArray[np.float32], Outcomes]) -> None:
    vectors, outcomes = case
    for pair, (a, b) in enumerate(PAIRS):
        expected = [
            (
                reference.mid_rank(vectors, (a, i), (b, i))
                + reference.mid_rank(vectors, (b, i), (a, i))
            )
            / 2
            for i in range(vectors.shape[1])
        ]
        np.testing.assert_array_equal(outcomes["mid_rank"][pair], expected)


def test_centred_cosines_equal_the_definition(
    case: tuple[NDArray[np.float32], Outcomes],
) -> None:
    vectors, outcomes = case
    moved = vectors.astype(float) - vectors.mean(axis=1, keepdims=True, dtype=float)
    for pair, (a, b) in enumerate(PAIRS):
        expected = np.diag(reference.cosines(moved[a], moved[b]))
        np.testing.assert_allclose(outcomes["cosine_centered"][pair], expected, atol=1e-5)


def test_influences_equal_deleting_each_sentence(
    case: tuple[NDArray[np.float32], Outcomes],
) -> None:
    vectors, outcomes = case
    n = vectors.shape[1]
    smaller = [measure(reference.without(vectors, j).astype(np.float32)) for j in range(n)]
    for pair in range(len(PAIRS)):
        for name in ("contrast", "cka"):
            left_out = np.array([part[name][pair] for part in smaller])
            expected = jackknife_influence(left_out)
            np.testing.assert_allclose(
                outcomes[f"{name}_influence"][pair],
                expected,
                atol=2e-3 * np.abs(expected).max(),
            )
        left_out = np.array([(part["beaten"][pair] == 0).mean() for part in smaller])
        hits = outcomes["beaten"][pair] == 0
        rescued = (hits.sum() - hits + outcomes["rescues"][pair]) / (n - 1)
        np.testing.assert_allclose(rescued, left_out)
        for way in ("ab", "ba"):
            left_out = np.array([part[f"hit_{way}"][pair].mean() for part in smaller])
            hits = outcomes[f"hit_{way}"][pair]
            rescued = (hits.sum() - hits + outcomes[f"rescues_{way}"][pair]) / (n - 1)
            np.testing.assert_allclose(rescued, left_out)


def test_auc_and_baseline_parts_give_the_scores_without_each_sentence(
    case: tuple[NDArray[np.float32], Outcomes],
) -> None:
    vectors, outcomes = case
    n = vectors.shape[1]
    for j in (0, 3, n - 1):
        smaller = measure(reference.without(vectors, j).astype(np.float32))
        for name in ("auc", "baseline"):
            whole = outcomes[name].astype(float)
            expected = (n * whole.mean(axis=1) - 2 * whole[:, j]) / (n - 2)
            np.testing.assert_allclose(smaller[name].mean(axis=1), expected, atol=1e-6)


def test_retrieval_statistics_equal_sorting() -> None:
    vectors = make_vectors(LANGUAGES, 17, 24)
    outcomes = measure(vectors)
    n = vectors.shape[1]
    flat = vectors.reshape(-1, vectors.shape[-1])
    similarity = reference.cosines(flat, flat)
    sums = np.zeros(4)
    for query in range(len(flat)):
        order = [c for c in np.argsort(-similarity[query]) if c != query]
        same_language = np.array([c // n == query // n for c in order])
        same_text = np.array([c % n == query % n for c in order])
        sums += [
            same_language[: n - 1].mean(),
            same_text[: LANGUAGES - 1].mean(),
            np.flatnonzero(same_language).mean() + 1,
            np.flatnonzero(same_text).mean() + 1,
        ]
    np.testing.assert_allclose(outcomes["retrieval"], sums / len(flat), rtol=1e-6)


@pytest.mark.parametrize("position", range(0, 23))
def test_a_duplicate_ties_at_every_position_of_a_block(position: int) -> None:
    # Products of the same rows differ in the last digit between the middle and the edge of a block.
    n, hidden = 23, 517
    vectors = make_vectors(3, n, hidden, seed=position, noise=0.3, shift=0)
    twin = (position + 11) % n
    vectors[:, twin] = vectors[:, position]
    outcomes = measure(vectors)
    expected = np.zeros((3, n), dtype=int)
    expected[:, [position, twin]] = 1
    np.testing.assert_array_equal(outcomes["beaten"], expected)
    np.testing.assert_array_equal(outcomes["hit_ab"], 1 - expected)
    np.testing.assert_array_equal(outcomes["hit_ba"], 1 - expected)
    np.testing.assert_array_equal(outcomes["csls_hit"], 1 - expected)
    assert outcomes["mid_rank"][:, position] == pytest.approx(
        outcomes["mid_rank"][:, twin], abs=1e-6
    )


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("matrix_bytes", [0, 2.0**30])
def test_results_depend_neither_on_threads_nor_on_symmetry(
    threads: int, matrix_bytes: float
) -> None:
    vectors = make_vectors(6, 90, 40, seed=2)  # more rows than one product takes at once
    expected = measure(vectors)
    how = Settings(SETTINGS.pool_sizes, 4, matrix_bytes=matrix_bytes)
    found = measure(vectors, how, threads)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=2e-4, atol=2e-5, err_msg=name)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(5, 14))
def test_the_order_of_the_sentences_does_not_matter(seed: int, n: int) -> None:
    vectors = make_vectors(3, n, 8, seed=seed)
    order = np.random.default_rng(seed).permutation(n)
    one, other = measure(vectors), measure(np.ascontiguousarray(vectors[:, order]))
    # Partners are positions: where a sentence has gone to, and none stays none.
    moved = np.append(order.argsort(), -1)
    np.testing.assert_array_equal(other.pop("partner"), moved[one.pop("partner")[:, order]])
    for name, values in one.items():
        sentence_wise = values.ndim == 2
        expected = values[:, order] if sentence_wise else values
        np.testing.assert_allclose(other[name], expected, rtol=1e-3, atol=1e-4, err_msg=name)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(5, 30), hidden=st.integers(4, 40))
def test_identical_languages_score_one(seed: int, n: int, hidden: int) -> None:
    vectors = make_vectors(1, n, hidden, seed=seed, shift=0).repeat(2, axis=0)
    outcomes = measure(vectors)
    np.testing.assert_allclose(outcomes["cosine"], 1, atol=1e-6)
    np.testing.assert_array_equal(outcomes["beaten"], 0)
    np.testing.assert_array_equal(outcomes["mid_rank"], 1)
    np.testing.assert_allclose(outcomes["cka"], 1, atol=1e-6)
    np.testing.assert_array_equal(outcomes["auc"], 1)


def test_without_ranks_the_rest_stays() -> None:
    vectors = make_vectors(2, 12, 10)
    how = Settings((8,), 4, ranks=False)
    found = measure_layer(vectors, how, Workers(1))
    assert "mid_rank" not in found
    assert "retrieval" not in found
    np.testing.assert_array_equal(found["beaten"], measure(vectors)["beaten"])


def test_centring_by_language_makes_cosines_centred() -> None:
    vectors = make_vectors(3, 20, 16)
    outcomes = measure(vectors, Settings((8,), 4, centering="language"))
    np.testing.assert_allclose(outcomes["cosine"], outcomes["cosine_centered"], atol=1e-6)
    np.testing.assert_allclose(
        outcomes["cosine_centered"], measure(vectors)["cosine_centered"], atol=1e-5
    )
