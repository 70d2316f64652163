"""The machine, as far as it bears on times: no names of hosts, no paths."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_info

from benchmarks.measurement import spread, take_turns
from benchmarks.peak import product_work
from benchmarks.results import CORES, Machine, Spread
from isogloss.language_models import outline

PACKAGES = (
    *("numpy", "scipy", "torch", "transformers", "safetensors", "openai"),
    *("lm-eval", "mergekit", "nnsight", "transformer-lens"),
)
INSTRUCTIONS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
PRODUCTS = 5


def describe_machine(load: float) -> Machine:
    """Describe processor, memory, libraries and the measured rate of matrix products.

    Args:
        load: average of the last minute, read before anything was measured.
    """
    rates = measure_rates()
    described = {
        "processor": _processor(),
        CORES: str(count_cores()),
        "memory": f"{_memory():.0f} GiB",
        "system": f"{platform.system()} {_kernel()}, {platform.machine()}",
        "threads": f"BLAS {_blas()}, torch {torch.get_num_threads()}, "
        f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'unset')}",
        "float32 matrix products (numpy)": _say(rates["numpy float32"]),
        "float32 matrix products (torch)": _say(rates["torch float32"]),
        "bfloat16 matrix products (torch)": _say(rates["torch bfloat16"]),
        "GPU": _gpu(),
        "Python": platform.python_version(),
        "packages": ", ".join(_versions()),
    }
    return Machine(description=described, load=load)


def measure_rates(rounds: int = PRODUCTS) -> dict[str, Spread]:
    """Measure 1e9 operations a second of matrix products, by library and dtype."""
    product, operations = product_work()
    seconds = take_turns({"product": product}, rounds)["product"]
    rates = {"numpy float32": spread([operations / one / 1e9 for one in seconds])}
    for dtype in ("float32", "bfloat16"):
        processor = outline.Machine([torch.device("cpu")], getattr(torch, dtype))
        found = [processor.measure_product_rate() / 1e9 for _ in range(rounds)]
        rates[f"torch {dtype}"] = spread(found)
    return rates


def count_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def package_version(name: str) -> str:
    """Name a package with its version, or say that it is missing."""
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} (not installed)"


def _say(rate: Spread) -> str:
    return f"{rate.median:.0f} GFLOP/s ({rate.low:.0f} to {rate.high:.0f})"


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    facts = {name.strip(): value.strip() for name, value in fields.items()}
    name = facts.get("model name", platform.processor() or "unknown")
    known = set(facts.get("flags", "").split())
    family = f", family {facts['cpu family']}" if "cpu family" in facts else ""
    return f"{name}{family} ({', '.join(one for one in INSTRUCTIONS if one in known)})"


def _kernel() -> str:
    return ".".join(platform.release().split(".")[:2])


def _memory() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2.0**30


def _blas() -> str:
    # numpy's own library is only known after numpy has been imported.
    np.ones((2, 2)) @ np.ones((2, 2))
    found = {
        f"{one['internal_api']} {one.get('version') or ''}".strip() + f" x {one['num_threads']}"
        for one in threadpool_info()
        if one["user_api"] == "blas"
    }
    return ", ".join(sorted(found)) or "unknown"


def _gpu() -> str:
    if not torch.cuda.is_available():
        return "none: nothing on this page was measured on a GPU"
    return torch.cuda.get_device_name(0)


def _versions() -> list[str]:
    return [package_version(name) for name in PACKAGES]
