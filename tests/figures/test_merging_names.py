from __future__ import annotations

import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.figures.merging_names import (
    approach_styles,
    choose_approaches,
    list_approaches,
    name_left_out,
)
from tests.figures.merge_examples import AVERAGE, SIMILAR, make_study


def settings(recipe: str, **values: object) -> dict[str, object]:
    return {"recipe": recipe, "method": "linear", "weighting": "similarity"} | values


def labels(*rows: dict[str, object]) -> list[str]:
    return [str(label) for label in list_approaches(pd.DataFrame(rows))["label"]]


def test_baselines_come_first_and_merges_by_method() -> None:
    listed = list_approaches(make_study(("de-DE", "en-US", "fr-FR")).results)
    assert listed["label"].tolist() == [
        "own model",
        "best source (target's dev labels)",
        "best source (by own dev)",
        "best source (oracle: test labels)",
        "mean of sources",
        "pivot's model, zero-shot",
        "most frequent class",
        "merge: similarity",
        "merge: average",
        "merge: all others",
        "task arithmetic: similarity",
        "TIES: similarity",
        "mean of probabilities: similarity",
        "majority vote: average",
    ]


def test_approaches_of_a_kind_are_told_apart_by_what_differs() -> None:
    found = labels(
        settings("a", k=5, temperature=0.05, features="syntax_knn"),
        settings("b", k=10, temperature=0.05, features="syntax_knn"),
        settings("c", k=10, temperature=0.05, features="geo"),
    )
    assert found == [
        "merge: similarity, syntax_knn, k 5",
        "merge: similarity, syntax_knn, k 10",
        "merge: similarity, geo, k 10",
    ]


def test_approaches_without_a_difference_keep_the_names_of_their_recipes() -> None:
    assert labels(settings("one", k=5), settings("two", k=5)) == ["one", "two"]


def test_labels_of_the_target_are_told() -> None:
    rows = [
        settings("a", supervision="none"),
        settings("a", supervision="target_train"),
        settings("b", weighting="average", supervision="target_dev"),
    ]
    assert labels(*rows) == [
        "merge: similarity (target's labels)",
        "merge: average (target's dev labels)",
    ]


def test_a_choice_holds_baselines_linear_merges_and_an_ensemble() -> None:
    listed = list_approaches(make_study(("de-DE", "en-US", "fr-FR")).results)
    shown = choose_approaches(listed, None, 8)
    assert shown == [
        "own", "best_source-source_dev", "mean_source", "pivot", SIMILAR, AVERAGE,
        "leave_one_out", f"{SIMILAR}-ensemble_soft",
    ]  # fmt: skip
    assert name_left_out(listed, shown) == [
        "best source (target's dev labels)",
        "best source (oracle: test labels)",
        "task arithmetic: similarity",
        "TIES: similarity",
        "majority vote: average",
    ]
    assert choose_approaches(listed, None, 2, merges_only=True) == [SIMILAR, AVERAGE]


def test_beside_a_nearest_source_the_best_one_gives_way_to_merges() -> None:
    results = make_study(("de-DE", "en-US", "fr-FR")).results
    others = results[results["recipe"] == "pivot"]
    nearest = others.assign(recipe="nearest_source-syntax_knn", method="nearest_source")
    joint = others.assign(recipe="joint", method="joint", supervision="target_train")
    listed = list_approaches(pd.concat([results, nearest, joint]))
    baselines = ["own", "joint", "nearest_source-syntax_knn", "mean_source", "pivot"]
    merges = [SIMILAR, AVERAGE, "leave_one_out"]
    assert choose_approaches(listed, None, 8) == [*baselines, *merges]
    assert set(choose_approaches(listed, None, 11)) == {
        *baselines, *merges, f"{SIMILAR}-task_arithmetic-l1.5", f"{SIMILAR}-ties-d0.2-l1",
        f"{SIMILAR}-ensemble_soft",
    }  # fmt: skip
    assert "best_source-source_dev" in choose_approaches(listed, None, 12)


def test_merges_that_have_seen_labels_are_chosen_last() -> None:
    rows = [settings("seen", supervision="target_dev"), settings("unseen", k=3)]
    listed = list_approaches(pd.DataFrame(rows))
    assert choose_approaches(listed, None, 1) == ["unseen"]


def test_a_wish_is_followed_in_the_order_of_all_figures() -> None:
    listed = list_approaches(make_study(("de-DE", "en-US", "fr-FR")).results)
    assert choose_approaches(listed, [AVERAGE, "own"], 1) == ["own", AVERAGE]
    with pytest.raises(Refusal, match="no recipe 'averag' to draw"):
        choose_approaches(listed, ["averag"], 8)


def test_no_two_approaches_look_alike() -> None:
    rows = [settings(f"m{k}", k=k) for k in range(9)]
    rows += [
        {"recipe": f"best_source-{name}", "method": "best_source", "selected_on": name}
        for name in ("source_dev", "target_dev", "test")
    ]
    styles = approach_styles(list_approaches(pd.DataFrame(rows)))
    looks = {(style["color"], style["marker"]) for style in styles.values()}
    assert len(looks) == len(styles) == 12
    hollow = {name for name, style in styles.items() if style["markerfacecolor"] == "white"}
    assert hollow == {"best_source-source_dev", "best_source-target_dev", "best_source-test"}


def test_a_model_of_all_locales_is_a_baseline() -> None:
    rows = pd.DataFrame(
        {"recipe": ["linear", "joint", "own"], "method": ["linear", "joint", "own"]}
    )
    listed = list_approaches(rows)
    assert listed["label"].tolist() == ["own model", "one model of all locales", "merge"]
    assert choose_approaches(listed, None, 9, merges_only=True) == ["linear"]
    assert approach_styles(listed)["joint"]["markerfacecolor"] == "white"
