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
# Languages of one family share its hue: lightness and marker tell them apart.
_MEMBER_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
_DARK, _LIGHT = 0.03, 0.42
"""Relative luminance of the darkest and the lightest line of a large family."""
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

    def line_styles(self, order: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Give every language colour and marker of its line, unlike those of its family's others.

        A family's lines go from dark to light in the order given, each with its own marker.

        Args:
            order: languages, for example the highest score first.
        """
        members: dict[str, list[str]] = {}
        for language in order:
            members.setdefault(self.family(language), []).append(language)
        return {
            language: _member_style(family, place, len(own))
            for family, own in members.items()
            for place, language in enumerate(own)
        }

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
        colour = shade(colour, -0.06)
    return colour


def shade(colour: str, by: float) -> str:
    """Move a colour towards white or black.

    Args:
        colour: any that matplotlib knows.
        by: share of the way, to white if positive, to black if negative.
    """
    channels = np.array(to_rgb(colour))
    red, green, blue = channels + (1 - channels) * by if by > 0 else channels * (1 + by)
    return to_hex((red, green, blue))


def _member_style(family: str, place: int, count: int) -> dict[str, Any]:
    """Give the style of one of the lines of a family, counted from the darkest."""
    colour = family_colour(family)
    if count <= 2:
        marker, hollow = family_marker(family), place == 1
    else:
        marker = _MEMBER_MARKERS[place % len(_MEMBER_MARKERS)]
        hollow = place // len(_MEMBER_MARKERS) % 2 == 1
        # Even steps of the cube root look even (CIE 1976 lightness).
        root = np.cbrt(_DARK) + (np.cbrt(_LIGHT) - np.cbrt(_DARK)) * place / (count - 1)
        colour = _with_luminance(colour, float(root**3))
    return {"color": colour, "marker": marker, "markerfacecolor": "white" if hollow else colour}


def _with_luminance(colour: str, wanted: float) -> str:
    """Move a colour towards white or black until it has a relative luminance, within .01."""
    by = 0.01 if _luminance(colour) < wanted else -0.01
    steps = (shade(colour, by * step) if step else colour for step in range(100))
    return next(shade for shade in steps if (_luminance(shade) - wanted) * by > -0.0001)


def _contrast(colour: str) -> float:
    """Compute the contrast with white (WCAG 2.2, definition of contrast ratio)."""
    return 1.05 / (_luminance(colour) + 0.05)


def _luminance(colour: str) -> float:
    """Compute the relative luminance (WCAG 2.2): 0 for black, 1 for white."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def runs(values: Sequence[str]) -> list[tuple[str, int, int]]:
    """Find the runs of equal neighbours: (value, first position, last position)."""
    found: list[tuple[str, int, int]] = []
    for position, value in enumerate(values):
        if found and found[-1][0] == value:
            found[-1] = (value, found[-1][1], position)
        else:
            found.append((value, position, position))
    return found
