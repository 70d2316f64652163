"""TIES merging of one block: trim, elect a sign, merge what agrees with it.

Yadav et al. 2023, https://arxiv.org/abs/2306.01708, as mergekit computes it. With the trimmed
difference d_i of source i from the base, its weight w_i and lambda, for every value:

    sign   = + if sum_i w_i d_i >= 0 else -
    merged = base + lambda * sum_{i agrees} w_i d_i / sum_{i agrees} w_i

where i agrees if d_i is not 0 and has that sign; without any that agrees the base stays. (In the
paper all w_i are equal.)

Weights are not negative, so w_i d_i has the sign of d_i. Hence the differences fall into a positive
part P = max(d, 0) and a negative part N = min(d, 0), and with one row of W a model the sums over
those that agree are the matrix products W P or W N, their weights W [P > 0] or W [N < 0], and the
vote is W P + W N: any number of models needs four matrix products.

Where the vote is even but for rounding, the sign depends on the order of summation, and another
program may elect the other one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Block = NDArray[np.float32]


def merge_differences(differences: Block, thresholds: Block, weights: Block) -> Block:
    """Merge a block of differences from the base by TIES.

    Args:
        differences: float32 [sources, n], source - base.
        thresholds: float32 [sources], the least magnitude that is kept.
        weights: float32 [models, sources], not negative.

    Returns:
        float32 [models, n], to be multiplied by lambda and added to the base.
    """
    kept = np.where(np.abs(differences) >= thresholds[:, None], differences, np.float32(0))
    positive, negative = np.maximum(kept, 0), np.minimum(kept, 0)
    gain, loss = weights @ positive, weights @ negative
    rises = gain + loss >= 0
    agreeing = np.where(
        rises,
        weights @ (positive > 0).astype(np.float32),
        weights @ (negative < 0).astype(np.float32),
    )
    agreeing[agreeing == 0] = 1
    merged: Block = np.where(rises, gain, loss)
    merged /= agreeing
    return merged
