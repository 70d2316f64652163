"""Folders of figures, such as one a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro_datasets.partitions.partitioned_dataset import PartitionedDataset

from isogloss.datasets.previews import preview_picture

if TYPE_CHECKING:
    from kedro_datasets._typing import ImagePreview


class FigureFolderDataset(PartitionedDataset):
    """Figures in one folder, by name, of which `kedro viz` shows the first.

    Takes the arguments of `PartitionedDataset`, whose `dataset` is `AtomicFigureDataset`.
    """

    def preview(self) -> ImagePreview:
        """Show the first picture."""
        _, load = min(self.load().items())
        return preview_picture(load().png)
