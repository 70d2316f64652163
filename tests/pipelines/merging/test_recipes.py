from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from isogloss.errors import Refusal
from isogloss.merge_schemas import MergeRemarks, MergeWeights
from isogloss.pipelines.merging.parameters import MergingParameters
from isogloss.pipelines.merging.recipes import PlannedMerges, plan_merges
from isogloss.pipelines.merging.similarity import Similarity

LOCALES = ["de-DE", "en-US", "fr-FR", "sw-KE"]
VALUES = np.array(
    [[1.0, 0.9, 0.7, 0.3], [0.9, 1.0, 0.8, 0.2], [0.7, 0.8, 1.0, 0.4], [0.3, 0.2, 0.4, 1.0]]
)


def similarity(
    values: object = VALUES,
    names: Sequence[str] = LOCALES,
    features: str = "geo",
    unknown: Mapping[str, str] | None = None,
) -> Similarity:
    return Similarity(
        features, tuple(names), tuple(names), np.array(values, np.float64), unknown or {}
    )


def plan(
    experiments: str = "similarity average leave_one_out",
    sources: Sequence[str] = LOCALES,
    unspelled: Sequence[str] = (),
    similarities: Mapping[tuple[str, int], Similarity] | None = None,
    **settings: object,
) -> PlannedMerges:
    parameters = MergingParameters.model_validate(
        {"experiments": experiments, "features": "geo", "k": 2, **settings}
    )
    found = plan_merges(
        parameters, LOCALES, sources, similarities or {("geo", 0): similarity()}, unspelled
    )
    MergeWeights.validate(found.weights)
    MergeRemarks.validate(found.remarks)
    return found


def weights(found: PlannedMerges, recipe: str, target: str, seed: int = 0) -> dict[str, float]:
    rows = found.weights.query("recipe == @recipe and target == @target and seed == @seed")
    return dict(zip(rows["source"], rows["weight"], strict=True))


def names(found: PlannedMerges) -> list[str]:
    return found.weights["recipe"].unique().tolist()


def said(found: PlannedMerges) -> list[str]:
    return [
        f"{what}: {name} ({n}): {detail}"
        for what, name, n, detail in found.remarks.itertuples(index=False)
    ]


def test_the_three_experiments() -> None:
    found = plan()
    assert names(found) == ["similarity-softmax-geo-k2-t0.05", "average-geo-k2", "leave_one_out"]
    first = 1 / (1 + np.exp(-0.2 / 0.05))
    assert weights(found, "similarity-softmax-geo-k2-t0.05", "de-DE") == pytest.approx(
        {"en-US": first, "fr-FR": 1 - first}
    )
    assert weights(found, "average-geo-k2", "de-DE") == {"en-US": 0.5, "fr-FR": 0.5}
    assert weights(found, "leave_one_out", "de-DE") == pytest.approx(
        {"en-US": 1 / 3, "fr-FR": 1 / 3, "sw-KE": 1 / 3}
    )
    assert set(found.weights["supervision"]) == {"none"}
    assert found.remarks.empty
    rows = found.weights[found.weights["target"] == "de-DE"]
    similarity = {
        (recipe, source): value
        for recipe, source, value in rows[["recipe", "source", "similarity"]].to_numpy()
    }
    english, french = (similarity["average-geo-k2", one] for one in ("en-US", "fr-FR"))
    assert english - french == pytest.approx(0.2)
    assert np.isnan(similarity["leave_one_out", "en-US"])


def test_what_needs_no_merge_has_no_weights() -> None:
    found = plan("baseline", sources=[])
    assert found.weights.empty
    assert set(plan("baseline similarity").weights["weighting"]) == {"similarity"}


def test_every_combination_is_a_recipe_with_a_name_of_its_own() -> None:
    found = plan(
        "similarity average leave_one_out manual",
        k="1 2",
        normalisations="softmax proportional sinkhorn",
        temperatures="0.05 1",
        include_target="false true",
        methods="linear task_arithmetic ties",
        task_arithmetic={"lambdas": "0.5 2"},
        ties={"densities": "0.2 0.5", "lambdas": 1},
        manual={"sw-KE": {"en-US": 3, "sw-KE": 1}},
    )
    # (2 + 2 + 1 similarities) x 2 k x 2, and 2 averages x 2; leave_one_out, manual; 5 methods. Of
    # one source (k 1 without the target, or the target alone) every linear weighting is the same.
    every = names(found) + found.remarks.query("what == 'recipe left out'")["name"].tolist()
    assert len(every) == len(set(every))
    one_name = found.weights.groupby("recipe")[
        ["method", "weighting", "normalisation", "features", "k", "temperature", "density"]
    ].nunique(dropna=False)
    assert (one_name == 1).all(axis=None)
    assert "similarity-proportional-geo-k2-t1-with_target-ties-d0.2-l1" in names(found)
    assert "manual-task_arithmetic-l0.5" in names(found)
    similar = [name for name in every if name.startswith("similarity")]
    assert len(similar) == 5 * 2 * 2 * 5


def test_a_target_that_is_included_is_supervision() -> None:
    found = plan("average", include_target="false true")
    assert names(found) == ["average-geo-k2", "average-geo-k2-with_target"]
    assert weights(found, "average-geo-k2-with_target", "sw-KE") == {"fr-FR": 0.5, "sw-KE": 0.5}
    by_recipe = found.weights.groupby("recipe")["supervision"].unique().map(list)
    assert by_recipe.to_dict() == {
        "average-geo-k2": ["none"],
        "average-geo-k2-with_target": ["target_train"],
    }


def test_accuracies_of_each_seed_are_supervision_by_dev_labels() -> None:
    other = VALUES.copy()
    other[0, 1:3] = [0.1, 0.8]
    found = plan(
        "similarity",
        features="accuracy",
        k=1,
        seeds="0 1",
        similarities={
            ("accuracy", 0): similarity(features="accuracy"),
            ("accuracy", 1): similarity(other, features="accuracy"),
        },
    )
    recipe = "similarity-softmax-accuracy-k1-t0.05"
    assert weights(found, recipe, "de-DE", 0) == {"en-US": 1}
    assert weights(found, recipe, "de-DE", 1) == {"fr-FR": 1}
    assert set(found.weights["supervision"]) == {"target_dev"}


def test_what_the_encoder_cannot_spell_is_a_target_but_no_source() -> None:
    found = plan(unspelled=["fr-FR"], include_target="false true", k=3)
    assert "fr-FR" not in set(found.weights["source"])
    assert weights(found, "leave_one_out", "fr-FR") == pytest.approx(
        {"de-DE": 1 / 3, "en-US": 1 / 3, "sw-KE": 1 / 3}
    )
    assert "fr-FR" not in set(found.weights.query("include_target")["target"])
    assert said(found)[0] == "source left out: fr-FR (1): the encoder cannot spell it"
    assert (
        "target left out: average-geo-k3-with_target (1): no source can be merged for: fr-FR"
        in said(found)
    )


def test_more_sources_than_there_are() -> None:
    found = plan("average", k="3 20")
    assert names(found) == ["average-geo-k3"]
    assert said(found) == ["k lowered: geo, k 20 (1): a target has 3 sources"]


def test_ties_that_names_decide_are_told() -> None:
    found = plan("average similarity", k=1, similarities={("geo", 0): similarity(np.ones((4, 4)))})
    assert weights(found, "average-geo-k1", "de-DE") == {"en-US": 1}
    assert said(found) == [
        "tie broken: geo, k 1 (4): equal similarity, the first name is taken: de-DE: en-US, not "
        "fr-FR; en-US: de-DE, not fr-FR; fr-FR: de-DE, not en-US; sw-KE: de-DE, not en-US"
    ]


def test_sinkhorn_keeps_ties_and_so_does_its_average() -> None:
    values = VALUES.copy()
    values[0, 1:] = [0.9, 0.7, 0.7]
    found = plan(
        "similarity average",
        normalisations="softmax sinkhorn",
        similarities={("geo", 0): similarity(values)},
    )
    assert names(found) == [
        "similarity-softmax-geo-k2-t0.05",
        "average-geo-k2",
        "similarity-sinkhorn-geo-k2",
        "average-sinkhorn-geo-k2",
    ]
    assert len(weights(found, "average-geo-k2", "de-DE")) == 2
    assert len(weights(found, "average-sinkhorn-geo-k2", "de-DE")) == 3
    assert len(weights(found, "similarity-sinkhorn-geo-k2", "de-DE")) == 3


def test_what_merges_alike_is_left_out_within_an_experiment_alone() -> None:
    found = plan(
        k="3",
        features="geo accuracy",
        methods="linear task_arithmetic",
        task_arithmetic={"lambdas": "1 2"},
        temperatures="0.05",
        similarities={
            ("geo", 0): similarity(),
            ("accuracy", 0): similarity(1 - VALUES, features="accuracy"),
        },
    )
    # With all sources the average does not hang on the features, and is leave_one_out.
    assert names(found) == [
        "similarity-softmax-geo-k3-t0.05",
        "similarity-softmax-geo-k3-t0.05-task_arithmetic-l2",
        "average-geo-k3",
        "average-geo-k3-task_arithmetic-l2",
        "similarity-softmax-accuracy-k3-t0.05",
        "similarity-softmax-accuracy-k3-t0.05-task_arithmetic-l2",
        "leave_one_out",
        "leave_one_out-task_arithmetic-l2",
    ]
    assert "recipe left out: average-accuracy-k3 (1): the same as average-geo-k3" in said(found)
    assert (
        "recipe left out: leave_one_out-task_arithmetic-l1 (1): the same as leave_one_out"
        in said(found)
    )


def test_of_two_locales_both_experiments_take_the_other() -> None:
    pair = ["de-DE", "en-US"]
    parameters = MergingParameters(features=("geo",))
    found = plan_merges(parameters, pair, pair, {("geo", 0): similarity(VALUES[:2, :2], pair)})
    assert len(names(found)) == 3
    assert (found.weights["weight"] == 1).all()
    assert (found.weights["source"] != found.weights["target"]).all()


def test_manual_weights_are_scaled() -> None:
    found = plan("manual", manual={"sw-KE": {"en-US": 3, "de-DE": 1}, "de-DE": {"de-DE": 2}})
    assert weights(found, "manual", "sw-KE") == {"de-DE": 0.25, "en-US": 0.75}
    assert weights(found, "manual", "de-DE") == {"de-DE": 1}
    by_target = found.weights.drop_duplicates("target").set_index("target")
    assert by_target["supervision"].to_dict() == {"de-DE": "target_train", "sw-KE": "none"}
    assert found.remarks.empty


@pytest.mark.parametrize(
    ("manual", "message"),
    [
        ({"sw-KE": {"tr-TR": 1}}, "merging.manual.sw-KE names tr-TR, which cannot be merged"),
        ({"sw-KE": {"fr-FR": 1}}, "merging.manual.sw-KE names fr-FR, which cannot be merged"),
        ({"tr-TR": {"en-US": 1}}, "merging.manual names the target tr-TR; locales are: de-DE, "),
    ],
)
def test_manual_weights_of_strangers(manual: object, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        plan("manual", manual=manual, unspelled=["fr-FR"])


def test_targets_are_restricted_without_changing_their_weights() -> None:
    settings = {"normalisations": "softmax sinkhorn", "k": 1}
    whole, part = plan(**settings), plan(targets="sw-KE fr-FR", **settings)  # type: ignore[arg-type]
    expected = whole.weights[whole.weights["target"].isin(["fr-FR", "sw-KE"])]
    pd.testing.assert_frame_equal(part.weights, expected.reset_index(drop=True))
    with pytest.raises(Refusal, match="merging.targets names tr-TR"):
        plan(targets="tr-TR")


UNKNOWN = similarity(
    np.where(np.eye(4, dtype=bool)[3][:, None] | np.eye(4, dtype=bool)[3], np.nan, VALUES),
    unknown={"sw-KE": "it has no lang2vec code in locales.csv"},
)


def test_locales_that_the_features_say_nothing_of_are_refused_by_name() -> None:
    with pytest.raises(Refusal) as caught:
        plan(similarities={("geo", 0): UNKNOWN})
    assert str(caught.value) == (
        "There is no similarity by 'geo' for 1 of the locales: sw-KE (it has no lang2vec code in "
        "locales.csv). Leave them out of intents.locales, mend the table, or set "
        "merging.missing_similarity to leave_out."
    )


def test_or_are_left_out_of_the_merges_by_these_features() -> None:
    found = plan(similarities={("geo", 0): UNKNOWN}, missing_similarity="leave_out")
    by_features = found.weights.query("features == 'geo'")
    assert "sw-KE" not in {*by_features["source"], *by_features["target"]}
    assert len(weights(found, "leave_one_out", "sw-KE")) == 3
    assert said(found) == [
        "locale left out: sw-KE (1): geo: it has no lang2vec code in locales.csv",
        "target left out: similarity-softmax-geo-k2-t0.05 (1): no source can be merged for: sw-KE",
        "target left out: average-geo-k2 (1): no source can be merged for: sw-KE",
    ]


def test_single_gaps_are_refused_by_name() -> None:
    values = VALUES.copy()
    values[0, 2] = np.nan
    with pytest.raises(Refusal, match=r"not a number for 1 pairs .*: de-DE from fr-FR\. Leave"):
        plan(similarities={("geo", 0): similarity(values)}, missing_similarity="leave_out")


def test_a_similarity_with_itself_is_needed_only_to_include_the_target() -> None:
    values = np.where(np.eye(4, dtype=bool), np.nan, VALUES)
    found = {("geo", 0): similarity(values)}
    assert len(names(plan(similarities=found))) == 3
    with pytest.raises(Refusal, match="4 pairs .* how similar a locale is to itself"):
        plan(similarities=found, include_target=True)


def test_negative_similarities_take_softmax() -> None:
    found = {("geo", 0): similarity(VALUES - 0.5)}
    assert names(plan("similarity", similarities=found))
    with pytest.raises(
        Refusal, match=r"'proportional' takes similarities from 0 up.*sw-KE from de-DE, sw-KE from"
    ):
        plan("similarity", similarities=found, normalisations="proportional")
    assert names(plan("similarity", similarities=found, normalisations="sinkhorn"))
    with pytest.raises(Refusal, match="'sinkhorn' takes similarities from -1 up"):
        plan(
            "similarity",
            similarities={("geo", 0): similarity(VALUES - 2.0)},
            normalisations="sinkhorn",
        )


def test_a_target_all_of_whose_sources_are_at_zero_takes_softmax() -> None:
    values = VALUES.copy()
    values[3, :3] = 0
    with pytest.raises(Refusal, match="too low for 2 pairs .*: sw-KE from de-DE, sw-KE from en-US"):
        plan(
            "similarity",
            similarities={("geo", 0): similarity(values)},
            normalisations="proportional",
        )


def test_without_two_locales_there_is_nothing_to_merge() -> None:
    with pytest.raises(Refusal, match=r"nothing to merge for sw-KE: .* are sw-KE\."):
        plan(targets="sw-KE", sources=["sw-KE"])
    with pytest.raises(Refusal, match="are none"):
        plan(sources=[])


def test_a_target_without_any_source_is_told() -> None:
    found = plan("leave_one_out", sources=["sw-KE"])
    assert said(found) == ["target left out: leave_one_out (1): no source can be merged for: sw-KE"]
    assert sorted(set(found.weights["target"])) == ["de-DE", "en-US", "fr-FR"]


@settings(deadline=None, max_examples=40)
@given(
    arrays(np.int64, (4, 4), elements=st.integers(0, 4)),
    st.permutations(LOCALES),
    st.integers(1, 4),
)
def test_the_order_of_locales_changes_no_weight(
    steps: np.typing.NDArray[np.int64], order: list[str], k: int
) -> None:
    values = (steps + 1) / 5
    parameters = MergingParameters(
        features=("geo",),
        k=(k,),
        normalisations=("softmax", "proportional", "sinkhorn"),
        include_target=(False, True),
    )
    similarities = {("geo", 0): similarity(values)}
    first = plan_merges(parameters, LOCALES, LOCALES, similarities)
    second = plan_merges(parameters, order, order, similarities)
    MergeWeights.validate(first.weights)
    key = ["recipe", "target", "source"]
    one, other = (each.weights.set_index(key)["weight"].sort_index() for each in (first, second))
    assert list(one.index) == list(other.index)
    np.testing.assert_allclose(one, other, rtol=1e-9)
    excluded = first.weights.query("not include_target")
    assert (excluded["source"] != excluded["target"]).all()
