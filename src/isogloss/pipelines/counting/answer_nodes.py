"""Nodes that ask models to count, and put their answers together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from isogloss.counting_prompts import choose_framing
from isogloss.language_models import LanguageModel
from isogloss.language_models.fingerprints import model_fingerprint, settle_writing_budget
from isogloss.language_models.outline import settle_token_budget
from isogloss.partitions import (
    Fingerprint,
    Partitions,
    StoredPartitions,
    digest,
    require_same_fingerprint,
)
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters, Scoring
from isogloss.pipelines.counting.count_branches import STOPS
from isogloss.pipelines.counting.count_candidates import score_candidates
from isogloss.pipelines.counting.count_predictions import (
    CANDIDATES,
    GENERATED,
    predict_from_candidates,
    predict_from_responses,
)
from isogloss.pipelines.counting.count_questions import SETTING, LanguageLists, gather_lists
from isogloss.pipelines.counting.count_writing import write_counts
from isogloss.progress import progress
from isogloss.provenance import record_sources

DEFINITION = 2
"""Of the answers that are stored; raised when their meaning changes."""
DECIDE: Mapping[Scoring, Sequence[str]] = {
    CANDIDATES: ("positions", "framing", "largest", "forms", "stops"),
    GENERATED: ("positions", "framing", "new_tokens"),
}
Asked = Mapping[str, LanguageLists]
Answers = StoredPartitions[pd.DataFrame]
Predictor = Callable[
    [
        Answers,
        Answers,
        pd.DataFrame,
        pd.DataFrame,
        pd.DataFrame,
        pd.DataFrame,
        BenchmarkParameters,
    ],
    pd.DataFrame,
]


def answer_lists(
    lm: LanguageModel,
    counting_items: pd.DataFrame,
    category_names: pd.DataFrame,
    counting_phrases: pd.DataFrame,
    numerals: pd.DataFrame,
    parameters: BenchmarkParameters,
) -> Partitions[pd.DataFrame]:
    """Score every number as the answer to every list, one partition a language.

    Args:
        lm: a causal model.
        counting_items: the lists.
        category_names: category, language, counted, number_of.
        counting_phrases: language, position, text, separator.
        numerals: language, number, kind, form.
        parameters: how is asked.

    Returns:
        language -> model, and see `count_candidates.score_candidates`; nothing unless `scoring`
        has `candidates`.
    """
    asked = gather_lists(counting_items, category_names, counting_phrases, numerals, parameters)
    budget = settle_token_budget(lm, parameters.token_budget)
    return _hand_over(lm, asked, CANDIDATES, budget, parameters)


def write_answers(
    lm: LanguageModel,
    counting_items: pd.DataFrame,
    category_names: pd.DataFrame,
    counting_phrases: pd.DataFrame,
    numerals: pd.DataFrame,
    parameters: BenchmarkParameters,
) -> Partitions[pd.DataFrame]:
    """Have a model write its answer to every list, one partition a language.

    Args:
        lm: a causal model.
        counting_items: the lists.
        category_names: category, language, counted, number_of.
        counting_phrases: language, position, text, separator.
        numerals: language, number, kind, form.
        parameters: how is asked.

    Returns:
        language -> model, and see `count_writing.write_counts`; nothing unless `scoring` has
        `generated`.
    """
    asked = gather_lists(counting_items, category_names, counting_phrases, numerals, parameters)
    budget = settle_writing_budget(lm, parameters.token_budget)
    return _hand_over(lm, asked, GENERATED, budget, parameters)


def _hand_over(
    lm: LanguageModel,
    asked: Asked,
    scoring: Scoring,
    budget: int,
    parameters: BenchmarkParameters,
) -> Partitions[pd.DataFrame]:
    settled = parameters.model_copy(update={"token_budget": budget})
    return Partitions(
        {"definition": DEFINITION, **model_fingerprint(lm, token_budget=budget)},
        _fingerprints(asked, scoring, parameters),
        partial(_ask, lm, asked, scoring, settled),
        # All at once: the model is opened once, and each language is handed over when it is done.
    )


def _fingerprints(
    asked: Asked, scoring: Scoring, parameters: BenchmarkParameters
) -> dict[str, Fingerprint]:
    if scoring not in parameters.scoring:
        return {}
    settings = {name: getattr(parameters, name) for name in DECIDE[scoring]}
    if scoring == CANDIDATES:
        settings["ends"] = STOPS
    return {language: {"lists": digest(own), **settings} for language, own in asked.items()}


def _ask(
    lm: LanguageModel,
    asked: Asked,
    scoring: Scoring,
    parameters: BenchmarkParameters,
    languages: Sequence[str],
) -> Iterator[tuple[str, pd.DataFrame]]:
    ask = score_candidates if scoring == CANDIDATES else write_counts
    verb = "counting" if scoring == CANDIDATES else "writing counts"
    total = sum(len(asked[one].lists) for one in languages) * len(parameters.positions)
    with (
        lm.open() as loaded,
        progress(
            f"{lm.name}: {verb}", len(languages), "languages", "lists", work_total=total
        ) as report,
    ):
        framing = choose_framing(loaded.tokenizer, parameters.framing, f"{SETTING}.framing")
        for language in languages:
            table = ask(loaded, asked[language], framing, parameters, report.worked)
            table.insert(0, "model", lm.name)
            yield language, table
            report.finished()


def predictor(model: str) -> Predictor:
    """Give the function that says what a model answered to every list.

    Args:
        model: its name.
    """

    def predict_counts(
        counting_answers: Answers,
        counting_responses: Answers,
        counting_items: pd.DataFrame,
        category_names: pd.DataFrame,
        counting_phrases: pd.DataFrame,
        numerals: pd.DataFrame,
        parameters: BenchmarkParameters,
    ) -> pd.DataFrame:
        """Put together the answers of all ways of scoring; see `count_predictions`.

        Raises:
            PartitionError: if the answers are to other lists, or were asked for otherwise.
        """
        asked = gather_lists(counting_items, category_names, counting_phrases, numerals, parameters)
        tables = []
        for scoring, stored, predict in (
            (CANDIDATES, counting_answers, predict_from_candidates),
            (GENERATED, counting_responses, predict_from_responses),
        ):
            wanted = _fingerprints(asked, scoring, parameters)
            require_same_fingerprint("answers", stored.item_fingerprints, wanted)
            if wanted:
                found = pd.concat([stored[one]() for one in wanted], ignore_index=True)
                tables.append(predict(found, counting_items))
        table = _add_last_shown(pd.concat(tables, ignore_index=True), asked)
        table.insert(0, "model", model)
        sources: dict[str, Any] = {"counting_answers": counting_answers.fingerprint}
        return record_sources(table, **sources)

    return predict_counts


def _add_last_shown(table: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    last = {(code, item): n for code, own in asked.items() for item, n in own.last_shown.items()}
    keys = zip(table["language"], table["item_id"], strict=True)
    return table.assign(last_shown=pd.array([last.get(key) for key in keys], "Int64"))
