"""Languages that are put to a model together, so that its batches are full."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def group_languages(sizes: Mapping[str, int], at_once: int) -> Iterator[list[str]]:
    """Put languages together until they hold enough; a killed run loses one group.

    Args:
        sizes: language -> how much there is of it.
        at_once: how much is enough.
    """
    group: list[str] = []
    for language in sizes:
        group.append(language)
        if sum(sizes[one] for one in group) >= at_once:
            yield group
            group = []
    if group:
        yield group
