"""Configuration that is parsed once in a process, however many sessions the tests open."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from io import StringIO
from typing import Any

import pytest
from omegaconf import OmegaConf, _utils, base
from omegaconf.grammar_parser import parse


@contextmanager
def parsed_once() -> Iterator[None]:
    """Let OmegaConf remember what it makes of a text: of a file, and of what a value refers to.

    Both depend on the text alone. They are four fifths of what opening a session takes, a second
    and more, and hundreds of tests open several.
    """
    load = OmegaConf.load

    @cache
    def pickled(text: str) -> bytes:
        return pickle.dumps(load(StringIO(text)))

    def load_once(file: Any) -> Any:
        # A copy for each that asks: Kedro merges into what it has read.
        return pickle.loads(pickled(file.read())) if isinstance(file, StringIO) else load(file)

    parse_once = lru_cache(maxsize=4096)(parse)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(OmegaConf, "load", staticmethod(load_once))
        for module in (base, _utils):
            patched.setattr(module, "parse", parse_once)
        yield
