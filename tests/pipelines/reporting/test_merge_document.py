from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from isogloss.pipelines.reporting.merge_document import write_document
from tests.pipelines.reporting.merge_pages import (
    AVERAGE,
    MERGED,
    make_failures,
    make_inputs,
    make_summary,
)


def refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is no JSON")


def read(**others: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        write_document(make_inputs(**others)), parse_constant=refuse
    )
    return document


def test_what_was_studied() -> None:
    document = read()
    assert document["encoder"] == "minilm_l6"
    assert document["label"] == "MiniLM"
    assert document["cautions"] == [
        "one seed",
        "English encoder",
        "sample written for this project",
    ]
    assert document["locales"] == {
        "spelled": ["de-DE", "en-US", "sw-KE"],
        "not_spelled": ["ja-JP"],
    }
    assert document["items"] == {"test": {"de-DE": 40, "en-US": 40, "ja-JP": 40, "sw-KE": 40}}
    assert document["made_from"] == {"settings": {"merging.k": [2]}}
    assert (document["seeds"], document["pivot"], document["confidence"]) == ([0], "en-US", 0.95)
    assert len(document["recipes"]) == 10
    recipes = {row["recipe"]: row for row in document["recipes"]}
    assert recipes[AVERAGE]["label"] == "merge: average"
    assert recipes[AVERAGE]["k"] == 2
    assert recipes["own"]["k"] is None


def test_numbers_are_whole_and_what_is_missing_is_null() -> None:
    summary = make_summary()
    summary.loc[0, ["ci_low", "ci_high"]] = np.nan
    document = read(summary=summary.assign(mean=1 / 3))
    assert document["summary"][0]["mean"] == 1 / 3
    assert document["summary"][0]["ci_low"] is None
    rows = {row["locale"]: row for row in document["comparison"]}
    assert rows["de-DE"][AVERAGE] == 0.6
    assert rows["en-US"]["pivot"] is None
    assert rows["en-US"]["spelled"] is True
    assert rows["de-DE"][f"{AVERAGE} minus own: p adjusted"] == 0.2
    assert document["spelling"][2] == {"locale": "ja-JP", "unknown_share": 0.85, "spelled": False}


def test_failures_and_empty_tables() -> None:
    document = read(failures=make_failures(("merge", "x", "no memory")))
    assert document["failures"] == [{"what": "merge", "name": "x", "reason": "no memory"}]
    inputs = make_inputs()
    own = inputs["results"][~inputs["results"]["recipe"].isin(MERGED)]
    empty = {name: inputs[name].iloc[:0] for name in ("comparisons", "summary", "transfer")}
    alone = read(results=own, **empty)
    assert alone["summary"] == []
    assert alone["items"] == {}
    assert alone["comparison"][0]["own"] == pytest.approx(0.8)
