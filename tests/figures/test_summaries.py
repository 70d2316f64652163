from __future__ import annotations

import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.figures.summaries import choose_pooling, select_summary


def test_maxima_do_not_decide_the_headline_metric(summary: pd.DataFrame) -> None:
    maxima = summary.assign(aggregation="max", n=30)
    rows, metric, pooling = select_summary(pd.concat([summary, maxima]), "mean", "auto", "mean")
    assert metric == "mexa_at_60"
    assert pooling == "mean"
    assert len(rows) == 136
    with pytest.raises(ValueError, match="'cka' was not measured"):
        select_summary(summary, "mean", "cka", "mean")


def test_a_pooling_falls_back_only_if_it_has_a_name() -> None:
    assert choose_pooling("last", ["mean", "last"]) == "last"
    assert choose_pooling("weighted", ["last", "mean", "mean"]) == "mean"
    assert choose_pooling("own", ["own", "mean"]) == "own"
    with pytest.raises(Refusal, match="no pooling 'max'.*one of those measured: mean, own"):
        choose_pooling("max", ["own", "mean"])
