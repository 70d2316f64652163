"""Checkpoints of COMET: where they lie, and what tells one from another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from isogloss.errors import MissingFileError, Refusal
from isogloss.language_models.storage import file_digest
from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION_CHARACTERS = 12
HINT = (
    "Set comet.checkpoint to a name on the hub (Unbabel/wmt22-comet-da), or to a folder that holds "
    "hparams.yaml and checkpoints/model.ckpt."
)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that is there.

    Attributes:
        path: of the `.ckpt` file.
        name: on the hub, or of the local folder.
        version: `commit=…` of the hub, or `digest=…` of the local files.
        pretrained_model: the encoder that it was made from, as `hparams.yaml` names it; may be "".
    """

    path: Path
    name: str
    version: str
    pretrained_model: str

    def signature(self, library: str) -> str:
        """Name all that decides a score, after sacreCOMET (Zouhar et al. 2024).

        Args:
            library: version of unbabel-comet.

        Returns:
            Such as `Comet2.2.7|fp32|Unbabel/wmt22-comet-da|commit=371e9839ca4e|empty=0`: an empty
            translation scores 0.
        """
        return f"Comet{library}|fp32|{self.name}|{self.version}|empty=0"


def find_checkpoint(
    wanted: str, revision: str | None, download: Callable[[str], Path]
) -> Checkpoint:
    """Find a local checkpoint, or have one downloaded.

    Args:
        wanted: a name on the hub, a folder or a file.
        revision: the commit that one of the hub must have.
        download: gives the local path of a checkpoint of the hub.

    Raises:
        Refusal: if it is not there, not whole, or has another commit.
    """
    local = Path(wanted).expanduser()
    if local.exists():
        path = _checkpoint_file(local)
        return Checkpoint(path, path.parents[1].name, _digest_of(path), _pretrained_model(path))
    if local.is_absolute() or local.suffix == ".ckpt" or len(local.parts) > 2:
        raise MissingFileError(f"comet.checkpoint: {local} does not exist. {HINT}")
    path = _checkpoint_file(download(wanted))
    commit = path.parents[1].name if path.parents[2].name == "snapshots" else ""
    _require_revision(wanted, commit, revision)
    version = f"commit={commit[:VERSION_CHARACTERS]}" if commit else _digest_of(path)
    return Checkpoint(path, wanted, version, _pretrained_model(path))


def _checkpoint_file(place: Path) -> Path:
    path = (place / "checkpoints" / "model.ckpt" if place.is_dir() else place).absolute()
    for needed in (path, _settings_file(path)):
        if not needed.is_file():
            raise MissingFileError(f"{place} is no COMET checkpoint: {needed} is missing. {HINT}")
    return path


def _settings_file(path: Path) -> Path:
    return path.parents[1] / "hparams.yaml"


def _digest_of(path: Path) -> str:
    parts = digest(file_digest(path), file_digest(_settings_file(path)))
    return f"digest={parts[:VERSION_CHARACTERS]}"


def _require_revision(name: str, commit: str, revision: str | None) -> None:
    if revision is None or commit.startswith(revision):
        return
    raise Refusal(
        f"{name} is there in commit {commit or 'unknown'}, but comet.revision asks for {revision}. "
        f"Obtain that one (`.venv-comet/bin/hf download {name} --revision {revision}`) and set "
        "comet.checkpoint to the folder that the command prints, and comet.revision to null."
    )


def _pretrained_model(path: Path) -> str:
    file = _settings_file(path)
    try:
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refusal(f"{file} cannot be read as YAML ({error}). Obtain it anew.") from None
    named = settings.get("pretrained_model") if isinstance(settings, dict) else None
    return str(named or "")
