"""Ids in vector graphics, made to depend on nothing but what is drawn."""

from __future__ import annotations

import hashlib
import re

CLIP_PATH = re.compile(r'<clipPath id="(p[0-9a-f]{10})">(.*?)</clipPath>', re.DOTALL)
CLIP_ID = re.compile(r"\bp[0-9a-f]{10}\b")
SALT = "isogloss"
"""Of the ids in a vector graphic: what is equal has the same."""


def name_clips_by_content(graphic: str) -> str:
    """Name the frames of a vector graphic after their outlines, as they are written in it.

    Matplotlib names them after all digits of their places. The last ones differ from run to run:
    what lays out a figure adds numbers in the order in which they lie in memory.

    Args:
        graphic: SVG that Matplotlib wrote.
    """
    names = {
        found[1]: "p" + hashlib.sha256(f"{SALT}{found[2]}".encode()).hexdigest()[:10]
        for found in CLIP_PATH.finditer(graphic)
    }
    return CLIP_ID.sub(lambda found: names.get(found[0], found[0]), graphic)
