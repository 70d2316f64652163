from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.pipelines.reporting.task_wording import describe

LANGUAGES = pd.DataFrame(
    {"language": ["eng", "deu", "swh"], "name": ["English", "German", "Swahili"]}
)
PARAMETERS = ReportingParameters(model_labels={"tiny": "Tiny"})


def score(task: str, language: str, value: float, **more: Any) -> dict[str, Any]:
    return {
        "model": "tiny",
        "task": task,
        "data": "sample",
        "metric": "accuracy_text",
        "direction": "",
        "language": language,
        "formulation": "cloze",
        "normalisation": "byte",
        "score": value,
        "n": 20.0,
        "ci_low": value - 0.1,
        "ci_high": value + 0.1,
        "confidence": 0.95,
        "chance": 0.25,
        "above_chance": value > 0.5,
        "selected": True,
        "word_match": 0.3,
        **more,
    }


def correlation(**more: Any) -> dict[str, Any]:
    return {
        "model": "tiny",
        "task": "belebele",
        "task_metric": "accuracy_text",
        "metric": "mexa_at_60",
        "pooling": "mean",
        "aggregation": "mean",
        "sample": -1,
        "n": 12,
        "pearson_r": 0.61,
        "pearson_p": 0.034,
        "p_adjusted": 0.21,
        "reason": "",
        "caution": "",
        **more,
    }


def lines(scores: list[dict[str, Any]], correlations: list[dict[str, Any]]) -> list[str]:
    empty = pd.DataFrame(columns=list(correlation()))
    table = pd.DataFrame(correlations) if correlations else empty
    return describe(pd.DataFrame(scores), table, LANGUAGES, "eng", PARAMETERS).splitlines()


READING = [
    score("belebele", "eng", 0.7),
    score("belebele", "deu", 0.6),
    score("belebele", "swh", 0.3),
]


def test_each_task_says_how_it_was_asked_and_where_it_is_told_from_guessing() -> None:
    text = lines(READING, [correlation(), correlation(metric="mexa_at_100", n=0)])
    assert text[:8] == [
        "Tasks",
        "",
        "Tiny",
        "  Reading, 20 items (items written for this project), by option texts (per byte); "
        "guessing .25",
        "    English .70 [.60, .80]",
        "    best German .60 [.50, .70], worst Swahili .30 [.20, .40]",
        "    told from guessing in 2 of 3: English, German",
        "    choosing what looks most like the passage gets .30",
    ]
    assert text[8] == (
        "    with alignment (mexa_at_60): r = .61, n = 12 languages, p = 0.034 "
        "(0.21 for all tests together)"
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"caution": "too few"}, "too few: no finding"),
        ({"pearson_r": np.nan, "reason": "the scores are all equal"}, "no correlation, the scores"),
    ],
)
def test_what_is_no_finding_is_not_called_one(more: dict[str, Any], words: str) -> None:
    assert words in lines(READING, [correlation(**more)])[8]


def test_a_model_at_chance_is_said_to_be() -> None:
    rows = [score("mmlu", language, 0.25) for language in ("eng", "deu")]
    assert "    20 items cannot tell this model from guessing" in lines(rows, [])


def test_translation_says_what_went_wrong() -> None:
    rows = [
        score(
            "translation",
            language,
            value,
            metric="chrf",
            direction=direction,
            formulation="",
            normalisation="",
            word_match=np.nan,
            above_chance=None,
            ci_low=value - 5,
            ci_high=value + 5,
            wrong_language_rate=0.5 if direction == "from_pivot" else 0.0,
            empty_rate=0.0,
            truncated_rate=0.0,
        )
        for direction, values in (("to_pivot", (60.0, 20.0)), ("from_pivot", (40.0, 10.0)))
        for language, value in zip(("deu", "swh"), values, strict=True)
    ]
    text = lines(rows, [])
    assert text[3:6] == [
        "  Translation, 20 sentences; chrF++",
        "    into English: best German 60.0 [55.0, 65.0], worst Swahili 20.0 [15.0, 25.0]",
        "    out of it: best German 40.0 [35.0, 45.0], worst Swahili 10.0 [5.0, 15.0] "
        "(50% in another language)",
    ]


def test_chance_is_that_of_the_test_and_has_a_name() -> None:
    told = [{**row, "best_constant": 0.3125, "chance": 0.25} for row in READING]
    assert lines(told, [])[3].endswith("; always the same letter .31")
    even = [{**row, "best_constant": 0.25, "chance": 0.25} for row in READING]
    assert lines(even, [])[3].endswith("; guessing .25")
