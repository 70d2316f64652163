"""Single files, each written whole or not at all, with previews for `kedro viz`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from isogloss.datasets.bases import StoredDataset
from isogloss.datasets.codecs import CODECS, UNREADABLE
from isogloss.datasets.listed_names import require_listed
from isogloss.datasets.previews import (
    ROWS,
    preview_json,
    preview_picture,
    preview_table,
    preview_text,
)
from isogloss.datasets.storage import Storage
from isogloss.datasets.text_tables import read_text_table
from isogloss.datasets.vector_ids import SALT, name_clips_by_content
from isogloss.errors import MissingFileError, Refusal, suggest
from isogloss.pictures import Picture

if TYPE_CHECKING:
    import pandas as pd
    from kedro_datasets._typing import ImagePreview, JSONPreview, TablePreview
    from matplotlib.figure import Figure

    from isogloss.datasets.previews import TextPreview


class AtomicFileDataset(StoredDataset[Any, Any]):
    """A file of one format that is never seen half written.

    Args:
        filepath: where it lies; local path or URL.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    format: ClassVar[str]

    def load(self) -> Any:
        """Read the file.

        Raises:
            MissingFileError: if it is not there.
            Refusal: if it cannot be read.
        """
        path = self._storage.path
        try:
            copy = self._storage.copy(path)
        except FileNotFoundError:
            raise MissingFileError(f"{path} does not exist. {self._remedy()}") from None
        try:
            return CODECS[self.format].read(str(copy.path))
        except MemoryError as error:
            # Of a damaged file a reader may ask for more than there is on earth.
            raise Refusal(
                f"{path} cannot be read as {self.format} ({copy.in_words(str(error))}): memory is "
                "short, or the file is damaged. Close other programs and run again; if it is still "
                f"refused, {self._repair()}"
            ) from error
        except UNREADABLE as error:
            raise Refusal(
                f"{path} cannot be read as {self.format} ({copy.in_words(str(error))}). If it is "
                f"damaged, {self._repair()}"
            ) from error

    def _remedy(self) -> str:
        """Say how a file that is not there can be had."""
        return "Run the pipeline that makes it first (`kedro run` makes everything)."

    def _repair(self) -> str:
        """Say how a damaged file can be had whole."""
        return (
            "run again the pipeline that makes it, which writes it anew (`kedro run` makes "
            "everything); once it is deleted, a run that needs it names the command."
        )

    def save(self, data: Any) -> None:
        """Write the file under a temporary name and rename it."""
        codec = CODECS[self.format]
        self._storage.write(self._storage.path, lambda path: codec.write(data, path))

    def content_version(self) -> str | None:
        """Give what changes whenever the content does; None if there is no file."""
        return self._storage.version(self._storage.path)


class _AtomicTableDataset(AtomicFileDataset):
    def preview(self, nrows: int = ROWS) -> TablePreview:
        """Show the first rows."""
        return preview_table(self.load(), nrows)


class AtomicParquetDataset(_AtomicTableDataset):
    """A pandas table in a parquet file; `DataFrame.attrs` are kept in its metadata."""

    format = "parquet"


class AtomicCSVDataset(_AtomicTableDataset):
    """A pandas table in a CSV file.

    Args:
        filepath: where it lies; local path or URL.
        text_only: read every column as text and empty cells as empty text; cells may be separated
            by commas, semicolons or tabs. For tables that people write.
        listed_in: column -> `filepath` of another such table, whose column of that name lists what
            may stand there; needs `text_only`.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    format = "csv"

    def __init__(
        self,
        *,
        filepath: str,
        text_only: bool = False,
        listed_in: dict[str, dict[str, str]] | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._text_only = text_only
        self._listings = {
            column: Storage(place["filepath"], credentials)
            for column, place in (listed_in or {}).items()
        }

    def load(self) -> pd.DataFrame:
        """Read the table.

        Raises:
            MissingFileError: if it is not there.
            Refusal: if it cannot be read; where `text_only`, says in which row and why. Also if it
                holds a name that is not listed.
        """
        if not self._text_only:
            table: pd.DataFrame = super().load()
            return table
        found = _read_texts(self._storage)
        listings = {column: _read_texts(storage) for column, storage in self._listings.items()}
        require_listed(found, listings)
        return found


def _read_texts(storage: Storage) -> pd.DataFrame:
    path = storage.path
    try:
        copy = storage.copy(path)
    except FileNotFoundError:
        folder = path.rpartition("/")[0]
        found = storage.sizes(folder)
        # All ends alike: it is the rest that tells which one was meant.
        near = suggest(Path(path).stem, [Path(name).stem for name in found])
        raise MissingFileError(
            f"{path} does not exist.{near} No run makes this table: correct its name or place, or "
            "copy the one that comes with the project (in data/01_raw)."
        ) from None
    return read_text_table(str(copy.path), path)


class AtomicTextDataset(AtomicFileDataset):
    """A UTF-8 text; its file ends in a line break."""

    format = "text"

    def preview(self) -> TextPreview:
        """Show its beginning."""
        return preview_text(self.load())


class AtomicJSONDataset(AtomicFileDataset):
    """A value that JSON can hold, such as a list of records.

    Args:
        filepath: where it lies; local path or URL.
        named_by: the parameter that says where, for a file that no run makes.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    format = "json"

    def __init__(
        self,
        *,
        filepath: str,
        named_by: str | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._named_by = named_by

    def preview(self, nrows: int = ROWS) -> JSONPreview:
        """Show the first items."""
        return preview_json(self.load(), nrows)

    def _remedy(self) -> str:
        if self._named_by is None:
            return super()._remedy()
        return f"No run makes it: put it there, or name yours with --params {self._named_by}=FILE."

    def _repair(self) -> str:
        if self._named_by is None:
            return super()._repair()
        return f"put a whole one there, or name yours with --params {self._named_by}=FILE."


class AtomicFigureDataset(StoredDataset["Figure", Picture]):
    """A matplotlib figure, saved in one or more formats side by side.

    Args:
        filepath: of the PNG file; other formats lie beside it.
        formats: file name endings, of which the first is the one that is read and previewed.
        dots_per_inch: of the bitmap formats.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        filepath: str,
        formats: tuple[str, ...] | list[str] = ("png", "svg"),
        dots_per_inch: int = 150,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._formats = tuple(formats)
        self._dots_per_inch = dots_per_inch

    def load(self) -> Picture:
        """Read the picture, as vectors too where it was drawn so."""
        vectors = self._path("svg") if "svg" in self._formats else ""
        drawn = bool(vectors) and self._storage.exists(vectors)
        svg = self._storage.read_bytes(vectors).decode("utf-8") if drawn else ""
        return Picture(self._storage.read_bytes(self._storage.path), svg)

    def save(self, data: Figure) -> None:
        """Draw the figure in every format; title and caption go into the file as text."""
        titles = {"Title": data.get_suptitle(), "Description": data.get_supxlabel()}
        words = {name: " ".join(text.split()) for name, text in titles.items() if text}
        from matplotlib import rc_context

        # Without dates and with fixed ids, two runs draw equal files.
        details: dict[str, Any] = {"svg": {"Date": None, **words}, "png": words}
        for ending in reversed(self._formats):

            def write(path: Path, ending: str = ending) -> None:
                said = details.get(ending, {})
                with rc_context({"svg.hashsalt": SALT}):
                    data.savefig(path, format=ending, dpi=self._dots_per_inch, metadata=said)
                if ending == "svg":
                    drawn = path.read_text(encoding="utf-8")
                    path.write_text(name_clips_by_content(drawn), encoding="utf-8")

            self._storage.write(self._path(ending), write)

    def preview(self) -> ImagePreview:
        """Show the picture."""
        return preview_picture(self._storage.read_bytes(self._storage.path))

    def content_version(self) -> str | None:
        """Give what changes whenever the picture does; None if there is none."""
        return self._storage.version(self._storage.path)

    def _path(self, ending: str) -> str:
        folder, _, name = self._storage.path.rpartition("/")
        return f"{folder}/{Path(name).with_suffix(f'.{ending}')}"

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "formats": self._formats}
