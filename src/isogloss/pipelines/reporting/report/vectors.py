"""Pictures made of vectors, as a page can hold many of them: small, alone with their ids, inert."""

from __future__ import annotations

import html
import re

_ABOVE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
_OWN_TITLE = re.compile(r"^\s*(<svg[^>]*>)\s*<title>[^<]*</title>")
_ROOT = re.compile(r"<svg[^>]*>")
_BOX = re.compile(r'viewBox="([\d. -]+)"')
# It would hold for the whole page.
_STYLE = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL)
_LINES = "stroke-linejoin:round;stroke-linecap:butt"
_ID = re.compile(r'\sid="([^"]*)"')
_USED = re.compile(r'((?:xlink:)?href="#|url\(#)([^")]+)')
# A letter of a text, in units of which some hundreds make its width.
_LETTER = re.compile(r'<use xlink:href="(#[^"]+)" transform="translate\(([\d.-]+) ([\d.-]+)\)"/>')
_PLACES = re.compile(r'\b(d|x|y|points)="([^"]*)"|translate\(([^)]*)\)')
_LONG = re.compile(r"(-?\d+\.\d\d)\d+")
# Where a line of text stands, and how far its letters reach above that.
_LINE = re.compile(r'transform="translate\([\d.-]+ ([\d.-]+)\) scale')
_ABOVE_LINE = 9
_PANEL = re.compile(r'<g id="axes_\d+"')
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_GROUP = re.compile(r"<g\b[^>]*>|</g>")
_LETTER_SHAPE = re.compile(r'<path id="([^"]+)"[^>]*/>')
_SPACE = re.compile(r"\s+")
_BETWEEN = re.compile(r">\s+<")
# What a drawing never needs: programs, other documents, and what lies elsewhere.
_ALIVE = re.compile(
    r"<\s*(?:script|foreignObject|iframe|object|embed|a|animate|set)\b|\son\w+\s*=|javascript:|@import"
    r"|href\s*=\s*[\"'](?!#|data:image/png;base64,)|url\(\s*[\"']?(?!#)",
    re.IGNORECASE,
)


def shrink(svg: str) -> str:
    """Write a picture with no more than is seen: hundredths of a point, no comments, few ids.

    Args:
        svg: as it was drawn.

    Returns:
        The same picture; empty if it holds anything but a drawing.
    """
    text = _STYLE.sub("", _OWN_TITLE.sub(r"\1", _ABOVE.sub("", svg)))
    if not _BOX.search(text) or _ALIVE.search(text):
        return ""
    names = {name: f"i{place:x}" for place, name in enumerate(sorted(_used(text)))}
    text = _LETTER.sub(_shorten_letter, text)
    text = _ID.sub(lambda found: f' id="{names[found[1]]}"' if found[1] in names else "", text)
    text = _USED.sub(lambda found: f"{found[1].removeprefix('xlink:')}{names[found[2]]}", text)
    text = _PLACES.sub(lambda found: _LONG.sub(r"\1", _SPACE.sub(" ", found[0])), text)
    return _BETWEEN.sub("><", text).strip()


def split_caption(svg: str, caption: str) -> tuple[str, bool]:
    """Leave the caption out of a picture that has it below everything else, as a group of its own.

    Args:
        svg: as it was drawn.
        caption: id of the group.

    Returns:
        The picture, shorter by its caption, and whether it had one.
    """
    start = svg.find(f'<g id="{caption}">')
    lines = [float(found[1]) for found in _LINE.finditer(svg, start)] if start >= 0 else []
    box = _BOX.search(svg)
    if not lines or box is None:
        return svg, False
    end = _end_of_group(svg, start)
    rest = svg[:start] + svg[end:]
    # Letters that were first drawn in the caption may be drawn again.
    kept = [one[0] for one in _LETTER_SHAPE.finditer(svg, start, end) if f'"#{one[1]}"' in rest]
    left, top, width, _ = (float(part) for part in box[1].split())
    shown = f'viewBox="{left:g} {top:g} {width:g} {min(lines) - _ABOVE_LINE:g}"'
    defined = f"<defs>{''.join(kept)}</defs>" if kept else ""
    return _BOX.sub(shown, svg[:start] + defined + svg[end:], count=1), True


def find_message(svg: str, message: str) -> str:
    """Give what a picture says instead of showing anything; empty if it shows something.

    Args:
        svg: as it was drawn.
        message: id of the group of the words.
    """
    start = svg.find(f'<g id="{message}">')
    if start < 0 or len(_PANEL.findall(svg)) > 1:
        return ""
    # Letters are drawn as shapes; a line's words stand before it as a comment.
    lines = _COMMENT.findall(svg, start, _end_of_group(svg, start))
    return html.unescape(" ".join(line.strip() for line in lines))


def _end_of_group(svg: str, start: int) -> int:
    depth = 0
    for found in _GROUP.finditer(svg, start):
        depth += -1 if found[0].startswith("</") else 1
        if depth == 0:
            return found.end()
    return len(svg)


def _used(text: str) -> set[str]:
    return {name for _, name in _USED.findall(text)}


def _shorten_letter(found: re.Match[str]) -> str:
    across, down = round(float(found[2])), round(float(found[3]))
    return f'<use href="{found[1]}" x="{across}"' + (f' y="{down}"' if down else "") + "/>"


def place(svg: str, prefix: str, title: str, caption: str) -> str:
    """Give a picture ids of its own and say in words what it shows.

    Args:
        svg: as `shrink` gives it.
        prefix: of ids; no other picture of the page has it.
        title: what a reader who cannot see it is told first.
        caption: and then.
    """
    text = _ID.sub(rf' id="{prefix}-\1"', svg)
    text = _USED.sub(rf"\1{prefix}-\2", text)
    box = _BOX.search(text)
    root = (
        f'<svg viewBox="{box[1] if box else "0 0 1 1"}" role="img" style="{_LINES}" '
        f'aria-labelledby="{prefix}-title {prefix}-desc"><title id="{prefix}-title">'
        f'{html.escape(title)}</title><desc id="{prefix}-desc">{html.escape(caption)}</desc>'
    )
    return _ROOT.sub(lambda _: root, text, count=1)
