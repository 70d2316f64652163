"""Prompts for patching: lists of words to count, of which one is swapped in the middle."""

from __future__ import annotations

from typing import Any

import numpy as np

from isogloss.language_models.patching.sites import PatchPair

MEMBERS = (
    "dog cat horse cow sheep goat pig rabbit mouse rat lion tiger bear wolf fox deer monkey "
    "elephant camel donkey whale dolphin bat squirrel otter beaver"
).split()
OTHERS = (
    "table chair lamp door window spoon knife plate cup bottle pencil paper ladder hammer bridge "
    "river mountain cloud stone candle mirror blanket pillow basket wheel rope bell drum coat shoe"
).split()
SWAPPED_SHARE = 48
"""Percent of the list that stand before the swapped word."""
WORDS = 26
"""Of a list; with them a prompt has 64 tokens, the swapped word in the middle."""


def make_pairs(tokenizer: Any, count: int, words: int = WORDS, seed: int = 0) -> list[PatchPair]:
    """Make prompts of one length with a member, and the same with another word in its place.

    Args:
        tokenizer: of the model.
        count: pairs.
        words: of each list; more than there are come twice.
        seed: of the draw.

    Raises:
        ValueError: if prompts differ in length or in more than one token.
    """
    generator = np.random.default_rng(seed)
    answers = tuple(tokenizer(number, add_special_tokens=False)["input_ids"][-1] for number in "56")
    pairs = []
    for _ in range(count):
        drawn = list(generator.choice(MEMBERS + OTHERS, words, replace=words > WORDS))
        ids = []
        for kind in (MEMBERS, OTHERS):
            drawn[SWAPPED_SHARE * words // 100] = generator.choice(
                [word for word in kind if word not in drawn] or kind
            )
            text = f"Count the animals in this list: {', '.join(drawn)}. Number of animals:"
            ids.append(tuple(tokenizer(text)["input_ids"]))
        pairs.append(PatchPair(ids[0], ids[1], answers))
    lengths = {len(ids) for pair in pairs for ids in (pair.base, pair.donor)}
    if len(lengths) > 1 or any(len(pair.differences) > 1 for pair in pairs):
        raise ValueError(f"prompts must have one length and differ in one token, not {lengths}")
    return pairs
