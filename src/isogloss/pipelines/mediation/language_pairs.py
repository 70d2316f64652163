"""All pairs of one language: frames, words, and what was lost on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.counting_prompts import Frame, Names, Phrase, choose_framing
from isogloss.errors import Refusal, suggest
from isogloss.pipelines.mediation.designs import IRRELEVANT, Design, plan_designs, take_turns
from isogloss.pipelines.mediation.examples import ask_for_item, choose_examples
from isogloss.pipelines.mediation.lists import ListPair, Supply
from isogloss.pipelines.mediation.pair_parameters import (
    CATEGORY_SWAP,
    SEPARATORS,
    SOURCES,
    USUAL,
    Layout,
)
from isogloss.pipelines.mediation.pairs import Pair, PairMaker
from isogloss.pipelines.mediation.tokens import ANSWER_FAULTS, encode_texts
from isogloss.pipelines.mediation.words import Lexicon, WordUse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from isogloss.pipelines.mediation.pair_parameters import Kind, Named, PairParameters

NO_WORDS = "no two words of equal tokens are left"
NO_FILLERS = "too few words to fill the list"
TWICE = "the pair was there already"
NO_SOURCE = "there are no lists to ask for another category"
NO_OTHER = "no other category is certain to hold neither swapped word"
NO_PARTNER = "no other category is certain to share no word with it"


@dataclass(frozen=True)
class LanguageWords:
    """What is known of a language.

    Attributes:
        lexicon: its words.
        names: category -> what it is called.
        phrases: `first` or `last` -> how members are counted.
    """

    lexicon: Lexicon
    names: Mapping[str, Names]
    phrases: Mapping[str, Phrase]


@dataclass
class LanguagePairs:
    """Makes the pairs of one language and counts what was lost.

    Attributes:
        tokenizer: of the model.
        words: of the language.
        parameters: of the pairs.
        pairs: that were made, with the layout of their lists.
        lost: (kind, layout, stage, reason) -> number; stage `pairs` or `proposals`.
    """

    tokenizer: Any
    words: LanguageWords
    parameters: PairParameters
    pairs: list[tuple[Layout, Pair]] = field(default_factory=list)
    lost: Counter[tuple[Kind, Layout, str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        language, seed = self.words.lexicon.language, self.parameters.seed
        self._generator = np.random.default_rng([seed, *language.encode()])
        self._use = WordUse(self._generator)
        self.framing = choose_framing(
            self.tokenizer, self.parameters.framing, "mediation_pairs.framing"
        )
        self._categories = _choose_categories(self.words, self.parameters)
        self._examples = choose_examples(
            self.words.lexicon, self.words.names, self.parameters.shots, self._use
        )

    def require_all(self) -> None:
        """Refuse what would stop the making of pairs, before any is made.

        Raises:
            Refusal: if a phrase is missing, or the categories do not suffice for two parts.
        """
        for kind, named in product(self.parameters.kinds, self.parameters.named):
            self._frame(kind, Layout(named, USUAL))
        where = f" in {self.words.lexicon.language}"
        self.parameters.keep_apart(len(self._categories), where)

    def make_all(self) -> None:
        """Make all kinds of pairs; those that ask lists of others for another category last."""
        kinds = sorted(self.parameters.kinds, key=lambda one: one in IRRELEVANT)
        for separators, kind in product(self.parameters.separators, kinds):
            # What is asked of a control does not name a category.
            for named in self.parameters.named[: 1 if kind == "control" else None]:
                layout = Layout(named, separators)
                if kind in IRRELEVANT:
                    self._ask_all_otherwise(kind, layout)
                else:
                    self._make_kind(kind, layout)

    def _make_kind(self, kind: Kind, layout: Layout) -> None:
        parameters = self.parameters
        frame = self._frame(kind, layout)
        maker = PairMaker(self.tokenizer, frame, self.words.names, kind != "control")
        supply = self._supply(frame)
        turns = take_turns(self._categories, parameters.pairs, self._generator)
        low, high = parameters.lengths
        designs = plan_designs(kind, turns, (low, high), parameters.control, self._generator)
        for category, design in zip(turns, designs, strict=True):
            found = self._find(maker, supply, design, category, layout)
            self._note(kind, layout, found)
            if isinstance(found, Pair):
                self._use.count(found.lists.words)

    def _note(self, kind: Kind, layout: Layout, found: Pair | str) -> None:
        """Keep a pair, or count what was lost."""
        self.lost[kind, layout, "pairs", "" if isinstance(found, Pair) else found] += 1
        if isinstance(found, Pair):
            self.pairs.append((layout, found))

    def _ask_all_otherwise(self, kind: Kind, layout: Layout) -> None:
        """Ask the lists of another kind for a category to which no swapped word belongs."""
        maker = PairMaker(self.tokenizer, self._frame(kind, layout), self.words.names, True)
        sources = [
            pair for own, pair in self.pairs if own == layout and pair.design.kind == SOURCES[kind]
        ]
        for source in sources:
            self._note(kind, layout, self._ask_otherwise(maker, source, kind, layout))
        if missing := self.parameters.pairs - len(sources):
            self.lost[kind, layout, "pairs", NO_SOURCE] += missing

    def _ask_otherwise(
        self, maker: PairMaker, source: Pair, kind: Kind, layout: Layout
    ) -> Pair | str:
        """Try categories, those with most members first; a text says why none will do."""
        reason = NO_OTHER
        found_lists = [
            lists
            for at in self._generator.permutation(len(self._categories))
            if (lists := source.lists.ask_otherwise(self._categories[at], self.words.lexicon))
        ]
        for lists in sorted(found_lists, key=lambda one: -sum(one.members)):
            design = source.design.ask_otherwise(kind, lists.members)
            found = maker.make(design, lists, read_as=source.design)
            if isinstance(found, Pair):
                return found
            reason = found
            self.lost[kind, layout, "proposals", reason] += 1
        return reason

    def _find(
        self, maker: PairMaker, supply: Supply, design: Design, category: str, layout: Layout
    ) -> Pair | str:
        """Try words until a pair can be made; a text says why none can."""
        known = {pair.pair_id for _, pair in self.pairs}
        reason = NO_PARTNER if design.kind == CATEGORY_SWAP else NO_WORDS
        proposals = self._propose(supply, design, category, layout)
        for lists in islice(proposals, self.parameters.attempts):
            found = NO_FILLERS if lists is None else maker.make(design, lists)
            if isinstance(found, Pair) and found.pair_id in known:
                found = TWICE
            if isinstance(found, Pair):
                return found
            reason = found
            self.lost[design.kind, layout, "proposals", reason] += 1
            if maker.counts_items and reason in ANSWER_FAULTS:
                break
        return reason

    def _propose(
        self, supply: Supply, design: Design, category: str, layout: Layout
    ) -> Iterator[ListPair | None]:
        """Fill lists with one proposal after another; None where there are too few words."""
        if design.kind == CATEGORY_SWAP:
            for partner in self._partners(category, layout):
                yield supply.fill_for_two(design, (category, partner), self._generator)
            return
        for swapped in supply.swapped_pairs(design, category):
            yield supply.fill(design, category, swapped, self._generator)

    def _partners(self, category: str, layout: Layout) -> list[str]:
        """Give the categories that a donor may ask for instead, the least asked for first."""
        asked = Counter(
            pair.lists.donor_asked
            for own, pair in self.pairs
            if own == layout and pair.design.kind == CATEGORY_SWAP
        )
        disjoint = self.words.lexicon.disjoint.get(category, frozenset())
        apart = [one for one in self._categories if one in disjoint]
        order = self._generator.permutation(len(apart)).tolist()
        return sorted((apart[at] for at in order), key=lambda one: asked[one])

    def _frame(self, kind: Kind, layout: Layout) -> Frame:
        if kind != "control":
            phrase, examples = self._phrase(layout.named), self._examples
        else:
            asked = self.parameters.control_phrase(self.words.lexicon.language)
            phrase = Phrase(asked.text, asked.separator)
            place = 0 if self.parameters.control == "first" else -1
            examples = ask_for_item(self._examples, place)
        separator = SEPARATORS.get(layout.separators, phrase.separator)
        return Frame(replace(phrase, separator=separator), examples, self.framing)

    def _phrase(self, named: Named) -> Phrase:
        if named not in self.words.phrases:
            raise Refusal(
                f"There is no phrase in {self.words.lexicon.language} that names the category "
                f"{named}: add a row to phrases.csv in word_tables."
            )
        return self.words.phrases[named]

    def _supply(self, frame: Frame) -> Supply:
        reserved = frozenset(word for example in self._examples for word in example.words)
        sizes = count_word_tokens(self.tokenizer, self.words.lexicon, frame.phrase)
        tolerance = self.parameters.length_tolerance
        return Supply(self.words.lexicon, self._use, reserved, sizes, tolerance)


def count_word_tokens(tokenizer: Any, lexicon: Lexicon, phrase: Phrase) -> dict[str, int]:
    """Count the tokens of each word where it stands between two others in a list."""
    texts = list(dict.fromkeys(word.text for word in lexicon.words))
    first = texts[0]
    before = f"{first}{phrase.separator}"
    wholes = [f"{before}{text}{phrase.separator}{first}" for text in texts]
    sizes = {}
    for text, encoded in zip(texts, encode_texts(tokenizer, wholes, framed=True), strict=True):
        start, end = len(before), len(before) + len(text)
        sizes[text] = sum(a < end and b > start for a, b in encoded.spans)
    return sizes


def _choose_categories(words: LanguageWords, parameters: PairParameters) -> Sequence[str]:
    known = words.lexicon.categories
    wanted = known if "all" in parameters.categories else parameters.categories
    if unknown := [name for name in wanted if name not in known]:
        raise Refusal(
            f"mediation_pairs.categories: there are no words of {unknown[0]!r} in "
            f"{words.lexicon.language}.{suggest(unknown[0], known)}"
        )
    if unnamed := [name for name in wanted if name not in words.names]:
        raise Refusal(
            f"Category {unnamed[0]!r} has no name in {words.lexicon.language}: add a row to "
            "categories.csv in word_tables."
        )
    return list(wanted)
