from __future__ import annotations

import pandas as pd
import pytest

from isogloss.pipelines.reporting.report import heat_map
from isogloss.pipelines.reporting.report.heat_map import lay_out_alignment
from tests.pipelines.reporting.report.report_pages import READERS, layer_scores, summary


def test_every_pair_has_its_score_and_bounds_in_every_layer() -> None:
    (shown,) = lay_out_alignment({"gemma": layer_scores()}, summary(), READERS)
    assert shown["label"] == "Gemma, 4-bit"
    assert shown["metric"] == "MEXA, pool of 60"
    assert shown["n"] == 60
    assert shown["layers"] == [0, 1, 2]
    assert shown["range"] == [1, 2]
    # The largest family first, then by code.
    assert [code for code, _, _ in shown["languages"]] == ["deu", "eng", "swh", "tur"]
    assert shown["pairs"] == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    assert shown["score"][1] == [0.3, 0.35, 0.4, 0.45, 0.5, 0.55]
    assert shown["low"][1][0] == pytest.approx(0.26)
    assert shown["high"][2][5] == pytest.approx(0.89)
    assert shown["mean"]["score"][0] == 0.45
    assert shown["mean"]["low"] == [None] * 6
    assert not shown["star"]


def test_where_there_are_too_many_numbers_pairs_with_the_pivot_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heat_map, "MOST_NUMBERS", 53)
    (shown,) = lay_out_alignment({"gemma": layer_scores()}, summary(), READERS)
    assert shown["star"]
    assert shown["pairs"] == [[0, 1], [1, 2], [1, 3]]
    monkeypatch.setattr(heat_map, "MOST_NUMBERS", 54)
    (shown,) = lay_out_alignment({"gemma": layer_scores()}, summary(), READERS)
    assert not shown["star"]


def test_samples_are_averaged_and_models_stay_apart() -> None:
    twice = pd.concat([layer_scores(), layer_scores().assign(sample=1, mexa_at_60=0.0)])
    means = pd.concat([summary(), summary("other")])
    shown = lay_out_alignment({"gemma": twice, "other": layer_scores("other")}, means, READERS)
    assert [one["model"] for one in shown] == ["gemma", "other"]
    assert shown[0]["score"][2][0] == 0.3
    assert shown[1]["score"][2][0] == 0.6
