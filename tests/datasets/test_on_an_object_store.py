"""The contract of every dataset type, on an object store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from kedro.io import DatasetError
from matplotlib.figure import Figure
from safetensors.numpy import save_file

from isogloss.datasets import (
    AtomicCSVDataset,
    AtomicFigureDataset,
    AtomicJSONDataset,
    AtomicParquetDataset,
    AtomicTextDataset,
    CategoryFilesDataset,
    ClassifierFolderDataset,
    FigureFolderDataset,
    ItemFolderDataset,
    ModelFoldersDataset,
    OptionalJSONDataset,
    PartitionMarkersDataset,
    ProofreadCSVDataset,
    ResumablePartitionsDataset,
    SurveyFileDataset,
    TextFolderDataset,
    VectorFolderDataset,
    WordFolderDataset,
)
from isogloss.datasets.local_copies import COPIES
from isogloss.language_models.checkpoint_writing import CheckpointContent
from isogloss.model_folders import ModelFolders
from isogloss.partitions import PartitionError, Partitions
from tests.datasets.small_classifiers import LABELS, save_classifier
from tests.object_store import ObjectStore

TABLE = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})


class Place:
    """An empty bucket, and the options with which datasets reach it."""

    def __init__(self, address: str, store: ObjectStore) -> None:
        self.address, self.store = address, store
        self.client = store.filesystem()

    def __call__(self, name: str) -> dict[str, Any]:
        return {"filepath": f"{self.address}/{name}", "credentials": self.store.credentials}

    def put(self, name: str, content: bytes) -> None:
        self.client.pipe_file(f"{self.address}/{name}", content)

    def upload(self, folder: Path, name: str) -> None:
        for path in folder.rglob("*"):
            if path.is_file():
                self.put(f"{name}/{path.relative_to(folder)}", path.read_bytes())

    def names(self) -> list[str]:
        root = self.address.removeprefix("s3://") + "/"
        return sorted(path.removeprefix(root) for path in self.client.find(self.address))


@pytest.fixture
def place(bucket: str, object_store: ObjectStore) -> Place:
    return Place(bucket, object_store)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (AtomicParquetDataset, TABLE),
        (AtomicCSVDataset, TABLE),
        (AtomicTextDataset, "Größe\n中"),
        (AtomicJSONDataset, [{"a": 1}]),
        (OptionalJSONDataset, {"a": None}),
    ],
)
def test_a_file_is_there_whole_or_not_at_all(kind: Any, value: Any, place: Place) -> None:
    dataset = kind(**place("inner/file"))
    assert dataset.content_version() is None
    dataset.save(value)
    assert dataset.exists()
    assert f"{place.address}/inner/file" in str(dataset)
    found = kind(**place("inner/file")).load()
    same = found.equals(value) if isinstance(value, pd.DataFrame) else found == value
    assert same
    version = dataset.content_version()
    dataset.save(value)
    assert dataset.content_version() == version
    place.store.fault = lambda method, path: 403 if method == "PUT" else None
    with pytest.raises(DatasetError, match="cannot be read or written"):
        dataset.save(value)
    place.store.fault = lambda method, path: None
    assert place.names() == ["inner/file"]
    # Another process writes.
    place.put("inner/file", b"\x00broken")
    assert dataset.content_version() != version


def test_an_absent_file_says_where_it_should_be(place: Place) -> None:
    with pytest.raises(DatasetError, match=rf"{place.address}/a.parquet does not exist. Run the"):
        AtomicParquetDataset(**place("a.parquet")).load()
    place.put("table.csv", b"a\n1\n")
    with pytest.raises(DatasetError, match=r"/tabel.csv does not exist. Did you mean table\?"):
        AtomicCSVDataset(**place("tabel.csv"), text_only=True).load()
    place.put("a.parquet", b"broken")
    with pytest.raises(DatasetError, match=rf"{place.address}/a.parquet cannot be read as"):
        AtomicParquetDataset(**place("a.parquet")).load()


def test_figures_and_previews(place: Place) -> None:
    figure = AtomicFigureDataset(**place("a.b/one.png"), dots_per_inch=20)
    figure.save(Figure(figsize=(1, 1)))
    assert place.names() == ["a.b/one.png", "a.b/one.svg"]
    assert figure.load().svg.startswith("<?xml")
    assert figure.preview()
    folder = FigureFolderDataset(**place("all"), dots_per_inch=20)
    assert not folder.exists()
    with pytest.raises(DatasetError, match="There is no figure in s3://"):
        folder.load()
    folder.save({"b": Figure(figsize=(1, 1)), "a": lambda: Figure(figsize=(1, 1))})
    assert list(folder.load()) == ["a", "b"]
    assert folder.load()["b"]().png == place.client.cat_file(f"{place.address}/all/b.png")
    assert folder.preview()


def test_rows_that_somebody_corrected_are_not_lost(place: Place) -> None:
    dataset = ProofreadCSVDataset(**place("t.csv"))
    dataset.save(TABLE.astype(str))
    place.put("t.csv", b"a,b\n1,corrected\n")
    with pytest.raises(DatasetError, match="1 row that this run would change"):
        dataset.save(TABLE.astype(str))


class Languages:
    """Makes a table a language, until it is killed."""

    def __init__(self, killed_at: str | None = None) -> None:
        self.asked: list[str] = []
        self._killed_at = killed_at

    def partitions(self, *ids: str) -> Partitions[pd.DataFrame]:
        def compute(group: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
            for one in group:
                if one == self._killed_at:
                    raise RuntimeError("killed here")
                self.asked.append(one)
                yield one, pd.DataFrame({"id": [one]})

        return Partitions({"layers": 6}, {one: {} for one in ids}, compute)


def test_a_set_is_taken_up_where_it_was_left(place: Place) -> None:
    def stored() -> ResumablePartitionsDataset:
        return ResumablePartitionsDataset(**place("set"), format="parquet")

    with pytest.raises(DatasetError, match="killed here"):
        stored().save(Languages("eng").partitions("deu", "eng", "fra"))
    assert not stored().exists()
    with pytest.raises(DatasetError, match=rf"{place.address}/set is not complete"):
        stored().load()
    markers = PartitionMarkersDataset(**place("set"))
    assert markers.load()["partition"].tolist() == ["deu"]
    again = Languages()
    stored().save(again.partitions("deu", "eng", "fra"))
    assert again.asked == ["eng", "fra"]
    # A dataset that has looked before sees it too.
    assert markers.load()["partition"].tolist() == ["deu", "eng", "fra"]
    assert stored().load()["fra"]()["id"].tolist() == ["fra"]
    assert stored().preview(nrows=1)["data"] == [["deu", "deu"]]


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:-1] + b"?"])
def test_a_damaged_partition_is_noticed_and_made_anew(damage: Any, place: Place) -> None:
    stored = ResumablePartitionsDataset(**place("set"), format="parquet")
    stored.save(Languages().partitions("deu", "eng"))
    assert stored.load()["eng"]()["id"].tolist() == ["eng"]
    place.put("set/eng.parquet", damage(place.client.cat_file(f"{place.address}/set/eng.parquet")))
    with pytest.raises((DatasetError, PartitionError), match="is damaged|is not complete"):
        stored.load()["eng"]()
    again = Languages()
    stored.save(again.partitions("deu", "eng"))
    assert again.asked == ["eng"]
    assert stored.load()["eng"]()["id"].tolist() == ["eng"]


def test_weights_are_read_from_a_copy_as_long_as_somebody_wants(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(COPIES, "_budget", 0)
    config = {"id2label": dict(enumerate(LABELS))}
    content = CheckpointContent(
        {"classifier.weight": torch.arange(6.0).reshape(3, 2)}, config, "digest"
    )
    stored = ResumablePartitionsDataset(**place("models"), format="checkpoint")
    stored.save(Partitions({}, {"de-DE-0": {}}, lambda ids: [("de-DE-0", content)]))
    renamed = stored.load()["de-DE-0"]().with_labels(LABELS[::-1])
    assert renamed.name == "de-DE-0"
    assert torch.equal(renamed.state_dict()["classifier.weight"][2], torch.arange(2.0))


class Models:
    """Models of two files, which remember when they were written."""

    def __init__(self, **records: dict[str, Any]) -> None:
        self.records, self.written = records, list[str]()

    def folders(self, bytes_each: int = 10) -> ModelFolders:
        return ModelFolders(self.records, bytes_each, self._write)

    def _write(self, folders: Mapping[str, Path]) -> None:
        for name, folder in folders.items():
            folder.mkdir()
            (folder / "model.safetensors").write_text(str(self.records[name]))
            (folder / "merge.json").write_text(json.dumps(self.records[name]))
            self.written.append(name)


def test_models_are_written_whole_and_once(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    dataset = ModelFoldersDataset(**place("merged"))
    assert not dataset.exists()
    dataset.save(Models(a={"weight": 0.1}, b={"weight": 0.2}).folders())
    assert place.names() == [
        f"merged/{name}/{file}" for name in "ab" for file in ("merge.json", "model.safetensors")
    ]
    version = dataset.content_version()
    again = Models(a={"weight": 0.1}, b={"weight": 0.3})
    place.put("merged/b/old.json", b"")
    dataset.save(again.folders())
    assert again.written == ["b"]
    assert "merged/b/old.json" not in place.names()
    assert dataset.content_version() not in (None, version)
    loaded = dataset.load()
    assert list(loaded) == ["a", "b"]
    assert (loaded["b"] / "model.safetensors").read_text() == "{'weight': 0.3}"
    assert [path.name for path in COPIES.scratch().glob("tmp*")] == []


def test_a_model_that_was_not_copied_whole_is_absent(place: Place) -> None:
    dataset = ModelFoldersDataset(**place("merged"))
    dataset.save(Models(a={"weight": 0.1}).folders())
    place.store.fault = lambda method, path: (
        403 if method == "PUT" and path.endswith("merge.json") else None
    )
    with pytest.raises(DatasetError, match="cannot be read or written"):
        dataset.save(Models(a={"weight": 0.2}).folders())
    place.store.fault = lambda method, path: None
    assert list(dataset.load()) == []
    dataset.save(Models(a={"weight": 0.2}).folders())
    assert (dataset.load()["a"] / "model.safetensors").read_text() == "{'weight': 0.2}"


def test_models_made_elsewhere_are_not_overwritten(place: Place) -> None:
    place.put("merged/a/precious.bin", b"x")
    dataset = ModelFoldersDataset(**place("merged"))
    with pytest.raises(DatasetError, match=r"merged/a holds something that was not merged here"):
        dataset.save(Models(a={"weight": 0.2}).folders())
    assert place.names() == ["merged/a/precious.bin"]


def test_models_are_written_in_portions_that_fit_on_this_machine(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    portions: list[int] = []

    def write(folders: Mapping[str, Path]) -> None:
        portions.append(len(folders))
        models._write(folders)

    models = Models(**{name: {} for name in "abcde"})
    usage = type("Usage", (), {"free": 25})
    monkeypatch.setattr("isogloss.datasets.model_folders.shutil.disk_usage", lambda path: usage)
    ModelFoldersDataset(**place("merged")).save(ModelFolders(models.records, 10, write))
    assert portions == [2, 2, 1]
    with pytest.raises(DatasetError, match="1 models take"):
        ModelFoldersDataset(**place("other")).save(ModelFolders(models.records, 30, write))


def test_classifiers_are_as_on_a_disk(place: Place, tmp_path: Path) -> None:
    for number, name in enumerate(("base", "de-DE/k_1", "fr-FR/k_1", "fr-FR/k_2")):
        save_classifier(tmp_path / name, float(number))
    (tmp_path / "it-IT" / "k_1").mkdir(parents=True)
    (tmp_path / "it-IT" / "k_1" / "pytorch_model.bin").write_bytes(b"never copied")
    place.upload(tmp_path, "classifiers")
    settings: dict[str, Any] = {"pattern": "<locale>/k_<seed>", "base": "base", "locales": "all sw"}
    dataset = ClassifierFolderDataset(**place("classifiers"), **settings)
    found = dataset.load()
    local = ClassifierFolderDataset(filepath=str(tmp_path), **settings).load()
    assert found.item_fingerprints == local.item_fingerprints
    assert list(found.failures) == list(local.failures)
    address = f"{place.address}/classifiers"
    assert f"{address}/it-IT/k_1 holds no config.json" in found.failures["it-IT-1"]
    assert f"{address}/sw/k_1 does not exist" in found.failures["sw-1"]
    assert torch.equal(found["fr-FR-2"]().state_dict()["body.weight"], torch.full((4, 3), 3.0))
    version = dataset.content_version()
    place.put("classifiers/de-DE/k_1/config.json", b"{}")
    assert dataset.content_version() not in (None, version)
    with pytest.raises(DatasetError, match=r"folder of classifiers s3://.* does not exist"):
        ClassifierFolderDataset(**place("none")).load()
    with pytest.raises(DatasetError, match=r"found: base, de-DE, fr-FR"):
        ClassifierFolderDataset(**place("classifiers"), pattern="x_<locale>").load()


def test_raw_data(place: Place, tmp_path: Path) -> None:
    place.put("texts/dev/deu.dev", "Größe\n".encode())
    texts = TextFolderDataset(
        **place("texts"), pattern="{split}/{language}.{split}", splits={"dev": 0}
    )
    assert texts.load().texts["deu"]["dev"].read() == "Größe\n".encode()
    place.put("items/de-DE.jsonl", b'{"a": 1}\n')
    items = ItemFolderDataset(**place("items"), pattern="{locale}.jsonl", format="jsonl").load()
    (item,) = items.read["de-DE"]()
    assert item.place == f"{place.address}/items/de-DE.jsonl, line 1"
    place.put("survey/wvs.csv", b"cntry;lnge\nUS;en\n")
    survey = SurveyFileDataset(**place("survey")).load()
    assert survey.read(["cntry"], [])["cntry"].tolist() == ["US"]
    assert SurveyFileDataset(**place("survey/wvs.csv")).content_version()
    place.put("words/fruit.csv", b"concept,deu\napple,Apfel\n")
    assert WordFolderDataset(**place("words")).load()["word"].tolist() == ["Apfel"]
    place.put("lists/fruit.txt", b"apple\n")
    assert CategoryFilesDataset(**place("lists")).load() == {"fruit": ["apple"]}
    save_file({"mean": np.ones((1, 2, 3), dtype=np.float32)}, tmp_path / "deu.safetensors")
    place.upload(tmp_path, "vectors")
    vectors = VectorFolderDataset(**place("vectors")).load()
    assert vectors["deu"]().read("mean").sum() == 6
    place.put("vectors/deu.safetensors", b"cut")
    with pytest.raises(ValueError, match=rf"{place.address}/vectors/deu.safetensors is no whole"):
        VectorFolderDataset(**place("vectors")).load()["deu"]()
    for kind in (TextFolderDataset, WordFolderDataset, CategoryFilesDataset):
        with pytest.raises(DatasetError, match=rf"{place.address}/none"):
            kind(**place("none")).load()
