"""The lists as records of the schema in which such examples were published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.pipelines.counting.generation_drafts import SYSTEMATIC

if TYPE_CHECKING:
    import pandas as pd


def export_lists(items: pd.DataFrame, names: pd.DataFrame) -> list[dict[str, Any]]:
    """Give one record a list: the published fields, and what else is known of it.

    Args:
        items: lists that stand.
        names: category, language, counted.

    Returns:
        records with category, words, num_target, generation_method (systematic, llm) and notes, as
        published; and language, item_id, list_id, category_name, members and author.
    """
    called = {
        (str(category), str(language)): str(counted)
        for category, language, counted in zip(
            *(names[one] for one in ("category", "language", "counted")), strict=True
        )
    }
    return [
        {
            "category": row["category"],
            "words": list(row["words"]),
            "num_target": int(row["count"]),
            "generation_method": "systematic" if row["method"] == SYSTEMATIC else "llm",
            "notes": "",
            "language": row["language"],
            "item_id": row["item_id"],
            "list_id": row["list_id"],
            "category_name": called[row["category"], row["language"]],
            "members": [bool(one) for one in row["members"]],
            "author": row["author"],
        }
        for row in items.to_dict("records")
    ]
