"""Which part of a model lies on which device, where it is spread over several.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from isogloss.language_models.architecture import empty_model, name_quantised
from isogloss.language_models.outline import QUANTISED_BYTES
from isogloss.language_models.specification import ModelError, ModelSpecification

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

# Name of a module -> number of a CUDA device, `cpu` or `disk`.
DeviceMap = dict[str, Any]
# Share of a device that weights may fill; the rest is for what is computed.
WEIGHTS_SHARE = 0.9
GIGA = 1e9


def place_parts(
    name: str,
    specification: ModelSpecification,
    folder: Path,
    devices: Sequence[torch.device],
    dtype: torch.dtype,
) -> DeviceMap | None:
    """Say which part of a model lies where; None if it is not spread.

    Over several devices its blocks are shared out in their order, so that each device has about as
    many bytes. That rests on names and shapes and on the hardware, not on what is free just now.

    Args:
        name: in the zoo, for messages.
        specification: of the model.
        folder: with its configuration.
        devices: as `resolve_devices` gives them.
        dtype: in which it computes.

    Raises:
        ModelError: if it does not fit.
    """
    if specification.device_map is not None:
        return dict(specification.device_map)
    if len(devices) == 1:
        return None
    trust = specification.trust_remote_code
    model = empty_model(specification.kind, folder, trust_remote_code=trust)
    memory = {
        device: WEIGHTS_SHARE * torch.cuda.get_device_properties(device).total_memory
        for device in devices
    }
    placed = share_out(model, [memory[device] for device in devices])
    found = count_bytes(model, placed, dtype.itemsize, specification.quantisation)
    if any(size > memory[device] for device, size in found.items()):
        raise ModelError(
            f"Model {name!r} takes {sum(found.values()) / GIGA:.1f} GB and does not fit on "
            f"{len(devices)} CUDA devices, of which weights may fill "
            f"{sum(memory.values()) / GIGA:.1f} GB. Let the process see more devices, set "
            "`quantisation`, or say in `device_map` which modules are kept on `cpu` or `disk`."
        )
    return placed


def share_out(model: Any, shares: Sequence[float]) -> DeviceMap:
    """Share out the blocks of a model to devices 0, 1, ..., in their order and none in two.

    What stands before the first block lies on the first device. Weights that are used twice lie
    where they are used first.

    Args:
        model: a transformers model; names and shapes do.
        shares: of each device, in any unit.
    """
    ends = [*accumulate(shares)]
    total = sum(weight.numel() for weight in model.parameters())
    placed: DeviceMap = {}
    where: dict[int, int] = {}
    done, begun = 0, False
    for part in _parts(model, model._no_split_modules or ()):
        begun = begun or part.block
        size = sum(own.numel() for own in part.weights if id(own) not in where)
        middle = ends[-1] * (done + size / 2) / total
        device = min(bisect_right(ends, middle), len(ends) - 1) if begun else 0
        device = next((where[id(own)] for own in part.weights if id(own) in where), device)
        where.update((id(own), device) for own in part.weights)
        placed[part.name] = device
        done += size
    return placed


class _Part(NamedTuple):
    """What is not spread: its name and weights, and whether it is a block."""

    name: str
    weights: Sequence[torch.Tensor]
    block: bool = False


def _parts(module: Any, whole: Collection[str], inside: str = "") -> Iterator[_Part]:
    """Give the parts of a module that hold weights or buffers, in their order.

    Args:
        module: a model, or a part of one.
        whole: classes of modules that are not spread.
        inside: names of what holds it.
    """
    own = chain(module.named_parameters(recurse=False), module.named_buffers(recurse=False))
    for name, array in own:
        yield _Part(inside + name, [array] if isinstance(array, torch.nn.Parameter) else [])
    block = isinstance(module, torch.nn.ModuleList)
    for name, child in module.named_children():
        if not block and type(child).__name__ not in whole and [*child.children()]:
            yield from _parts(child, whole, f"{inside}{name}.")
        elif [*child.parameters(), *child.buffers()]:
            yield _Part(inside + name, [*child.parameters()], block)


def count_bytes(
    model: Any, placed: DeviceMap, itemsize: float, quantisation: str = "none"
) -> dict[torch.device, int]:
    """Count the bytes of weights that lie on each CUDA device.

    Args:
        model: a transformers model; names and shapes do.
        placed: which part of it lies where.
        itemsize: bytes of a weight that is not quantised.
        quantisation: of the specification.
    """
    smaller = name_quantised(model) if quantisation in QUANTISED_BYTES else ()
    found: Counter[torch.device] = Counter()
    for name, weight in model.named_parameters():
        place = placed[max((part for part in placed if _is_part(name, part)), key=len)]
        if isinstance(place, int):
            size = QUANTISED_BYTES[quantisation] if name in smaller else itemsize
            found[torch.device("cuda", place)] += round(weight.numel() * size)
    return dict(found)


def _is_part(name: str, part: str) -> bool:
    return not part or name == part or name.startswith(f"{part}.")


def entrance(model: Any, devices: Sequence[torch.device]) -> torch.device:
    """Give the device to which the inputs of a model go: that of its embeddings.

    Args:
        model: loaded, spread or not.
        devices: on which it computes.
    """
    hook = getattr(model.get_input_embeddings(), "_hf_hook", None)
    return torch.device(hook.execution_device) if hook is not None else devices[0]
