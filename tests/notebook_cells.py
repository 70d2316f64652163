"""Notebooks, executed cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.sessions import ROOT

# Parts of it are not typed.
notebooks: Any = nbformat

SETTINGS = "environment ="
"""How the cell begins in which the reader chooses a run."""


def read_notebook(path: Path) -> nbformat.NotebookNode:
    notebook: nbformat.NotebookNode = notebooks.read(path, as_version=4)
    return notebook


def with_settings(notebook: nbformat.NotebookNode, settings: str) -> nbformat.NotebookNode:
    [cell] = [cell for cell in notebook.cells if cell.source.startswith(SETTINGS)]
    cell.source = settings
    return notebook


def executed(notebook: nbformat.NotebookNode) -> list[dict[str, str]]:
    """Execute a notebook; what each of its code cells showed, by media type."""
    where = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=where).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [
        {media: text for output in cell.outputs for media, text in output.get("data", {}).items()}
        for cell in code
    ]
