from __future__ import annotations

import pandas as pd
import pytest

from isogloss.counting_schemas import CountingQuality
from isogloss.pipelines.counting.flatness_quality import measure_quality
from isogloss.pipelines.counting.generation_drafts import draft_written, tabulate
from isogloss.pipelines.counting.generation_making import build_lexicons
from isogloss.pipelines.counting.generation_nodes import draft_items
from isogloss.pipelines.counting.generation_panels import plan_panels
from isogloss.pipelines.counting.generation_parameters import CountingParameters
from isogloss.statistics.intervals import wilson_interval
from tests.pipelines.counting.small_words import (
    category_names,
    language_table,
    relations,
    word_lists,
)

KEPT = ["item_id", "language", "category", "method", "length", "count", "attempt"]


def validated(items: pd.DataFrame, verdicts: list[str], by: str = "lists") -> pd.DataFrame:
    return items[KEPT].assign(
        decided_by=["nobody" if one == "undecided" else by for one in verdicts],
        judge="",
        counted=pd.array([pd.NA] * len(items), "Int64"),
        verdict=verdicts,
        reason="",
    )


def values(quality: pd.DataFrame, method: str = "all") -> dict[tuple[str, str], float]:
    own = quality[quality["method"] == method]
    return dict(zip(zip(own["measure"], own["group"], strict=True), own["value"], strict=True))


@pytest.fixture(scope="module")
def designed() -> pd.DataFrame:
    settings = CountingParameters(per_category=30, languages=("eng",))
    drafts, *_ = draft_items(
        settings, language_table(), word_lists(), category_names(), relations()
    )
    return drafts


def test_design_is_flat(designed: pd.DataFrame) -> None:
    quality = measure_quality(designed, validated(designed, ["valid"] * len(designed)), 0.5)
    CountingQuality.validate(quality)
    found = values(quality, "systematic")
    for name in ("category", "length", "count"):
        assert found[f"flatness_{name}_p", "all"] == 1
        assert found[f"flatness_{name}_w", "all"] == 0
    for name in ("length_count", "category_count", "category_length"):
        assert found[f"independence_{name}_p", "all"] == pytest.approx(1)
        assert found[f"independence_{name}_v", "all"] == pytest.approx(0, abs=1e-9)
    assert found["flatness_place_p", "all"] > 0.99
    assert found["flatness_place_deviation", "all"] < 0.06
    # Words are more even in both roles than chance: it would give V = sqrt(71 / 1440) = .22.
    assert found["independence_word_role_p", "all"] > 0.999
    assert found["independence_word_role_v", "all"] < 0.1
    assert found["word_diversity", "all"] == 72 / 1440
    # Categories meet by lot, so that some lend a few more words than others.
    assert found["word_uses_most", "all"] - found["word_uses_least", "all"] <= 8
    assert found["duplicate_rate", "all"] == found["near_duplicate_rate", "all"] == 0


def test_skew_is_seen(designed: pd.DataFrame) -> None:
    skewed = designed[(designed["length"] > 8) | (designed["count"] < 3)].reset_index(drop=True)
    quality = measure_quality(skewed, validated(skewed, ["valid"] * len(skewed)), 0.5)
    found = values(quality, "systematic")
    assert found["flatness_count_p", "all"] < 0.001
    assert found["flatness_length_p", "all"] < 0.01
    assert found["flatness_length_w", "all"] > 0.2


def test_accuracy_is_stratified_and_undecided_lists_are_set_apart() -> None:
    rows = [
        draft_written("birds", ["a", "b"], [True, False], "eng", "x", 0),
        draft_written("birds", ["c", "d"], [True, True], "eng", "x", 0),
        draft_written("birds", ["e", "f", "g"], [True, False, False], "eng", "x", 0),
        draft_written("invented_songs", ["h", "i", "j"], [False] * 3, "eng", "x", 0),
    ]
    items = tabulate(rows)
    checked = validated(items, ["valid", "invalid", "undecided", "valid"], "model")
    quality = measure_quality(items, checked, 0.5)
    CountingQuality.validate(quality)
    found = values(quality, "model")
    assert found["accuracy", "all"] == pytest.approx(2 / 3)
    assert found["accuracy", "length=2"] == 0.5
    assert found["accuracy", "length=3"] == 1
    assert found["accuracy", "count=0"] == 1
    assert found["accuracy", "count=2"] == 0
    assert found["accuracy", "category=invented"] == 1
    assert found["undecided_rate", "all"] == 0.25
    assert found["decided_by_lists_rate", "all"] == 0
    row = quality[(quality["measure"] == "accuracy") & (quality["group"] == "all")].iloc[0]
    low, high = wilson_interval(row["value"], 3)
    assert (row["n"], row["ci_low"], row["ci_high"]) == (3, low, high)


def test_methods_stand_beside_each_other(designed: pd.DataFrame) -> None:
    written = tabulate([draft_written("birds", ["a", "b"], [True, False], "eng", "x", 0)])
    both = pd.concat([designed, written], ignore_index=True)
    quality = measure_quality(both, validated(both, ["valid"] * len(both)), 0.5)
    counts = quality[(quality["measure"] == "accuracy") & (quality["group"] == "all")]
    assert counts.set_index("method")["n"].to_dict() == {"all": 181, "model": 1, "systematic": 180}


def test_duplicates_are_counted() -> None:
    lists = [["a", "b", "c"], ["c", "b", "A"], ["a", "b", "d"], ["x", "y", "z"]]
    rows = [draft_written("birds", words, [True] * 3, "eng", "x", 0) for words in lists]
    items = tabulate(rows)
    found = values(measure_quality(items, validated(items, ["valid"] * 4), 0.4), "model")
    assert found["duplicate_rate", "all"] == 0.25
    assert found["near_duplicate_rate", "all"] == 0.5
    assert found["word_diversity", "all"] == 7 / 12


def test_words_of_panels_are_gathered_once() -> None:
    settings = CountingParameters(parallel=False)
    panels = plan_panels(["eng", "deu"], ["birds", "metals", "tools", "sports"], settings)
    lexicons, left_out = build_lexicons(word_lists(), relations(), panels, settings)
    assert set(lexicons) == {("eng",), ("deu",)}
    assert left_out.empty
    assert list(left_out.columns) == ["category", "concept", "missing"]
