"""What translations score against the references of other sentences: the least that means a thing.

Texts of one language share words and pairs of letters whatever they say: unrelated English
sentences of this project's sample score 15 chrF++ against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from isogloss.statistics.places import OTHERS, probability_of_sum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Floor(NamedTuple):
    """What unrelated references give, and whether the right ones give more.

    Attributes:
        score: mean score of the corpus with references of other sentences; NaN for one sentence.
        p: of the null hypothesis that a translation is no nearer to its own reference than to
            others; one-sided.
    """

    score: float
    p: float


def score_against_others(metric: Any, texts: Sequence[str], references: Sequence[str]) -> Floor:
    """Score translations against references that are moved on by one sentence, by two, and so on.

    The place of the right reference among k others is one of 0 to k, each as likely if nothing
    was understood. So the sum of n places has the distribution of n such draws, which is computed
    exactly, with sentences taken as independent; other references that score as much as the right
    one go before it.

    Args:
        metric: chrF of sacrebleu.
        texts: translations.
        references: one for each.
    """
    others = min(OTHERS, len(texts) - 1)
    if others < 1:
        return Floor(float("nan"), float("nan"))
    own = _sentence_scores(metric, texts, references)
    places, scores = np.zeros(len(texts), int), []
    for shift in range(1, others + 1):
        moved = [*references[shift:], *references[:shift]]
        scores.append(metric.corpus_score(list(texts), [moved]).score)
        places += _sentence_scores(metric, texts, moved) >= own
    return Floor(float(np.mean(scores)), probability_of_sum(int(places.sum()), len(texts), others))


def _sentence_scores(
    metric: Any, texts: Sequence[str], references: Sequence[str]
) -> NDArray[np.float64]:
    # As in `score_texts`: the counts from which sacrebleu computes scores, sentence by sentence.
    statistics = metric._extract_corpus_statistics(list(texts), [list(references)])
    return np.array([metric._compute_score_from_stats(list(row)).score for row in statistics])
