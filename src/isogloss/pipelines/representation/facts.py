"""What is known of languages beside what a model makes of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.typology import distances_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.typology import Typology

logger = logging.getLogger(__name__)

TEXTS = ("script", "family", "resource_class")
# Under which code URIEL describes a language: its own column, else that of the standard.
URIEL_CODES = ["lang2vec", "iso_639_3"]
# Column -> URIEL's set of features.
URIEL_DISTANCES = {"uriel_syntactic_distance": "syntax", "uriel_genetic_distance": "family"}


def language_facts(
    codes: Sequence[str],
    languages: pd.DataFrame,
    typology: Typology,
    data_shares: pd.DataFrame,
    pivot: str,
) -> pd.DataFrame:
    """Gather what is known of languages.

    Args:
        codes: language codes.
        languages: language, script, family, resource_class.
        typology: sets of features; may be empty.
        data_shares: language, data_share; may be empty.
        pivot: language code.

    Returns:
        One row a language: language, script, family, resource_class (empty text if unknown),
        data_share and the columns of `distance_table` (NaN if unknown).

    Raises:
        ValueError: if a language has more than one row in `languages` or `data_shares`.
    """
    table = pd.DataFrame({"language": list(codes)})
    texts = languages.reindex(columns=["language", *TEXTS])
    table = table.merge(texts, on="language", how="left", validate="m:1")
    table = table.fillna(dict.fromkeys(TEXTS, ""))
    shares = data_shares.reindex(columns=["language", "data_share"])
    shares = shares.astype({"language": object, "data_share": np.float64})
    table = table.merge(shares, on="language", how="left", validate="m:1")
    distances = distance_table(codes, languages, typology, pivot)
    return table.merge(distances, on="language", validate="1:1")


def distance_table(
    codes: Sequence[str], languages: pd.DataFrame, typology: Typology, pivot: str
) -> pd.DataFrame:
    """Measure the distance of languages to the pivot in URIEL (Littell et al. 2017).

    The syntactic distance is 1 - cosine of the 103 syntactic features, those that nobody has
    described predicted from the nearest neighbours; the genetic one is 1 - cosine of the
    memberships in the families and branches of Glottolog, so that unrelated languages are at 1.

    Args:
        codes: language codes.
        languages: language, lang2vec (the code under which URIEL describes it) or iso_639_3.
        typology: sets of features; may be empty.
        pivot: language code.

    Returns:
        One row a language: language, uriel_syntactic_distance, uriel_genetic_distance; NaN where
        URIEL knows nothing of one of the two, which is logged.
    """
    listed = languages.set_index("language").reindex(columns=URIEL_CODES, fill_value="")
    own, standard = (listed[column] for column in URIEL_CODES)
    uriel = own.where(own != "", standard).reindex([pivot, *codes], fill_value="").tolist()
    table = pd.DataFrame({"language": list(codes)})
    for column, name in URIEL_DISTANCES.items():
        if name not in typology:
            table[column] = np.nan
            continue
        table[column] = distances_to(uriel[0], uriel[1:], typology[name]())
        if len(unknown := table.loc[table[column].isna(), "language"]):
            logger.info(
                "%s to %s is empty for %d of %d languages, which URIEL does not describe: %s",
                column,
                pivot,
                len(unknown),
                len(table),
                ", ".join(unknown),
            )
    return table
