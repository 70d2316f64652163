from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pandas as pd

from isogloss.pipelines.reporting.report import alignment, culture
from isogloss.pipelines.reporting.report.page import render
from isogloss.pipelines.reporting.report.sections import make_section
from tests.pipelines.reporting.report.report_pages import (
    FACTS,
    LANGUAGES,
    READERS,
    claims,
    contents,
    layer_scores,
    picture,
    ranking,
    scoreboard,
    summary,
)
from tests.scoreboard_tables import CELL, rows

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
VOID = {"meta", "link", "input", "br", "img"}
# A drawing that is closed in itself.
DRAWN = {"path", "use", "rect", "image"}


class Page(HTMLParser):
    """What is on a page: elements with their attributes, ids, and the texts of some elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, name: str) -> list[str]:
        return [str(found[name]) for _, found in self.elements if name in found]


def aligned(**changes: Any) -> Any:
    found = {
        "gemma.alignment": layer_scores(), "alignment_summary": summary(),
        "pivot_overview": ranking(), "pivot_ranking_figure": picture("Ranking"),
        "gemma.alignment_matrix_figure": picture("Matrix"),
        "alignment_description": "best Spanish", **changes,
    }  # fmt: skip
    return make_section(alignment.STUDY, found, READERS)


def cultural() -> Any:
    made_up = pd.DataFrame({"synthetic": [True]})
    drawn = picture("Agreement")
    found = {"cultural_alignment": made_up, "cultural_alignment_figure": drawn}
    return make_section(culture.STUDY, found, READERS)


def test_the_page_is_whole_and_asks_for_nothing() -> None:
    text = render(contents(sections=[aligned(), cultural()]))
    page = Page(text)
    assert page.all("html") == [{"lang": "en"}]
    for name in ("src", "href", "xlink:href"):
        for address in page.values(name):
            assert address.startswith(("#", "data:", "../../site/", "task_scores", "scoreboard"))
    assert "@import" not in text
    assert not re.search(r"url\(\s*[\"']?(?!#)", text)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    for name in ("aria-labelledby", "aria-describedby", "for"):
        for value in page.values(name):
            assert set(value.split()) <= set(ids), value
    anchors = {href[1:] for href in page.values("href") if href.startswith("#")}
    assert anchors <= set(ids)


def test_the_page_allows_no_program_but_its_own() -> None:
    text = render(contents(sections=[aligned()]))
    (policy,) = [str(one["content"]) for one in Page(text).all("meta") if "http-equiv" in one]
    programs = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    assert len(programs) == 1
    digest = base64.b64encode(hashlib.sha256(programs[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_sections_appear_only_where_there_is_something() -> None:
    assert {"alignment", "culture"} <= set(Page(render(contents(sections=[aligned(), cultural()])))
                                           .values("id"))  # fmt: skip
    alone = Page(render(contents(sections=[cultural()])))
    assert "alignment" not in alone.values("id")
    assert "heat-map" not in alone.values("id")
    bare = render(contents(scoreboard=scoreboard()[:0], claims=claims()[:0], facts={}))
    assert "No study has a score yet." in bare
    assert 'id="scoreboard"' not in bare


def test_what_was_learned_comes_first() -> None:
    text = render(contents(sections=[aligned()]))
    main = text.index("<main")
    order = [
        text.index(one, main) for one in ("Gemma, 4-bit</h1>", 'class="learned"', 'id="scoreboard"')
    ]
    assert order == sorted(order)
    assert "60 sentences of ours · 4 languages · run of 2026-01-02 03:04 UTC" in text


def test_only_languages_with_sentences_stand_beside_the_sentences() -> None:
    merged = {"study": "merging", "role": "target"}
    more = [{**merged, "language": code} for code in ("eng", "deu", "dan", "bar")]
    text = render(contents(scoreboard=pd.concat([scoreboard(), rows(CELL, *more)])))
    assert "60 sentences of ours · 4 languages, other studies in 2 more · run" in text
    alone = render(contents(scoreboard=rows(CELL, *more)))
    assert '<p class="kicker">4 languages · run' in alone


def test_a_section_of_one_number_does_not_speak_of_all() -> None:
    cells = scoreboard()
    one = cells[cells["study"] == "alignment"].head(1)
    shown = contents(sections=[aligned()], scoreboard=one)
    assert "<summary>The number of the scoreboard, with n, chance and source" in render(shown)
    shown = contents(sections=[aligned()], scoreboard=cells)
    assert "<summary>All 3 numbers of the scoreboard, with n, chance and source" in render(shown)


def test_missing_cells_and_those_not_above_chance_say_so_in_words() -> None:
    text = render(contents())
    assert text.count('<span class="heard">not measured</span>') == 1
    (cell,) = re.findall(r'<td class="score not".*?</td>', text)
    assert '<span class="heard"> not above chance</span>' in cell
    assert 'title=".30 [.20, .40], n = 100 passages; not above chance"' in cell


def test_values_that_were_not_tested_are_neither_bold_nor_marked() -> None:
    page = render(contents(scoreboard=scoreboard().assign(above_chance=None)))
    assert 'class="value unknown"' in page
    assert 'class="value above"' not in page
    assert "; not tested" in page
    assert "neither: not tested" in page
    assert ".value.not, .value.unknown { font-weight: 400; }" in page


def test_sentences_have_their_wording_table_and_formula() -> None:
    reading = {**cultural(), "scored": ["reading"]}
    text = render(contents(sections=[reading]))
    (claim,) = re.findall(r'<li class="claim.*?</li>', text)
    assert 'class="claim differs"' in claim
    said = "Reading: Gemma, 4-bit answers above chance in 1 of 2 languages, namely German"
    assert f'<span class="said">{said} .50 [.40, .60]' in claim
    assert 'href="task_scores.csv"' in claim
    assert 'href="../../site/methods/tasks/index.html#scores-of-a-language"' in claim


def test_what_was_not_tested_comes_last_and_is_folded_where_it_is_much() -> None:
    reading = {**cultural(), "scored": ["reading"]}
    untested = [{"id": f"x{place}", "wording": "not tested"} for place in range(5)]
    row = claims().iloc[0].to_dict()
    said = pd.DataFrame([{**row, **one} for one in [*untested, {}]])
    text = render(contents(sections=[reading], claims=said))
    wordings = re.findall(r'<span class="wording">([^<]+)</span>', text)
    assert wordings == ["differs", *["not tested"] * 5]
    assert "<summary>3 more sentences</summary>" in text
    assert "more sentences" not in render(contents(sections=[reading]))


def test_figures_of_made_up_data_say_so_three_times() -> None:
    text = render(contents(sections=[cultural()]))
    section = text[text.index('<section id="culture"') :]
    assert re.search(r"<h2[^>]*>Culture <strong class=\"badge\">SYNTHETIC", section)
    assert "SYNTHETIC: this section rests on made-up data" in section
    assert re.search(r"<figcaption><strong class=\"badge\">SYNTHETIC", section)
    assert "<desc id=" in section
    assert ">SYNTHETIC. n = 60.</desc>" in section
    assert "SYNTHETIC" not in render(contents(sections=[aligned()]))


def test_old_sections_say_so() -> None:
    facts = {**FACTS, "outdated": ["alignment_section"]}
    assert "Older than what it was made from" in render(contents(sections=[aligned()], facts=facts))
    assert "Older than" not in render(contents(sections=[aligned()]))


def test_the_foot_says_where_everything_comes_from() -> None:
    text = render(contents(sections=[aligned()]))
    foot = text[text.index("<footer") :]
    for said in (
        "a" * 40, "with changes that are not committed", "environment <code>thesis</code>",
        "python 3.11.7", "quantisation 4bit; licence Gemma terms", "<code>tasks.seed</code> 0",
        "<code>tasks.shots</code></th><td>5</td><td>2</td>",
    ):  # fmt: skip
        assert said in foot, said


def test_data_are_in_the_page_as_shown() -> None:
    text = render(contents(sections=[aligned()]))
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    assert json.loads(data)["heat_map"][0]["score"][1][0] == 0.3


def hostile(table: pd.DataFrame) -> pd.DataFrame:
    """Put a program into every text of a table that a user or a model may have written."""
    free = [
        name for name in table.select_dtypes(["object", "string"])
        if name not in ("study", "role", "unit", "metric", "wording", "pooling", "aggregation",
                        "language", "language_a", "language_b", "subject", "further", "gate",
                        "above_chance")
    ]  # fmt: skip
    return table.assign(**{str(name): HOSTILE for name in free})


def test_no_text_of_a_table_becomes_part_of_the_page() -> None:
    languages = LANGUAGES.assign(name=HOSTILE, family=HOSTILE, genus=HOSTILE)
    facts = {
        "date": HOSTILE, "versions": {HOSTILE: HOSTILE}, "commit": HOSTILE, "environment": HOSTILE,
        "models": {"gemma": {HOSTILE: HOSTILE}}, "seeds": {HOSTILE: HOSTILE},
        "changed_parameters": {HOSTILE: [HOSTILE, HOSTILE]}, "files": {HOSTILE: HOSTILE},
    }  # fmt: skip
    parameters = READERS["parameters"].model_copy(
        update={"model_labels": {"gemma": HOSTILE}, "corpora": {"sample": HOSTILE}}
    )
    section = make_section(
        alignment.STUDY,
        {
            "gemma.alignment": layer_scores(), "alignment_summary": summary(),
            "pivot_overview": ranking(), "pivot_ranking_figure": picture(HOSTILE, HOSTILE),
            "alignment_description": HOSTILE,
        },
        {**READERS, "languages": languages, "parameters": parameters},
    )  # fmt: skip
    table = {"title": HOSTILE, "columns": [HOSTILE], "rows": [[HOSTILE]], "source": HOSTILE,
             "formula": HOSTILE}  # fmt: skip
    text = render(
        contents(
            sections=[{**section, "tables": [table]}], scoreboard=hostile(scoreboard()),
            claims=hostile(claims()), facts=facts, languages=languages, parameters=parameters,
        )
    )  # fmt: skip
    page = Page(text)
    assert [one.get("type") for one in page.all("script")] == ["application/json", None]
    assert not page.all("img")
    assert not any(name.startswith("on") for _, found in page.elements for name in found)
    # It is there, as text.
    assert sum("alert(1)" in one for one in page.texts) > 20
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    assert json.loads(data)["heat_map"][0]["label"] == HOSTILE
