"""How far languages are from each other by what linguists know of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class FeatureVectors:
    """What is known of languages, a vector a language.

    Attributes:
        codes: ISO 639-3 code of each row.
        values: float32 [languages, features]; a row of zeros says that nothing is known.
    """

    codes: tuple[str, ...]
    values: NDArray[np.float32]


Typology = Mapping[str, Callable[[], FeatureVectors]]
"""Name of a set of features -> function that reads it; empty where the data are not installed."""


def distances_to(pivot: str, codes: Sequence[str], vectors: FeatureVectors) -> NDArray[np.float64]:
    """Measure the distance of languages to one language: 1 - cosine of their feature vectors.

    Args:
        pivot: its ISO 639-3 code.
        codes: ISO 639-3 codes of the languages.
        vectors: of these and other languages.

    Returns:
        float64 [codes], in 0..1 for features that are not negative; NaN where one of the two
        languages is not listed or nothing is known of it.
    """
    rows = {code: row for row, code in enumerate(vectors.codes)}
    wanted = [rows.get(code, -1) for code in (pivot, *codes)]
    # The row of zeros at the end stands for languages that are not listed.
    known = np.vstack([vectors.values, np.zeros_like(vectors.values[:1])])[wanted]
    lengths = np.linalg.norm(known.astype(np.float64), axis=1)
    units = known / np.where(lengths > 0, lengths, np.nan)[:, None]
    return np.asarray(1 - np.clip(units[1:] @ units[0], -1, 1), np.float64)
