from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.language_models.prefix_tree import (
    EARLIER_TOKENS_A_TOKEN,
    ROW_TOKENS,
    Node,
    PrefixTree,
    build_prefix_tree,
    never,
    worth_sharing,
)


def _always(run: int, rows: int, start: int) -> bool:
    return True


def _sequence_of_leaf(tree: PrefixTree, leaf: int) -> list[int]:
    return [token for index in tree.path(leaf) for token in tree.nodes[index].tokens]


def test_what_sequences_share_stands_in_one_node() -> None:
    tree = build_prefix_tree([[7, 8, 1, 2], [7, 8, 1, 3], [7, 8, 4], [9]], _always)
    assert tree.nodes == (
        Node((7, 8), 0, -1, (1, 4)),
        Node((1,), 2, 0, (2, 3)),
        Node((2,), 3, 1, ()),
        Node((3,), 3, 1, ()),
        Node((4,), 2, 0, ()),
        Node((9,), 0, -1, ()),
    )
    assert tree.leaves == (2, 3, 4, 5)
    assert tree.roots == [0, 5]
    assert tree.path(3) == [0, 1, 3]
    assert (tree.given_tokens, tree.tokens) == (12, 7)


def test_a_beginning_of_another_sequence_lies_on_its_path() -> None:
    tree = build_prefix_tree([[1, 2, 3], [1], [1, 2, 3], [1, 2]], _always)
    assert tree.nodes == (Node((1, 2, 3), 0, -1, ()),)
    assert tree.leaves == (0, 0, 0, 0)
    assert (tree.given_tokens, tree.tokens) == (9, 3)


def test_token_ids_are_ordered_as_numbers_and_may_be_large() -> None:
    tree = build_prefix_tree([[1, 256], [1, 255], [1, 262143]], _always)
    assert [node.tokens for node in tree.nodes] == [(1,), (255,), (256,), (262143,)]
    assert tree.leaves == (2, 1, 3)


def test_runs_not_worth_a_row_are_left_to_the_rows_that_follow() -> None:
    long, short = list(range(10, 10 + ROW_TOKENS)), [1]
    tree = build_prefix_tree([[*long, *short, 2], [*long, *short, 3], [*long, 4]])
    assert [node.tokens for node in tree.nodes] == [tuple(long), (1, 2), (1, 3), (4,)]
    assert tree.nodes[0].children == (1, 2, 3)
    apart = build_prefix_tree([[*long, *short, 2], [*long, *short, 3], [*long, 4]], never)
    assert [node.parent for node in apart.nodes] == [-1, -1, -1]
    assert apart.tokens == apart.given_tokens == 3 * ROW_TOKENS + 5


def test_a_row_costs_more_the_more_precedes_it() -> None:
    assert worth_sharing(ROW_TOKENS, 2, 0)
    assert not worth_sharing(ROW_TOKENS - 1, 2, 0)
    assert worth_sharing(ROW_TOKENS - 1, 3, 0)
    assert not worth_sharing(ROW_TOKENS, 2, EARLIER_TOKENS_A_TOKEN)


@given(
    st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=8), max_size=12),
    st.sampled_from([_always, never, lambda run, rows, start: run > 1]),
)
def test_every_sequence_begins_the_path_of_its_leaf(
    sequences: list[list[int]], worth: object
) -> None:
    tree = build_prefix_tree(sequences, worth)  # type: ignore[arg-type]
    for sequence, leaf in zip(sequences, tree.leaves, strict=True):
        assert not tree.nodes[leaf].children
        assert _sequence_of_leaf(tree, leaf)[: len(sequence)] == sequence
    for index, node in enumerate(tree.nodes):
        above = sum(len(tree.nodes[other].tokens) for other in tree.path(node.parent))
        assert node.start == above
        assert node.parent < index
        assert all(tree.nodes[child].parent == index for child in node.children)
    distinct = {tuple(s) for s in sequences}
    beginnings = {s[:length] for s in distinct for length in range(1, len(s) + 1)}
    if worth is _always:
        assert tree.tokens == len(beginnings)


def test_a_deep_tree_needs_no_recursion() -> None:
    sequences = [[*[1] * depth, 2] for depth in range(3000)]
    tree = build_prefix_tree(sequences, _always)
    assert len(tree.path(tree.leaves[-1])) == pytest.approx(3000, abs=1)
