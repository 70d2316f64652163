"""A page in Markdown on whether models count, rendered from rows alone."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from isogloss.figures.counting_ways import ALL
from isogloss.figures.formats import format_score
from isogloss.figures.levels import interval_name
from isogloss.pipelines.reporting.counting_differences import tabulate_differences
from isogloss.pipelines.reporting.counting_knowledge import (
    note_how_to_read,
    tabulate_filter,
    tabulate_words,
)
from isogloss.pipelines.reporting.counting_rows import (
    CONSTANT,
    CountedRows,
    split_models,
    write_score,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import ReportingParameters

FIGURES = (
    *("counting_scores", "counting_sizes", "counting_grid"),
    *("count_confusion", "count_answers"),
)
GROUPINGS = {
    "count": "Members",
    "length": "Words",
    "category": "Category",
    "method": "Lists made",
    "last_shown": "Last example",
    "known": "Words",
}


def write_report(
    counting_scores: pd.DataFrame,
    counting_contrasts: pd.DataFrame,
    knowledge_scores: pd.DataFrame,
    counting_prompts: pd.DataFrame,
    languages: pd.DataFrame,
    parameters: ReportingParameters,
) -> str:
    """Write how every model was asked, how well it counts, and how that is to be read.

    Args:
        counting_scores: of all models.
        counting_contrasts: of all models.
        knowledge_scores: of all models.
        counting_prompts: one prompt of every kind.
        languages: language, name.
        parameters: labels of models.
    """
    names = dict(zip(languages["language"], languages["name"], strict=True))
    lines = ["# Counting", "", *_introduce(), ""]
    for model, ways in groupby(split_models(counting_scores), lambda counted: counted.model):
        lines += [f"## {parameters.label(model)}", ""]
        for counted in ways:
            asked = counted.way.label()
            lines += [f"### {asked[0].upper()}{asked[1:]}", ""]
            lines += [*_tabulate_languages(counted, names), ""]
            for by, head in GROUPINGS.items():
                lines += _tabulate_groups(counted, by, head)
            lines += tabulate_filter(counted, names)
        if words := tabulate_words(knowledge_scores, model, names):
            lines += ["### Words it knows", "", *words]
        if differences := list(tabulate_differences(counting_contrasts, model, names)):
            lines += ["### Differences on the same lists", "", *differences, ""]
    lines += ["## How to read this", "", *_note_how_to_read(counting_scores)]
    lines += [*(note_how_to_read() if len(knowledge_scores) else []), ""]
    lines += ["## What is asked", "", *_show_prompt(counting_prompts)]
    lines += ["## Beside this page", "", *_list_files()]
    return "\n".join(lines) + "\n"


def _introduce() -> Iterator[str]:
    yield (
        "A model is shown a list of words and asked how many of them belong to a category. "
        "Formulas and definitions: `docs/methods/counting.md`."
    )


def _tabulate_languages(counted: CountedRows, names: Mapping[str, str]) -> Iterator[str]:
    last = "On numbers" if counted.way.scoring == "candidates" else "No number"
    metric = "candidate_mass" if counted.way.scoring == "candidates" else "invalid_rate"
    yield (
        "| Language | n | Accuracy | Best baseline | Gap | | Mean absolute error | Best constant "
        f"| r | {last} |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for code in [*([ALL] if counted.whole == ALL else []), *counted.languages]:
        found = counted.find(code, "accuracy")
        cells = [
            "all together" if code == ALL else names.get(code, code),
            "–" if found is None else str(int(found["n"])),
            counted.write(code, "accuracy"),
            counted.baseline(code),
            counted.gap(code),
            counted.verdict(code),
            counted.write(code, "mae"),
            format_score(counted.value(code, "mae", CONSTANT)),
            counted.write(code, "r"),
            format_score(counted.value(code, metric)),
        ]
        yield f"| {' | '.join(cells)} |"


def _tabulate_groups(counted: CountedRows, by: str, head: str) -> list[str]:
    """Tabulate accuracy and error by a grouping, over all languages; nothing for a single group."""
    own = counted.rows[
        (counted.rows["by"] == by)
        & (counted.rows["language"] == counted.whole)
        & (counted.rows["answered_by"] == "model")
    ]
    groups = sorted(set(own["group"]), key=lambda one: (len(one) if one.isdigit() else 0, one))
    if len(groups) < 2:
        return []
    lines = [
        f"| {head} | n | Accuracy | Within 1 | Mean absolute error | Bias |",
        "|---|---|---|---|---|---|",
    ]
    for group in groups:
        cells = [str(group), str(int(own.loc[own["group"] == group, "n"].max()))]
        for metric in ("accuracy", "within_1", "mae", "bias"):
            found = counted.find(counted.whole, metric, by=by, group=group)
            cells.append("–" if found is None else write_score(found))
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _note_how_to_read(scores: pd.DataFrame) -> Iterator[str]:
    yield (
        f"- Brackets are {interval_name(scores)}s over categories: what other categories might "
        "give; of a single category, over its lists."
    )
    yield from _NOTES


_NOTES = (
    (
        "- **Best baseline**: the most accurate of one constant answer, the size of the largest "
        "group of words of one kind, a straight line through lengths, and guessing, chosen on "
        "these very lists; so it is a high bar. A model is called above it only where a one-sided "
        "test says so, adjusted over the languages (Holm), and where answers heed the category: "
        "see the next point. **Best constant** is chosen for the mean absolute error anew."
    ),
    (
        "- **The same list, asked for two of its categories** with different counts: "
        "`pair_order` in `counting_scores` is the share of lists whose expected count is larger "
        "for the category of which there are more, .50 for whoever does not heed the category; "
        "`pair_accuracy` the share with both counts right, 0 for one answer to both."
    ),
    (
        "- **By last example**: the answer that stands last before the list; a model that repeats "
        "it has no favourite number."
    ),
    (
        "- **By members**: a model with a favourite answer is right for that count, and wrong for "
        "the others; so is the constant answer, which is chosen over all lists. Only the whole "
        "line tells whether it counts."
    ),
    (
        "- **r** is the correlation of the expected with the true count. It can be above 0 where "
        "the likeliest answer is always the same."
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


def _show_prompt(prompts: pd.DataFrame) -> Iterator[str]:
    """Show the first prompt, indented, so that nothing in it is taken for Markdown."""
    if prompts.empty:
        return
    row = prompts.iloc[0]
    yield (
        f"The first of `counting_prompts` ({row['language']}); the right answer is "
        f"{str(row['answer']).strip()}:"
    )
    yield ""
    yield from (f"    {line}" for line in str(row["prompt"]).splitlines())
    yield ""


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
