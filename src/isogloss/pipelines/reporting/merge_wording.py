"""What merging came to, in plain text for the terminal, rendered from rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.figures.formats import count_things, format_range
from isogloss.figures.merging_names import NEAREST, REFERENCE, list_approaches
from isogloss.figures.merging_study import shorten
from isogloss.figures.tables import sentence_counts
from isogloss.merge_columns import METHODS
from isogloss.pipelines.reporting.merge_inputs import NO_LABELS, list_cautions
from isogloss.pipelines.reporting.merge_means import average_means, count_intervals, say_by_chance
from isogloss.pipelines.reporting.merge_table import OWN_SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from isogloss.pipelines.reporting.merge_means import Mean, Means
    from isogloss.pipelines.reporting.parameters import ReportingParameters

_MOST_LINES = 14
"""An encoder may take."""
_GAINS = {
    OWN_SOURCES: "its sources",
    NEAREST: "nearest one",
    REFERENCE: "best source",
    "pivot": "pivot's model",
}
_ALONE = {
    "own": "own model",
    "pivot": "pivot's, zero-shot",
    "mean_source": "mean of sources",
    REFERENCE: "best source (by own dev)",
    "majority": "most frequent class",
}
_GAP, _SCORE = "  ", 14
_LABELS, _OVER = "mean over locales", "gain over:"
_HEAD_LINES = 3
"""Before the merges: the encoder, what is not merged, and the names of the columns."""
TOLD = "*"


def describe(
    results: pd.DataFrame,
    summary: pd.DataFrame,
    spelling: pd.DataFrame,
    failures: pd.DataFrame,
    corpus: str,
    confidence: float,
    parameters: ReportingParameters,
) -> str:
    """Write a few lines an encoder: what is compared, and the mean of every merge with its gains.

    A gain is marked as told from 0 only where its interval excludes 0 with every seed. Merges come
    in the order of all figures, those that have seen no label of the target first, whatever
    their scores; where there are too many, the first are shown.

    Args:
        results: `merge_results` of all encoders.
        summary: `merge_summary` of all encoders.
        spelling: `locale_spelling` of all encoders.
        failures: `merge_failures` of all encoders.
        corpus: name of the source of the intents.
        confidence: of all intervals.
        parameters: labels of models, and which are English.
    """
    lines = ["Merging: one classifier of intents a locale, merged for other locales"]
    compared = 0
    for encoder in pd.unique(results["encoder"]):
        own, means, spelled, failed = (
            table[table["encoder"] == encoder] for table in (results, summary, spelling, failures)
        )
        averaged = average_means(means)
        cautions = list_cautions(str(encoder), own["seed"], corpus, parameters)
        around = [*_unspelled_lines(spelled), *_failure_lines(failed)]
        shown, left_out = _choose_merges(own, _MOST_LINES - _HEAD_LINES - len(around))
        compared += count_intervals(_shown_gains(averaged, shown))
        lines += ["", _heading(parameters.label(str(encoder)), own, cautions)]
        lines += [*_alone_lines(averaged), *_merge_lines(shown, averaged)]
        lines += [f"{_GAP}and {left_out} more merges: see its merging.md"] if left_out else []
        lines += around
    return "\n".join([*lines, *_footnote(results, compared, confidence)])


def _heading(label: str, results: pd.DataFrame, cautions: Sequence[str]) -> str:
    spelled = results.loc[results["spelled"].astype(bool), "locale"].nunique()
    items = format_range(sentence_counts(results))
    said = f"; {', '.join(cautions)}" if cautions else ""
    return f"{label}: {count_things(spelled, 'locale')}, {items} test items each{said}"


def _alone_lines(means: Means) -> Iterator[str]:
    """Give the means of what is not merged, and over how many locales if over fewer."""
    near = [name for name, _ in means if name.startswith(f"{NEAREST}-")]
    names = {**_ALONE, **dict.fromkeys(near[:1], "nearest source")}
    found = {label: means[name, ""] for name, label in names.items() if (name, "") in means}
    if not found:
        yield f"{_GAP}no locale that the encoder can spell has a score"
        return
    most = max(mean.locales for mean in found.values())
    yield _GAP + "; ".join(
        f"{label} {mean.as_score()}" + (f" ({mean.locales} locales)" if mean.locales < most else "")
        for label, mean in found.items()
    )


def _choose_merges(results: pd.DataFrame, room: int) -> tuple[dict[str, str], int]:
    """Choose the merges that so many lines have room for: recipe -> label; and count the others."""
    listed = list_approaches(results)
    merges = listed[listed["method"].isin(METHODS)]
    ordered = merges.iloc[(merges["supervision"] != NO_LABELS).argsort(kind="stable")]["label"]
    shown = ordered if len(ordered) <= room else ordered.iloc[: max(room - 1, 1)]
    labels = {str(recipe): str(label) for recipe, label in shown.items()}
    return labels, len(ordered) - len(labels)


def _merge_lines(labels: Mapping[str, str], means: Means) -> Iterator[str]:
    """Give a table of merges with their gains."""
    if not labels:
        yield f"{_GAP}nothing was merged"
        return
    width = max(map(len, [*labels.values(), _LABELS]))
    gains = [name for name in _GAINS if any(baseline == name for _, baseline in means)]
    heads = "".join(f"{_GAP}{_GAINS[name]:>13}" for name in gains)
    over = f"{_GAP}{_OVER}{heads}" if gains else ""
    yield f"{_GAP}{_LABELS:<{width}}{_GAP}{'accuracy':<{_SCORE}}{over}"
    for recipe, label in labels.items():
        cells = "".join(f"{_GAP}{_gain(means.get((recipe, name))):>13}" for name in gains)
        mean = means.get((recipe, ""))
        line = f"{_GAP}{label:<{width}}{_GAP}{mean.as_score() if mean else '–':<{_SCORE}}"
        yield f"{line}{_GAP}{'':<{len(_OVER)}}{cells}".rstrip()


def _gain(mean: Mean | None) -> str:
    return f"{mean.as_gain()}{TOLD if mean.told else ' '}" if mean else "–"


def _shown_gains(means: Means, labels: Mapping[str, str]) -> Means:
    return {key: mean for key, mean in means.items() if key[0] in labels and key[1] in _GAINS}


def _unspelled_lines(spelling: pd.DataFrame) -> list[str]:
    rows = spelling[~spelling["spelled"].astype(bool)]
    if rows.empty:
        return []
    shares = [
        f"{locale} {share:.0%}"
        for locale, share in zip(rows["locale"], rows["unknown_share"], strict=True)
    ]
    return [f"{_GAP}not spelled, shown apart (share of unknown tokens): {shorten(shares)}"]


def _failure_lines(failures: pd.DataFrame) -> list[str]:
    if failures.empty:
        return []
    names = [
        f"{what} {name}" for what, name in zip(failures["what"], failures["name"], strict=True)
    ]
    return [f"{_GAP}failed: {shorten(names, 4)}; reasons: see its merging.md"]


def _footnote(results: pd.DataFrame, compared: int, confidence: float) -> list[str]:
    seeds = results.groupby("encoder")["seed"].nunique()
    several = " Of several seeds the means, of bounds too." if (seeds > 1).any() else ""
    if not compared:
        return []
    return [
        "",
        f"Brackets: {100 * confidence:g}% intervals over items and locales; they speak of other "
        f"locales like these, not of another training.{several}",
        f"{TOLD} told from 0: the interval of the mean gain excludes 0. Each is taken by itself: "
        f"{say_by_chance(confidence)}, and {compared} are looked at. Without {TOLD}: not told from "
        "0.",
    ]
