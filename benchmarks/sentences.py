"""The sentences that are embedded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

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


def count_tokens(tokenizer: Any, sentences: Sequence[Sentence]) -> list[int]:
    """Count the real tokens of every sentence; padding counts as nothing."""
    rows = tokenizer([sentence.text for sentence in sentences])["input_ids"]
    return [len(ids) for ids in rows]


def choose_few(sentences: Sequence[Sentence], lengths: Sequence[int], count: int) -> list[Sentence]:
    """Choose a few sentences whose mean length is about that of all.

    Of so many groups from short to long, each as large, the sentence nearest to the group's mean.

    Args:
        sentences: to choose from.
        lengths: their tokens.
        count: how many are wanted.
    """
    order = sorted(range(len(sentences)), key=lambda place: (lengths[place], place))
    groups = [group for group in np.array_split(order, count) if len(group)]
    means = [np.mean([lengths[place] for place in group]) for group in groups]
    return [
        sentences[min(group, key=lambda place: abs(lengths[place] - mean))]
        for group, mean in zip(groups, means, strict=True)
    ]
