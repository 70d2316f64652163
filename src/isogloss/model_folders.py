"""Models that a node hands over to be written as folders, each as transformers loads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class ModelFolders:
    """Models that are made while they are written, many in one pass.

    Attributes:
        records: name -> how the model is made (JSON values). Its folder keeps it as `merge.json`;
            a folder that has the same one is not written again.
        bytes_each: what the weights of a model take on the disk.
        write: takes names, each with the folder that is to hold the model, and writes them whole.
    """

    records: Mapping[str, Mapping[str, Any]]
    bytes_each: int
    write: Callable[[Mapping[str, Path]], None]
