from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from isogloss.pipelines.mediation.counted_lists import (
    CountedList,
    locate_items,
    shuffle_members,
)
from isogloss.pipelines.mediation.probe_data import (
    ProbeData,
    gather_data,
    hold_out_categories,
    hold_out_lists,
)
from isogloss.pipelines.mediation.probes import (
    CONTROLS,
    Errors,
    fit_baseline,
    score_control,
    score_probe,
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


def embeddings_of(lists: list[CountedList], units: int = UNITS) -> list[np.ndarray]:
    """Give embeddings of words, those of a category alike."""
    generator = np.random.default_rng(9)
    table = {}
    for words in WORDS.values():
        centre = generator.normal(size=units)
        for word in words.split():
            table[word] = (centre + generator.normal(size=units)).astype(np.float32)
    return [np.stack([table[word] for word in one.words]) for one in lists]


def score(data: ProbeData, states: np.ndarray) -> list[dict[str, Any]]:
    baselines = [fit_baseline(data, fold) for fold in hold_out_categories(data)]
    errors = [try_probe(one, states.astype(np.float32)) for one in baselines]
    return list(score_probe(baselines, errors, 0.95))


def flags_of(data: ProbeData, number: int) -> np.ndarray:
    """Give the membership of each item and of those in front of it, [rows, 1 + number]."""
    index, members = data.known[:, 0], data.known[:, 3]
    columns = [members]
    for back in range(1, number + 1):
        earlier = np.concatenate([np.zeros(back), members[:-back]])
        columns.append(np.where(index > back, earlier, 0))
    return np.stack(columns, axis=1)


def probe(
    planted: float, flags: int = -1, *, units: int = UNITS, lists: int = 80
) -> dict[str, Any]:
    """Probe states that hold the bag of words so far, and perhaps a count or flags."""
    generator = np.random.default_rng(3)
    made = make_lists(lists)
    data = gather_data(made, embeddings_of(made, units))
    wide = 3 * UNITS
    states = (
        data.bag @ generator.normal(size=(units, wide)) / units**0.5
        + planted * data.target[:, None] * generator.normal(size=wide)
        + 0.3 * generator.normal(size=(len(data.bag), wide))
    )
    if flags >= 0:
        states += 5 * flags_of(data, flags) @ generator.normal(size=(flags + 1, wide))
    rows = score(data, states)
    assert len(rows) == len(NAMES) + 1
    return rows[-1]


@pytest.mark.parametrize("units", [UNITS, 300])
def test_planted_running_count_is_read_beyond_the_baseline(units: int) -> None:
    found = probe(planted=1.0, units=units)
    assert found["partial_r2"] > 0.5
    assert found["partial_ci_low"] > 0.2
    assert found["partial_ci_low"] < found["partial_r2"] < found["partial_ci_high"]
    assert found["r2"] > found["r2_baseline"]


@pytest.mark.parametrize("units", [UNITS, 300])
def test_words_and_flags_of_membership_are_no_running_count(units: int) -> None:
    assert probe(planted=0.0, units=units)["partial_r2"] < 0.05
    for earlier in (0, 3):
        flagged = probe(planted=0.0, flags=earlier, units=units)
        assert flagged["partial_r2"] < 0.1, "flags of the last items are in the baseline"


@pytest.mark.parametrize("units", [UNITS, 300])
def test_embeddings_that_tell_nothing_do_not_spoil_the_baseline(units: int) -> None:
    found = probe(planted=0.0, units=units, lists=50)
    assert 0.5 < found["r2_known"] < 0.95
    assert found["r2_baseline"] > found["r2_known"] - 0.1
    assert found["n_categories"] == 10


def test_embeddings_that_tell_the_count_are_in_the_baseline() -> None:
    lists = make_lists()
    static = embeddings_of(lists)
    for one, own in zip(lists, static, strict=True):
        own[:, 0] = 6 * np.array(one.members)
    data = gather_data(lists, static)
    np.testing.assert_allclose(data.bag[:, 0], 6 * data.target)
    generator = np.random.default_rng(0)
    states = data.bag @ generator.normal(size=(UNITS, 40))
    found = score(data, states + 0.1 * generator.normal(size=states.shape))[-1]
    assert found["r2_baseline"] > 0.95 > found["r2_known"]
    assert found["reference"] == "baseline"
    assert found["r2"] > 0.95
    assert found["partial_r2"] < 0.3


def test_bag_adds_up_all_tokens_so_far() -> None:
    one = replace(make_lists(1)[0], words=("a", "b"), members=(True, False))
    one = replace(one, tokens=((3, 4), (6,)), separators=(5, 7))
    data = gather_data([one], [np.array([[1, 0], [2, 1], [0, 5]], np.float32)])
    assert data.bag.tolist() == [[3, 1], [3, 6]]


def test_known_columns_hold_the_last_four_flags() -> None:
    lists = make_lists(3)
    data = gather_data(lists, embeddings_of(lists))
    np.testing.assert_array_equal(data.known[:, 3:], flags_of(data, 3))
    assert data.known[: len(lists[0].words), 0].tolist() == list(range(1, len(lists[0].words) + 1))


def test_a_baseline_that_misleads_gives_a_probe_no_merit() -> None:
    lists = make_lists()
    data = gather_data(lists, embeddings_of(lists))
    baselines = [fit_baseline(data, fold) for fold in hold_out_categories(data)][:2]
    errors = [Errors(4.0, 2.0, 12.0, 4.0, 3.0), Errors(6.0, 4.0, 8.0, 6.0, 3.0)]
    first, second, whole = score_probe(baselines, errors, 0.95)
    assert whole["reference"] == "known"
    assert whole["r2_baseline"] == pytest.approx(-1.0)
    assert whole["partial_r2"] == pytest.approx(0.0)
    assert [first["partial_r2"], second["partial_r2"]] == pytest.approx([-0.5, 0.25])


def test_folds_share_neither_category_nor_words() -> None:
    lists = make_lists()
    data = gather_data(lists, embeddings_of(lists))
    for fold in hold_out_categories(data):
        assert set(data.categories[fold.test]) == {fold.name}
        assert fold.name not in set(data.categories[fold.train])
        assert not set(data.words[fold.train]) & set(data.words[fold.test])
        assert len(fold.train) > 100
        assert fold.groups.tolist() == data.categories[fold.train].tolist()


def test_made_up_members_are_words_by_lot_the_same_in_all_lists() -> None:
    lists = make_lists()
    counts = shuffle_members(lists, np.random.default_rng(0))
    flags: dict[str, set[int]] = {}
    for one, running in zip(lists, counts, strict=True):
        for word, step in zip(one.words, np.diff(running, prepend=0), strict=True):
            flags.setdefault(word, set()).add(int(step))
    assert all(len(found) == 1 for found in flags.values())
    share = np.mean([member for one in lists for member in one.members])
    chosen = np.mean([next(iter(found)) for found in flags.values()])
    assert chosen == pytest.approx(share, abs=0.01)


def test_lists_that_are_held_out_have_known_categories_and_words() -> None:
    lists = make_lists(90)
    data = gather_data(lists, embeddings_of(lists))
    folds = list(hold_out_lists(data))
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(len(data.words)))
    numbers = np.repeat(np.arange(90), [len(one.words) for one in lists])
    for fold in folds:
        assert not set(numbers[fold.train]) & set(numbers[fold.test])
        assert set(data.categories[fold.test]) == set(data.categories[fold.train])
        assert np.isin(data.words[fold.test], data.words[fold.train]).mean() > 0.9
        for number in set(numbers[fold.train]):
            assert len(set(fold.groups[numbers[fold.train] == number])) == 1


def control(by_heart: bool) -> dict[str, float]:
    """Score the control task on states that hold all words so far, or the running count."""
    generator = np.random.default_rng(5)
    lists = make_lists(120)
    static = embeddings_of(lists)
    made_up = [gather_data(lists, static, shuffle_members(lists, generator)) for _ in range(2)]
    data = gather_data(lists, static)
    names = sorted(set(data.words))
    identity = np.eye(len(names), dtype=np.float32)
    words = [identity[[names.index(word) for word in one.words]] for one in lists]
    held = gather_data(lists, words).bag if by_heart else data.target[:, None]
    states = held @ generator.normal(size=(held.shape[1], 150))
    noisy = (states + 0.1 * generator.normal(size=states.shape)).astype(np.float32)
    folds = list(hold_out_lists(data))
    return score_control(
        [[try_probe(fit_baseline(own, fold), noisy) for fold in folds] for own in (data, *made_up)]
    )


def test_made_up_members_are_found_by_a_probe_that_knows_words_by_heart() -> None:
    by_heart, counter = control(by_heart=True), control(by_heart=False)
    assert by_heart["r2_shuffled"] > 0.8
    assert by_heart["partial_r2_shuffled"] > 0.3
    assert by_heart["partial_r2_seen"] < by_heart["partial_r2_shuffled"] + 0.1
    assert counter["partial_r2_seen"] > 0.8
    assert counter["partial_r2_shuffled"] < 0.1


def test_made_up_members_have_flags_of_their_own_in_the_baseline() -> None:
    lists = make_lists(6)
    counts = shuffle_members(lists, np.random.default_rng(0))
    made_up = gather_data(lists, embeddings_of(lists), counts)
    assert made_up.target.tolist() == np.concatenate(counts).tolist()
    steps = np.concatenate([np.diff(own, prepend=0) for own in counts])
    assert made_up.known[:, 3].tolist() == steps.tolist()


def test_without_other_lists_there_is_no_control() -> None:
    lists = make_lists(len(NAMES))
    assert not list(hold_out_lists(gather_data(lists, embeddings_of(lists))))
    assert set(score_control([[], []])) == set(CONTROLS)
    assert all(np.isnan(value) for value in score_control([[], []]).values())


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
    lists = make_lists(40)
    data = gather_data(lists, embeddings_of(lists))
    states = np.random.default_rng(0).normal(size=(len(data.words), 6))
    *folds, whole = score(data, states)
    assert not any("partial_ci_low" in row for row in folds)
    assert whole["n"] == sum(row["n"] for row in folds)
    assert whole["partial_r2"] == pytest.approx(0, abs=0.1)
