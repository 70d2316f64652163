from __future__ import annotations

import json
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import huggingface_hub
import pytest
from huggingface_hub import errors

from isogloss.language_models.hub import download, holds_weights
from isogloss.language_models.specification import ModelError

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "a" * 40
OTHER = "b" * 40
SECRET = "hf_secret_token"


class Hub:
    """Stands for `snapshot_download`: a cache and a server that serves one commit or an error."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.commit = COMMIT
        self.files = ["config.json", "model.safetensors", "tokenizer.json"]
        self.error: Exception | None = None
        self.calls: list[dict[str, Any]] = []

    def __call__(self, *, local_files_only: bool = False, **arguments: Any) -> str:
        folder = self.root / "snapshots" / self.commit
        if local_files_only:
            if not folder.exists():
                raise errors.LocalEntryNotFoundError("not cached")
            return str(folder)
        self.calls.append(arguments)
        if self.error:
            raise self.error
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.files:
            asked, ignored = arguments["allow_patterns"], arguments["ignore_patterns"]
            if any(fnmatch(name, one) for one in asked) and not any(
                fnmatch(name, one) for one in ignored
            ):
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text("{}")
        return str(folder)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    server = Hub(tmp_path / "cache")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", server)
    return server


def _lock(models: Path) -> dict[str, str]:
    content: dict[str, str] = json.loads((models / "models.lock.json").read_text())
    return content


def test_first_download_locks_the_commit_and_the_second_asks_nobody(
    hub: Hub, tmp_path: Path
) -> None:
    for _ in range(2):
        path, commit = download("tiny", "org/tiny", "main", tmp_path / "m")
        assert (path.name, commit) == (COMMIT, COMMIT)
    assert len(hub.calls) == 1
    assert hub.calls[0]["repo_id"] == "org/tiny"
    assert hub.calls[0]["revision"] == "main"
    assert _lock(tmp_path / "m") == {"org/tiny@main": COMMIT}


def test_pickles_are_never_asked_for(hub: Hub, tmp_path: Path) -> None:
    download("tiny", "org/tiny", None, tmp_path / "m")
    wanted = hub.calls[0]["allow_patterns"]
    assert "*.safetensors" in wanted
    assert "config.json" in wanted
    assert not {"*.bin", "*.pt", "*", "*.py"} & set(wanted)
    assert {"*.bin", "*.pt"} <= set(hub.calls[0]["ignore_patterns"])


def test_untrained_control_needs_no_weights(hub: Hub, tmp_path: Path) -> None:
    hub.files = ["config.json", "tokenizer.json"]
    download("tiny", "org/tiny", None, tmp_path / "m", weights=False, code=True)
    assert "*.safetensors" not in hub.calls[0]["allow_patterns"]
    assert "*.py" in hub.calls[0]["allow_patterns"]


def test_the_weights_are_fetched_only_when_they_are_wanted(hub: Hub, tmp_path: Path) -> None:
    for _ in range(2):
        path, _ = download("tiny", "org/tiny", None, tmp_path / "m", weights=False)
        assert sorted(file.name for file in path.iterdir()) == ["config.json", "tokenizer.json"]
        assert not holds_weights(path)
    assert len(hub.calls) == 1
    for _ in range(2):
        path, _ = download("tiny", "org/tiny", None, tmp_path / "m")
        assert holds_weights(path)
    assert len(hub.calls) == 2
    # The weights are those of the commit whose configuration was read.
    assert hub.calls[1]["revision"] == COMMIT


def test_of_a_subfolder_nothing_else_is_fetched(hub: Hub, tmp_path: Path) -> None:
    names = ("config.json", "model.safetensors", "tokenizer.json", "pytorch_model.bin")
    hub.files = [f"{folder}{name}" for folder in ("", "best/", "last/") for name in names]
    for _ in range(2):
        path, commit = download("tiny", "org/tiny", None, tmp_path / "m", subfolder="best")
    assert path == hub.root / "snapshots" / COMMIT / "best"
    assert commit == COMMIT
    assert len(hub.calls) == 1
    assert _lock(tmp_path / "m") == {"org/tiny": COMMIT}
    found = [str(file.relative_to(hub.root)) for file in hub.root.rglob("*") if file.is_file()]
    assert sorted(found) == [f"snapshots/{COMMIT}/best/{name}" for name in names[:3]]


def test_a_subfolder_that_lacks_files_is_named(hub: Hub, tmp_path: Path) -> None:
    hub.files = ["best/config.json", "model.safetensors", "tokenizer.json"]
    with pytest.raises(ModelError, match="of org/tiny/best .*org/tiny --include 'best"):
        download("tiny", "org/tiny", None, tmp_path / "m", subfolder="best")


def test_a_name_that_no_repository_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'org/tiny/best' cannot be a repository on the hub"):
        download("tiny", "org/tiny/best", None, tmp_path / "m")


def test_an_adapter_may_come_without_its_weights(hub: Hub, tmp_path: Path) -> None:
    hub.files = ["adapter_config.json", "adapter_model.safetensors", "config.json"]
    path, _ = download("tiny", "org/lora", None, tmp_path / "m", weights=False, adapter=True)
    assert [file.name for file in path.iterdir()] == ["adapter_config.json"]
    path, _ = download("tiny", "org/lora", None, tmp_path / "m", adapter=True)
    assert sorted(file.name for file in path.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]


def test_locked_commit_is_the_one_that_is_asked_for(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "models.lock.json").write_text(json.dumps({"org/tiny": COMMIT}))
    download("tiny", "org/tiny", None, tmp_path / "m")
    assert hub.calls[0]["revision"] == COMMIT


def test_another_commit_than_the_locked_one_is_refused(hub: Hub, tmp_path: Path) -> None:
    download("tiny", "org/tiny", "main", tmp_path / "m")
    hub.commit = OTHER
    with pytest.raises(ModelError, match=rf"at commit {COMMIT}, now it is {OTHER}.*lock\.json"):
        download("tiny", "org/tiny", "main", tmp_path / "m")
    assert _lock(tmp_path / "m") == {"org/tiny@main": COMMIT}


def test_half_a_download_in_the_cache_is_completed(hub: Hub, tmp_path: Path) -> None:
    folder = hub.root / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_text("{}")
    index = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "one.safetensors").write_text("")
    hub.files = ["two.safetensors"]
    download("tiny", "org/tiny", None, tmp_path / "m")
    download("tiny", "org/tiny", None, tmp_path / "m")
    assert len(hub.calls) == 1


def _hub_error(kind: type[Exception]) -> Exception:
    # Their constructors want a whole server response.
    return kind.__new__(kind, f"401 for {SECRET}")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (errors.GatedRepoError, r"gated\. Accept its licence at https://huggingface\.co/org/tiny"),
        (errors.RepositoryNotFoundError, "no org/tiny, or it is private"),
        (errors.RevisionNotFoundError, "no revision 'v1'"),
        (errors.LocalEntryNotFoundError, "cannot be reached"),
        (errors.OfflineModeIsEnabled, "cannot be reached"),
        (ConnectionError, "cannot be reached"),
    ],
)
def test_each_failure_is_one_message_with_the_way_out(
    hub: Hub, tmp_path: Path, error: type[Exception], message: str
) -> None:
    hub.error = _hub_error(error)
    with pytest.raises(ModelError, match=message) as caught:
        download("tiny", "org/tiny", "v1", tmp_path / "m")
    text = str(caught.value)
    assert "'tiny'" in text
    assert SECRET not in text
    assert caught.value.__suppress_context__
    if error is not errors.RevisionNotFoundError:
        assert "hf download org/tiny --revision v1" in text
    assert not (tmp_path / "m" / "models.lock.json").exists()
