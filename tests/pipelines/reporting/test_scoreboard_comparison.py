from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.partitions import StoredPartitions
from isogloss.pipelines.alignment.arrays import measure_arrays
from isogloss.pipelines.reporting.comparison_nodes import compare_runs, describe_comparison
from isogloss.pipelines.reporting.comparison_pairs import AlignedRun
from isogloss.pipelines.reporting.parameters import ComparisonParameters, ReportingParameters
from isogloss.pipelines.reporting.scoreboard_comparison import (
    compare_scoreboards,
    tabulate_answers,
)
from isogloss.provenance import READ_FROM
from isogloss.scoreboard_schemas import ScoreboardComparison
from isogloss.statistics.multiple_testing import adjust_holm
from isogloss.statistics.values import interval
from tests.pipelines.reporting.cross_tables import make_languages
from tests.scoreboard_tables import CELL, rows

REPORTING = ReportingParameters()
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
    assert other["how"].tolist() == ["independent (x there, belebele here)"]


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
    tables = {
        "task_scores": SCORES,
        "other_task_scores": SCORES.assign(model="older"),
        "gemma.item_scores": items(second),
        "gemma.other_item_scores": items(second).iloc[:0],
        "older.item_scores": items(second).iloc[:0],
        "older.other_item_scores": old_items,
    }
    found = compare_runs(board, other, settings, REPORTING, **tables)
    ScoreboardComparison.validate(found)
    assert found["paired"].tolist() == [True, False]
    assert (found["model"] == "gemma").all()


def test_a_run_without_a_scoreboard_or_a_common_cell_is_refused() -> None:
    settings = ComparisonParameters()
    with pytest.raises(Refusal, match="compare_with=FOLDER"):
        compare_runs(rows(CELL), rows(CELL).iloc[:0], settings, REPORTING)
    missing = rows(CELL).iloc[:0]
    missing.attrs[READ_FROM] = "/nowhere/08_reporting/scoreboard.parquet"
    with pytest.raises(Refusal, match=r"no /nowhere/08_reporting/.* and no folder /nowhere\. Name"):
        compare_runs(rows(CELL), missing, settings, REPORTING)


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({"model": "other"}, r"no models alike. Here: gemma; there: other.*comparison\.models"),
        ({"language": "swh"}, "no languages of a model alike. Here: deu; there: swh"),
        ({"study": "counting"}, "no studies .* alike. Here: reading; there: counting"),
        (
            {"metric": "accuracy_text"},
            "no metrics .* Here: reading accuracy_label; there: reading accuracy_text",
        ),
    ],
)
def test_scoreboards_without_a_common_cell_say_in_what_they_part(
    there: dict[str, str], said: str
) -> None:
    with pytest.raises(Refusal, match=said):
        compare_runs(rows(CELL), rows(CELL, there), ComparisonParameters(), REPORTING)


def test_unequal_confidences_are_refused() -> None:
    with pytest.raises(Refusal, match=r"at 0\.8 there and at 0\.95 here"):
        compare_scoreboards(rows(CELL, {"confidence": 0.8}), rows(CELL))


def test_a_run_compared_with_itself_differs_in_nothing() -> None:
    right = np.arange(N) < 15
    board = rows(CELL, {"value": right.mean(), "ci_low": 0.05, "ci_high": 0.25})
    table = tabulate_answers(SCORES, items(right))
    [row] = compare_scoreboards(board, board, (table, table)).to_dict("records")
    assert (row["difference"], row["ci_low"], row["ci_high"]) == (0, 0, 0)
    assert row["how"] == "same 120 items, all answered alike"
    assert (row["p"], row["p_adjusted"]) == (1, 1)


def test_answers_to_other_data_are_not_paired() -> None:
    first, second = answers(np.random.default_rng(0))
    tables = tuple(tabulate_answers(SCORES, items(right)) for right in (first, second))
    boards = rows(CELL, {"data": "sample"}), rows(CELL)
    found = compare_scoreboards(*boards, (tables[0], tables[1]))
    assert found["how"].tolist() == ["independent (sample there, belebele here)"]
    # nor are items of one name with another right answer
    other = tables[0].assign(gold=[1, *tables[0]["gold"].iloc[1:]])
    found = compare_scoreboards(rows(CELL), rows(CELL), (other, tables[1]))
    assert found["how"].tolist() == [
        "independent (1 items of the same name have another right answer)"
    ]


def test_p_values_agree_with_intervals_and_allow_for_all_cells() -> None:
    first = rows(CELL, {}, {"language": "swh"}, {"language": "fra"})
    second = rows(
        CELL,
        {"value": 0.9, "ci_low": 0.83, "ci_high": 0.95},
        {"language": "swh", "value": 0.65, "ci_low": 0.56, "ci_high": 0.73},
        {"language": "fra"},
    )
    found = compare_scoreboards(first, second)
    excludes = (found["ci_low"] > 0) | (found["ci_high"] < 0)
    assert ((found["p"] < 0.05) == excludes).all()
    np.testing.assert_allclose(found["p_adjusted"], adjust_holm(found["p"]))
    text = describe_comparison(found, make_languages(3), REPORTING)
    assert "have 3 cells of the scoreboard in common, of 1 model: 1 differs after" in text
    assert "gemma, Reading (accuracy), deu: .50 there, .90 here, difference .40 [" in text


def aligned(vectors: dict[str, np.ndarray], ids: list[str], texts: str = "a") -> AlignedRun:
    """A run that measured the alignment of some vectors in its layers 1 to 2."""
    outcomes = measure_arrays(vectors, ids)
    made = {"embedded_languages": {code: {"texts": texts + code} for code in vectors}}
    stored = StoredPartitions(made, {"mean": {}}, lambda _: outcomes.file)
    overview = pd.DataFrame(
        [
            {"model": "gemma", "pooling": "mean", "metric": "mexa", "pivot": "eng",
             "language": code, "layer_first": 1, "layer_last": 2}
            for code in vectors if code != "eng"
        ]
    )  # fmt: skip
    return AlignedRun(overview, {"gemma": stored}, "mean")


def test_alignment_is_paired_on_the_same_sentences() -> None:
    generator = np.random.default_rng(0)
    ids = [f"s{place}" for place in range(60)]
    english = generator.normal(size=(3, 60, 8))
    before = {"eng": english, "deu": english + 1.2 * generator.normal(size=english.shape)}
    after = {**before, "deu": before["deu"].copy()}
    after["deu"][:, :8] = english[:, :8]
    runs = aligned(before, ids), aligned(after, ids)
    first, second = (
        rows(CELL, {"study": "alignment", "metric": "mexa", "value": values.estimate.item(),
                    "ci_low": low.item(), "ci_high": high.item(), "n": 60})
        for values in (run.read("gemma", "mexa").of("deu") for run in runs)  # type: ignore[union-attr]
        for low, high in [interval(values, 0.95)]
    )  # fmt: skip
    paired = compare_scoreboards(first, second, alignment=runs).iloc[0]
    independent = compare_scoreboards(first, second).iloc[0]
    assert paired["how"] == "same 60 sentences"
    assert paired["difference"] == pytest.approx(independent["difference"])
    widths = [row["ci_high"] - row["ci_low"] for row in (paired, independent)]
    assert widths[0] < 0.7 * widths[1]
    assert paired["ci_low"] > 0
    itself = compare_scoreboards(first, first, alignment=(runs[0], runs[0])).iloc[0]
    assert (itself["ci_low"], itself["ci_high"], itself["how"]) == (
        0, 0, "same 60 sentences, all alike"
    )  # fmt: skip


def test_alignment_of_other_sentences_is_not_paired() -> None:
    generator = np.random.default_rng(0)
    ids = [f"s{place}" for place in range(20)]
    vectors = {code: generator.normal(size=(3, 20, 8)) for code in ("deu", "eng")}
    cell = rows(CELL, {"study": "alignment", "metric": "mexa", "unit": "sentences"})
    first = aligned(vectors, ids)
    for other in (aligned(vectors, ids[::-1]), aligned(vectors, ids, texts="other")):
        [row] = compare_scoreboards(cell, cell, alignment=(first, other)).to_dict("records")
        assert (row["paired"], row["how"]) == (False, "independent (other sentences)")
    deleted = AlignedRun(first.overview, {}, "mean")
    [row] = compare_scoreboards(cell, cell, alignment=(first, deleted)).to_dict("records")
    assert row["how"] == "independent"
