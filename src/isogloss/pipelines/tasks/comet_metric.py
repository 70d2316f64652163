"""The library unbabel-comet, which lives in an environment of its own: `make comet`.

Nothing else of the project imports it, and this module does so inside functions.
"""

from __future__ import annotations

import logging
import math
import pickle
import warnings
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.errors import NotFiniteError, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

logger = logging.getLogger(__name__)

PACKAGE = "unbabel-comet"
OLD_AGE = ("pkg_resources is deprecated", ".*LeafSpec.* is deprecated")
TALKATIVE = ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "lightning.fabric")


class CometMetric:
    """A loaded checkpoint, which remembers what it has scored.

    Args:
        path: of the `.ckpt` file.
        device: as `resolve_device` takes it.
    """

    def __init__(self, path: Path, device: str) -> None:
        self._model = _load(path)
        self._place = _accelerator(device)
        self._scores: dict[str, float] = {}

    def score(self, triples: Mapping[str, Mapping[str, str]], batch_size: int) -> dict[str, float]:
        """Score triples, each once as long as this object lives.

        Args:
            triples: hash -> `src`, `mt` and `ref`: source, translation, reference.
            batch_size: how many at a time.

        Returns:
            Hash -> score, computed in float32.

        Raises:
            NotFiniteError: if a score is no number.
        """
        new = {key: triple for key, triple in triples.items() if key not in self._scores}
        if new:
            logger.info("COMET scores %d new triples", len(new))
            with _quiet():
                predicted = self._model.predict(
                    [dict(triple) for triple in new.values()],
                    batch_size=batch_size,
                    num_workers=0,
                    progress_bar=False,
                    **self._place,
                )
            scores = {
                key: float(score) for key, score in zip(new, predicted["scores"], strict=True)
            }
            _require_numbers(scores, new)
            self._scores |= scores
        return {key: self._scores[key] for key in triples}


@lru_cache(maxsize=1)
def open_metric(path: Path, device: str) -> CometMetric:
    """Load a checkpoint; the same one again is the same object, for all models of a run."""
    return CometMetric(path, device)


def library_version() -> str:
    """Give the version of unbabel-comet.

    Raises:
        Refusal: if it is not installed; says how to come to its environment.
    """
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        raise Refusal(
            f"{PACKAGE} is not installed here: its requirements exclude those of the models. "
            "COMET has an environment of its own: `make comet` once, then "
            "`.venv-comet/bin/kedro run --pipelines comet` with the other options of this run."
        ) from None


def download_checkpoint(name: str) -> Path:
    """Give the local path of a checkpoint of the hub, downloading it if need be.

    Raises:
        Refusal: if it is neither here nor to be had; says how to obtain it.
    """
    with _quiet():
        from comet import download_model

    try:
        return Path(download_model(name))
    except KeyError as error:  # which unbabel-comet makes of every reason
        raise Refusal(
            f"The COMET checkpoint '{name}' is not on this machine and cannot be downloaded "
            f"({_first_cause(error)}). With a connection, and where its terms ask for it an "
            f"account (`hf auth login`): `.venv-comet/bin/hf download {name}`. Or set "
            "comet.checkpoint to a local folder that holds hparams.yaml and "
            "checkpoints/model.ckpt."
        ) from None


def _load(path: Path) -> Any:
    try:
        with _quiet():
            from comet import load_from_checkpoint

            return load_from_checkpoint(str(path)).float()
    except pickle.UnpicklingError as error:
        raise Refusal(
            f"{path} holds more than weights and settings. Such files can run programs when they "
            "are opened, so it is not. If you trust its origin, set "
            "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1 in the environment of this command."
        ) from error
    except (OSError, KeyError, RuntimeError) as error:
        raise Refusal(
            f"{path} cannot be loaded as a COMET checkpoint ({_first_line(error)}). If it lacks "
            "the tokenizer of its encoder (pretrained_model in hparams.yaml), obtain that with a "
            "connection: `.venv-comet/bin/hf download ENCODER --include '*.json' '*.model'`. If "
            "the file is damaged, obtain it anew."
        ) from error


def _accelerator(requested: str) -> dict[str, Any]:
    """Say in unbabel-comet's words where to compute."""
    from isogloss.language_models.devices import resolve_device

    # What is spread over all devices are language models; this one fits on one.
    device = resolve_device("auto" if requested == "all" else requested)
    if device.type == "cpu":
        return {"gpus": 0}
    return {"gpus": 1, "devices": [device.index or 0], "accelerator": device.type}


def _require_numbers(scores: Mapping[str, float], triples: Mapping[str, Mapping[str, str]]) -> None:
    wrong = [key for key, score in scores.items() if not math.isfinite(score)]
    if wrong:
        raise NotFiniteError(
            f"COMET gave no number for {len(wrong)} of {len(scores)} translations, the first "
            f"being {triples[wrong[0]]['mt'][:80]!r}. Is the checkpoint whole?"
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries from telling of devices, services and their own old age every time."""
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.WARNING)
        with warnings.catch_warnings():
            for message in OLD_AGE:
                warnings.filterwarnings("ignore", message=message)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _first_cause(error: BaseException) -> str:
    while error.__context__ is not None:
        error = error.__context__
    return _first_line(error)


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
