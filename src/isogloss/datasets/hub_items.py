"""Test items on the Hugging Face hub, one configuration or folder a language or locale."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from isogloss.corpora import RawItem, RawItems
from isogloss.datasets.bases import ReadOnlyDataset
from isogloss.datasets.hub_access import HubData, HubDataError

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)


class HubItemsDataset(ReadOnlyDataset[RawItems]):
    """Test items on the hub, such as `facebook/belebele` or `CohereForAI/Global-MMLU`.

    The library `datasets` downloads and caches them; each language is read only when asked for.
    Classes are given by the names that the data set has for their numbers.

    Args:
        name: of the data set on the hub, or a local folder of the same schema.
        splits: those to read; one that a language lacks is left out, with a warning.
        revision: commit, tag or branch.
        configurations: configuration -> language, to read these alone; None takes every
            configuration for a language.
        codes: configuration -> language, where the list of languages does not tell or tells
            several.
        models_root: folder of the record that pins the commit used first; None keeps none.
        credentials: `token` for gated data; else the library's own login or `HF_TOKEN`.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        name: str,
        splits: list[str],
        revision: str | None = None,
        configurations: dict[str, str] | None = None,
        codes: dict[str, str] | None = None,
        models_root: str | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._data = HubData(name, revision, (credentials or {}).get("token"), models_root)
        self._splits = splits
        self._configurations = configurations
        self._codes = codes or {}
        self.metadata = metadata

    def load(self) -> RawItems:
        """List the languages.

        Raises:
            HubDataError: if the hub cannot be reached or refuses; says what to do.
        """
        known = self._configurations or {
            name: self._codes.get(name, name) for name in self._data.configurations()
        }
        read = {code: partial(self._read, name) for name, code in known.items()}
        return RawItems(self._data.name, read)

    def _read(self, configuration: str) -> list[RawItem]:
        present = self._data.rows(configuration)
        splits = [split for split in self._splits if split in present]
        where = f"{self._data.name}, {configuration}"
        if not splits:
            raise HubDataError(
                f"{where}: it has none of the splits {', '.join(self._splits)} (it has: "
                f"{', '.join(present)}). Set splits in the catalog."
            )
        for split in self._splits:
            if split not in present:
                logger.warning("%s: there is no split '%s'.", where, split)
        return [
            RawItem(f"{where}, {split}, row {number}", {**row, "split": split})
            for split in splits
            for number, row in enumerate(_with_class_names(present[split]), start=1)
        ]

    def _describe(self) -> dict[str, Any]:
        return {
            "name": self._data.name,
            "revision": self._data.revision,
            "splits": self._splits,
        }


class HubFolderItemsDataset(HubItemsDataset):
    """Test items on the hub in a folder a language or locale, `<folder>/<split>/`.

    So lies what the hub exports of a data set that is a script: its branch `refs/convert/parquet`.

    Args:
        name: of the data set on the hub, or a local folder of the same schema.
        folders: those to read; each is named after its language or locale.
        splits: those to read; one that a folder lacks is left out, with a warning.
        revision: commit, tag or branch.
        models_root: folder of the record that pins the commit used first; None keeps none.
        credentials: `token` for gated data; else the library's own login or `HF_TOKEN`.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        name: str,
        folders: list[str],
        splits: list[str],
        revision: str | None = None,
        models_root: str | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            name=name,
            splits=splits,
            revision=revision,
            configurations={folder: folder for folder in folders},
            models_root=models_root,
            credentials=credentials,
            metadata=metadata,
        )
        self._data = replace(self._data, in_folders=True)


def _with_class_names(split: Any) -> Iterator[dict[str, Any]]:
    """Go through the rows of a `datasets.Dataset`, with the names of classes for their numbers."""
    from datasets import ClassLabel

    names = {
        field: feature.names
        for field, feature in split.features.items()
        if isinstance(feature, ClassLabel)
    }
    for row in split:
        # A row without a label holds None, or -1 where its data set marks it so.
        named = {
            field: known[row[field]] if row[field] in range(len(known)) else None
            for field, known in names.items()
        }
        yield {**row, **named}
