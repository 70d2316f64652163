"""Configuration that is parsed once in a process, however many sessions the tests open."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import StringIO
from typing import Any

import pytest
from omegaconf import OmegaConf, base
from omegaconf.grammar_parser import parse


@contextmanager
def parsed_once() -> Iterator[None]:
    """Let OmegaConf remember what it makes of a text: of a file, and of what a value refers to.

    Both depend on the text alone. They are half of what opening a session takes, a second and more,
    and hundreds of tests open several.
    """
    load = OmegaConf.load

    @lru_cache(maxsize=512)
    def pickled(text: str) -> bytes:
        return pickle.dumps(load(StringIO(text)))

    def load_once(file: Any) -> Any:
        # A copy for each that asks: Kedro merges into what it has read. `deepcopy` takes longer.
        return pickle.loads(pickled(file.read())) if isinstance(file, StringIO) else load(file)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(OmegaConf, "load", staticmethod(load_once))
        patched.setattr(base, "parse", lru_cache(maxsize=4096)(parse))
        yield
