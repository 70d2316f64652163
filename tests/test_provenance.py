from __future__ import annotations

from pathlib import Path

import pandas as pd

from isogloss.datasets import AtomicParquetDataset
from isogloss.provenance import record_sources, stack_tables


def test_sources_survive_saving(tmp_path: Path) -> None:
    table = record_sources(pd.DataFrame({"a": [1]}), embeddings={"poolings": ("mean",), "n": 3})
    stored = AtomicParquetDataset(filepath=str(tmp_path / "table.parquet"))
    stored.save(table)
    assert stored.load().attrs["made_from"] == {"embeddings": {"poolings": ["mean"], "n": 3}}
    assert stored.load().attrs == table.attrs


def test_stacking_notes_the_sources_of_every_model() -> None:
    first = record_sources(pd.DataFrame({"model": ["a"], "x": [1]}), outcomes={"dtype": "float32"})
    second = record_sources(
        pd.DataFrame({"model": ["b"], "x": [2]}), outcomes={"dtype": "bfloat16"}
    )
    stacked = stack_tables([first, second])
    assert stacked.to_dict("list") == {"model": ["a", "b"], "x": [1, 2]}
    assert stacked.attrs["made_from"] == {
        "a": {"outcomes": {"dtype": "float32"}},
        "b": {"outcomes": {"dtype": "bfloat16"}},
    }
    assert first.attrs["made_from"] == {"outcomes": {"dtype": "float32"}}


def test_tables_without_a_note_are_stacked_all_the_same() -> None:
    assert stack_tables([pd.DataFrame({"model": ["a"]})]).attrs == {}
