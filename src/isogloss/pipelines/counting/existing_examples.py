"""Lists that were made elsewhere, in the published schema, and checks of their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from isogloss.errors import Refusal, join_faults, suggest
from isogloss.word_memberships import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.pipelines.counting.existing_examples_inference import Inference

FAULTS_SHOWN = 5
EXAMPLE_COLUMNS = ("row", "category", "words", "num_target", "generation_method", "notes")
CONSISTENT, CONTRADICTION, DOUBTFUL, UNDECIDED = (
    "consistent",
    "contradiction",
    "doubtful",
    "undecided",
)
LISTS, INFERENCE, NOBODY = "lists", "inference", "nobody"


class ExampleError(Refusal):
    """Examples cannot be read; says in which record, what is wrong, and what is wanted."""


class Checked(NamedTuple):
    """What was found of the label of an example.

    Attributes:
        decided_by: `lists`, `inference` or `nobody`.
        verdict: `consistent`, `contradiction`, `doubtful` or `undecided`.
        counted: members that were found, or the most likely number; None if unknown.
        p_wrong: probability that the label is wrong; 0 or 1 by lists.
        members: words that belong to the category.
        reason: of a contradiction.
    """

    decided_by: str
    verdict: str
    counted: int | None
    p_wrong: float
    members: tuple[str, ...]
    reason: str


def read_examples(records: object) -> pd.DataFrame:
    """Read examples in the published schema.

    Args:
        records: a JSON list of objects with category, words and num_target, and maybe
            generation_method and notes.

    Returns:
        row (place in the list, from 0), category, words, num_target, generation_method, notes.

    Raises:
        ExampleError: names the records that are not of this form.
    """
    if not isinstance(records, list) or not records:
        raise ExampleError(
            "Existing examples must be a JSON list of objects with category, words and num_target; "
            f"this is {'empty' if records == [] else 'none'}."
        )
    faults = [f"record {row}: {fault}" for row, one in enumerate(records) if (fault := _fault(one))]
    if faults:
        raise ExampleError(
            f"{len(faults)} of {len(records):,} existing examples cannot be read.\n"
            + join_faults(faults, FAULTS_SHOWN, "more are of no better form.")
        )
    rows = [
        (
            row,
            one["category"],
            [word.strip() for word in one["words"]],
            one["num_target"],
            str(one.get("generation_method", "")),
            str(one.get("notes", "") or ""),
        )
        for row, one in enumerate(records)
    ]
    return pd.DataFrame(rows, columns=list(EXAMPLE_COLUMNS))


def _fault(record: Any) -> str:
    if not isinstance(record, dict):
        return f"{str(record)[:40]!r} is no object"
    if missing := [name for name in ("category", "words", "num_target") if name not in record]:
        near = suggest(missing[0], [str(key) for key in record])
        return f"it lacks {', '.join(missing)}.{near}"
    return _fault_of_values(record["category"], record["words"], record["num_target"])


def _fault_of_values(category: Any, words: Any, number: Any) -> str:
    if not isinstance(category, str) or not category.strip():
        return f"category must be a text, and is {category!r}"
    texts = words if isinstance(words, list) else []
    if not texts or not all(isinstance(word, str) and word.strip() for word in texts):
        return f"words must be a list of texts, and is {str(words)[:60]}"
    if isinstance(number, bool) or not isinstance(number, int):
        return f"num_target must be a whole number, and is {number!r}"
    if not 0 <= number <= len(texts):
        return f"num_target is {number}, and there are {len(texts)} words"
    return ""


def find_repeated(words: Sequence[str]) -> list[str]:
    """Give the words that stand in a list more than once, each once.

    Args:
        words: of a list.
    """
    spelled = [folded(word) for word in words]
    return list(dict.fromkeys(word for word in spelled if spelled.count(word) > 1))


def check_by_lists(examples: pd.DataFrame, lists: Mapping[str, Sequence[str]]) -> list[Checked]:
    """Count in every example the words that its category's list holds.

    Args:
        examples: from `read_examples`.
        lists: category -> its words.

    Returns:
        one a row; `undecided` where there is no list of the category.
    """
    known = {category: {folded(word) for word in words} for category, words in lists.items()}
    holders: dict[str, list[str]] = {}
    for category, words in known.items():
        for word in words:
            holders.setdefault(word, []).append(category)
    found = []
    for category, words, label in zip(
        *(examples[name] for name in ("category", "words", "num_target")), strict=True
    ):
        if category not in known:
            reason = f"there is no list '{category}'.{suggest(category, known)}"
            found.append(Checked(NOBODY, UNDECIDED, None, float("nan"), (), reason))
            continue
        members = tuple(word for word in words if folded(word) in known[category])
        wrong = len(members) != label
        reason = _explain(category, words, members, label, holders) if wrong else ""
        verdict = CONTRADICTION if wrong else CONSISTENT
        found.append(Checked(LISTS, verdict, len(members), float(wrong), members, reason))
    return found


def _explain(
    category: str,
    words: Sequence[str],
    members: Sequence[str],
    label: int,
    holders: Mapping[str, Sequence[str]],
) -> str:
    """Say how many members there are, and which words may have been taken for something else."""
    told = f"{len(members)} members, labelled {label}"
    if len(members) > label:
        elsewhere = [word for word in members if set(holders[folded(word)]) != {category}]
        names = [f"{word} ({', '.join(_others(word, category, holders))})" for word in elsewhere]
        return f"{told}; in other lists too: {', '.join(names)}" if names else told
    unknown = [word for word in words if folded(word) not in holders]
    return f"{told}; in no list: {', '.join(unknown)}" if unknown else told


def _others(word: str, category: str, holders: Mapping[str, Sequence[str]]) -> list[str]:
    return [one for one in holders[folded(word)] if one != category]


def check_by_inference(
    labels: Sequence[int], found: Inference, members: Sequence[Sequence[str]], certainty: float
) -> list[Checked]:
    """Say of every label whether the other examples contradict it.

    Args:
        labels: of the examples.
        found: what the examples tell of memberships.
        members: of each example, words that probably belong to its category.
        certainty: probability from which a wrong label is a contradiction; from one half on it is
            doubtful.
    """
    checks = []
    for label, p_wrong, counted, own in zip(
        labels, found.p_wrong, found.counted, members, strict=True
    ):
        if p_wrong >= certainty:
            verdict = CONTRADICTION
        else:
            verdict = CONSISTENT if counted == label else DOUBTFUL
        likely = f"other lists make {counted} likelier than {label}" if counted != label else ""
        checks.append(Checked(INFERENCE, verdict, int(counted), float(p_wrong), tuple(own), likely))
    return checks


def tabulate_checks(examples: pd.DataFrame, checks: Sequence[Checked]) -> pd.DataFrame:
    """Put examples and what was found of them side by side.

    Args:
        examples: from `read_examples`.
        checks: one a row of these.

    Returns:
        See `counting_schemas.ExistingVerdicts`.
    """
    found = pd.DataFrame(checks, columns=list(Checked._fields))
    found["counted"] = found["counted"].astype("Int64")
    found["members"] = [list(one) for one in found["members"]]
    repeated = [" ".join(find_repeated(words)) for words in examples["words"]]
    table = examples.assign(length=examples["words"].map(len), repeated=repeated)
    return pd.concat([table.reset_index(drop=True), found], axis=1)


def summarise(verdicts: pd.DataFrame, memberships: pd.DataFrame, certainty: float) -> pd.DataFrame:
    """Count what was found: one row a measure.

    Args:
        verdicts: of all examples.
        memberships: category, word, probability.
        certainty: least probability of a membership that counts as such.

    Returns:
        measure, value.
    """
    wrong = verdicts[verdicts["verdict"] == CONTRADICTION]
    members = memberships[memberships["probability"] >= certainty]
    lists_of_word = members.groupby("word")["category"].nunique()
    uses = pd.Series([folded(word) for words in verdicts["words"] for word in words])
    measures: dict[str, float] = {
        "examples": len(verdicts),
        "categories": verdicts["category"].nunique(),
        "distinct_words": uses.nunique(),
        "contradictions": len(wrong),
        "contradictions_more_members": int((wrong["counted"] > wrong["num_target"]).sum()),
        "contradictions_fewer_members": int((wrong["counted"] < wrong["num_target"]).sum()),
        "doubtful": int((verdicts["verdict"] == DOUBTFUL).sum()),
        "undecided": int((verdicts["verdict"] == UNDECIDED).sum()),
        "expected_wrong_labels": float(verdicts["p_wrong"].sum()),
        "examples_with_a_repeated_word": int((verdicts["repeated"] != "").sum()),
        "memberships": len(members),
        "words_in_several_categories": int((lists_of_word > 1).sum()),
        "word_diversity": uses.nunique() / len(uses),
        "length_count_correlation": float(
            np.corrcoef(verdicts["length"], verdicts["num_target"])[0, 1]
        )
        if len(verdicts) > 1 and verdicts["length"].nunique() > 1
        else float("nan"),
        "examples_with_count_0": int((verdicts["num_target"] == 0).sum()),
    }
    return pd.DataFrame(list(measures.items()), columns=["measure", "value"])
