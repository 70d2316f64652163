from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import DatasetError
from pydantic import ValidationError

from isogloss.count_score_schemas import (
    CountingConfusion,
    CountingContrasts,
    CountingPrompts,
    CountingScores,
    CountPredictions,
)
from isogloss.datasets import ResumablePartitionsDataset
from isogloss.language_models import LanguageModel
from isogloss.partitions import PartitionError, StoredPartitions
from isogloss.pipelines.counting.answer_nodes import answer_lists, predictor, write_answers
from isogloss.pipelines.counting.benchmark_nodes import (
    contrast_counts,
    export_counting_scores,
    gather_confusions,
    gather_counting_contrasts,
    gather_counting_scores,
    score_counts,
    show_counting_prompts,
)
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.list_knowledge import KNOWLEDGE_COLUMNS
from tests.pipelines.counting.benchmark_examples import (
    make_items,
    make_names,
    make_numerals,
    make_phrases,
)

BOTH = BenchmarkParameters(
    per_category="all",
    positions=("first",),
    stops="every",
    scoring=("candidates", "generated"),
    shots=2,
    forms=("digits",),
    new_tokens=4,
    rounds=200,
)
NOT_ASKED = pd.DataFrame(columns=list(KNOWLEDGE_COLUMNS))
TABLES = (make_names(), make_phrases(), make_numerals())
Stored = StoredPartitions[pd.DataFrame]


def store(folder: Path, name: str, partitions: Any) -> Stored:
    dataset = ResumablePartitionsDataset(filepath=str(folder / name), format="parquet")
    dataset.save(partitions)
    loaded: Stored = dataset.load()
    return loaded


def ask(
    folder: Path, model: LanguageModel, parameters: BenchmarkParameters = BOTH, **more: Any
) -> tuple[Stored, Stored]:
    items = more.get("items", make_items(2))
    given = (model, items, *TABLES, parameters)
    return (
        store(folder, "answers", answer_lists(*given)),
        store(folder, "responses", write_answers(*given)),
    )


def test_from_lists_to_scores(tmp_path: Path, character_model: LanguageModel) -> None:
    items = make_items(2)
    answers, responses = ask(tmp_path, character_model)
    assert set(answers) == set(responses) == {"deu", "eng"}
    own = answers["eng"]()
    assert own["model"].unique().tolist() == ["characters"]
    assert len(own) == (8 - 2) * 11
    assert list(own["candidate"][:11]) == list(range(11))
    written = responses["eng"]()
    assert len(written) == 6
    assert written["extracted"].dtype == "Int64"
    predictions = predictor("characters")(answers, responses, items, *TABLES, BOTH)
    CountPredictions.validate(predictions)
    assert predictions.groupby("scoring").size().to_dict() == {"candidates": 12, "generated": 12}
    scores = score_counts(predictions, NOT_ASKED, BOTH)
    CountingScores.validate(scores)
    assert "count_predictions" in scores.attrs["made_from"]
    together = gather_counting_scores(scores, scores.assign(model="other"))
    assert set(together["model"]) == {"characters", "other"}
    contrasts = gather_counting_contrasts(contrast_counts(predictions, "eng", BOTH))
    CountingContrasts.validate(contrasts)
    assert set(contrasts["contrast"]) == {"scoring", "language"}
    confusion = gather_confusions(predictions)
    CountingConfusion.validate(confusion)
    assert confusion["n"].sum() == 24
    exported = json.loads(
        json.dumps(export_counting_scores(together, contrasts, confusion), allow_nan=False)
    )
    assert len(exported["contrasts"]) == len(contrasts)
    assert len(exported["scores"]) == len(together)
    first = exported["scores"][0]
    assert first["metric"] == "accuracy"
    assert first["value"] == together["value"].iloc[0]


def test_what_is_there_is_not_asked_again(
    tmp_path: Path, character_model: LanguageModel, openings: list[str]
) -> None:
    ask(tmp_path, character_model)
    assert openings == ["opened", "closed"] * 2
    # How scores come about changes no answer, and one more way to write numbers some of them.
    ask(tmp_path, character_model, BOTH.model_copy(update={"rounds": 500, "confidence": 0.9}))
    assert openings == ["opened", "closed"] * 2
    ask(tmp_path, character_model, BOTH.model_copy(update={"forms": ("digits", "word")}))
    assert openings == ["opened", "closed"] * 3


def test_nothing_is_asked_that_is_not_scored(
    tmp_path: Path, character_model: LanguageModel, openings: list[str]
) -> None:
    only = BOTH.model_copy(update={"scoring": ("generated",)})
    answers, responses = ask(tmp_path, character_model, only)
    assert openings == ["opened", "closed"]
    assert (len(answers), len(responses)) == (0, 2)
    predictions = predictor("characters")(answers, responses, make_items(2), *TABLES, only)
    assert set(predictions["scoring"]) == {"generated"}


def test_answers_to_other_lists_are_refused(tmp_path: Path, character_model: LanguageModel) -> None:
    answers, responses = ask(tmp_path, character_model)
    with pytest.raises(PartitionError, match="stored answers were made with other settings"):
        predictor("characters")(answers, responses, make_items(3), *TABLES, BOTH)


def test_chat_is_refused_for_a_base_model(tmp_path: Path, character_model: LanguageModel) -> None:
    chat = BOTH.model_copy(update={"framing": "chat"})
    with pytest.raises(DatasetError, match=r"Set counting_benchmark.framing to few_shot or auto"):
        ask(tmp_path, character_model, chat)


def test_model_with_a_template_is_asked_in_a_conversation(
    tmp_path: Path, talking_model: LanguageModel
) -> None:
    answers, responses = ask(tmp_path, talking_model)
    assert set(answers["eng"]()["framing"]) == {"chat"}
    assert set(responses["eng"]()["framing"]) == {"chat"}


def test_prompts_of_every_kind_can_be_read() -> None:
    parameters = BenchmarkParameters(positions=("first", "last"), shots=1)
    table = show_counting_prompts(make_items(2), *TABLES, parameters)
    CountingPrompts.validate(table)
    assert len(table) == 2 * 2 * 2
    chat = table[(table["framing"] == "chat") & (table["language"] == "eng")].iloc[0]
    assert chat["prompt"].startswith("<user> Count ")
    assert chat["prompt"].splitlines()[-1].startswith("<assistant> Number of ")
    few = table[table["framing"] == "few_shot"]["prompt"].iloc[0]
    assert few.endswith(":")
    assert (table["answer"].str.match(r" \d$")).all()


def test_parameters_are_checked() -> None:
    lists = {"languages": "eng deu", "positions": "first last", "forms": "digits"}
    assert BenchmarkParameters.model_validate(lists).languages == ("eng", "deu")
    faults: list[dict[str, Any]] = [
        {"scoring": []}, {"positions": ["middle"]}, {"largest": 0}, {"shot": 3}
    ]  # fmt: skip
    for wrong in faults:
        with pytest.raises(ValidationError):
            BenchmarkParameters.model_validate(wrong)
