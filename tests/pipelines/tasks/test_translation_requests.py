from __future__ import annotations

from isogloss.pipelines.tasks.translation_requests import example_requests
from tests.pipelines.tasks.test_translation import (
    LANGUAGES,
    PARAMETERS,
    PROMPTS,
    SAMPLES,
    TEXTS,
)
from tests.sentences import tabulate_sentences


def test_one_prompt_of_every_direction_and_language() -> None:
    sentences = tabulate_sentences(TEXTS)
    table = example_requests(sentences, SAMPLES, LANGUAGES, "eng", PARAMETERS, PROMPTS)
    assert list(zip(table["direction"], table["language"], strict=True)) == [
        ("from_pivot", "deu"),
        ("from_pivot", "swh"),
        ("to_pivot", "deu"),
        ("to_pivot", "swh"),
    ]
    row = table.iloc[2]
    assert row["prompt"] == (
        "German: das Wasser ist kalt\nEnglish: the water is cold\n\n"
        "German: Leute lesen {source}\nEnglish:"
    )
    assert (row["sentence_id"], row["reference"]) == ("1", "people read {letters}")
