from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from isogloss.datasets.survey_file import SurveyFileDataset
from isogloss.pipelines.cultural.survey_questions import SurveyQuestion, read_questions
from isogloss.pipelines.cultural.synthetic_survey import COUNTRIES, synthesise_survey
from isogloss.pipelines.cultural.truth_nodes import measure_ground_truth
from tests.pipelines.cultural.small_surveys import LANGUAGES, QUESTIONS, ROOT, parameters

FILE = ROOT / "data/01_raw/sample/survey/synthetic_survey.csv"


def asked_questions() -> list[SurveyQuestion]:
    found = read_questions(QUESTIONS)
    return [found[key] for key in QUESTIONS.loc[QUESTIONS["tested"] == "true", "question"]]


def scores(table: pd.DataFrame) -> pd.DataFrame:
    own = table[table["level"] == "country"]
    return own.pivot(index="question", columns="group", values="pro_score")


def test_the_shipped_file_is_what_the_package_makes() -> None:
    made = io.StringIO()
    synthesise_survey(asked_questions()).to_csv(made, index=False, lineterminator="\n")
    assert FILE.read_text(encoding="utf-8") == made.getvalue()
    assert FILE.stat().st_size < 400_000


def test_its_countries_do_not_exist_and_it_says_so() -> None:
    table = pd.read_csv(FILE, keep_default_na=False)
    assert (table["synthetic"] == 1).all()
    # ISO 3166-1 leaves XA to XZ to users.
    assert table["cntry_AN"].str.fullmatch("X[A-Z]").all()
    assert SurveyFileDataset(filepath=str(FILE.parent)).load().synthetic


def test_it_speaks_the_languages_of_the_demo_and_lacks_what_real_files_lack() -> None:
    table = pd.read_csv(FILE, keep_default_na=False)
    by_country = table.groupby(["cntry_AN", "lnge_iso"])["gwght"].sum().unstack(fill_value=0)
    assert by_country.index.tolist() == ["X" + letter for letter in "ABCDEFGHIJ"]
    mains = [str(main) for main in by_country.idxmax(axis=1)]
    assert mains == "en en de es es fr ru tr sw zh".split()
    assert set(table.columns[table.columns.str.islower()]) == {
        *"study uniqid lnge_iso gwght pwght synthetic".split()
    }
    questions = table.columns[7:]
    assert set(questions) == set(
        QUESTIONS.loc[QUESTIONS["tested"] == "true", "question"].str.upper()
    )
    missing = table[questions].to_numpy()
    assert set(missing[missing <= 0].tolist()) == {-5, -4, -2, -1, 0}
    assert (table.loc[table["cntry_AN"] == "XA", ["C001_01", "C002_01"]] == -4).all(axis=None)
    assert table.groupby("cntry_AN")["gwght"].mean().to_numpy() == pytest.approx(1, abs=1e-3)
    assert set(table.loc[table["cntry_AN"] == "XC", "study"]) == {1, 2}
    assert table["uniqid"].is_unique
    scales = {(one.lowest, one.highest) for one in asked_questions()}
    assert {highest for _, highest in scales} == {3, 4, 5, 8, 10}


def test_the_planted_profiles_come_out() -> None:
    """Latent opinions correlate at .6 and .8; scores at .57 and .78, which are bent and noisy."""
    keys = [f"q{number}" for number in range(600)]
    questions = [SurveyQuestion(key, 1, 4, {1: 1, 2: 1, 3: 2, 4: 2}) for key in keys]
    made = synthesise_survey(questions, respondents=250, seed=1)
    codes = made[[key.upper() for key in keys]]
    answered = (codes > 0).groupby(made["cntry_AN"]).sum()
    pro = ((codes > 0) & (codes < 3)).groupby(made["cntry_AN"]).sum()
    found = np.corrcoef((pro / answered).to_numpy())
    assert len(found) == len(COUNTRIES)
    alike = [found[0, 1], found[3, 4]]
    assert alike == pytest.approx([0.78, 0.78], abs=0.06)
    others = (found[np.triu_indices(len(found), 1)].sum() - sum(alike)) / (45 - 2)
    assert others == pytest.approx(0.57, abs=0.06)


def test_every_table_made_of_it_is_marked() -> None:
    survey = SurveyFileDataset(filepath=str(FILE)).load()
    truth, shares, spoken, _ = measure_ground_truth(
        survey, QUESTIONS, LANGUAGES, parameters(group={"rounds": 100})
    )
    for table in (truth, shares, spoken):
        assert len(table)
        assert table["synthetic"].all()
    assert scores(truth).shape == (37, 10)
    for group in ("eng", "deu", "spa", "fra", "rus", "tur", "swh", "zho_simpl"):
        own = truth[(truth["level"] == "language") & (truth["group"] == group)]
        assert len(own) >= 34
