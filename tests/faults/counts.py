"""What the campaign has done, counted over all of its tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

WORDS = {
    "kills": "processes killed (kill -9)",
    "runs": "undisturbed ends compared",
    "refusals": "refusals in words",
    "damaged files": "files of a finished run damaged",
    "damaged inputs": "damaged files given to a reader",
    "full disks": "runs on a disk that was full",
    "other faults": "other faults",
}
"""Name under which a test records a number -> what the summary calls it."""


def total(properties: Iterable[tuple[str, object]]) -> Counter[str]:
    """Add up what tests have recorded; what is no count is left out."""
    counts: Counter[str] = Counter()
    for name, value in properties:
        if name in WORDS and isinstance(value, int):
            counts[name] += value
    return counts


def describe(counts: Counter[str]) -> list[str]:
    """Give one line a count, in a fixed order."""
    width = max(len(f"{count:,}") for count in counts.values())
    return [f"{counts[name]:>{width},} {words}" for name, words in WORDS.items() if counts[name]]
