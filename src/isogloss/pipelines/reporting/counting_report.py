"""A page in Markdown on whether models count, rendered from rows alone."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from isogloss.figures.levels import interval_name
from isogloss.pipelines.reporting.counting_differences import tabulate_differences
from isogloss.pipelines.reporting.counting_knowledge import (
    note_how_to_read,
    tabulate_filter,
    tabulate_words,
)
from isogloss.pipelines.reporting.counting_rows import CountedRows, split_models
from isogloss.pipelines.reporting.counting_tables import (
    tabulate_groups,
    tabulate_languages,
    tabulate_pairs,
)
from isogloss.pipelines.reporting.markdown import write_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import ReportingParameters

FIGURES = (
    *("counting_scores", "counting_sizes", "counting_grid"),
    *("count_confusion", "count_answers"),
)


def write_report(
    counting_scores: pd.DataFrame,
    counting_contrasts: pd.DataFrame,
    knowledge_scores: pd.DataFrame,
    counting_prompts: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> str:
    """Write what was found, how to read it, how every model was asked and how well it counts.

    Args:
        counting_scores: of all models.
        counting_contrasts: of all models.
        knowledge_scores: of all models.
        counting_prompts: one prompt of every kind.
        languages: language, name.
        pivot: the language whose prompt is shown, if there is one in it.
        parameters: labels of models.
    """
    names = dict(zip(languages["language"], languages["name"], strict=True))
    counted = list(split_models(counting_scores))
    sections: dict[str, Iterable[str]] = {
        "": _introduce(),
        "In short": [_sum_up(one, names, parameters) for one in counted],
        "What is asked": _show_prompt(counting_prompts, names, pivot),
        "How to read the tables": [
            *_note_how_to_read(counting_scores),
            *(note_how_to_read() if len(knowledge_scores) else []),
        ],
    }
    pages = ["# Counting\n", write_page(sections)]
    for model, ways in groupby(counted, lambda one: one.model):
        tables = [
            *_tabulate_ways(list(ways), names),
            *_tabulate_model(model, counting_contrasts, knowledge_scores, names),
        ]
        pages.append(write_page({parameters.label(model): tables}).rstrip("\n") + "\n")
    return "\n".join([*pages, write_page({"Beside this page": _list_files()})])


def _introduce() -> Iterator[str]:
    yield (
        "A model is shown a list of words and asked how many of them belong to a category. "
        "Formulas and definitions: `docs/methods/counting.md`."
    )


def _sum_up(counted: CountedRows, names: Mapping[str, str], parameters: ReportingParameters) -> str:
    """Say in one line how a model counts when it is asked in one way."""
    whole, number = counted.whole, len(counted.languages)
    places = f"{number} languages" if number > 1 else names.get(whole, whole)
    return (
        f"- **{parameters.label(counted.model)}**, {counted.way.label()}: right in "
        f"{counted.write(whole, 'accuracy')} of {counted.count(whole, 'accuracy')} lists in "
        f"{places}, {counted.verdict(whole)} ({counted.baseline(whole)})."
    )


def _tabulate_ways(ways: Sequence[CountedRows], names: Mapping[str, str]) -> Iterator[str]:
    """Tabulate every way of asking; kinds of lists of the first one alone."""
    for place, counted in enumerate(ways):
        asked = counted.way.label()
        yield f"### {asked[0].upper()}{asked[1:]}"
        yield ""
        yield from tabulate_languages(counted, names)
        yield from tabulate_pairs(counted, names)
        yield from tabulate_filter(counted, names)
        if not place:
            yield from tabulate_groups(counted, names)
    if len(ways) > 1:
        yield (
            "Kinds of lists are tabulated for the first way of asking; those of the others are in "
            "`counting_scores.csv`."
        )
        yield ""


def _tabulate_model(
    model: str,
    counting_contrasts: pd.DataFrame,
    knowledge_scores: pd.DataFrame,
    names: Mapping[str, str],
) -> Iterator[str]:
    if words := tabulate_words(knowledge_scores, model, names):
        yield from ("### Words it knows", "", *words)
    if differences := list(tabulate_differences(counting_contrasts, model, names)):
        yield from ("### Differences on the same lists", "", *differences)


def _note_how_to_read(scores: pd.DataFrame) -> Iterator[str]:
    yield (
        f"- Brackets are {interval_name(scores)}s over categories: what other categories might "
        "give; of a single category, over its lists. They are wide where there are few categories."
    )
    yield from _NOTES


_NOTES = (
    (
        "- **Lists**: how many were asked. A list that is asked for two of its categories, with "
        "different counts, is two of them."
    ),
    (
        "- **Best baseline**: the most accurate of four ways to answer without counting, chosen on "
        "these very lists, so that it is a high bar: one constant answer; the size of the largest "
        "group of words of one kind, whichever is asked for; a straight line through the lengths "
        "of lists; guessing. **Gap** is the accuracy less that of the best baseline."
    ),
    (
        "- **Verdict**: a model is above the best baseline only where a one-sided test of the gap "
        "says so, adjusted over the languages (Holm), and where answers heed the category: see the "
        "next point. It is below where the interval of the gap is."
    ),
    (
        "- **One list, asked for two of its categories**: *larger count is larger* "
        "(`pair_order`) is the share of lists whose expected count is larger for the category of "
        "which there are more, .50 for whoever does not heed the category; *both counts are right* "
        "(`pair_accuracy`) is 0 for one answer to both."
    ),
    (
        "- **Mean absolute error**: how many members an answer is off by, on average; beside it "
        "that of the one constant answer for which it is least. **Within 1**: share of answers "
        "that are off by one at most. **Bias**: answer less true count, on average."
    ),
    (
        "- **Expected count**: the mean of the numbers that may be answered, weighted with their "
        "probabilities. **r** is its correlation with the true count. It can be above 0 where the "
        "likeliest answer is always the same."
    ),
    (
        "- **By how many members**: a model with a favourite answer is right for that count, and "
        "wrong for the others; so is the constant answer, which is chosen over all lists. Only the "
        "whole table tells whether it counts."
    ),
    (
        "- **By the answer of the last example**: the answer that stands last before the list; a "
        "model that repeats it has no favourite number."
    ),
    (
        "- **Differences** are taken list by list; they are said to differ only where a two-sided "
        "test says so, adjusted over the languages (Holm)."
    ),
    (
        "- **On numbers**: the share of the probability that is on the numbers that were scored. "
        "**No number**: the share of written answers without a clear number, which count as wrong."
    ),
)


def _show_prompt(prompts: pd.DataFrame, names: Mapping[str, str], pivot: str) -> Iterator[str]:
    """Show a prompt, of the pivot if there is one, indented: nothing in it is Markdown."""
    if prompts.empty:
        return
    preferred = prompts[prompts["language"] == pivot]
    row = (preferred if len(preferred) else prompts).iloc[0]
    language = str(row["language"])
    yield (
        f"A prompt in {names.get(language, language)}; the right answer is "
        f"{str(row['answer']).strip()}. The others: `counting_prompts.csv`."
    )
    yield ""
    yield from (f"    {line}" for line in str(row["prompt"]).splitlines())


def _list_files() -> Iterator[str]:
    yield (
        f"- Figures of every model: {', '.join(f'`{name}.png`' for name in FIGURES)}; the "
        "first shows every way of asking, the others the first one alone, which they name"
    )
    yield (
        "- Tables: `counting_scores.csv`, `counting_contrasts.csv`, `counting_confusion.csv`, "
        "`counting_prompts.csv`, `knowledge_scores.csv`"
    )
    yield "- All scores for other programs: `counting_scores.json`"
