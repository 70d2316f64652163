"""The sentences that are embedded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isogloss.corpora import Sentence

LANGUAGES = ("eng", "deu", "fra", "spa", "rus", "tur", "swh", "zho_simpl", "hin", "ara")


def read_sentences(folder: Path, count: int) -> list[Sentence]:
    """Read the first sentences of each language that the folder has."""
    files = {language: next(folder.glob(f"{language}.*"), None) for language in LANGUAGES}
    return [
        Sentence(language, str(number), text)
        for language, file in files.items()
        if file is not None
        for number, text in enumerate(file.read_text(encoding="utf-8").splitlines()[:count])
    ]


def count_tokens(loaded: Any, sentences: Sequence[Sentence]) -> list[int]:
    """Count the real tokens of every sentence; padding counts as nothing."""
    rows = loaded.tokenizer([sentence.text for sentence in sentences])["input_ids"]
    return [len(ids) for ids in rows]
