"""The sources of the methods behind the studies that have a score, as BibTeX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"
_ENTRY = re.compile(r"^@\w+\{.*?^\}$", re.MULTILINE | re.DOTALL)
_KEYWORDS = re.compile(r"keywords\s*=\s*\{([^}]*)\}")


def choose_references(scoreboard: pd.DataFrame, references: str) -> str:
    """Keep the entries whose keywords name a study that has a score.

    A keyword is a study, a study with a metric (`translation:comet`), or `all`.

    Args:
        scoreboard: study, metric.
        references: BibTeX; every entry ends with a brace on a line of its own.
    """
    used = {ALL, *scoreboard["study"]}
    used |= set(scoreboard["study"] + ":" + scoreboard["metric"])
    kept = [entry for entry in _ENTRY.findall(references) if used & _keywords(entry)]
    return "\n\n".join(kept if len(scoreboard) else [])


def _keywords(entry: str) -> set[str]:
    found = _KEYWORDS.search(entry)
    return {word.strip() for word in found[1].split(",")} if found else set()
