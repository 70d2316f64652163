from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from isogloss.partitions import StoredPartitions
from isogloss.pipelines.merging.answered_locales import LabelledItems
from isogloss.pipelines.merging.scoring_nodes import merge_scorer, transfer_scorer
from isogloss.pipelines.merging.scoring_parameters import MergeScoringParameters
from isogloss.provenance import sources_of
from isogloss.tensors import Tensors, TensorTable
from tests.pipelines.merging.planted_locales import row_of
from tests.pipelines.merging.test_answered_locales import (
    LOCALES,
    make_intents,
    make_logits,
    make_predictions,
    make_weights,
)

PARAMETERS = MergeScoringParameters(rounds=50, votes=("soft",))
SPELLING = pd.DataFrame({"locale": LOCALES, "spelled": [True, True, True]})


def store(values: dict[str, Any]) -> StoredPartitions[Any]:
    return StoredPartitions({"recipe": "tiny"}, {key: {} for key in values}, values.__getitem__)


def make_sources() -> StoredPartitions[Tensors]:
    logits = make_logits(LabelledItems.of(make_intents()))
    return store({f"{source}-{7}": TensorTable(parts) for source, parts in logits.items()})


def score(spelling: pd.DataFrame = SPELLING) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    items = LabelledItems.of(make_intents())
    weights = pd.concat([make_weights(target).assign(seed=7) for target in LOCALES])
    weights = weights[weights["source"].isin(spelling.loc[spelling["spelled"], "locale"])]
    predictions = {target: make_predictions(items, target).assign(seed=7) for target in LOCALES}
    return merge_scorer("tiny")(
        make_sources(), store(predictions), weights, spelling, make_intents(), PARAMETERS
    )


def test_every_source_is_scored_on_every_locale() -> None:
    table = transfer_scorer("tiny")(make_sources(), make_intents(), PARAMETERS)
    assert len(table) == 3 * 3 * 2
    assert set(table["encoder"]) == {"tiny"}
    assert set(table["seed"]) == {7}
    cells = table.set_index(["source", "target", "partition"])
    row = row_of(cells, "en-US", "tr-TR", "test")
    assert (row["accuracy"], row["n"]) == (0.5, 6)
    assert row["ci_low"] < 0.5 < row["ci_high"]
    assert row_of(cells, "de-DE", "de-DE", "dev")["accuracy"] == 1
    assert sources_of(table) == {"source_logits": {"recipe": "tiny"}}


def test_every_locale_has_every_approach() -> None:
    results, comparisons, summary = score()
    rows = results.set_index(["locale", "recipe"])
    assert set(results["locale"]) == set(LOCALES)
    assert row_of(rows, "tr-TR", "linear-average")["accuracy"] == pytest.approx(4 / 6)
    assert row_of(rows, "tr-TR", "mean_source")["accuracy"] == pytest.approx(0.75)
    merges = comparisons[comparisons["recipe"] == "linear-average"]
    assert merges.groupby("baseline")["locale"].nunique()["own_sources"] == 3
    means = summary.set_index(["recipe", "baseline"])
    assert row_of(means, "linear-average", "")["mean"] == pytest.approx(4 / 6)


def test_what_the_encoder_cannot_spell_is_shown_but_not_averaged() -> None:
    results, comparisons, summary = score(SPELLING.assign(spelled=[True, True, False]))
    assert results.groupby("locale")["spelled"].first().to_dict() == {
        "de-DE": True,
        "en-US": True,
        "tr-TR": False,
    }
    # Its own classifier answers for it, but is no source of others: Turkish is never right, so the
    # mean of the other sources of German is that of English alone.
    rows = results.set_index(["locale", "recipe"])
    assert row_of(rows, "de-DE", "mean_source")["accuracy"] == pytest.approx(0.5)
    assert row_of(rows, "de-DE", "mean_source")["n_sources"] == 1
    assert row_of(rows, "tr-TR", "own")["accuracy"] == 0
    assert "tr-TR" not in set(comparisons["locale"])
    assert set(summary.loc[summary["baseline"] == "", "n_locales"]) <= {1, 2}
