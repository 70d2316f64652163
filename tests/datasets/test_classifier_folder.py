from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import torch
from kedro.io import DatasetError

from isogloss.datasets import ClassifierFolderDataset
from isogloss.errors import Refusal
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.language_models.checkpoint_writing import CheckpointContent, write_checkpoint
from tests.datasets.small_classifiers import LABELS, save_classifier

if TYPE_CHECKING:
    from pathlib import Path


def classifiers(root: Path, **settings: Any) -> ClassifierFolderDataset:
    return ClassifierFolderDataset(filepath=str(root), **settings)


def test_each_folder_is_the_classifier_of_its_locale(tmp_path: Path) -> None:
    for number, locale in enumerate(("de-DE", "zh-CN")):
        save_classifier(tmp_path / locale, number)
    found = classifiers(tmp_path).load()
    assert list(found) == ["de-DE-0", "zh-CN-0"]
    assert found.failures == {}
    chinese = found["zh-CN-0"]()
    assert (chinese.name, chinese.path, chinese.labels) == ("zh-CN-0", tmp_path / "zh-CN", LABELS)
    assert torch.equal(chinese.state_dict()["body.weight"], torch.ones(4, 3))
    assert found.item_fingerprints["zh-CN-0"] == {"checkpoint": chinese.fingerprint}
    assert found.item_fingerprints["zh-CN-0"] != found.item_fingerprints["de-DE-0"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("k_{locale}/alpha_{locale}_epoch-9", ["k_de-DE/alpha_de-DE_epoch-9"]),
        ("k_<locale>/alpha_<locale>_epoch-9", ["k_de-DE/alpha_de-DE_epoch-9"]),
        ("{locale}/seed [{seed}]", ["de-DE/seed [0]", "de-DE/seed [10]"]),
        ("{locale}-{seed}", ["de-DE-0", "de-DE-10"]),
    ],
)
def test_patterns_name_locale_and_seed_wherever_they_stand(
    tmp_path: Path, pattern: str, names: list[str]
) -> None:
    for name in (*names, "k_de-DE/alpha_fr-FR_epoch-9", "de-DE/seed [01]", "de-DE/seed [x]"):
        save_classifier(tmp_path / name)
    found = classifiers(tmp_path, pattern=pattern).load()
    assert list(found) == [f"de-DE-{seed}" for seed in (0, 10)[: len(names)]]
    assert [found[name]().path for name in found] == [tmp_path / name for name in names]


def test_files_of_isogloss_are_classifiers_too(tmp_path: Path) -> None:
    config = {"id2label": dict(enumerate(LABELS))}
    for name in ("base-1", "de-DE-1"):
        content = CheckpointContent({"weight": torch.ones(2)}, config, "digest")
        write_checkpoint(content, tmp_path / f"{name}.safetensors")
    (tmp_path / "_markers").mkdir()
    found = classifiers(tmp_path, pattern="{locale}-{seed}.safetensors").load()
    assert list(found) == ["base-1", "de-DE-1"]
    assert found["de-DE-1"]().tokenizer_digest == "digest"


@pytest.mark.parametrize(("base", "places"), [("start", ["start"] * 2), ("s{seed}", ["s0", "s1"])])
def test_the_base_serves_its_seed_and_is_no_locale(
    tmp_path: Path, base: str, places: list[str]
) -> None:
    for seed in (0, 1):
        save_classifier(tmp_path / f"de-DE_{seed}")
    for place in set(places):
        save_classifier(tmp_path / place, 7)
    found = classifiers(tmp_path, pattern="{locale}_{seed}", base=base).load()
    assert sorted(found) == ["base-0", "base-1", "de-DE-0", "de-DE-1"]
    assert [found[f"base-{seed}"]().path.name for seed in (0, 1)] == places
    save_classifier(tmp_path / "en-US")
    alone = classifiers(tmp_path, base="start", locales=["en-US"])
    assert sorted({*alone.load(), *alone.failures()}) == ["base-0", "en-US-0"]


def test_what_cannot_be_used_is_named_and_the_others_are_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save_classifier(tmp_path / "de-DE")
    pickled = save_classifier(tmp_path / "en-US")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    weights = save_classifier(tmp_path / "es-ES") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    (save_classifier(tmp_path / "fr-FR") / "config.json").write_bytes(b'{"a": "\xff"}')
    (save_classifier(tmp_path / "it-IT") / "config.json").write_text('{"id2label": ["a"]}')
    (tmp_path / "logs").mkdir()
    save_classifier(tmp_path / "pl-PL", labels=None)
    dataset = classifiers(tmp_path, locales="all sw-KE")
    found = dataset.load()
    assert list(found) == ["de-DE-0"]
    assert found.failures == dataset.failures()
    for name, message in {
        "en-US": "Pickled weights (pytorch_model.bin, .pt) are never read: save the model as",
        "es-ES": "es-ES/model.safetensors is cut short: it has ",
        "fr-FR": "fr-FR/config.json is no JSON object. Write it again.",
        "it-IT": "no JSON object of numbers and names. Correct them.",
        "logs": f"{tmp_path}/logs holds no config.json, so it is no model.",
        "pl-PL": "pl-PL does not name its classes (id2label). Name them there, or as `labels`",
        "sw-KE": f"{tmp_path}/sw-KE does not exist. Put the classifier of sw-KE there, or leave",
    }.items():
        assert message in found.failures[f"{name}-0"]
        assert f"Classifier {name}-0 cannot be used: {found.failures[f'{name}-0']}" in caplog.text
    assert len(found.failures) == 7


def test_a_locale_that_is_asked_for_is_missed_in_every_seed(tmp_path: Path) -> None:
    for name in ("de-DE/0", "de-DE/1", "fr-FR/1", "it-IT/0"):
        save_classifier(tmp_path / name)
    found = classifiers(tmp_path, pattern="{locale}/{seed}", locales="de-DE fr-FR").load()
    assert list(found) == ["de-DE-0", "de-DE-1", "fr-FR-1"]
    assert list(found.failures) == ["fr-FR-0"]
    assert f"{tmp_path}/fr-FR/0 does not exist" in found.failures["fr-FR-0"]


def test_a_base_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    save_classifier(tmp_path / "de-DE")
    found = classifiers(tmp_path, base="start").load()
    assert list(found) == ["de-DE-0"]
    assert f"{tmp_path}/start does not exist" in found.failures["base-0"]


def test_without_any_classifier_the_message_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"folder of classifiers .*none does not exist.*trained"):
        classifiers(tmp_path / "none").load()
    save_classifier(tmp_path / "base")
    message = r"Nothing in .* is named like 'k_{locale}' \(found: base\). Mend the names, or `patt"
    with pytest.raises(DatasetError, match=message):
        classifiers(tmp_path, pattern="k_{locale}").load()
    with pytest.raises(DatasetError, match="is named like '{locale}'"):
        classifiers(tmp_path).load()
    (tmp_path / "de-DE").mkdir()
    with pytest.raises(DatasetError, match=r"Of 1 classifiers none can be used:\n.*no config.json"):
        classifiers(tmp_path).load()
    with pytest.raises(Refusal, match=r"'\*' of classifiers lacks the placeholder {locale}"):
        classifiers(tmp_path, pattern="*")


def test_classes_can_be_named_in_the_catalog(tmp_path: Path) -> None:
    save_classifier(tmp_path / "de-DE", labels=None)
    save_classifier(tmp_path / "en-US", labels=LABELS[::-1])
    found = classifiers(tmp_path, labels=LABELS).load()
    assert [found[name]().labels for name in found] == [LABELS, LABELS[::-1]]
    with pytest.raises(DatasetError, match=r"de-DE has 3 classes, and 2 labels"):
        classifiers(tmp_path, labels=LABELS[:2], locales="de-DE").load()


def test_the_version_changes_with_the_files(tmp_path: Path) -> None:
    dataset = classifiers(tmp_path, base="start")
    assert dataset.content_version() is None
    assert not dataset.exists()
    save_classifier(tmp_path / "de-DE")
    start = save_classifier(tmp_path / "start")
    assert dataset.exists()
    versions = [dataset.content_version(), dataset.content_version()]
    assert versions[0] == versions[1]
    for file in (tmp_path / "de-DE" / "model.safetensors", start / "config.json"):
        os.utime(file, (1, len(versions)))
        versions.append(dataset.content_version())
    save_classifier(tmp_path / "fr-FR")
    versions.append(dataset.content_version())
    assert len(set(versions)) == 4


def test_weights_that_change_have_another_fingerprint(tmp_path: Path) -> None:
    save_classifier(tmp_path / "de-DE")
    before = classifiers(tmp_path).load().item_fingerprints
    (tmp_path / "de-DE").rename(tmp_path / "old")
    save_classifier(tmp_path / "de-DE", 1e-6)
    assert classifiers(tmp_path, locales="de-DE").load().item_fingerprints != before
    assert open_checkpoint(tmp_path / "old").fingerprint == before["de-DE-0"]["checkpoint"]
