"""Names, families, colours and markers of languages, the same in every figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex, to_rgb

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
# Languages of one family share its hue: first the dash tells them apart, then the lightness.
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.4)), (0, (1.6, 1)), (0, (6, 1.3, 1.3, 1.3)))
_SHADES = (0.0, -0.45, 0.4)
_CONTRAST = 4.5
"""Of text with its background, at least (WCAG 2.2, criterion 1.4.3)."""
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

    def short_name(self, language: str) -> str:
        """Give the name without what stands in brackets, if it is still the only one."""
        short = self.name(language).split(" (")[0]
        alike = [code for code in self.names if self.name(code).split(" (")[0] == short]
        return short if len(alike) <= 1 else self.name(language)

    def family(self, language: str) -> str:
        """Give the family of a language."""
        return self.families.get(language, UNLISTED)

    def colour(self, language: str) -> str:
        """Give the colour of a language: that of its family."""
        return family_colour(self.family(language))

    def text_colour(self, language: str) -> str:
        """Give the colour of a language's name: that of its family, dark enough to be read."""
        return readable(self.colour(language))

    def line_style(self, language: str) -> dict[str, Any]:
        """Give colour and dash of a language's line, unlike those of its family's other ones."""
        family = self.family(language)
        place = sorted(code for code in self.names if self.family(code) == family).index(language)
        shade = _SHADES[place // len(_DASHES) % len(_SHADES)]
        colour = _shade(family_colour(family), shade) if shade else family_colour(family)
        return {"color": colour, "linestyle": _DASHES[place % len(_DASHES)]}

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


def readable(colour: str) -> str:
    """Darken a colour until text in it can be read on white."""
    while _contrast(colour) < _CONTRAST:
        colour = _shade(colour, -0.06)
    return colour


def _contrast(colour: str) -> float:
    """Compute the contrast with white (WCAG 2.2, definition of contrast ratio)."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05))


def _shade(colour: str, by: float) -> str:
    """Move a colour towards white (positive) or black (negative) by a share of the way."""
    channels = np.array(to_rgb(colour))
    red, green, blue = channels + (1 - channels) * by if by > 0 else channels * (1 + by)
    return to_hex((red, green, blue))


def runs(values: Sequence[str]) -> list[tuple[str, int, int]]:
    """Find the runs of equal neighbours: (value, first position, last position)."""
    found: list[tuple[str, int, int]] = []
    for position, value in enumerate(values):
        if found and found[-1][0] == value:
            found[-1] = (value, found[-1][1], position)
        else:
            found.append((value, position, position))
    return found
