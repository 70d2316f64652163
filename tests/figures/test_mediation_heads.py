from __future__ import annotations

import pytest

from isogloss.figures import View, draw_head_map
from tests.figures.drawn import cells, panels, told
from tests.figures.mediation_tables import LAYERS, make_guide, make_heads, make_summary


def test_heads_have_a_map_of_their_own() -> None:
    figure = draw_head_map(make_heads(), make_guide(), View("eng"))
    found = panels(figure)
    assert list(found) == [
        "attention heads, final token",
        "queries of attention heads, final token",
    ]
    for ax, share in zip(found.values(), (0.5, 0.25), strict=True):
        values = cells(ax)
        assert values.shape == (4, LAYERS)
        assert values[2, 3] == pytest.approx(share)
        assert values.sum() == pytest.approx(share)
        assert ax.images[0].get_clim() == (-1, 1)
    assert told(found["attention heads, final token"]) == {(3, 2)}
    assert figure.get_suptitle().endswith("a member and a non-member swapped, single heads")


def test_without_heads_the_map_says_what_to_set() -> None:
    figure = draw_head_map(make_summary(), make_guide(), View("eng"))
    assert "mediation_effects.components" in figure.axes[0].texts[0].get_text()
