"""A page in Markdown on merging one encoder, rendered from rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.figures.formats import format_range
from isogloss.figures.merging_study import shorten
from isogloss.figures.tables import sentence_counts
from isogloss.pipelines.reporting.markdown import write_page
from isogloss.pipelines.reporting.merge_inputs import encoder_of, list_cautions
from isogloss.pipelines.reporting.merge_notes import note_how_to_read, note_names
from isogloss.pipelines.reporting.merge_report_tables import (
    tabulate_locales,
    tabulate_means,
    tabulate_unspelled,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from isogloss.pipelines.reporting.merge_inputs import PageInputs

FIGURES = (
    "merge_scores",
    "merge_gains",
    "gain_against_similarity",
    "transfer_matrix",
    "merge_weights",
    "task_vectors",
)
TWINS = (
    "merge_table",
    "merge_results",
    "merge_comparisons",
    "merge_summary",
    "transfer_accuracy",
    "merge_weights",
)


def write_report(inputs: PageInputs) -> str:
    """Write what was merged, every mean with its gains, every locale, and what is lacking.

    Args:
        inputs: the tables of the encoder.
    """
    sections = {
        "": _introduce(inputs),
        "Means over locales": tabulate_means(inputs),
        "Locale by locale": tabulate_locales(inputs),
        "Locales that the encoder cannot spell": tabulate_unspelled(inputs),
        "Left out, or decided by a rule": _list_remarks(inputs["remarks"]),
        "Failed or missing": _list_failures(inputs),
        "How to read this": note_how_to_read(inputs),
        "What the names stand for": note_names(inputs["results"]),
        "Beside this page": _list_files(),
    }
    return write_page(sections)


def _introduce(inputs: PageInputs) -> Iterator[str]:
    results, parameters = inputs["results"], inputs["parameters"]
    encoder = encoder_of(results)
    seeds = sorted({int(seed) for seed in results["seed"]})
    cautions = list_cautions(encoder, seeds, inputs["corpus"], parameters)
    yield f"# Merging classifiers of intents: {parameters.label(encoder)}"
    yield ""
    if cautions:
        said = ", ".join(cautions)
        yield f"**{said[:1].upper()}{said[1:]}.**"
        yield ""
    yield (
        f"Each locale has a classifier of its own, fine-tuned from the encoder `{encoder}`. For a "
        "target locale the classifiers of other locales are merged into one, which then answers "
        "the target's test items. Formulas and definitions: `docs/methods/merging.md`."
    )
    yield ""
    flags = results.drop_duplicates("locale")
    spelled = flags.loc[flags["spelled"].astype(bool), "locale"].tolist()
    merged = len(set(inputs["weights"]["recipe"]))
    yield f"- Intents: corpus `{inputs['corpus']}`, {_items(results)} test items a locale"
    yield f"- Locales: {len(spelled)} ({', '.join(spelled) or 'none'})"
    if len(spelled) < len(flags):
        yield f"- Shown apart, as the encoder cannot spell them: {len(flags) - len(spelled)} more"
    yield f"- Pivot: {inputs['pivot']}"
    yield f"- Seeds of the classifiers: {', '.join(map(str, seeds))}"
    yield f"- Ways of merging: {merged}"


def _items(results: pd.DataFrame) -> str:
    return format_range(sentence_counts(results))


def _list_remarks(remarks: pd.DataFrame) -> Iterator[str]:
    if remarks.empty:
        yield "Nothing was left out, and no rule had to decide."
    for row in remarks.to_dict("records"):
        yield f"- {row['what']}, {row['name']} ({int(row['n'])}): {_one_line(row['detail'])}"


def _list_failures(inputs: PageInputs) -> Iterator[str]:
    """List what failed and why, and what should have a score and has none."""
    failures = inputs["failures"]
    for row in failures.to_dict("records"):
        yield f"- failed: {row['what']} `{row['name']}`: {_one_line(row['reason'])}"
    missing = [*_list_missing(inputs["weights"], inputs["results"])]
    yield from missing
    if failures.empty:
        yield "Nothing failed." + ("" if missing else " Every merge of the plan has a score.")


def _list_missing(weights: pd.DataFrame, results: pd.DataFrame) -> Iterator[str]:
    """List merges that were weighed and have no score, and locales without their own model."""
    keys = ["recipe", "locale", "seed"]
    planned = weights.rename(columns={"target": "locale"})[keys].drop_duplicates()
    joined = planned.merge(results[keys], how="left", indicator=True)
    lacking = joined[joined["_merge"] == "left_only"]
    for recipe, rows in lacking.groupby("recipe", sort=False):
        names = [f"{row['locale']} (seed {row['seed']})" for row in rows.to_dict("records")]
        yield f"- no score: `{recipe}` for {shorten(names)}"
    own = results[results["recipe"] == "own"]
    without = results[~results["locale"].isin(own["locale"])]["locale"].unique()
    if len(without):
        yield f"- no model of their own: {shorten([str(name) for name in without])}"


def _list_files() -> Iterator[str]:
    yield f"- Figures: {', '.join(f'`{name}.png`' for name in FIGURES)}"
    yield f"- Tables: {', '.join(f'`{name}.csv`' for name in TWINS)}"
    yield "- All of this for other programs: `merging.json`"


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
