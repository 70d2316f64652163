from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.datasets import PublishedBenchmarksDataset, PublishedSurveyScoresDataset
from isogloss.errors import MissingFileError, Refusal
from tests.conftest import real_data

HEADER = "model_name,model_family,language,response_language,question_key,response_pro_score"


def write(folder: Path, name: str, *rows: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def test_random_answers_are_added_to_the_responses(tmp_path: Path) -> None:
    row, random = "m,f,da,da,f120,0.5", "Baseline_uniform_random,Baseline,da,da,f120,0.25"
    write(tmp_path, "all_lang_model_responses_with_scores.csv", row)
    write(tmp_path, "latest_results_with_baseline.csv", row, random)
    found = PublishedSurveyScoresDataset(filepath=str(tmp_path)).load()
    assert found["model"].tolist() == ["m", "Baseline_uniform_random"]
    assert found["pro_score"].tolist() == [0.5, 0.25]


def test_an_absent_folder_is_an_empty_table_if_it_may_be(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "cultural")
    for dataset in (PublishedSurveyScoresDataset, PublishedBenchmarksDataset):
        table = dataset(filepath=nowhere, optional=True).load()
        assert table.empty
        assert {"model", "language"} <= set(table)
        assert dataset(filepath=nowhere, optional=True).exists()
        assert not dataset(filepath=nowhere).exists()
        with pytest.raises(Exception, match="does not exist") as caught:
            dataset(filepath=nowhere).load()
        assert isinstance(caught.value.__cause__ or caught.value, MissingFileError)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "all_lang_model_responses_with_scores.csv").write_bytes(b'a,b\n"open')
    with pytest.raises(Exception, match="cannot be read as CSV") as caught:
        PublishedSurveyScoresDataset(filepath=str(tmp_path)).load()
    assert isinstance(caught.value.__cause__ or caught.value, Refusal)


def test_the_published_files_are_read() -> None:
    folder = str(real_data("cultural"))
    found = PublishedSurveyScoresDataset(filepath=folder).load()
    models = found[(found["family"] != "Baseline") & (found["country"] == "")]
    assert len(models) == 9148
    assert models["model"].nunique() == 9
    assert models["question"].nunique() == 37
    assert (found["family"] == "Baseline").sum() == 2004
    named = found[found["country"] != ""]
    assert len(named) == 2242
    assert named["country"].nunique() == 10
    share = named["pro"] / (named["pro"] + named["con"])
    assert (share - named["pro_score"]).abs().max() < 1e-9
    benchmarks = PublishedBenchmarksDataset(filepath=folder).load()
    assert set(benchmarks["model"]) == set(models["model"])
    assert len(benchmarks) == 135
