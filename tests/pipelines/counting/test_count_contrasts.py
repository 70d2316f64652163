from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from isogloss.count_score_schemas import CountingContrasts
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.count_contrasts import contrast_predictions
from tests.pipelines.counting.benchmark_examples import make_items
from tests.pipelines.counting.test_count_scores import predict

PARAMETERS = BenchmarkParameters(rounds=2000)


def right(own: pd.DataFrame) -> Any:
    return own["count"]


def one_more(own: pd.DataFrame) -> Any:
    return own["count"] + 1


def half_right(own: pd.DataFrame) -> Any:
    """Right in two of the four categories, one too many in the others."""
    return own["count"] + own["category"].isin(["birds", "tools"])


def find(table: pd.DataFrame, **keys: Any) -> pd.Series:
    rows = table
    for name, value in keys.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_places_of_the_category_are_compared_list_by_list() -> None:
    first, last = predict(right), predict(half_right, position="last")
    shuffled = last.sample(frac=1, random_state=0)
    table = CountingContrasts.validate(
        contrast_predictions(pd.concat([shuffled, first]), "eng", PARAMETERS)
    )
    own = find(table, contrast="position", language="eng", metric="accuracy")
    assert own[["position", "reference"]].tolist() == ["first", "last"]
    assert own[["value", "reference_value", "difference"]].tolist() == [1.0, 0.5, 0.5]
    assert own[["n", "clusters", "unit"]].tolist() == [24, 4, "category"]
    # Of four categories that differ by 0, 0, 1 and 1; of them three are drawn each time.
    error = np.std([0, 0, 1, 1]) / np.sqrt(3)
    assert own["p"] == pytest.approx(2 * stats.t.sf(0.5 / error, 3), rel=0.1)
    assert own["p_adjusted"] == pytest.approx(2 * own["p"])
    assert own["family"] == 2
    distance = find(table, contrast="position", language="eng", metric="mae")
    assert distance["difference"] == -0.5
    together = find(table, contrast="position", language="all", metric="accuracy")
    assert together["n"] == 48
    assert together["clusters"] == 4
    assert together["p_adjusted"] == together["p"]


def test_languages_are_compared_with_the_pivot_on_common_lists() -> None:
    table = predict(right)
    german = table["language"] == "deu"
    table.loc[german, "answer"] = one_more(table[german])
    dropped = table[~german | (table["category"] != "birds")]
    found = contrast_predictions(dropped, "eng", PARAMETERS)
    assert set(found["contrast"]) == {"language"}
    own = find(found, language="deu", metric="accuracy")
    assert own[["reference", "difference", "n"]].tolist() == ["eng", -1.0, 18]
    # The same in all of three categories: no error, and the interval is that of three trials.
    assert 0 < own["p"] < 0.5
    assert (own["p"] < 0.05) == (own["ci_high"] < 0)
    same = contrast_predictions(predict(one_more), "eng", PARAMETERS)
    assert same["difference"].tolist() == [0, 0]
    assert same["p"].tolist() == [1, 1]
    assert contrast_predictions(table, "fra", PARAMETERS).empty


def test_written_numbers_are_compared_with_likeliest_ones() -> None:
    written = predict(right, scoring="generated")
    silent = written["category"] == "birds"
    written.loc[silent, "answer"] = pd.NA
    table = contrast_predictions(pd.concat([written, predict(one_more)]), "eng", PARAMETERS)
    accuracy = find(table, contrast="scoring", language="deu", metric="accuracy")
    assert accuracy["difference"] == 0.75
    # Lists without a number are wrong, and have no distance.
    distance = find(table, contrast="scoring", language="deu", metric="mae")
    assert distance[["difference", "n"]].tolist() == [-1.0, 18]
    written["answer"] = pd.Series(pd.NA, index=written.index, dtype="Int64")
    table = contrast_predictions(pd.concat([written, predict(one_more)]), "eng", PARAMETERS)
    assert CountingContrasts.validate(table) is not None
    distance = find(table, contrast="scoring", language="deu", metric="mae")
    assert distance["n"] == 0
    assert np.isnan(distance["difference"])


def test_lists_of_one_category_are_drawn_themselves() -> None:
    items = make_items()
    birds = items[(items["category"] == "birds") & (items["language"] == "eng")]
    first, last = predict(right, birds), predict(one_more, birds, position="last")
    table = contrast_predictions(pd.concat([first, last]), "eng", PARAMETERS)
    own = find(table, contrast="position", metric="accuracy")
    assert own[["unit", "clusters", "language"]].tolist() == ["item", 6, "eng"]
