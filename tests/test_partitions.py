from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.partitions import (
    PartitionError,
    Partitions,
    Share,
    StoredPartitions,
    changed_keys,
    digest,
    fill_portions,
    portions,
    require_same_fingerprint,
    singles,
)


def test_from_callables_computes_only_what_is_asked_for() -> None:
    def fail() -> int:
        raise AssertionError("was not asked for")

    partitions = Partitions.from_callables({}, {"a": fail, "bb": lambda: 2})
    assert list(partitions.items) == ["a", "bb"]
    assert list(partitions.compute(["bb"])) == [("bb", 2)]


def test_stored_partitions_are_a_mapping() -> None:
    stored = StoredPartitions({}, {"a": {}, "b": {}}, str.upper)
    assert {name: load() for name, load in stored.items()} == {"a": "A", "b": "B"}
    with pytest.raises(KeyError):
        stored["c"]


def test_digests_ignore_order_of_keys_only() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) != digest([2, 1])
    assert digest("12") != digest("1", "2")


def test_changed_keys_compare_what_json_keeps() -> None:
    assert changed_keys({"a": (1, 2), "b": 1}, {"a": [1, 2], "b": 2}) == ["b: 1 -> 2"]
    assert changed_keys({}, {"new": True}) == ["new: None -> True"]


def test_of_groups_only_what_differs_is_named() -> None:
    old = {"embeddings": {"dtype": "float32", "include_special_tokens": True}, "files": {"a": {}}}
    new = {"embeddings": {"dtype": "float32", "include_special_tokens": False}, "files": {"b": {}}}
    assert changed_keys(old, new) == [
        "embeddings.include_special_tokens: True -> False",
        "files.a: gone",
        "files.b: new",
    ]
    many = {str(number): number for number in range(9)}
    assert changed_keys({"files": dict.fromkeys(many, -1)}, {"files": many}) == [
        "files.0: -1 -> 0",
        "files.1: -1 -> 1",
        "files.2: -1 -> 2",
        "files: 6 more",
    ]


def test_digests_are_not_shown() -> None:
    old, new = {"samples": digest([1])}, {"samples": digest([2])}
    assert changed_keys(old, new) == ["samples: other content"]
    assert changed_keys({"samples": "one"}, new)[0].startswith("samples: 'one' -> '")


def test_other_settings_are_named() -> None:
    require_same_fingerprint("embeddings", {"dtype": "float32", "x": 1}, {"dtype": "float32"})
    with pytest.raises(PartitionError, match="embeddings were made with other settings.*dtype"):
        require_same_fingerprint("embeddings", {"dtype": "float32"}, {"dtype": "bfloat16"})


def test_ids_are_grouped_in_their_order() -> None:
    ids = list("abcdefg")
    assert list(singles(ids[:2])) == [["a"], ["b"]]
    assert list(portions(ids, 3)) == [["a", "b", "c"], ["d", "e", "f"], ["g"]]
    sizes = {"a": 1, "b": 5, "c": 2, "d": 2, "e": 2, "f": 9, "g": 1}
    assert list(fill_portions(ids, sizes, 6)) == [["a", "b"], ["c", "d", "e"], ["f"], ["g"]]


@given(st.lists(st.integers(1, 9), max_size=30), st.integers(1, 12), st.sets(st.integers(0, 40)))
def test_whole_groups_are_grouped_as_they_were(
    amounts: list[int], enough: int, left: set[int]
) -> None:
    sizes = {str(place): amount for place, amount in enumerate(amounts)}
    groups = list(fill_portions(list(sizes), sizes, enough))
    kept = [group for place, group in enumerate(groups) if place in left]
    again = fill_portions([one for group in kept for one in group], sizes, enough)
    assert list(again) == kept


def test_shares_take_every_group_once() -> None:
    shares = [Share(index, 3) for index in range(3)]
    for group in range(10):
        assert sum(share.takes(group) for share in shares) == 1
