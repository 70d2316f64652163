from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from isogloss.pipelines.reporting.culture_contrasts import (
    judge_contrasts,
    leave_out_unchanged,
    tabulate_contrasts,
)
from isogloss.pipelines.reporting.culture_inputs import guide_culture
from tests.pipelines.reporting.culture_pages import make_page, small_study
from tests.pipelines.reporting.test_culture_agreement import table_rows

STUDY = small_study()


def write_contrasts(**others: Any) -> str:
    page = make_page(STUDY, **others)
    return "\n".join(tabulate_contrasts(page, guide_culture(page)))


def test_of_a_mean_the_widest_interval_and_the_largest_p_count() -> None:
    rows = STUDY.contrasts.assign(
        difference=0.4, ci_low=0.3, ci_high=0.5, battery_ci_low=0.2, battery_ci_high=0.6,
        p_adjusted=0.001,
    )  # fmt: skip
    both = rows["resampled"] == "questions and models"
    rows.loc[both, ["ci_low", "ci_high"]] = [-0.2, 1.0]
    rows.loc[both, ["battery_ci_low", "battery_ci_high"]] = np.nan
    judged = judge_contrasts(rows)
    own = judged[judged["part"] == "distinctive"]
    mean = own["model"] == "all"
    assert set(own.loc[~mean, "word"]) == {"differs"}
    assert set(own.loc[mean, "word"]) == {"not separable"}
    assert set(own.loc[mean, "low"]) == {-0.2}
    narrow = rows.copy()
    narrow.loc[both, ["ci_low", "ci_high"]] = [0.35, 0.45]
    narrow.loc[both, "p_adjusted"] = 0.2
    words = judge_contrasts(narrow)
    told = words[(words["part"] == "distinctive") & (words["model"] == "all")]
    assert set(told["word"]) == {"not separable"}, "the p over models counts too"
    assert set(words.loc[words["part"] == "overall", "word"]) == {"shown"}
    assert not judged.duplicated(["model", "language", "part", "without"]).any()


def test_contrasts_have_a_row_a_model_and_their_mean() -> None:
    text = write_contrasts()
    rows = table_rows(text)
    assert rows[0][4:] == ["overall, US − natives", "distinctive, US − natives", "distinctive part"]
    english = [row for row in rows if row[1] == "English"]
    assert [row[0] for row in english[:3]] == ["gemma-2-9b-it", "GPT-4o", "mean of 2 models"]
    assert english[0][2] == "GB NG"
    known = STUDY.contrasts[
        (STUDY.contrasts["model"] == "gpt-4o") & (STUDY.contrasts["language"] == "eng")
        & (STUDY.contrasts["part"] == "distinctive") & (STUDY.contrasts["without"] == "")
    ]  # fmt: skip
    value = float(known["difference"].iloc[0])
    assert english[1][5].startswith(f"{value:+.2f}".replace("0.", "."))


def test_without_some_countries_stands_apart_and_only_where_that_matters() -> None:
    text = write_contrasts()
    _, apart = text.split("**Open answers, labelled by `likelihood`, without KE NG SG**")
    assert {row[1] for row in table_rows(apart)[2:]} == {"English"}
    assert {row[2] for row in table_rows(apart)[2:]} == {"GB"}
    assert set(leave_out_unchanged(STUDY.contrasts)["without"]) == {"", "KE NG SG"}


def test_prompts_that_name_a_country_stand_apart() -> None:
    named = STUDY.contrasts.assign(named=True)
    text = write_contrasts(contrasts=pd.concat([STUDY.contrasts, named], ignore_index=True))
    assert "labelled by `likelihood`, prompts that name a native country**" in text


def test_published_coefficients_stand_beside_the_sound_ones_if_they_are_there() -> None:
    assert "ublished" not in write_contrasts()
    text = write_contrasts(original_us_bias=STUDY.published)
    first, apart = text.split("without KE NG SG")
    rows = table_rows(first)
    assert rows[0][-1] == "published"
    terms = STUDY.published[STUDY.published["kind"] == "us:model:language"]
    known = terms.set_index(["model", "language"])["coefficient"]
    [row] = [row for row in rows if row[:2] == ["GPT-4o", "Danish"]]
    assert row[-1] == f"{known['gpt-4o', 'dan']:.2f}".replace("0.", ".")
    [mean] = [row for row in rows if row[:2] == ["mean of 2 models", "Danish"]]
    assert mean[-1] == "–"
    assert "published" not in apart.split("Published:")[0]
    assert "the columns before it are the sound version" in text


def test_no_contrast_is_said() -> None:
    assert write_contrasts(contrasts=STUDY.contrasts[:0]).startswith("No language has both")


def test_the_table_stays_as_it_is() -> None:
    page = make_page(STUDY)
    before = page["contrasts"].copy()
    list(tabulate_contrasts(page, guide_culture(page)))
    pd.testing.assert_frame_equal(page["contrasts"], before)
