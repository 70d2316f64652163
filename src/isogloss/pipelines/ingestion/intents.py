"""Utterances with intents, in the schema of MASSIVE (FitzGerald et al. 2023, arXiv 2204.08582)."""

from __future__ import annotations

import logging
import reprlib
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from isogloss.errors import Refusal, join_faults, suggest
from isogloss.pipelines.ingestion.items import text_of
from isogloss.pipelines.ingestion.lines import CorpusError
from isogloss.progress import progress

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from isogloss.corpora import RawItem, RawItems
    from isogloss.pipelines.ingestion.parameters import IntentParameters

logger = logging.getLogger(__name__)

PARTITIONS = ("train", "dev", "test")
# What sources call them; the hub has its own word for dev.
PARTITION_NAMES = {**{name: name for name in PARTITIONS}, "validation": "dev"}
FAULTS_SHOWN = 5
LOCALES_SHOWN = 10


class Utterance(NamedTuple):
    """What somebody says to a voice assistant, and what is meant by it.

    Attributes:
        locale: in which it is said.
        partition: train, dev or test.
        item_id: equal in all locales for translations of each other.
        scenario: to what the intent belongs.
        intent: what is wanted.
        text: without outer blanks.
    """

    locale: str
    partition: str
    item_id: str
    scenario: str
    intent: str
    text: str


def choose_locales(
    raw: RawItems, parameters: IntentParameters, known: Collection[str]
) -> list[str]:
    """Choose the locales to read.

    Args:
        raw: utterances by locale.
        parameters: the locales asked for, and those to leave out.
        known: the locales of the table `locales`.

    Returns:
        them in the order asked for; by name where all are.

    Raises:
        CorpusError: a locale that the source does not have, with the nearest names; or if none is
            left.
    """
    present = sorted(raw.read)
    asked = present if parameters.locales == ("all",) else list(dict.fromkeys(parameters.locales))
    _require_present(raw.origin, "locales", asked, present)
    _require_present(raw.origin, "exclude", parameters.exclude, present)
    chosen = [locale for locale in asked if locale not in parameters.exclude]
    if not chosen:
        raise CorpusError(
            f"No locale is left: intents.exclude names all of {' '.join(asked)}. Exclude fewer."
        )
    if unlisted := [locale for locale in chosen if locale not in known]:
        logger.warning(
            "No list has the locale %s: nothing is known of its language. Add it to "
            "data/01_raw/reference/locales.csv.",
            " ".join(unlisted),
        )
    return chosen


def _require_present(
    origin: str, setting: str, named: Sequence[str], present: Sequence[str]
) -> None:
    if absent := [locale for locale in named if locale not in present]:
        hints = "".join(suggest(locale, present) for locale in absent)
        raise CorpusError(
            f"intents.{setting} names {', '.join(absent)}, which {origin} does not have.{hints} "
            f"It has: {' '.join(present)}."
        )


def read_locales(raw: RawItems, locales: Sequence[str]) -> pd.DataFrame:
    """Read the utterances of several locales.

    Args:
        raw: utterances by locale, with id, partition, scenario, intent and utt.
        locales: those to read.

    Returns:
        locale, partition, item_id, scenario, intent, text, in the order of the source.

    Raises:
        CorpusError: names the faults of all locales, the first of each with file and line.
    """
    utterances: list[Utterance] = []
    faults: list[str] = []
    with progress("Reading intents", len(locales), "locales", "utterances") as report:
        for locale in locales:
            try:
                found = _read_locale(raw, locale)
            except Refusal as error:
                faults.append(str(error))
            else:
                utterances += found
                report.worked(len(found))
            report.finished()
    if faults:
        # A hub that cannot be reached says so of every locale.
        faults = list(dict.fromkeys(faults))
        raise CorpusError(join_faults(faults, LOCALES_SHOWN, "more locales have faults."))
    return pd.DataFrame(utterances, columns=Utterance._fields)


def _read_locale(raw: RawItems, locale: str) -> list[Utterance]:
    utterances: list[Utterance] = []
    places: dict[str, str] = {}
    faults: list[str] = []
    for item in raw.read[locale]():
        try:
            utterance = _parse(item, locale)
            _require_new_id(utterance.item_id, item.place, places)
        except CorpusError as error:
            faults.append(str(error))
        else:
            utterances.append(utterance)
    if faults:
        rest = f"more rows of {locale} have faults."
        raise CorpusError(join_faults(faults, FAULTS_SHOWN, rest))
    if not utterances:
        raise CorpusError(
            f"{raw.origin}: there are no utterances of {locale}. Add some, or leave it out with "
            f"intents.exclude={locale}."
        )
    return utterances


def _parse(item: RawItem, locale: str) -> Utterance:
    partition = text_of(item, "partition")
    if partition not in PARTITION_NAMES:
        raise CorpusError(
            f"{item.place}: the partition '{partition}' is none of {', '.join(PARTITIONS)}. "
            "Correct it, or remove the row in every locale."
        )
    own = item.fields.get("locale", locale)
    if own != locale:
        raise CorpusError(
            f"{item.place}: the field 'locale' is {reprlib.repr(own)}, but this is where {locale} "
            "lies. Correct the field, or the name of the file."
        )
    return Utterance(
        locale=locale,
        partition=PARTITION_NAMES[partition],
        item_id=text_of(item, "id"),
        scenario=text_of(item, "scenario"),
        intent=text_of(item, "intent"),
        text=text_of(item, "utt"),
    )


def _require_new_id(identifier: str, place: str, places: dict[str, str]) -> None:
    """Remember where an id stands; refuse one that stands elsewhere too."""
    first = places.setdefault(identifier, place)
    if first != place:
        raise CorpusError(
            f"{place}: the id '{identifier}' stands in {first} too. Every utterance of a locale "
            "needs an id of its own: correct or remove one."
        )
