"""How similar the sources of a merge are to its target: matrices of locales by locales.

Locales are the keys throughout: zh-CN and zh-TW share a code and yet are two.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.pipelines.merging.parameters import ACCURACY, ALIGNMENT, URIEL_SETS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.merging.parameters import AlignmentChoice, MergingParameters
    from isogloss.typology import Typology

NO_CODE = "it has no lang2vec code in locales.csv"

DECIMALS = 12
"""To which cosines are rounded, so that what is equal but for rounding errors is a tie."""

NOT_ONE_WITH_ITSELF = ("contrast", "cosine_baseline", "retrieval")
"""Metrics of alignment in which a language need not score 1 with itself."""


@dataclass(frozen=True)
class Similarity:
    """How similar sources are to targets.

    Attributes:
        features: what the similarity is of.
        targets: locales of the rows.
        sources: locales of the columns.
        values: float64 [targets, sources]; NaN where it is not known.
        unknown: locales of which the features say nothing -> why.
    """

    features: str
    targets: tuple[str, ...]
    sources: tuple[str, ...]
    values: NDArray[np.float64]
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def own(self) -> NDArray[np.bool_]:
        """Bool [targets, sources]: where the source is the target's own."""
        return own_sources(self.targets, self.sources)

    def among(self, targets: Sequence[str], sources: Sequence[str]) -> Similarity:
        """Give the rows of some targets and the columns of some sources, in their order.

        Raises:
            KeyError: for a locale that is not there.
        """
        values = pd.DataFrame(self.values, self.targets, self.sources)
        needed = {*targets, *sources}
        return replace(
            self,
            targets=tuple(targets),
            sources=tuple(sources),
            values=values.loc[list(targets), list(sources)].to_numpy(),
            unknown={name: why for name, why in self.unknown.items() if name in needed},
        )


def own_sources(targets: Sequence[str], sources: Sequence[str]) -> NDArray[np.bool_]:
    """Tell where the source is the target's own: bool [targets, sources]."""
    return np.array([[source == target for source in sources] for target in targets], np.bool_)


@dataclass(frozen=True)
class Evidence:
    """What similarities are measured on; what is not asked for may be empty.

    Attributes:
        locales: locale, language, lang2vec (code under which URIEL describes it).
        typology: sets of features.
        alignment: `alignment_summary` of the encoder.
        accuracies: seed, source, target, accuracy (of the source's classifier on the target's
            dev rows).
    """

    locales: pd.DataFrame
    typology: Typology
    alignment: pd.DataFrame = field(default_factory=pd.DataFrame)
    accuracies: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["seed", "source", "target", "accuracy"])
    )


def measure_similarities(
    parameters: MergingParameters, locales: Sequence[str], evidence: Evidence
) -> dict[tuple[str, int], Similarity]:
    """Measure every similarity that is asked for, between all locales.

    Args:
        parameters: features and seeds.
        locales: who takes part.
        evidence: on what.

    Returns:
        (features, seed) -> similarity; only accuracies differ between seeds. Empty where no
        experiment needs similarity.

    Raises:
        Refusal: if the data of a set of features are not installed, or the asked alignment is
            not in the summary.
    """
    names = evidence.locales["locale"]
    languages = dict(zip(names, evidence.locales["language"], strict=True))
    codes = dict(zip(names, evidence.locales["lang2vec"], strict=True))
    rows = evidence.accuracies
    found: dict[tuple[str, int], Similarity] = {}
    for features in parameters.features if parameters.needs_similarity else ():
        if features == ACCURACY:
            for seed in parameters.seeds:
                found[features, seed] = accuracy_similarity(rows[rows["seed"] == seed], locales)
            continue
        if features == ALIGNMENT:
            one = alignment_similarity(evidence.alignment, locales, languages, parameters.alignment)
        else:
            one = feature_similarity(features, locales, codes, evidence.typology)
        found |= {(features, seed): one for seed in parameters.seeds}
    return found


def feature_similarity(
    features: str, locales: Sequence[str], codes: Mapping[str, str], typology: Typology
) -> Similarity:
    """Measure the cosines of what URIEL knows of languages (Littell et al. 2017).

    cos(a, b) = a·b / sqrt(a·a b·b), rounded to 12 decimals. As the features of most sets are 0 or
    1, the products are whole numbers: equal vectors have 1, and equal cosines are ties, on every
    machine.

    Args:
        features: one of the sets `syntax_knn`, `phonology_knn`, `inventory_knn`, `geo` and `fam`,
            or several joined with `+`, whose vectors are concatenated.
        locales: rows and columns.
        codes: locale -> code of its language in URIEL.
        typology: the sets.

    Raises:
        Refusal: if the data of a set are not installed.
    """
    names = features.split("+")
    if missing := [name for name in names if URIEL_SETS[name] not in typology]:
        raise Refusal(
            f"The features {', '.join(missing)} need pip install 'isogloss[typology]'; or set "
            f"merging.features to {ALIGNMENT} or {ACCURACY}."
        )
    described = [
        _vectors(name, [codes.get(locale, "") for locale in locales], typology) for name in names
    ]
    table = np.hstack([vectors for vectors, _ in described])
    unknown: dict[str, str] = {}
    for position, locale in enumerate(locales):
        reasons = [missing[position] for _, missing in described if position in missing]
        if not (reasons or table[position].any()):
            reasons = [f"URIEL knows nothing of its {features}"]
        if reasons:
            unknown[locale] = reasons[0]
    values = _cosines(table)
    lost = np.isin(locales, list(unknown))
    values[lost, :] = values[:, lost] = np.nan
    return Similarity(features, tuple(locales), tuple(locales), values, unknown)


def _vectors(
    name: str, codes: Sequence[str], typology: Typology
) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Give the vectors of a set [codes, features], and position -> why there is none."""
    known = typology[URIEL_SETS[name]]()
    rows = {code: row for row, code in enumerate(known.codes)}
    missing = {
        position: f"URIEL has no {name} of '{code}'" if code else NO_CODE
        for position, code in enumerate(codes)
        if code not in rows
    }
    vectors = known.values[[rows.get(code, 0) for code in codes]].astype(np.float64)
    vectors[list(missing)] = 0
    return vectors, missing


def _cosines(table: NDArray[np.float64]) -> NDArray[np.float64]:
    products = table @ table.T
    squares = np.diag(products)
    with np.errstate(invalid="ignore"):
        return np.round(products / np.sqrt(np.outer(squares, squares)), DECIMALS)


def alignment_similarity(
    summary: pd.DataFrame,
    locales: Sequence[str],
    languages: Mapping[str, str],
    choice: AlignmentChoice,
) -> Similarity:
    """Take the alignment of languages that the project measured on one model.

    The mean over samples. A language has 1 with itself, in metrics where that holds.

    Args:
        summary: `alignment_summary` of the model; pairs of languages in either order.
        locales: rows and columns.
        languages: locale -> language.
        choice: metric, pooling and aggregation.

    Raises:
        Refusal: if the summary is of several models, or lacks what is asked for.
    """
    scores = _chosen_scores(summary, choice)
    both = pd.concat([scores, scores.swaplevel()]).groupby(level=[0, 1]).mean()
    measured = set(both.index.get_level_values(0))
    codes = [languages.get(locale, "") for locale in locales]
    unknown = {
        locale: f"no alignment of '{code}' was measured" if code else "it is not in locales.csv"
        for locale, code in zip(locales, codes, strict=True)
        if code not in measured
    }
    pairs = pd.MultiIndex.from_product([codes, codes])
    values = np.array(both.reindex(pairs), np.float64).reshape(len(codes), len(codes))
    if choice.metric not in NOT_ONE_WITH_ITSELF:
        same = np.equal.outer(np.asarray(codes), np.asarray(codes))
        values[same & np.isin(codes, list(measured))] = 1.0
    return Similarity(ALIGNMENT, tuple(locales), tuple(locales), values, unknown)


def _chosen_scores(summary: pd.DataFrame, choice: AlignmentChoice) -> pd.Series[float]:
    """Give the mean over samples of every pair: (language_a, language_b) -> score."""
    if summary.empty:
        raise Refusal("alignment_summary is empty: run the pipeline alignment on the encoder.")
    rows = summary
    for column, value in choice.model_dump().items():
        chosen = rows[rows[column] == value]
        if chosen.empty:
            raise Refusal(
                f"alignment_summary has no {column} '{value}' (set in merging.alignment); there "
                f"{'is' if rows[column].nunique() == 1 else 'are'} "
                f"{', '.join(sorted(set(rows[column])))}."
            )
        rows = chosen
    if rows["model"].nunique() > 1:
        raise Refusal(
            f"alignment_summary is of several models ({', '.join(sorted(set(rows['model'])))}): "
            "similarity takes that of the encoder alone."
        )
    if (rows["sample"] == -1).any():
        rows = rows[rows["sample"] == -1]
    return rows.groupby(["language_a", "language_b"])["score"].mean()


def accuracy_similarity(accuracies: pd.DataFrame, locales: Sequence[str]) -> Similarity:
    """Take how well the classifier of each source does on the dev rows of each target.

    Row = target, column = source: a target asks how well the others' classifiers do on it, not
    how well its own does elsewhere.

    Args:
        accuracies: source, target, accuracy; of one seed.
        locales: rows and columns.

    Raises:
        Refusal: if a pair stands there twice.
    """
    if (twice := accuracies.duplicated(["source", "target"])).any():
        first = accuracies[twice].iloc[0]
        raise Refusal(
            f"The accuracy of {first['source']} on {first['target']} stands there twice; give "
            "the accuracies of one seed and of dev rows alone."
        )
    square = accuracies.pivot(index="target", columns="source", values="accuracy")
    values = square.reindex(index=list(locales), columns=list(locales)).to_numpy(np.float64)
    unknown = {
        locale: "no classifier was tried on it, nor its own on others"
        for locale in locales
        if locale not in square.index and locale not in square.columns
    }
    return Similarity(ACCURACY, tuple(locales), tuple(locales), values, unknown)
