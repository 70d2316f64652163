from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kedro.io import DatasetError

from isogloss.datasets.survey_file import PublishedTruthDataset, SurveyFileDataset
from isogloss.surveys import RawSurvey

ROWS = ["US,en,1.5,1,x", "NA,,0.5,-1,y", "GB,en,,10,z"]
HEADER = "cntry_AN,lnge_iso,gwght,F120,other"


def load(folder: Path, text: str | bytes, name: str = "survey.csv") -> RawSurvey:
    data = text if isinstance(text, bytes) else text.encode()
    (folder / name).write_bytes(data)
    survey: RawSurvey = SurveyFileDataset(filepath=str(folder / name)).load()
    return survey


def test_only_the_columns_asked_for_are_read_under_the_names_asked_for(tmp_path: Path) -> None:
    survey = load(tmp_path, "\n".join([HEADER, *ROWS]) + "\n")
    assert survey.columns == tuple(HEADER.split(","))
    assert not survey.synthetic
    table = survey.read(["CNTRY_an", "lnge_iso"], ["f120", "gwght"])
    assert table.columns.tolist() == ["CNTRY_an", "lnge_iso", "f120", "gwght"]
    # Namibia is no missing value.
    assert table["CNTRY_an"].tolist() == ["US", "NA", "GB"]
    assert table["lnge_iso"].tolist() == ["en", "", "en"]
    assert table["f120"].tolist() == [1.0, -1.0, 10.0]
    np.testing.assert_equal(table["gwght"].tolist(), [1.5, 0.5, np.nan])


@pytest.mark.parametrize("separator", [";", "\t"])
def test_separators_and_decimal_commas_of_other_programs(tmp_path: Path, separator: str) -> None:
    lines = ['"cntry_AN"', '"gwght"', "F120"], ['"US"', "1,25", "3"], ['"GB"', "0,5", ""]
    survey = load(tmp_path, "\ufeff" + "\r\n".join(separator.join(line) for line in lines))
    table = survey.read(["cntry_AN"], ["gwght", "F120"])
    assert table["cntry_AN"].tolist() == ["US", "GB"]
    assert table["gwght"].tolist() == [1.25, 0.5]
    np.testing.assert_equal(table["F120"].tolist(), [3.0, np.nan])
    dots = load(tmp_path, separator.join(["a", "b"]) + "\n" + separator.join(["1.25", "2"]))
    assert dots.read([], ["a"])["a"].tolist() == [1.25]


def test_what_statistics_programs_write_for_missing_is_missing(tmp_path: Path) -> None:
    survey = load(tmp_path, "c,q\nUS,NA\nUS, \nUS,.\nUS,#NULL!\nUS,2.0\n")
    np.testing.assert_equal(survey.read([], ["q"])["q"].tolist(), [np.nan] * 4 + [2.0])


def test_other_columns_may_hold_anything(tmp_path: Path) -> None:
    survey = load(tmp_path, b'c,party,q\nUS,"Gr\xfcne, ""x""\nand more",1\nGB,CDU,2\n')
    assert survey.read(["c"], ["q"]).to_numpy().tolist() == [["US", 1.0], ["GB", 2.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("c,q\nUS,1\nUS,never\n", "respondent 2: the column 'q' holds 'never', which is no number"),
        ("c,other\nUS,1\n", "has no column 'q'.*It has c, other"),
        ("c,q,Q\nUS,1,2\n", "has the columns 'q' and 'Q'. Rename or remove"),
        ("c,q\nUS,1\nUS,1,1\n", r"cannot be read as a table .*as many cells .*\(2\)"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, text: str, message: str) -> None:
    survey = load(tmp_path, text)
    with pytest.raises(ValueError, match=message):
        survey.read(["c"], ["q"])


def test_a_name_nearly_right_is_suggested(tmp_path: Path) -> None:
    survey = load(tmp_path, "cntry_an,gweight\nUS,1\n")
    with pytest.raises(ValueError, match="no column 'gwght'. Did you mean gweight"):
        survey.read([], ["gwght"])


@pytest.mark.parametrize(
    ("values", "synthetic"), [("1 1", True), ("True true", True), ("0 0", False)]
)
def test_made_up_answers_say_so(tmp_path: Path, values: str, synthetic: bool) -> None:
    first, second = values.split()
    assert load(tmp_path, f"c,Synthetic\nXA,{first}\nXA,{second}\n").synthetic is synthetic


@pytest.mark.parametrize("values", ["1 0", "1 ", "yes yes"])
def test_made_up_and_real_answers_do_not_mix(tmp_path: Path, values: str) -> None:
    first, second = values.split(" ")
    with pytest.raises(DatasetError, match="part them into two files"):
        load(tmp_path, f"c,synthetic\nXA,{first}\nUS,{second}\n")


def test_a_folder_holds_one_file(tmp_path: Path) -> None:
    dataset = SurveyFileDataset(filepath=str(tmp_path / "survey"), pattern="EVS_WVS_*.csv")
    with pytest.raises(DatasetError, match="survey does not exist. Put the survey file there"):
        dataset.load()
    assert dataset.content_version() is None
    (tmp_path / "survey").mkdir()
    (tmp_path / "survey/codebook.pdf").write_text("")
    with pytest.raises(DatasetError, match=r"named like 'EVS_WVS_\*.csv' .found: codebook.pdf"):
        dataset.load()
    (tmp_path / "survey/evs_wvs_Joint_Csv_v5_0.csv").write_text("c,q\nUS,1\n")
    assert dataset.load().read([], ["q"])["q"].tolist() == [1.0]
    assert dataset.content_version() is not None
    (tmp_path / "survey/EVS_WVS_Joint_Csv_v4_0.csv").write_text("c,q\nUS,1\n")
    with pytest.raises(DatasetError, match="several files .*v4_0.csv, evs_wvs_.*Keep the one"):
        dataset.load()


def test_a_file_without_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"the first line names no columns \('PK"):
        load(tmp_path, b"PK\x03\x04 a zip archive\n")


def test_published_scores_are_three_files(tmp_path: Path) -> None:
    dataset = PublishedTruthDataset(filepath=str(tmp_path))
    with pytest.raises(DatasetError, match="ground_truth_every_country.csv does not exist"):
        dataset.load()
    (tmp_path / "ground_truth_every_country.csv").write_text(
        "cntry_an,question_key,pro_score,lnge_iso\nNA,F120,0.25,en\n"
    )
    (tmp_path / "ground_truth_per_language.csv").write_text(
        "lnge_iso,question_key,pro_score\nen,F120,0.5\n"
    )
    (tmp_path / "ground_truth_global.csv").write_text("question_key,pro_score\nF120,0.75\n")
    published = dataset.load()
    assert published.countries.to_dict("records") == [
        {"cntry_an": "NA", "question_key": "F120", "lnge_iso": "en", "pro_score": 0.25}
    ]
    assert published.languages["pro_score"].tolist() == [0.5]
    assert published.everyone["pro_score"].tolist() == [0.75]
