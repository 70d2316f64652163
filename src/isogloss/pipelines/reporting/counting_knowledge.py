"""What models know of the words of lists, and what of their counts follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.figures.counting_ways import ALL
from isogloss.figures.formats import format_score
from isogloss.pipelines.reporting.counting_rows import CONSTANT, MODEL, CountedRows, write_score
from isogloss.pipelines.reporting.counting_tables import NONE, list_codes, name_language
from isogloss.pipelines.reporting.markdown import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

OWN, SUM = "accuracy_own_membership", "membership_sum_accuracy"
FILTER = {"by": "known", "group": "all_words"}
METRICS = ("auc", "members_known", "others_known", "answer_mass")


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
    rows = []
    for code in sorted(set(own["language"]), key=lambda one: (one != ALL, one)):
        found = {str(row["metric"]): row for _, row in own[own["language"] == code].iterrows()}
        known = [write_score(found[one]) if one in found else NONE for one in METRICS]
        rows.append((name_language(code, names), str(int(found["auc"]["n"])), *known))
    heads = ("Language", "Words", "AUC", "Members known", "Others known", "On yes and no")
    return [*write_table(heads, rows), ""]


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
    codes = list_codes(counted)
    own = [
        (
            name_language(code, names),
            counted.count(code, SUM),
            counted.write(code, SUM),
            counted.write(code, OWN),
            counted.write(code, OWN, CONSTANT),
        )
        for code in codes
    ]
    some = [_filter_row(counted, code, names) for code in codes]
    return [
        "**Its own count: the words that the model itself takes for members**",
        "",
        *write_table(
            ("Language", "Lists", "Own count is right", "Answer is own count", "Best constant"),
            own,
        ),
        "",
        "**Lists all of whose words the model knows**",
        "",
        *write_table(
            ("Language", "Lists of known words", "Accuracy", "Best constant", "Of all lists"), some
        ),
        "",
    ]


def _filter_row(counted: CountedRows, code: str, names: Mapping[str, str]) -> tuple[str, ...]:
    some, constant = (counted.find(code, "accuracy", who, **FILTER) for who in (MODEL, CONSTANT))
    return (
        name_language(code, names),
        "0" if some is None else str(int(some["n"])),
        NONE if some is None else write_score(some),
        NONE if constant is None else write_score(constant),
        counted.write(code, "accuracy"),
    )


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


def note_how_to_read() -> Iterator[str]:
    """Say how the tables of this module are to be read."""
    yield (
        "- **Words it knows**: every word of the lists was asked for by itself, yes or no. A model "
        "that says yes gladly is not taken at its word: log-odds are taken from their median in "
        "the category, and the threshold is that of all other categories. **AUC** needs none: it "
        "is the share of pairs of a member and another word in which the member has the higher "
        "log-odds of yes, .50 by chance. **On yes and no**: the share of the probability that is "
        "on these answers."
    )
    yield (
        "- **Its own count**: of the words that the model itself takes for members. Where that is "
        "seldom right, it lacks knowledge; where the answer seldom is its own count, it does not "
        "add up what it knows. Lists all of whose words it knows may be few; the best constant "
        "answer is chosen on these anew. **Best constant** beside its own count: how often the one "
        "answer that is most often its own count is that."
    )
