"""Parallel corpora on the Hugging Face hub, one configuration a language."""

from __future__ import annotations

from functools import partial
from typing import Any

from isogloss.corpora import RawCorpus, RawText
from isogloss.datasets.bases import ReadOnlyDataset
from isogloss.datasets.hub_access import HubData, HubDataError


class HubCorpusDataset(ReadOnlyDataset[RawCorpus]):
    """A parallel corpus on the hub, such as `openlanguagedata/flores_plus`.

    The library `datasets` downloads and caches it; each language is read only when asked for.

    Args:
        name: of the data set on the hub, or a local folder of the same schema.
        revision: commit, tag or branch.
        splits: split -> number of its first row among the sentences of the whole corpus.
        text_column: the column that holds the sentence.
        models_root: folder of the record that pins the commit used first; None keeps none.
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
        models_root: str | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._data = HubData(name, revision, (credentials or {}).get("token"), models_root)
        self._splits = splits
        self._text_column = text_column
        self.metadata = metadata

    def load(self) -> RawCorpus:
        """List the languages of the corpus.

        Raises:
            HubDataError: if the hub cannot be reached or refuses; says what to do.
        """
        name = self._data.name
        texts = {
            code: {
                split: RawText(f"{name}/{code}/{split}", partial(self._read, code, split))
                for split in self._splits
            }
            for code in self._data.configurations()
        }
        return RawCorpus(name, "{language}", self._splits, texts)

    def _read(self, code: str, split: str) -> bytes:
        name = self._data.name
        splits = self._data.rows(code)
        if split not in splits:
            raise HubDataError(
                f"{name}, {code}: there is no split '{split}' (there are: {', '.join(splits)}). "
                "Set splits in the catalog."
            )
        rows = splits[split]
        if self._text_column not in rows.column_names:
            raise HubDataError(
                f"{name} has no column '{self._text_column}' "
                f"(columns: {', '.join(rows.column_names)}). Set text_column in the catalog."
            )
        lines = list(rows[self._text_column])
        for number, line in enumerate(lines, start=1):
            if problem := _problem(line):
                raise HubDataError(
                    f"{name}, {code}, {split}, row {number}: {problem}. A parallel corpus "
                    "needs one sentence a row: leave this language out of `languages`, or mend a "
                    "copy of the corpus and read it with corpus=folder."
                )
        return ("\n".join(lines) + "\n").encode()

    def _describe(self) -> dict[str, Any]:
        return {
            "name": self._data.name,
            "revision": self._data.revision,
            "splits": self._splits,
        }


def _problem(line: object) -> str:
    if not isinstance(line, str):
        return "the row has no text"
    return "the sentence has a line break" if "\n" in line else ""
