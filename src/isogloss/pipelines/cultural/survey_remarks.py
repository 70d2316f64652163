"""What of a survey was left out, counted and named."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

logger = logging.getLogger(__name__)

NAMES_SHOWN = 8


class Remark(NamedTuple):
    """Something that was left out.

    Attributes:
        what: kind of thing, in words that a person reads.
        level: of the group; empty if of the whole file.
        group: country, language; empty if of the whole file.
        question: key; empty if of all.
        n: how many.
        of: among how many.
        detail: names, codes or a reason.
        expected: whether it is as it should be, and worth no warning.
    """

    what: str
    level: str = ""
    group: str = ""
    question: str = ""
    n: int = 0
    of: int = 0
    detail: str = ""
    expected: bool = False


@dataclass
class Remarks:
    """Remarks as they come up while a survey is read.

    Attributes:
        rows: the remarks, in the order in which they came up.
    """

    rows: list[Remark] = field(default_factory=list)

    def add(self, remark: Remark) -> None:
        """Note one."""
        self.rows.append(remark)

    def table(self) -> pd.DataFrame:
        """Give them as the table `survey_remarks`."""
        table = pd.DataFrame(self.rows, columns=Remark._fields).drop(columns="expected")
        return table.astype({"n": "int64", "of": "int64"})

    def log(self) -> None:
        """Say for each kind how often it came up, and where first."""
        kinds: dict[str, list[Remark]] = {}
        for row in self.rows:
            kinds.setdefault(row.what, []).append(row)
        for what, rows in kinds.items():
            names = list(dict.fromkeys(_name(row) for row in rows))
            more = len(names) - NAMES_SHOWN
            expected = all(row.expected for row in rows)
            logger.log(
                logging.INFO if expected else logging.WARNING,
                "%s: %s%s (see survey_remarks).",
                what,
                ", ".join(names[:NAMES_SHOWN]),
                f" and {more} more" if more > 0 else "",
            )


def _name(row: Remark) -> str:
    words = [word for word in (row.group, row.question) if word]
    named = " ".join(words) or row.detail
    return f"{named} ({row.n} of {row.of})" if row.of else named
