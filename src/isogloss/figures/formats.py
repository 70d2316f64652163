"""How numbers and names are written for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

POOLING_LABELS = {
    "mean": "mean of tokens",
    "last": "last token",
    "weighted": "position-weighted mean",
}
POOLING_ORDER = ("mean", "weighted", "last")


def format_score(value: float, digits: int = 2) -> str:
    """Write a score for a person: `.83`, `1.00`, `-.05`; `–` if it is missing.

    Args:
        value: the score.
        digits: after the point.
    """
    if not np.isfinite(value):
        return "–"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def format_interval(low: float, high: float, digits: int = 2) -> str:
    """Write an interval for a person: `[.71, .90]`; nothing if a bound is missing."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return ""
    return f"[{format_score(low, digits)}, {format_score(high, digits)}]"


def format_chance(value: float) -> str:
    """Write a floor or chance level: `.97`, `.5`, and with one significant digit `.05`, `.0004`."""
    if not np.isfinite(value):
        return "–"
    if abs(value) >= 0.1:
        text = f"{value:.2f}".rstrip("0").rstrip(".")
    else:
        text = np.format_float_positional(value, 1, unique=False, fractional=False, trim="-")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def format_level(value: float, digits: int = 2) -> str:
    """Write what a score is compared with, with as many digits as the score: `.30`, `.008`, `0`."""
    fine = 0 < abs(value) < 10.0 ** (1 - digits)
    return format_chance(value) if fine or value == 0 else format_score(value, digits)


def format_range(values: Sequence[int]) -> str:
    """Write whole numbers that should all be equal: `60`, or `60 to 100` if they are not."""
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def name_layers(first: int, last: int) -> str:
    """Name a range of layers: `layers 1 to 17`, or `layer 0`."""
    return f"layer {first}" if first == last else f"layers {first} to {last}"


def count_pairs(counts: Sequence[int]) -> str:
    """Count language pairs in words: `136 language pairs`."""
    return f"{format_range(counts)} language pair{'' if max(counts) == 1 else 's'}"


def count_things(count: int, noun: str) -> str:
    """Count things in words: `1 pair`, `1,012 sentences`, `3 countries`.

    Args:
        count: how many there are.
        noun: one of them; the plural ends in s.
    """
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("y") else f"{count:,} {noun}s"


def name_cut(end: float | None) -> str:
    """Say where an axis was cut, to be put behind its label; nothing if it was not."""
    return "" if end is None else f" (axis ends at {format_chance(end)})"


def order_poolings(present: Sequence[str]) -> list[str]:
    """Put poolings in the order of all figures; unknown ones last, by name."""
    known = [pooling for pooling in POOLING_ORDER if pooling in set(present)]
    return known + sorted(set(present) - set(known))


def pooling_label(pooling: str) -> str:
    """Name a pooling in words."""
    return POOLING_LABELS.get(pooling, pooling)
