"""How the numbers on the page on merging are to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.figures.merging_names import REFERENCE, list_approaches
from isogloss.figures.merging_study import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from isogloss.pipelines.reporting.merge_inputs import PageInputs

_NAMED = 4
_SEEN = {
    "target_train": "**Train labels of the target** went into {names}: what has no labels of the "
    "target is not expected to reach these.",
    "target_dev": "**Dev labels of the target** chose or weighted the sources of {names}.",
    "target_test": "**Test labels of the target** chose {names}: an oracle, which shows a limit "
    "and is no method.",
}


def note_how_to_read(inputs: PageInputs) -> Iterator[str]:
    """Say what was seen, what the intervals and tests hold for, and what one seed cannot show.

    Args:
        inputs: the tables of the encoder.
    """
    results = inputs["results"]
    yield from _note_labels(results)
    if len(inputs["comparisons"]):
        yield (
            "- **Gain over its own sources** (synergy) is what merging adds to the mean of the "
            "models that go in, each weighted as in the merge."
        )
        yield (
            "- **Nearest source**: the model of the most similar other locale, by what the merge "
            "chooses its sources by; a merge by dev labels is compared with the best source on "
            "these."
        )
        yield from _note_best_source(results)
        yield (
            "- **Adjusted p** (max-T) holds for all locales of one merge and one baseline at once, "
            "not for several merges or baselines."
        )
        yield (
            "- **McNemar's test** (`merge_comparisons.csv`) is exact, but for one locale by "
            "itself; nothing on this page rests on it."
        )
    if results["method"].str.startswith("ensemble").any():
        yield (
            "- **Votes and means of probabilities** ask all sources: they cost as many models, and "
            "show what the sources know."
        )
    yield _note_seeds(results)


def note_names(results: pd.DataFrame) -> Iterator[str]:
    """Give the recipe behind every name, by which the tables call it.

    Args:
        results: `merge_results` of the encoder.
    """
    for recipe, label in list_approaches(results)["label"].items():
        if recipe != label:
            yield f"- {label}: `{recipe}`"


def _note_labels(results: pd.DataFrame) -> Iterator[str]:
    listed = list_approaches(results)
    for supervision, text in _SEEN.items():
        own = [str(name) for name in listed.loc[listed["supervision"] == supervision, "label"]]
        if own:
            yield f"- {text.format(names=shorten(own, _NAMED))}"


def _note_best_source(results: pd.DataFrame) -> Iterator[str]:
    """Say whose model the best source is, which for most locales is the same one."""
    rows = results[(results["recipe"] == REFERENCE) & results["spelled"].astype(bool)]
    if rows.empty:
        return
    counts = rows["source"].value_counts()
    whose = [f"{source} for {count}" for source, count in counts.items()]
    among = "locales" if results["seed"].nunique() == 1 else "locales and seeds"
    yield (
        "- **Best source**: the one with the best accuracy on its own dev items; it takes no label "
        f"of the target. Of {len(rows)} {among} it is the model of {shorten(whose, _NAMED)}."
    )


def _note_seeds(results: pd.DataFrame) -> str:
    count = results["seed"].nunique()
    if count == 1:
        return (
            "- **One seed**: how much another training of the classifiers would change is not "
            "known; the intervals leave it out."
        )
    return (
        f"- **{count} seeds**: numbers are means over them, of bounds too, and a difference counts "
        "as told from 0 only where it is with every seed. SD over seeds is how much a training "
        "varies, which the intervals leave out."
    )
