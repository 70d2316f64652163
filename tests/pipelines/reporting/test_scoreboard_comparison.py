from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.pipelines.reporting.comparison_nodes import compare_runs
from isogloss.pipelines.reporting.parameters import ComparisonParameters
from isogloss.pipelines.reporting.scoreboard_comparison import (
    compare_scoreboards,
    tabulate_answers,
)
from isogloss.scoreboard_schemas import ScoreboardComparison
from tests.scoreboard_tables import CELL, rows

N = 120
SCORES = pd.DataFrame(
    {
        "model": "gemma", "task": "belebele", "metric": ["accuracy_text", "accuracy_label"],
        "language": "deu", "formulation": ["cloze", "label"], "normalisation": "none",
        "selected": [True, False], "score": 0.5,
    }
)  # fmt: skip


def items(right: np.ndarray, formulation: str = "cloze", **more: str) -> pd.DataFrame:
    """Answers to items, two a passage; the second option is the right one."""
    table = pd.DataFrame(
        [
            (f"i{number:03d}", f"p{number // 2}", option, (option == 2) == bool(hit), option == 2)
            for number, hit in enumerate(right)
            for option in (1, 2)
        ],
        columns=["item_id", "cluster", "option", "chosen", "gold"],
    )
    return table.assign(
        model="gemma", task="belebele", language="deu", split="test", stratum="",
        formulation=formulation, normalisation="none",
    ).assign(**more)  # fmt: skip


def answers(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two checkpoints that mostly know the same items; the second a few more."""
    first = generator.random(N) < 0.5
    return first, first | (generator.random(N) < 0.15)


def test_cells_are_independent_where_no_answers_are_known() -> None:
    first = rows(CELL, {}, {"language": "swh"})
    second = rows(CELL, {"value": 0.7, "ci_low": 0.58, "ci_high": 0.8}, {"language": "fra"})
    [row] = ScoreboardComparison.validate(compare_scoreboards(first, second)).to_dict("records")
    assert row["difference"] == pytest.approx(0.2)
    assert row["ci_low"] == pytest.approx(0.2 - np.hypot(0.12, 0.1))
    assert row["ci_high"] == pytest.approx(0.2 + np.hypot(0.1, 0.1))
    assert (row["paired"], row["how"]) == (False, "independent")
    other = compare_scoreboards(first.assign(data="x"), second)
    assert other["how"].tolist() == ["independent (x, belebele)"]


def test_answers_to_the_same_items_are_paired_and_narrower() -> None:
    first, second = answers(np.random.default_rng(0))
    board = rows(CELL, {"value": first.mean()}), rows(CELL, {"value": second.mean()})
    tables = tuple(tabulate_answers(SCORES, items(right)) for right in (first, second))
    paired = compare_scoreboards(*board, (tables[0], tables[1])).iloc[0]
    independent = compare_scoreboards(*board).iloc[0]
    assert paired["how"] == "same 120 items"
    assert paired["difference"] == pytest.approx(second.mean() - first.mean())
    width = paired["ci_high"] - paired["ci_low"]
    assert width < 0.7 * (independent["ci_high"] - independent["ci_low"])
    assert paired["ci_low"] > 0


def test_intervals_of_paired_differences_cover() -> None:
    held = 0
    generator = np.random.default_rng(1)
    for _ in range(100):
        first, second = answers(generator)
        tables = tuple(tabulate_answers(SCORES, items(right)) for right in (first, second))
        found = compare_scoreboards(rows(CELL), rows(CELL), (tables[0], tables[1]), rounds=300)
        # half of the items that are newly drawn are known already
        held += int(found["ci_low"].iloc[0] <= 0.075 <= found["ci_high"].iloc[0])
    assert 90 <= held <= 100


def test_only_the_way_of_asking_that_stands_for_the_model_counts() -> None:
    right = np.arange(N) < 30
    both = pd.concat([items(right), items(~right, "label")])
    found = tabulate_answers(SCORES, both)
    assert found["right"].mean() == pytest.approx(0.25)
    assert found["study"].unique().tolist() == ["reading"]


def test_of_a_way_chosen_on_some_items_the_others_count() -> None:
    held_out = SCORES.assign(subset=["held_out", ""])
    table = items(np.ones(N, bool))
    table.loc[table["item_id"] < "i040", "split"] = "dev"
    assert len(tabulate_answers(held_out, table)) == 80
    assert len(tabulate_answers(SCORES, table)) == N
    # in knowledge they are examples
    knowledge = tabulate_answers(SCORES.assign(task="mmlu"), table.assign(task="mmlu"))
    assert len(knowledge) == 80


def test_runs_are_compared_by_their_tables() -> None:
    first, second = answers(np.random.default_rng(0))
    board = rows(CELL, {}, {"study": "counting"})
    other = rows(CELL, {}, {"study": "counting"}, {"language": "swh"}).assign(model="older")
    settings = ComparisonParameters(models={"older": "gemma"})
    old_items = items(first, model="older")
    found = compare_runs(
        board, other, settings, SCORES, SCORES.assign(model="older"), items(second), old_items
    )
    ScoreboardComparison.validate(found)
    assert found["paired"].tolist() == [True, False]
    assert (found["model"] == "gemma").all()


def test_a_run_without_a_scoreboard_or_a_common_cell_is_refused() -> None:
    settings = ComparisonParameters()
    with pytest.raises(Refusal, match="compare_with=FOLDER"):
        compare_runs(rows(CELL), rows(CELL).iloc[:0], settings)
    with pytest.raises(Refusal, match=r"Models here: gemma; there: other.*comparison\.models"):
        compare_runs(rows(CELL), rows(CELL, {"model": "other"}), settings)
