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
_WORD_END = re.compile("[- ]")


def shorten_name(name: str, most: int) -> str:
    """Cut a name to so many characters, the last of which then is an ellipsis."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def tell_apart(rows: pd.DataFrame, study: CultureGuide) -> dict[str, str]:
    """Give models the part of their names that tells them from others of their family.

    A long one loses words at its end, such as a date, as long as it is still told from the others.

    Args:
        rows: model, family.
        study: labels.
    """
    names: dict[str, str] = {}
    for _, own in rows.drop_duplicates("model").groupby("family", dropna=False, sort=False):
        labels = {str(model): study.label(str(model)) for model in own["model"]}
        words = [_WORD_END.split(label) for label in labels.values()]
        start, end = _common(words), _common([one[::-1] for one in words])
        short = {
            model: _parts(label)[2 * start : -2 * end or None] if len(labels) > 1 else [label]
            for model, label in labels.items()
        }
        for model, parts in short.items():
            others = ["".join(other) for name, other in short.items() if name != model]
            names[model] = shorten_name(_drop_words(parts, others), _LONGEST)
    return names


def _parts(label: str) -> list[str]:
    """Split a name into words and what stands between them."""
    return re.split(f"({_WORD_END.pattern})", label)


def _drop_words(parts: Sequence[str], others: Sequence[str]) -> str:
    """Join a name, without words at its end where it is too long and no other begins like it.

    Of a date nothing is left.
    """
    kept = list(parts)
    while len(kept) > 2 and (
        len("".join(kept)) > _LONGEST or (len(kept) < len(parts) and kept[-1].isdigit())
    ):
        shorter = "".join(kept[:-2])
        if any(other.startswith(shorter) for other in others):
            break
        kept = kept[:-2]
    return "".join(kept)


def _common(words: Sequence[Sequence[str]]) -> int:
    """Count the words that all lists begin with; one word of the shortest is left."""
    most = min(len(one) for one in words) - 1
    return next((k for k in range(most) if len({one[k] for one in words}) > 1), max(most, 0))
