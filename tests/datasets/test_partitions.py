from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import fsspec
import numpy as np
import pandas as pd
import pytest
import torch
from kedro.io import DatasetError

from isogloss.datasets import PartitionMarkersDataset, ResumablePartitionsDataset
from isogloss.datasets.storage import Storage
from isogloss.language_models.checkpoint_writing import CheckpointContent
from isogloss.partitions import PartitionError, PartitionFailure, Partitions, Share, portions
from isogloss.tensors import TensorTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Recorder:
    """Makes partitions and remembers which it was asked for."""

    def __init__(self, fails_at: str | None = None) -> None:
        self.groups: list[list[str]] = []
        self._fails_at = fails_at

    def compute(self, ids: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
        self.groups.append(list(ids))
        for identifier in ids:
            if identifier == self._fails_at:
                raise RuntimeError("killed here")
            yield identifier, pd.DataFrame({"id": [identifier]})

    def partitions(
        self,
        ids: str,
        fingerprint: dict[str, Any] | None = None,
        size: int = 1,
        share: Share | None = None,
    ) -> Partitions[pd.DataFrame]:
        items = {identifier: {"text": f"text of {identifier}"} for identifier in ids.split()}
        grouping = partial(portions, size=size)
        return Partitions(fingerprint or {"layers": 6}, items, self.compute, grouping, share)


def dataset(folder: Path, **options: Any) -> ResumablePartitionsDataset:
    return ResumablePartitionsDataset(filepath=str(folder / "set"), format="parquet", **options)


def test_saved_partitions_load_again(tmp_path: Path) -> None:
    dataset(tmp_path).save(Recorder().partitions("deu eng"))
    loaded = dataset(tmp_path).load()
    assert sorted(loaded) == ["deu", "eng"]
    assert loaded["deu"]()["id"].tolist() == ["deu"]
    assert loaded.fingerprint == {"layers": 6}
    assert loaded.item_fingerprints["eng"] == {"text": "text of eng"}


def test_loading_reads_the_list_of_partitions_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset(tmp_path).save(Recorder().partitions("deu eng"))
    read: list[str] = []
    real = Storage.read_bytes

    def recorded(self: Storage, path: str) -> bytes:
        read.append(path)
        return real(self, path)

    monkeypatch.setattr(Storage, "read_bytes", recorded)
    dataset(tmp_path).load()
    assert [path for path in read if path.endswith("_complete.json")] == [
        str(tmp_path / "set" / "_complete.json")
    ]


def test_a_second_save_computes_nothing(tmp_path: Path) -> None:
    dataset(tmp_path).save(Recorder().partitions("deu eng"))
    again = Recorder()
    dataset(tmp_path).save(again.partitions("deu eng"))
    assert again.groups == []


def test_an_interrupted_save_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="killed here"):
        dataset(tmp_path).save(Recorder(fails_at="fra").partitions("deu eng fra swh"))
    assert not dataset(tmp_path).exists()
    with pytest.raises(DatasetError, match="is not complete"):
        dataset(tmp_path).load()
    again = Recorder()
    dataset(tmp_path).save(again.partitions("deu eng fra swh"))
    assert again.groups == [["fra", "swh"]]
    assert dataset(tmp_path).exists()


def failing(ids: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame | PartitionFailure]]:
    for identifier in ids:
        if identifier == "fra":
            yield identifier, PartitionFailure("fra has no weights. Train it again.")
        else:
            yield identifier, pd.DataFrame({"id": [identifier]})


def test_one_that_fails_is_named_while_the_others_are_saved(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    items: dict[str, dict[str, Any]] = {identifier: {} for identifier in ("deu", "fra", "eng")}
    dataset(tmp_path).save(Partitions({"layers": 6}, items, failing))
    loaded = dataset(tmp_path).load()
    assert sorted(loaded) == ["deu", "eng"]
    assert loaded.failures == {"fra": "fra has no weights. Train it again."}
    assert dataset(tmp_path).failures() == loaded.failures
    assert "fra failed: fra has no weights" in caplog.text


def test_one_that_failed_is_tried_again_alone(tmp_path: Path) -> None:
    items: dict[str, dict[str, Any]] = {
        identifier: {"text": f"text of {identifier}"} for identifier in ("deu", "fra", "eng")
    }
    dataset(tmp_path).save(Partitions({"layers": 6}, items, failing))
    recorder = Recorder()
    dataset(tmp_path).save(recorder.partitions("deu fra eng"))
    assert recorder.groups == [["fra"]]
    assert sorted(dataset(tmp_path).load()) == ["deu", "eng", "fra"]
    assert dataset(tmp_path).failures() == {}


def test_a_set_of_which_nothing_can_be_made_is_an_error_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nothing could be made.\nfra has no weights"):
        dataset(tmp_path).save(Partitions({}, {"fra": {}}, failing))
    assert dataset(tmp_path).failures() == {}


def test_a_group_that_a_killed_run_has_left_half_made_is_computed_whole(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="killed here"):
        dataset(tmp_path).save(Recorder(fails_at="d").partitions("a b c d e", size=2))
    kept = (tmp_path / "set" / "c.parquet").stat().st_mtime_ns
    again = Recorder()
    dataset(tmp_path).save(again.partitions("a b c d e", size=2))
    assert again.groups == [["c", "d", "e"]]
    assert (tmp_path / "set" / "c.parquet").stat().st_mtime_ns == kept, "what is there stays"
    assert not (tmp_path / "set" / "_plan.json").exists()


def test_what_is_added_to_a_complete_set_makes_groups_of_its_own(tmp_path: Path) -> None:
    dataset(tmp_path).save(Recorder().partitions("a c e", size=2))
    again = Recorder()
    dataset(tmp_path).save(again.partitions("a b c d e f", size=2))
    assert again.groups == [["b", "d", "f"]]


def test_groups_are_formed_anew_where_something_else_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="killed here"):
        dataset(tmp_path).save(Recorder(fails_at="b").partitions("a b c d", size=4))
    again = Recorder()
    dataset(tmp_path).save(again.partitions("a b c d e", size=4))
    assert again.groups == [["b", "c", "d", "e"]]
    (tmp_path / "set" / "_complete.json").unlink()
    (tmp_path / "set" / "_markers" / "e.json").unlink()
    (tmp_path / "set" / "_plan.json").write_text("{")
    last = Recorder()
    dataset(tmp_path).save(last.partitions("a b c d e", size=4))
    assert last.groups == [["e"]], "a damaged plan counts as none"


def test_shares_make_whole_groups_and_only_the_whole_set_is_complete(tmp_path: Path) -> None:
    ids = "a b c d e f g"
    assert dataset(tmp_path).plan(Recorder().partitions(ids, size=2)) == [
        ["a", "b"], ["c", "d"], ["e", "f"], ["g"],
    ]  # fmt: skip
    first, second, rest = Recorder(), Recorder(), Recorder()
    dataset(tmp_path).save(first.partitions(ids, size=2, share=Share(0, 2)))
    assert not dataset(tmp_path).exists()
    dataset(tmp_path).save(second.partitions(ids, size=2, share=Share(1, 2)))
    assert not dataset(tmp_path).exists()
    dataset(tmp_path).save(rest.partitions(ids, size=2))
    assert (first.groups, second.groups) == ([["a", "b", "e", "f"]], [["c", "d", "g"]])
    assert rest.groups == []
    assert sorted(dataset(tmp_path).load()) == ids.split()


def test_a_share_that_was_lost_is_made_by_whoever_completes_the_set(tmp_path: Path) -> None:
    ids = "a b c d e"
    dataset(tmp_path).plan(Recorder().partitions(ids, size=2))
    with pytest.raises(DatasetError, match="killed here"):
        lost = Recorder(fails_at="d").partitions(ids, size=2, share=Share(1, 2))
        dataset(tmp_path).save(lost)
    dataset(tmp_path).save(Recorder().partitions(ids, size=2, share=Share(0, 2)))
    rest = Recorder()
    dataset(tmp_path).save(rest.partitions(ids, size=2))
    assert rest.groups == [["c", "d"]]
    assert dataset(tmp_path).exists()


def test_a_new_language_is_added_and_a_dropped_one_not_loaded(tmp_path: Path) -> None:
    dataset(tmp_path).save(Recorder().partitions("deu eng"))
    recorder = Recorder()
    dataset(tmp_path).save(recorder.partitions("eng fra"))
    assert recorder.groups == [["fra"]]
    assert sorted(dataset(tmp_path).load()) == ["eng", "fra"]


def test_other_settings_are_computed_anew_with_a_warning_that_names_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dataset(tmp_path).save(Recorder().partitions("deu eng"))
    recorder = Recorder()
    dataset(tmp_path).save(recorder.partitions("deu eng", {"layers": 12}))
    assert recorder.groups == [["deu", "eng"]]
    assert "layers: 6 -> 12" in caplog.text


def test_other_settings_are_refused_where_partitions_cost_money(tmp_path: Path) -> None:
    dataset(tmp_path).save(Recorder().partitions("deu"))
    with pytest.raises(DatasetError, match="layers: 6 -> 12.*not replaced"):
        dataset(tmp_path, on_change="refuse").save(Recorder().partitions("deu", {"layers": 12}))
    assert dataset(tmp_path).load().fingerprint == {"layers": 6}


def test_one_changed_text_recomputes_one_partition(tmp_path: Path) -> None:
    recorder = Recorder()
    dataset(tmp_path).save(recorder.partitions("deu eng"))
    items = {"deu": {"text": "text of deu"}, "eng": {"text": "corrected"}}
    recorder.groups.clear()
    dataset(tmp_path).save(Partitions({"layers": 6}, items, recorder.compute))
    assert recorder.groups == [["eng"]]


def test_runs_with_other_settings_on_one_folder_never_leave_a_mixed_set(tmp_path: Path) -> None:
    def disturbed(ids: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
        for identifier in ids:
            yield identifier, pd.DataFrame({"id": [identifier]})
            if identifier == "deu":
                # Meanwhile another run makes all of it.
                dataset(tmp_path).save(Recorder().partitions("deu eng", {"layers": 12}))

    items = Recorder().partitions("deu eng").items
    with pytest.raises(DatasetError, match=r"Another run has written .*layers: 12 -> 6"):
        dataset(tmp_path).save(Partitions({"layers": 6}, items, disturbed))
    # What the other has called complete is so no longer.
    assert not dataset(tmp_path).exists()
    with pytest.raises(DatasetError, match="a run with other settings has written there since"):
        dataset(tmp_path).load()
    again = Recorder()
    dataset(tmp_path).save(again.partitions("deu eng", {"layers": 12}))
    assert again.groups == [["eng"]]
    assert dataset(tmp_path).load().fingerprint == {"layers": 12}


def test_a_partition_that_another_run_replaces_while_the_set_is_read_is_refused(
    tmp_path: Path,
) -> None:
    dataset(tmp_path).save(Recorder().partitions("deu eng"))
    loaded = dataset(tmp_path).load()
    dataset(tmp_path).save(Recorder().partitions("deu eng", {"layers": 12}))
    with pytest.raises(PartitionError, match=r"deu\.parquet was made anew, .*layers: 12 -> 6"):
        loaded["deu"]()
    assert dataset(tmp_path).load()["deu"]()["id"].tolist() == ["deu"]


@pytest.mark.parametrize("damage", ["truncated", "flipped", "deleted"])
def test_a_damaged_partition_is_refused_and_then_computed_anew(tmp_path: Path, damage: str) -> None:
    dataset(tmp_path).save(Recorder().partitions("deu eng"))
    victim = tmp_path / "set" / "deu.parquet"
    content = bytearray(victim.read_bytes())
    if damage == "truncated":
        victim.write_bytes(content[:-10])
    elif damage == "flipped":
        content[len(content) // 2] ^= 1
        victim.write_bytes(content)
    else:
        victim.unlink()
    with pytest.raises((DatasetError, PartitionError), match="is damaged|is not complete"):
        dataset(tmp_path).load()["deu"]()
    recorder = Recorder()
    dataset(tmp_path).save(recorder.partitions("deu eng"))
    assert recorder.groups == [["deu"]]


@pytest.mark.parametrize("content", ['{"finger', "[]", '{"size": 3}'])
def test_a_damaged_marker_counts_as_missing(tmp_path: Path, content: str) -> None:
    dataset(tmp_path).save(Recorder().partitions("deu eng"))
    (tmp_path / "set" / "_markers" / "eng.json").write_text(content)
    markers = PartitionMarkersDataset(filepath=str(tmp_path / "set")).load()
    assert markers["partition"].tolist() == ["deu"]
    recorder = Recorder()
    dataset(tmp_path).save(recorder.partitions("deu eng"))
    assert recorder.groups == [["eng"]]


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        dataset(tmp_path).save(Recorder(fails_at="eng").partitions("deu eng"))
    assert not [path for path in tmp_path.rglob("*") if "partial" in path.name]


@pytest.mark.parametrize("identifier", ["../escape", "a/b", ".hidden", "_marker", ""])
def test_an_identifier_that_could_leave_the_folder_is_refused(
    tmp_path: Path, identifier: str
) -> None:
    partitions = Partitions[Any]({}, {identifier: {}}, lambda ids: iter(()))
    with pytest.raises(DatasetError, match="cannot name a partition"):
        dataset(tmp_path).save(partitions)


def test_computing_fewer_or_others_than_asked_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nothing was computed for eng"):
        dataset(tmp_path).save(Partitions[Any]({}, {"eng": {}}, lambda ids: iter(())))
    with pytest.raises(DatasetError, match="'fra', which was not asked for"):
        dataset(tmp_path).save(Partitions({}, {"eng": {}}, lambda ids: iter([("fra", 1)])))


def test_safetensors_partitions_keep_arrays_and_metadata(tmp_path: Path) -> None:
    stored = ResumablePartitionsDataset(filepath=str(tmp_path / "vectors"), format="safetensors")
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    table = TensorTable({"mean": array}, {"sentence_ids": json.dumps(["0", "1", "2"])})
    stored.save(Partitions({}, {"eng": {}}, lambda ids: [("eng", table)]))
    file = stored.load()["eng"]()
    np.testing.assert_array_equal(file.read("mean"), array)
    np.testing.assert_array_equal(file.read("mean", 1), array[1])
    assert file.shape("mean") == (2, 3, 4)
    assert json.loads(file.metadata["sentence_ids"]) == ["0", "1", "2"]


def test_partitions_on_an_object_store(tmp_path: Path) -> None:
    stored = ResumablePartitionsDataset(filepath="memory://bucket/vectors", format="safetensors")
    table = TensorTable({"mean": np.ones((1, 2, 3), dtype=np.float32)})
    stored.save(Partitions({}, {"eng": {}}, lambda ids: [("eng", table)]))
    assert stored.load()["eng"]().read("mean").sum() == 6
    assert fsspec.filesystem("memory").exists("/bucket/vectors/_complete.json")


def test_markers_list_what_is_there_before_the_set_is_complete(tmp_path: Path) -> None:
    markers = PartitionMarkersDataset(filepath=str(tmp_path / "set"))
    assert markers.load().empty
    with pytest.raises(DatasetError):
        dataset(tmp_path).save(Recorder(fails_at="eng").partitions("deu eng"))
    table = markers.load()
    assert table["partition"].tolist() == ["deu"]
    assert json.loads(table["fingerprint"][0]) == {"layers": 6}


def test_markers_without_their_whole_file_do_not_count(tmp_path: Path) -> None:
    dataset(tmp_path).save(Recorder().partitions("deu eng fra"))
    (tmp_path / "set" / "deu.parquet").unlink()
    eng = tmp_path / "set" / "eng.parquet"
    eng.write_bytes(eng.read_bytes()[:-1])
    markers = PartitionMarkersDataset(filepath=str(tmp_path / "set")).load()
    assert markers["partition"].tolist() == ["fra"]


def test_a_set_that_is_saved_again_keeps_its_version_until_something_changes(
    tmp_path: Path,
) -> None:
    assert dataset(tmp_path).content_version() is None
    dataset(tmp_path).save(Recorder().partitions("deu eng"))
    first = dataset(tmp_path).content_version()
    dataset(tmp_path).save(Recorder().partitions("deu eng"))
    assert dataset(tmp_path).content_version() == first
    dataset(tmp_path).save(Recorder().partitions("deu"))
    assert dataset(tmp_path).content_version() != first


def checkpoints(folder: Path) -> ResumablePartitionsDataset:
    return ResumablePartitionsDataset(filepath=str(folder / "set"), format="checkpoint")


def save_checkpoint(folder: Path) -> Path:
    tensors = {"weight": torch.arange(5000.0), "bias": torch.ones(3, dtype=torch.bfloat16)}
    content = CheckpointContent(tensors, {"id2label": {"0": "yes"}}, "abc", {"recipe": "{}"})
    checkpoints(folder).save(Partitions.from_callables({}, {"de-DE-0": lambda: content}))
    return folder / "set" / "de-DE-0.safetensors"


def test_checkpoints_are_saved_whole_and_loaded_without_their_weights(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path)
    loaded = checkpoints(tmp_path).load()["de-DE-0"]()
    assert (loaded.name, loaded.labels, loaded.tokenizer_digest) == ("de-DE-0", ("yes",), "abc")
    assert loaded.metadata["recipe"] == "{}"
    with loaded.open() as reader:
        assert reader.read("weight", 4998).tolist() == [4998, 4999]
        assert reader.read("bias").dtype is torch.bfloat16
    assert (
        path.stat().st_mode & 0o777 == (tmp_path / "set" / "_complete.json").stat().st_mode & 0o777
    )


@pytest.mark.parametrize("damage", ["header", "weights", "length"])
def test_a_damaged_checkpoint_is_refused_and_marked_as_missing(tmp_path: Path, damage: str) -> None:
    path = save_checkpoint(tmp_path)
    load = checkpoints(tmp_path).load()["de-DE-0"]
    content = bytearray(path.read_bytes())
    if damage == "length":
        content = content[:-1]
    else:
        weights = 5000 * 4 + 3 * 2
        content[8 if damage == "header" else 7 - weights] ^= 255
    path.write_bytes(content)
    with pytest.raises(PartitionError, match="is damaged .* now marked as missing"):
        load()
    assert not checkpoints(tmp_path).exists()


@pytest.mark.parametrize("name", ["_complete.json", "_markers/deu.json"])
def test_a_record_that_was_changed_counts_as_damaged(tmp_path: Path, name: str) -> None:
    table = pd.DataFrame({"a": [1]})
    stored = ResumablePartitionsDataset(filepath=str(tmp_path), format="parquet")
    stored.save(Partitions.from_callables({"layers": 2}, {"deu": lambda: table}))
    path = tmp_path / name
    path.write_text(path.read_text().replace('"layers": 2', '"layers": 3'))
    with pytest.raises(DatasetError, match=r"damaged|is not complete"):
        stored.load()["deu"]()
    stored.save(Partitions.from_callables({"layers": 2}, {"deu": lambda: table}))
    assert stored.load().fingerprint == {"layers": 2}
