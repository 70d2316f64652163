"""What mkdocs calls: adds what is made from the code to the reference."""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]


def on_startup(command: str, dirty: bool) -> None:
    """Find the packages of this folder, as `python -m mkdocs` does, but not the command `mkdocs`.

    Args:
        command: build, serve or another.
        dirty: whether only what has changed is built.
    """
    sys.path.append(str(ROOT))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the reference to the files of the site."""
    from documentation.parameters import write_parameters
    from documentation.tables import write_tables

    for path, text in chain(write_tables(), write_parameters()):
        files.append(File.generated(config, f"reference/{path}", content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put a list of all that there is behind the words of a page that introduces it."""
    from documentation.nodes import list_pipelines
    from documentation.parameters import list_parameters
    from documentation.tables import list_tables

    lists = {
        "reference/tables.md": list_tables,
        "reference/parameters.md": list_parameters,
        "reference/pipelines.md": list_pipelines,
    }
    listed = lists.get(page.file.src_uri)
    return f"{markdown}\n\n{listed()}" if listed else markdown
