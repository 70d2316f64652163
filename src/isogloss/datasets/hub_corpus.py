"""Parallel corpora on the Hugging Face hub, one configuration a language."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset

from isogloss.corpora import RawCorpus, RawText
from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

TERMS = "https://huggingface.co/datasets"


class HubCorpusError(Refusal, ConnectionError):
    """A corpus on the hub cannot be had or used; the message says how to obtain it."""


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
            HubCorpusError: if the hub cannot be reached or refuses; says what to do.
        """
        from datasets import get_dataset_config_names

        try:
            codes = get_dataset_config_names(self._name, revision=self._revision, token=self._token)
        except (OSError, ValueError) as error:
            raise HubCorpusError(self._remedy(error)) from None
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
            raise HubCorpusError(self._remedy(error)) from None
        if self._text_column not in rows.column_names:
            raise HubCorpusError(
                f"{self._name} has no column '{self._text_column}' "
                f"(columns: {', '.join(rows.column_names)}). Set text_column in the catalog."
            )
        lines = list(rows[self._text_column])
        for number, line in enumerate(lines, start=1):
            if problem := _problem(line):
                raise HubCorpusError(
                    f"{self._name}, {code}, {split}, row {number}: {problem}. A parallel corpus "
                    "needs one sentence a row: leave this language out of `languages`, or mend a "
                    "copy of the corpus and read it with corpus=folder."
                )
        return ("\n".join(lines) + "\n").encode()

    def _remedy(self, error: Exception) -> str:
        page = f"{TERMS}/{self._name}"
        log_in = "log in with `hf auth login`"
        reasons = " ".join(str(reason) for reason in _chain(error))
        if isinstance(error, ValueError):
            # The corpus was reached, but has no such language, split or format.
            return f"The corpus '{self._name}' cannot be used: {error}"
        if "gated" in reasons.lower():
            return (
                f"The corpus '{self._name}' is gated: its terms must be accepted once. Accept them "
                f"at {page} and {log_in}."
            )
        if "offline" in reasons.lower():
            return (
                f"The corpus '{self._name}' has not been downloaded yet, and this machine is set "
                "to be offline (HF_HUB_OFFLINE or HF_DATASETS_OFFLINE). Unset these, or download "
                f"it where there is a network: hf download --repo-type dataset {self._name}"
            )
        return (
            f"The corpus '{self._name}' cannot be read ({error}). Check the network and the name; "
            f"if it is private or gated, accept its terms at {page} and {log_in}."
        )

    def _describe(self) -> dict[str, Any]:
        return {"name": self._name, "revision": self._revision, "splits": self._splits}


def _problem(line: object) -> str:
    if not isinstance(line, str):
        return "the row has no text"
    return "the sentence has a line break" if "\n" in line else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Go through an error and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
