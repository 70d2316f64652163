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
from isogloss.statistics.permutation import adjust_across_sets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COLUMNS = (
    *("id", "study", "model", "language", "subject", "estimate", "ci_low", "ci_high"),
    *("confidence", "n", "unit", "null", "p", "p_adjusted", "gate", "wording", "reference"),
    *("source", "formula", "further"),
)
MEMBERS = "members"
"""Of a claim on several languages: JSON, language -> p (adjusted for the languages), ci_low,
ci_high and null; among the further numbers of what is judged with p_adjusted."""
ABOVE, OF = "above", "of"
"""Among the further numbers: the languages of which the claim holds, and how many were tested."""
COUNTED = "counted"
"""Among the further numbers: how many claims of the report are tested."""
LEAST_P, OUT_OF_REACH = "least_p", "out_of_reach"
"""Among the further numbers: the smallest p that a test can give with its n, and whether it is too
large to pass beside the other tests of the report, whatever the outcome."""
_NUMBERS = ("estimate", "ci_low", "ci_high", "confidence", "null", "p", "p_adjusted")
_MEMBER = ("p", "ci_low", "ci_high", "null")
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


def list_members(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Give what each language of a claim is tested by, for its column `members`.

    Args:
        rows: a row a language: language, p (adjusted for the languages), ci_low, ci_high, null.
    """
    return {
        str(row["language"]): {name: float(row[name]) for name in _MEMBER}
        for row in rows.to_dict("records")
    }


def choose_member(rows: pd.DataFrame, *, higher_only: bool = False) -> pd.Series:
    """Choose the language that a claim on several is made of.

    It is one whose interval excludes what would mean nothing, if there is one; of these the one
    with the smallest p, of these the one with the highest score. So the claim holds if it holds of
    any language.

    Args:
        rows: as of `list_members`, with `score`.
        higher_only: count only intervals above what would mean nothing, not those below it.
    """
    outside = rows["ci_low"] > rows["null"] if higher_only else excludes_null(rows)
    order = rows.assign(within=~outside).sort_values(
        ["within", "p", "score"], ascending=[True, True, False], kind="stable"
    )
    return order.iloc[0]


def excludes_null(rows: pd.DataFrame) -> pd.Series[bool]:
    """Say which intervals exclude what would mean nothing.

    Args:
        rows: with ci_low, ci_high, null.
    """
    return (rows["ci_low"] > rows["null"]) | (rows["ci_high"] < rows["null"])


def judge_claims(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Give every claim its word, once all of a report are known.

    All tested claims are one family. A claim on several languages is a set of tests, any other a
    set of one; p-values are adjusted across the sets (`adjust_across_sets`: Holm's with sets in
    place of tests). Something differs only if its adjusted p is at most .05, its interval excludes
    what would mean nothing, and its gate is open. This holds of every language of a claim alike.

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
    tests = _list_tests(table[tested])
    own = tests[tests["language"] == tests["claim"].map(table["language"])].set_index("claim")
    differs = own["holds"].reindex(table.index, fill_value=False).astype(bool)
    words = table["wording"].mask(table["wording"] == TESTED, NOT_TESTED)
    words = words.mask(tested, NOT_SEPARABLE).mask(differs, DIFFERS)
    further = [
        _note_tests(row, tests[tests["claim"] == claim], tests)
        for claim, row in zip(table.index, table.to_dict("records"), strict=True)
    ]
    adjusted = own["p_adjusted"].reindex(table.index)
    judged = table.assign(p_adjusted=adjusted, wording=words, further=further)
    return judged[list(COLUMNS)]


def read_further(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Read what else a claim states.

    Args:
        row: of `claims`.
    """
    found: dict[str, Any] = json.loads(row["further"])
    return found


def _list_tests(claims: pd.DataFrame) -> pd.DataFrame:
    """List the tests of all claims: a row a claim and language, with p_adjusted and `holds`."""
    rows = [
        {**member, "claim": claim, "gate": row["gate"], "language": language}
        for claim, row in zip(claims.index, claims.to_dict("records"), strict=True)
        for language, member in (json.loads(row[MEMBERS]) or {row["language"]: row}).items()
    ]
    tests = pd.DataFrame(rows).reindex(columns=["claim", "gate", "language", *_MEMBER])
    tests = tests.astype(dict.fromkeys(_MEMBER, float))
    adjusted = adjust_across_sets(tests["p"], tests["claim"])
    holds = (adjusted <= LEVEL) & excludes_null(tests) & (tests["gate"] == "open")
    return tests.assign(p_adjusted=adjusted, holds=holds)


def _note_tests(row: Mapping[Any, Any], own: pd.DataFrame, tests: pd.DataFrame) -> str:
    """Note how many claims are tested, and of which languages a claim holds."""
    further = read_further(row)
    if own.empty:
        return str(row["further"])
    noted: dict[str, Any] = {COUNTED: int(tests["claim"].nunique())}
    if LEAST_P in further:
        noted[OUT_OF_REACH] = not _within_reach(tests, own, float(further[LEAST_P]))
    if json.loads(row[MEMBERS]):
        members = own.set_index("language")[[*_MEMBER, "p_adjusted"]]
        noted[MEMBERS] = members.astype(object).where(members.notna(), None).to_dict("index")
        noted[ABOVE] = own.loc[own["holds"], "language"].tolist()
        noted[OF] = len(own)
    return json.dumps({**further, **noted}, sort_keys=True)


def _within_reach(tests: pd.DataFrame, own: pd.DataFrame, least: float) -> bool:
    """Say whether a claim would pass if its tests had given their smallest p."""
    best = tests["p"].mask(tests.index.isin(own.index), least)
    return bool((adjust_across_sets(best, tests["claim"])[own.index] <= LEVEL).all())
