"""Notebooks, executed cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import KernelManager, start_new_kernel
from nbclient import NotebookClient

from tests.sessions import ROOT

# Parts of it are not typed.
notebooks: Any = nbformat

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""What numbers are set off with in a kernel once Kedro has set up its logging there."""
SETTINGS = "environment ="
"""How the cell begins in which the reader chooses a run."""


def read_notebook(path: Path) -> nbformat.NotebookNode:
    notebook: nbformat.NotebookNode = notebooks.read(path, as_version=4)
    return notebook


def with_settings(notebook: nbformat.NotebookNode, settings: str) -> nbformat.NotebookNode:
    [cell] = [cell for cell in notebook.cells if cell.source.startswith(SETTINGS)]
    cell.source = settings
    return notebook


@contextmanager
def kernel() -> Iterator[KernelManager]:
    """Start a kernel that several notebooks share, one after the other: it has imported torch."""
    manager, client = start_new_kernel(cwd=str(ROOT / "notebooks"))
    client.stop_channels()
    try:
        yield manager
    finally:
        manager.shutdown_kernel(now=True)


def executed(notebook: nbformat.NotebookNode, manager: KernelManager) -> list[dict[str, str]]:
    """Execute a notebook; what each of its code cells showed, by media type."""
    # Nothing that a notebook before this one has named is left.
    notebook.cells.insert(0, notebooks.v4.new_code_cell("%reset -f"))
    client = NotebookClient(notebook, timeout=300, km=manager)
    client.execute()
    assert client.kc is not None
    client.kc.stop_channels()
    code = [cell for cell in notebook.cells[1:] if cell.cell_type == "code"]
    return [
        {
            media: COLOURS.sub("", text)
            for output in cell.outputs
            for media, text in output.get("data", {}).items()
        }
        for cell in code
    ]
