from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.merging.baselines import Approach, Target, average_sources, list_baselines

GOLD = np.array([0, 1, 2, 0])


def make_target(locale: str = "de-DE", pivot: str = "en-US") -> Target:
    answers = {
        "de-DE": GOLD,
        "en-US": np.array([0, 1, 0, 1]),
        "fr-FR": np.array([0, 1, 2, 1]),
        "tr-TR": np.array([1, 0, 0, 0]),
    }
    dev = {
        "de-DE": {"de-DE": 0.9, "en-US": 0.8, "fr-FR": 0.5, "tr-TR": 0.2},
        "en-US": {"de-DE": 0.6, "en-US": 0.95, "fr-FR": 0.5, "tr-TR": 0.2},
        "fr-FR": {"de-DE": 0.3, "en-US": 0.4, "fr-FR": 0.99, "tr-TR": 0.2},
        "tr-TR": {"de-DE": 0.7, "en-US": 0.5, "fr-FR": 0.3, "tr-TR": 0.8},
    }
    return Target(locale, pivot, GOLD, 0, answers, dev)


def by_name(target: Target) -> dict[str, Approach]:
    return {one.recipe: one for one in list_baselines(target)}


def test_every_baseline() -> None:
    found = by_name(make_target())
    assert {name: one.outcomes.mean() for name, one in found.items()} == {
        "own": 1.0,
        "pivot": 0.5,
        "mean_source": pytest.approx((2 + 3 + 1) / 12),
        "best_source-pivot_dev": 0.25,  # Turkish: .5 on English dev, French has .4
        "best_source-target_dev": 0.25,  # Turkish: .7 on German dev
        "best_source-source_dev": 0.75,  # French: .99 on its own
        "best_source-test": 0.75,
        "majority": 0.5,
    }
    assert found["mean_source"].sources == ("en-US", "fr-FR", "tr-TR")
    assert found["mean_source"].predicted is None


def test_what_they_have_seen_of_the_target_is_said() -> None:
    assert {name: one.supervision for name, one in by_name(make_target()).items()} == {
        "own": "target_train",
        "pivot": "none",
        "mean_source": "none",
        "best_source-pivot_dev": "none",
        "best_source-target_dev": "target_dev",
        "best_source-source_dev": "none",
        "best_source-test": "target_test",
        "majority": "target_train",
    }


def test_the_pivots_own_dev_items_are_labels_of_the_target() -> None:
    for locale in make_target().answers:
        found = by_name(make_target(locale))
        assert ("best_source-pivot_dev" in found) == (locale != "en-US")


def test_the_target_is_never_its_own_source() -> None:
    for locale in make_target().answers:
        for name, one in by_name(make_target(locale)).items():
            assert name == "own" or locale not in one.sources


def test_the_pivot_has_no_pivot_baseline() -> None:
    assert "pivot" not in by_name(make_target("en-US"))


def test_a_target_without_a_model_of_its_own() -> None:
    target = make_target("es-ES")
    assert "own" not in by_name(target)
    assert by_name(target)["mean_source"].sources == tuple(target.answers)


def test_outcomes_of_some_sources_are_averaged() -> None:
    found = average_sources(make_target(), ["en-US", "fr-FR"], "some")
    assert found.outcomes.tolist() == [1, 1, 0.5, 0]


def test_outcomes_are_averaged_with_the_weights_of_a_merge() -> None:
    found = average_sources(make_target(), ["en-US", "fr-FR"], "some", (0.9, 0.1))
    alone = average_sources(make_target(), ["en-US"], "some")
    other = average_sources(make_target(), ["fr-FR"], "some")
    expected = 0.9 * alone.outcomes + 0.1 * other.outcomes
    np.testing.assert_allclose(found.outcomes, expected)
    assert not np.allclose(found.outcomes, (alone.outcomes + other.outcomes) / 2)
