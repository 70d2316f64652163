"""Scores of translations: one row a direction, language and metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.language_identification import accepted_codes, wrong_language_rate
from isogloss.pipelines.tasks.translation import split_identifier
from isogloss.pipelines.tasks.translation_floor import score_against_others
from isogloss.pipelines.tasks.translation_metrics import (
    TEXT_METRICS,
    MetricScore,
    Resampling,
    TextMetric,
    choose_tokeniser,
    make_metric,
    score_texts,
)
from isogloss.pipelines.tasks.translation_plan import sampled_share
from isogloss.statistics.multiple_testing import adjust_holm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from isogloss.pipelines.tasks.parameters import TaskParameters, TranslationParameters

TASK = "translation"
# What stands for a model in this task; BLEU depends on a tokeniser of words.
SELECTED = ("chrf", "comet")
# Of other tasks, or of nothing: what a row has where this task has no such thing.
ELSEWHERE: dict[str, Any] = {
    "formulation": "",
    "normalisation": "",
    "subset": "",
    "average": "",
    "chance": np.nan,
    "floor": np.nan,
    "p_above_chance": np.nan,
    "p_above_chance_adjusted": np.nan,
    "above_chance": None,
    "gap": np.nan,
    "gap_ci_low": np.nan,
    "gap_ci_high": np.nan,
    "invalid_rate": np.nan,
}


@dataclass(frozen=True)
class TranslationScoring:
    """What scoring needs to know beside the translations.

    Attributes:
        model: its name.
        data: name of the corpus.
        languages: language, bcp47, iso_639_3, script.
        sentence_samples: sample, sentence_id; of the alignment.
        pivot: language code.
        translation: shots, and word order of chrF.
        tasks: confidence, rounds and seed of the intervals.
    """

    model: str
    data: str
    languages: pd.DataFrame
    sentence_samples: pd.DataFrame
    pivot: str
    translation: TranslationParameters
    tasks: TaskParameters

    @property
    def resampling(self) -> Resampling:
        """How intervals are made."""
        return Resampling(self.tasks.rounds, self.tasks.seed, self.tasks.confidence)


def score_translations(
    scoring: TranslationScoring, translations: Mapping[str, Callable[[], pd.DataFrame]]
) -> pd.DataFrame:
    """Score translations by chrF and BLEU, and count what is wrong with them.

    Scores of different target languages cannot be compared with each other: both metrics change
    their scale with the language.

    Args:
        scoring: what is to be known beside them.
        translations: `<direction>.<language>` -> function that loads its table, as
            `translate_languages` makes them.

    Returns:
        Rows of `task_scores` with metric chrf and bleu (0..100). `floor` is what chrF gives with
        references of other sentences (`score_against_others`), and `above_chance` whether the
        right ones are nearer, by Holm over the languages of a direction. `text_overlap` is the
        share of the sentences of the alignment that are translated too; `empty_rate`,
        `truncated_rate`
        (ended by the budget) and `wrong_language_rate` (of texts that are not empty) are shares
        of the translations, `reference_wrong_language_rate` the identifier's error on the
        references; the last two are NaN where the identifier does not know the language.

    Raises:
        Refusal: if the partitions hold different sentences, so that no draws are common to them.
    """
    rows: list[dict[str, Any]] = []
    for facts, table in judged_tables(scoring, translations):
        for name in TEXT_METRICS:
            target = facts["language"] if facts["direction"] == "from_pivot" else scoring.pivot
            metric = _metric(scoring, name, target)
            score = score_texts(
                metric, table["text"].tolist(), table["reference"].tolist(), scoring.resampling
            )
            row = score_row(scoring, facts, name, score, len(table))
            rows.append(row | (_floor(metric, table) if name == "chrf" else {}))
    return _test_floors(pd.DataFrame(rows), 1 - scoring.tasks.confidence)


def _floor(metric: Any, table: pd.DataFrame) -> dict[str, float]:
    found = score_against_others(metric, table["text"].tolist(), table["reference"].tolist())
    return {"floor": found.score, "p_above_chance": found.p}


def _test_floors(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    """Adjust the tests of each direction over its languages (Holm)."""
    rows = rows.astype({"above_chance": object})
    tested = rows["p_above_chance"].notna()
    for _, own in rows[tested].groupby("direction"):
        adjusted = adjust_holm(own["p_above_chance"])
        rows.loc[own.index, "p_above_chance_adjusted"] = adjusted
        rows.loc[own.index, "above_chance"] = adjusted < level
    return rows


def judged_tables(
    scoring: TranslationScoring, translations: Mapping[str, Callable[[], pd.DataFrame]]
) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Give each table of translations with what can be said of it without a metric.

    Args:
        scoring: what is to be known beside them.
        translations: as for `score_translations`.

    Yields:
        direction, language, text_overlap and the rates; and the table.
    """
    accepted = accepted_codes(scoring.languages)
    common: list[str] | None = None
    for identifier, load in translations.items():
        direction, language = split_identifier(identifier)
        table = load()
        ids = table["sentence_id"].tolist()
        if common is not None and ids != common:
            raise Refusal(
                f"The translations {identifier} are not of the same sentences as the others of "
                f"{scoring.model}. Delete their folder and run the tasks pipeline again."
            )
        common = ids
        target = language if direction == "from_pivot" else scoring.pivot
        texts, references = table["text"].tolist(), table["reference"].tolist()
        facts = {
            "direction": direction,
            "language": language,
            "text_overlap": sampled_share(ids, scoring.sentence_samples),
            "empty_rate": float((table["text"].str.strip() == "").mean()),
            "truncated_rate": float((table["stop_reason"] == "budget").mean()),
            "wrong_language_rate": wrong_language_rate(texts, target, accepted),
            "reference_wrong_language_rate": wrong_language_rate(references, target, accepted),
        }
        yield facts, table


def _metric(scoring: TranslationScoring, name: TextMetric, target: str) -> Any:
    listed = scoring.languages.set_index("language").reindex(columns=["bcp47", "script"])
    bcp47, script = listed.fillna("").loc[target] if target in listed.index else ("", "")
    tokeniser = choose_tokeniser(str(bcp47), str(script))
    return make_metric(name, tokeniser, scoring.translation.chrf_word_order)


def score_row(
    scoring: TranslationScoring,
    facts: Mapping[str, Any],
    metric: str,
    score: MetricScore,
    n: int,
) -> dict[str, Any]:
    """Make a row of `task_scores`.

    Args:
        scoring: what is to be known beside the translations.
        facts: of `judged_tables`.
        metric: its name.
        score: its value.
        n: sentences that have a score.
    """
    return {
        "model": scoring.model,
        "task": TASK,
        "data": scoring.data,
        "metric": metric,
        **ELSEWHERE,
        **facts,
        "shots": scoring.translation.shots,
        "prompt_language": "eng",
        "chat_template": scoring.translation.chat_template,
        "score": score.score,
        "n": n,
        "clusters": n,
        "ci_low": score.low,
        "ci_high": score.high,
        "ci_method": "bootstrap_student",
        "confidence": scoring.resampling.confidence,
        "selected": metric in SELECTED,
        "signature": score.signature,
    }
