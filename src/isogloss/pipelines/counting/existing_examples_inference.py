"""Which words belong to which category, inferred from labelled lists alone.

Every list says how many of its words belong to its category. Taken together, and with how often a
word occurs in the lists of a category and elsewhere, that tells most memberships. They are found by
belief propagation (Pearl 1988, Probabilistic Reasoning in Intelligent Systems, chapter 4; in a
graph with loops, where it is approximate): lists and words send each other the odds that a word
belongs to a category, until these hardly change.

The model. A word w belongs to a category c (x = 1) or not, and

- a list with label k has sum(x) = k with probability 1 - e; other sums d away share e, less and
  less likely with d;
- a word belongs to at least one category, maybe one that has no list with it;
- of the n_w uses of a word, each one lies in a list of a category it belongs to with probability q
  (of a distribution over a grid), else of c with the share b_c that lists of c have of all
  words that are no members;
- words of a category are used about equally often, as where a generator takes the least used ones
  first: n_w follows the uses of the category's other members, or with probability r those
  of any word, since a word of two lists is used more.

The distribution of q, the uses of members and the sizes of categories are estimated on the way
(expectation maximisation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy

from isogloss.pipelines.counting.existing_examples_pairs import Floats, Integers, read_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from isogloss.pipelines.counting.existing_examples_pairs import Pairs

ROUNDS = 30
ESTIMATED_EVERY = 5
DAMPING = 0.5
BOUND = 30.0
"""Largest log-odds of a message."""
SHARES = np.linspace(0.02, 0.98, 25)
KERNEL = np.array([0.1, 0.25, 0.3, 0.25, 0.1])
"""Smooths the uses of members."""
OTHER_USES = 0.1
"""r: members that are used as often as any word."""
FURTHER = 0.4
"""How much less likely a label is for every further member that it is off."""
TINY = 1e-300


class Inference(NamedTuple):
    """What labelled lists tell.

    Attributes:
        memberships: category, word, probability, uses, uses_in_category: words that occur in lists
            of the category.
        p_wrong: [lists] probability that the label is wrong.
        counted: [lists] most likely number of members: the label, or another one where it is
            probably wrong.
    """

    memberships: pd.DataFrame
    p_wrong: Floats
    counted: Integers


def infer_memberships(
    categories: Sequence[str],
    lists: Sequence[Sequence[str]],
    labels: Sequence[int],
    error_rate: float,
) -> Inference:
    """Infer which words belong to which category, and which labels can hardly be right.

    Args:
        categories: of each list.
        lists: words.
        labels: how many of them belong to the category.
        error_rate: share of labels that are expected to be wrong.

    Returns:
        memberships, and of every list what the *other* lists say of its label.
    """
    pairs = read_pairs(categories, lists, labels)
    factor = _label_factor(pairs, error_rate)
    from_lists = np.zeros(pairs.of_list.shape)
    from_words = np.zeros(len(pairs.category))
    estimates = _Estimates(pairs)
    for step in range(ROUNDS):
        belief = estimates.prior + pairs.gather(from_lists) + from_words
        sent, sums = _send_from_lists(belief[pairs.of_list] - from_lists, pairs.there, factor)
        from_lists = np.where(pairs.there, _damped(from_lists, sent), 0)
        belief = estimates.prior + pairs.gather(from_lists) + from_words
        from_words = _damped(
            from_words, _send_from_words(belief - from_words, pairs.word, estimates.unseen)
        )
        if step % ESTIMATED_EVERY == ESTIMATED_EVERY - 1:
            belief = estimates.prior + pairs.gather(from_lists) + from_words
            estimates.update(scipy.special.expit(belief))
    probability = scipy.special.expit(estimates.prior + pairs.gather(from_lists) + from_words)
    weighted = sums * factor
    rows = np.arange(len(weighted))
    p_wrong = np.clip(1 - weighted[rows, pairs.labels] / weighted.sum(axis=1), 0, 1)
    weighted[rows, pairs.labels] = np.where(p_wrong > 0.5, -1, np.inf)
    return Inference(pairs.tabulate(probability), p_wrong, weighted.argmax(axis=1))


class _Estimates:
    """What is not known beforehand, and the odds of a membership that follow from it."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs
        self._background = pairs.own_uses * np.log(pairs.background) + (
            pairs.uses - pairs.own_uses
        ) * np.log1p(-pairs.background)
        self._shares = np.full(len(SHARES), 1 / len(SHARES))
        self._prior = np.full(len(pairs.categories), 1 / len(pairs.categories))
        self._by_uses = np.zeros(len(pairs.category))
        self._uses = np.zeros(len(pairs.words))
        self._uses[pairs.word] = pairs.uses
        self._weigh(np.full(len(pairs.categories), np.inf))

    @property
    def prior(self) -> Floats:
        """Log-odds of each pair before any list is heard: [pairs]."""
        likelihood = np.log(self._likelihood @ self._shares + TINY)
        return np.asarray(
            scipy.special.logit(self._prior.clip(1e-6, 0.5))[self._pairs.category]
            + likelihood
            + self._by_uses
        )

    @property
    def unseen(self) -> Floats:
        """Probability that a word has no use in the lists of a category it belongs to: [words]."""
        return np.asarray(np.exp(self._uses[:, None] * np.log1p(-SHARES)) @ self._shares)

    def update(self, probability: Floats) -> None:
        """Estimate anew.

        Args:
            probability: [pairs] of membership.
        """
        pairs = self._pairs
        members = np.asarray(
            np.bincount(pairs.category, probability, minlength=len(pairs.categories)), np.float64
        )
        self._prior = (members + 1) / len(pairs.words)
        weights = self._likelihood * self._shares
        weights /= weights.sum(axis=1, keepdims=True) + TINY
        # Pairs that never meet are not seen: each that is stands for 1 / P(it is) of them.
        shares = (probability[:, None] * weights / self._met).sum(axis=0)
        self._shares = shares / shares.sum()
        own = self._uses_of_members(probability)
        half = own.cumsum(axis=1) >= own.sum(axis=1, keepdims=True) / 2
        self._weigh(np.maximum(half.argmax(axis=1), 1).astype(float))
        self._compare_uses(own, members)

    def _weigh(self, level: Floats) -> None:
        """Compare how often words meet categories with chance, for every share of uses.

        Args:
            level: [categories] how often a member is used that belongs to no other category.
        """
        pairs = self._pairs
        scale = np.minimum(1, level[pairs.category] / pairs.uses)[:, None]
        apart = pairs.uses - pairs.own_uses
        member = pairs.own_uses[:, None] * np.log(SHARES * scale)
        member += apart[:, None] * np.log1p(-SHARES * scale)
        self._likelihood = np.exp((member - self._background[:, None]).clip(-700, 700))
        self._met = 1 - np.exp(pairs.uses[:, None] * np.log1p(-SHARES * scale))

    def _uses_of_members(self, probability: Floats) -> Floats:
        """Give for every category how many members are used how often: [categories, uses]."""
        pairs = self._pairs
        number = pairs.uses.astype(np.intp)
        own = np.zeros((len(pairs.categories), int(number.max()) + 3))
        np.add.at(own, (pairs.category, number), probability)
        return own

    def _compare_uses(self, own: Floats, members: Floats) -> None:
        number = self._pairs.uses.astype(np.intp)
        of_any = np.bincount(self._uses.astype(np.intp), minlength=own.shape[1]).astype(float)
        of_any = np.convolve(of_any, KERNEL, "same")
        of_any /= of_any.sum()
        smooth = np.stack([np.convolve(one, KERNEL, "same") for one in own])
        smooth = (smooth + of_any / 2) / (members[:, None] + 0.5)
        mixed = (1 - OTHER_USES) * smooth + OTHER_USES * of_any
        self._by_uses = np.log(mixed[self._pairs.category, number] / of_any[number])


def _label_factor(pairs: Pairs, error_rate: float) -> Floats:
    """Give what a label says of every number of members: [lists, longest + 1]."""
    numbers = np.arange(pairs.of_list.shape[1] + 1)
    away = np.abs(numbers - pairs.labels[:, None])
    wrong = error_rate * (1 - FURTHER) / 2 * FURTHER ** np.maximum(away - 1, 0)
    possible = numbers <= pairs.there.sum(axis=1)[:, None]
    return np.where(possible, np.where(away == 0, 1 - error_rate, wrong), 0.0)


def _send_from_lists(
    log_odds: Floats, there: NDArray[np.bool_], factor: Floats
) -> tuple[Floats, Floats]:
    """Give the log-odds that each list sends to its words, and the sums that the words expect.

    The distribution of a sum of independent memberships is built up word by word from either end,
    so that each word is told what all others say.

    Args:
        log_odds: [lists, longest] of each word by all but this list.
        there: [lists, longest].
        factor: [lists, longest + 1] from the label.
    """
    p = np.where(there, scipy.special.expit(log_odds), 0.0)
    lists, longest = p.shape
    before = np.zeros((longest + 1, lists, longest + 1))
    before[0, :, 0] = 1
    for place in range(longest):
        share = p[:, place, None]
        before[place + 1] = before[place] * (1 - share)
        before[place + 1, :, 1:] += before[place, :, :-1] * share
    # What the label says, given the sum of the words up to a place.
    after = np.concatenate([factor, np.zeros((lists, 1))], axis=1)
    sent = np.zeros_like(p)
    for place in range(longest - 1, -1, -1):
        share = p[:, place, None]
        member = (before[place] * after[:, 1:]).sum(axis=1)
        other = (before[place] * after[:, :-1]).sum(axis=1)
        sent[:, place] = np.log(member + TINY) - np.log(other + TINY)
        after[:, :-1] = (1 - share) * after[:, :-1] + share * after[:, 1:]
    return sent.clip(-BOUND, BOUND), before[longest]


def _send_from_words(log_odds: Floats, word: Integers, unseen: Floats) -> Floats:
    """Give the log-odds that each word sends to its pairs: it belongs to one category at least.

    -log(1 - (1 - u) prod_(others) (1 - p)), with u the probability of a category without a list
    of the word.
    """
    absent = np.log1p(-scipy.special.expit(log_odds.clip(max=BOUND)))
    total = np.bincount(word, absent, minlength=len(unseen))
    alone = np.exp(total[word] - absent)
    return np.asarray(-np.log(np.maximum(1 - (1 - unseen[word]) * alone, np.exp(-BOUND))))


def _damped(old: Floats, new: Floats) -> Floats:
    return DAMPING * old + (1 - DAMPING) * new
