from __future__ import annotations

from pathlib import Path

import pytest

from tests.sessions import session


def test_a_model_that_cannot_be_had_is_noticed_before_anything_is_computed(tmp_path: Path) -> None:
    places = {"tiny_model": str(tmp_path / "absent"), "models_root": str(tmp_path / "models")}
    with (
        session("test", data_root=str(tmp_path), **places) as opened,
        pytest.raises(ValueError, match="'tiny'.*absent does not exist"),
    ):
        opened.run()
    assert not (tmp_path / "03_primary").exists()
