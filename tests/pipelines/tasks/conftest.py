from collections.abc import Callable

import pytest

from isogloss.pipelines.tasks.questions import Question

QuestionMaker = Callable[..., Question]


@pytest.fixture
def make_question() -> QuestionMaker:
    def make(
        item_id: str = "q1",
        *,
        answer: int = 2,
        split: str = "test",
        stratum: str = "",
        subset: str = "",
        options: tuple[str, str, str, str] = ("red", "green", "blue", "grey"),
        passage: str = "The door is green.",
    ) -> Question:
        return Question(
            item_id,
            {
                "passage": passage,
                "subject": stratum.replace("_", " "),
                "question": f"What about {item_id}?",
                **{f"option_{number}": text for number, text in enumerate(options, start=1)},
            },
            answer,
            split,
            cluster=item_id,
            stratum=stratum,
            subset=subset,
        )

    return make
