"""The report as somebody reads it who opens it in a browser."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from isogloss.pipelines.reporting.report import heat_map
from isogloss.pipelines.reporting.report.page import render
from tests.browser import Browser, browse
from tests.pipelines.reporting.report.report_pages import contents
from tests.pipelines.reporting.report.test_page import aligned, cultural

pytestmark = pytest.mark.slow

# Contrast of every text with what lies behind it (WCAG 2.2), of figures not: they are pictures.
CONTRASTS = """(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const found = parse(getComputedStyle(e).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || e.closest("svg, script, .heard, .skip")) continue;
    if (!e.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push([walker.currentNode.textContent.trim(), e.className, ratio]);
  }
  return low;
})()"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(contents(sections=[aligned(), cultural()])), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browse(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def browser(started: Browser, page: Path) -> Iterator[Browser]:
    started.requests.clear()
    started.open(page)
    yield started
    assert started.faults == []


def column(browser: Browser, place: int) -> list[str]:
    """Read a column of the scoreboard from the top down."""
    cells = f"[...document.querySelectorAll('#scoreboard tbody tr')].map(r => r.cells[{place}]"
    found: list[str] = browser.run(f"{cells}.textContent.trim().split(/\\s/)[0])")
    return found


def test_it_opens_without_a_request_or_a_complaint(browser: Browser, page: Path) -> None:
    asked = [address for address in browser.requests if not address.startswith("data:")]
    assert asked == [page.as_uri()]
    shown = browser.run("[...document.querySelectorAll('main > section')].map(s => s.id)")
    assert shown == ["summary", "alignment", "culture"]


def test_columns_are_sorted_by_a_click_missing_cells_last(browser: Browser) -> None:
    click = "document.querySelectorAll('#scoreboard thead button')[3].click()"
    sorting = "document.querySelectorAll('#scoreboard thead th')[3].getAttribute('aria-sort')"
    assert browser.run(sorting) == "none"
    browser.run(click)
    assert browser.run(sorting) == "descending"
    assert column(browser, 0) == ["German", "Turkish", "Swahili"]
    browser.run(click)
    assert browser.run(sorting) == "ascending"
    assert column(browser, 0) == ["Turkish", "German", "Swahili"]


def test_columns_are_sorted_from_the_keyboard(browser: Browser) -> None:
    browser.run("document.querySelector('#scoreboard thead button').focus()")
    browser.press("Enter")
    assert column(browser, 0) == ["German", "Swahili", "Turkish"]
    head = "document.querySelector('#scoreboard thead th').getAttribute('aria-sort')"
    assert browser.run(head) == "ascending"
    browser.press("Enter")
    assert column(browser, 0) == ["Turkish", "Swahili", "German"]


def test_rows_are_chosen_by_language(browser: Browser) -> None:
    browser.run(
        "(() => { const i = document.getElementById('board-language'); i.value = 'SW';"
        " i.dispatchEvent(new Event('input')); })()"
    )
    assert browser.run("document.getElementById('board-count').textContent") == "1 row"
    visible = "[...document.querySelectorAll('#scoreboard tbody tr')].filter(r => !r.hidden).length"
    assert browser.run(visible) == 1


def test_pointing_at_a_cell_tells_value_interval_and_n(browser: Browser) -> None:
    assert browser.run("document.getElementById('tip').hidden") is True
    browser.point("#heat-table tbody tr:nth-child(1) td:nth-of-type(2)")
    assert browser.run("document.getElementById('tip').hidden") is False
    told = browser.run("document.getElementById('tip').textContent")
    assert told == (
        "German and English\nMEXA, pool of 60 .45 no interval\n"
        "n = 60 sentences, mean of layers 1 to 2"
    )


def slide(browser: Browser, layer: int) -> None:
    browser.run(
        f"(() => {{ const s = document.getElementById('heat-layer'); s.value = {layer};"
        " s.dispatchEvent(new Event('input')); })()"
    )


def test_the_slider_shows_one_layer_and_the_button_their_mean(browser: Browser) -> None:
    cell = "document.querySelector('#heat-table tbody tr td:nth-of-type(2)').textContent"
    shown = "document.getElementById('heat-shown').textContent"
    caption = "document.querySelector('#heat-table caption').textContent"
    assert (browser.run(cell), browser.run(shown)) == (".45", "mean of 1 to 2")
    slide(browser, 0)
    assert (browser.run(cell), browser.run(shown)) == (".00", "0 of 2 (embeddings)")
    slide(browser, 2)
    assert (browser.run(cell), browser.run(shown)) == (".60", "2 of 2")
    assert browser.run(caption) == "Gemma, 4-bit, layer 2 of 2"
    browser.point("#heat-table tbody tr:nth-child(1) td:nth-of-type(2)")
    told = browser.run("document.getElementById('tip').textContent")
    assert "MEXA, pool of 60 .60 [.56, .64]" in told
    browser.run("document.getElementById('heat-mean').click()")
    assert browser.run(cell) == ".45"


def test_the_heat_map_is_read_with_the_keyboard(browser: Browser) -> None:
    browser.run("document.querySelector('#heat-table td[tabindex=\"0\"]').focus()")
    for key in ("ArrowRight", "ArrowDown", "ArrowRight"):
        browser.press(key)
    label = browser.run("document.activeElement.getAttribute('aria-label')")
    assert label.startswith("English and Swahili, MEXA, pool of 60 .60")
    assert browser.run("document.getElementById('tip').hidden") is False
    browser.press("Escape")
    assert browser.run("document.getElementById('tip').hidden") is True
    # One stop for the tabulator, however many cells there are.
    stops = "document.querySelectorAll('#heat-table td[tabindex=\"0\"]').length"
    assert browser.run(stops) == 1


def test_where_pairs_are_many_the_pivot_is_shown_layer_by_layer(
    started: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heat_map, "MOST_NUMBERS", 0)
    path = tmp_path / "report.html"
    path.write_text(render(contents(sections=[aligned()])), encoding="utf-8")
    started.open(path)
    rows = started.run(
        "[...document.querySelectorAll('#heat-table tr')]"
        ".map(row => [...row.cells].map(cell => cell.textContent))"
    )
    assert rows == [
        ["", "0", "1", "2"],
        ["German", ".00", ".30", ".60"],
        ["Swahili", ".15", ".45", ".75"],
        ["Turkish", ".20", ".50", ".80"],
    ]
    assert started.run("document.getElementById('heat-mean').checkVisibility()") is False
    started.point("#heat-table tbody tr:nth-child(2) td:nth-of-type(3)")
    told = started.run("document.getElementById('tip').textContent")
    assert told.startswith("Swahili and English\nMEXA, pool of 60 .75 [.71, .79]")
    assert started.faults == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read(browser: Browser, theme: str) -> None:
    browser.prefer(prefers_color_scheme=theme)
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert browser.run(CONTRASTS) == []
    ground = browser.run("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(252, 252, 250)", "dark": "rgb(21, 22, 24)"}[theme]
    browser.prefer(prefers_color_scheme="light")


def test_the_button_turns_the_colours_over(browser: Browser) -> None:
    browser.run("document.getElementById('theme').click()")
    assert browser.run("document.documentElement.dataset.theme") == "dark"
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(21, 22, 24)"
    assert browser.run("document.getElementById('theme').textContent") == "Light"
    browser.run("document.getElementById('theme').click()")
    assert browser.run("document.documentElement.dataset.theme") == "light"


@pytest.mark.parametrize("width", [360, 768, 1600])
def test_no_page_is_wider_than_its_window(browser: Browser, width: int) -> None:
    browser.resize(width, 800)
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert browser.run("document.documentElement.scrollWidth") == width
    shot = browser.screenshot()
    assert struct.unpack(">II", shot[16:24]) == (width, 800)
    # Not one colour.
    assert len(shot) > 10_000


def test_everything_is_printed(browser: Browser) -> None:
    folded = "[...document.querySelectorAll('details')].filter(d => !d.open).length"
    before: Any = browser.run(folded)
    assert before > 0
    assert browser.print().startswith(b"%PDF")
    # Opened for the printer, and folded again.
    assert browser.run(folded) == before
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert browser.run(folded) == 0
    browser.run("dispatchEvent(new Event('afterprint'))")


def test_pictures_have_words_and_tables_have_heads(browser: Browser) -> None:
    silent = browser.run(
        "[...document.querySelectorAll('.drawing svg, .drawing img')].filter(e =>"
        " !(e.alt || e.querySelector('title')?.textContent)).length"
    )
    assert silent == 0
    headless = browser.run(
        "[...document.querySelectorAll('main table')].filter(t => !t.querySelector('thead th'))"
        ".length"
    )
    assert headless == 0
    levels = browser.run("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
