from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from isogloss.pipelines.reporting.report.vectors import place, shrink, split_caption
from tests.pipelines.reporting.report.report_pages import picture

HREF = re.compile(r'href="#([^"]+)"|url\(#([^)]+)\)')


def ids(svg: str) -> list[str]:
    return re.findall(r'\sid="([^"]+)"', svg)


def test_a_picture_keeps_what_is_seen_and_loses_the_rest() -> None:
    drawn = picture().svg
    small = shrink(drawn)
    assert len(small) < 0.8 * len(drawn)
    tags = {tag: len(re.findall(f"<{tag}[ >/]", small)) for tag in ("path", "use", "image", "g")}
    assert tags == {tag: len(re.findall(f"<{tag}[ >/]", drawn)) for tag in tags}
    for lost in ("<?xml", "<!DOCTYPE", "<metadata", "<style", "<!--"):
        assert lost in drawn or lost == "<!--"
        assert lost not in small
    ET.fromstring(small.replace("<svg", '<svg xmlns:xlink="http://www.w3.org/1999/xlink"', 1)
                  if "xmlns:xlink" not in small else small)  # fmt: skip
    # Everything that is pointed to is there, and nothing else has a name.
    used = {one or other for one, other in HREF.findall(small)}
    assert used == set(ids(small))


def test_numbers_are_written_to_hundredths() -> None:
    box = '<svg viewBox="0 0 9 9">{}</svg>'
    path = box.format('<path d="M 1.23456 -0.98765 \nL 3 4" transform="scale(0.015625)"/>')
    assert '<path d="M 1.23 -0.98 L 3 4" transform="scale(0.015625)"/>' in shrink(path)


def test_letters_are_written_shortly() -> None:
    text = (
        '<svg viewBox="0 0 9 9"><defs><path id="DejaVu-31" d="M 0 0"/></defs>'
        '<use xlink:href="#DejaVu-31" transform="translate(63.623047 0)"/></svg>'
    )
    assert '<use href="#i0" x="64"/>' in shrink(text)
    assert '<path id="i0" d="M 0 0"/>' in shrink(text)


@pytest.mark.parametrize(
    "alive",
    [
        "<script>alert(1)</script>",
        '<path onload="alert(1)" d="M 0 0"/>',
        '<image xlink:href="https://example.org/x.png"/>',
        '<a href="#x">text</a>',
        "<foreignObject><p>text</p></foreignObject>",
        '<rect style="fill: url(https://example.org/x)"/>',
    ],
)
def test_what_is_more_than_a_drawing_is_not_shown(alive: str) -> None:
    assert shrink(f'<svg viewBox="0 0 9 9">{alive}</svg>') == ""
    assert shrink("") == ""


def test_two_pictures_of_one_page_share_no_id_and_say_what_they_show() -> None:
    small = shrink(picture().svg)
    first = place(small, "fa", "Alignment & <more>", "n = 60")
    second = place(small, "fb", "Other", "")
    assert not set(ids(first)) & set(ids(second))
    assert {one or other for one, other in HREF.findall(first)} <= set(ids(first))
    assert 'role="img"' in first
    assert 'aria-labelledby="fa-title fa-desc"' in first
    assert '<title id="fa-title">Alignment &amp; &lt;more&gt;</title>' in first
    assert '<desc id="fa-desc">n = 60</desc>' in first
    # The size follows from the page.
    assert not re.search(r"<svg[^>]*(width|height)=", first)


def test_a_caption_is_taken_out_of_a_picture_and_the_picture_ends_above_it() -> None:
    letter = '<path id="L" d="M 0 0"/>'
    caption = (
        f'<g id="caption"><g transform="translate(8 90) scale(0.1 -0.1)"><defs>{letter}'
        '<path id="N" d="M 1 1"/></defs><use xlink:href="#L"/></g></g>'
    )
    after = '<g id="text_2"><use xlink:href="#L"/></g>'
    svg = f'<svg viewBox="0 0 200 100">{caption}{after}</svg>'
    found, apart = split_caption(svg, "caption")
    assert apart
    assert found == f'<svg viewBox="0 0 200 81"><defs>{letter}</defs>{after}</svg>'
    assert split_caption(found, "caption") == (found, False)
