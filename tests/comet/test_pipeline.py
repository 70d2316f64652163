"""COMET for real: its own environment, unbabel-comet's own classes, `kedro run` as a user does."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest

from isogloss.datasets import ResumablePartitionsDataset
from isogloss.partitions import Partitions
from tests.sessions import ROOT, session

pytestmark = pytest.mark.slow

MODELS = ("gemma_270m_q4", "gemma_270m_untrained")
DIRECTIONS = {"from_pivot.deu": 5, "to_pivot.yor": 3}
TABLES = "07_model_output"


@dataclass(frozen=True)
class Comet:
    """The second environment, and a checkpoint made in it."""

    programs: Path
    checkpoint: Path

    def run(self, data: Path) -> str:
        """Score the translations below a folder; gives the log."""
        mine = (f"comet.checkpoint={self.checkpoint}", "comet.encoder=xlm_roberta")
        done = self.try_run(data, *mine)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def try_run(
        self, data: Path, *parameters: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        models = " ".join(MODELS)
        settings = ",".join((f"data_root={data}", f"models={models}", "device=cpu", *parameters))
        command = ["kedro", "run", "--pipelines", "comet", "--params"]
        return call([str(self.programs / command[0]), *command[1:], settings], **variables)

    def score_alone(self, triples: list[dict[str, str]], folder: Path) -> list[float]:
        """Put each triple through the model by itself."""
        given, found = folder / "triples.json", folder / "scores.json"
        given.write_text(json.dumps(triples), encoding="utf-8")
        tiny_checkpoint(self.programs, "score", self.checkpoint, given, found)
        scores: list[float] = json.loads(found.read_text(encoding="utf-8"))
        return scores


def call(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "300", **variables}
    environment.pop("PYTHONPATH", None)  # what belongs to this environment is not for the other
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def tiny_checkpoint(programs: Path, *arguments: object) -> None:
    script = Path(__file__).with_name("tiny_checkpoint.py")
    done = call([str(programs / "python"), str(script), *map(str, arguments)])
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def comet(tmp_path_factory: pytest.TempPathFactory) -> Comet:
    python = os.environ.get("PYTHON", sys.executable)
    done = call(["make", "comet"], PYTHON=python)
    if done.returncode:
        pytest.fail(f"`make comet` did not make COMET's environment:\n{done.stdout}{done.stderr}")
    programs = (ROOT / os.environ.get("COMET_VENV", ".venv-comet") / "bin").absolute()
    checkpoint = tmp_path_factory.mktemp("checkpoint") / "tiny"
    tiny_checkpoint(programs, "make", checkpoint)
    return Comet(programs, checkpoint)


def make_translations(identifier: str, count: int) -> pd.DataFrame:
    direction, language = identifier.split(".")
    letters = random.Random(identifier)

    def text() -> str:
        words = letters.randint(1, 12)
        return " ".join("".join(letters.choices("abcdefgh", k=4)) for _ in range(words))

    table = pd.DataFrame(
        {
            "direction": direction,
            "language": language,
            "sentence_id": [str(row) for row in range(count)],
            "source": [text() for _ in range(count)],
            "reference": [text() for _ in range(count)],
            "text": [text() for _ in range(count)],
        }
    )
    table.loc[1, "text"] = " "
    return table


def save_translations(data: Path, changed: dict[str, str] | None = None) -> None:
    """Save the translations of both models; those of the second differ in one sentence."""
    for model in MODELS:
        tables = {
            identifier: make_translations(identifier, count)
            for identifier, count in DIRECTIONS.items()
        }
        if model == MODELS[1]:
            tables["to_pivot.yor"].loc[2, "text"] = "bbbb"
        elif changed:
            tables["from_pivot.deu"].loc[0, "text"] = changed["text"]
        fingerprints = {identifier: {"texts": str(table)} for identifier, table in tables.items()}
        callables = {name: (lambda table=table: table) for name, table in tables.items()}
        folder = data / TABLES / model / "translations"
        dataset = ResumablePartitionsDataset(filepath=str(folder), format="parquet")
        dataset.save(Partitions.from_callables({}, callables, fingerprints))


@pytest.fixture(scope="module")
def finished(comet: Comet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The data folder of a finished run, and its log."""
    data = tmp_path_factory.mktemp("data")
    save_translations(data)
    return data, comet.run(data)


def scores_in(data: Path) -> pd.DataFrame:
    """Read the scores as the other pipelines do."""
    with session("base", data_root=str(data)) as opened:
        table = opened.load_context().catalog.load("comet_scores")
    assert isinstance(table, pd.DataFrame)
    return table


def texts_in(data: Path) -> pd.DataFrame:
    files = sorted((data / TABLES).glob("*/translations/*.parquet"))
    tables = [pd.read_parquet(file).assign(model=file.parents[1].name) for file in files]
    return pd.concat(tables, ignore_index=True)


def triples_of(table: pd.DataFrame) -> list[dict[str, str]]:
    names = {"source": "src", "text": "mt", "reference": "ref"}
    rows = table[[*names]].rename(columns=names).to_dict("records")
    return [{str(key): str(text) for key, text in row.items()} for row in rows]


KEYS = ["model", "direction", "language", "sentence_id"]


def test_scores_are_those_of_the_model_given_one_triple_at_a_time(
    comet: Comet, finished: tuple[Path, str], tmp_path: Path
) -> None:
    data, log = finished
    table = scores_in(data).merge(texts_in(data), on=KEYS, validate="1:1")
    assert len(table) == 2 * sum(DIRECTIONS.values())
    empty = table["text"].str.strip() == ""
    assert table.loc[empty, "comet"].tolist() == [0.0] * 4
    expected = comet.score_alone(triples_of(table[~empty]), tmp_path)
    np.testing.assert_allclose(table.loc[~empty, "comet"], expected, atol=2e-6)
    assert np.ptp(expected) > 0.01  # or any triple would do for any other
    (signature,) = table["signature"].unique()
    assert signature.startswith("Comet2.2.7|fp32|tiny|digest=")
    assert dict(zip(table["language"], table["covered"], strict=True)) == {
        "deu": True,
        "yor": False,
    }
    # four and two sentences that are not empty; of the second model one that the first has not
    assert [part.split()[0] for part in log.split("COMET scores ")[1:]] == ["4", "2", "1"]


def test_what_is_complete_is_left_and_comet_not_even_loaded(
    comet: Comet, finished: tuple[Path, str]
) -> None:
    data, _ = finished
    files = sorted((data / TABLES).rglob("*.parquet"))
    before = {file: file.stat().st_mtime_ns for file in files}
    log = comet.run(data)
    assert log.count("comet_scores: 2 of 2 kept from an earlier run: ") == 2
    assert "COMET scores" not in log
    assert {file: file.stat().st_mtime_ns for file in files} == before


def test_a_changed_translation_is_the_only_one_scored_anew(
    comet: Comet, finished: tuple[Path, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(finished[0], data)
    before = scores_in(data).set_index(KEYS)["comet"]
    save_translations(data, changed={"text": "aaaa bbbb cccc"})
    log = comet.run(data)
    assert [part.split()[0] for part in log.split("COMET scores ")[1:]] == ["1"]
    after = scores_in(data).set_index(KEYS)["comet"]
    changed = (MODELS[0], "from_pivot", "deu", "0")
    assert after.index[before != after].tolist() == [changed]
    row = texts_in(data).set_index(KEYS).loc[[changed]]
    assert after[changed] == pytest.approx(
        comet.score_alone(triples_of(row), tmp_path)[0], abs=2e-6
    )


def test_a_killed_run_goes_on_where_it_stopped(
    comet: Comet, finished: tuple[Path, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(finished[0], data)
    folder = data / TABLES / MODELS[0] / "comet_scores"
    # what a kill leaves before the second partition is written and anything is gathered
    (folder / "_complete.json").unlink()
    (folder / "_markers" / "to_pivot.yor.json").unlink()
    (folder / "to_pivot.yor.parquet").unlink()
    for name in ("comet_scores", "comet_cache"):
        (data / TABLES / f"{name}.parquet").unlink()
    log = comet.run(data)
    assert "comet_scores: 1 of 2 kept from an earlier run: " in log
    assert [part.split()[0] for part in log.split("COMET scores ")[1:]] == ["2"]
    pd.testing.assert_frame_equal(scores_in(data), scores_in(finished[0]))


def test_a_checkpoint_that_cannot_be_had_is_refused_in_one_message(
    comet: Comet, finished: tuple[Path, str], tmp_path: Path
) -> None:
    nowhere = {"HOME": str(tmp_path), "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    nowhere["MPLCONFIGDIR"] = matplotlib.get_cachedir()  # a new home would list all fonts anew
    done = comet.try_run(finished[0], **nowhere)
    assert done.returncode == 1
    assert "'Unbabel/wmt22-comet-da' is not on this machine and cannot be down" in done.stderr
    assert "hf download Unbabel/wmt22-comet-da" in done.stderr
    assert "Traceback" not in done.stderr
