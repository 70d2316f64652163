"""Which part of a model lies on which device, where it is spread over several.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import torch

from isogloss.language_models.architecture import empty_model
from isogloss.language_models.specification import ModelError, ModelSpecification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
        device.index: int(WEIGHTS_SHARE * torch.cuda.get_device_properties(device).total_memory)
        for device in devices
    }
    placed = share_out(model, memory, _stored_as(specification, dtype))
    if "disk" in placed.values():
        raise ModelError(
            f"Model {name!r} does not fit on {len(devices)} CUDA devices, of which weights may "
            f"take {sum(memory.values()) / GIGA:.0f} GB. Let the process see more devices, set "
            "`quantisation`, or say in `device_map` which modules are kept on `cpu` or `disk`."
        )
    return placed


def share_out(model: Any, memory: Mapping[int, int], dtype: Any) -> DeviceMap:
    """Share out the blocks of a model, in their order; what does not fit is put on `disk`.

    Args:
        model: a transformers model; names and shapes do.
        memory: number of a device -> bytes for weights.
        dtype: of the weights, torch's or accelerate's.
    """
    from accelerate.utils import get_balanced_memory, infer_auto_device_map

    whole = sorted(model._no_split_modules or ())
    balanced = get_balanced_memory(model, dict(memory), whole, dtype=dtype)
    placed: DeviceMap = infer_auto_device_map(model, balanced, whole, dtype=dtype)
    return placed


def count_bytes(model: Any, placed: DeviceMap, itemsize: float) -> dict[torch.device, int]:
    """Count the bytes of weights that lie on each CUDA device.

    Args:
        model: a transformers model; names and shapes do.
        placed: which part of it lies where.
        itemsize: bytes of a weight.
    """
    found: Counter[torch.device] = Counter()
    for name, weight in model.named_parameters():
        place = placed[max((part for part in placed if _is_part(name, part)), key=len)]
        if isinstance(place, int):
            found[torch.device("cuda", place)] += round(weight.numel() * itemsize)
    return dict(found)


def _is_part(name: str, part: str) -> bool:
    return not part or name == part or name.startswith(f"{part}.")


def _stored_as(specification: ModelSpecification, dtype: torch.dtype) -> Any:
    from accelerate.utils import CustomDtype

    quantised = {"8bit": torch.int8, "4bit": CustomDtype.INT4}
    return quantised.get(specification.quantisation, dtype)


def entrance(model: Any, devices: Sequence[torch.device]) -> torch.device:
    """Give the device to which the inputs of a model go: that of its embeddings.

    Args:
        model: loaded, spread or not.
        devices: on which it computes.
    """
    hook = getattr(model.get_input_embeddings(), "_hf_hook", None)
    return torch.device(hook.execution_device) if hook is not None else devices[0]
