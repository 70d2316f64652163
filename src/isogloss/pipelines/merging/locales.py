"""Which locales a setting names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.errors import Refusal, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL = "all"


def choose_locales(wanted: Sequence[str], there: Sequence[str], setting: str) -> list[str]:
    """Give the locales that a setting names, in the order of those that there are.

    Args:
        wanted: locales, or the single word `all`.
        there: the locales that there are.
        setting: its name, for the message.

    Raises:
        Refusal: if one of them is not there.
    """
    if tuple(wanted) == (ALL,):
        return list(there)
    if strange := [name for name in wanted if name not in there]:
        raise Refusal(
            f"{setting} names {', '.join(strange)}, of which there are no intents."
            f"{suggest(strange[0], there)} There are: {', '.join(there)}."
        )
    return [name for name in there if name in wanted]
