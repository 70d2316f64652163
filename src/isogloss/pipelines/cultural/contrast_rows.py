"""Agreement with the reference country less agreement with native countries, voice by voice."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from isogloss.pipelines.cultural.alignment_combinations import Combination, combine_agreements
from isogloss.pipelines.cultural.analysis_voices import NATIVE, WAY
from isogloss.statistics.multiple_testing import adjust_holm
from isogloss.statistics.profile_agreement import PARTS
from isogloss.statistics.studentised import assess_jointly

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.pipelines.cultural.alignment_settings import Setting
    from isogloss.pipelines.cultural.analysis_truth import Groups
    from isogloss.pipelines.cultural.analysis_voices import Voices

Floats = NDArray[np.float64]

ALL = "all"
QUESTIONS, BOTH = "questions", "questions and models"
"""What intervals speak of others like these: of other questions, or also of other models."""

logger = logging.getLogger(__name__)


class Family(NamedTuple):
    """Contrasts that are tested at once: of one way of asking, metric and part.

    Attributes:
        rows: model, family, language and natives of each contrast.
        values: the contrasts.
        tested: the contrasts of correlations on Fisher's scale, on which they are tested jointly.
    """

    rows: pd.DataFrame
    values: Combination
    tested: Combination


def contrast_with_natives(
    voices: Voices,
    groups: Groups,
    reference: str,
    contrast_sets: Sequence[str],
    metrics: Sequence[str],
    setting: Setting,
) -> pd.DataFrame:
    """Compare agreement with the reference with that with the countries of each voice's language.

    Native agreement is the mean of that with each native country but the reference, all on the
    same questions. Voices of prompts that name one country are left out; those of prompts that
    name any native country are `named`.

    Args:
        voices: all voices.
        groups: countries.
        reference: their code that native ones are compared with.
        contrast_sets: codes of countries that are left out of the native ones.
        metrics: spearman, pearson, distance.
        setting: draws and questions.

    Returns:
        rows of `cultural_contrasts`.
    """
    tables = []
    sets = list(_usable_sets(contrast_sets, groups))
    for named in ("", NATIVE):
        kind = (voices.keys["named_country"] == named).to_numpy(np.bool_)
        ways = voices.keys.loc[kind, WAY].drop_duplicates()
        for elicitation, labeller in ways.itertuples(index=False):
            same = kind & (voices.keys["elicitation"] == elicitation).to_numpy(np.bool_)
            same &= (voices.keys["labeller"] == labeller).to_numpy(np.bool_)
            own = voices.chosen(same)
            for without in sets:
                key = {"elicitation": elicitation, "labeller": labeller, "reference": reference}
                key |= {"without": without, "named": named != ""}
                for metric in metrics:
                    families = _contrast(own, groups, reference, without, metric, setting)
                    for part, family in families.items():
                        rows = _assess(family, setting)
                        tables.append(rows.assign(**key, metric=metric, part=part))
    if not tables:
        return pd.DataFrame()
    return pd.concat(tables, ignore_index=True).assign(synthetic=groups.synthetic)


def _usable_sets(contrast_sets: Sequence[str], groups: Groups) -> Iterator[str]:
    """Give the sets that leave out a country there is, each once."""
    for one in dict.fromkeys(contrast_sets):
        if one and not set(one.split()) & set(groups.names):
            logger.info(
                "cultural_analysis.contrast_sets: none of the countries %s is in "
                "survey_ground_truth, so nothing changes without them; the set is left out.",
                one,
            )
            continue
        yield one


def _contrast(
    voices: Voices, groups: Groups, reference: str, without: str, metric: str, setting: Setting
) -> dict[str, Family]:
    """Give the contrasts of all voices, part by part; none for languages without natives."""
    rows, plain, tested = [], [], []
    for language, own in voices.keys.groupby("language"):
        numbers = own.index.to_numpy(np.intp)
        native = groups.speaking(str(language))
        native &= ~np.isin(groups.names, [reference, *without.split()])
        if not native.any():
            continue
        coefficients = np.where(native, -1 / native.sum(), 0.0)
        coefficients[groups.number(reference)] += 1.0
        speaking = voices.chosen(numbers)
        found, scaled = (
            combine_agreements(speaking, groups, coefficients, metric, setting, fisher=fisher)
            for fisher in (False, True)
        )
        known = ~np.isnan(found["overall"].found)
        plain.append({part: values.chosen(known) for part, values in found.items()})
        tested.append({part: values.chosen(known) for part, values in scaled.items()})
        natives = " ".join(name for name, kept in zip(groups.names, native, strict=True) if kept)
        rows.append(own.loc[known, ["model", "family", "language"]].assign(natives=natives))
    if not rows:
        return {}
    table = pd.concat(rows, ignore_index=True)
    return {
        part: Family(
            table,
            stack_combinations([own[part] for own in plain]),
            stack_combinations([own[part] for own in tested]),
        )
        for part in PARTS
    }


def stack_combinations(parts: Sequence[Combination]) -> Combination:
    """Put the numbers of several sets of voices side by side."""
    return Combination(
        np.concatenate([one.found for one in parts]),
        *(
            np.concatenate([getattr(one, name) for one in parts], axis=1)
            for name in ("without", "rests", "without_battery", "rests_on_battery")
        ),
    )


def _assess(family: Family, setting: Setting) -> pd.DataFrame:
    """Test every contrast, and the mean over models of every language."""
    tables = [_tabulate(family, setting).assign(resampled=QUESTIONS)]
    means = _average_models(family)
    if means is not None:
        tables.append(_tabulate(means, setting).assign(resampled=QUESTIONS))
        tables.append(_resample_models(family, tables[-1], setting.confidence))
    return pd.concat(tables, ignore_index=True)


def _tabulate(family: Family, setting: Setting) -> pd.DataFrame:
    values = family.values
    found, joint = (
        assess_jointly(one.found, one.without, one.rests, setting.counts, setting.confidence)
        for one in (values, family.tested)
    )
    spread, batteries = values.battery_errors(), values.batteries()
    freedom = np.maximum(batteries - 1, 1)
    reach = scipy.stats.t.ppf((1 + setting.confidence) / 2, freedom) * spread
    ratio = np.divide(
        np.abs(found.found), spread, out=np.full_like(spread, np.nan), where=spread > 0
    )
    low, high = values.battery_range()
    return family.rows.assign(
        difference=found.found,
        error=found.error,
        ci_low=found.low,
        ci_high=found.high,
        battery_ci_low=found.found - reach,
        battery_ci_high=found.found + reach,
        without_battery_low=low,
        without_battery_high=high,
        p=found.p,
        # one alone is never more certain than among many
        p_adjusted=np.maximum(found.p, joint.adjusted),
        p_battery=2 * scipy.stats.t.sf(ratio, freedom),
        n_questions=values.rests.sum(axis=0),
        n_batteries=batteries,
        n_models=family.rows.get("n_models", 1),
    )


def _average_models(family: Family) -> Family | None:
    """Average the contrasts of the models in each language; None with one model everywhere."""
    rows: list[dict[str, Any]] = []
    weights = []
    for language, own in family.rows.groupby("language"):
        if len(own) > 1:
            weights.append(np.isin(np.arange(len(family.rows)), own.index) / len(own))
            natives = own["natives"].iloc[0]
            rows.append({"model": ALL, "family": "", "language": language, "natives": natives})
            rows[-1]["n_models"] = len(own)
    if not rows:
        return None
    shares = np.stack(weights)
    values, tested = (one.weighted(shares) for one in (family.values, family.tested))
    return Family(pd.DataFrame(rows), values, tested)


def _resample_models(family: Family, means: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Widen the means over models for there being few of them.

    The variance over questions and that of a mean of M models, s^2 / M, are added; the second
    holds noise of the first too, so that the interval is rather too wide. Student's t with M - 1
    degrees.
    """
    rows = means.set_index("language")
    contrasts = pd.Series(family.values.found).groupby(family.rows["language"])
    spread = contrasts.std(ddof=1).reindex(rows.index)
    models = rows["n_models"]
    error = np.sqrt(rows["error"] ** 2 + spread**2 / models)
    reach = scipy.stats.t.ppf((1 + confidence) / 2, models - 1) * error
    p = 2 * scipy.stats.t.sf((rows["difference"] / error).abs(), models - 1)
    missing = ["battery_ci_low", "battery_ci_high", "p_battery"]
    widened = rows.assign(
        error=error,
        ci_low=rows["difference"] - reach,
        ci_high=rows["difference"] + reach,
        p=p,
        p_adjusted=adjust_holm(p),
        resampled=BOTH,
        **dict.fromkeys(missing, np.nan),
    )
    return widened.reset_index()[list(means)]
