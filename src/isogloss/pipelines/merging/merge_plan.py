"""What is merged: which checkpoints, with which weights, in how many ways at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from isogloss.language_models.checkpoints import Checkpoint
    from isogloss.pipelines.merging.trimming import TrimThresholds

SUM_TOLERANCE = 1e-6


class MergePlanError(Refusal):
    """Weights do not fit the sources, or do not sum to 1."""


@dataclass(frozen=True)
class TiesRecipe:
    """One model merged by TIES (see `ties`).

    Attributes:
        weights: one a source, not negative, of sum 1.
        density: share of each source's differences from the base that is kept, in (0, 1].
        scaling: lambda, by which the merged difference is multiplied.
    """

    weights: Sequence[float]
    density: float
    scaling: float = 1.0


@dataclass(frozen=True)
class MergePlan:
    """Any number of models to be merged from the same sources, in one read of them.

    Attributes:
        sources: the checkpoints, S.
        linear: float64 [rows, S], or [rows, S + 1] if there is a base, which is the last column:
            each row is a model, the sum of the checkpoints times their weights. A row of a single
            1 is a copy; for task arithmetic see `task_arithmetic`.
        base: what the sources were fine-tuned from.
        ties: more models, after those of `linear`.
        thresholds: for `ties`, from `examine_checkpoints`.

    Raises:
        MergePlanError: if weights do not fit the sources, are not finite or do not sum to 1.
    """

    sources: Sequence[Checkpoint]
    linear: NDArray[np.float64]
    base: Checkpoint | None = None
    ties: Sequence[TiesRecipe] = ()
    thresholds: TrimThresholds | None = None

    def __post_init__(self) -> None:
        columns = len(self.sources) + (self.base is not None)
        if self.linear.ndim != 2 or self.linear.shape[1] != columns:
            raise MergePlanError(
                f"The weights have the shape {list(self.linear.shape)}; needed are {columns} "
                "columns: one a source, and a last one for the base if there is one."
            )
        _require_sum_of_one(self.linear, "linear")
        if self.ties:
            self._require_ties()

    def _require_ties(self) -> None:
        if self.base is None or self.thresholds is None:
            raise MergePlanError("TIES needs the base and the thresholds of `examine_checkpoints`.")
        self.thresholds.require([source.name for source in self.sources])
        for number, recipe in enumerate(self.ties):
            if len(recipe.weights) != len(self.sources) or min(recipe.weights) < 0:
                raise MergePlanError(
                    f"Row {number} of TIES needs {len(self.sources)} weights, one a source, none "
                    f"negative; it has {list(recipe.weights)}."
                )
        _require_sum_of_one(np.array([recipe.weights for recipe in self.ties]), "TIES")

    def __len__(self) -> int:
        return len(self.linear) + len(self.ties)

    def groups(self, size: int) -> Iterator[MergePlan]:
        """Split the plan into plans of fewer models, in order.

        Args:
            size: models in each but the last.
        """
        rows = range(len(self))
        for start in range(0, len(self), size):
            yield self.of_rows(rows[start : start + size])

    def of_rows(self, rows: Sequence[int]) -> MergePlan:
        """Give a plan of some of the models.

        Args:
            rows: their places, in ascending order; one that comes twice is merged twice.
        """
        first = len(self.linear)
        return replace(
            self,
            linear=self.linear[[row for row in rows if row < first]],
            ties=[self.ties[row - first] for row in rows if row >= first],
        )


def task_arithmetic(weights: ArrayLike, scaling: ArrayLike = 1.0) -> NDArray[np.float64]:
    """Give the rows of task arithmetic: base + lambda * sum of w_i (x_i - base).

    That is linear in the sources and the base: lambda w_i for each source and 1 - lambda * sum of
    w_i for the base (Ilharco et al. 2023, https://arxiv.org/abs/2212.04089).

    Args:
        weights: [rows, sources].
        scaling: lambda, one for all rows or one a row.

    Returns:
        float64 [rows, sources + 1], whose rows sum to 1.
    """
    weights = np.asarray(weights, np.float64)
    scaled = weights * np.broadcast_to(np.asarray(scaling, np.float64), len(weights))[:, None]
    return np.column_stack([scaled, 1 - scaled.sum(axis=1)])


def _require_sum_of_one(weights: NDArray[np.float64], kind: str) -> None:
    sums = weights.sum(axis=1)
    # Not `>`: weights that are not numbers must not pass.
    wrong = np.flatnonzero(~(np.abs(sums - 1) <= SUM_TOLERANCE))
    if len(wrong):
        raise MergePlanError(
            f"The {kind} weights of row {wrong[0]} sum to {sums[wrong[0]]:.9g}, not to 1"
            f"{f' (and those of {len(wrong) - 1} more rows)' if len(wrong) > 1 else ''}. Divide "
            "each row by its sum; with a base, give it what the sources leave (task_arithmetic)."
        )
