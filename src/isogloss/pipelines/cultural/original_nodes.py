"""The node of the published analyses, with the defects that their numbers rest on."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd

from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from isogloss.pipelines.cultural.analysis_tables import table_or_empty
from isogloss.pipelines.cultural.analysis_truth import (
    COUNTRY,
    LANGUAGE,
    choose_reference,
    native_languages,
)
from isogloss.pipelines.cultural.original_capability import (
    FORMULAS,
    average_benchmarks,
    fit_mixed_model,
    stack_rounds,
)
from isogloss.pipelines.cultural.original_cells import (
    RELIABILITY,
    Rounds,
    agree_in_rounds,
    be_consistent_in_rounds,
    describe_rounds,
)
from isogloss.pipelines.cultural.original_consistency import (
    consistency_rows,
    cross_languages,
    name_countries,
    plot_consistency,
)
from isogloss.pipelines.cultural.original_responses import (
    RANDOM,
    JoinedResponses,
    published_scores,
    with_random_baseline,
    without_baselines,
)
from isogloss.pipelines.cultural.original_us_bias import regress_us_bias
from isogloss.published_survey import TRUTH
from isogloss.survey_score_rows import BASELINE

logger = logging.getLogger(__name__)

Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]
SCHEMAS = ("OriginalCells", "OriginalUsBias", "OriginalCapability", "OriginalConsistency")
NAMED = "named"


def reproduce_published_analyses(
    survey_scores: pd.DataFrame,
    survey_ground_truth: pd.DataFrame,
    benchmarks: pd.DataFrame,
    parameters: AnalysisParameters,
) -> Tables:
    """Repeat the published analyses on open responses, if `cultural_analysis.original` says so.

    Args:
        survey_scores: responses; a published draw of random answers among them is kept.
        survey_ground_truth: pro scores of countries and languages.
        benchmarks: model, benchmark, language, score; may be empty.
        parameters: of the analyses.

    Returns:
        `original_cells`, `original_us_bias`, `original_capability`, `original_consistency`; all
        empty if they are not asked for.
    """
    scores = published_scores(survey_scores) if parameters.original else survey_scores[:0]
    if scores.empty:
        none = [table_or_empty([], name) for name in SCHEMAS]
        return none[0], none[1], none[2], none[3]
    # of its own for each analysis: none changes with what another draws
    generators = np.random.default_rng(parameters.seed).spawn(5)
    scores, drawn = with_random_baseline(scores, generators[0])
    if drawn:
        logger.warning(
            "There is no published draw of random answers (%s): one is drawn. It is the reference "
            "level of original_us_bias, which depends on it: another draw moves terms by up to .2.",
            RANDOM,
        )
    countries, bias = _bias(scores, survey_ground_truth, parameters, generators[1])
    languages, covariate = _languages(scores, survey_ground_truth, parameters, generators[2])
    cells = [_cells(countries, COUNTRY), _cells(languages, LANGUAGE)]
    consistencies = [
        consistency_rows("covariate", covariate, RELIABILITY),
        *_consistencies(without_baselines(scores), parameters, generators[3]),
    ]
    named = published_scores(survey_scores, named=True)
    if TRUTH in named and named[TRUTH].notna().any():
        natives, rounds = native_languages(survey_ground_truth), parameters.original_rounds
        agreement, agreeing = name_countries(named, natives, rounds, generators[4])
        cells.append(agreement.assign(level=NAMED, native=agreement["group"] == "congruent"))
        consistencies.append(agreeing)
    fitted = _capability(languages, covariate, benchmarks)
    found = [one.assign(metric="spearman") for one in cells], [bias], [fitted], consistencies
    made_up = bool(survey_ground_truth["synthetic"].any())
    made = [
        table_or_empty([one.assign(synthetic=made_up) for one in own], name)
        for own, name in zip(found, SCHEMAS, strict=True)
    ]
    return made[0], made[1], made[2], made[3]


def _consistencies(
    models: pd.DataFrame, parameters: AnalysisParameters, generator: np.random.Generator
) -> list[pd.DataFrame]:
    """Give what the published plots of consistency and of languages show."""
    first, second = generator.spawn(2)
    return [
        plot_consistency(models, parameters.original_rounds, first),
        cross_languages(models, parameters.original_rounds, second),
    ]


def _bias(
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    parameters: AnalysisParameters,
    generator: np.random.Generator,
) -> tuple[Rounds, pd.DataFrame]:
    """Correlate with native countries and the reference, and regress on the latter."""
    reference, natives = choose_reference(truth, parameters), native_languages(truth)
    joined = JoinedResponses.of(scores, truth[truth["level"] == COUNTRY])
    rows = joined.observations
    spoken = rows["group"].map(natives) == rows["language"]
    shown = (rows["family"] != BASELINE) | (rows["model"] == RANDOM)
    shown &= (rows["group"] == reference) | spoken
    shown &= rows["language"].isin(_comparable_languages(rows[shown], reference))
    kept = shown.to_numpy(np.bool_)
    drawn = joined.draw(kept, parameters.original_rounds, generator)
    found = agree_in_rounds(joined, kept, drawn)
    found = found._replace(
        cells=found.cells.assign(
            native=found.cells["group"].map(natives) == found.cells["language"]
        )
    )
    tables = []
    for rounds, values in ((parameters.original_rounds, found.drawn), (0, found.once[None])):
        terms = regress_us_bias(found, reference, values) if len(found.cells) else None
        if terms is None:
            logger.warning(
                "original_us_bias with %d rounds is left out: it takes a correlation of every "
                "model and language with both kinds of countries, and more of them than terms.",
                rounds,
            )
            continue
        tables.append(terms.assign(rounds=rounds, reference=reference))
    return found, pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _comparable_languages(rows: pd.DataFrame, reference: str) -> set[str]:
    """Keep the languages in which every model can be compared with both kinds of countries."""
    kinds = rows.assign(us=rows["group"] == reference)
    found = kinds.drop_duplicates(["model", "language", "us"]).groupby("language").size()
    whole = set(found[found == 2 * rows["model"].nunique()].index)
    lost = sorted(set(rows["language"]) - whole)
    if lost:
        logger.warning(
            "original_us_bias leaves out %s: not every model has responses there that can be "
            "compared with both the reference country and another one of the language.",
            " ".join(lost),
        )
    return whole


def _languages(
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    parameters: AnalysisParameters,
    generator: np.random.Generator,
) -> tuple[Rounds, Rounds]:
    """Correlate with the truth of the language, and responses with each other, in equal rounds."""
    joined = JoinedResponses.of(scores, truth[truth["level"] == LANGUAGE])
    everything = np.ones(len(joined.observations), np.bool_)
    drawn = joined.draw(everything, parameters.original_rounds, generator)
    consistency = be_consistent_in_rounds(joined, drawn)
    rows = joined.observations
    kept = ((rows["group"] == rows["language"]) & (rows["family"] != BASELINE)).to_numpy(np.bool_)
    return agree_in_rounds(joined, kept, drawn[:, kept]), consistency


def _capability(languages: Rounds, consistency: Rounds, benchmarks: pd.DataFrame) -> pd.DataFrame:
    """Fit the published models to all rounds, and to the values without a bootstrap (rounds 0)."""
    if benchmarks.empty:
        logger.info("Without benchmark scores there is no original_capability.")
        return pd.DataFrame()
    table = stack_rounds(languages, consistency, average_benchmarks(benchmarks))
    if table.empty:
        logger.info("No model of the benchmark scores has responses: no original_capability.")
        return pd.DataFrame()
    found = []
    for formula in FORMULAS:
        for rounds, rows in ((len(languages.drawn), table["round"] >= 0), (0, table["round"] < 0)):
            fitted = fit_mixed_model(table[rows], formula)
            if fitted is None:
                logger.info(
                    "original_capability leaves out %s with %d rounds: its cells are too few.",
                    formula,
                    rounds,
                )
                continue
            found.append(fitted.assign(rounds=rounds))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _cells(rounds: Rounds, level: str) -> pd.DataFrame:
    table = describe_rounds(rounds).assign(level=level)
    return table if "native" in table else table.assign(native=True)
