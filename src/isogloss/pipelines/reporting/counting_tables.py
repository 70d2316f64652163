"""Tables of the page on counting: by language, by kind of list, and of lists asked twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.figures.counting_ways import ALL
from isogloss.pipelines.reporting.counting_rows import CONSTANT, CountedRows, write_score
from isogloss.pipelines.reporting.markdown import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GROUPINGS = {
    "count": ("By how many members a list has", "Members"),
    "length": ("By how many words a list has", "Words"),
    "category": ("By category", "Category"),
    "method": ("By how lists were made", "Made"),
    "last_shown": ("By the answer of the last example", "Last answer shown"),
    "known": ("By whether the model knows all words of the list", "Words"),
}
"""Grouping -> heading of its table and of its first column."""
NONE = "–"


def tabulate_languages(counted: CountedRows, names: Mapping[str, str]) -> Iterator[str]:
    """Tabulate accuracy beside the best baseline, then how far off answers are.

    Args:
        counted: scores of one model and way of asking.
        names: language -> name.
    """
    written = counted.way.scoring == "generated"
    metric, head = ("invalid_rate", "No number") if written else ("candidate_mass", "On numbers")
    codes = list_codes(counted)
    yield "**How often the count is right**"
    yield ""
    yield from write_table(
        ("Language", "Lists", "Accuracy", "Best baseline", "Gap", "Verdict"),
        [
            (
                name_language(code, names),
                counted.count(code, "accuracy"),
                counted.write(code, "accuracy"),
                counted.baseline(code),
                counted.gap(code),
                counted.verdict(code),
            )
            for code in codes
        ],
    )
    yield ""
    yield "**How far off answers are**"
    yield ""
    yield from write_table(
        ("Language", "Lists", "Mean absolute error", "Of the best constant", "r", head),
        [
            (
                name_language(code, names),
                counted.count(code, "mae"),
                counted.write(code, "mae"),
                counted.write(code, "mae", CONSTANT),
                counted.write(code, "r"),
                counted.write(code, metric),
            )
            for code in codes
        ],
    )
    yield ""


def tabulate_pairs(counted: CountedRows, names: Mapping[str, str]) -> Iterator[str]:
    """Tabulate lists that were asked for two of their categories; nothing without any.

    Args:
        counted: scores of one model and way of asking.
        names: language -> name.
    """
    if counted.find(counted.whole, "pair_order") is None:
        return
    yield "**One list, asked for two of its categories**"
    yield ""
    yield from write_table(
        ("Language", "Pairs of lists", "Larger count is larger", "Both counts are right"),
        [
            (
                name_language(code, names),
                counted.count(code, "pair_order"),
                counted.write(code, "pair_order"),
                counted.write(code, "pair_accuracy"),
            )
            for code in list_codes(counted)
        ],
    )
    yield ""


def tabulate_groups(counted: CountedRows, names: Mapping[str, str]) -> Iterator[str]:
    """Tabulate accuracy and error by kind of list; nothing of a grouping with a single group.

    Args:
        counted: scores of one model and way of asking.
        names: language -> name.
    """
    whole = counted.whole
    place = "all languages together" if whole == ALL else names.get(whole, whole)
    for by, (heading, head) in GROUPINGS.items():
        own = counted.rows[
            (counted.rows["by"] == by)
            & (counted.rows["language"] == whole)
            & (counted.rows["answered_by"] == "model")
        ]
        groups = sorted(set(own["group"]), key=lambda one: (len(one) if one.isdigit() else 0, one))
        if len(groups) < 2:
            continue
        yield f"**{heading}** ({place})"
        yield ""
        rows = [_group_row(counted, by, str(group)) for group in groups]
        yield from write_table(
            (head, "Lists", "Categories", "Accuracy", "Within 1", "Mean absolute error", "Bias"),
            rows,
        )
        yield ""


def _group_row(counted: CountedRows, by: str, group: str) -> list[str]:
    found = {
        metric: counted.find(counted.whole, metric, by=by, group=group)
        for metric in ("accuracy", "within_1", "mae", "bias")
    }
    accuracy = found["accuracy"]
    numbers = (
        (NONE, NONE)
        if accuracy is None
        else (str(int(accuracy["n"])), str(int(accuracy["clusters"])))
    )
    scores = (NONE if row is None else write_score(row) for row in found.values())
    return [group.replace("_", " "), *numbers, *scores]


def list_codes(counted: CountedRows) -> list[str]:
    """List the languages of a table, all together first where there are several."""
    return [*([ALL] if counted.whole == ALL else []), *counted.languages]


def name_language(code: str, names: Mapping[str, str]) -> str:
    """Name a language, or all of them."""
    return "all together" if code == ALL else names.get(code, code)
