"""What answers that say nothing reach: each option as likely as the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import NDArray

from isogloss.pipelines.cultural.survey_questions import CON, PRO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.pipelines.cultural.survey_questions import SurveyQuestion

Floats = NDArray[np.float64]


def pro_shares_of_options(questions: Sequence[str], listed: Mapping[str, SurveyQuestion]) -> Floats:
    """Give the share of pro options among those that take a side.

    Args:
        questions: codes.
        listed: code -> what its answers count as.

    Returns:
        float64 [questions]; NaN for a question that is not listed, or has no score.
    """
    found = []
    for code in questions:
        sides = list(listed[code].sides.values()) if code in listed else []
        taken = sides.count(PRO) + sides.count(CON)
        found.append(sides.count(PRO) / taken if taken else np.nan)
    return np.array(found, np.float64)


def expected_closeness(shares: Floats, opinions: Floats, targets: Floats) -> Floats:
    """Give the mean of 1 - |x - y| of a score x of uniform answers, exactly.

    x is k/N with k binomial: N opinions, each pro with the share of pro options among those that
    take a side. Without a number of opinions x is that share itself.

    Args:
        shares: [questions], of pro options.
        opinions: [questions], the N; infinite for a distribution that is known exactly.
        targets: [groups, questions], the y.

    Returns:
        float64 [groups, questions]; NaN where the share is not known.
    """
    found = 1 - np.abs(shares - targets)
    for column, (share, n) in enumerate(zip(shares, opinions, strict=True)):
        if np.isnan(share) or not np.isfinite(n) or n < 1:
            continue
        possible = np.arange(int(n) + 1)
        chance = scipy.stats.binom.pmf(possible, int(n), share)
        away = np.abs(possible / int(n) - targets[:, column, None])
        found[:, column] = 1 - away @ chance
    return np.asarray(found)
