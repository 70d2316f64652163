from __future__ import annotations

import re

from documentation.nodes import list_pipelines
from documentation.project import ROOT, find_parameter_models, read_catalog

LARGEST_IMAGE, ALL_IMAGES = 150_000, 4_000_000


def right_side() -> list[str]:
    """Give what stands in for each output of the originals."""
    page = (ROOT / "docs/reference/originals.md").read_text(encoding="utf-8")
    here = page.partition("## What is not here")[0]
    return [line.split(" | ", 1)[1] for line in here.splitlines() if line.startswith("| ")]


def test_tables_and_figures_that_stand_in_for_the_originals_are_there() -> None:
    made = set(re.findall(r"`([\w{}.]+)`", list_pipelines()))
    made |= {name for file in read_catalog() for name in file.entries} | METRICS | COLUMNS
    named = {
        name
        for cell in right_side()
        for name in re.findall(r"`((?:\{model\}\.)?[a-z_]+)`", cell)
        if "_" in name
    }
    assert len(named) > 60
    assert named - made == set()


def test_settings_that_stand_in_for_the_originals_are_there() -> None:
    models = find_parameter_models()
    named = {
        pair for cell in right_side() for pair in re.findall(r"`([a-z_]+)\.([a-z_]+)[`=]", cell)
    }
    assert len(named) > 10
    assert {
        pair
        for pair in named
        if pair[0] not in models or pair[1] not in models[pair[0]].model_fields
    } - FILES == set()


METRICS = {"mexa_at_60", "mexa_at_100"}
COLUMNS = {"retrieval_rank_score"}
FILES = {("merge_results", "csv"), ("merge_table", "csv"), ("merge", "json")}


def test_images_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs/images").glob("*.png")}
    assert {name: size for name, size in sizes.items() if size > LARGEST_IMAGE} == {}
    assert sum(sizes.values()) < ALL_IMAGES


def test_every_image_is_shown_on_a_page() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))
    images = {path.name for path in (ROOT / "docs/images").glob("*")}
    assert {name for name in images if name not in pages} == set()
