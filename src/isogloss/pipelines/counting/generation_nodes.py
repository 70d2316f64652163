"""Nodes that make lists, decide on them, and replace those that were lost."""

from __future__ import annotations

import logging
from typing import Any, Unpack

import pandas as pd

from isogloss.pipelines.counting import word_tables
from isogloss.pipelines.counting.flatness_quality import measure_quality as measure
from isogloss.pipelines.counting.generation_chats import (
    Beside,
    Chats,
    ask_of,
    refuse_calls_in_process,
    refuse_one_model,
)
from isogloss.pipelines.counting.generation_drafts import join_drafts
from isogloss.pipelines.counting.generation_export import export_lists
from isogloss.pipelines.counting.generation_lexicon import choose
from isogloss.pipelines.counting.generation_making import (
    NAME_COLUMNS,
    Made,
    Workshop,
    build_lexicons,
    read_sentences,
)
from isogloss.pipelines.counting.generation_panels import Panel, plan_panels
from isogloss.pipelines.counting.generation_parameters import CountingParameters
from isogloss.pipelines.counting.generation_refilling import join_names, refill
from isogloss.pipelines.counting.generation_report import (
    DRAFTED,
    FAILED,
    PLANNED,
    describe_report,
    is_short,
    report_cells,
    report_lists,
)
from isogloss.pipelines.counting.validation_items import Validator
from isogloss.pipelines.counting.validation_lists import read_known_words

logger = logging.getLogger(__name__)


def draft_items(
    parameters: CountingParameters,
    languages: pd.DataFrame,
    word_lists: pd.DataFrame,
    category_names: pd.DataFrame,
    category_relations: pd.DataFrame,
    **beside: Unpack[Beside],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Make all lists that are planned: of the word lists, and a share of them by a chat model.

    Args:
        parameters: which lists.
        languages: language, name.
        word_lists: category, concept, language, word, also.
        category_names: category, language, counted, number_of.
        category_relations: category_a, category_b, relation.
        **beside: see `Beside`.

    Returns:
        the lists; the names of all categories, invented ones included; what became of the plan; and
        the concepts that were left out for lack of a word in a language.

    Raises:
        GenerationError: if the words do not suffice.
        WordTableError: if models are to be asked in a language without lists.
    """
    refuse_one_model(parameters, beside)
    refuse_calls_in_process(parameters, beside)
    if max(parameters.counts) > min(parameters.lengths):
        logger.warning(
            "counting.counts goes up to %d and counting.lengths begins at %d: short lists have low "
            "counts then, and length tells of count.",
            max(parameters.counts),
            min(parameters.lengths),
        )
    if benchmark := beside.get("benchmark"):
        spoken = choose("languages", parameters.languages, word_lists["language"])
        word_tables.choose(benchmark.languages, spoken, "counting_benchmark.languages")
    panels = _plan(word_lists, parameters)
    workshop, left_out = _workshop(
        parameters, languages, word_lists, category_names, category_relations, panels, beside
    )
    _describe_left_out(left_out, len(word_lists[["category", "concept"]].drop_duplicates()))
    drafts, names, steps = join_drafts([]), [category_names[list(NAME_COLUMNS)]], []
    for panel in panels:
        made = workshop.make(panel, panel.cells, drafts, 0)
        drafts = join_drafts([drafts, made.drafts])
        names.append(made.names)
        steps += [
            report_cells(panel, [(cell, "") for cell in panel.cells], PLANNED, 0),
            report_cells(panel, made.failures, FAILED, 0),
            report_lists(made.drafts, DRAFTED, 0),
        ]
    report = pd.concat(steps, ignore_index=True)
    return drafts, join_names(names), report, left_out


def validate_items(
    parameters: CountingParameters,
    languages: pd.DataFrame,
    word_lists: pd.DataFrame,
    category_relations: pd.DataFrame,
    counting_drafts: pd.DataFrame,
    drafted_names: pd.DataFrame,
    **chats: Unpack[Chats],
) -> pd.DataFrame:
    """Decide on every list: by the word lists, else by a judge; see `Validator.validate`.

    Args:
        parameters: how a judge is asked.
        languages: language, name.
        word_lists: category, concept, language, word, also.
        category_relations: category_a, category_b, relation.
        counting_drafts: the lists.
        drafted_names: category, language, counted, number_of, of all categories.
        **chats: see `Chats`.
    """
    refuse_one_model(parameters, chats)
    validator = Validator(
        read_known_words(word_lists, category_relations),
        _by_key(languages, "name", "language"),
        _by_key(drafted_names, "counted", "category", "language"),
        parameters.judging,
        ask_of(chats.get("judge"), chats.get("judge_store")),
        parameters.judge or "",
    )
    found = validator.validate(counting_drafts)
    counts = (found["verdict"] + " by " + found["decided_by"]).value_counts()
    if len(counts):
        logger.info("Lists: %s", ", ".join(f"{number} {how}" for how, number in counts.items()))
    return found


def refill_items(
    parameters: CountingParameters,
    languages: pd.DataFrame,
    word_lists: pd.DataFrame,
    category_relations: pd.DataFrame,
    counting_drafts: pd.DataFrame,
    drafted_names: pd.DataFrame,
    drafting_report: pd.DataFrame,
    draft_validation: pd.DataFrame,
    **chats: Unpack[Chats],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Take out lists that cannot stay, and make others of the same category, length and count.

    New lists are decided on like the first ones. It ends when all that was planned stands, or after
    `counting.rounds`; a list is only ever replaced by one of the same method.

    Args:
        parameters: which lists.
        languages: language, name.
        word_lists: category, concept, language, word, also.
        category_relations: category_a, category_b, relation.
        counting_drafts: the first lists.
        drafted_names: category, language, counted, number_of, of all categories.
        drafting_report: what became of the plan so far.
        draft_validation: what was decided on the first lists.
        **chats: see `Chats`.

    Returns:
        the lists that stand; what was decided on all lists that were made; the names of all
        categories; and what became of the plan, step by step.
    """
    panels = _plan(word_lists, parameters)
    workshop, _ = _workshop(
        parameters, languages, word_lists, drafted_names, category_relations, panels, chats
    )

    def validate(drafts: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
        return validate_items(
            parameters, languages, word_lists, category_relations, drafts, names, **chats
        )

    first = Made(counting_drafts, drafted_names, [])
    done = refill(first, draft_validation, panels, workshop.make, validate, parameters)
    report = pd.concat([drafting_report, done.report], ignore_index=True)
    level = logging.WARNING if is_short(report) else logging.INFO
    logger.log(level, "Lists: %s", describe_report(report))
    return done.items, done.validation, done.names, report


def measure_quality(
    counting_items: pd.DataFrame,
    counting_validation: pd.DataFrame,
    parameters: CountingParameters,
) -> pd.DataFrame:
    """Measure how right, flat and varied the lists are; see `flatness_quality.measure_quality`."""
    return measure(counting_items, counting_validation, parameters.overlap)


def export_items(
    counting_items: pd.DataFrame, counting_category_names: pd.DataFrame
) -> list[dict[str, Any]]:
    """Give the lists as records of the published schema; see `generation_export.export_lists`."""
    return export_lists(counting_items, counting_category_names)


def _plan(word_lists: pd.DataFrame, parameters: CountingParameters) -> list[Panel]:
    languages = choose("languages", parameters.languages, word_lists["language"])
    categories = choose("categories", parameters.categories, word_lists["category"])
    return plan_panels(languages, categories, parameters)


def _workshop(
    parameters: CountingParameters,
    languages: pd.DataFrame,
    word_lists: pd.DataFrame,
    names: pd.DataFrame,
    relations: pd.DataFrame,
    panels: list[Panel],
    chats: Chats,
) -> tuple[Workshop, pd.DataFrame]:
    categories = choose("categories", parameters.categories, word_lists["category"])
    own = word_lists[word_lists["category"].isin(categories)]
    lexicons, dropped = build_lexicons(own, relations, panels, parameters)
    phrases = chats.get("phrases")
    workshop = Workshop(
        lexicons,
        parameters,
        _by_key(languages, "name", "language"),
        _by_key(names, "counted", "category", "language"),
        {} if phrases is None else read_sentences(phrases),
        ask_of(chats.get("author"), chats.get("author_store")),
        parameters.author or "",
    )
    return workshop, dropped


def _describe_left_out(left_out: pd.DataFrame, concepts: int) -> None:
    lacking = left_out["missing"].str.split().explode().value_counts()
    if len(lacking):
        logger.info(
            "Lists: %d of %d concepts are left out, for lack of a word in %s",
            len(left_out),
            concepts,
            ", ".join(f"{language} ({number})" for language, number in lacking.items()),
        )


def _by_key(table: pd.DataFrame, value: str, *keys: str) -> dict[Any, str]:
    """Give a column of a table by one or several others."""
    columns = [table[key] for key in keys]
    names = columns[0] if len(columns) == 1 else zip(*columns, strict=True)
    return dict(zip(names, table[value], strict=True))
