"""The node that checks the labels of lists that were made elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from isogloss.pipelines.counting.existing_examples import (
    CONSISTENT,
    CONTRADICTION,
    UNDECIDED,
    check_by_inference,
    check_by_lists,
    read_examples,
    summarise,
    tabulate_checks,
)
from isogloss.pipelines.counting.existing_examples_inference import infer_memberships
from isogloss.pipelines.counting.existing_examples_parameters import ExistingExamplesParameters
from isogloss.word_memberships import folded

logger = logging.getLogger(__name__)

Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
HALF = 0.5
SUSPECT_COLUMNS = (
    *("row", "category", "num_target", "counted", "verdict", "p_wrong"),
    *("decided_by", "reason", "words", "members", "repeated"),
)


def check_existing_examples(
    existing_examples: list[dict[str, Any]],
    existing_word_lists: Mapping[str, Sequence[str]],
    parameters: ExistingExamplesParameters,
) -> Tables:
    """Check labels against word lists, or, where there are none, against each other.

    Args:
        existing_examples: objects with category, words and num_target.
        existing_word_lists: category -> its words; empty if there are no lists.
        parameters: of the check without lists.

    Returns:
        what was found of every example; which words belong to which category, as listed or
        inferred; and counts: see `counting_schemas`.

    Raises:
        ExampleError: if examples are not of the published form.
    """
    examples = read_examples(existing_examples)
    if existing_word_lists:
        checks = check_by_lists(examples, existing_word_lists)
        memberships = _listed(examples, existing_word_lists)
    else:
        found = infer_memberships(
            list(examples["category"]),
            list(examples["words"]),
            list(examples["num_target"]),
            parameters.error_rate,
        )
        memberships = found.memberships
        members = _likely_members(examples, memberships)
        labels = list(examples["num_target"])
        checks = check_by_inference(labels, found, members, parameters.certainty)
    verdicts = tabulate_checks(examples, checks)
    summary = summarise(verdicts, memberships, parameters.certainty)
    _describe(verdicts)
    return verdicts, memberships, summary


def list_suspects(existing_verdicts: pd.DataFrame) -> pd.DataFrame:
    """Give the lists that a person should look at, the surest faults first, as a table of texts.

    Args:
        existing_verdicts: what was found of every list.

    Returns:
        Those whose label is not found right or that repeat a word; words and members as one text.
    """
    odd = (existing_verdicts["verdict"] != CONSISTENT) | (existing_verdicts["repeated"] != "")
    found = existing_verdicts[odd].sort_values(["p_wrong", "row"], ascending=[False, True])
    texts = {name: found[name].map(", ".join) for name in ("words", "members")}
    return found.assign(p_wrong=found["p_wrong"].round(3), **texts)[list(SUSPECT_COLUMNS)]


def _likely_members(examples: pd.DataFrame, memberships: pd.DataFrame) -> list[list[str]]:
    likely = memberships[memberships["probability"] > HALF]
    known = set(zip(likely["category"], likely["word"], strict=True))
    return [
        [word for word in words if (category, folded(word)) in known]
        for category, words in zip(examples["category"], examples["words"], strict=True)
    ]


def _listed(examples: pd.DataFrame, lists: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Give the words that lists hold, and how often examples use them."""
    words = examples[["category", "words"]].explode("words")
    words = words.assign(word=words["words"].map(folded))
    uses = words["word"].value_counts()
    own = words.groupby(["category", "word"]).size()
    held = sorted({(category, folded(word)) for category in lists for word in lists[category]})
    rows = [
        (category, word, 1.0, uses.get(word, 0), own.get((category, word), 0))
        for category, word in held
    ]
    names = ["category", "word", "probability", "uses", "uses_in_category"]
    return pd.DataFrame(rows, columns=names)


def _describe(verdicts: pd.DataFrame) -> None:
    wrong = verdicts[verdicts["verdict"] == CONTRADICTION]
    logger.info(
        "%d existing examples, decided by %s: %d labels are contradicted%s; %d are undecided; %d "
        "lists repeat a word",
        len(verdicts),
        " and ".join(sorted(set(verdicts["decided_by"]))),
        len(wrong),
        f", such as that of record {wrong.iloc[0]['row']} ({wrong.iloc[0]['category']}): "
        f"{wrong.iloc[0]['reason']}"
        if len(wrong)
        else "",
        int((verdicts["verdict"] == UNDECIDED).sum()),
        int((verdicts["repeated"] != "").sum()),
    )
