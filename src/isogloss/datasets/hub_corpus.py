"""Parallel corpora on the Hugging Face hub, one configuration a language."""

from __future__ import annotations

from functools import partial
from typing import Any

from kedro.io import AbstractDataset

from isogloss.corpora import RawCorpus, RawText


class HubCorpusDataset(AbstractDataset[None, RawCorpus]):
    """A parallel corpus on the hub, such as `openlanguagedata/flores_plus`.

    The library `datasets` downloads and caches it; each language is read only when asked for.

    Args:
        name: of the data set on the hub, or a local folder of the same schema.
        revision: commit, tag or branch.
        splits: split -> number of its first row among the sentences of the whole corpus.
        text_column: the column that holds the sentence.
        credentials: `token` for gated data; else the library's own login or `HF_TOKEN`.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        name: str,
        splits: dict[str, int],
        revision: str | None = None,
        text_column: str = "text",
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._name = name
        self._revision = revision
        self._splits = splits
        self._text_column = text_column
        self._token = (credentials or {}).get("token")
        self.metadata = metadata

    def load(self) -> RawCorpus:
        """List the languages of the corpus.

        Raises:
            ConnectionError: if the hub cannot be reached or refuses; says what to do.
        """
        from datasets import get_dataset_config_names

        try:
            codes = get_dataset_config_names(self._name, revision=self._revision, token=self._token)
        except (OSError, ValueError) as error:
            raise ConnectionError(self._remedy(error)) from error
        texts = {
            code: {
                split: RawText(f"{self._name}/{code}/{split}", partial(self._read, code, split))
                for split in self._splits
            }
            for code in codes
            if code != "default"
        }
        return RawCorpus(self._name, "{language}", self._splits, texts)

    def save(self, data: None) -> None:
        """Refuse: raw data are never written."""
        raise NotImplementedError("Raw corpora are read only.")

    def _read(self, code: str, split: str) -> bytes:
        from datasets import load_dataset

        try:
            rows = load_dataset(
                self._name, code, split=split, revision=self._revision, token=self._token
            )
        except (OSError, ValueError) as error:
            raise ConnectionError(self._remedy(error)) from error
        if self._text_column not in rows.column_names:
            raise KeyError(
                f"{self._name} has no column '{self._text_column}' "
                f"(columns: {', '.join(rows.column_names)}). Set text_column in the catalog."
            )
        lines = [str(text) for text in rows[self._text_column]]
        for number, line in enumerate(lines, start=1):
            if "\n" in line:
                raise ValueError(
                    f"{self._name}/{code}/{split}, row {number}: the sentence has a line break; "
                    "a parallel corpus needs one sentence a row."
                )
        return ("\n".join(lines) + "\n").encode()

    def _remedy(self, error: Exception) -> str:
        return (
            f"The corpus '{self._name}' cannot be read ({type(error).__name__}). Check the network "
            f"and the name; for gated data accept its terms at https://huggingface.co/datasets/"
            f"{self._name} and log in with `hf auth login`."
        )

    def _describe(self) -> dict[str, Any]:
        return {"name": self._name, "revision": self._revision, "splits": self._splits}
