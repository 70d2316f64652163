"""Data sets on the Hugging Face hub: pinned to a commit, and what to do without them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.errors import Refusal
from isogloss.language_models.hub import LOCK_FILE
from isogloss.language_models.storage import read_record, update_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMIT = "[0-9a-f]{40}"
TERMS = "https://huggingface.co/datasets"


class HubDataError(Refusal, ConnectionError):
    """A data set on the hub cannot be had or used; the message says how to obtain it."""


@dataclass(frozen=True)
class HubData:
    """A data set on the hub, which the library `datasets` downloads and caches.

    Attributes:
        name: on the hub, or a local folder of the same schema.
        revision: commit, tag or branch; None takes the main branch.
        token: for gated data; else the library's own login or `HF_TOKEN`.
        models_root: folder of the record `models.lock.json`: the first use writes the commit there,
            and from then on only that commit is taken; None keeps no record.
        in_folders: a configuration is a folder of that name, as in the hub's own export of a data
            set (its branch `refs/convert/parquet`), which has no card that describes them.
    """

    name: str
    revision: str | None = None
    token: str | None = field(default=None, repr=False)
    models_root: str | None = None
    in_folders: bool = False

    def configurations(self) -> list[str]:
        """List the configurations, without one that stands for all (`default`).

        Raises:
            HubDataError: if the hub cannot be reached or refuses; says what to do.
        """
        from datasets import get_dataset_config_names

        try:
            names = get_dataset_config_names(
                self.name, revision=self._locked() or self.revision, token=self.token
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise HubDataError(self._remedy(error)) from None
        return [name for name in names if name != "default"]

    def rows(self, configuration: str) -> Mapping[str, Any]:
        """Give the splits of a configuration: name -> `datasets.Dataset`.

        Raises:
            HubDataError: as `configurations`; if the hub gives another commit than the recorded
                one.
        """
        from datasets import load_dataset_builder

        place = {"data_dir" if self.in_folders else "name": configuration}
        try:
            builder = load_dataset_builder(
                self.name,
                **place,
                revision=self._locked() or self.revision,
                token=self.token,
            )
            self._keep_to(builder.hash)
            builder.download_and_prepare()
            splits: Mapping[str, Any] = builder.as_dataset()
        except HubDataError:
            raise
        except (OSError, RuntimeError, ValueError) as error:
            raise HubDataError(self._remedy(error)) from None
        return splits

    def _key(self) -> str:
        name = f"datasets/{self.name}"
        return f"{name}@{self.revision}" if self.revision else name

    def _locked(self) -> str | None:
        """Give the commit that was used first, if any was."""
        if self.models_root is None:
            return None
        locked: str | None = read_record(Path(self.models_root) / LOCK_FILE).get(self._key())
        return locked

    def _keep_to(self, commit: str) -> None:
        """Record the commit, or compare it with the recorded one; local folders have none."""
        if self.models_root is None or not re.fullmatch(COMMIT, commit):
            return
        record = update_record(
            Path(self.models_root), LOCK_FILE, lambda known: known.setdefault(self._key(), commit)
        )
        if (locked := record[self._key()]) != commit:
            raise HubDataError(
                f"{self._key()} was first used at commit {locked}, now it is {commit}. Results of "
                f"both must not mix: pin `revision: {locked}` in the catalog, or delete the line "
                f"of {self._key()} in {Path(self.models_root) / LOCK_FILE} to move on."
            )

    def _remedy(self, error: Exception) -> str:
        page = f"{TERMS}/{self.name}"
        log_in = "log in with `hf auth login`"
        reasons = " ".join(str(reason) for reason in _chain(error))
        if isinstance(error, ValueError):
            # The data were reached, but have no such language, split or format.
            return f"The corpus '{self.name}' cannot be used: {error}"
        if isinstance(error, RuntimeError):
            return (
                f"The corpus '{self.name}' cannot be used: {error}. Where its data are kept by a "
                "script, which the library does not run, the hub's own export can be read: type "
                "HubFolderItemsDataset in the catalog, with revision: refs/convert/parquet."
            )
        if "gated" in reasons.lower():
            return (
                f"The corpus '{self.name}' is gated: its terms must be accepted once. Accept them "
                f"at {page} and {log_in}."
            )
        if "offline" in reasons.lower():
            revision = f" --revision {self.revision}" if self.revision else ""
            return (
                f"The corpus '{self.name}' has not been downloaded yet, and this machine is set "
                "to be offline (HF_HUB_OFFLINE or HF_DATASETS_OFFLINE). Unset these, or download "
                f"it where there is a network: hf download --repo-type dataset {self.name}"
                f"{revision}"
            )
        return (
            f"The corpus '{self.name}' cannot be read ({error}). Check the network and the name; "
            f"if it is private or gated, accept its terms at {page} and {log_in}."
        )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Go through an error and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
