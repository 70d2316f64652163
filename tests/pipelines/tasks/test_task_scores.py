from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy.stats import binom

from isogloss.errors import Refusal
from isogloss.pipelines.tasks.choice import Choice, choose_formulation
from isogloss.pipelines.tasks.parameters import TaskParameters
from isogloss.pipelines.tasks.task_scores import score_task
from isogloss.schemas import CI_HIGH, CI_LOW
from isogloss.task_schemas import ItemScores

PARAMETERS = TaskParameters(rounds=400)
NO_LETTERS = pd.DataFrame(columns=["language", "item_id", "order", "letter", "chosen"])


def item_rows(
    right: dict[str, list[bool]],
    *,
    task: str = "mmlu",
    strata: list[str] | None = None,
    subsets: list[str] | None = None,
    formulation: str = "cloze",
    normalisation: str = "none",
    split: str = "test",
    prefix: str = "i",
) -> pd.DataFrame:
    """Make item scores in which option 1 is right, and chosen where `right` says so, else 2."""
    rows = []
    for language, hits in right.items():
        for place, (hit, option) in enumerate(product(hits, range(1, 5))):
            item = place // 4
            rows.append(
                {
                    "model": "m",
                    "task": task,
                    "data": "sample",
                    "language": language,
                    "item_id": f"{prefix}{item:03d}",
                    "split": split,
                    "cluster": f"{prefix}{item:03d}",
                    "stratum": strata[item] if strata else "",
                    "subset": subsets[item] if subsets else "",
                    "formulation": formulation,
                    "normalisation": normalisation,
                    "truncated": False,
                    "option": option,
                    "log_likelihood": -1.0,
                    "score": -1.0,
                    "probability": 0.7 if option == 1 + (not hit) else 0.1,
                    "chosen": option == 1 + (not hit),
                    "gold": option == 1,
                }
            )
    return ItemScores.validate(pd.DataFrame(rows))


def only(table: pd.DataFrame, **key: object) -> pd.Series:
    rows = table
    for column, value in key.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1, key
    return rows.iloc[0]


CLOZE = Choice("cloze", "none")


def test_accuracy_chance_and_gap_by_hand() -> None:
    eng = [True] * 16 + [False] * 4
    deu = [True] * 9 + [False] * 11
    table = score_task(item_rows({"eng": eng, "deu": deu}), NO_LETTERS, "eng", CLOZE, PARAMETERS)
    english = only(table, metric="accuracy_text", language="eng")
    german = only(table, metric="accuracy_text", language="deu")
    assert english["score"] == pytest.approx(0.8)
    assert (english["n"], english["chance"]) == (20, 0.25)
    tails = {"eng": binom.sf(15, 20, 0.25), "deu": binom.sf(8, 20, 0.25)}
    assert english["p_above_chance"] == pytest.approx(tails["eng"])
    assert english["p_above_chance_adjusted"] == pytest.approx(2 * tails["eng"])
    assert german["p_above_chance_adjusted"] == pytest.approx(tails["deu"])
    assert bool(english["above_chance"])
    assert bool(german["above_chance"]) == (tails["deu"] < 0.05)
    assert german["gap"] == pytest.approx(-0.35)
    assert german["gap_ci_low"] < -0.35 < german["gap_ci_high"] < 0
    assert (english["gap"], english["gap_ci_low"], english["gap_ci_high"]) == (0, 0, 0)
    assert english[CI_LOW] < 0.8 < english[CI_HIGH]
    p_correct = only(table, metric="p_correct", language="eng")
    assert p_correct["score"] == pytest.approx(0.8 * 0.7 + 0.2 * 0.1)
    assert np.isnan(p_correct["p_above_chance"])
    assert bool(english["selected"])


def test_subjects_count_by_items_or_equally() -> None:
    strata = ["law"] * 16 + ["art"] * 4
    right = [True] * 8 + [False] * 8 + [True] * 4
    table = score_task(
        item_rows({"eng": right}, strata=strata), NO_LETTERS, "eng", CLOZE, PARAMETERS
    )
    accuracy = table[table["metric"] == "accuracy_text"]
    scores = {(row["subset"], row["average"]): row["score"] for _, row in accuracy.iterrows()}
    assert scores[("", "micro")] == pytest.approx(12 / 20)
    assert scores[("", "macro")] == pytest.approx((0.5 + 1.0) / 2)
    assert scores[("law", "micro")] == pytest.approx(0.5)
    assert scores[("art", "micro")] == pytest.approx(1.0)
    assert ("law", "macro") not in scores
    selected = table.loc[table["selected"], ["subset", "average"]].drop_duplicates()
    assert selected.to_numpy().tolist() == [["", "micro"]]


def test_marked_subsets_have_rows_of_their_own() -> None:
    subsets = ["culturally_agnostic"] * 5 + ["culturally_sensitive"] * 5
    table = score_task(
        item_rows({"eng": [True] * 5 + [False] * 5}, subsets=subsets),
        NO_LETTERS,
        "eng",
        CLOZE,
        PARAMETERS,
    )
    row = only(table, metric="accuracy_text", subset="culturally_agnostic")
    assert (row["score"], row["n"]) == (pytest.approx(1.0), 5)
    assert not row["selected"]


def test_development_items_of_knowledge_are_not_reported() -> None:
    rows = pd.concat(
        [
            item_rows({"eng": [False] * 10}),
            item_rows({"eng": [True] * 10}, split="dev", prefix="d"),
        ]
    )
    table = score_task(rows, NO_LETTERS, "eng", CLOZE, PARAMETERS)
    assert only(table, metric="accuracy_text")["score"] == 0.0


def test_what_was_chosen_on_passages_stands_on_the_others() -> None:
    rows = pd.concat(
        [
            item_rows({"eng": [False] * 10}),
            item_rows({"eng": [True] * 10}, split="dev", prefix="d"),
        ]
    ).assign(task="belebele")
    chosen = score_task(rows, NO_LETTERS, "eng", CLOZE, PARAMETERS)
    everything = only(chosen, metric="accuracy_text", subset="")
    held_out = only(chosen, metric="accuracy_text", subset="held_out")
    assert (everything["score"], everything["n"]) == (pytest.approx(0.5), 20)
    assert (held_out["score"], held_out["n"]) == (0.0, 10)
    assert (everything["selected"], held_out["selected"]) == (False, True)
    fixed = PARAMETERS.model_copy(update={"formulation": "cloze", "normalisation": "none"})
    given = score_task(rows, NO_LETTERS, "eng", CLOZE, fixed)
    assert only(given, metric="accuracy_text", subset="")["selected"]


def test_a_favourite_letter_is_not_told_from_guessing() -> None:
    # the first option is right in all items, and a model that always says A gets them right
    rows = item_rows({"eng": [True] * 20}, formulation="label")
    label = score_task(rows, NO_LETTERS, "eng", Choice("label", "none"), PARAMETERS)
    row = only(label, metric="accuracy_label")
    assert (row["best_constant"], row["p_above_chance"]) == (1.0, 1.0)
    assert not row["above_chance"]
    texts = score_task(item_rows({"eng": [True] * 20}), NO_LETTERS, "eng", CLOZE, PARAMETERS)
    assert only(texts, metric="accuracy_text")["above_chance"]
    assert np.isnan(only(texts, metric="accuracy_text")["best_constant"])


def test_cut_prompts_are_counted() -> None:
    rows = item_rows({"eng": [True] * 4})
    rows["truncated"] = rows["item_id"] == "i000"
    table = score_task(rows, NO_LETTERS, "eng", CLOZE, PARAMETERS)
    assert only(table, metric="accuracy_text")["truncated_rate"] == pytest.approx(0.25)


def test_invalid_answers_are_counted() -> None:
    rows = item_rows({"eng": [True, True, False, False]}, formulation="generated")
    wrong = (rows["item_id"] == "i003") & rows["chosen"]
    rows.loc[wrong, "chosen"] = False
    rows["probability"] = np.nan
    table = score_task(rows, NO_LETTERS, "eng", Choice("generated", "none"), PARAMETERS)
    row = only(table, metric="accuracy_generated")
    assert (row["score"], row["invalid_rate"]) == (pytest.approx(0.5), pytest.approx(0.25))
    assert set(table["metric"]) == {"accuracy_generated"}


def test_bias_is_the_spread_of_the_letters_recalls() -> None:
    # A is right 10 times and chosen then; B, C and D are right 10 times each and never chosen
    letters = pd.DataFrame(
        {
            "language": "eng",
            "item_id": [f"i{item:03d}" for item in range(10) for _ in range(4)],
            "order": [order for _ in range(10) for order in range(4)],
            "letter": [letter for _ in range(10) for letter in "ABCD"],
            "chosen": "A",
        }
    )
    table = score_task(item_rows({"eng": [True] * 10}), letters, "eng", CLOZE, PARAMETERS)
    row = only(table, metric="label_bias")
    assert row["score"] == pytest.approx(np.std([1, 0, 0, 0]))
    # ten presentations a letter, a quarter of them right: the mean spread without any favourite
    assert 0.08 < row["chance"] < 0.16
    # all draws are alike, so that they say nothing of how far the bias might be off
    assert np.isnan(row[CI_LOW])
    assert not row["selected"]


def test_the_interval_of_the_bias_holds_it_however_few_items() -> None:
    for seed in range(20):
        generator = np.random.default_rng(seed)
        letters = pd.DataFrame(
            {
                "language": "eng",
                "item_id": [f"i{item:03d}" for item in range(4) for _ in range(4)],
                "order": [order for _ in range(4) for order in range(4)],
                "letter": [letter for _ in range(4) for letter in "ABCD"],
                "chosen": generator.choice(list("ABCD"), 16),
            }
        )
        table = score_task(item_rows({"eng": [True] * 4}), letters, "eng", CLOZE, PARAMETERS)
        row = only(table, metric="label_bias")
        if np.isfinite(row["score"]) and np.isfinite(row[CI_LOW]):
            assert 0 <= row[CI_LOW] <= row["score"] <= row["ci_high"]


def formulations() -> pd.DataFrame:
    """Make texts better in the pivot's development items, and labels everywhere else."""
    good, bad = [True] * 8 + [False] * 2, [True] * 2 + [False] * 8
    return pd.concat(
        [
            item_rows({"eng": good}, split="dev", prefix="d"),
            item_rows({"eng": bad}, split="dev", prefix="d", formulation="label"),
            item_rows({"eng": bad, "deu": bad}),
            item_rows({"eng": good, "deu": good}, formulation="label"),
        ]
    )


def test_the_formulation_is_chosen_on_development_items_of_the_pivot() -> None:
    assert choose_formulation(formulations(), "eng", PARAMETERS) == CLOZE
    fixed = TaskParameters(formulation="label")
    assert choose_formulation(formulations(), "eng", fixed) == Choice("label", "none")


def test_what_was_not_measured_cannot_be_chosen() -> None:
    fixed = TaskParameters(formulation="cloze", normalisation="pmi")
    with pytest.raises(Refusal, match="not measured. There are: cloze none, label none"):
        choose_formulation(formulations(), "eng", fixed)
    with pytest.raises(Refusal, match="no development items in 'deu'"):
        choose_formulation(formulations(), "deu", PARAMETERS)


def test_two_right_options_are_refused_by_the_schema() -> None:
    rows = item_rows({"eng": [True]})
    with pytest.raises(Exception, match="more than one right"):
        ItemScores.validate(rows.assign(gold=True))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"formulation": "label", "normalisation": "pmi"}, "there are none, orders"),
        ({"normalisation": "contextual"}, "takes contextual_calibration: true"),
        ({"normalisation": "orders", "option_orders": "given"}, "takes option_orders: cyclic"),
        ({"modes": "generate", "formulation": "label"}, "modes has none"),
    ],
)
def test_what_will_not_be_measured_is_refused_at_once(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        TaskParameters(**settings)


def test_what_will_be_measured_is_accepted() -> None:
    TaskParameters(normalisation="pmi")
    TaskParameters(normalisation="contextual", contextual_calibration=True)
    TaskParameters(formulation="cloze", normalisation="byte", modes=("likelihood", "generate"))
