"""Agreement of answers to closed questions with how people answered, option by option."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.cultural.alignment_blocks import others_on, split_into_blocks
from isogloss.pipelines.cultural.alignment_distributions import (
    DISTRIBUTION_METRICS,
    WASSERSTEIN,
    Scales,
    compare_distributions,
)
from isogloss.pipelines.cultural.alignment_rows import Scored, tabulate
from isogloss.pipelines.cultural.alignment_scores import compare_with_permutations, measure_block
from isogloss.statistics.profile_agreement import Parts

if TYPE_CHECKING:
    from isogloss.pipelines.cultural.alignment_blocks import Block
    from isogloss.pipelines.cultural.alignment_settings import Setting
    from isogloss.pipelines.cultural.analysis_truth import Groups
    from isogloss.pipelines.cultural.analysis_voices import Voices

Floats = NDArray[np.float64]


def align_distributions(
    voices: Voices,
    groups: Groups,
    answers: pd.DataFrame,
    distributions: pd.DataFrame,
    scales: Scales,
    setting: Setting,
) -> pd.DataFrame:
    """Compare answers to closed questions with the groups of one level.

    jensen_shannon is the mean over questions of 1 - the Jensen-Shannon distance, wasserstein that
    of 1 - the Wasserstein distance as a share of the scale, on ordered scales only. The mean of
    the other groups is the mean of their distributions.

    Args:
        voices: of closed elicitation.
        groups: of one level.
        answers: `closed_distributions`, of which the selected and complete ones count.
        distributions: `survey_distributions`.
        scales: of the questions of voices and groups.
        setting: draws and questions.

    Returns:
        rows of `cultural_alignment`.
    """
    own = _voice_shares(voices, answers, scales)
    level = distributions[distributions["level"] == groups.level]
    theirs = scales.fill(level, groups.names, "group")
    tables = []
    for metric in DISTRIBUTION_METRICS:
        usable = setting.common & (scales.ordered if metric == WASSERSTEIN else scales.sizes > 1)
        blocks = split_into_blocks(_known(own) & usable, _known(theirs), setting.least)
        scored = [_score(block, own, theirs, metric, scales, setting) for block in blocks]
        tables.append(tabulate(scored, voices.keys, voices.counts, groups))
    return pd.concat(tables, ignore_index=True)


def _voice_shares(voices: Voices, answers: pd.DataFrame, scales: Scales) -> Floats:
    """Give the shares of each voice's options, float64 [voices, questions, codes]."""
    owner = voices.keys["model"] + "\n" + voices.keys["language"]
    shares = answers[answers["selected"] & answers["complete"]]
    return scales.fill(
        shares.assign(owner=shares["model"] + "\n" + shares["language"]), list(owner), "owner"
    )


def _known(shares: Floats) -> NDArray[np.bool_]:
    return np.asarray(~np.isnan(shares).any(axis=-1))


def _score(
    block: Block, voices: Floats, groups: Floats, metric: str, scales: Scales, setting: Setting
) -> Scored:
    own = voices[block.voices][:, block.columns]
    theirs = groups[block.groups][:, block.columns]
    others = others_on(groups, block)
    measure = compare_distributions(metric, scales, block.columns, own, theirs, others)
    resampling = setting.resampling(block.columns)
    values = measure_block(measure, resampling)
    standings = compare_with_permutations(measure.permuted(resampling.keys))
    blind = np.broadcast_to(scales.uniform()[block.columns], (1, *own.shape[1:]))
    found = compare_distributions(metric, scales, block.columns, blind, theirs, others)
    uniform = Parts(*(part[0] for part in found.parts(np.ones((1, len(block.columns))))))
    reliability = np.full(len(own), np.nan)
    return Scored(block, metric, values, standings, measure.ceiling(), uniform, reliability, {})
