from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.count_scores import score_predictions
from isogloss.pipelines.counting.knowledge_scores import SCORE_COLUMNS
from isogloss.pipelines.reporting.counting_nodes import describe_counting, report_counting
from isogloss.pipelines.reporting.counting_rows import ABOVE, BELOW, NOT_ABOVE, split_models
from isogloss.pipelines.reporting.parameters import ReportingParameters
from tests.figures.counting_examples import (
    MODEL,
    make_contrasts,
    make_counting_scores,
    make_score,
)

LANGUAGES = pd.DataFrame(
    {
        "language": ["eng", "deu", "swh", "zho_simpl"],
        "name": ["English", "German", "Swahili", "Chinese"],
    }
)
PARAMETERS = ReportingParameters(model_labels={MODEL: "Gemma, 4-bit"})
CONTRASTS = make_contrasts()
PROMPTS = pd.DataFrame(
    [{"language": "eng", "prompt": "Count the *birds*: a.\n\nNumber of birds:", "answer": " 1"}]
)
SHOWN = (PROMPTS, LANGUAGES, "eng", PARAMETERS)

WORDS = pd.DataFrame(columns=list(SCORE_COLUMNS))


def described(scores: pd.DataFrame) -> list[str]:
    return describe_counting(scores, CONTRASTS, WORDS, LANGUAGES, PARAMETERS).splitlines()


def test_a_model_at_the_best_baseline_is_not_said_to_count() -> None:
    lines = described(make_counting_scores())
    assert lines[2:8] == [
        "Gemma, 4-bit",
        "  152 lists in 4 languages; category named before the list, 4 examples; likeliest number",
        f"    accuracy .20 [.10, .30], {NOT_ABOVE} (.20 [.10, .30], one constant answer); gap .00 "
        "[-.10, .10]",
        "    above it in none of 4 languages taken by themselves",
        "    mean absolute error 1.80 [1.70, 1.90], of the best constant answer 1.50",
        "    expected with true count: r = .00 [-.10, .10], not told from 0",
    ]
    assert lines[8] == (
        "  category named before the list, less after it: accuracy .02 [-.08, .12], not told from 0"
    )
    assert "95% intervals over categories" in lines[-2]


def test_a_model_that_counts_is_said_to() -> None:
    lines = described(make_counting_scores({"all": 0.5, "eng": 0.9, "deu": 0.6, "swh": 0.2}))
    assert lines[4].startswith(
        "    accuracy .50 [.40, .60], above the best baseline (.20 [.10, .30], one constant answer)"
    )
    assert lines[5] == "    above it in 2 of 3 languages: English, German"
    assert lines[7] == "    expected with true count: r = .30 [.20, .40]"


def test_worse_than_a_constant_answer_is_said_too() -> None:
    counted = next(split_models(make_counting_scores({"all": 0.05, "eng": 0.05, "deu": 0.15})))
    assert counted.verdict("all") == BELOW
    assert counted.verdict("deu") == NOT_ABOVE
    assert counted.verdict("swh") == "not measured"


def test_one_language_stands_for_the_model() -> None:
    lines = described(make_counting_scores({"eng": 0.5}))
    assert lines[3].startswith("  38 lists in English; ")
    assert not any("taken by themselves" in line for line in lines)


def test_what_is_not_on_numbers_is_told() -> None:
    scores = make_counting_scores()
    scores.loc[scores["metric"] == "candidate_mass", "value"] = 0.16
    assert (
        "    only 16% of the probability is on numbers: most of it is on other answers"
        in described(scores)
    )
    written = make_counting_scores(scoring="generated")
    written.loc[written["metric"] == "candidate_mass", "value"] = 0.25
    written["metric"] = written["metric"].replace("candidate_mass", "invalid_rate")
    assert "    25% of what was written holds no clear number, and counts as wrong" in described(
        written
    )


def test_no_model_is_no_error() -> None:
    assert described(make_counting_scores().iloc[:0])[-1] == "No model was asked."


def test_page_has_a_row_a_language_and_group() -> None:
    scores = make_counting_scores({"all": 0.5, "eng": 0.9, "deu": 0.2})
    page = report_counting(scores, CONTRASTS, WORDS, *SHOWN)
    assert (
        "| all together | 152 | .50 [.40, .60] | .20 [.10, .30], one constant answer | "
        ".30 [.20, .40] | above the best baseline |"
    ) in page
    assert (
        "| all together | 152 | 1.80 [1.70, 1.90] | 1.50 [1.40, 1.60] | .30 [.20, .40] | "
        ".90 [.80, 1.00] |"
    ) in page
    assert (
        "| German | 38 | .20 [.10, .30] | .20 [.10, .30], one constant answer | .00 [-.10, .10] | "
        "not above"
    ) in page
    assert "**By how many members a list has** (all languages together)" in page
    assert "| 4 | 152 | 14 | 1.00 [.90, 1.10] |" in page
    lengths = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| 1")]
    assert "10" in lengths
    # One category tells nothing beside all, and no list was asked twice.
    assert "**By category**" not in page
    assert "| Pairs of lists |" not in page
    assert "A prompt in English; the right answer is 1." in page
    assert "    Count the *birds*: a.\n    \n    Number of birds:" in page


def test_page_begins_with_what_was_found() -> None:
    scores = make_counting_scores({"all": 0.5, "eng": 0.9, "deu": 0.2})
    page = report_counting(scores, CONTRASTS, WORDS, *SHOWN)
    heads = [line for line in page.splitlines() if line.startswith("## ")]
    assert heads == [
        "## In short",
        "## What is asked",
        "## How to read the tables",
        "## Gemma, 4-bit",
        "## Beside this page",
    ]
    assert (
        "- **Gemma, 4-bit**, category named before the list, 4 examples; likeliest number: right "
        "in .50 [.40, .60] of 152 lists in 2 languages, above the best baseline (.20 [.10, .30], "
        "one constant answer)."
    ) in page


def test_kinds_of_lists_are_tabulated_for_one_way_of_asking() -> None:
    ways = [make_counting_scores(), make_counting_scores(position="last")]
    page = report_counting(pd.concat(ways), CONTRASTS, WORDS, *SHOWN)
    assert page.count("**How often the count is right**") == 2
    assert page.count("**By how many members a list has**") == 1
    assert "those of the others are in `counting_scores.csv`" in page


def test_lists_that_are_asked_twice_have_a_table() -> None:
    rows = [
        make_score(code, metric, value, n=n)
        for code, n in (("all", 76), ("eng", 19))
        for metric, value in (("pair_order", 0.6), ("pair_accuracy", 0.1))
    ]
    scores = pd.concat([make_counting_scores(), pd.DataFrame(rows)], ignore_index=True)
    page = report_counting(scores, CONTRASTS, WORDS, *SHOWN)
    assert "| all together | 76 | .60 [.50, .70] | .10 [.00, .20] |" in page
    assert "| English | 19 | .60 [.50, .70] | .10 [.00, .20] |" in page


def test_prompt_of_another_language_stands_in_for_the_pivot() -> None:
    page = report_counting(
        make_counting_scores(), CONTRASTS, WORDS, PROMPTS, LANGUAGES, "deu", PARAMETERS
    )
    assert "A prompt in English; the right answer is 1." in page


def test_page_has_differences_on_the_same_lists() -> None:
    page = report_counting(make_counting_scores(), CONTRASTS, WORDS, *SHOWN)
    own = page[page.index("### Differences") : page.index("## Beside")].splitlines()
    assert own == [
        "### Differences on the same lists",
        "",
        "Bold: told from 0.",
        "",
        "**Category named before the list, less after it (likeliest number)**",
        "",
        "| Language | Lists | Accuracy | Mean absolute error |",
        "| --- | ---: | ---: | ---: |",
        "| all together | 152 | .02 [-.08, .12] | -.05 [-.15, .05] |",
        "",
        "**Each language, less English (category named before the list, likeliest number)**",
        "",
        "| Language | Lists | Accuracy | Mean absolute error |",
        "| --- | ---: | ---: | ---: |",
        "| German | 152 | **-.30 [-.40, -.20]** | **.50 [.40, .60]** |",
        "",
    ]
    same = report_counting(make_counting_scores(), CONTRASTS[:2], WORDS, *SHOWN)
    assert "None of these is told from 0." in same
    none = report_counting(make_counting_scores(), CONTRASTS.iloc[:0], WORDS, *SHOWN)
    assert "Differences on the same lists" not in none


def shuffled(generator: np.random.Generator, counts: Any) -> pd.DataFrame:
    rows = [
        {
            "model": "tiny",
            "language": language,
            "position": "first",
            "framing": "few_shot",
            "shots": 4,
            "scoring": "candidates",
            "item_id": f"{number:016x}",
            "category": f"c{number % 8}",
            "length": 6 + number % 5,
            "count": int(count),
            "method": "systematic",
            "list_id": f"{number:016x}",
            "largest_group": count,
            "last_shown": 1,
            "brier": 0.9,
            "confidence": 0.2,
            "candidate_mass": 0.9,
            "reason": "",
        }
        for language in ("eng", "deu", "swh")
        for number, count in enumerate(counts)
    ]
    table = pd.DataFrame(rows)
    answers = pd.Series(generator.permutation(table["count"]), dtype="Int64")
    return table.assign(answer=answers, expected_count=answers.astype(float))


def test_shuffled_answers_are_seldom_said_to_be_above() -> None:
    generator = np.random.default_rng(0)
    parameters = BenchmarkParameters(rounds=200)
    false = 0
    for _ in range(20):
        scores = score_predictions(shuffled(generator, generator.permutation(48) % 6), parameters)
        false += ABOVE in " ".join(described(scores)).replace(NOT_ABOVE, "")
    assert false <= 2


def test_what_could_have_been_seen_is_told_where_nothing_was() -> None:
    told = "    a true gap of .14 would be found in four of five such studies"
    scores = make_counting_scores().assign(gap_seen=0.14)
    assert told in described(scores)
    few = described(make_counting_scores().assign(gap_seen=1.31))
    assert "    no gap, however large, would be found in four of five such studies" in few
    assert told not in described(
        make_counting_scores({"all": 0.5, "eng": 0.5}).assign(gap_seen=0.14)
    )


def test_lists_that_are_asked_twice_have_a_line() -> None:
    scores = make_counting_scores()
    accuracy = scores[(scores["metric"] == "accuracy") & (scores["answered_by"] == "model")]
    own = accuracy[accuracy["by"] == "all"]
    pairs = [
        own.assign(metric=metric, value=value, ci_low=value - 0.1, ci_high=value + 0.1)
        for metric, value in (("pair_order", 0.6), ("pair_accuracy", 0.1))
    ]
    assert (
        "    asked for two categories of a list: the larger count is expected to be larger in "
        ".60 [.50, .70] (.50 without heeding the category), both are right in .10 [.00, .20] (0)"
    ) in described(pd.concat([scores, *pairs], ignore_index=True))


def with_words_known() -> pd.DataFrame:
    some = {"by": "known", "group": "all_words", "n": 21}
    rows = [
        row
        for code in ("all", "eng", "deu")
        for row in (
            make_score(code, "membership_sum_accuracy", 0.3),
            make_score(code, "accuracy_own_membership", 0.4),
            make_score(code, "accuracy_own_membership", 0.25, answered_by="constant"),
        )
    ]
    rows += [
        make_score("all", "accuracy", 0.6, **some),
        make_score("all", "accuracy", 0.35, answered_by="constant", **some),
    ]
    return pd.concat(
        [make_counting_scores({"all": 0.5, "eng": 0.9, "deu": 0.2}), pd.DataFrame(rows)]
    )


def test_knowledge_of_words_is_told_apart() -> None:
    known = pd.DataFrame(
        [
            (MODEL, code, metric, value, 90, 14, value - 0.05, value + 0.05, 0.95)
            for code in ("all", "eng", "deu")
            for metric, value in (("auc", 0.75), ("members_known", 0.7), ("answer_mass", 0.9))
        ],
        columns=list(SCORE_COLUMNS),
    )
    scores = with_words_known()
    text = describe_counting(scores, CONTRASTS, known, LANGUAGES, PARAMETERS)
    assert (
        "    words by themselves: members told from others with AUC .75 [.70, .80]; its own count "
        "of a list is right in .30 [.20, .40], and is what it answers in .40 [.30, .50] (one "
        "constant answer: .25)\n"
        "    21 lists all of whose words it knows: accuracy .60 [.50, .70], of the best constant "
        "answer to these .35\n"
    ) in text
    page = report_counting(scores, CONTRASTS, known, *SHOWN)
    assert "| German | 90 | .75 [.70, .80] | .70 [.65, .75] | – | .90 [.85, .95] |" in page
    own = ".30 [.20, .40] | .40 [.30, .50] | .25 [.15, .35] |"
    assert f"| all together | 152 | {own}" in page
    assert f"| German | 38 | {own}" in page
    assert "| all together | 21 | .60 [.50, .70] | .35 [.25, .45] | .50 [.40, .60] |" in page
    assert "| German | 0 | – | – | .20 [.10, .30] |" in page
    without = report_counting(scores, CONTRASTS, WORDS, *SHOWN)
    assert "Words it knows" not in without
