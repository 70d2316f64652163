"""Reports on studies that have a strong effect, or whose labels were shuffled; see `simulate`.

Every report is a model of its own, so that each study's claims of all of them are made in one call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.pipelines.reporting.claim_alignment import claim_alignment, claim_tasks
from isogloss.pipelines.reporting.claim_counting import claim_counting, claim_mediation
from isogloss.pipelines.reporting.claim_cross_study import claim_cross_study
from isogloss.pipelines.reporting.claim_studies import claim_culture, claim_merging
from isogloss.pipelines.reporting.differences import compare_all
from isogloss.pipelines.reporting.parameters import ReportingParameters, ScoreboardParameters
from isogloss.pipelines.tasks.choice import Choice
from isogloss.pipelines.tasks.options import CLOZE
from isogloss.pipelines.tasks.task_scores import Answered, _Part, _test_guessing
from isogloss.pipelines.tasks.translation_floor import score_against_others
from isogloss.statistics.clustered import resample_items, score_items
from isogloss.statistics.intervals import student_interval
from isogloss.statistics.multiple_testing import adjust_holm
from isogloss.statistics.pairing_test import compare_with_random_pairings, count_partners
from tests.pipelines.reporting.simulated_studies import (
    LANGUAGES,
    ROUNDS,
    Floats,
    Rows,
    agree,
    associate,
    count,
    merge,
    patch,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

SENTENCES, LAYERS = 24, 2
ITEMS, PASSAGES, OPTIONS = 60, 30, 4
PARAMETERS, SETTINGS = ReportingParameters(), ScoreboardParameters()


def simulate(
    reports: int, seed: int, *, shuffled: bool, real: Collection[str] = ()
) -> list[list[pd.DataFrame]]:
    """Make the claims of every study of some reports.

    Args:
        reports: how many.
        seed: of all.
        shuffled: labels are permuted where the outcome of each study comes about; see
            `test_false_claims`. Otherwise every study has a strong effect.
        real: studies that have a strong effect all the same.
    """
    found: Rows = {}
    for report in range(reports):
        generator = np.random.default_rng([seed, report])
        for name, study in STUDIES.items():
            made = study(generator, shuffled=shuffled and name not in real)
            for table, rows in made.items():
                found.setdefault(table, []).extend({**row, "model": f"m{report}"} for row in rows)
    tables = {name: pd.DataFrame(rows) for name, rows in found.items()}
    for name in ("merge_results", "merge_summary"):
        tables[name] = tables[name].rename(columns={"model": "encoder"})
    parts = _claim(tables)
    empty = [part.iloc[:0] for part in parts]
    split = [dict(tuple(part.groupby("model", sort=False))) for part in parts]
    return [
        [own.get(f"m{report}", none) for own, none in zip(split, empty, strict=True)]
        for report in range(reports)
    ]


def _claim(tables: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    nothing = pd.DataFrame()
    answers = pd.DataFrame({"model": [], "family": [], "language": []})
    scores = pd.concat([tables["questions"], tables["translations"]], ignore_index=True)
    return [
        claim_alignment(tables["layers"], tables["ranking"], "sample", PARAMETERS),
        claim_tasks(scores, "eng"),
        claim_merging(
            tables["merge_results"], tables["merge_summary"], "sample", 0.95, SETTINGS, PARAMETERS
        ),
        claim_culture(answers, nothing, nothing, tables["contrasts"], "joint", 0.95),
        claim_counting(tables["counting"]),
        claim_mediation(tables["gates"], tables["effects"], 0.95),
        claim_cross_study(tables["cross"]),
    ]


def _align(generator: np.random.Generator, *, shuffled: bool) -> Rows:
    """Mutually nearest sentences of a pivot and others; which is whose translation is shuffled."""
    meaning = generator.normal(size=(SENTENCES, 12))
    noise = dict(zip(LANGUAGES, (0.4, 0.8, 1.6), strict=True))
    partners = []
    for blur in noise.values():
        layers = []
        order = generator.permutation(SENTENCES) if shuffled else np.arange(SENTENCES)
        for _ in range(LAYERS):
            one, two = (meaning + blur * generator.normal(size=meaning.shape) for _ in "ab")
            cosines = one @ two[order].T
            nearest, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
            layers.append(np.where(back[nearest] == np.arange(SENTENCES), nearest, -1))
        partners.append(np.array(layers, np.int32))
    counts = np.stack([count_partners(own, pivot_first=True) for own in partners])
    test = compare_with_random_pairings(counts, ROUNDS, generator)
    hits = np.stack([(own == np.arange(SENTENCES)).mean(axis=0) for own in partners])
    compared = hits
    if shuffled:
        # Other outcomes: all hit or miss, each language as often; then languages change places.
        hard = generator.random(SENTENCES) < 0.5
        compared = np.stack([hard ^ (generator.random(SENTENCES) < 0.2) for _ in LANGUAGES]) * 1.0
        compared = generator.permuted(compared, axis=0)
    drawn = resample_items(np.arange(SENTENCES), rounds=200, generator=generator)
    scores = score_items(hits, drawn)
    means = compared.mean(axis=1)
    order = np.argsort(-means, kind="stable")
    told = compare_all(
        means[order], (compared - means[:, None])[order], generator, rounds=ROUNDS,
        resolution=1 / LAYERS,
    )  # fmt: skip
    tied = told.tied()
    rows = [
        {
            "pooling": "mean", "metric": "mexa_at_60", "pivot": "eng",
            "language": LANGUAGES[place], "score": scores.score[place],
            "ci_low": scores.low[place], "ci_high": scores.high[place], "confidence": 0.95,
            "n": SENTENCES, "n_pool": SENTENCES, "chance": 1 / (2 * SENTENCES - 1),
            "floor": 0.01, "p_pairing_adjusted": test.adjusted[place], "rank": rank + 1,
            "tied_with_best": tied[0, rank], "tied_with_worst": tied[-1, rank],
            "difference_to_best": told.difference[rank, 0],
            "difference_to_best_ci_low": told.low[rank, 0],
            "difference_to_best_ci_high": told.high[rank, 0],
            "difference_to_best_p": told.p[rank, 0],
        }
        for rank, place in enumerate(order)
    ]  # fmt: skip
    layer = {
        "pooling": "mean", "metric": "mexa_at_60", "selected": True, "held_out_score": 0.5,
        "held_out_ci_low": 0.4, "held_out_ci_high": 0.6, "layer": 1, "layer_first": 1,
        "layer_last": 2, "pairs": 3, "n": SENTENCES, "tied_with_selected": True,
    }  # fmt: skip
    return {"ranking": rows, "layers": [layer]}


def _ask(generator: np.random.Generator, *, shuffled: bool) -> Rows:
    """Answers to items of passages; which of the options is right is shuffled within each item."""
    passages = np.repeat(np.arange(PASSAGES), ITEMS // PASSAGES)
    drawn = resample_items(passages, rounds=200, generator=generator)
    rows = []
    for task in ("belebele", "mmlu"):
        gold = generator.integers(OPTIONS, size=ITEMS)
        easy = generator.random((len(LANGUAGES), ITEMS)) < 0.8
        chosen = np.where(easy, gold, generator.integers(OPTIONS, size=easy.shape))
        if shuffled:
            gold = generator.integers(OPTIONS, size=ITEMS)
        hits = (chosen == gold).astype(float)
        constant = float(np.bincount(gold, minlength=OPTIONS).max() / ITEMS)
        choice = Choice("label" if task == "belebele" else CLOZE, "none")
        nothing = np.zeros_like(hits)
        answered = Answered(choice, LANGUAGES, hits, nothing, nothing, nothing)
        part = _Part("", "micro", np.arange(ITEMS), drawn, constant)
        tested = _test_guessing(answered, part, 0.05)
        scores = score_items(hits, drawn)
        rows += [
            {
                "task": task, "metric": "accuracy_text", "direction": "", "language": language,
                "score": scores.score[place], "ci_low": scores.low[place],
                "ci_high": scores.high[place], "confidence": 0.95, "n": ITEMS,
                "clusters": PASSAGES, "chance": 1 / OPTIONS, "selected": True, "data": "sample",
                "floor": np.nan, "best_constant": constant if answered.by_place else np.nan,
                **tested[place],
            }
            for place, language in enumerate(LANGUAGES)
        ]  # fmt: skip
    return {"questions": rows}


class Likeness:
    """A metric in the place of chrF: texts are numbers, and it looks up how alike two are."""

    def __init__(self, table: Floats) -> None:
        self.table = table

    def _extract_corpus_statistics(self, texts: list[int], references: list[list[int]]) -> Floats:
        return self.table[texts, references[0]][:, None]

    def _compute_score_from_stats(self, row: list[float]) -> Any:
        return type("Score", (), {"score": row[0]})

    def corpus_score(self, texts: list[int], references: list[list[int]]) -> Any:
        return type("Score", (), {"score": float(self.table[texts, references[0]].mean())})


def _translate(generator: np.random.Generator, *, shuffled: bool) -> Rows:
    """Translations against references; which reference belongs to which text is shuffled."""
    n, rows, found = 16, [], []
    for language in LANGUAGES:
        table = 15 + 4 * generator.random((n, n)) + 50 * np.eye(n)
        order = generator.permutation(n) if shuffled else np.arange(n)
        texts: Any = list(range(n))
        floor = score_against_others(Likeness(table), texts, list(order))
        own = table[np.arange(n), order]
        low, high = student_interval(
            np.array(own.mean()), np.array(own.std(ddof=1) / np.sqrt(n)), n
        )
        found.append(floor.p)
        rows.append(
            {
                "task": "translation", "metric": "chrf", "direction": "to_pivot",
                "language": language, "score": own.mean(), "ci_low": float(low),
                "ci_high": float(high), "confidence": 0.95, "n": n, "clusters": n,
                "selected": True, "data": "sample", "floor": floor.score,
            }
        )  # fmt: skip
    adjusted = adjust_holm(found)
    return {
        "translations": [
            {**row, "p_above_chance_adjusted": p} for row, p in zip(rows, adjusted, strict=True)
        ]
    }


STUDIES: dict[str, Callable[..., Rows]] = {
    "alignment": _align,
    "questions": _ask,
    "translation": _translate,
    "merging": merge,
    "culture": agree,
    "counting": count,
    "mediation": patch,
    "cross-study": associate,
}
"""What is simulated; `questions` are reading and knowledge."""
