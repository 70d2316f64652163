"""What happens around a run."""

from __future__ import annotations

from typing import Any

from kedro.framework.hooks import hook_impl
from rich.console import Console

DESCRIPTION = "alignment_description"


class ShowResultsHook:
    """Shows the short description of the results in the terminal when a run has ended."""

    def __init__(self) -> None:
        self._description: str | None = None

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Forget the description of the run before."""
        self._description = None

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Keep the description of this run."""
        if dataset_name == DESCRIPTION:
            self._description = str(data)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Show the description as it stands in its file."""
        if self._description is not None:
            Console(soft_wrap=True).print(f"\n{self._description}", markup=False, highlight=False)
