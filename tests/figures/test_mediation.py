from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isogloss.errors import Refusal
from isogloss.figures import (
    View,
    draw_hypotheses,
    draw_layer_importance,
    draw_mediation_map,
    draw_probes,
    draw_running_count,
)
from isogloss.figures.culture_cells import MISSING_GID
from isogloss.figures.mediation_hypotheses import BAND_GID, MEAN_GID, VERDICT_GID
from isogloss.figures.mediation_layers import STAND_OUT_GID
from isogloss.figures.mediation_names import order_roles, role_label
from tests.figures.drawn import caption, cells, panels, told
from tests.figures.mediation_tables import (
    LAYERS,
    make_guide,
    make_hypotheses,
    make_probes,
    make_relocations,
    make_summary,
)

VIEW = View("eng")


def test_roles_are_in_reading_order() -> None:
    mixed = (
        "final item_+2 other gap_1 swapped item_+10 separator_+2 gap_separator_1 list_end".split()
    )
    assert order_roles(mixed) == [
        "swapped", "gap_1", "gap_separator_1", "other", "item_+2", "separator_+2", "item_+10",
        "list_end", "final",
    ]  # fmt: skip
    assert role_label("separator_+2") == "separator +2"
    assert role_label("item_+1_part") == "item +1, earlier tokens"
    assert role_label("gap_2") == "in between 2"


def test_category_in_front_of_the_list_is_read_before_its_items() -> None:
    roles = "final item_+1 instruction category_again category list_end".split()
    behind = ["item_+1", "list_end", "category", "category_again", "final", "instruction"]
    assert order_roles(roles) == behind
    ahead = ["category", "instruction", "item_+1", "list_end", "category_again", "final"]
    assert order_roles(roles, category_ahead=True) == ahead
    renamed = {"swapped": "category", "swapped_separator": "instruction"}
    summary = make_summary(kind="category_swap").replace({"role": renamed})
    for kind, first in (("category_swap", "category"), ("count_swap", "its first token")):
        own = summary.assign(kind=kind)
        drawn = draw_mediation_map(own, make_guide(), View("eng", kind))
        shown = [label.get_text() for label in panels(drawn)["residual stream"].get_yticklabels()]
        assert shown[0] == first


def test_map_shows_shares_of_the_total_effect_where_there_is_one() -> None:
    figure = draw_mediation_map(make_summary(), make_guide(), VIEW)
    found = panels(figure)
    assert list(found) == ["residual stream", "attention output", "MLP output"]
    residual = cells(found["residual stream"])
    rows = [label.get_text() for label in found["residual stream"].get_yticklabels()]
    assert residual[rows.index("swapped word"), 0] == pytest.approx(1)
    assert residual[rows.index("final token"), LAYERS] == pytest.approx(1)
    assert found["residual stream"].images[0].get_clim() == (-1, 1)
    assert "item +2" not in rows, "it rests on five categories"
    assert (0, rows.index("swapped word")) in told(found["residual stream"])
    assert (0, rows.index("final token")) not in told(found["residual stream"])
    assert not told(found["MLP output"])
    assert "Total effect .80 [.70, .90] nats" in caption(figure)
    assert "48 pairs of 12 categories" in caption(figure)
    assert "smallest p there can be 0.0005" in caption(figure)


def test_map_of_a_null_result_says_so_and_does_not_blow_up_noise() -> None:
    figure = draw_mediation_map(make_summary(total=0.004), make_guide(), VIEW)
    assert figure.get_suptitle() == (
        "Gemma 3 270M, 4-bit (Q4_K_M), English: a member and a non-member swapped (null result)"
    )
    ax = panels(figure)["residual stream"]
    assert ax.images[0].get_clim() == (-0.1, 0.1)
    assert np.abs(cells(ax)).max() == pytest.approx(0.004)
    assert "no total effect to mediate" in caption(figure)
    assert "190 of 190 lie within the band of null swaps" in caption(figure)


@pytest.mark.parametrize("draw", [draw_mediation_map, draw_layer_importance])
def test_open_gate_says_what_it_was_not_compared_with(draw: Callable[..., Figure]) -> None:
    summary = make_summary().assign(remark="not compared with an irrelevant category")
    figure = draw(summary, make_guide(), VIEW)
    said = " ".join(caption(figure).split())
    assert "48 pairs of 12 categories; not compared with an irrelevant category" in said
    assert "(null result)" not in figure.get_suptitle()
    closed = draw(make_summary(total=0.004), make_guide(), VIEW)
    said = " ".join(caption(closed).split())
    assert "48 pairs of 12 categories: no total effect to mediate" in said


def test_map_shows_the_layers_that_were_patched() -> None:
    figure = draw_mediation_map(make_summary(), make_guide(), VIEW)
    ax = panels(figure)["attention output"]
    assert [label.get_text() for label in ax.get_xticklabels()] == list("123456")
    assert ax.get_xlim() == (-0.5, LAYERS - 0.5)
    assert not [own for own in ax.patches if own.get_gid() == MISSING_GID]
    whole = make_summary()
    some = draw_mediation_map(whole[whole["layer"].isin([-1, 0, 3, 6])], make_guide(), VIEW)
    ax = panels(some)["residual stream"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "3", "6"]
    assert cells(ax).shape[1] == 3
    assert not [own for own in ax.patches if own.get_gid() == MISSING_GID]


def test_layer_importance_marks_layers_that_differ_from_the_others() -> None:
    figure = draw_layer_importance(make_summary(), make_guide(), VIEW)
    found = panels(figure)
    marks = {
        name: [
            float(x)
            for line in ax.lines
            if line.get_gid() == STAND_OUT_GID
            for x in np.asarray(line.get_xdata())
        ]
        for name, ax in found.items()
    }
    assert marks == {"residual stream": [], "attention output": [4.0], "MLP output": []}
    residual = found["residual stream"]
    assert residual.get_ylabel() == "share of the total effect"
    curves = [np.asarray(line.get_ydata(), float) for line in residual.lines]
    assert any(len(own) == LAYERS + 1 and own[0] == pytest.approx(1) for own in curves)
    assert len(residual.collections) >= 2, "bands"
    assert "each copy counts" in " ".join(caption(figure).split())
    closed = draw_layer_importance(make_summary(total=0.001), make_guide(), VIEW)
    assert panels(closed)["residual stream"].get_ylabel() == "log-odds, nats"
    assert closed.get_suptitle().replace("\n", " ").endswith("(null result)")


def test_running_count_curve_compares_with_another_category() -> None:
    figure = draw_running_count(make_relocations(), make_guide(), View("eng", effect="noising"))
    found = panels(figure)
    assert list(found) == ["layer 1", "layer 2", "layer 4", "layer 5"]
    ax = found["layer 5"]
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert "in between 1" in labels
    assert "its last token" not in labels
    heights = {float(y) for line in ax.lines for y in np.asarray(line.get_ydata(), float)}
    assert {0.0, 0.8} <= {round(height, 9) for height in heights}
    assert "counts do not differ: total effect .01 [" in caption(figure)


def test_nothing_in_between_is_said_instead() -> None:
    table = make_relocations()
    figure = draw_running_count(
        table[~table["role"].str.startswith("gap")], make_guide(), View("eng", effect="noising")
    )
    assert "No item lies between" in figure.axes[0].texts[0].get_text()


def test_probes_are_drawn_against_their_baseline() -> None:
    figure = draw_probes(make_probes(), make_guide(), language="eng")
    found = panels(figure)
    assert list(found) == ["at the last token of an item", "behind an item"]
    ax = found["behind an item"]
    curves = {line.get_label(): np.asarray(line.get_ydata(), float) for line in ax.lines}
    assert curves["baseline"].tolist() == [0.6] * (LAYERS + 1)
    assert curves["probe beyond the baseline"].max() == pytest.approx(0.3)
    assert "400 items of lists of 12 categories" in caption(figure)
    assert "share of what it leaves" in caption(figure)
    none = draw_probes(make_probes().assign(fold="mammals"), make_guide(), language="eng")
    assert "hold one out" in none.axes[0].texts[0].get_text()


def test_baseline_that_misleads_is_seen_and_said() -> None:
    probes = make_probes().assign(r2_baseline=-2.5, reference="known")
    figure = draw_probes(probes, make_guide(), language="eng")
    for ax in panels(figure).values():
        assert ax.get_ylim()[0] <= -2.5
    assert "tells nothing more" in caption(figure)


def verdicts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_gid() == VERDICT_GID]


def test_hypotheses_are_grouped_by_what_predicts_them() -> None:
    figure = draw_hypotheses(make_hypotheses(), make_guide(), "eng")
    found = panels(figure)
    assert list(found) == [
        "A running count predicts", "A sum at the end predicts", "If patches work"
    ]  # fmt: skip
    ax = found["A running count predicts"]
    means = [np.asarray(one.get_xdata())[0] for one in ax.lines if one.get_gid() == MEAN_GID]
    assert means == [0.21, 0.03]
    assert verdicts(ax) == [
        "supported in layers 3, 4\n.21 [.15, .27], p .002\nstated: over .25 of the total, .05",
        "not supported in layers 3, 4\n.03 [-.04, .10], p .400\nstated: over 0",
    ]
    assert verdicts(found["If patches work"]) == [
        "supported in layers 4 to 8\n7.50 [7.00, 8.00], p < .001\n"
        "stated: over .5 of the total, 6.00"
    ]
    assert found["If patches work"].get_xlabel() == "log-odds, nats"
    assert ax.get_xlabel() == "expected count, items"
    assert "40 to 48 of 48 pairs, 12 categories" in caption(figure)
    assert "As stated in the settings (mediation_hypotheses); verdicts hold for" in caption(figure)
    assert "kept apart" not in caption(figure)
    assert "no others were patched" not in caption(figure)
    confirmed = draw_hypotheses(make_hypotheses().assign(part="confirmation"), make_guide(), "eng")
    assert "Tested on categories kept apart." in caption(confirmed)


def test_margins_are_shaded_from_0_and_on_both_sides_of_nothing() -> None:
    figure = draw_hypotheses(make_hypotheses(), make_guide(), "eng")
    found = panels(figure)
    ends = {}
    for name, ax in found.items():
        bands = [own for own in ax.collections if own.get_gid() == BAND_GID]
        corners = [np.asarray(own.get_paths()[0].vertices)[:, 0] for own in bands]
        ends[name] = [(own.min(), own.max()) for own in corners]
    assert ends == {
        "A running count predicts": [(0, 0.05)],
        "A sum at the end predicts": [(0, 0.1), (-0.05, 0.05)],
        "If patches work": [(0, 6.0)],
    }
    contradicted = verdicts(found["A sum at the end predicts"])[1]
    assert contradicted == (
        "contradicted in layers 3, 4\n.21 [.15, .27], p .005\nstated: within .25 of the total, .05"
    )


def test_what_could_not_be_tested_is_named_below_and_not_drawn() -> None:
    figure = draw_hypotheses(make_hypotheses(), make_guide(), "eng")
    assert caption(figure).endswith(
        "Not testable are 1 of the 6 that are stated: there are no pairs of kind relocation: "
        "mediation_pairs.kinds (gap)."
    )
    whole = make_hypotheses().query("verdict != 'not testable'")
    assert "Not testable" not in caption(draw_hypotheses(whole, make_guide(), "eng"))
    closed = make_hypotheses().assign(verdict="not testable", remark="nothing to mediate")
    none = draw_hypotheses(closed.query("kind != 'control'"), make_guide(), "eng")
    assert len(none.axes) == 1
    assert none.axes[0].texts[0].get_text().replace("\n", " ") == (
        "None of the 5 hypotheses in the settings can be tested: nothing to mediate."
    )


def test_one_heading_stands_above_panels_of_two_units() -> None:
    rows = make_hypotheses()
    both = pd.concat([rows, rows[:1].assign(predicts="works", name="reordering")])
    figure = draw_hypotheses(both, make_guide(), "eng")
    assert [ax.get_title("left") for ax in figure.axes] == [
        "A running count predicts", "A sum at the end predicts", "If patches work", ""
    ]  # fmt: skip
    assert [ax.get_xlabel() for ax in figure.axes[2:]] == [
        "log-odds, nats",
        "expected count, items",
    ]


def test_layers_that_were_not_patched_are_told_from_those_that_were() -> None:
    rows = make_hypotheses()[:1].assign(
        cells="item_+1 item_+2 in 9 12", layers_meant="7 8 9 10 11 12"
    )
    figure = draw_hypotheses(rows, make_guide(), "eng")
    [ax] = figure.axes
    assert verdicts(ax)[0].startswith("supported in layers 9, 12 of 7 to 12\n")
    assert "Where these are some of those that were stated, no others were patched" in caption(
        figure
    )


def test_texts_of_hypotheses_do_not_overlap() -> None:
    figure = draw_hypotheses(make_hypotheses(), make_guide(), "eng")
    figure.canvas.draw()
    for ax in figure.axes:
        names = [label.get_window_extent() for label in ax.get_yticklabels()]
        said = [text.get_window_extent() for text in ax.texts]
        for own in (names, said):
            assert all(one.y0 >= two.y1 for one, two in pairwise(own))
        assert max(box.x1 for box in said) <= figure.bbox.x1
        assert min(box.x0 for box in names) >= 0
        assert max(box.x1 for box in names) <= ax.bbox.x0


def test_without_hypotheses_that_is_said() -> None:
    figure = draw_hypotheses(make_hypotheses()[:0], make_guide(), "eng")
    assert figure.axes[0].texts[0].get_text() == "None were stated."


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(Refusal, match=r"no rows with language 'deu'.*It has eng"):
        draw_mediation_map(make_summary(), make_guide(), View("deu"))
    with pytest.raises(Refusal, match=r"kind 'control'"):
        draw_mediation_map(make_summary(), make_guide(), View("eng", kind="control"))
