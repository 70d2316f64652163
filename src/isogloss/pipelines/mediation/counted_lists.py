"""Lists with the running count at each item, and the tokens at which it may be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from isogloss.pipelines.mediation.pair_parameters import SOURCES
from isogloss.pipelines.mediation.roles import OTHER, SWAPPED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

Spot = Literal["item", "separator"]
ITEM: Spot = "item"
ASKED_AGAIN = ("control", *SOURCES)
"""Kinds of pairs that count no members, or those of lists that other pairs have."""
_ITEMS = ("item", "gap", SWAPPED, OTHER)


@dataclass(frozen=True)
class CountedList:
    """A prompt that asks to count the members of a list.

    Attributes:
        list_id: of the pair whose base it is.
        language: code.
        category: that is asked for.
        words: of the list.
        members: whether each belongs to the category.
        ids: tokens of the prompt.
        answers: tokens of 0..9.
        tokens: of each item.
        separators: token that follows each item, behind the last that of the list's end; empty
            where items follow each other without a token between them.
    """

    list_id: str
    language: str
    category: str
    words: tuple[str, ...]
    members: tuple[bool, ...]
    ids: tuple[int, ...]
    answers: tuple[int, ...]
    tokens: tuple[tuple[int, ...], ...]
    separators: tuple[int, ...]

    @property
    def running(self) -> NDArray[np.intp]:
        """Members up to and with each item."""
        return np.cumsum(np.array(self.members, np.intp))

    def spots(self, spot: Spot) -> tuple[int, ...]:
        """Give the token at which each item is read: its last one, or the one behind it.

        Empty if there is no such token.
        """
        return tuple(own[-1] for own in self.tokens) if spot == ITEM else self.separators


def choose_spots(lists: Sequence[CountedList], spots: Sequence[Spot]) -> list[Spot]:
    """Give those spots that all lists have: a blank alone is seldom a token of its own.

    Args:
        lists: of one layout.
        spots: that are asked for.
    """
    return [spot for spot in spots if all(one.spots(spot) for one in lists)]


def read_lists(pairs: pd.DataFrame) -> list[CountedList]:
    """Give the base prompts of pairs that count, each list once.

    Lists that are asked for an irrelevant category stand there already, as those of other pairs.

    Args:
        pairs: `mediation_pairs` of one language and layout.
    """
    counting = pairs[~pairs["kind"].isin(ASKED_AGAIN)]
    found: dict[tuple[str, ...], CountedList] = {}
    for record in counting.to_dict("records"):
        one = _read_list({str(name): value for name, value in record.items()})
        found.setdefault(one.words, one)
    return list(found.values())


def _read_list(row: dict[str, Any]) -> CountedList:
    roles = list(row["roles"])
    tokens, behind = locate_items(roles)
    apart = all("separator" in roles[position] for position in behind[:-1])
    return CountedList(
        str(row["pair_id"]),
        str(row["language"]),
        str(row["asked"]),
        tuple(row["words"]),
        tuple(bool(member) for member in row["members"]),
        tuple(map(int, row["base_ids"])),
        tuple(map(int, row["answers"])),
        tokens,
        behind if apart else (),
    )


def locate_items(
    roles: Sequence[str],
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Find the tokens of each item and the first token behind each.

    Args:
        roles: of the tokens of a prompt.
    """
    items: list[tuple[int, ...]] = []
    open_item: list[int] = []
    for position, role in enumerate(roles):
        name, _, which = role.partition("_")
        if name not in _ITEMS or "separator" in which:
            continue
        open_item.append(position)
        if not which.endswith(("_part", "first", "middle")):
            items.append(tuple(open_item))
            open_item = []
    return tuple(items), tuple(own[-1] + 1 for own in items)


def shuffle_members(
    lists: Sequence[CountedList], generator: np.random.Generator
) -> list[NDArray[np.intp]]:
    """Give running counts of made-up members: each word is one or none by lot, wherever it stands.

    As large a share of the words are members as of all items are; so there is as much to count,
    of which a model can know nothing, while a probe can learn the words by heart (control task:
    Hewitt and Liang 2019, EMNLP, section 2).

    Args:
        lists: of one language.
        generator: draws lots.
    """
    words = sorted({word for one in lists for word in one.words})
    share = np.mean([member for one in lists for member in one.members])
    chosen = generator.permutation(len(words)) < round(share * len(words))
    dealt = dict(zip(words, chosen.astype(np.intp), strict=True))
    return [np.cumsum([dealt[word] for word in one.words]) for one in lists]
