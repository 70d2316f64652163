"""Names, families, colours and markers of languages, the same in every figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

UNLISTED = "unlisted"

# Colours differ in lightness as well as in hue, and every family has its own marker, so that they
# stay apart for readers with any colour vision.
_STYLES: dict[str, tuple[str, str]] = {
    "Indo-European": ("#0072B2", "o"),
    "Afro-Asiatic": ("#E69F00", "s"),
    "Turkic": ("#D55E00", "^"),
    "Uralic": ("#4BA3D9", "v"),
    "Dravidian": ("#8A3FA0", "D"),
    "Atlantic-Congo": ("#009E73", "P"),
    "Austronesian": ("#8C8B1F", "X"),
    "Austroasiatic": ("#882255", "<"),
    "Sino-Tibetan": ("#332288", ">"),
    "Japonic": ("#CC79A7", "h"),
    "Koreanic": ("#3D3D3D", "p"),
    "Tai-Kadai": ("#5E2B00", "d"),
    "Mongolic": ("#A0522D", "H"),
    "Kartvelian": ("#557A00", "8"),
    "Nilotic": ("#00796B", "*"),
}
_OTHER_COLOUR = "#777777"
_OTHER_MARKERS = ("o", "s", "^", "v", "D", "P", "X")
_SYNONYMS = {
    "Niger-Congo": "Atlantic-Congo",
    "Kra-Dai": "Tai-Kadai",
    "Austro-Asiatic": "Austroasiatic",
    "Japanese": "Japonic",
    "Korean": "Koreanic",
    "Afroasiatic": "Afro-Asiatic",
}


@dataclass(frozen=True)
class LanguageGuide:
    """What figures need to know of each language.

    Attributes:
        names: language -> English name.
        families: language -> family; "unlisted" where the table has none.
        scripts: language -> script.
        family_order: families, largest first, as they appear among the languages drawn.
    """

    names: dict[str, str]
    families: dict[str, str]
    scripts: dict[str, str]
    family_order: tuple[str, ...]

    def name(self, language: str) -> str:
        """Give the English name of a language, or its code if the table does not list it."""
        return self.names.get(language) or language

    def family(self, language: str) -> str:
        """Give the family of a language."""
        return self.families.get(language, UNLISTED)

    def colour(self, language: str) -> str:
        """Give the colour of a language: that of its family."""
        return family_colour(self.family(language))

    def marker(self, language: str) -> str:
        """Give the marker of a language: that of its family."""
        return family_marker(self.family(language))

    def order(self, languages: Iterable[str]) -> list[str]:
        """Order languages by family (largest first), then by code."""
        rank = {family: place for place, family in enumerate(self.family_order)}
        return sorted(languages, key=lambda code: (rank.get(self.family(code), len(rank)), code))


def guide_languages(languages: pd.DataFrame, present: Iterable[str]) -> LanguageGuide:
    """Look up the languages that a figure draws.

    Args:
        languages: table with the columns language, name, family and script.
        present: codes that the figure draws; those the table lacks are "unlisted".
    """
    codes = sorted(set(present))
    rows = languages.set_index("language").reindex(codes).fillna("").astype(str)
    families = {code: family or UNLISTED for code, family in rows["family"].items()}
    sizes = pd.Series(families, dtype=object).value_counts()
    order = sorted(sizes.index, key=lambda family: (family == UNLISTED, -sizes[family], family))
    return LanguageGuide(
        names={str(code): name for code, name in rows["name"].items()},
        families={str(code): family for code, family in families.items()},
        scripts={str(code): script for code, script in rows["script"].items()},
        family_order=tuple(order),
    )


def family_colour(family: str) -> str:
    """Give the colour of a family; grey for one without a colour of its own."""
    return _STYLES.get(_SYNONYMS.get(family, family), (_OTHER_COLOUR, "o"))[0]


def family_marker(family: str) -> str:
    """Give the marker of a family; one of a few for a family without a marker of its own."""
    known = _STYLES.get(_SYNONYMS.get(family, family))
    if known is not None:
        return known[1]
    return _OTHER_MARKERS[sum(family.encode()) % len(_OTHER_MARKERS)]


def runs(values: Sequence[str]) -> list[tuple[str, int, int]]:
    """Find the runs of equal neighbours: (value, first position, last position)."""
    found: list[tuple[str, int, int]] = []
    for position, value in enumerate(values):
        if found and found[-1][0] == value:
            found[-1] = (value, found[-1][1], position)
        else:
            found.append((value, position, position))
    return found
