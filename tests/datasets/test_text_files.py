from __future__ import annotations

from pathlib import Path

from isogloss.datasets import TextFilesDataset


def test_texts_are_saved_by_name_beside_those_that_are_there(tmp_path: Path) -> None:
    stored = TextFilesDataset(filepath=str(tmp_path / "runs"), suffix=".jsonl")
    assert stored.load() == {}
    stored.save({"one": "a\nb"})
    stored.save({"two": "ä"})
    stored.save({"two": "中"})
    (tmp_path / "runs" / ".three.jsonl").write_text("half")
    (tmp_path / "runs" / "other.txt").write_text("of somebody else")
    assert stored.load() == {"one": "a\nb", "two": "中"}
    assert (tmp_path / "runs" / "one.jsonl").read_text() == "a\nb\n"
