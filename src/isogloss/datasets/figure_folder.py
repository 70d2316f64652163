"""Folders of figures, such as one a language."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from isogloss.datasets.bases import StoredDataset
from isogloss.datasets.files import AtomicFigureDataset
from isogloss.datasets.previews import preview_picture
from isogloss.errors import MissingFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kedro_datasets._typing import ImagePreview
    from matplotlib.figure import Figure

    from isogloss.pictures import Picture

SUFFIX = ".png"


class FigureFolderDataset(
    StoredDataset["Mapping[str, Figure | Callable[[], Figure]]", "dict[str, Callable[[], Picture]]"]
):
    """Figures in one folder, by name, of which `kedro viz` shows the first.

    Others that lie there stay.

    Args:
        filepath: the folder.
        dots_per_inch: of the bitmaps.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        filepath: str,
        dots_per_inch: int = 150,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._figure = partial(
            AtomicFigureDataset, dots_per_inch=dots_per_inch, credentials=credentials
        )

    def save(self, data: Mapping[str, Figure | Callable[[], Figure]]) -> None:
        """Write every figure, or what a function draws; its name is that of its file."""
        for name, given in data.items():
            figure = given() if callable(given) else given
            self._figure(filepath=self._storage.child(name + SUFFIX)).save(figure)

    def load(self) -> dict[str, Callable[[], Picture]]:
        """Give name -> function that reads the picture.

        Raises:
            MissingFileError: if there is none.
        """
        paths = self._pictures()
        if not paths:
            raise MissingFileError(
                f"There is no figure in {self._storage.path}. Run the pipeline that makes them "
                "first (`kedro run` makes everything)."
            )
        root = self._storage.path.rstrip("/") + "/"
        return {
            path.removeprefix(root).removesuffix(SUFFIX): self._figure(filepath=path).load
            for path in paths
        }

    def preview(self) -> ImagePreview:
        """Show the first picture."""
        _, load = min(self.load().items())
        return preview_picture(load().png)

    def _pictures(self) -> list[str]:
        return [path for path in self._storage.find(self._storage.path) if path.endswith(SUFFIX)]

    def _exists(self) -> bool:
        return bool(self._pictures())
