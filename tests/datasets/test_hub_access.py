from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from isogloss.datasets.hub_access import HubData, HubDataError

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "a" * 40, "b" * 40


class Builder:
    """Stands for the library's builder, whose hash is the commit that the hub gave."""

    def __init__(self, commit: str) -> None:
        self.hash = commit
        self.prepared = False

    def download_and_prepare(self) -> None:
        self.prepared = True

    def as_dataset(self) -> dict[str, list[Any]]:
        assert self.prepared
        return {"test": []}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand for the hub: `commit` is what it gives, `asked` the revision it was last asked for."""
    datasets = pytest.importorskip("datasets")
    state: dict[str, Any] = {"commit": FIRST}

    def answer(path: str, revision: str | None, **_: object) -> Builder:
        state["asked"] = revision
        return Builder(state["commit"])

    monkeypatch.setattr(datasets, "load_dataset_builder", answer)
    return state


def test_the_first_use_pins_the_commit(hub: dict[str, Any], tmp_path: Path) -> None:
    data = HubData("a/b", models_root=str(tmp_path))
    assert list(data.rows("eng")) == ["test"]
    assert hub["asked"] is None
    record = json.loads((tmp_path / "models.lock.json").read_text(encoding="utf-8"))
    assert record == {"datasets/a/b": FIRST}
    data.rows("deu")
    assert hub["asked"] == FIRST
    HubData("a/b", "v1", models_root=str(tmp_path)).rows("eng")
    assert hub["asked"] == "v1"


def test_another_commit_is_refused(hub: dict[str, Any], tmp_path: Path) -> None:
    data = HubData("a/b", models_root=str(tmp_path))
    data.rows("eng")
    hub["commit"] = SECOND
    with pytest.raises(
        HubDataError, match=f"first used at commit {FIRST}, now it is {SECOND}.*pin"
    ):
        data.rows("eng")


def test_local_folders_have_no_commit_and_no_record_is_kept_unless_asked(
    hub: dict[str, Any], tmp_path: Path
) -> None:
    hub["commit"] = "0123456789abcdef"
    HubData("folder", models_root=str(tmp_path)).rows("eng")
    hub["commit"] = FIRST
    HubData("a/b").rows("eng")
    assert not (tmp_path / "models.lock.json").exists()


def test_a_script_is_not_run_and_the_message_names_the_export(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    folder = tmp_path / "massive"
    folder.mkdir()
    (folder / "massive.py").write_text("raise SystemExit")
    data = HubData(str(folder))
    for use in (data.configurations, lambda: data.rows("en-US")):
        with pytest.raises(
            HubDataError, match=r"found massive\.py.*revision: refs/convert/parquet"
        ):
            use()
