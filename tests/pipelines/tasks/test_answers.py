from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from isogloss.datasets import ResumablePartitionsDataset
from isogloss.language_models import LanguageModel
from isogloss.pipelines.tasks import options
from isogloss.pipelines.tasks.answers import answer_questions, example_prompts, load_answers
from isogloss.pipelines.tasks.parameters import TaskParameters
from isogloss.pipelines.tasks.prompts import PromptParameters
from isogloss.pipelines.tasks.questions import Question
from tests.pipelines.tasks.conftest import QuestionMaker
from tests.pipelines.tasks.test_prompts import PARAMETERS

Languages = Mapping[str, list[Question]]


@pytest.fixture(scope="module")
def prompts() -> PromptParameters:
    content: dict[str, Any] = yaml.safe_load(PARAMETERS.read_text(encoding="utf-8"))
    return PromptParameters.model_validate(content["prompts"])


@pytest.fixture
def questions(make_question: QuestionMaker) -> dict[Any, Languages]:
    own = [make_question("d", split="dev", stratum="law"), make_question("t", stratum="law")]
    return {
        "belebele": {"eng": own, "deu": own},
        "mmlu": {"eng": own, "deu": own},
    }


PARAMETERS_HERE = TaskParameters(shots=1, option_orders="given", modes=("likelihood", "generate"))


def test_development_items_of_knowledge_are_asked_in_the_pivot_alone(
    character_model: LanguageModel, questions: dict[Any, Languages], prompts: PromptParameters
) -> None:
    few = PARAMETERS_HERE.model_copy(update={"shots": 0})
    parts = answer_questions(character_model, questions, "eng", prompts, few, {})
    tables = dict(parts.compute(list(parts.items)))
    assert len(tables) == 8
    asked = {name: set(table["item_id"]) for name, table in tables.items()}
    assert asked["mmlu-likelihood-eng-000"] == {"d", "t"}
    assert asked["mmlu-likelihood-deu-000"] == {"t"}
    assert asked["belebele-likelihood-deu-000"] == {"d", "t"}
    written = tables["mmlu-generate-deu-000"]
    assert (set(written["task"]), set(written["language"])) == ({"mmlu"}, {"deu"})


def test_only_what_changed_is_asked_again(
    character_model: LanguageModel,
    questions: dict[Any, Languages],
    prompts: PromptParameters,
    tmp_path: Path,
    make_question: QuestionMaker,
) -> None:
    dataset = ResumablePartitionsDataset(filepath=str(tmp_path / "answers"), format="parquet")
    likelihood = TaskParameters(shots=1, option_orders="given")

    def asked(given: dict[Any, Languages], parameters: TaskParameters) -> list[str]:
        parts = answer_questions(character_model, given, "eng", prompts, parameters, {})
        names: list[str] = []

        def compute(identifiers: Any) -> Any:
            names.extend(identifiers)
            yield from parts.compute(identifiers)

        dataset.save(replace(parts, compute=compute))
        return sorted(names)

    assert len(asked(questions, likelihood)) == 4
    assert asked(questions, likelihood) == []
    # examples stand in prompts of mmlu alone
    zero = likelihood.model_copy(update={"shots": 0})
    assert asked(questions, zero) == ["mmlu-likelihood-deu-000", "mmlu-likelihood-eng-000"]
    other = {**questions["belebele"], "deu": [make_question("t", passage="Other.")]}
    assert asked({**questions, "belebele": other}, zero) == ["belebele-likelihood-deu-000"]
    stored = dataset.load()
    assert set(load_answers(stored, "belebele", "deu")["item_id"]) == {"t"}


def test_many_questions_are_several_partitions(
    character_model: LanguageModel,
    prompts: PromptParameters,
    tmp_path: Path,
    make_question: QuestionMaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(options, "QUESTIONS_AT_ONCE", 2)
    own = [make_question(f"{number}", cluster="ab"[number % 2]) for number in range(7)]
    given: dict[Any, Languages] = {"belebele": {"eng": own}}
    dataset = ResumablePartitionsDataset(filepath=str(tmp_path / "answers"), format="parquet")
    plain = TaskParameters(option_orders="given")
    parts = answer_questions(character_model, given, "eng", prompts, plain, {})
    # 4 questions of passage a, then 3 of passage b
    assert list(parts.items) == ["belebele-likelihood-eng-000", "belebele-likelihood-eng-001"]

    def killed(identifiers: Any) -> Any:
        yield next(iter(parts.compute(identifiers)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dataset.save(replace(parts, compute=killed))
    taken_up: list[str] = []

    def resumed(identifiers: Any) -> Any:
        taken_up.extend(identifiers)
        yield from parts.compute(identifiers)

    dataset.save(replace(parts, compute=resumed))
    assert taken_up == ["belebele-likelihood-eng-001"]
    answers = load_answers(dataset.load(), "belebele", "eng")
    assert sorted(answers["item_id"].unique()) == sorted(one.item_id for one in own)


def test_prompts_are_shown_as_they_are_read(
    questions: dict[Any, Languages], prompts: PromptParameters
) -> None:
    rows = example_prompts(questions, "eng", prompts, PARAMETERS_HERE)
    found = {(row["task"], row["language"], row["formulation"]): row for row in rows}
    assert len(found) == 12
    label = found["mmlu", "deu", "label"]
    assert label["prompt"].endswith(
        "Answer: B\n\nWhat about t?\nA. red\nB. green\nC. blue\nD. grey\nAnswer:"
    )
    assert (label["answer"], label["shots"]) == (" B", 1)
    assert found["belebele", "eng", "generate"]["answer"] == "2"
