"""The whole room with a tiny model and a handful of items, on a catalog in memory."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from isogloss.datasets import AtomicParquetDataset, ResumablePartitionsDataset
from isogloss.language_models import LanguageModel
from isogloss.pipelines.tasks import create_pipeline
from isogloss.pipelines.tasks.parameters import (
    ItemAlignmentParameters,
    TaskParameters,
    TranslationParameters,
)
from isogloss.pipelines.tasks.prompts import PromptParameters
from isogloss.pipelines.tasks.translation_prompts import TranslationPrompts
from isogloss.task_schemas import AnswerConsistency, ItemLink, ItemScores, LetterChoices, TaskScores
from tests.pipelines.tasks.test_prompts import PARAMETERS as PROMPTS

SOURCES = {"belebele": "sample", "mmlu": "sample", "translation": "sample"}
LANGUAGES = ("deu", "eng")
TASKS = TaskParameters(shots=1, rounds=200, modes=("likelihood", "generate"))


def reading_items() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "language": language,
                "item_id": f"p{passage}#1",
                "passage_id": f"p{passage}",
                "passage": f"{language} passage {passage}.",
                "question": f"what {passage}?",
                **{f"option_{n}": f"{language} {n * passage}" for n in range(1, 5)},
                "answer": passage % 4 + 1,
            }
            for language in LANGUAGES
            for passage in range(1, 8)
        ]
    )


def knowledge_items() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "language": language,
                "subject": subject,
                "split": split,
                "item_id": f"{subject}/{split}/{number}",
                "question": f"{subject} {split} {number}?",
                **{f"option_{n}": f"{n} {number}" for n in range(1, 5)},
                "answer": number % 4 + 1,
                "subset": "",
            }
            for language in LANGUAGES
            for subject in ("law", "art")
            for split, count in (("dev", 2), ("test", 3))
            for number in range(count)
        ]
    )


def sentences() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"language": language, "sentence_id": str(number), "text": f"{language} {number}"}
            for language in LANGUAGES
            for number in range(4)
        ]
    )


@pytest.fixture(scope="module")
def results(
    character_model: LanguageModel, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Any]:
    return run_room(character_model, tmp_path_factory.mktemp("room"), TASKS)


def run_room(
    character_model: LanguageModel,
    folder: Path,
    tasks: TaskParameters,
    included: Collection[str] = tuple(SOURCES),
) -> Mapping[str, Any]:
    prompts: dict[str, Any] = yaml.safe_load(PROMPTS.read_text(encoding="utf-8"))
    languages = pd.DataFrame(
        {
            "language": LANGUAGES,
            "name": ["German", "English"],
            "iso_639_3": LANGUAGES,
            "bcp47": ["de", "en"],
            "script": "Latn",
        }
    )
    inputs = {
        "tiny.lm": character_model,
        "reading_items": reading_items(),
        "knowledge_items": knowledge_items(),
        "parallel_sentences": sentences(),
        "sentence_samples": pd.DataFrame({"sample": [0, 0], "sentence_id": ["0", "1"]}),
        "languages": languages,
        "comet_scores": pd.DataFrame(columns=["model", "direction", "language", "signature"]),
        "params:pivot": "eng",
        "params:tasks": tasks,
        "params:prompts": PromptParameters.model_validate(prompts["prompts"]),
        "params:item_alignment": ItemAlignmentParameters(),
        "params:translation": TranslationParameters(sentences=3, shots=1),
        "params:translation_prompts": TranslationPrompts.model_validate(
            {"plain": {"sentence": "{source_language}: {source}\n{target_language}:"}}
        ),
    }
    partitions = {
        f"tiny.{name}": ResumablePartitionsDataset(filepath=str(folder / name), format="parquet")
        for name in ("answers", "item_alignment", "translations")
    }
    pipeline = create_pipeline(["tiny"], included, SOURCES)
    made = {
        name: AtomicParquetDataset(filepath=str(folder / f"{name}.parquet"))
        for name in pipeline.all_outputs()
        if name not in partitions
    }
    given = {name: MemoryDataset(value) for name, value in inputs.items()}
    catalog = DataCatalog({**given, **partitions, **made})
    SequentialRunner().run(pipeline, catalog)
    return {name: dataset.load() for name, dataset in made.items()}


def test_every_table_keeps_its_schema(results: Mapping[str, Any]) -> None:
    for name, schema in (
        ("tiny.item_scores", ItemScores),
        ("tiny.letter_choices", LetterChoices),
        ("tiny.item_link", ItemLink),
        ("tiny.answer_consistency", AnswerConsistency),
        ("tiny.task_scores", TaskScores),
        ("task_scores", TaskScores),
    ):
        assert len(schema.validate(results[name])), name


def test_scores_are_those_of_the_items(results: Mapping[str, Any]) -> None:
    items, scores = results["tiny.item_scores"], results["task_scores"]
    key = {"formulation": "cloze", "normalisation": "byte", "language": "deu"}
    own = items[(items[list(key)] == pd.Series(key)).all(axis=1) & (items["task"] == "mmlu")]
    right = own.groupby("item_id")[["chosen", "gold"]].apply(
        lambda rows: bool((rows["chosen"] & rows["gold"]).any())
    )
    assert len(right) == 6
    wanted = {**key, "task": "mmlu", "metric": "accuracy_text", "subset": "", "average": "micro"}
    row = scores[(scores[list(wanted)] == pd.Series(wanted)).all(axis=1)]
    assert row["score"].item() == pytest.approx(right.mean())
    assert (row["n"].item(), row["shots"].item(), row["data"].item()) == (6, 1, "sample")


def test_one_formulation_stands_for_the_model(results: Mapping[str, Any]) -> None:
    scores = results["task_scores"]
    chosen = scores[scores["selected"] & (scores["task"] != "translation")]
    assert len(chosen[["formulation", "normalisation"]].drop_duplicates()) == 1
    assert set(chosen["task"]) == {"belebele", "mmlu"}
    assert set(chosen["language"]) == set(LANGUAGES)


def test_examples_are_counted_only_where_they_stand(results: Mapping[str, Any]) -> None:
    scores = results["task_scores"]
    shots = scores.groupby(["task", "formulation"])["shots"].first()
    assert shots["mmlu", "label"] == 1
    assert shots["mmlu", "generated"] == 0
    assert shots["belebele", "label"] == 0


def test_overlap_and_word_matching_stand_beside_the_scores(results: Mapping[str, Any]) -> None:
    scores = results["task_scores"]
    overlap = scores.groupby("task")["text_overlap"].first()
    # of 0 and 1, those of the alignment, 0 is translated too, and 1 is an example
    assert overlap["translation"] == pytest.approx(0.5)
    assert overlap["belebele"] == 0
    assert scores.loc[scores["task"] == "belebele", "word_match"].notna().all()
    assert scores.loc[scores["task"] != "belebele", "word_match"].isna().all()


def test_words_are_matched_on_the_items_of_each_score(results: Mapping[str, Any]) -> None:
    asked = results["tiny.item_scores"]
    held_out = asked.loc[(asked["task"] == "belebele") & (asked["split"] == "test"), "item_id"]
    matching = results["word_matching"]
    expected = matching[matching["item_id"].isin(held_out)].groupby("language")["word_match"].mean()
    scores = results["task_scores"]
    found = scores[(scores["task"] == "belebele") & (scores["subset"] == "held_out")]
    assert len(found)
    assert found["word_match"].tolist() == pytest.approx(expected[found["language"]].tolist())
    assert set(expected) != set(matching.groupby("language")["word_match"].mean())


def test_prompts_are_kept(results: Mapping[str, Any]) -> None:
    prompts = results["task_prompts"]
    assert set(prompts["formulation"]) == {"label", "cloze", "generate"}
    first = prompts[(prompts["task"] == "mmlu") & (prompts["formulation"] == "label")].iloc[0]
    assert first["prompt"].startswith("The following are multiple choice questions (with answers)")


def test_tasks_that_are_left_out_have_no_nodes() -> None:
    names = {node.name for node in create_pipeline(["tiny"], ["translation"], SOURCES).nodes}
    assert names == {
        "tiny.translate_sentences",
        "tiny.score_translations",
        "tiny.assemble_task_scores",
        "collect_task_scores",
        "show_translation_prompts",
    }
    assert not create_pipeline([], ["mmlu"], SOURCES).nodes
    assert not create_pipeline(["tiny"], [], SOURCES).nodes


def test_written_answers_alone(character_model: LanguageModel, tmp_path: Path) -> None:
    tasks = TASKS.model_copy(update={"modes": ("generate",), "include": ("mmlu",)})
    results = run_room(character_model, tmp_path, tasks, ["mmlu"])
    assert len(LetterChoices.validate(results["tiny.letter_choices"])) == 0
    scores = TaskScores.validate(results["task_scores"])
    assert set(scores["metric"]) == {"accuracy_generated"}
    assert scores["selected"].any()
