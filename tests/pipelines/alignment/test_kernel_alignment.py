from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.alignment.kernel_alignment import debiased_cka
from isogloss.pipelines.alignment.vectors import centred
from tests.pipelines.alignment import reference
from tests.pipelines.alignment.conftest import make_vectors


def test_unrelated_vectors_score_zero_where_the_biased_form_scores_high() -> None:
    vectors = np.random.default_rng(0).standard_normal((12, 60, 640)).astype(np.float32)
    found = debiased_cka(centred(vectors))
    pairs = found.cka[np.triu_indices(12, 1)]
    assert abs(pairs.mean()) < 0.01
    assert np.abs(pairs).max() < 0.1
    moved = centred(vectors)[:2].astype(float)
    grams = np.einsum("aid,ajd->aij", moved, moved)
    biased = (grams[0] * grams[1]).sum() / np.sqrt((grams[0] ** 2).sum() * (grams[1] ** 2).sum())
    assert biased > 0.9
    assert found.left_out.shape == (12, 12, 60)


def test_values_equal_u_centred_gram_matrices() -> None:
    vectors = make_vectors(3, 9, 30, shift=50)
    found = debiased_cka(centred(vectors))
    np.testing.assert_allclose(np.diag(found.cka), 1)
    np.testing.assert_allclose(np.diag(found.excess), 0, atol=1e-9)
    assert found.cka[0, 2] == pytest.approx(
        reference.debiased_cka(vectors[0], vectors[2]), rel=1e-3
    )
    for j in range(9):
        one, other = (np.delete(vectors[k], j, 0) for k in (0, 2))
        assert found.left_out[0, 2, j] == pytest.approx(
            reference.debiased_cka(one, other), rel=2e-3, abs=1e-4
        )


def test_rotation_and_scale_change_nothing() -> None:
    vectors = make_vectors(1, 20, 10)[0]
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(10, 10)))[0]
    turned = (7 * vectors @ turn).astype(np.float32)
    found = debiased_cka(centred(np.stack([vectors, turned])))
    assert found.cka[0, 1] == pytest.approx(1, abs=1e-5)


def test_too_few_or_constant_sentences_have_no_value() -> None:
    found = debiased_cka(centred(make_vectors(2, 4, 6)))
    assert np.isfinite(found.cka).all()
    assert np.isnan(found.left_out).all()
    assert np.isnan(debiased_cka(centred(make_vectors(2, 3, 6))).cka).all()
    vectors = make_vectors(2, 8, 6)
    vectors[1] = 1
    assert np.isnan(debiased_cka(centred(vectors)).cka[0, 1])


def test_languages_that_hardly_vary_have_no_cka() -> None:
    vectors = np.random.default_rng(1).normal(size=(2, 12, 8)).astype(np.float32)
    vectors[0, 1:] = vectors[0, 1]  # all but one sentence are the same to the first language
    centred = vectors - vectors.mean(axis=1, keepdims=True)
    found = debiased_cka(centred)
    assert np.isnan(found.cka[0]).all()
    assert np.isnan(found.left_out[0]).all()
    assert found.cka[1, 1] == pytest.approx(1)
