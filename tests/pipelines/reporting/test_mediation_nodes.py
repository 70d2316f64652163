from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from isogloss.pipelines.reporting import create_pipeline, mediation_nodes
from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.study_rooms import MediationStudy
from tests.figures.conftest import language_table
from tests.figures.mediation_tables import (
    MODEL,
    make_heads,
    make_hypotheses,
    make_probes,
    make_relocations,
    make_summary,
)

LABEL = "Gemma 3 270M, 4-bit (Q4_K_M)"
PARAMETERS = ReportingParameters(model_labels={MODEL: LABEL})
TABLES = (language_table(), PARAMETERS)
NONE_STATED = make_hypotheses()[:0]


def make_gate(kind: str, gate: str = "open", remark: str = "", **own: object) -> dict[str, object]:
    accuracy = {"accuracy": 0.5, "accuracy_ci_low": 0.4, "accuracy_ci_high": 0.6}
    none = dict.fromkeys((*accuracy, "best_constant"), np.nan)
    return {
        "model": MODEL, "language": "eng", "kind": kind, "named": "first", "separators": "usual",
        "part": "all", "subset": "all", "outcome": "log_odds", "gate": gate, "remark": remark,
        **(none if kind == "control" else {**accuracy, "best_constant": 0.2}), **own,
    }  # fmt: skip


def describe(summary: pd.DataFrame, *gates: dict[str, object]) -> str:
    return mediation_nodes.describe_mediation(summary, pd.DataFrame(gates), NONE_STATED, *TABLES)


def test_every_language_and_kind_has_its_figures() -> None:
    summary = pd.concat(
        [
            make_summary(),
            make_summary(kind="control").assign(named="last"),
            make_summary(kind="null_swap"),
            make_relocations(),
        ]
    )
    drawings = mediation_nodes.draw_mediation(summary, make_hypotheses(), *TABLES)
    assert sorted(drawings) == [
        "eng_control_denoising_map_last",
        "eng_control_layers_last",
        "eng_control_noising_map_last",
        "eng_count_swap_denoising_map",
        "eng_count_swap_layers",
        "eng_count_swap_noising_map",
        "eng_hypotheses",
        "eng_running_count",
    ]
    for name in ("eng_count_swap_denoising_map", "eng_control_layers_last", "eng_hypotheses"):
        figure = drawings[name]()
        assert isinstance(figure, Figure)
        assert figure.get_suptitle().startswith(f"{LABEL}, English: ")


def test_category_swaps_are_drawn_and_told() -> None:
    summary = make_summary(kind="category_swap").assign(named="last")
    drawings = mediation_nodes.draw_mediation(summary, NONE_STATED, *TABLES)
    assert sorted(drawings) == [
        "eng_category_swap_denoising_map_last",
        "eng_category_swap_layers_last",
        "eng_category_swap_noising_map_last",
    ]
    text = describe(summary, make_gate("category_swap", named="last"))
    told = "One list asked for two categories, category named behind the list: total effect .80"
    assert told in text
    assert "final token in 3, 4, 5, 6 carry at least half of it." in text


def test_heads_have_figures_where_they_were_patched() -> None:
    both = pd.concat([make_summary(), make_heads().iloc[1:]])
    drawings = mediation_nodes.draw_mediation(both, NONE_STATED, *TABLES)
    assert "eng_count_swap_denoising_heads" in drawings
    assert "eng_count_swap_denoising_heads" not in mediation_nodes.draw_mediation(
        make_summary(), NONE_STATED, *TABLES
    )


def test_layouts_have_figures_of_their_own() -> None:
    tables = [
        own.assign(named=named, separators=separators)
        for own in (make_summary(), make_relocations())
        for named, separators in (("first", "usual"), ("first", "line"), ("last", "blank"))
    ]
    drawings = mediation_nodes.draw_mediation(pd.concat(tables), NONE_STATED, *TABLES)
    assert len(drawings) == 3 * 4
    titles = {name: drawings[name]().get_suptitle().replace("\n", " ") for name in drawings}
    assert not any("items" in title for name, title in titles.items() if name.endswith("map"))
    assert "items in lines of their own" in titles["eng_count_swap_denoising_map_line"]
    for name in ("eng_count_swap_layers_last_blank", "eng_running_count_last_blank"):
        assert "category named behind the list, items parted by blanks" in titles[name]


def test_a_running_count_needs_expected_counts() -> None:
    without = make_relocations().assign(outcome="up")
    assert mediation_nodes.draw_mediation(without, NONE_STATED, *TABLES) == {}


def test_probes_of_each_language_are_drawn() -> None:
    probes = pd.concat(
        [
            make_probes(),
            make_probes().assign(named="last"),
            make_probes().query("spot == 'item'").assign(separators="blank"),
        ]
    )
    drawings = mediation_nodes.draw_probes(probes, *TABLES)
    assert list(drawings) == ["eng", "eng_last", "eng_blank"]
    assert isinstance(drawings["eng_last"](), Figure)
    title = drawings["eng_blank"]().get_suptitle().replace("\n", " ")
    assert title.endswith("from activations, items parted by blanks")


def test_where_a_share_is_carried_is_told() -> None:
    text = describe(make_summary(), make_gate("count_swap"))
    assert LABEL in text
    assert "Counts are right in .50 [.40, .60], one constant answer in .20" in text
    assert "the model counts better than that" in text
    assert "total effect .80 [.70, .90] nats, 48 pairs of 12 categories" in text
    assert (
        "residual stream, layers 0 to 6 patched: swapped word in 0, 1, 2, 3; final token in 3, 4, "
        "5, 6 carry at least half of it."
    ) in text
    assert "attention output, layers 1 to 6 patched: no layer of a role carries half of it." in text
    assert "No shares" not in text


def test_open_gate_says_what_it_was_not_compared_with() -> None:
    remark = "not compared with an irrelevant category: add irrelevant to mediation_pairs.kinds"
    lines = describe(make_summary(), make_gate("count_swap", remark=remark)).splitlines()
    told = f"    N{remark[1:]}."
    assert lines.count(told) == 1
    assert "half of it." in lines[lines.index(told) - 1]
    assert "No shares" not in "".join(lines)


def test_skill_is_told_wherever_the_category_is_named() -> None:
    summary = pd.concat([make_summary(), make_summary(total=0.1).assign(named="last")])
    skill = {"accuracy": 0.1, "accuracy_ci_low": 0.05, "accuracy_ci_high": 0.15}
    behind = make_gate("count_swap", "closed", "no total effect to mediate", named="last", **skill)
    text = describe(summary, make_gate("count_swap"), behind)
    assert "Counts are right in .50 [.40, .60], one constant answer in .20" in text
    assert (
        "Counts are right in .10 [.05, .15] (category named behind the list), one "
        "constant answer in .20: the model counts no better than that."
    ) in text


def test_separators_are_told() -> None:
    summary = pd.concat([make_summary(), make_summary(total=0.1).assign(separators="blank")])
    skill = {"accuracy": 0.3, "accuracy_ci_low": 0.25, "accuracy_ci_high": 0.35}
    blank = make_gate("count_swap", "closed", "no more", separators="blank", **skill)
    text = describe(summary, make_gate("count_swap"), blank)
    assert "in .30 [.25, .35] (items parted by blanks), one constant" in text
    assert "swapped, items parted by blanks: total effect .10 [.00, .20] nats" in text
    assert "swapped: total effect .80 [.70, .90] nats" in text


def test_every_outcome_is_told() -> None:
    summary = pd.concat([make_summary(total=0.1), make_summary().assign(outcome="expected_count")])
    skill = "the model counts no better than one constant answer"
    gates = [
        make_gate("count_swap", "closed", "no total effect to mediate"),
        make_gate("count_swap", "closed", skill, outcome="expected_count"),
    ]
    text = describe(summary, *gates)
    assert "swapped: total effect .10 [.00, .20] nats, 48 pairs" in text
    assert "swapped: total effect .80 [.70, .90] on the expected count, 48 pairs" in text
    assert text.count("No shares are given: ") == 2
    same = [gate | {"remark": skill} for gate in gates]
    lines = describe(summary, *same).splitlines()
    [told] = [place for place, line in enumerate(lines) if "No shares are given: " in line]
    assert "on the expected count, 48 pairs" in lines[told - 1]
    assert "swapped: total effect .10 [.00, .20] nats, 48 pairs" in lines[told - 2]


def test_layers_at_equal_distances_are_named_by_their_step() -> None:
    summary = make_summary()
    summary.loc[summary["layer"] > 0, "layer"] *= 3
    text = describe(summary, make_gate("count_swap"))
    assert "layers 0 to 18 in steps of 3 patched: swapped word in 0, 3, 6, 9; final token" in text


def test_a_gated_null_says_why_and_names_no_layer() -> None:
    remark = "no total effect to mediate; the model counts no better than one constant answer"
    gate = make_gate("count_swap", "closed", remark, best_constant=0.45)
    text = describe(make_summary(total=0.1), gate)
    assert "the model counts no better than that" in text
    assert f"No shares are given: {remark}." in text
    assert "half of it" not in text


def test_the_control_is_told_apart_from_counting() -> None:
    text = describe(make_summary(kind="control"), make_gate("control"))
    assert "Counts are right" not in text
    assert "Positive control: naming one item: total effect .80" in text
    assert "says nothing of counting" in text.replace("\n", " ")


def test_what_was_predicted_and_found_is_listed() -> None:
    gates = pd.DataFrame([make_gate("count_swap")])
    text = mediation_nodes.describe_mediation(make_summary(), gates, make_hypotheses(), *TABLES)
    own = text[text.index("  What the settings state") : text.index("Intervals are")].splitlines()
    assert own[:4] == [
        "  What the settings state, and what was found in the layers named (p one-sided, Holm over "
        "these):",
        "    A running count predicts:",
        "      - In the middle layers items behind the swapped word hold its count. Supported: "
        ".21 [.15, .27] items (stated: over .25 of the total, .05), p .002, 40 of 48 pairs have "
        "them. Judged on layers 3, 4 (the middle third).",
        "      - In the middle layers they hold more than the word. Not supported: .03 [-.04, .10] "
        "items (stated: over 0), p .400. Judged on layers 3, 4 (the middle third).",
    ]
    assert own[-5:] == [
        "  Not testable: 1 of the 6 that the settings state.",
        "    A running count predicts: gap",
        "    Why:",
        "      - there are no pairs of kind relocation: mediation_pairs.kinds (gap)",
        "",
    ]
    assert "    If patches work:" in own
    assert (
        "Supported: 7.50 [7.00, 8.00] nats (stated: over .5 of the total, 6.00), p < .001. Judged "
        "on layers 4 to 8." in text
    )
    assert "Contradicted: .21 [.15, .27] items (stated: within .25" in text
    confirmed = make_hypotheses().assign(part="confirmation")
    text = mediation_nodes.describe_mediation(make_summary(), gates, confirmed, *TABLES)
    assert "what was found, on categories kept apart, in the layers named (p" in text
    assert "What the settings" not in describe(make_summary(), make_gate("count_swap"))


def test_one_reason_for_all_is_said_once() -> None:
    reason = "no total effect to mediate"
    closed = make_hypotheses().assign(verdict="not testable", remark=reason)
    gates = pd.DataFrame([make_gate("count_swap", "closed", reason)])
    text = mediation_nodes.describe_mediation(make_summary(0.1), gates, closed, *TABLES)
    own = text[text.index("  Not testable") : text.index("Intervals are")].splitlines()
    assert own == [
        "  Not testable: 6 of the 6 that the settings state.",
        "    A running count predicts: hold, exceed, gap",
        "    A sum at the end predicts: keeps, nothing",
        "    If patches work: control",
        "    Why:",
        f"      - {reason} (all but control)",
        f"      - control: {reason} (control)",
        "",
    ]
    assert "What the settings state, and" not in text


@pytest.mark.parametrize("analyses", [(), ("probes",), ("screen", "probes", "interventions")])
def test_outputs(analyses: tuple[str, ...]) -> None:
    outputs = create_pipeline([], patched=MediationStudy(("tiny",), analyses)).all_outputs()
    assert {"tiny.mediation_figures", "mediation_description", "mediation_gates_csv"} <= outputs
    assert ("tiny.probe_figures" in outputs) == ("probes" in analyses)
    assert ("intervention_summary_csv" in outputs) == ("interventions" in analyses)


def test_without_patches_nothing_is_reported() -> None:
    assert not create_pipeline([], patched=MediationStudy((), ())).nodes


def test_pairs_of_known_words_are_told_beside_all() -> None:
    summary = make_summary()
    known = summary.assign(subset="words_known")
    gates = (
        make_gate("count_swap"),
        make_gate("count_swap", "closed", "few", subset="words_known"),
    )
    lines = describe(pd.concat([summary, known]), *gates).splitlines()
    [line] = [place for place, one in enumerate(lines) if ", words it knows: total" in one]
    assert lines[line].startswith("  A member and a non-member swapped, words it knows: ")
    assert lines[line + 1] == "    No shares are given: few."
