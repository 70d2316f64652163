"""Measured blocks as rows of the table of agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.cultural.alignment_scores import Standing, Uncertain, adjust_for_family
from isogloss.pipelines.cultural.analysis_truth import GLOBAL
from isogloss.pipelines.cultural.analysis_voices import VOICE
from isogloss.statistics.profile_agreement import PARTS, Parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.pipelines.cultural.alignment_blocks import Block
    from isogloss.pipelines.cultural.analysis_truth import Groups

Floats = NDArray[np.float64]


class Scored(NamedTuple):
    """A block that has been measured in one metric.

    Attributes:
        block: its voices, groups and questions.
        metric: its name.
        values: part -> agreement with intervals.
        standings: part -> agreement among permuted answers.
        ceiling: what the mean of the other groups reaches, [1, 1, groups] each.
        uniform: what uniform answers reach, [voices, groups] each; None where it is not defined.
        reliability: float64 [voices], of the question means; NaN where it is not known.
        corrected: part -> correlations corrected for noise; empty where there are none.
        conformist: float64 [voices, groups], distinctive part of a voice that follows what all
            groups share alone; None where it is not defined.
    """

    block: Block
    metric: str
    values: Mapping[str, Uncertain]
    standings: Mapping[str, Standing]
    ceiling: Parts
    uniform: Parts | None
    reliability: Floats
    corrected: Mapping[str, Floats]
    conformist: Floats | None = None


def tabulate(
    scored: Sequence[Scored], keys: pd.DataFrame, counts: Floats, groups: Groups
) -> pd.DataFrame:
    """Turn the measured blocks of one metric and level into rows; each part is a family of tests.

    Args:
        scored: blocks.
        keys: of all voices.
        counts: float64 [voices, questions], responses.
        groups: of the level.
    """
    columns = [
        _columns(one, part, adjusted)
        for part in (PARTS if groups.level != GLOBAL else PARTS[:1])
        for one, adjusted in _adjust(scored, part)
    ]
    if not columns:
        return pd.DataFrame()
    # one table of all blocks: thousands of small ones would take most of the time
    found = {name: np.concatenate([one[name] for one in columns]) for name in columns[0]}
    voice, group, block = (found.pop(name) for name in ("voice", "group", "block"))
    told = keys[VOICE].iloc[voice].reset_index(drop=True)
    languages = np.array(groups.languages, dtype=object)[group]
    responses = np.stack([counts[:, one.block.columns].sum(axis=1) for one in scored])
    return told.assign(
        level=groups.level,
        group=np.array(groups.names, dtype=object)[group],
        native=told["language"].to_numpy(object) == languages,
        metric=scored[0].metric,
        n_questions=np.array([len(one.block.columns) for one in scored])[block],
        n_responses=responses[block, voice].astype(np.int64),
        synthetic=groups.synthetic,
        **found,
    )


def _adjust(scored: Sequence[Scored], part: str) -> list[tuple[tuple[int, Scored], Floats]]:
    """Number the blocks, and adjust the p-values of a part for all of them."""
    standings = [one.standings[part] for one in scored]
    if not standings:
        return []
    largest = np.stack([one.largest for one in standings]).max(axis=0)
    return [
        ((number, one), adjust_for_family(standing.ratio, largest))
        for number, (one, standing) in enumerate(zip(scored, standings, strict=True))
    ]


def _columns(
    numbered: tuple[int, Scored], part: str, adjusted: Floats
) -> dict[str, NDArray[np.generic]]:
    """Give the columns of one part of a block, numbers of voices and groups in place of names."""
    place, scored = numbered
    block, standing, values = scored.block, scored.standings[part], scored.values[part]
    shape, number = adjusted.shape, PARTS.index(part)
    row, column = (index.ravel() for index in np.indices(shape))
    missing = np.full(shape, np.nan)
    shared = scored.conformist if part == "distinctive" else None
    numbers: dict[str, Floats] = {
        "value": values.value,
        "error": values.error,
        "ci_low": values.low,
        "ci_high": values.high,
        "battery_ci_low": values.battery_low,
        "battery_ci_high": values.battery_high,
        "without_battery_low": values.without_low,
        "without_battery_high": values.without_high,
        "floor": standing.floor,
        "floor_uniform": missing if scored.uniform is None else scored.uniform[number],
        "ceiling": scored.ceiling[number][0],
        "conformist": missing if shared is None else shared,
        "p": standing.p,
        "p_adjusted": adjusted,
        "reliability": scored.reliability[:, None],
        "disattenuated": scored.corrected.get(part, missing),
    }
    return {
        "voice": block.voices[row],
        "group": block.groups[column],
        "block": np.full(len(row), place),
        "part": np.full(len(row), part, dtype=object),
        **{name: np.broadcast_to(own, shape).ravel() for name, own in numbers.items()},
    }
