"""What a report claims: rows of the studies, and what may be said when all are looked at."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.scoreboard_columns import (
    CLAIMED_STUDIES,
    DIFFERS,
    LEVEL,
    NOT_SEPARABLE,
    NOT_TESTED,
    SHOWN,
    TESTED,
)
from isogloss.statistics.multiple_testing import adjust_holm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COLUMNS = (
    *("id", "study", "model", "language", "subject", "estimate", "ci_low", "ci_high"),
    *("confidence", "n", "unit", "null", "p", "p_adjusted", "gate", "wording", "reference"),
    *("source", "formula", "further"),
)
MEMBERS = "members"
"""Of a claim on several languages: JSON, language -> p, adjusted for the languages."""
ABOVE = "above"
"""Among the further numbers: the languages of which the claim holds."""
_NUMBERS = ("estimate", "ci_low", "ci_high", "confidence", "null", "p", "p_adjusted")
_UNKNOWN: dict[str, Any] = {
    **dict.fromkeys(_NUMBERS, math.nan),
    **{"model": "", "language": "", "gate": "open", "wording": SHOWN, "reference": ""},
}


def complete_claims(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Make claims of what a study knows.

    Args:
        rows: columns of claims; `further` and `members` as mappings, `key` to tell claims of one
            subject apart. What a row lacks is unknown, and it is shown unless it says otherwise.

    Returns:
        The claims with `members`, before any word on a difference; `judge_claims` says it.
    """
    found = [
        {
            **_UNKNOWN,
            **row,
            "id": ".".join(
                re.sub(r"[^a-z0-9_-]+", "_", str(part).lower())
                for part in (row["study"], row.get("model"), row["subject"], row.get("key"))
                if part
            ),
            "further": json.dumps(row.get("further", {}), sort_keys=True, default=float),
            MEMBERS: json.dumps(row.get(MEMBERS, {}), sort_keys=True, default=float),
        }
        for row in rows
    ]  # fmt: skip
    table = pd.DataFrame(found).reindex(columns=[*COLUMNS, MEMBERS])
    table[list(_NUMBERS)] = table[list(_NUMBERS)].astype(float)
    # An interval without an end says as little as none.
    endless = ~np.isfinite(table[["ci_low", "ci_high"]]).all(axis=1)
    table.loc[endless, ["ci_low", "ci_high"]] = np.nan
    return table.astype({"n": int})


def judge_claims(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Give every claim its word, once all of a report are known.

    The p-values of all tested claims are adjusted together (Holm). Something differs only if its
    adjusted p is at most .05, its interval excludes what would mean nothing, and its gate is open.
    A claim on several languages is made of the one with the smallest p. If it holds, it does so too
    of those others whose p, adjusted for the languages, is at most .05 by the number of tested
    claims (Bonferroni).

    Args:
        parts: `complete_claims` of the studies; those that were not made are empty.

    Returns:
        `claims`, in the order of the studies.
    """
    known = [part for part in parts if len(part)]
    if not known:
        return complete_claims([])[list(COLUMNS)]
    table = pd.concat(known, ignore_index=True)
    order = table["study"].map(CLAIMED_STUDIES.index).sort_values(kind="stable")
    table = table.loc[order.index].reset_index(drop=True)
    tested = (table["wording"] == TESTED) & table["p"].notna()
    adjusted = adjust_holm(table["p"].where(tested))
    outside = (table["ci_low"] > table["null"]) | (table["ci_high"] < table["null"])
    differs = tested & (adjusted <= LEVEL) & outside & (table["gate"] == "open")
    words = table["wording"].mask(table["wording"] == TESTED, NOT_TESTED)
    words = words.mask(tested, NOT_SEPARABLE).mask(differs, DIFFERS)
    level = LEVEL / max(int(tested.sum()), 1)
    further = [_name_members(row, level) for row in table.assign(holds=differs).to_dict("records")]
    judged = table.assign(p_adjusted=adjusted, wording=words, further=further)
    return judged[list(COLUMNS)]


def read_further(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Read what else a claim states.

    Args:
        row: of `claims`.
    """
    found: dict[str, Any] = json.loads(row["further"])
    return found


def _name_members(row: Mapping[Any, Any], level: float) -> str:
    """Note of which languages the claim holds."""
    tested: dict[str, float] = json.loads(row[MEMBERS])
    if not tested:
        return str(row["further"])
    held = [name for name, p in tested.items() if p <= level or name == row["language"]]
    noted = {ABOVE: held if row["holds"] else [], "of": len(tested)}
    return json.dumps({**read_further(row), **noted}, sort_keys=True)
