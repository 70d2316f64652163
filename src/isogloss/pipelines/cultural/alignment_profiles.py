"""Agreement of question means with the scores of groups."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.cultural.alignment_blocks import others_on, split_into_blocks
from isogloss.pipelines.cultural.alignment_floors import expected_closeness
from isogloss.pipelines.cultural.alignment_measures import (
    CORRELATIONS,
    SPEARMAN,
    MeanSimilarity,
    ProfileCorrelation,
    score_closeness,
)
from isogloss.pipelines.cultural.alignment_rows import Scored, tabulate
from isogloss.pipelines.cultural.alignment_scores import compare_with_permutations, measure_block
from isogloss.statistics.profile_agreement import Parts, follow_shared
from isogloss.statistics.weighted_correlation import partial_correlation, unit_profiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.pipelines.cultural.alignment_blocks import Block
    from isogloss.pipelines.cultural.alignment_measures import Measure
    from isogloss.pipelines.cultural.alignment_scores import Uncertain
    from isogloss.pipelines.cultural.alignment_settings import Setting
    from isogloss.pipelines.cultural.analysis_truth import Groups
    from isogloss.pipelines.cultural.analysis_voices import Voices

Floats = NDArray[np.float64]

CLOSED = "closed"
NAMES_SHOWN = 8

logger = logging.getLogger(__name__)


def align_profiles(
    voices: Voices, groups: Groups, metrics: Sequence[str], setting: Setting
) -> pd.DataFrame:
    """Compare question means of some voices with the groups of one level.

    Args:
        voices: one family of tests, of one way of asking.
        groups: countries, languages or all people together.
        metrics: spearman, pearson, distance.
        setting: draws and questions.

    Returns:
        rows of `cultural_alignment`.
    """
    blocks = list(split_into_blocks(asked(voices, setting), answered(groups), setting.least))
    tables = []
    for metric in metrics:
        scored = [_score(block, voices, groups, metric, setting) for block in blocks]
        tables.append(tabulate(scored, voices.keys, voices.counts, groups))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def asked(voices: Voices, setting: Setting) -> NDArray[np.bool_]:
    """Tell the questions that each voice can be compared on, bool [voices, questions]."""
    return ~np.isnan(voices.means) & setting.common


def answered(groups: Groups) -> NDArray[np.bool_]:
    """Tell the questions that each group, and some other one, has; bool [groups, questions]."""
    known = ~np.isnan(groups.scores)
    return known if groups.others is None else known & ~np.isnan(groups.others)


def profile_measure(metric: str, voices: Floats, groups: Floats, others: Floats | None) -> Measure:
    """Give the measure of question means by its name: spearman, pearson or distance."""
    if metric in CORRELATIONS:
        return ProfileCorrelation(voices, groups, others, metric == SPEARMAN)
    strata = np.zeros(voices.shape[1], np.intp)
    return MeanSimilarity(voices, groups, others, score_closeness, strata)


def name_short_voices(voices: Voices, setting: Setting) -> None:
    """Say which voices have too few questions to be compared."""
    short = voices.keys[asked(voices, setting).sum(axis=1) < setting.least]
    if len(short):
        names = ["/".join(filter(None, map(str, row))) for row in short.to_numpy()]
        more = "; and others" if len(names) > NAMES_SHOWN else ""
        logger.info(
            "%d of %d voices have fewer than %d questions in common with the groups and are left "
            "out (cultural_analysis.least_questions): %s%s.",
            len(short),
            len(voices),
            setting.least,
            "; ".join(names[:NAMES_SHOWN]),
            more,
        )


def _score(block: Block, voices: Voices, groups: Groups, metric: str, setting: Setting) -> Scored:
    own = voices.means[block.voices][:, block.columns]
    theirs = groups.scores[block.groups][:, block.columns]
    others = others_on(groups.scores, block)
    measure = profile_measure(metric, own, theirs, others)
    resampling = setting.resampling(block.columns)
    values = measure_block(measure, resampling)
    standings = compare_with_permutations(measure.permuted(resampling.keys))
    ceiling = measure.ceiling()
    reliability = voices.reliabilities(block.columns)[block.voices]
    corrected: dict[str, Floats] = {}
    uniform, conformist = None, None
    if metric in CORRELATIONS:
        corrected = _correct(values, ceiling, reliability, _group_reliabilities(groups, block))
        conformist = _conform(values, ceiling, own, groups, block, ranked=metric == SPEARMAN)
    else:
        uniform = _answer_uniformly(voices, block, theirs, others, setting)
    measured = values, standings, ceiling, uniform, reliability, corrected
    return Scored(block, metric, *measured, conformist)


def _conform(
    values: Mapping[str, Uncertain],
    ceiling: Parts,
    own: Floats,
    groups: Groups,
    block: Block,
    *,
    ranked: bool,
) -> Floats:
    """Give the distinctive part of voices as alike to all groups that follow what they share.

    What the mean of a few other groups misses of the shared profile is left in every group, so
    that it is not 0.
    """
    scores = groups.scores[:, block.columns]
    known = np.flatnonzero(~np.isnan(scores).any(axis=1))
    once = np.ones((1, len(block.columns)))
    mine, theirs = (unit_profiles(one, once, ranked=ranked)[0] for one in (own, scores[known]))
    expected = follow_shared(mine @ theirs.T, theirs @ theirs.T)
    expected = expected[:, np.searchsorted(known, block.groups)]
    shared = np.broadcast_to(ceiling.overall[0], expected.shape)
    return partial_correlation(expected, values["normative"].value, shared)


def _answer_uniformly(
    voices: Voices, block: Block, theirs: Floats, others: Floats | None, setting: Setting
) -> Parts:
    """Give the closeness of uniform answers, by as many opinions as each voice has."""
    shares = setting.option_shares[block.columns]
    opinions = voices.opinions[block.voices][:, block.columns]
    closed = (voices.keys["elicitation"] == CLOSED).to_numpy(np.bool_)[block.voices]
    opinions = np.where(closed[:, None], np.inf, opinions)

    def expect(targets: Floats) -> Floats:
        return np.stack([expected_closeness(shares, own, targets).mean(axis=1) for own in opinions])

    overall = expect(theirs)
    if others is None:
        none = np.full_like(overall, np.nan)
        return Parts(overall, none, none)
    normative = expect(others)
    return Parts(overall, normative, overall - normative)


def _group_reliabilities(groups: Groups, block: Block) -> tuple[Floats, Floats]:
    """Give the reliability of groups and of the means of the others; 1 where errors are unknown."""
    scores, errors = groups.scores[:, block.columns], groups.errors[:, block.columns]
    known = ~np.isnan(errors).any(axis=1, keepdims=True)
    noise = np.where(known, np.square(errors), 0.0)
    own = 1 - noise.mean(axis=1) / scores.var(axis=1, ddof=1)
    if groups.others is None:
        return own[block.groups], np.ones(len(block.groups))
    rest = (noise.sum(axis=0) - noise) / (len(scores) - 1) ** 2
    others = 1 - rest.mean(axis=1) / groups.others[:, block.columns].var(axis=1, ddof=1)
    return own[block.groups], others[block.groups]


def _correct(
    values: Mapping[str, Uncertain],
    ceiling: Parts,
    reliability: Floats,
    theirs: tuple[Floats, Floats],
) -> dict[str, Floats]:
    """Divide correlations by the root of both reliabilities; beyond 1 the correction has failed."""
    group, others = (np.where(own > 0, own, np.nan) for own in theirs)
    usable = np.where(reliability > 0, reliability, np.nan)[:, None]
    overall = values["overall"].value / np.sqrt(usable * group)
    normative = values["normative"].value / np.sqrt(usable * others)
    shared = np.broadcast_to(ceiling.overall[0] / np.sqrt(group * others), overall.shape)
    inside = (np.abs(normative) < 1) & (np.abs(shared) < 1)
    distinctive = partial_correlation(
        overall, np.where(inside, normative, np.nan), np.where(inside, shared, np.nan)
    )
    return {"overall": overall, "normative": normative, "distinctive": distinctive}
