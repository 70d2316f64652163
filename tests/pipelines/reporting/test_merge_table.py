from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.datasets import AtomicCSVDataset
from isogloss.pipelines.reporting.merge_table import compare_locales, list_merges
from tests.pipelines.reporting.merge_pages import (
    AVERAGE,
    BEST,
    LOCALES,
    MERGED,
    SEEN,
    SYNERGY,
    TIES,
    make_comparisons,
    make_results,
)


def compare(results: pd.DataFrame, comparisons: pd.DataFrame) -> pd.DataFrame:
    return compare_locales(results, comparisons, LOCALES).set_index("locale")


def row_of(table: pd.DataFrame, locale: str) -> dict[Any, Any]:
    return table.loc[[locale]].to_dict("records")[0]


def test_a_row_a_locale_with_every_approach_and_its_gain_over_every_baseline() -> None:
    table = compare(make_results(), make_comparisons(p=0.03))
    assert table.index.tolist() == ["de-DE", "en-US", "sw-KE", "ja-JP"], "not spelled comes last"
    row = row_of(table, "de-DE")
    assert [row[name] for name in ("name", "spelled", "seeds", "n")] == ["German", True, 1, 40]
    alone = [row[name] for name in ("own", "pivot", "mean_source", BEST, "majority")]
    assert alone == [0.8, 0.5, 0.4, 0.5, 0.125]
    assert row[AVERAGE] == 0.6
    gains = {
        "nearest_source": 0.1,
        "mean_source": 0.2,
        BEST: 0.1,
        "pivot": 0.1,
        "own": -0.2,
        "own_sources": SYNERGY,
    }
    for baseline, gain in gains.items():
        assert row[f"{AVERAGE} minus {baseline}"] == pytest.approx(gain)
        assert row[f"{AVERAGE} minus {baseline}: p adjusted"] == 0.03


def test_columns_stand_in_the_order_of_the_figures() -> None:
    table = compare(make_results(), make_comparisons())
    shown = [name for name in table.columns if name in MERGED]
    assert shown == [AVERAGE, SEEN, TIES, f"ensemble_soft-{AVERAGE}"] == list_merges(make_results())
    after = list(table.columns)[list(table.columns).index(AVERAGE) + 1 :][:4]
    assert after == [
        f"{AVERAGE} minus own_sources",
        f"{AVERAGE} minus own_sources: p adjusted",
        f"{AVERAGE} minus nearest_source",
        f"{AVERAGE} minus nearest_source: p adjusted",
    ]
    assert not any("joint" in name for name in table.columns), "there is no such baseline"


def test_what_is_missing_is_missing_not_zero(tmp_path: Path) -> None:
    table = compare_locales(make_results(), make_comparisons(), LOCALES)
    english, japanese = (row_of(table.set_index("locale"), one) for one in ("en-US", "ja-JP"))
    assert np.isnan(english["pivot"])
    assert np.isnan(english[f"{TIES} minus pivot"])
    assert japanese[f"{TIES} minus own"] == pytest.approx(-0.1)
    assert np.isnan(japanese[f"{TIES} minus own: p adjusted"]), "it takes no part in tests"
    AtomicCSVDataset(filepath=str(tmp_path / "table.csv")).save(table)
    text = (tmp_path / "table.csv").read_text()
    assert "nan" not in text.lower()
    pd.testing.assert_frame_equal(pd.read_csv(StringIO(text)), table, check_dtype=False)


def test_seeds_are_averaged_and_the_largest_p_counts() -> None:
    results = pd.concat([make_results(), make_results(seed=1, shift=0.1)])
    p = pd.concat([make_comparisons(p=0.001), make_comparisons(seed=1, p=0.3)])
    row = row_of(compare(results, p), "sw-KE")
    assert row["seeds"] == 2
    assert row[AVERAGE] == pytest.approx(0.15)
    assert row["own"] == pytest.approx(0.7)
    assert row[f"{AVERAGE} minus own"] == pytest.approx(-0.55)
    assert row[f"{AVERAGE} minus own_sources"] == pytest.approx(SYNERGY + 0.05)
    assert row[f"{AVERAGE} minus own: p adjusted"] == 0.3
    unknown = pd.concat([make_comparisons(p=0.001), make_comparisons(seed=1, p=np.nan)])
    row = row_of(compare(results, unknown), "sw-KE")
    assert np.isnan(row[f"{AVERAGE} minus own: p adjusted"])


def test_baselines_alone_make_a_table() -> None:
    results = make_results()
    results = results[~results["recipe"].isin(MERGED)]
    table = compare(results, make_comparisons().iloc[:0])
    names = ["own", "pivot", "mean_source", BEST, "majority", "nearest_source-geo"]
    assert table.columns.tolist()[4:] == names
    assert list_merges(results) == []
    assert compare(results, pd.DataFrame()).equals(table)
