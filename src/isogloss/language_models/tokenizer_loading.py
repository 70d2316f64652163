"""Loading the tokenizer of a model, checked, and once a process: it takes longer than the weights.

Reading a vocabulary of 262,144 tokens takes three seconds, mapping 270 million weights a tenth of
one. A study opens each model several times.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from isogloss.language_models.libraries import quiet_libraries, refuse_unreadable
from isogloss.language_models.tokenizer_checks import check_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

    from isogloss.language_models.specification import ModelSpecification

KEPT = 4
"""Tokenizers that stay in memory: those of a few models that are opened in turn."""


def load_tokenizer(name: str, specification: ModelSpecification, folder: Path) -> Any:
    """Give the tokenizer of a model, checked; the same object while its files stay as they are.

    A tokenizer without a padding token pads with its end-of-text token (masks tell padding apart);
    truncation and padding that were saved with it are switched off, so that nothing is cut unseen.
    It belongs to all who ask for it: never change it.

    Raises:
        ModelError: if there is none, or if it fails `check_tokenizer`.
    """
    return _load_tokenizer(
        name,
        str(folder),
        specification.trust_remote_code,
        tuple(specification.probe_words),
        _states(folder),
    )


def _states(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Give name, time and size of each file: what tells that a folder was written anew."""
    states = {path.name: path.stat() for path in folder.glob("*") if path.is_file()}
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in sorted(states.items()))


@lru_cache(maxsize=KEPT)
def _load_tokenizer(
    name: str,
    folder: str,
    trust_remote_code: bool,
    probe_words: tuple[str, ...],
    states: tuple[tuple[str, int, int], ...],
) -> Any:
    """Load a tokenizer; `states` only tells the folder's state of then from that of now."""
    from transformers import AutoTokenizer

    del states
    auto: Any = AutoTokenizer
    unreadable = refuse_unreadable(f"Model {name!r}: no tokenizer can be read from {folder}")
    with quiet_libraries(), unreadable:
        tokenizer = auto.from_pretrained(
            folder, local_files_only=True, trust_remote_code=trust_remote_code
        )
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
        if tokenizer.is_fast:
            tokenizer.backend_tokenizer.no_truncation()
            tokenizer.backend_tokenizer.no_padding()
        check_tokenizer(name, tokenizer, probe_words)
    return tokenizer
