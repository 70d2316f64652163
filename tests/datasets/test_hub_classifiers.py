"""The reader on a stand-in of the hub's client; it has not been run against the hub itself."""

from __future__ import annotations

import json
import shutil
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import huggingface_hub
import pytest
from huggingface_hub import errors
from kedro.io import DatasetError

from isogloss.datasets import HubClassifiersDataset
from isogloss.errors import Refusal
from tests.datasets.small_classifiers import LABELS, save_classifier

if TYPE_CHECKING:
    from pathlib import Path

COMMITS = {"org/k_de-DE": "a" * 40, "org/k_fr-FR": "b" * 40, "org/start": "c" * 40}


class Hub:
    """Stands for `snapshot_download`: repositories in folders, and a cache of what was fetched."""

    def __init__(self, root: Path) -> None:
        self.repositories, self.cache = root / "hub", root / "cache"
        self.asked: list[tuple[str, str | None]] = []
        self.reachable = True

    def __call__(
        self,
        repo_id: str,
        revision: str | None,
        allow_patterns: list[str],
        ignore_patterns: list[str],
        *,
        local_files_only: bool = False,
    ) -> str:
        folder = self.cache / repo_id / COMMITS.get(repo_id, "")
        if local_files_only or not self.reachable:
            if not folder.exists():
                raise errors.LocalEntryNotFoundError("not here")
            return str(folder)
        self.asked.append((repo_id, revision))
        if repo_id not in COMMITS:
            error = errors.RepositoryNotFoundError
            raise error.__new__(error, "404")
        for path in sorted(self.repositories.joinpath(repo_id).rglob("*")):
            name = path.relative_to(self.repositories / repo_id).as_posix()
            wanted = any(fnmatch(name, pattern) for pattern in allow_patterns)
            if path.is_file() and wanted and not any(fnmatch(name, no) for no in ignore_patterns):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, folder / name)
        return str(folder)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    server = Hub(tmp_path)
    for number, repository in enumerate(("k_de-DE", "k_fr-FR")):
        root = server.repositories / "org" / repository
        best = save_classifier(root / f"{repository[2:]}_epoch-9", number)
        (best / "modeling.py").write_text("raise SystemExit")
        (best / "pytorch_model.bin").write_text("a pickle")
        (best / "deeper").mkdir()
        (best / "deeper" / "model.safetensors").write_text("of another")
        save_classifier(root / "epoch-8", 9)
    save_classifier(server.repositories / "org" / "start", 5)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", server)
    return server


def classifiers(root: Path, **settings: Any) -> HubClassifiersDataset:
    given = {
        "name": "org/k_<locale>",
        "subfolder": "{locale}_epoch-9",
        "locales": ["de-DE", "fr-FR"],
        "models_root": str(root / "models"),
    }
    return HubClassifiersDataset(**(given | settings))


def test_the_subfolder_of_every_repository_is_fetched_once(hub: Hub, tmp_path: Path) -> None:
    dataset = classifiers(tmp_path, base={"name": "org/start"})
    assert dataset.content_version() is None
    for _ in range(2):
        found = dataset.load()
    assert list(found) == ["base-0", "de-DE-0", "fr-FR-0"]
    values = [float(found[name]().state_dict()["body.weight"][0, 0]) for name in found]
    assert values == [5, 0, 1]
    assert found["fr-FR-0"]().labels == LABELS
    assert found.failures == dataset.failures() == {}
    assert hub.asked == [("org/start", None), ("org/k_de-DE", None), ("org/k_fr-FR", None)]
    files = {path.name for path in hub.cache.rglob("*") if path.is_file()}
    assert files == {"config.json", "tokenizer.json", "model.safetensors"}
    assert not list(hub.cache.rglob("deeper"))
    assert not list(hub.cache.rglob("epoch-8"))
    assert json.loads((tmp_path / "models" / "models.lock.json").read_text()) == COMMITS
    version = dataset.content_version()
    assert version
    lock = tmp_path / "models" / "models.lock.json"
    lock.write_text(json.dumps(COMMITS | {"org/k_fr-FR": "d" * 40}))
    assert dataset.content_version() not in (None, version)


@pytest.mark.parametrize(
    ("revision", "asked"),
    [
        ("v1", ["v1", "v1"]),
        ("v-<locale>", ["v-de-DE", "v-fr-FR"]),
        ({"fr-FR": "e" * 40}, [None, "e" * 40]),
    ],
)
def test_revisions_are_of_all_or_of_each(
    hub: Hub, tmp_path: Path, revision: Any, asked: list[str | None]
) -> None:
    classifiers(tmp_path, revision=revision).load()
    assert [given for _, given in hub.asked] == asked


def test_a_repository_that_is_gone_is_a_failure_of_its_locale(hub: Hub, tmp_path: Path) -> None:
    found = classifiers(tmp_path, locales="de-DE it-IT").load()
    assert list(found) == ["de-DE-0"]
    reason = found.failures["it-IT-0"]
    assert "Model 'it-IT-0': the hub has no org/k_it-IT, or it is private." in reason
    assert "hf download org/k_it-IT --include 'it-IT_epoch-9/*'" in reason


def test_without_the_hub_what_was_fetched_is_used_and_the_rest_named(
    hub: Hub, tmp_path: Path
) -> None:
    hub.reachable = False
    with pytest.raises(DatasetError) as caught:
        classifiers(tmp_path).load()
    message = str(caught.value)
    assert "Of 2 classifiers none can be used:" in message
    assert "Model 'de-DE-0': org/k_de-DE is not on this machine and the hub cannot be re" in message
    assert "hf download org/k_fr-FR --include 'fr-FR_epoch-9/*'" in message
    hub.reachable = True
    classifiers(tmp_path, locales="de-DE").load()
    hub.reachable = False
    found = classifiers(tmp_path).load()
    assert (list(found), list(found.failures)) == (["de-DE-0"], ["fr-FR-0"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "org/k", "subfolder": ""}, "'org/k' of classifiers lacks the placeholder"),
        ({"base": {"hub": "org/start"}}, "no setting 'base.hub' .* name, subfolder, revision"),
        ({"locales": ""}, "Name the locales of the classifiers 'org/k_<locale>' on the hub"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refusal, match=message):
        classifiers(tmp_path, **settings)
