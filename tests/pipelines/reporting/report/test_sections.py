from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache

import pandas as pd
import pytest
from kedro.framework.project import pipelines
from kedro.io import DataCatalog

from isogloss.pipelines.reporting.report import alignment, cross_study, mediation, sections
from isogloss.pipelines.reporting.report.sections import FigurePlan, StudyPlan, make_section
from isogloss.pipelines.reporting.report_steps import SECTIONS
from isogloss.provenance import record_sources
from tests.pipelines.reporting.report.report_pages import (
    PARAMETERS,
    READERS,
    layer_scores,
    picture,
    ranking,
    summary,
)
from tests.scoreboard_tables import QUESTION, rows
from tests.sessions import ENVIRONMENTS, ROOT, session

PLAN = StudyPlan(
    name="x", title="X", question="What?", formula="methods/x.md", scored=("reading",),
    figures=(
        FigurePlan("one_figure", ("a",), "methods/x.md#one", leading=True),
        FigurePlan("{model}.two_figure", ("{model}.b",), "methods/x.md#two"),
        FigurePlan("{model}.figures", ("c",), "methods/x.md", parts=("layers",)),
    ),
    tables=("a", "{model}.b"), text="x_description",
)  # fmt: skip


def test_a_section_takes_what_there_is_of_its_study() -> None:
    known = ["a", "gemma.b", "one_figure", "gemma.two_figure", "x_description", "other.a", "z"]
    assert PLAN.choose(known) == ["a", "gemma.b", "gemma.two_figure", "one_figure", "x_description"]
    assert PLAN.choose(["z"]) == []
    assert PLAN.choose(["a", "gemma.b"]) == []


def test_figures_keep_their_words_tables_and_formulas() -> None:
    found = {
        "gemma.two_figure": picture("Two", "n = 3."),
        "one_figure": picture("One"),
        "gemma.figures": {"eng_layers": lambda: picture("Layers"), "eng_map": picture("Map")},
        "a": record_sources(pd.DataFrame({"v": [1]}), texts={"digest": "d"}),
        "x_description": "In words.",
    }
    section = make_section(PLAN, found, READERS)
    shown = [(one["name"], one["title"], one["tables"]) for one in section["figures"]]
    assert shown == [
        ("one_figure", "One", ["a"]),
        ("gemma.two_figure", "Two", ["gemma.b"]),
        ("gemma.figures.eng_layers", "Layers", ["c"]),
        ("gemma.figures.eng_map", "Map", ["c"]),
    ]
    assert [one["leading"] for one in section["figures"]] == [True, False, True, False]
    assert section["figures"][1]["caption"] == "n = 3."
    assert all(one["svg"].startswith("<svg") and not one["png"] for one in section["figures"])
    assert section["text"] == "In words."
    assert section["made_from"] == {"a": {"texts": {"digest": "d"}}}
    assert json.loads(json.dumps(section)) == section


def test_large_vectors_are_shown_as_bitmaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "LARGEST_VECTORS", 100)
    (figure,) = make_section(PLAN, {"one_figure": picture()}, READERS)["figures"]
    assert figure["svg"] == ""
    assert figure["png"].startswith("iVBOR")


def test_what_rests_on_made_up_data_says_so() -> None:
    real = pd.DataFrame({"synthetic": [False, False]})
    assert not make_section(PLAN, {"a": real}, READERS)["synthetic"]
    assert make_section(PLAN, {"a": real.assign(synthetic=[False, True])}, READERS)["synthetic"]
    assert not make_section(PLAN, {"a": pd.DataFrame({"v": [1]})}, READERS)["synthetic"]


def test_alignment_brings_its_widgets() -> None:
    found = {
        "gemma.alignment": layer_scores(), "alignment_summary": summary(),
        "pivot_overview": ranking(),
    }  # fmt: skip
    widgets = make_section(alignment.STUDY, found, READERS)["widgets"]
    assert len(widgets["heat_map"]) == 1
    assert len(widgets["tree"]["families"]) == 3
    assert make_section(alignment.STUDY, {}, READERS)["widgets"] == {"heat_map": [], "tree": {}}


def test_questions_across_studies_are_listed_with_their_verdict() -> None:
    asked = rows(
        QUESTION,
        {},
        {"model": "", "level": 2, "gate": "closed", "verdict": "not testable", "proxy": True,
         "reason": "not testable here: n = 5", "estimate": float("nan"), "p_adjusted": None},
    )  # fmt: skip
    (table,) = make_section(cross_study.STUDY, {"cross_study": asked}, READERS)["tables"]
    assert table["rows"][0] == [
        "Gemma, 4-bit", "languages of a model", "mexa_at_60", "reading (accuracy_label)",
        "–", "confirmatory", "12 languages", ".58", "Spearman rho .70 [.20, .90]", ".020",
        "associated", "–",
    ]  # fmt: skip
    assert table["rows"][1][8:] == [
        "–", "–", "not testable", "not testable here: n = 5; other checkpoint: shown only",
    ]  # fmt: skip


def test_gates_of_mediation_say_why_they_are_closed() -> None:
    gates = pd.DataFrame(
        {
            "model": "gemma", "language": "eng", "kind": ["count_swap", "null_swap"], "part": "all",
            "outcome": "log_odds", "n_pairs": 28, "n_categories": 14, "total": -0.005,
            "total_ci_low": -0.024, "total_ci_high": 0.014, "gate": "closed",
            "remark": "no total effect to mediate",
        }
    )  # fmt: skip
    (table,) = make_section(mediation.STUDY, {"mediation_gates": gates}, READERS)["tables"]
    assert table["rows"] == [
        ["Gemma, 4-bit", "English", "count", "log odds", "28 pairs of 14 categories",
         "-.005 [-.024, .014]", "closed", "no total effect to mediate"],
    ]  # fmt: skip
    assert PARAMETERS.label("gemma") == "Gemma, 4-bit"


def plans() -> Iterator[StudyPlan]:
    return (plan for plan, _ in SECTIONS.values())


@cache
def known(environment: str) -> frozenset[str]:
    with session(environment, data_root="nowhere") as opened:
        catalog = opened.load_context().catalog
        assert isinstance(catalog, DataCatalog)
        return frozenset(pipelines["reporting"].datasets())


def test_every_figure_of_the_studies_is_in_a_section() -> None:
    drawn = {
        name
        for environment in ENVIRONMENTS
        for name in known(environment)
        if name.endswith(("_figure", "_figures"))
    }
    shown = {name for plan in plans() for name in plan.choose(drawn)}
    # The page has the scoreboard as a table.
    assert drawn - shown == {"scoreboard_figure"}


def test_everything_that_sections_name_exists() -> None:
    made = frozenset().union(*map(known, ENVIRONMENTS))
    for plan in plans():
        tables = [table for figure in plan.figures for table in figure.tables]
        for name in [*(figure.name for figure in plan.figures), *tables, *plan.tables]:
            pattern = re.escape(name).replace(r"\{model\}", r"[^.]+")
            assert any(re.fullmatch(pattern, one) for one in made), name


def headings(page: str) -> set[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", one).strip().lower()) for one in found}


def test_every_formula_is_a_heading_of_the_docs() -> None:
    formulas = {plan.formula for plan in plans()}
    formulas |= {figure.formula for plan in plans() for figure in plan.figures}
    for formula in formulas:
        page, _, heading = formula.partition("#")
        assert not heading or heading in headings(page), formula
