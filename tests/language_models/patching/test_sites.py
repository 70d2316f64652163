from __future__ import annotations

from typing import Any

import pytest

from isogloss.errors import Refusal
from isogloss.language_models.patching.sites import (
    PatchPair,
    PatchRequest,
    PatchSite,
    expand,
    list_sites,
)

PAIR = PatchPair((5, 6, 7, 8), (5, 9, 7, 4), (1, 2))
SITE = PatchSite("residual", 1)


def test_pairs_know_where_they_differ() -> None:
    assert PAIR.first_difference == 1
    assert PAIR.differences == (1, 3)
    assert PatchPair(PAIR.base, PAIR.base, (1,)).first_difference == 4


def test_all_sites_of_components_are_listed() -> None:
    assert list_sites(2, 2, ("residual",)) == [PatchSite("residual", layer) for layer in (0, 1, 2)]
    assert list_sites(2, 2, ("mlp", "head")) == [
        PatchSite("mlp", 1),
        PatchSite("mlp", 2),
        PatchSite("head", 1, 0),
        PatchSite("head", 1, 1),
        PatchSite("head", 2, 0),
        PatchSite("head", 2, 1),
    ]
    assert len(list_sites(2, 2)) == 7


def test_positions_are_one_token_or_several() -> None:
    assert expand(3) == (3,)
    assert expand((3, 5)) == (3, 5)


def test_a_part_of_a_request_is_selected() -> None:
    other = PatchPair((1,), (2,), (3, 4))
    request = PatchRequest([PAIR, other], [SITE], [(1,), (0,)])
    assert request.select([1]) == PatchRequest([other], [SITE], [(0,)])
    assert request.sequences == [PAIR.base, PAIR.donor, (1,), (2,)]


@pytest.mark.parametrize(
    ("pair", "positions", "message"),
    [
        (PatchPair((5, 6), (5,), (1, 2)), (0,), "Pair 1: the base has 2 tokens and the donor 1"),
        (PatchPair((), (), (1, 2)), (), "Pair 1 has 0 tokens; the model reads 1 to 4"),
        (PatchPair((1,) * 5, (1,) * 5, (1, 2)), (), "Pair 1 has 5 tokens; the model reads"),
        (PatchPair((5, 6), (5, 7), (1,)), (0,), "Pair 1 has 1 answers and pair 0 has 2"),
        (PatchPair((5, 6), (5, 7), (1, 2)), (2,), "Pair 1: position 2 is not in its prompt of 2"),
        (PatchPair((5, 6), (5, 7), (1, 2)), ((0, -1),), r"Pair 1: position \(0, -1\) is not in"),
        (PatchPair((5, 6), (5, 7), (1, 2)), ((),), r"Pair 1: position \(\) is not in"),
    ],
)
def test_pairs_that_cannot_be_compared_are_refused(
    pair: PatchPair, positions: Any, message: str
) -> None:
    with pytest.raises(Refusal, match=message):
        PatchRequest([PAIR, pair], [SITE], [(1,), positions]).require_pairs(4)


def test_each_pair_needs_positions() -> None:
    with pytest.raises(Refusal, match="1 pairs, but positions of 2"):
        PatchRequest([PAIR], [SITE], [(1,), (2,)]).require_pairs(4)


@pytest.mark.parametrize(
    ("site", "message"),
    [
        (PatchSite("mlp", 0), "layers of component 'mlp' go from 1 to 3"),
        (PatchSite("residual", 4), "layers of component 'residual' go from 0 to 3"),
        (PatchSite("head", 1), "heads go from 0 to 1"),
        (PatchSite("query", 1), "heads go from 0 to 1"),
        (PatchSite("head", 1, 2), "heads go from 0 to 1"),
        (PatchSite("mlp", 1, 0), "only head and query have a head"),
        (
            PatchSite("value", 1),  # type: ignore[arg-type]
            "the components are residual, attention",
        ),
    ],
)
def test_sites_that_are_not_there_are_refused(site: PatchSite, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        PatchRequest([PAIR], [SITE, site], [(1,)]).require_sites(3, 2)


def test_no_site_is_refused() -> None:
    with pytest.raises(Refusal, match="No site"):
        PatchRequest([PAIR], [], [(1,)]).require_sites(3, 2)
