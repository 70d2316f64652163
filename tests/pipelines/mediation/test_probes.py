from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.mediation.counted_lists import (
    CountedList,
    locate_items,
    shuffle_members,
)
from isogloss.pipelines.mediation.probes import (
    fit_baseline,
    gather_data,
    score_probe,
    split_folds,
    try_probe,
)
from tests.pipelines.mediation.word_tables import WORDS

UNITS = 24
NAMES = list(WORDS)


def make_lists(number: int = 80, seed: int = 0) -> list[CountedList]:
    generator = np.random.default_rng(seed)
    vocabulary = [(word, name) for name, words in WORDS.items() for word in words.split()]
    lists = []
    for at in range(number):
        category = NAMES[at % len(NAMES)]
        own = [word for word, name in vocabulary if name == category]
        others = [word for word, name in vocabulary if name != category and word not in own]
        length = int(generator.integers(6, 10))
        flags = generator.random(length) < 0.5
        words = [str(generator.choice(own if member else others)) for member in flags]
        tokens = tuple((3 + 2 * place,) for place in range(length))
        lists.append(
            CountedList(
                f"l{at}", "eng", category, tuple(words), tuple(flags.tolist()),
                tuple(range(3 + 2 * length)), tuple(range(10)), tokens,
                tuple(own[-1] + 1 for own in tokens),
            )
        )  # fmt: skip
    return lists


def embeddings_of(lists: list[CountedList]) -> list[np.ndarray]:
    generator = np.random.default_rng(9)
    table = {
        word: generator.normal(size=UNITS).astype(np.float32)
        for words in WORDS.values()
        for word in words.split()
    }
    return [np.stack([table[word] for word in one.words]) for one in lists]


def probe(planted: float, flag: float = 0.0) -> dict[str, float]:
    """Probe states that hold the bag of words so far, and perhaps a count or a flag."""
    generator = np.random.default_rng(3)
    lists = make_lists()
    static = embeddings_of(lists)
    shuffled = [shuffle_members(lists, generator) for _ in range(2)]
    data = gather_data(lists, static, shuffled)
    wide = 3 * UNITS
    direction, other = generator.normal(size=(2, wide))
    states = (
        data.bag @ generator.normal(size=(UNITS, wide)) / 3
        + planted * data.targets[:, :1] * direction
        + flag * data.known[:, 3:4] * other
        + 0.3 * generator.normal(size=(len(data.bag), wide))
    ).astype(np.float32)
    baselines = [fit_baseline(data, fold) for fold in split_folds(data)]
    errors = [try_probe(data, one, states) for one in baselines]
    rows = list(score_probe(baselines, errors, 0.95))
    assert len(rows) == len(NAMES) + 1
    return rows[-1]


def test_planted_running_count_is_read_beyond_the_baseline() -> None:
    found = probe(planted=1.0)
    assert found["partial_r2"] > 0.7
    assert found["partial_ci_low"] > 0.5
    assert found["partial_ci_low"] < found["partial_r2"] < found["partial_ci_high"]
    assert found["r2"] > found["r2_baseline"]
    assert found["partial_r2"] - found["partial_r2_shuffled"] > 0.5


def test_words_and_a_membership_flag_are_no_running_count() -> None:
    assert probe(planted=0.0)["partial_r2"] < 0.1
    flagged = probe(planted=0.0, flag=5.0)
    assert flagged["partial_r2"] < 0.1, "the flag of the item itself is in the baseline"


def test_baseline_knows_index_and_membership() -> None:
    found = probe(planted=0.0)
    assert 0.5 < found["r2_baseline"] < 0.95
    assert found["n_categories"] == 10


def test_folds_share_neither_category_nor_words() -> None:
    lists = make_lists()
    data = gather_data(lists, embeddings_of(lists), [])
    for fold in split_folds(data):
        assert set(data.categories[fold.test]) == {fold.category}
        assert fold.category not in set(data.categories[fold.train])
        assert not set(data.words[fold.train]) & set(data.words[fold.test])
        assert len(fold.train) > 100


def test_made_up_members_are_as_many_and_the_same_in_all_lists() -> None:
    lists = make_lists()
    counts = shuffle_members(lists, np.random.default_rng(0))
    flags: dict[tuple[str, str], set[int]] = {}
    for one, running in zip(lists, counts, strict=True):
        steps = np.diff(running, prepend=0)
        for word, step in zip(one.words, steps, strict=True):
            flags.setdefault((one.category, word), set()).add(int(step))
    assert all(len(found) == 1 for found in flags.values())
    real = {
        (one.category, word): member
        for one in lists
        for word, member in zip(one.words, one.members, strict=True)
    }
    assert sum(next(iter(found)) for found in flags.values()) == sum(real.values())


def test_items_are_found_by_their_roles() -> None:
    roles = (
        "shot instruction item_-1_part item_-1 separator_-1 swapped_first swapped_middle "
        "swapped_last swapped_separator gap_1 gap_separator_1 other_last other_separator "
        "item_+1_part item_+1 list_end answer_prefix final"
    ).split()
    tokens, separators = locate_items(roles)
    assert tokens == ((2, 3), (5, 6, 7), (9,), (11,), (13, 14))
    assert separators == (4, 8, 10, 12, 15)


def test_running_count_counts_the_item_itself() -> None:
    one = make_lists(1)[0]
    assert one.running.tolist() == np.cumsum(one.members).tolist()
    assert one.spots("item") == tuple(token for (token,) in one.tokens)
    assert one.spots("separator") == tuple(token + 1 for (token,) in one.tokens)


def test_interval_is_only_of_all_folds() -> None:
    generator = np.random.default_rng(0)
    lists = make_lists(40)
    data = gather_data(lists, embeddings_of(lists), [shuffle_members(lists, generator)])
    baselines = [fit_baseline(data, fold) for fold in split_folds(data)]
    states = generator.normal(size=(len(data.words), 6)).astype(np.float32)
    errors = [try_probe(data, one, states) for one in baselines]
    *folds, whole = score_probe(baselines, errors, 0.95)
    assert all(np.isnan(row["partial_ci_low"]) for row in folds)
    assert whole["n"] == sum(row["n"] for row in folds)
    assert whole["partial_r2"] == pytest.approx(0, abs=0.1)
