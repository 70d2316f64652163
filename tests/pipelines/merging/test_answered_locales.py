from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from isogloss.errors import Refusal
from isogloss.pipelines.merging.answered_locales import LabelledItems, answer_locales
from isogloss.pipelines.merging.merge_scores import Scored
from isogloss.pipelines.merging.scoring_parameters import MergeScoringParameters

LOCALES = ("de-DE", "en-US", "tr-TR")
INTENTS = ("alarm_set", "play_music", "weather_query")
SIZES = {"train": 5, "dev": 4, "test": 6}
Parts = dict[str, dict[str, NDArray[np.float32]]]


def make_intents() -> pd.DataFrame:
    rows = []
    for locale in LOCALES:
        number = 10
        for partition, size in SIZES.items():
            for place in range(size):
                intent = INTENTS[(place * place + place // 2) % 3]
                rows.append((locale, partition, str(number), intent, place == 0))
                number -= 1  # ids go down, and are not sorted as numbers
    columns = ["locale", "partition", "item_id", "intent", "seen_in_train"]
    return pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=0)


def make_logits(items: LabelledItems) -> Parts:
    """German is always right, English on items with even numbers, Turkish never."""
    found: Parts = {}
    for source, step in zip(LOCALES, (1, 2, 0), strict=True):
        for locale in LOCALES:
            for partition in ("dev", "test"):
                gold = items.gold(locale, partition)
                right = np.arange(len(gold)) % step == 0 if step else np.zeros(len(gold), bool)
                chosen = np.where(right, gold, (gold + 1) % 3)
                values = np.eye(3, dtype=np.float32)[chosen]
                found.setdefault(source, {})[f"{locale}.{partition}"] = values
    return found


def make_weights(target: str = "tr-TR") -> pd.DataFrame:
    shared = {"recipe": "linear-average", "target": target, "method": "linear", "k": 2}
    shared |= {"normalisation": "softmax"}
    sources = [one for one in LOCALES if one != target]
    shared |= {"weighting": "average", "features": "geo", "include_target": False}
    rows = [{**shared, "source": one, "weight": 0.5, "supervision": "none"} for one in sources]
    return pd.DataFrame(rows).assign(similarity=[0.4, 0.7])


def make_predictions(items: LabelledItems, target: str = "tr-TR") -> pd.DataFrame:
    test = items.rows[target]["test"]
    table = pd.DataFrame({"item_id": test["item_id"], "predicted": test["label"]})
    table.loc[table.index[:2], "predicted"] = (table["predicted"].iloc[:2] + 1) % 3
    return table.assign(recipe="linear-average", target=target).iloc[::-1]


def bring_together(predictions: pd.DataFrame | None = None) -> dict[str, Scored]:
    items = LabelledItems.of(make_intents())
    if predictions is None:
        predictions = make_predictions(items)
    found = answer_locales(
        items,
        make_logits(items),
        predictions,
        make_weights(),
        LOCALES,
        MergeScoringParameters(votes=("soft",), rounds=20),
    )
    return {one.target.locale: one for one in found}


def test_items_are_in_the_order_of_their_ids() -> None:
    items = LabelledItems.of(make_intents())
    assert items.labels == INTENTS
    assert list(items.rows) == list(LOCALES)
    test = items.rows["de-DE"]["test"]
    assert test["item_id"].tolist() == sorted(test["item_id"])
    assert [INTENTS[one] for one in items.gold("de-DE", "test")] == test["intent"].tolist()
    assert items.majority("de-DE") == INTENTS.index("alarm_set")  # with play_music, behind it


def test_all_approaches_of_a_locale_are_there() -> None:
    found = bring_together()
    assert set(found) == set(LOCALES)
    means = {one.recipe: one.outcomes.mean() for one in found["tr-TR"].approaches}
    assert means["own"] == 0
    assert means["pivot"] == 0.5
    assert means["mean_source"] == 0.75
    assert means["nearest_source-geo"] == 0.5, "English is nearer than German"
    assert means["linear-average"] == pytest.approx(4 / 6)
    assert "linear-average" not in {one.recipe for one in found["de-DE"].approaches}
    merge = found["tr-TR"].approaches[-2]
    assert merge.sources == ("de-DE", "en-US")
    assert merge.weights == (0.5, 0.5)
    assert merge.settings["k"] == 2
    assert merge.settings["normalisation"] == "softmax", "or names could not tell recipes apart"


def test_sources_vote_with_the_weights_of_the_merge() -> None:
    ensemble = bring_together()["tr-TR"].approaches[-1]
    assert (ensemble.recipe, ensemble.method) == ("ensemble_soft-linear-average", "ensemble_soft")
    # even items: both right; odd items: one each, and the first class of two equally likely wins
    gold = LabelledItems.of(make_intents()).gold("tr-TR", "test")
    wrong = (gold + 1) % 3
    odd = np.arange(len(gold)) % 2 == 1
    assert ensemble.outcomes.tolist() == np.where(odd, gold < wrong, True).astype(float).tolist()


def test_texts_that_training_has_seen_are_known() -> None:
    [scored] = [one for locale, one in bring_together().items() if locale == "de-DE"]
    assert (~scored.unseen).sum() == 1


def test_dev_accuracies_are_those_of_the_logits() -> None:
    target = bring_together()["tr-TR"].target
    assert target.dev_accuracy == {
        "de-DE": dict.fromkeys(LOCALES, 1.0),
        "en-US": dict.fromkeys(LOCALES, 0.5),
        "tr-TR": dict.fromkeys(LOCALES, 0.0),
    }


def test_predictions_of_other_items_are_refused() -> None:
    items = LabelledItems.of(make_intents())
    predictions = make_predictions(items)
    predictions["item_id"] = [f"x{one}" for one in predictions["item_id"]]
    with pytest.raises(Refusal, match="linear-average for tr-TR are not those of its 6 test"):
        bring_together(predictions)
