"""When alignment and an outcome can be tested together, and what is lacking where they cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.formats import format_score
from isogloss.statistics.needed_correlation import needed_rho
from isogloss.statistics.reliability import measure_reliability

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import CrossStudyParameters

OPEN, CLOSED = "open", "closed"
HERE = "not testable here: "
UNIT = "languages"
PROXY = "alignment and outcome are of different checkpoints"
ON_TEXTS = frozenset({"reading", "knowledge", "translation"})
"""Studies whose items are texts, in which sentences of the alignment may stand."""
OVERLAP_UNKNOWN = "whether alignment's sentences stand in the texts of the outcome is not known"


@dataclass(frozen=True)
class Evidence:
    """What a pair of a predictor and an outcome rests on.

    Attributes:
        n: languages.
        reliability_predictor: over these languages; NaN where it is not known.
        reliability_outcome: likewise.
        above_chance_share: of the languages; NaN where the outcome has no chance level.
        text_overlap: the largest; NaN where it is not known.
        overlap_unknown: whether the outcome rests on texts of which the overlap is not known.
        lost: what is not known of languages or models that are left out, in words.
        proxy: whether the two sides are of different checkpoints.
    """

    n: int
    reliability_predictor: float
    reliability_outcome: float
    above_chance_share: float
    text_overlap: float
    overlap_unknown: bool = False
    lost: tuple[str, ...] = ()
    proxy: bool = False

    @classmethod
    def of_rows(cls, rows: pd.DataFrame, lost: Sequence[str] = ()) -> Evidence:
        """Weigh rows of `cross_inputs.join_sides`: a model's, or of the same languages of several.

        Args:
            rows: a language of a model each.
            lost: what is not known of those that are left out.
        """
        models = rows["model"].nunique()
        # Levels of models make nothing reliable.
        values = rows[["x", "y"]] - rows.groupby("model")[["x", "y"]].transform("mean")
        return cls(
            rows["language"].nunique(),
            measure_reliability(values["x"], rows["x_error"], means=models),
            measure_reliability(values["y"], rows["y_error"], means=models),
            above_chance_share(rows),
            float(rows["text_overlap"].max()),
            bool(is_overlap_unknown(rows).any()),
            tuple(lost),
            bool(rows["proxy"].any()),
        )

    def columns(self) -> dict[str, object]:
        """Give all but n as columns of `scoreboard_schemas.CrossStudy`."""
        return {
            "reliability_predictor": self.reliability_predictor,
            "reliability_outcome": self.reliability_outcome,
            "above_chance_share": self.above_chance_share,
            "text_overlap": self.text_overlap,
            "proxy": self.proxy,
        }

    def objection(
        self,
        parameters: CrossStudyParameters,
        least: int,
        needed: float | None = None,
        models: int | None = None,
    ) -> str:
        """Say why nothing is tested; empty where the gate is open.

        Args:
            parameters: what a test takes.
            least: languages that it takes.
            needed: the smallest r that would pass; NaN where none would, None where it is not said.
            models: that the rows are of, where a test takes several.
        """
        lacking = [
            models is not None and models < parameters.least_models,
            self.n < least,
            not self.reliability_predictor >= parameters.least_reliability,
            not self.reliability_outcome >= parameters.least_reliability,
            self.above_chance_share < parameters.least_above_chance,
            self.text_overlap > 0 and not parameters.allow_text_overlap,
            self.overlap_unknown and not parameters.allow_text_overlap,
            self.proxy,
        ]
        if not any(lacking):
            return ""
        counts = [_count(models, parameters.least_models, "models"), _count(self.n, least, UNIT)]
        if lacking[0] or not self.n:
            return HERE + ", ".join(part for part in (*counts, *self.lost) if part)
        parts = [
            *counts,
            _say_needed(needed),
            self._reliabilities(parameters.least_reliability),
            self._chance(parameters.least_above_chance),
            f"{self.text_overlap:.0%} of alignment's sentences stand in the texts of the outcome"
            if lacking[5]
            else "",
            OVERLAP_UNKNOWN if lacking[6] else "",
            PROXY if self.proxy else "",
            *self.lost,
        ]
        return HERE + ", ".join(part for part in parts if part)

    def _reliabilities(self, least: float) -> str:
        both = (self.reliability_predictor, self.reliability_outcome)
        written = " and ".join(
            f"{_write_reliability(one)} of {name}"
            for one, name in zip(both, ("alignment", "the outcome"), strict=True)
        )
        short = "" if all(one >= least for one in both) else f" ({format_score(least)} needed)"
        return f"reliability {written}{short}"

    def _chance(self, least: float) -> str:
        if not self.above_chance_share < least:
            return ""
        return (
            f"outcome above chance in {self.above_chance_share:.0%} of languages "
            f"({least:.0%} needed)"
        )


def above_chance_share(rows: pd.DataFrame) -> float:
    """Give the share of rows whose outcome is above chance; NaN where there is no chance level."""
    told = rows["above_chance"]
    if told.isna().all() and rows["chance"].isna().all():
        return float("nan")
    return float(told.fillna(0.0).mean())


def is_overlap_unknown(rows: pd.DataFrame) -> pd.Series[bool]:
    """Say which rows rest on texts of which nobody knows how many sentences alignment shares."""
    return rows["outcome"].isin(list(ON_TEXTS)) & rows["text_overlap"].isna()


def needed_correlation(n: int, tests: int, level: float) -> float:
    """Give the smallest |rho| that passes as the first of some tests.

    Args:
        n: units.
        tests: in the family.
        level: the largest p-value that passes for the family.
    """
    return needed_rho(n, level / max(tests, 1))


def _say_needed(needed: float | None) -> str:
    if needed is None:
        return ""
    return f"r of {format_score(needed)} needed" if np.isfinite(needed) else "no r would pass"


def _write_reliability(value: float) -> str:
    if not np.isfinite(value):
        return "unknown"
    return format_score(value) if value >= 0 else "below 0"


def _count(found: int | None, least: int, of: str) -> str:
    if found is None:
        return ""
    count = f"n = {found} {of}" if of == UNIT else f"{found} {of[:-1] if found == 1 else of}"
    return count + (f" ({least} needed)" if found < least else "")
