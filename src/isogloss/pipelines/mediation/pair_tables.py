"""Tables of pairs, of what was lost while making them, and of how well they are balanced."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.counting_prompts import read_names, read_phrases
from isogloss.errors import Refusal, suggest
from isogloss.pipelines.mediation.designs import NO_PLACE
from isogloss.pipelines.mediation.language_pairs import LanguagePairs, LanguageWords
from isogloss.pipelines.mediation.pair_parameters import LAYOUT
from isogloss.pipelines.mediation.words import read_lexicon

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from isogloss.pipelines.mediation.pair_parameters import PairParameters

logger = logging.getLogger(__name__)

ALL, DISCOVERY, CONFIRMATION = "all", "discovery", "confirmation"
ALL_NAMES = "all"
PAIR_COLUMNS = (
    "pair_id",
    "language",
    "kind",
    *LAYOUT,
    "category",
    "asked",
    "donor_asked",
    "lists_id",
    "words",
    "donor_words",
    "members",
    "place",
    "other_place",
    "length",
    "count",
    "donor_count",
    "before",
    "swapped",
    "sign",
    "framing",
    "part",
    "base_ids",
    "donor_ids",
    "roles",
    "answers",
    "contrast",
)
ATTRITION_COLUMNS = ("language", "kind", *LAYOUT, "stage", "reason", "n")
BALANCE_COLUMNS = ("language", "kind", *LAYOUT, "measure", "value", "n")


def choose_languages(words: pd.DataFrame, wanted: Sequence[str]) -> list[str]:
    """Give the languages to make pairs in.

    Args:
        words: with the column language.
        wanted: codes, or `all`.

    Raises:
        Refusal: if one has no words.
    """
    known = sorted(set(words["language"]))
    if ALL_NAMES in wanted:
        return known
    if unknown := [one for one in wanted if one not in known]:
        raise Refusal(
            f"mediation_pairs.languages: there are no words in {unknown[0]!r}."
            f"{suggest(unknown[0], known)} word_tables has: {', '.join(known) or 'none'}."
        )
    return list(dict.fromkeys(wanted))


def read_language(
    words: pd.DataFrame,
    names: pd.DataFrame,
    relations: pd.DataFrame,
    phrases: pd.DataFrame,
    language: str,
    *,
    single: bool = False,
) -> LanguageWords:
    """Gather what is known of a language.

    Args:
        words: `word_lists`.
        names: `category_names`.
        relations: `category_relations`.
        phrases: `counting_phrases`.
        language: code.
        single: whether words with a blank in them are left out; the log says how many.
    """
    lexicon = read_lexicon(words, relations, language)
    if single and (several := len(lexicon.words) - len(lexicon.single_words.words)):
        lexicon = lexicon.single_words
        logger.info(
            "Mediation: %d words in %s are left out, since they hold a blank and blanks part items "
            "(mediation_pairs.separators).", several, language,
        )  # fmt: skip
    return LanguageWords(lexicon, read_names(names, language), read_phrases(phrases, language))


def tabulate_pairs(
    made: Mapping[str, LanguagePairs], parameters: PairParameters
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Put pairs, losses and balance of all languages into tables.

    Args:
        made: language -> its pairs.
        parameters: of the pairs.

    Returns:
        `mediation_pairs`, `pair_attrition` and `pair_balance`.

    Raises:
        Refusal: if no pair could be made, or too few categories are left in a part.
    """
    rows = [row for language, own in made.items() for row in _pair_rows(language, own)]
    lost = [row for language, own in made.items() for row in _lost_rows(language, own)]
    attrition = pd.DataFrame(lost, columns=list(ATTRITION_COLUMNS))
    if not rows:
        worst = attrition[attrition["reason"] != ""].sort_values("n").iloc[-1]
        raise Refusal(
            "No pair of prompts can be made for this model; most often because "
            f"{worst['reason']} ({worst['n']} times)."
        )
    pairs = pd.DataFrame(rows)
    pairs["part"] = split_categories(pairs, parameters)
    pairs = pairs[list(PAIR_COLUMNS)]
    return pairs, attrition, pd.DataFrame(_balance_rows(pairs), columns=list(BALANCE_COLUMNS))


def _pair_rows(language: str, own: LanguagePairs) -> Iterator[dict[str, Any]]:
    for layout, pair in own.pairs:
        design, lists = pair.design, pair.lists
        yield {
            "pair_id": pair.pair_id,
            "language": language,
            "kind": design.kind,
            **layout._asdict(),
            "category": lists.category,
            "asked": lists.asked,
            "donor_asked": lists.donor_asked,
            "lists_id": lists.lists_id,
            "words": list(lists.words),
            "donor_words": list(lists.donor_words),
            "members": list(lists.members),
            "place": design.place,
            "other_place": design.other_place,
            "length": design.length,
            "count": design.count,
            "donor_count": design.donor_count,
            "before": design.before,
            "swapped": design.swapped,
            # The log-odds of a control are the donor's word's, whichever word that is.
            "sign": 1 if design.kind == "control" else design.sign,
            "framing": own.framing,
            "base_ids": list(pair.base_ids),
            "donor_ids": list(pair.donor_ids),
            "roles": list(pair.roles),
            "answers": list(pair.answers),
            "contrast": list(pair.contrast),
        }


def _lost_rows(language: str, own: LanguagePairs) -> Iterator[dict[str, Any]]:
    for (kind, layout, stage, reason), number in sorted(own.lost.items()):
        yield {
            "language": language,
            "kind": kind,
            **layout._asdict(),
            "stage": stage,
            "reason": reason,
            "n": number,
        }


def split_categories(pairs: pd.DataFrame, parameters: PairParameters) -> list[str]:
    """Keep a share of the categories apart, at random, with all their pairs of any kind.

    What is found with some categories is confirmed with others alone: two halves of the pairs of
    one category share what is peculiar to it. Languages draw from the same order of categories.

    Args:
        pairs: language, category.
        parameters: of the pairs.

    Returns:
        the part of each pair: `discovery` or `confirmation`, or `all` where nothing is kept apart.

    Raises:
        Refusal: if fewer categories than can be tested are left in either part.
    """
    if parameters.confirmation == 0:
        return [ALL] * len(pairs)
    order = np.random.default_rng(parameters.seed).permutation(sorted(set(pairs["category"])))
    apart = set()
    for language, own in pairs.groupby("language")["category"]:
        known = [str(name) for name in order if name in set(own)]
        number = parameters.keep_apart(len(known), f" in {language}")
        apart |= {(language, name) for name in known[:number]}
    keys = zip(pairs["language"], pairs["category"], strict=True)
    return [CONFIRMATION if key in apart else DISCOVERY for key in keys]


def _balance_rows(pairs: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = ["language", "kind", *LAYOUT]
    for group, own in pairs.groupby(names, sort=False):
        keys = dict(zip(names, group, strict=True))
        for measure, value in _measures(own).items():
            yield {
                **keys,
                "measure": measure,
                "value": value,
                "n": len(own),
            }


def _measures(own: pd.DataFrame) -> dict[str, float]:
    """Measure how far designs and words are balanced."""
    gaps = [
        abs(len(one[place]) - len(two[place]))
        for one, two, place in zip(own["words"], own["donor_words"], own["place"], strict=True)
        if place != NO_PLACE
    ]
    return {
        "correlation_place_running_count": _correlation(own["place"], own["before"]),
        "correlation_length_count": _correlation(own["length"], own["count"]),
        "word_length_difference": float(np.mean(gaps)) if gaps else float("nan"),
        "count_change": float((own["donor_count"] - own["count"]).mean()),
        "categories": float(own["category"].nunique()),
        "donor_categories": float(own["donor_asked"].nunique()),
        "least_pairs_a_category": float(own["category"].value_counts().min()),
        "positive_sign": float((own["sign"] > 0).mean()),
        "zero_counts": float((own[["count", "donor_count"]].min(axis=1) == 0).mean()),
        "tokens": float(own["base_ids"].map(len).mean()),
    }


def _correlation(one: pd.Series, two: pd.Series) -> float:
    if one.nunique() < 2 or two.nunique() < 2:
        return float("nan")
    return float(np.corrcoef(one.astype(float), two.astype(float))[0, 1])
