"""Knowledge items in the schemas of MMLU (Hendrycks et al. 2021) and of its translations."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.errors import suggest
from isogloss.pipelines.ingestion.items import (
    OPTIONS,
    REPORT_COLUMNS,
    Finding,
    choice_of,
    text_of,
)
from isogloss.pipelines.ingestion.lines import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.corpora import RawItem
    from isogloss.pipelines.ingestion.parameters import KnowledgeItemParameters

NUMBERS, LETTERS = ("0", "1", "2", "3"), ("A", "B", "C", "D")
HEADER = ("question", "choice0", "choice1", "choice2", "choice3", "answer")
KNOWLEDGE_COLUMNS = (
    "language",
    "subject",
    "split",
    "subset",
    "item_id",
    "question",
    *OPTIONS,
    "answer",
)
# What sources call the items that are shown as examples, and those that are asked.
SPLITS = {"dev": "dev", "train": "dev", "test": "test"}
OTHER_SPLIT = "neither of the split dev (train) nor test, so dropped"
CULTURAL_LABEL = "cultural_sensitivity_label"
SUBSETS = {"CA": "culturally_agnostic", "CS": "culturally_sensitive", "-": ""}


def parse_knowledge(items: Sequence[RawItem]) -> list[dict[str, Any]]:
    """Turn the rows of one language into items.

    Rows of CSV files are those of MMLU: with the header question, choice0..3, answer (0-3), or as
    first released without header (answer A-D). Rows with named fields are those of MMLU on the hub
    (question, choices, answer 0-3 or A-D, subject), of m_mmlu (instruction, option_a..d, answer,
    id) or of Global-MMLU (question, option_a..d, answer, subject, sample_id).

    Args:
        items: with `cells`, subject and split; or with named fields.

    Returns:
        rows: item_id (equal in all languages), subject, split (dev, test or what the source calls
        it otherwise), subset, question, option_1..4, answer (1-4), place.

    Raises:
        CorpusError: if a row has other fields than these.
    """
    if items and "cells" in items[0].fields:
        return list(_from_cells(items))
    if items and "choices" in items[0].fields:
        return list(_from_choices(items))
    return [_from_options(item) for item in items]


def _from_cells(items: Sequence[RawItem]) -> Iterator[dict[str, Any]]:
    """Number the rows of every file; the header, where there is one, says how answers are given."""
    for _, group in groupby(items, key=lambda item: (item.fields["subject"], item.fields["split"])):
        first, *others = file = list(group)
        answers = LETTERS
        if _is_header(first):
            answers, file = NUMBERS, others
        if not file:
            raise CorpusError(
                f"{first.place}: nothing follows the header. Add items, or remove the file."
            )
        for number, item in enumerate(file):
            yield _row(_with_names(item), number, HEADER[1:5], answers)


def _with_names(item: RawItem) -> RawItem:
    cells = item.fields["cells"]
    if len(cells) != len(HEADER):
        raise CorpusError(
            f"{item.place}: {len(cells)} cells instead of {len(HEADER)} ({', '.join(HEADER)}). "
            "Put cells that hold commas in double quotes."
        )
    named = dict(zip(HEADER, cells, strict=True))
    return item._replace(
        fields={**named, "subject": item.fields["subject"], "split": item.fields["split"]}
    )


def _is_header(item: RawItem) -> bool:
    """Say whether a first row is the header.

    Raises:
        CorpusError: if it is a header, but another one.
    """
    names = tuple(cell.strip().lower() for cell in item.fields["cells"])
    if names != HEADER and names[-1:] == HEADER[-1:]:
        raise CorpusError(
            f"{item.place}: the header is {','.join(names)}. It must be {','.join(HEADER)}, with "
            "answers 0-3, or be left out, with answers A-D."
        )
    return names == HEADER


def _from_choices(items: Sequence[RawItem]) -> Iterator[dict[str, Any]]:
    """Number the rows of every subject and split, which gives the ids of the CSV files."""
    rows: Counter[tuple[str, str]] = Counter()
    for item in items:
        choices = item.fields.get("choices")
        if not isinstance(choices, list) or len(choices) != len(OPTIONS):
            raise CorpusError(
                f"{item.place}: the field 'choices' is {choices!r}. It must be a list of four "
                "options."
            )
        key = (text_of(item, "subject"), text_of(item, "split"))
        named = {**item.fields, **dict(zip(HEADER[1:5], choices, strict=True))}
        answers = LETTERS if item.fields.get("answer") in LETTERS else NUMBERS
        yield _row(item._replace(fields=named), rows[key], HEADER[1:5], answers)
        rows[key] += 1


def _row(
    item: RawItem, number: int, options: Sequence[str], answers: Sequence[str]
) -> dict[str, Any]:
    subject, split = text_of(item, "subject"), text_of(item, "split")
    return {
        "item_id": f"{subject}/{split}/{number}",
        "subject": subject,
        "split": SPLITS.get(split, split),
        "subset": "",
        "question": text_of(item, "question"),
        **{name: text_of(item, field) for name, field in zip(OPTIONS, options, strict=True)},
        "answer": choice_of(item, text_of(item, "answer"), answers),
        "place": item.place,
    }


def _from_options(item: RawItem) -> dict[str, Any]:
    """Read a row that has an id: `high_school_biology/test/12`; without slashes no subject."""
    is_global = "sample_id" in item.fields
    identifier = text_of(item, "sample_id" if is_global else "id")
    subject, _, rest = identifier.partition("/")
    split = str(item.fields.get("split") or rest.partition("/")[0] or "test")
    return {
        "item_id": identifier,
        "subject": text_of(item, "subject") if is_global else subject if rest else "all",
        "split": SPLITS.get(split, split),
        "subset": _subset(item),
        "question": text_of(item, "question" if is_global else "instruction"),
        **{
            name: text_of(item, f"option_{letter}")
            for name, letter in zip(OPTIONS, "abcd", strict=True)
        },
        "answer": choice_of(item, text_of(item, "answer"), LETTERS),
        "place": item.place,
    }


def _subset(item: RawItem) -> str:
    """Say whether an item asks of one culture, where its source knows."""
    label = item.fields.get(CULTURAL_LABEL)
    if label is None or label == "":
        return ""
    if label not in SUBSETS:
        raise CorpusError(
            f"{item.place}: the field '{CULTURAL_LABEL}' is {label!r}, none of "
            f"{', '.join(SUBSETS)}. Correct it."
        )
    return SUBSETS[label]


def drop_other_splits(
    tables: dict[str, pd.DataFrame],
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Keep the items that are shown as examples or asked; say which others there were.

    Args:
        tables: language -> items with a column split.
    """
    kept, found = {}, []
    for language, table in tables.items():
        known = table["split"].isin(SPLITS.values())
        kept[language] = table[known]
        found.append(Finding(language, OTHER_SPLIT, list(table.loc[~known, "item_id"])))
    return kept, found


def take_subsets(items: pd.DataFrame, pivot: str) -> pd.DataFrame:
    """Give every item the subset that it has in the pivot, in all languages.

    Args:
        items: with language, item_id and subset.
        pivot: language whose labels hold.
    """
    own = items[items["language"] == pivot].set_index("item_id")["subset"]
    return items.assign(subset=items["item_id"].map(own))


def report_subsets(items: pd.DataFrame) -> pd.DataFrame:
    """Count the items of every subset.

    Args:
        items: the same ones in every language, with item_id and subset.

    Returns:
        rows for the report: table, language (all), issue, count, item_ids (empty).
    """
    sizes = items.drop_duplicates("item_id")["subset"].value_counts()
    rows = [
        ("knowledge_items", "all", f"subset {name} (kept)", sizes[name], "")
        for name in SUBSETS.values()
        if name in sizes and name
    ]
    return pd.DataFrame(rows, columns=list(REPORT_COLUMNS))


def select_subjects(
    items: pd.DataFrame, parameters: KnowledgeItemParameters, origin: str
) -> pd.DataFrame:
    """Keep the subjects asked for, and the first test items of each.

    Args:
        items: joined.
        parameters: which, and how many.
        origin: of the items, for the message.

    Raises:
        CorpusError: names subjects that are not there, and the nearest that are.
    """
    if parameters.subjects != ("all",):
        # Of some subjects there may be examples only (dev), and nothing to ask.
        present = sorted(set(items.loc[items["split"] == "test", "subject"]))
        absent = sorted(set(parameters.subjects) - set(present))
        if absent:
            hints = "".join(suggest(name, present) for name in absent)
            raise CorpusError(
                f"{origin} has no test items on {', '.join(absent)}.{hints} Set "
                f"knowledge.subjects to some of {', '.join(present)}, or to all."
            )
        items = items[items["subject"].isin(parameters.subjects)]
    if parameters.limit is None:
        return items
    place = items.groupby(["language", "subject", "split"], sort=False).cumcount()
    return items[(items["split"] == "dev") | (place < parameters.limit)]
