from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from isogloss.pipelines.reporting.culture_cells import pair_capabilities
from isogloss.pipelines.reporting.culture_means import average_answers
from tests.pipelines.reporting.culture_pages import small_study


def make_scores(values: list[float], prompts: list[object], **others: object) -> pd.DataFrame:
    return pd.DataFrame(
        {"model": "m", "family": "f", "elicitation": "open", "labeller": "a", "language": "eng",
         "question": "q", "prompt_id": prompts, "country": "", "pro_score": values} | others
    )  # fmt: skip


def test_answers_to_one_prompt_count_as_alike() -> None:
    scores = make_scores([0.2, 0.4, 0.6, 1.0], ["a", "a", "b", "c"])
    [row] = average_answers(scores, 0.95).to_dict("records")
    assert row["mean"] == pytest.approx(0.55)
    # Residual sums by prompt: -.5, .05, .45; three prompts, four answers.
    error = np.sqrt(3 / 2 * (0.5**2 + 0.05**2 + 0.45**2)) / 4
    reach = stats.t.ppf(0.975, 2) * error
    assert row["ci_low"] == 0.0, "cut where no share can be"
    assert row["ci_high"] == pytest.approx(min(0.55 + reach, 1))
    half = average_answers(scores, 0.5).iloc[0]
    assert half["ci_high"] - half["mean"] == pytest.approx(stats.t.ppf(0.75, 2) * error)
    assert (row["n"], row["n_prompts"], row["n_undecided"]) == (4, 3, 0)


def test_without_clusters_it_is_the_standard_error_of_a_mean() -> None:
    values = [0.4, 0.5, 0.7, 0.5, 0.45]
    row = average_answers(make_scores(values, list("abcde")), 0.95).iloc[0]
    reach = stats.t.ppf(0.975, 4) * np.std(values, ddof=1) / np.sqrt(5)
    assert row["mean"] - row["ci_low"] == pytest.approx(reach)
    unknown: list[object] = [None, np.nan, "", None, ""]
    again = average_answers(make_scores(values, unknown), 0.95).iloc[0]
    assert again["ci_low"] == pytest.approx(row["ci_low"]), "prompts that are not known differ"


def test_answers_that_take_no_side_are_counted() -> None:
    table = average_answers(make_scores([0.2, np.nan, 0.6], ["a", "b", "c"]), 0.95)
    assert table.iloc[0][["mean", "n", "n_undecided"]].tolist() == [0.4, 2, 1]
    assert average_answers(make_scores([np.nan], ["a"]), 0.95).empty


def test_a_single_prompt_has_no_interval() -> None:
    row = average_answers(make_scores([0.2, 0.4], ["a", "a"]), 0.95).iloc[0]
    assert row["mean"] == pytest.approx(0.3)
    assert np.isnan(row["ci_low"])
    assert np.isnan(row["ci_high"])


def test_prompts_that_name_a_country_and_baselines_are_left_out() -> None:
    scores = pd.concat(
        [
            make_scores([0.2], ["a"]),
            make_scores([0.9], ["b"], country="DK"),
            make_scores([0.9], ["c"], family="Baseline", model="random"),
        ]
    )
    assert average_answers(scores, 0.95)[["model", "mean"]].to_numpy().tolist() == [["m", 0.2]]


def test_capability_meets_agreement_with_native_countries() -> None:
    study = small_study()
    cells = pair_capabilities(study.capability, study.alignment)
    row = study.alignment[
        (study.alignment["model"] == "gpt-4o") & (study.alignment["language"] == "eng")
        & study.alignment["native"] & (study.alignment["part"] == "distinctive")
        & (study.alignment["level"] == "country")
    ]  # fmt: skip
    at = (cells["model"] == "gpt-4o") & (cells["language"] == "eng")
    own = cells[at & (cells["outcome"] == "distinctive")].iloc[0]
    assert len(row) == 3
    assert own["value"] == pytest.approx(row["value"].mean())
    wide = row[["ci_low", "battery_ci_low"]].to_numpy()
    wider = np.where(
        row["battery_ci_high"] - row["battery_ci_low"] > row["ci_high"] - row["ci_low"],
        wide[:, 1], wide[:, 0],
    )  # fmt: skip
    assert own["ci_low"] == pytest.approx(wider.mean())
    known = study.capability.set_index(["model", "language"])["capability"]
    assert own["score"] == known["gpt-4o", "eng"]
    assert own["capability"] == "benchmarks"
    spoken = cells[cells["outcome"] == "overall_language"]
    assert len(spoken) == 2 * 3, "all who answered in the language, by model and language"
    assert not cells["synthetic"].any()


def test_what_has_no_capability_makes_no_cell() -> None:
    study = small_study()
    some = study.capability[study.capability["model"] == "gpt-4o"]
    assert set(pair_capabilities(some, study.alignment)["model"]) == {"gpt-4o"}
    nothing = pair_capabilities(study.capability[:0], study.alignment)
    assert nothing.empty
    assert "outcome" in nothing
    assert pair_capabilities(study.capability, study.alignment[:0]).empty
