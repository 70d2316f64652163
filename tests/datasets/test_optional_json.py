from __future__ import annotations

from pathlib import Path

from isogloss.datasets import OptionalJSONDataset


def test_it_loads_as_none_until_somebody_saves_it(tmp_path: Path) -> None:
    stored = OptionalJSONDataset(filepath=str(tmp_path / "sections" / "x.json"))
    assert stored.exists()
    assert stored.load() is None
    assert stored.may_be_old
    stored.save({"title": "Alignment", "n": [1, None]})
    assert stored.load() == {"title": "Alignment", "n": [1, None]}
    assert stored.place == str(tmp_path / "sections" / "x.json")
