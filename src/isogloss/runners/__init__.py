"""Ways of running pipelines beside those that Kedro brings."""

from isogloss.errors import Refusal

try:
    from isogloss.runners.dask_runner import DaskRunner
except ModuleNotFoundError as error:
    if error.name not in ("dask", "distributed"):
        raise
    raise Refusal(
        "A cluster needs Dask, which is not installed: pip install --constraint constraints.txt "
        "--editable '.[cluster]'"
    ) from None

__all__ = ["DaskRunner"]
