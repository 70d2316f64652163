"""Whether the utterances of several locales are translations of each other where ids are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.pipelines.ingestion.intents import PARTITIONS
from isogloss.pipelines.ingestion.lines import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.ingestion.parameters import IntentParameters

# What an id must have in common in all locales.
COMPARED = ("partition", "intent")


def compare_locales(table: pd.DataFrame) -> pd.DataFrame:
    """Compare every utterance with those of the same id in other locales.

    What most locales say of an id is taken for right; where as many say one thing as another, what
    the first of them in the table says.

    Args:
        table: locale, item_id, partition, intent.

    Returns:
        a row for each of the table: `shared` (other locales have the id too); `partition` and
        `intent` (bool: another one than is right); `usual_partition` and `usual_intent`.
    """
    compared = pd.DataFrame(index=table.index)
    compared["shared"] = table.duplicated("item_id", keep=False)
    for field in COMPARED:
        compared[f"usual_{field}"] = _usual(table, field)
        compared[field] = table[field] != compared[f"usual_{field}"]
    return compared


def _usual(table: pd.DataFrame, field: str) -> pd.Series[str]:
    """Give every row what most locales say of its id."""
    rank, _ = pd.factorize(table["locale"])
    votes = (
        table.assign(rank=rank)
        .groupby(["item_id", field], sort=False)["rank"]
        .agg(["size", "min"])
        .reset_index()
        .sort_values(["size", "min"], ascending=[False, True])
        .drop_duplicates("item_id")
    )
    return table["item_id"].map(votes.set_index("item_id")[field])


def require_parallel(
    table: pd.DataFrame, compared: pd.DataFrame, parameters: IntentParameters, origin: str
) -> None:
    """Refuse locales that lack a partition or are not parallel to the others.

    Args:
        table: locale, item_id, partition, intent.
        compared: what `compare_locales` made of it.
        parameters: the largest share of conflicts, and what is excluded already.
        origin: of the utterances, for the message.

    Raises:
        CorpusError: names for each of these locales what is absent and what conflicts, and the
            setting that leaves them out.
    """
    troubles: dict[str, list[str]] = {}
    for locale, rows in table.groupby("locale", sort=False):
        found = list(_troubles(rows, compared.loc[rows.index], parameters.conflicts))
        if found:
            troubles[str(locale)] = found
    if not troubles:
        return
    excluded = " ".join([*parameters.exclude, *troubles])
    raise CorpusError(
        f"{origin}: not every locale fits the others.\n"
        + "".join(f"  {locale}: {'; '.join(found)}.\n" for locale, found in troubles.items())
        + "A classifier is trained, stopped and tested in each locale, and locales are compared "
        "utterance by utterance: each needs train, dev and test, and an id has the same partition "
        f"and intent everywhere, up to {100 * parameters.conflicts:g} % of conflicts "
        "(intents.conflicts). Correct these locales, or leave them out:\n"
        f'  --params "intents.exclude={excluded}"'
    )


def _troubles(rows: pd.DataFrame, compared: pd.DataFrame, limit: float) -> Iterator[str]:
    present = set(rows["partition"])
    if absent := [name for name in PARTITIONS if name not in present]:
        yield f"it has no rows of {' and '.join(absent)}"
    conflicting = compared[list(COMPARED)].any(axis=1)
    count, shared = conflicting.sum(), compared["shared"].sum()
    if shared and count / shared > limit:
        yield (
            f"{count} of the {shared} ids that it shares with others conflict "
            f"({100 * count / shared:.0f} %): {' and '.join(_conflicts(rows, compared))}"
        )


def _conflicts(rows: pd.DataFrame, compared: pd.DataFrame) -> Iterator[str]:
    """Count the conflicts of each kind, with the first of them."""
    for field in COMPARED:
        odd = rows[compared[field]]
        if len(odd):
            first = odd.iloc[0]
            usual = compared.loc[odd.index[0], f"usual_{field}"]
            yield (
                f"{len(odd)} in the {field} ({first['item_id']} is {first[field]} here, "
                f"{usual} elsewhere)"
            )
