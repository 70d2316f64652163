from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from isogloss.datasets import AtomicJSONDataset, AtomicTextDataset, FigureFolderDataset
from isogloss.datasets.previews import CHARACTERS, preview_partitions

if TYPE_CHECKING:
    from pathlib import Path


def test_partitions_that_are_tables_show_the_rows_of_the_first() -> None:
    tables = {name: pd.DataFrame({"score": [0.5, float("nan")]}) for name in ("fra", "deu")}
    partitions = {name: table.copy for name, table in tables.items()}
    assert preview_partitions(partitions, nrows=2) == {
        "columns": ["partition", "score"],
        "index": [0, 1],
        "data": [["deu", 0.5], ["deu", None]],
    }


def test_other_partitions_show_their_names() -> None:
    assert preview_partitions({"fra": list, "deu": list}, nrows=1)["data"] == [["deu"]]
    assert preview_partitions({}, nrows=1)["data"] == []


def test_a_text_shows_its_beginning(tmp_path: Path) -> None:
    stored = AtomicTextDataset(filepath=str(tmp_path / "page.md"))
    stored.save("one\ntwo")
    assert stored.preview() == "one\ntwo"
    stored.save("x" * (CHARACTERS + 1))
    assert stored.preview() == "x" * CHARACTERS + "…"


def test_json_shows_its_first_items(tmp_path: Path) -> None:
    stored = AtomicJSONDataset(filepath=str(tmp_path / "lists.json"))
    for value, shown in (([1, 2, 3], [1, 2]), ({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2}), (4, 4)):
        stored.save(value)
        assert json.loads(stored.preview(nrows=2)) == shown


def test_a_folder_of_figures_shows_the_first(tmp_path: Path) -> None:
    stored = FigureFolderDataset(filepath=str(tmp_path), dots_per_inch=20)
    assert not stored.exists()
    stored.save({"b": Figure(figsize=(1, 1)), "a": lambda: Figure(figsize=(2, 1))})
    assert sorted(stored.load()) == ["a", "b"]
    assert base64.b64decode(stored.preview()) == (tmp_path / "a.png").read_bytes()
