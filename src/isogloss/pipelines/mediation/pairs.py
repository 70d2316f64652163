"""Pairs of prompts that differ in one word, in the places of two, or in what is asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from isogloss.counting_prompts import CHAT, Frame, Names, Part, render_parts
from isogloss.partitions import digest
from isogloss.pipelines.mediation.designs import MOVES, Design
from isogloss.pipelines.mediation.lists import IDENTIFIER, ListPair
from isogloss.pipelines.mediation.pair_parameters import CATEGORY_SWAP, LARGEST
from isogloss.pipelines.mediation.roles import CATEGORIES, OTHER, SWAPPED, name_roles
from isogloss.pipelines.mediation.tokens import (
    Answers,
    Encoded,
    encode_texts,
    find_answers,
    single_token_answers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.pipelines.mediation.pair_parameters import Kind

DIGITS = tuple(str(count) for count in range(LARGEST + 1))
NO_NAMES = Names()

WORDS, NAMED = "the swapped words", "the names of the two categories"
UNEQUAL_NUMBER = "{} take different numbers of tokens"
UNEQUAL_AROUND = "tokens around {} differ"


@dataclass(frozen=True)
class Pair:
    """A base and a donor as token ids; see the columns of `mediation_pairs`."""

    pair_id: str
    design: Design
    lists: ListPair
    base_ids: tuple[int, ...]
    donor_ids: tuple[int, ...]
    roles: tuple[str, ...]
    answers: tuple[int, ...]
    contrast: tuple[float, ...]


@dataclass
class PairMaker:
    """Turns pairs of lists into pairs of prompts, or says why that cannot be.

    Attributes:
        tokenizer: of the model.
        frame: what stands around the lists.
        names: category -> what it is called.
        counts_items: whether members are counted; otherwise one item is asked for.
    """

    tokenizer: Any
    frame: Frame
    names: Mapping[str, Names]
    counts_items: bool
    _digits: dict[str, Answers] = field(default_factory=dict)

    def make(self, design: Design, lists: ListPair, read_as: Design | None = None) -> Pair | str:
        """Make a pair; a text says why there is none.

        Args:
            design: of the pair.
            lists: of the design.
            read_as: design whose y is read, if that is another one's.
        """
        both = [
            render_parts(self.frame, words, self._name(asked), self.tokenizer)
            for words, asked in (
                (lists.words, lists.asked),
                (lists.donor_words, lists.donor_asked),
            )
        ]
        found = self._read(design, lists, both)
        if isinstance(found, str):
            return found
        base, donor, tokens = found
        roles = [
            name_roles(parts, encoded, design.place, design.other_place)
            for parts, encoded in zip(both, (base, donor), strict=True)
        ]
        if fault := _difference((base, donor), roles, design.kind):
            return fault
        identifier = digest(design.kind, lists.asked, base.ids, donor.ids)[:IDENTIFIER]
        contrast = contrast_weights(read_as or design) if self.counts_items else (1.0, -1.0)
        return Pair(identifier, design, lists, base.ids, donor.ids, roles[0], tokens, contrast)

    def _name(self, asked: str) -> Names:
        return self.names[asked] if self.counts_items else NO_NAMES

    def _read(
        self, design: Design, lists: ListPair, both: list[tuple[Part, ...]]
    ) -> tuple[Encoded, Encoded, tuple[int, ...]] | str:
        texts = ["".join(part.text for part in parts) for parts in both]
        framed, joiner = self.frame.framing == CHAT, self.frame.phrase.joiner
        if not self.counts_items:
            forms = (lists.donor_words[design.place], lists.words[design.place])
            read = [
                find_answers(self.tokenizer, text, joiner, forms, framed=framed) for text in texts
            ]
            if fault := read[0].reason or read[1].reason:
                return fault
            if read[0].tokens != read[1].tokens:
                return "the two words are other tokens in the other prompt"
            return read[0].prompt, read[1].prompt, read[0].tokens
        digits = self._read_digits(lists.asked, texts[0])
        if digits.reason:
            return digits.reason
        wholes = encode_texts(
            self.tokenizer, [text + joiner + "0" for text in texts], framed=framed
        )
        if any(whole.ids[-1] != digits.tokens[0] for whole in wholes):
            return "the answer is another token behind this list"
        prompts = [whole.cut(len(whole.ids) - 1) for whole in wholes]
        return prompts[0], prompts[1], digits.tokens

    def _read_digits(self, asked: str, text: str) -> Answers:
        if asked not in self._digits:
            framed = self.frame.framing == CHAT
            self._digits[asked] = single_token_answers(
                self.tokenizer, text, self.frame.phrase.joiner, DIGITS, framed=framed
            )
        return self._digits[asked]


def contrast_weights(design: Design) -> tuple[float, ...]:
    """Give the weights over the log-probabilities of 0..9 that make the outcome y.

    Where the count changes from c to c + 1 or back, y = log p(c + 1) - log p(c); where another
    category is asked for, y is that of the greater of the two counts and the lesser. Where it does
    not change,
    y is the same for c or c - 1, whichever the sign takes the pair for; where two items change
    places it is the mean of both, (log p(c + 1) - log p(c - 1)) / 2. At the ends of 0..9 there is
    only one. Lists that are asked for an irrelevant category have the y of their source, so that
    both can be compared pair by pair.
    """
    weights = [0.0] * len(DIGITS)
    if design.kind == CATEGORY_SWAP:
        low, high = sorted((design.count, design.donor_count))
        weights[high], weights[low] = 1.0, -1.0
        return tuple(weights)
    if design.kind in MOVES:
        low, high = max(design.count - 1, 0), min(design.count + 1, LARGEST)
    else:
        low = min(design.count, design.donor_count)
        if design.kind != "count_swap" and design.sign < 0:
            low -= 1
        low = min(max(low, 0), LARGEST - 1)
        high = low + 1
    weights[high], weights[low] = 1 / (high - low), -1 / (high - low)
    return tuple(weights)


def _difference(both: tuple[Encoded, Encoded], roles: Sequence[tuple[str, ...]], kind: Kind) -> str:
    """Say how two prompts differ beyond what is swapped; empty if they do not."""
    what = NAMED if kind == CATEGORY_SWAP else WORDS
    counts = [Counter(_swapped_part(role, kind) for role in found) for found in roles]
    for found in counts:
        found.pop("", None)
    if counts[0] != counts[1]:
        return UNEQUAL_NUMBER.format(what)
    ids = (both[0].ids, both[1].ids)
    if len(ids[0]) != len(ids[1]) or roles[0] != roles[1]:
        return UNEQUAL_AROUND.format(what)
    around = [
        one == two or _swapped_part(role, kind)
        for role, one, two in zip(roles[0], *ids, strict=True)
    ]
    return "" if all(around) else UNEQUAL_AROUND.format(what)


def _swapped_part(role: str, kind: Kind) -> str:
    """Say to which of the words or names that are swapped a token belongs; empty if to none."""
    if kind == CATEGORY_SWAP:
        return role if role in CATEGORIES else ""
    name, _, which = role.partition("_")
    return name if name in (SWAPPED, OTHER) and which != "separator" else ""
