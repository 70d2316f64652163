"""Two GPUs that are not there: numbers lie on the CPU, and each array has a device by name.

What PyTorch refuses where arrays lie on different GPUs is refused here, too. So the code for models
that are spread over GPUs runs on a machine without any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import accelerate
import accelerate.hooks
import pytest
import torch
from torch.overrides import TorchFunctionMode

CPU = torch.device("cpu")
FACTORIES = {
    *(torch.tensor, torch.as_tensor, torch.zeros, torch.ones, torch.empty, torch.full),
    *(torch.arange, torch.rand, torch.randn),
}
# Between devices: a copy, and the comparison of two settings.
COPIES = {torch.Tensor.copy_}
INDEXED = {torch.Tensor.__getitem__, torch.Tensor.__setitem__}


class Placed(torch.Tensor):
    """An array that says to lie on a GPU."""

    place = CPU
    device = property(lambda self: self.place)
    is_cuda = property(lambda self: True)


def as_device(given: Any) -> torch.device:
    return torch.device("cuda", given) if isinstance(given, int) else torch.device(given)


def put(array: torch.Tensor, device: Any) -> torch.Tensor:
    """Give an array another device by name."""
    place = as_device(device)
    with torch._C.DisableTorchFunctionSubclass():
        if place.type == "cpu":
            return array.as_subclass(torch.Tensor)
        placed = array.as_subclass(Placed)
    placed.place = place
    return placed


def arrays_in(given: Any) -> Iterator[torch.Tensor]:
    if isinstance(given, torch.Tensor):
        yield given
    elif isinstance(given, list | tuple | Mapping):
        for one in given.values() if isinstance(given, Mapping) else given:
            yield from arrays_in(one)


class PretendedGpus(TorchFunctionMode):
    """Lets every function of torch say on which device its result lies."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        with torch._C.DisableTorchFunctionSubclass():
            if func is torch.Tensor.to:
                return self._move(args, kwargs)
            if func is torch.Tensor.cpu:
                return put(args[0], CPU)
            if func is torch.autograd.grad:
                slopes = func(*args, **kwargs)
                return [put(one, of.device) for one, of in zip(slopes, args[1], strict=True)]
            stated = kwargs.pop("device", None)
            if func in FACTORIES:
                return put(func(*args, **kwargs), stated or CPU)
            place = self._common(func, [*arrays_in(args), *arrays_in(kwargs)])
            return self._place(func(*args, **kwargs), as_device(stated) if stated else place)

    def _move(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
        array, *rest = args
        own = array.device
        devices = [one for one in (*rest, kwargs.pop("device", None)) if is_device(one)]
        rest = [one for one in rest if not is_device(one)]
        moved = array.to(*rest, **kwargs) if rest or kwargs else array
        return put(moved, devices[0] if devices else own)

    def _common(self, func: Any, arrays: list[torch.Tensor]) -> torch.device:
        if func in COPIES:
            return arrays[0].device
        if func in INDEXED and arrays[0].device != CPU:
            arrays = [array for array in arrays if array.device != CPU]
        places = {array.device for array in arrays if array.dim() or array.device != CPU}
        if len(places) > 1:
            raise RuntimeError(f"{func} takes arrays that lie on {sorted(map(str, places))}")
        return places.pop() if places else CPU

    def _place(self, result: Any, place: torch.device) -> Any:
        if isinstance(result, torch.Tensor):
            return put(result, place) if place != CPU or isinstance(result, Placed) else result
        if isinstance(result, list | tuple):
            return type(result)([self._place(one, place) for one in result])
        return result


def is_device(given: Any) -> bool:
    return isinstance(given, torch.device | str) or type(given) is int


def _set_weight(module: Any, name: str, device: Any, value: Any = None, **other: Any) -> None:
    """Stand for accelerate's function, which would change the storage."""
    parent, _, name = name.rpartition(".")
    owner = module.get_submodule(parent)
    group = owner._parameters if name in owner._parameters else owner._buffers
    weight = put(group[name] if value is None else value, device)
    if group is module._parameters:
        place = weight.device
        weight = torch.nn.Parameter(weight, requires_grad=False)
        weight.place = place  # type: ignore[attr-defined]
    group[name] = weight


@contextmanager
def spread_over_gpus(
    loaded: Any, placed: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """Spread an open model over GPUs that are not there, with the hooks of accelerate.

    Args:
        loaded: on the CPU.
        placed: which part shall lie where.
        monkeypatch: of the test.
    """
    hardware = SimpleNamespace(total_memory=2**36)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: hardware)
    monkeypatch.setattr(accelerate.hooks, "set_module_tensor_to_device", _set_weight)
    with PretendedGpus():
        skipped = loaded.model._skip_keys_device_placement
        accelerate.dispatch_model(loaded.model, placed, skip_keys=skipped)
        loaded.placed, loaded.device = placed, torch.device("cuda", 0)
        yield loaded
