"""What models know of the words of lists, and what of their counts follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.figures.counting_ways import ALL
from isogloss.figures.formats import format_score
from isogloss.pipelines.reporting.counting_rows import CONSTANT, MODEL, CountedRows, write_score

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

OWN, SUM = "accuracy_own_membership", "membership_sum_accuracy"
FILTER = {"by": "known", "group": "all_words"}
METRICS = ("auc", "members_known", "others_known", "answer_mass")
NONE = "–"


def tabulate_words(scores: pd.DataFrame, model: str, names: Mapping[str, str]) -> list[str]:
    """Tabulate how well a model tells members from other words; nothing if it was not asked.

    Args:
        scores: `knowledge_scores` of all models.
        model: its name.
        names: language -> name.
    """
    own = scores[scores["model"] == model]
    if own.empty:
        return []
    lines = [
        "| Language | Words | AUC | Members known | Others known | On yes and no |",
        "|---|---|---|---|---|---|",
    ]
    for code in sorted(set(own["language"]), key=lambda one: (one != ALL, one)):
        rows = {str(row["metric"]): row for _, row in own[own["language"] == code].iterrows()}
        known = [write_score(rows[one]) if one in rows else NONE for one in METRICS]
        number = str(int(rows["auc"]["n"]))
        lines.append(f"| {' | '.join([_name(code, names), number, *known])} |")
    return [*lines, ""]


def tabulate_filter(counted: CountedRows, names: Mapping[str, str]) -> list[str]:
    """Tabulate counts against the model's own memberships, and over lists whose words it knows.

    Args:
        counted: scores of one model and way of asking.
        names: language -> name.

    Returns:
        nothing if the model was not asked which words it knows.
    """
    if counted.find(counted.whole, SUM) is None:
        return []
    lines = [
        "| Language | Its own count is right | Answer is its own count | Best constant | "
        "Lists of known words | Accuracy on these | Best constant | Accuracy on all |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for code in [*([ALL] if counted.whole == ALL else []), *counted.languages]:
        some, constant = (
            counted.find(code, "accuracy", who, **FILTER) for who in (MODEL, CONSTANT)
        )
        cells = [
            _name(code, names),
            counted.write(code, SUM),
            counted.write(code, OWN),
            format_score(counted.value(code, OWN, CONSTANT)),
            "0" if some is None else str(int(some["n"])),
            NONE if some is None else write_score(some),
            NONE if constant is None else format_score(float(constant["value"])),
            counted.write(code, "accuracy"),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def say_what_is_known(counted: CountedRows, scores: pd.DataFrame) -> Iterator[str]:
    """Say in two lines what the model knows and how its counts agree with that.

    Args:
        counted: scores of one model and way of asking.
        scores: `knowledge_scores` of all models.
    """
    own = scores[(scores["model"] == counted.model) & (scores["language"] == counted.whole)]
    areas = own[own["metric"] == "auc"]
    if areas.empty or counted.find(counted.whole, SUM) is None:
        return
    yield (
        f"    words by themselves: members told from others with AUC "
        f"{write_score(areas.iloc[0])}; its own count of a list is right in "
        f"{counted.write(counted.whole, SUM)}, and is what it answers in "
        f"{counted.write(counted.whole, OWN)} (one constant answer: "
        f"{format_score(counted.value(counted.whole, OWN, CONSTANT))})"
    )
    some = counted.find(counted.whole, "accuracy", **FILTER)
    constant = counted.find(counted.whole, "accuracy", CONSTANT, **FILTER)
    if some is None or constant is None:
        yield "    there is no list all of whose words it knows"
        return
    yield (
        f"    {int(some['n'])} lists all of whose words it knows: accuracy {write_score(some)}, of "
        f"the best constant answer to these {format_score(float(constant['value']))}"
    )


def _name(code: str, names: Mapping[str, str]) -> str:
    return "all together" if code == ALL else names.get(code, code)


def note_how_to_read() -> Iterator[str]:
    """Say how the tables of this module are to be read."""
    yield (
        "- **Words it knows**: every word of the lists was asked for by itself, yes or no. A model "
        "that says yes gladly is not taken at its word: log-odds are taken from their median in "
        "the category, and the threshold is that of all other categories. **AUC** needs none."
    )
    yield (
        "- **Its own count**: of the words that the model itself takes for members. Where that is "
        "seldom right, it lacks knowledge; where the answer seldom is its own count, it does not "
        "add up what it knows. Lists all of whose words it knows may be few; the best constant "
        "answer is chosen on these anew."
    )
