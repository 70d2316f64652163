"""Ways of running pipelines beside those that Kedro brings."""

from isogloss.runners.dask_runner import DaskRunner

__all__ = ["DaskRunner"]
