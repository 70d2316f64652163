"""On which device and in which number format a model runs on this machine.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

import torch

from isogloss.language_models.specification import ModelError, ModelSpecification


def resolve_devices(specification: ModelSpecification) -> tuple[torch.device, ...]:
    """Give the devices on which a model computes: one, or all over which it is spread.

    Parts of it that are kept on the CPU or on disk are computed on a CUDA device if there is one.

    Raises:
        ModelError: if a device that was asked for is not there.
    """
    if specification.device_map is not None:
        numbers = {place for place in specification.device_map.values() if isinstance(place, int)}
        spread = tuple(resolve_device(f"cuda:{number}") for number in sorted(numbers))
        return spread or (torch.device("cpu"),)
    if specification.device != "all":
        return (resolve_device(specification.device),)
    if not torch.cuda.is_available():
        raise ModelError(
            f"`device: all` spreads a model over CUDA devices, and torch {torch.__version__} sees "
            "none. Set `device: auto` or `cpu`, or install a CUDA build of torch."
        )
    return tuple(torch.device("cuda", number) for number in range(torch.cuda.device_count()))


def name_device(device: torch.device) -> str:
    """Give the name by which all processes of a machine know a device.

    The numbers of CUDA devices differ between processes that see different ones.
    """
    if device.type != "cuda":
        return str(device)
    return f"GPU-{torch.cuda.get_device_properties(device).uuid}"


def resolve_device(requested: str) -> torch.device:
    """Give the device: `auto` is the current CUDA device if there is one, else the CPU.

    Raises:
        ModelError: if the device that was asked for is not there.
    """
    cuda = torch.cuda.is_available()
    if requested == "auto":
        requested = "cuda" if cuda else "cpu"
    device = torch.device(requested)
    if device.type == "cuda":
        count = torch.cuda.device_count() if cuda else 0
        index = (
            device.index
            if device.index is not None
            else (torch.cuda.current_device() if cuda else 0)
        )
        if index >= count:
            raise ModelError(
                f"Device {requested!r} is not there: torch {torch.__version__} sees {count} CUDA "
                "devices. Set `device: auto` or `cpu`, or install a CUDA build of torch."
            )
        return torch.device("cuda", index)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise ModelError("Device 'mps' is not there. Set `device: auto` or `cpu`.")
    return device


def resolve_dtype(requested: str, device: torch.device) -> torch.dtype:
    """Give the dtype: `auto` is bfloat16 where the device computes in it natively, else float32.

    Never float16 by itself: hidden states of some models (Gemma 3) exceed its range.
    """
    if requested != "auto":
        return {
            "float32": torch.float32,
            "bfloat16": torch.bfloat16,
            "float16": torch.float16,
        }[requested]
    if device.type == "cuda":
        with torch.cuda.device(device):
            native = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu":
        capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
        native = any(capabilities.get(key) for key in ("avx512_bf16", "amx_bf16"))
    else:
        native = False
    return torch.bfloat16 if native else torch.float32
