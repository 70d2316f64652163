"""What mkdocs calls: adds what is made from the code to the reference."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

from documentation.nodes import list_pipelines
from documentation.parameters import list_parameters, write_parameters
from documentation.tables import list_tables, write_tables

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

LISTS = {
    "reference/tables.md": list_tables,
    "reference/parameters.md": list_parameters,
    "reference/pipelines.md": list_pipelines,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the reference to the files of the site."""
    for path, text in chain(write_tables(), write_parameters()):
        files.append(File.generated(config, f"reference/{path}", content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put a list of all that there is behind the words of a page that introduces it."""
    listed = LISTS.get(page.file.src_uri)
    return f"{markdown}\n\n{listed()}" if listed else markdown
