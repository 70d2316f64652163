"""Models from the Hugging Face hub: pinned to a commit, read offline once they are there."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.language_models.checkpoint_opening import INDEX, list_shards
from isogloss.language_models.libraries import quiet_libraries
from isogloss.language_models.specification import ModelError
from isogloss.language_models.storage import read_record, update_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)

LOCK_FILE = "models.lock.json"
SMALL_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.*",
    "merges.txt",
    "*.model",
    "chat_template*",
)
WEIGHTS = ("*.safetensors", "*.safetensors.index.json")
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
TOKENIZERS = ("tokenizer*", "vocab.*", "*.model")
# Other formats and copies of the same weights, which nothing here reads.
NOT_WANTED = ("*/*", "consolidated*", "*.bin", "*.pt", "*.pkl")


def download(
    name: str,
    hub: str,
    revision: str | None,
    models_root: Path,
    *,
    weights: bool = True,
    code: bool = False,
    adapter: bool = False,
    subfolder: str = "",
) -> tuple[Path, str]:
    """Give the folder of a model in a repository's snapshot, and the commit.

    The first time writes the commit to `models.lock.json`; from then on only that commit is taken.
    What lies in the hub's cache already is used without asking the hub.

    Args:
        name: of the model in the zoo, for messages.
        hub: repository, for example `google/gemma-3-270m`.
        revision: commit, tag or branch; None is the main branch.
        models_root: where the lock file lies.
        weights: also the weights (safetensors only); without them it is a few megabytes.
        code: also Python files.
        adapter: a PEFT adapter, not a model.
        subfolder: of the repository, in which the model lies; nothing else is fetched then.

    Raises:
        ModelError: if it is missing, gated or out of reach, with the command that obtains it; if
            the hub gives another commit than the locked one.
    """
    key = lock_key(hub, revision)
    locked = read_record(models_root / LOCK_FILE).get(key)
    if adapter:
        patterns = ADAPTER_FILES if weights else ADAPTER_FILES[:1]
    else:
        patterns = (*SMALL_FILES, *(WEIGHTS if weights else ()), *(("*.py",) if code else ()))
    is_complete = _completeness(weights, adapter)
    path = _snapshot(name, hub, locked or revision, subfolder, patterns, is_complete)
    commit = path.name
    if locked and commit != locked:
        raise ModelError(
            f"Model {name!r}: {key} was first used at commit {locked}, now it is {commit}. Results "
            f"of both must not mix: pin `revision: {locked}`, or delete the line of {key} in "
            f"{models_root / LOCK_FILE} to move on."
        )
    if not locked:
        update_record(models_root, LOCK_FILE, lambda record: record.setdefault(key, commit))
    return path / subfolder, commit


def lock_key(hub: str, revision: str | None) -> str:
    """Give under what the commit of a repository stands in `models.lock.json`."""
    return f"{hub}@{revision}" if revision else hub


def _snapshot(
    name: str,
    hub: str,
    revision: str | None,
    subfolder: str,
    patterns: tuple[str, ...],
    is_complete: Callable[[Path], bool],
) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, HFValidationError

    place = f"{subfolder}/" if subfolder else ""
    arguments: dict[str, Any] = {
        "repo_id": hub,
        "revision": revision,
        "allow_patterns": [place + pattern for pattern in patterns],
        "ignore_patterns": [place + pattern for pattern in NOT_WANTED],
    }
    command = _command(hub, revision, subfolder)
    with quiet_libraries():
        cached = _find_cached(arguments)
        if cached is not None and is_complete(cached / subfolder):
            return cached
        logger.info("Downloading %s (%s) from the Hugging Face hub.", name, hub)
        try:
            folder = Path(snapshot_download(**arguments))
        except (EntryNotFoundError, HFValidationError, HfHubHTTPError, OSError) as error:
            # The cause is left out: it is long, and requests may carry credentials.
            raise ModelError(_explain(name, hub, revision, command, error)) from None
    # Out of reach of the hub the library gives what the cache holds, without a word.
    if not is_complete(folder / subfolder):
        raise ModelError(
            f"Model {name!r}: of {f'{hub}/{place}'.rstrip('/')} this machine has only a part, and "
            "no more could be fetched. If the hub could not be reached: run, with a network, "
            f"{command}  -- If the hub itself has no more: a model needs config.json, a tokenizer "
            "and safetensors; pickled weights (.bin, .pt) are never read."
        )
    return folder


def _find_cached(arguments: Mapping[str, Any]) -> Path | None:
    """Give the snapshot that the cache holds, whole or not; None if there is none."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import EntryNotFoundError, HFValidationError

    try:
        return Path(snapshot_download(**arguments, local_files_only=True))
    except (EntryNotFoundError, HFValidationError, OSError):
        return None


def _completeness(weights: bool, adapter: bool) -> Callable[[Path], bool]:
    """Give the test of whether a snapshot in the cache holds all; a broken download may not."""

    def is_complete(folder: Path) -> bool:
        if adapter:
            return all((folder / name).is_file() for name in ADAPTER_FILES[: 1 + weights])
        tokenizer = any(path for pattern in TOKENIZERS for path in folder.glob(pattern))
        small = (folder / "config.json").is_file() and tokenizer
        return small and (not weights or holds_weights(folder))

    return is_complete


def holds_weights(folder: Path) -> bool:
    """Say whether all weights of a model lie in a folder, every shard of them."""
    if (folder / INDEX).is_file():
        return all(shard.is_file() for shard in list_shards(folder / INDEX))
    return any(folder.glob("*.safetensors"))


def _command(hub: str, revision: str | None, subfolder: str = "") -> str:
    command = f"hf download {hub}" + (f" --revision {revision}" if revision else "")
    return command + (f" --include '{subfolder}/*'" if subfolder else "")


def _explain(name: str, hub: str, revision: str | None, command: str, error: Exception) -> str:
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    page = f"https://huggingface.co/{hub}"
    if isinstance(error, HFValidationError):
        return (
            f"Model {name!r}: {hub!r} cannot be a repository on the hub: these are called "
            "ORG/NAME. Correct it in the catalog."
        )
    if isinstance(error, GatedRepoError):
        return (
            f"Model {name!r}: {hub} is gated. Accept its licence at {page}, sign in with "
            f"`hf auth login` (or set HF_TOKEN), then run: {command}"
        )
    if isinstance(error, RevisionNotFoundError):
        return (
            f"Model {name!r}: {hub} has no revision {revision!r}; its commits are at {page}/commits"
        )
    if isinstance(error, RepositoryNotFoundError):
        return (
            f"Model {name!r}: the hub has no {hub}, or it is private. Check its name in the "
            f"catalog; if it is private, set HF_TOKEN, then run: {command}"
        )
    return (
        f"Model {name!r}: {hub} is not on this machine and the hub cannot be reached "
        f"({type(error).__name__}). With a network, run: {command} (if it is gated, accept its "
        f"licence at {page} first)  -- or copy the folder here and name that in the catalog "
        "(`path` of a model, `filepath` of classifiers)."
    )
