"""Makes the lists of a plan, or those of them that were lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from isogloss.pipelines.counting.generation_crossing import pair_cells
from isogloss.pipelines.counting.generation_drafts import (
    SYSTEMATIC,
    draft_systematic,
    draft_written,
    tabulate,
)
from isogloss.pipelines.counting.generation_lexicon import (
    DROPPED_COLUMNS,
    Concept,
    GenerationError,
    Lexicon,
    build_lexicon,
    require_supply,
)
from isogloss.pipelines.counting.generation_places import PlaceBalance
from isogloss.pipelines.counting.generation_plan import (
    INVENTED,
    INVENTED_PREFIX,
    Cell,
    generator_for,
    in_english,
)
from isogloss.pipelines.counting.systematic_lists import Composer, ConceptList
from isogloss.pipelines.counting.written_lists import Writer, WrittenList

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from isogloss.pipelines.counting.generation_calls import Ask
    from isogloss.pipelines.counting.generation_panels import Panel
    from isogloss.pipelines.counting.generation_parameters import CountingParameters

NAME_COLUMNS = ("category", "language", "counted", "number_of")
FIRST = "first"
NEAR_DUPLICATE = "every try was a near duplicate, or ran out of words"


class Made(NamedTuple):
    """What was made of some cells.

    Attributes:
        drafts: lists, one row a language.
        names: of the categories that were invented: category, language, counted, number_of.
        failures: cells of which no list was made, and why.
    """

    drafts: pd.DataFrame
    names: pd.DataFrame
    failures: list[tuple[Cell, str]]


@dataclass(frozen=True)
class Workshop:
    """Makes lists of all kinds.

    Attributes:
        lexicons: languages of a panel -> their words.
        parameters: how lists are made.
        languages: code -> name in English.
        names: category, language -> how the category is called there.
        sentences: language -> the sentence in which the name of a category stands.
        ask: has an author answer requests; None without one.
        author: its name.
    """

    lexicons: dict[tuple[str, ...], Lexicon]
    parameters: CountingParameters
    languages: dict[str, str]
    names: dict[tuple[str, str], str]
    sentences: dict[str, str]
    ask: Ask | None
    author: str

    def make(
        self, panel: Panel, cells: Sequence[Cell], standing: pd.DataFrame, attempt: int
    ) -> Made:
        """Make lists.

        Args:
            panel: to which they belong.
            cells: what they are to be like.
            standing: lists that stand already; their words and places count as used.
            attempt: round in which they are made, from 0.
        """
        own = panel.own(standing)
        if panel.method == SYSTEMATIC:
            return self._compose(panel, cells, own, attempt)
        return self._write(panel, cells, own, attempt)

    def _compose(
        self, panel: Panel, cells: Sequence[Cell], standing: pd.DataFrame, attempt: int
    ) -> Made:
        lexicon, settings = self.lexicons[panel.languages], self.parameters
        composer = Composer(
            lexicon,
            panel.cells,
            settings.distractor_categories,
            settings.overlap,
            generator_for(settings.seed, "words", attempt, *panel.languages),
        )
        for one in _concept_lists(standing[standing["language"] == panel.languages[0]]):
            composer.account_for(one)
        pairing = generator_for(settings.seed, "pairs", attempt, *panel.languages)
        pairs, single = (
            pair_cells(cells, lexicon.disjoint, pairing) if settings.crossed else ([], list(cells))
        )
        made: list[tuple[Cell, ConceptList | None]] = []
        for pair in pairs:
            both = composer.compose_pair(*pair, settings.tries)
            if both is None:
                single += pair
            else:
                made += zip(pair, both, strict=True)
        made += [(cell, composer.compose(cell, settings.tries)) for cell in single]
        lists = [one for _, one in made if one is not None]
        return Made(
            draft_systematic(lists, lexicon, attempt, settings.parallel),
            _no_names(),
            [(cell, NEAR_DUPLICATE) for cell, one in made if one is None],
        )

    def _write(
        self, panel: Panel, cells: Sequence[Cell], standing: pd.DataFrame, attempt: int
    ) -> Made:
        (language,) = panel.languages
        answers = self._writer(language, standing).write(cells, attempt * len(panel.cells))
        generator = generator_for(self.parameters.seed, "places", attempt, language)
        places = PlaceBalance(generator)
        for members in standing["members"]:
            places.account_for(members)
        rows, failures = [], []
        names: dict[str, tuple[str, str, str]] = {}
        for cell, answer in zip(cells, answers, strict=True):
            if isinstance(answer, str):
                failures.append((cell, answer))
                continue
            if cell.category == INVENTED:
                category = INVENTED_PREFIX + answer.slug
                names.setdefault(category, (language, answer.counted, answer.number_of))
            else:
                category = cell.category
            roles = places.choose(cell.length, cell.count)
            places.account_for(roles)
            words = _mix(answer, roles, generator)
            rows.append(draft_written(category, words, roles, language, self.author, attempt))
        table = [(category, *name) for category, name in names.items()]
        return Made(tabulate(rows), pd.DataFrame(table, columns=list(NAME_COLUMNS)), failures)

    def _writer(self, language: str, standing: pd.DataFrame) -> Writer:
        if self.ask is None:
            raise GenerationError(
                f"counting.model_share is {self.parameters.model_share:g}, and there is no chat "
                "model to write lists: name one in counting.author."
            )
        own = {category: name for (category, code), name in self.names.items() if code == language}
        return Writer(
            self.ask,
            self.languages[language],
            own,
            self.sentences[language],
            {in_english(one) for one in (*own, *standing["category"])},
            self.parameters.writing,
        )


def build_lexicons(
    word_lists: pd.DataFrame,
    relations: pd.DataFrame,
    panels: Sequence[Panel],
    parameters: CountingParameters,
) -> tuple[dict[tuple[str, ...], Lexicon], pd.DataFrame]:
    """Gather the words of every panel of systematic lists.

    Args:
        word_lists: of the categories that take part.
        relations: between categories.
        panels: that are planned.
        parameters: lengths and counts that the words must suffice for.

    Returns:
        languages of a panel -> its words; and the concepts that were left out: category, concept,
        missing (languages without a word).

    Raises:
        GenerationError: if words do not suffice.
    """
    lexicons, dropped = {}, []
    for panel in panels:
        if panel.method == SYSTEMATIC:
            lexicon, left_out = build_lexicon(word_lists, relations, panel.languages)
            require_supply(lexicon, parameters.lengths, parameters.counts)
            lexicons[panel.languages] = lexicon
            dropped.append(left_out)
    table = pd.concat(dropped, ignore_index=True) if dropped else word_lists[[]]
    return lexicons, table.reindex(columns=list(DROPPED_COLUMNS)).drop_duplicates()


def read_sentences(phrases: pd.DataFrame) -> dict[str, str]:
    """Give for every language the sentence that names the category before the list.

    Args:
        phrases: language, position, text.
    """
    first = phrases[phrases["position"] == FIRST]
    return dict(zip(first["language"], first["text"], strict=True))


def _mix(answer: WrittenList, roles: Sequence[bool], generator: np.random.Generator) -> list[str]:
    members, others = (
        iter([words[place].strip() for place in generator.permutation(len(words))])
        for words in (answer.members, answer.others)
    )
    return [next(members if role else others) for role in roles]


def _concept_lists(standing: pd.DataFrame) -> list[ConceptList]:
    return [
        ConceptList(
            Cell(str(category), len(members), sum(members)),
            tuple(Concept(*str(one).split("/", 1)) for one in concepts),
            tuple(map(bool, members)),
        )
        for category, concepts, members in zip(
            *(standing[name] for name in ("category", "concepts", "members")), strict=True
        )
    ]


def _no_names() -> pd.DataFrame:
    return pd.DataFrame(columns=list(NAME_COLUMNS))
