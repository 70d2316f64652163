"""The URIEL database of language features, as the package lang2vec ships it."""

from __future__ import annotations

import logging
from functools import partial
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.datasets.bases import ReadOnlyDataset
from isogloss.typology import FeatureVectors, Typology

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

PACKAGE = "lang2vec"
# Set of features -> file and beginning of the names of its features. `predicted` fills gaps by
# the nearest neighbours in genealogy, geography and features (Littell et al. 2017).
SETS = {
    "syntax": ("feature_predictions.npz", "S_"),
    "phonology": ("feature_predictions.npz", "P_"),
    "inventory": ("feature_predictions.npz", "INV_"),
    "family": ("family_features.npz", "F_"),
    "geography": ("geocoord_features.npz", "GC_"),
}


class TypologyDataset(ReadOnlyDataset[Typology]):
    """URIEL's sets of features (`syntax`, `phonology`, `inventory`, `family`, `geography`).

    Read from the installed package lang2vec (data: CC BY-SA 4.0), none of whose code is run;
    without the package there are no sets.

    Args:
        metadata: for plugins such as kedro-viz; unused here.
    """

    why_read_only = "URIEL comes with the package lang2vec"

    def __init__(self, *, metadata: dict[str, Any] | None = None) -> None:
        self.metadata = metadata

    def load(self) -> Typology:
        """List the sets; each is read when asked for."""
        try:
            distribution(PACKAGE)
        except PackageNotFoundError:
            logger.info(
                "Distances between languages stay empty: they need pip install 'isogloss[typology]'"
            )
            return {}
        return {name: partial(_read, *source) for name, source in SETS.items()}

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"package": PACKAGE}


def _read(file: str, prefix: str) -> FeatureVectors:
    # Not by importing it, which runs code that needs an old setuptools.
    path = Path(str(distribution(PACKAGE).locate_file(f"{PACKAGE}/data/{file}")))
    with np.load(path, allow_pickle=False) as arrays:
        columns: NDArray[np.bool_] = np.char.startswith(arrays["feats"], prefix)
        values = arrays["data"][:, columns, 0].astype(np.float32, copy=False)
        return FeatureVectors(tuple(map(str, arrays["langs"])), values)
