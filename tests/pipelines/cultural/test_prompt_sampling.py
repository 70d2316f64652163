from collections import Counter

import numpy as np
import pytest

from isogloss.pipelines.cultural.prompt_sampling import (
    Combination,
    assign_countries,
    draw_combinations,
    generator_for,
)
from isogloss.pipelines.cultural.prompt_tables import PromptTableError
from tests.pipelines.cultural.small_prompts import countries

NINE = {Combination(template, phrasing) for template in "abc" for phrasing in (1, 2, 3)}


@pytest.mark.parametrize("seed", range(5))
def test_three_of_nine_take_every_template_and_phrasing_once(seed: int) -> None:
    drawn = draw_combinations(NINE, 3, np.random.default_rng(seed))
    assert {one.template for one in drawn} == set("abc")
    assert {one.phrasing for one in drawn} == {1, 2, 3}


def test_more_begin_with_the_same_and_all_are_all() -> None:
    few = draw_combinations(NINE, 4, np.random.default_rng(1))
    assert draw_combinations(NINE, None, np.random.default_rng(1))[:4] == few
    everything = draw_combinations(NINE, 99, np.random.default_rng(1))
    assert set(everything) == NINE
    assert len(everything) == 9


def test_seeds_and_names_change_the_draw() -> None:
    draws = {
        tuple(draw_combinations(NINE, 3, generator_for(seed, name)))
        for seed in range(3)
        for name in ("f120", "f121", "e035")
    }
    assert len(draws) >= 6
    again = draw_combinations(NINE, 3, generator_for(0, "f120"))
    assert tuple(again) == tuple(draw_combinations(NINE, 3, generator_for(0, "f120")))


def test_countries_are_used_alike_and_official_ones_never() -> None:
    congruent = assign_countries(countries(), "eng", "congruent", 7, np.random.default_rng(0))
    assert sorted(Counter(congruent).values()) == [3, 4]
    assert set(congruent) == {"GB", "US"}
    other = assign_countries(countries(), "eng", "incongruent", 2, np.random.default_rng(0))
    assert other == ["DE", "DE"]


def test_language_without_such_a_country_is_refused() -> None:
    with pytest.raises(PromptTableError, match="'swh' with relation 'native'"):
        assign_countries(countries(), "swh", "congruent", 1, np.random.default_rng(0))
