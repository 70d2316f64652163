"""Short names of models, for places without room."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from isogloss.figures.culture_study import CultureGuide

_LONGEST = 13
"""Characters of what tells a model apart."""


def shorten_name(name: str, most: int) -> str:
    """Cut a name to so many characters, the last of which then is an ellipsis."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def tell_apart(rows: pd.DataFrame, study: CultureGuide) -> dict[str, str]:
    """Give models the part of their names that tells them from others of their family.

    Args:
        rows: model, family.
        study: labels.
    """
    names: dict[str, str] = {}
    for _, own in rows.drop_duplicates("model").groupby("family", dropna=False, sort=False):
        labels = {str(model): study.label(str(model)) for model in own["model"]}
        words = [re.split(r"[- ]", label) for label in labels.values()]
        start, end = _common(words), _common([one[::-1] for one in words])
        for model, label in labels.items():
            parts = re.split(r"([- ])", label)[2 * start : -2 * end or None]
            names[model] = shorten_name("".join(parts) if len(labels) > 1 else label, _LONGEST)
    return names


def _common(words: Sequence[Sequence[str]]) -> int:
    """Count the words that all lists begin with; one word of the shortest is left."""
    most = min(len(one) for one in words) - 1
    return next((k for k in range(most) if len({one[k] for one in words}) > 1), max(most, 0))
