"""Models from the Hugging Face hub: pinned to a commit, read offline once they are there."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from isogloss.language_models.libraries import quiet_libraries
from isogloss.language_models.specification import ModelError
from isogloss.language_models.storage import read_record, update_record

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
) -> tuple[Path, str]:
    """Give the folder of a repository's snapshot and its commit.

    The first time writes the commit to `models.lock.json`; from then on only that commit is taken.
    What lies in the hub's cache already is used without asking the hub.

    Args:
        name: of the model in the zoo, for messages.
        hub: repository, for example `google/gemma-3-270m`.
        revision: commit, tag or branch; None is the main branch.
        models_root: where the lock file lies.
        weights: also the weights (safetensors only).
        code: also Python files.
        adapter: a PEFT adapter, not a model.

    Raises:
        ModelError: if it is missing, gated or out of reach, with the command that obtains it; if
            the hub gives another commit than the locked one.
    """
    key = f"{hub}@{revision}" if revision else hub
    locked = read_record(models_root / LOCK_FILE).get(key)
    patterns = [*(ADAPTER_FILES if adapter else SMALL_FILES)]
    patterns += [*WEIGHTS] if weights and not adapter else []
    patterns += ["*.py"] if code else []
    path = _snapshot(name, hub, locked or revision, patterns, needs_weights=weights)
    commit = path.name
    if locked and commit != locked:
        raise ModelError(
            f"Model {name!r}: {key} was first used at commit {locked}, now it is {commit}. Results "
            f"of both must not mix: pin `revision: {locked}`, or delete the line of {key} in "
            f"{models_root / LOCK_FILE} to move on."
        )
    if not locked:
        update_record(models_root, LOCK_FILE, lambda record: record.setdefault(key, commit))
    return path, commit


def _snapshot(
    name: str, hub: str, revision: str | None, patterns: list[str], *, needs_weights: bool
) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, HFValidationError

    arguments: dict[str, Any] = {
        "repo_id": hub,
        "revision": revision,
        "allow_patterns": patterns,
        "ignore_patterns": list(NOT_WANTED),
    }
    with quiet_libraries():
        try:
            cached = Path(snapshot_download(**arguments, local_files_only=True))
        except (EntryNotFoundError, OSError):
            pass
        else:
            if _is_complete(cached, needs_weights=needs_weights):
                return cached
        logger.info("Downloading %s (%s) from the Hugging Face hub.", name, hub)
        try:
            return Path(snapshot_download(**arguments))
        except (EntryNotFoundError, HFValidationError, HfHubHTTPError, OSError) as error:
            # The cause is left out: it is long, and requests may carry credentials.
            raise ModelError(_explain(name, hub, revision, error)) from None


def _is_complete(folder: Path, *, needs_weights: bool) -> bool:
    """Whether a snapshot in the cache holds all that is needed; a broken download may not."""
    if not (folder / "config.json").is_file() and not (folder / "adapter_config.json").is_file():
        return False
    if not needs_weights:
        return any(folder.glob("tokenizer*"))
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        return all((folder / shard).is_file() for shard in shards)
    return any(folder.glob("*.safetensors"))


def _explain(name: str, hub: str, revision: str | None, error: Exception) -> str:
    from huggingface_hub.errors import (
        GatedRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    command = f"hf download {hub}" + (f" --revision {revision}" if revision else "")
    page = f"https://huggingface.co/{hub}"
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
            f"Model {name!r}: the hub has no {hub}, or it is private. Check `hub` of the model in "
            f"the zoo; if it is private, set HF_TOKEN, then run: {command}"
        )
    return (
        f"Model {name!r}: {hub} is not on this machine and the hub cannot be reached "
        f"({type(error).__name__}). With a network, run: {command}  -- or copy the folder here and "
        "name it as `path` of the model in the zoo."
    )
