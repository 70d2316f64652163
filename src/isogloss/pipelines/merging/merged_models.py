"""Where merged models go: into memory, to be evaluated at once, or into folders."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from isogloss.errors import NotFiniteError
from isogloss.language_models.checkpoint_writing import require_replaceable, write_model_folder
from isogloss.language_models.tensor_writing import StateDictWriter
from isogloss.pipelines.merging.source_reading import MEMORY_BYTES
from isogloss.pipelines.merging.streamed_merge import stream_merges

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from isogloss.language_models.tensor_files import FloatName, TensorInfo
    from isogloss.language_models.tensor_writing import StateDict, TensorWriter
    from isogloss.pipelines.merging.merge_plan import MergePlan


def merge_in_memory(
    plan: MergePlan, at_once: int, dtype: FloatName = "float32", *, memory_bytes: int = MEMORY_BYTES
) -> Iterator[tuple[int, StateDict | NotFiniteError]]:
    """Merge all models of a plan and give them one by one, to be used and dropped.

    Args:
        plan: what is merged.
        at_once: models that memory holds at a time; the sources are read once for so many.
        dtype: of the merged weights.
        memory_bytes: for the blocks.

    Yields:
        the row of the model in the plan and its weights, as `load_state_dict` takes them; or in
        their place an error, if one of them is too large for float16.

    Raises:
        Refusal: as `stream_merges`.
    """
    row = 0
    for group in plan.groups(at_once):
        writers = [_MemoryWriter(_stored(plan, dtype)) for _ in range(len(group))]
        _write(group, writers, memory_bytes)
        while writers:
            yield row, writers.pop(0).result()
            row += 1


class _MemoryWriter:
    """Fills a model in memory; a weight that does not fit spoils it, and no other.

    Args:
        tensors: what it will hold.
    """

    def __init__(self, tensors: Mapping[str, TensorInfo]) -> None:
        self._writer = StateDictWriter(tensors)
        self._error: NotFiniteError | None = None

    def write(self, name: str, start: int, values: NDArray[Any]) -> None:
        """Take a piece of a tensor; see `TensorWriter.write`."""
        if self._error is None:
            try:
                self._writer.write(name, start, values)
            except NotFiniteError as error:
                self._error = error

    def result(self) -> StateDict | NotFiniteError:
        """Give the weights, or what is wrong with them."""
        return self._error or self._writer.state_dict()


def write_merged(
    plan: MergePlan,
    folders: Sequence[Path],
    records: Sequence[Mapping[str, Any]],
    tokenizer_folder: Path | None = None,
    dtype: FloatName = "float32",
    *,
    memory_bytes: int = MEMORY_BYTES,
) -> None:
    """Merge all models of a plan into folders that transformers loads, in one read of the sources.

    The folders appear when all are whole. Each has `merge.json`: what the caller records of it, and
    as `merge` what `describe` says.

    Args:
        plan: what is merged.
        folders: one a model; those written here before are replaced.
        records: what else to keep of each model, for example the target and the method.
        tokenizer_folder: whose tokenizer goes with every model.
        dtype: of the merged weights.
        memory_bytes: for the blocks.

    Raises:
        Refusal: as `stream_merges`, or if a folder holds something else.
        NotFiniteError: if a merged weight is too large for float16.
    """
    for folder in folders:
        require_replaceable(folder)
    recipes = describe(plan)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(
                write_model_folder(
                    folder,
                    _stored(plan, dtype),
                    plan.sources[0].config,
                    tokenizer_folder,
                    {**record, "merge": recipe},
                )
            )
            for folder, record, recipe in zip(folders, records, recipes, strict=True)
        ]
        _write(plan, writers, memory_bytes)


def describe(plan: MergePlan) -> list[dict[str, Any]]:
    """Give, for each model of a plan, what it is merged from: JSON values.

    Each has `method` (linear or ties), `weights` (those of sources that have any, by name),
    `fingerprints` (likewise), and where there is a base, its name, weight and fingerprint; models
    merged by TIES also `density`, `scaling` and `trim`.
    """
    described = []
    for row in plan.linear:
        recipe = {"method": "linear", **_sources(plan, row[: len(plan.sources)].tolist())}
        if plan.base:
            recipe["base"] = {**_base(plan), "weight": float(row[-1])}
        described.append(recipe)
    for ties in plan.ties:
        described.append(
            {
                "method": "ties",
                **_sources(plan, ties.weights),
                "base": _base(plan),
                "density": ties.density,
                "scaling": ties.scaling,
                "trim": plan.thresholds.scope if plan.thresholds else None,
            }
        )
    return described


def _sources(plan: MergePlan, weights: Sequence[float]) -> dict[str, Any]:
    used = [pair for pair in zip(plan.sources, weights, strict=True) if pair[1] != 0]
    return {
        "weights": {source.name: weight for source, weight in used},
        "fingerprints": {source.name: source.fingerprint for source, _ in used},
    }


def _base(plan: MergePlan) -> dict[str, Any]:
    return {"name": plan.base.name, "fingerprint": plan.base.fingerprint} if plan.base else {}


def _stored(plan: MergePlan, dtype: FloatName) -> dict[str, TensorInfo]:
    return {name: info.stored_as(dtype) for name, info in plan.sources[0].tensors.items()}


def _write(plan: MergePlan, writers: Sequence[TensorWriter], memory_bytes: int) -> None:
    first = plan.sources[0]
    with first.open() as reader:
        for name, info in first.tensors.items():
            if not info.is_floating:
                integers = reader.read_stored(name)
                for writer in writers:
                    writer.write(name, 0, integers)
    for block in stream_merges(plan, memory_bytes=memory_bytes):
        for writer, values in zip(writers, block.values, strict=True):
            writer.write(block.name, block.start, values)
