"""What is said of results that an earlier run has left."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMED = 8
logger = logging.getLogger(__name__)


def report_kept(what: str, kept: Sequence[str], total: int) -> None:
    """Say in the log what is not made again; nothing where all is made anew.

    Args:
        what: is made.
        kept: names of its parts that are there.
        total: number of parts.
    """
    if not kept:
        return
    more = len(kept) - NAMED
    names = ", ".join(kept[:NAMED]) + (f" and {more} more" if more > 0 else "")
    logger.info("%s: %d of %d kept from an earlier run: %s", what, len(kept), total, names)
