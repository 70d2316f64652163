"""What happens around a run."""

from __future__ import annotations

from typing import Any

from kedro.framework.hooks import hook_impl
from rich.console import Console

DESCRIPTION = "alignment_description"


class ShowResultsHook:
    """Shows the short description of the results in the terminal when it is saved."""

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Show the description as it stands in its file."""
        if dataset_name == DESCRIPTION:
            console = Console(soft_wrap=True)
            console.print(data, markup=False, highlight=False)
