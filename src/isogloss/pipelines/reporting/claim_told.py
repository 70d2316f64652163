"""A claim as sentences see it: its numbers as they are written, and what things are called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.figures.formats import format_interval, format_level, format_score
from isogloss.figures.merging_study import shorten
from isogloss.figures.scoreboard import metric_digits
from isogloss.pipelines.reporting.claim_rows import (
    COUNTED,
    OF,
    OUT_OF_REACH,
    excludes_null,
    read_further,
)
from isogloss.scoreboard_columns import DIFFERS, LEVEL, NOT_SEPARABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = Mapping[Any, Any]

_SMALL = 0.1
"""Effects below are written with a digit more."""
_MOST_DIGITS = 4
_SMALLEST_P = 0.001
NAMED = 6
"""Languages that a sentence names."""


@dataclass(frozen=True)
class Names:
    """What sentences call models and languages.

    Attributes:
        models: model -> label; its own name where there is none.
        languages: language -> name.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)

    def model(self, name: object) -> str:
        """Give what to call a model."""
        return self.models.get(str(name), str(name))

    def language(self, code: object) -> str:
        """Give what to call a language."""
        return self.languages.get(str(code), str(code))

    def list_languages(self, codes: list[str]) -> str:
        """List languages, the first of them if they are many."""
        return shorten([self.language(code) for code in codes], NAMED)


@dataclass(frozen=True)
class Told:
    """A claim that is put into words.

    Attributes:
        row: of `claims`.
        names: of models and languages.
    """

    row: Row
    names: Names

    @property
    def further(self) -> dict[str, Any]:
        """Give what else the sentence states."""
        return read_further(self.row)

    @property
    def differs(self) -> bool:
        """Say whether the claim may be made."""
        return bool(self.row["wording"] == DIFFERS)

    @property
    def model(self) -> str:
        """Give what to call the model."""
        return self.names.model(self.row["model"])

    @property
    def language(self) -> str:
        """Give what to call the language."""
        return self.names.language(self.row["language"])

    @property
    def of_one(self) -> bool:
        """Say whether the claim is on a single language."""
        return self.further.get(OF) == 1

    @property
    def score(self) -> str:
        """Write the estimate with its interval: `.38 [.14, .70]`."""
        bounds = [self.row[name] for name in ("estimate", "ci_low", "ci_high")]
        return write_number(bounds, self.digits)

    @property
    def digits(self) -> int:
        """Give the digits after the point that tell the ends of the interval from the null."""
        digits = metric_digits(str(self.further.get("metric", "")))
        if self.row["study"] == "mediation" and abs(self.row["estimate"]) < _SMALL:
            digits += 1
        null = float(self.row["null"])
        ends = [float(self.row[name]) for name in ("ci_low", "ci_high")]
        apart = [end for end in ends if np.isfinite(end) and end != null]
        while digits < _MOST_DIGITS and any(
            f"{end:.{digits}f}" == f"{null:.{digits}f}" for end in apart
        ):
            digits += 1
        return digits

    @property
    def difference(self) -> str:
        """Write the estimate with its sign and interval: `+.03 [-.04, .09]`."""
        sign = "+" if float(f"{self.row['estimate']:.{self.digits}f}") > 0 else ""
        return sign + self.score

    @property
    def carried(self) -> bool:
        """Say whether p and interval carry the claim, be its gate open or closed."""
        outside = bool(excludes_null(pd.DataFrame([self.row])).iloc[0])
        return outside and float(self.row["p_adjusted"]) <= LEVEL

    @property
    def out_of_reach(self) -> bool:
        """Say whether no outcome could have passed with this n beside the other tests."""
        tested = self.row["wording"] == NOT_SEPARABLE
        return tested and bool(self.further.get(OUT_OF_REACH, False))

    @property
    def p_values(self) -> str:
        """Write p and what it is with the whole report counted: `p = .006, adjusted .066`."""
        own, adjusted = (float(self.row[name]) for name in ("p", "p_adjusted"))
        if self.row["wording"] != NOT_SEPARABLE or not np.isfinite(own):
            return ""
        more = f", adjusted {_write_p(adjusted)}" if adjusted > own else ""
        within = adjusted <= LEVEL and not self.carried
        null = f", but the interval includes {format_level(float(self.row['null']))}"
        return f"{_write_p(own, 'p = ')}{more}{null if within else ''}"

    @property
    def standing(self) -> str:
        """Write the p-values of what is not told apart, and how many claims they count."""
        counted = int(self.further.get(COUNTED, 1))
        many = f" with all {counted} tested claims counted" if counted > 1 else ""
        return f"{self.p_values}{many}" if self.p_values else ""

    @property
    def reach(self) -> str:
        """Say that no outcome could have passed, and among how many claims."""
        return f"cannot pass with {self.further[COUNTED]} tested claims counted"

    @property
    def basis(self) -> str:
        """Write n with its unit: `n = 60 sentences`."""
        return f"n = {int(self.row['n']):,} {self.row['unit']}"


def write_number(bounds: list[float], digits: int = 2) -> str:
    """Write an estimate with its interval, if it has one."""
    value, low, high = (float(bound) if bound is not None else np.nan for bound in bounds)
    return f"{format_score(value, digits)} {format_interval(low, high, digits)}".rstrip()


def _write_p(value: float, before: str = "") -> str:
    """Write a p-value: `.012`, `< .001`, `1`."""
    if value < _SMALLEST_P:
        return f"{before.replace('=', '<') or '< '}.001"
    return f"{before}{'1' if value > 1 - _SMALLEST_P else format_score(value, 3)}"


def join_parts(*parts: str) -> str:
    """Join what stands in brackets; what is empty is left out."""
    return "; ".join(part for part in parts if part)
