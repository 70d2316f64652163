import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.pipelines.tasks.questions import (
    choose_examples,
    knowledge_questions,
    reading_questions,
)
from tests.pipelines.tasks.conftest import QuestionMaker

OPTIONS = {f"option_{n}": f"o{n}" for n in range(1, 5)}


def test_every_so_many_th_passage_serves_for_development() -> None:
    rows = [
        {
            "language": language,
            "item_id": f"p{passage}#{number}",
            "passage_id": f"p{passage}",
            "passage": "text",
            "question": "why?",
            **OPTIONS,
            "answer": 1,
        }
        for language in ("eng", "deu")
        for passage in range(5)
        for number in (1, 2)
    ]
    questions = reading_questions(pd.DataFrame(rows), dev_every=2)
    assert list(questions) == ["deu", "eng"]
    development = {one.cluster for one in questions["deu"] if one.split == "dev"}
    assert development == {"p0", "p2", "p4"}
    assert [one.item_id for one in questions["eng"]][:3] == ["p0#1", "p0#2", "p1#1"]
    assert questions["eng"][0].stratum == ""


def test_knowledge_is_clustered_by_item_within_subject() -> None:
    rows = [
        {
            "language": "eng",
            "subject": "high_school_physics",
            "split": split,
            "item_id": f"physics/{split}/0",
            "question": "why?",
            **OPTIONS,
            "answer": 4,
            "subset": "culturally_agnostic",
        }
        for split in ("test", "dev")
    ]
    first, second = knowledge_questions(pd.DataFrame(rows))["eng"]
    assert (first.split, second.split) == ("dev", "test")
    assert (second.cluster, second.stratum) == ("physics/test/0", "high_school_physics")
    assert second.fields["subject"] == "high school physics"
    assert second.subset == "culturally_agnostic"


def test_examples_are_the_first_of_the_subject_without_the_question(
    make_question: QuestionMaker,
) -> None:
    development = {"law": [make_question(f"d{n}", split="dev", stratum="law") for n in range(3)]}
    asked = make_question("t", stratum="law")
    assert [one.item_id for one in choose_examples(asked, development, 2)] == ["d0", "d1"]
    own = development["law"][0]
    # a development item cannot be an example for itself, and has one fewer then
    assert [one.item_id for one in choose_examples(own, development, 3)] == ["d1", "d2"]


def test_too_few_examples_are_refused(make_question: QuestionMaker) -> None:
    asked = make_question("t", stratum="law")
    with pytest.raises(Refusal, match=r"item t is to have 5 examples.*'law' has 0.*tasks.shots"):
        choose_examples(asked, {}, 5)
    assert choose_examples(asked, {}, 0) == ()
