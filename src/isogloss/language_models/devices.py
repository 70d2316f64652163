"""On which device and in which number format a model runs on this machine.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

import torch

from isogloss.language_models.specification import ModelError


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
