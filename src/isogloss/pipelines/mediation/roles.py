"""Roles of tokens: what each token of a prompt is, whatever its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.counting_prompts import Part
    from isogloss.pipelines.mediation.tokens import Encoded

FINAL = "final"
SWAPPED, OTHER, TEMPLATE = "swapped", "other", "template"
CATEGORIES = ("category", "category_again")
"""Roles of the tokens that name the category."""
NO_PLACE = -1
_PLACES = ("first", "middle", "last", "separator")
NAMES = (
    *(SWAPPED, OTHER, *(f"{word}_{place}" for word in (SWAPPED, OTHER) for place in _PLACES)),
    *("item_+1", "item_+1_part", "separator_+1", "gap_1", "gap_1_part", "gap_separator_1"),
    *("list_end", "question", *CATEGORIES, "instruction", TEMPLATE, "shot", "answer_prefix", FINAL),
)
"""Roles that there can be, 1 standing for any number."""
_NUMBERED = re.compile(r"item_[+-]\d+(_part)?|separator_[+-]\d+|gap_\d+(_part)?|gap_separator_\d+")
_PLAIN = {"text": "instruction"}
_WORDS_FIRST = ("item", *CATEGORIES)
"""A token that holds characters of several parts counts to these, so that no word is missed."""


def name_roles(
    parts: Sequence[Part], encoded: Encoded, place: int, other_place: int = NO_PLACE
) -> tuple[str, ...]:
    """Give every token of a prompt one role.

    Items are counted from the swapped one: `item_-1` is the last token of the item before it,
    `item_-1_part` any earlier token of that item, `separator_-1` what follows it. Where two items
    are exchanged, those between them are `gap_1`, `gap_2`, ... and those behind the second are
    counted from it. Where none is swapped `item_+1` is the first. The last token is `final`.

    Args:
        parts: of the text, in order; they may end before the last tokens.
        encoded: the text as tokens.
        place: of the swapped item, or `NO_PLACE`.
        other_place: of the second item, behind it, if two are exchanged.
    """
    characters = _characters(parts)
    owners = [_owner(parts, characters, span) for span in encoded.spans]
    names = []
    for at, owner in enumerate(owners):
        if encoded.special[at] or owner is None:
            names.append(TEMPLATE)
            continue
        part = parts[owner]
        first = at == 0 or owners[at - 1] != owner
        last = at + 1 == len(owners) or owners[at + 1] != owner
        names.append(_role(part, first, last, place, other_place))
    return (*names[:-1], FINAL)


def _characters(parts: Sequence[Part]) -> list[tuple[int, bool]]:
    """Say for each character which part it belongs to and whether it is a blank."""
    return [
        (number, character.isspace())
        for number, part in enumerate(parts)
        for character in part.text
    ]


def _owner(
    parts: Sequence[Part], characters: Sequence[tuple[int, bool]], span: tuple[int, int]
) -> int | None:
    """Find the part that a token belongs to; None for one without characters."""
    start, end = span
    if start >= end:
        return None
    inside = characters[start:end] or characters[-1:]
    own = [number for number, blank in inside if not blank] or [inside[0][0]]
    for wanted in _WORDS_FIRST:
        for number in own:
            if parts[number].name == wanted:
                return number
    return own[0]


def _role(part: Part, first: bool, last: bool, place: int, other_place: int) -> str:
    if part.name == "separator":
        return _separator(part.item, place, other_place)
    if part.name != "item":
        return _PLAIN.get(part.name, part.name)
    if part.item in (place, other_place):
        name = SWAPPED if part.item == place else OTHER
        return f"{name}_last" if last else f"{name}_first" if first else f"{name}_middle"
    kind, number = _relative(part.item, place, other_place)
    return f"{kind}_{number}" if last else f"{kind}_{number}_part"


def _separator(item: int, place: int, other_place: int) -> str:
    if item in (place, other_place):
        return f"{SWAPPED if item == place else OTHER}_separator"
    kind, number = _relative(item, place, other_place)
    return f"gap_separator_{number}" if kind == "gap" else f"separator_{number}"


def _relative(item: int, place: int, other_place: int) -> tuple[str, str]:
    if other_place == NO_PLACE or item < place:
        return "item", f"{item - place:+d}"
    if item < other_place:
        return "gap", str(item - place)
    return "item", f"{item - other_place:+d}"


def is_role(name: str) -> bool:
    """Say whether tokens can have a role of this name, `item_-3` or `gap_2_part` included."""
    return name in NAMES or _NUMBERED.fullmatch(name) is not None
