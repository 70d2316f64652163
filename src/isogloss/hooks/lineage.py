"""The page that `kedro viz build` writes, made to work without a network."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COMMAND = ["viz", "build"]
FOLDER = "build"
LINK_TO_OTHERS = re.compile(r"<link\b[^>]*\bhref=\"https?://[^>]*>\s*")
DATASETS = "kedro-datasets"


def finish_lineage_page(project: Path, arguments: Sequence[str]) -> None:
    """Let the page that `kedro viz build` wrote ask no other host, and miss nothing of its own.

    Kedro-Viz takes its font from the net; without it, the page shows the system's.

    Args:
        project: folder of the project.
        arguments: of the command that has ended; those of others change nothing.
    """
    page = project / FOLDER / "index.html"
    if list(arguments[: len(COMMAND)]) != COMMAND or not page.exists():
        return
    text = page.read_text(encoding="utf-8")
    page.write_text(LINK_TO_OTHERS.sub("", text), encoding="utf-8")
    metadata = page.parent / "api" / "metadata"
    metadata.write_text(json.dumps(_describe_packages()), encoding="utf-8")


def _describe_packages() -> dict[str, Any]:
    """Give what the page asks its server for on opening, which `kedro viz build` leaves out."""
    datasets = {
        "package_name": DATASETS,
        "package_version": version(DATASETS),
        "is_compatible": True,
    }
    return {"has_missing_dependencies": False, "package_compatibilities": [datasets]}
