"""Reading items in the schema of Belebele (Bandarkar et al. 2024, arXiv 2308.16884)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.pipelines.ingestion.items import OPTIONS, choice_of, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.corpora import RawItem

ANSWERS = ("1", "2", "3", "4")
READING_COLUMNS = (
    "language",
    "item_id",
    "passage_id",
    "passage",
    "question",
    *OPTIONS,
    "answer",
)


def parse_reading(items: Sequence[RawItem]) -> list[dict[str, Any]]:
    """Turn the rows of one language into items.

    Args:
        items: with link, question_number, flores_passage, question, mc_answer1..4 and
            correct_answer_num.

    Returns:
        rows: item_id (link#question_number: equal in all languages), passage_id (link), passage,
        question, option_1..4, answer (1-4), place.

    Raises:
        CorpusError: if a field is absent or empty.
    """
    return [
        {
            "item_id": f"{text_of(item, 'link')}#{text_of(item, 'question_number')}",
            "passage_id": text_of(item, "link"),
            "passage": text_of(item, "flores_passage"),
            "question": text_of(item, "question"),
            **{name: text_of(item, f"mc_answer{n}") for n, name in enumerate(OPTIONS, start=1)},
            "answer": choice_of(item, text_of(item, "correct_answer_num"), ANSWERS),
            "place": item.place,
        }
        for item in items
    ]
