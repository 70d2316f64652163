from __future__ import annotations

from pathlib import Path

import pandas as pd

from isogloss.datasets import AtomicParquetDataset
from isogloss.provenance import (
    digest_table,
    record_sources,
    sources_of,
    stack_tables,
    trace_sources,
)


def test_sources_survive_saving(tmp_path: Path) -> None:
    table = record_sources(pd.DataFrame({"a": [1]}), embeddings={"poolings": ("mean",), "n": 3})
    stored = AtomicParquetDataset(filepath=str(tmp_path / "table.parquet"))
    stored.save(table)
    assert stored.load().attrs["made_from"] == {"embeddings": {"poolings": ["mean"], "n": 3}}
    assert stored.load().attrs == table.attrs


def test_what_is_taken_from_a_table_shares_its_note(tmp_path: Path) -> None:
    table = record_sources(pd.DataFrame({"a": [1]}), texts={"digest": "d"})
    stored = AtomicParquetDataset(filepath=str(tmp_path / "table.parquet"))
    stored.save(table)
    for one in (table, stored.load()):
        assert sources_of(one) == {"texts": {"digest": "d"}}
        for part in (one["a"], one.copy(), one[one["a"] > 0], pd.concat([one, one])):
            assert part.attrs["made_from"] is one.attrs["made_from"]


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


def test_a_table_over_all_studies_notes_what_every_part_was_made_from() -> None:
    def gather(board: pd.DataFrame, level: int, *parts: pd.DataFrame) -> pd.DataFrame:
        """Gather."""
        return board.assign(level=level, parts=len(parts))

    board = record_sources(pd.DataFrame({"a": [1]}), texts={"a": 1})
    part = record_sources(pd.DataFrame({"a": [2]}), weights={"b": 2})
    traced = trace_sources(gather)
    assert (traced.__name__, traced.__doc__) == ("gather", "Gather.")
    table = traced(board, 3, pd.DataFrame(), part)
    assert sources_of(table) == {
        "board": {"texts": {"a": 1}},
        "parts 1": {"weights": {"b": 2}},
    }
    assert sources_of(board) == {"texts": {"a": 1}}


def test_a_digest_tells_tables_apart_by_rows_and_columns() -> None:
    table = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    found = digest_table(table)
    assert found == digest_table(table.copy())
    others = [table.iloc[::-1], table.rename(columns={"a": "c"}), table.assign(b=["x", "y"])]
    assert len({found, *map(digest_table, others)}) == 4
    assert len(found) == 24
