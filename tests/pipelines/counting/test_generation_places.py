from __future__ import annotations

import numpy as np

from isogloss.pipelines.counting.generation_places import PlaceBalance


def test_every_place_is_used_equally_often() -> None:
    places = PlaceBalance(np.random.default_rng(0))
    chosen = []
    for _ in range(12):
        for count in (0, 1, 2, 3, 6):
            roles = places.choose(6, count)
            assert sum(roles) == count
            places.account_for(roles)
            chosen.append(roles)
    assert np.array(chosen).sum(axis=0).tolist() == [24] * 6
    singles = [roles for roles in chosen if sum(roles) == 1]
    assert np.array(singles).sum(axis=0).tolist() == [2] * 6


def test_places_used_before_are_made_up_for() -> None:
    places = PlaceBalance(np.random.default_rng(0))
    for _ in range(3):
        places.account_for([True, False, True])
    assert places.choose(3, 2)[1]
    assert places.choose(3, 1) == (False, True, False)  # the same length, another count
