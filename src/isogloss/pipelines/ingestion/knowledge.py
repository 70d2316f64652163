"""Knowledge items in the schemas of MMLU (Hendrycks et al. 2021) and of its translations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.pipelines.ingestion.items import OPTIONS, choice_of, text_of
from isogloss.pipelines.ingestion.lines import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.corpora import RawItem

NUMBERS, LETTERS = ("0", "1", "2", "3"), ("A", "B", "C", "D")
HEADER = ("question", "choice0", "choice1", "choice2", "choice3", "answer")
KNOWLEDGE_COLUMNS = (
    "language",
    "subject",
    "split",
    "item_id",
    "question",
    *OPTIONS,
    "answer",
)


def parse_knowledge(items: Sequence[RawItem]) -> list[dict[str, Any]]:
    """Turn the rows of one language into items.

    Rows of CSV files are those of MMLU: with the header question, choice0..3, answer (0-3), or as
    first released without header (answer A-D). Rows with named fields are those of m_mmlu
    (instruction, option_a..d, answer, id).

    Args:
        items: with `cells`, subject and split; or with named fields.

    Returns:
        rows: item_id (equal in all languages), subject, split (dev or test), question,
        option_1..4, answer (1-4), place.

    Raises:
        CorpusError: if a row has other fields than these.
    """
    if items and "cells" not in items[0].fields:
        return [_named(item) for item in items]
    return list(_from_cells(items))


def _from_cells(items: Sequence[RawItem]) -> Iterator[dict[str, Any]]:
    """Number the rows of every file; the header, where there is one, says how answers are given."""
    answers, rows, file = LETTERS, 0, None
    for item in items:
        key = (item.fields["subject"], item.fields["split"])
        if key != file:
            file, rows = key, 0
            answers = NUMBERS if _is_header(item) else LETTERS
            if _is_header(item):
                continue
        cells = item.fields["cells"]
        if len(cells) != len(HEADER):
            raise CorpusError(
                f"{item.place}: {len(cells)} cells instead of {len(HEADER)} ({', '.join(HEADER)})."
            )
        named = item._replace(fields=dict(zip(HEADER, cells, strict=True)))
        yield {
            "item_id": f"{key[0]}/{key[1]}/{rows}",
            "subject": key[0],
            "split": key[1],
            "question": text_of(named, "question"),
            **{name: text_of(named, f"choice{n}") for n, name in enumerate(OPTIONS)},
            "answer": choice_of(named, text_of(named, "answer"), answers),
            "place": item.place,
        }
        rows += 1


def _is_header(item: RawItem) -> bool:
    return tuple(cell.strip().lower() for cell in item.fields["cells"]) == HEADER


def _named(item: RawItem) -> dict[str, Any]:
    identifier = text_of(item, "id")
    # m_mmlu: `high_school_biology/test/12`; ids without slashes have no subject.
    subject, _, rest = identifier.partition("/")
    split = item.fields.get("split") or rest.partition("/")[0] or "test"
    return {
        "item_id": identifier,
        "subject": subject if rest else "all",
        "split": "dev" if split in {"dev", "train"} else "test",
        "question": text_of(item, "instruction"),
        **{
            name: text_of(item, f"option_{letter}")
            for name, letter in zip(OPTIONS, "abcd", strict=True)
        },
        "answer": choice_of(item, text_of(item, "answer"), LETTERS),
        "place": item.place,
    }
