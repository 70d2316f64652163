"""All results of merging one encoder as a JSON document, for other programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from isogloss.figures.merging_names import list_approaches
from isogloss.merge_columns import SETTINGS
from isogloss.pipelines.reporting.merge_inputs import encoder_of, list_cautions
from isogloss.pipelines.reporting.merge_table import compare_locales
from isogloss.provenance import sources_of

if TYPE_CHECKING:
    import pandas as pd

    from isogloss.pipelines.reporting.merge_inputs import PageInputs

DESCRIBED = ("method", *SETTINGS, "supervision", "selected_on")


def write_document(inputs: PageInputs) -> str:
    """Write the settings, the summary and every locale of one encoder as strict JSON.

    Numbers are not rounded; what is missing is null.

    Args:
        inputs: the tables of the encoder.

    Returns:
        An object with encoder, label, cautions, corpus, pivot, confidence, seeds, locales, items
        (partition -> locale -> how many), made_from (settings and inputs of the results), recipes,
        summary (rows of `merge_summary`), comparison (rows of the CSV table of locales), spelling,
        remarks and failures.
    """
    results, parameters = inputs["results"], inputs["parameters"]
    encoder = encoder_of(results)
    seeds = sorted({int(seed) for seed in results["seed"]})
    document = {
        "encoder": encoder,
        "label": parameters.label(encoder),
        "cautions": list_cautions(encoder, seeds, inputs["corpus"], parameters),
        "corpus": inputs["corpus"],
        "pivot": inputs["pivot"],
        "confidence": inputs["confidence"],
        "seeds": seeds,
        "locales": _count_locales(results),
        "items": _count_items(inputs["transfer"]),
        "made_from": sources_of(results),
        "recipes": _describe_recipes(results),
        "summary": to_records(inputs["summary"].drop(columns="encoder", errors="ignore")),
        "comparison": to_records(
            compare_locales(results, inputs["comparisons"], inputs["locales"])
        ),
        "spelling": to_records(inputs["spelling"].drop(columns="encoder", errors="ignore")),
        "remarks": to_records(inputs["remarks"]),
        "failures": to_records(inputs["failures"].drop(columns="encoder", errors="ignore")),
    }
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)


def to_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a table as objects that JSON knows; what is missing is None."""
    plain = table.astype(object)
    return [
        {str(name): value for name, value in row.items()}
        for row in plain.where(plain.notna(), None).to_dict("records")
    ]


def _count_locales(results: pd.DataFrame) -> dict[str, list[str]]:
    flags = results.drop_duplicates("locale")
    spelled = flags["spelled"].astype(bool)
    return {
        "spelled": [str(locale) for locale in flags.loc[spelled, "locale"]],
        "not_spelled": [str(locale) for locale in flags.loc[~spelled, "locale"]],
    }


def _count_items(transfer: pd.DataFrame) -> dict[str, dict[str, int]]:
    rows = transfer.drop_duplicates(["partition", "target"])
    return {
        str(partition): {
            str(locale): int(n) for locale, n in zip(own["target"], own["n"], strict=True)
        }
        for partition, own in rows.groupby("partition", sort=False)
    }


def _describe_recipes(results: pd.DataFrame) -> list[dict[str, Any]]:
    """Give every approach once, in the order of all figures, with its name and settings."""
    labels = list_approaches(results)["label"].rename("label").reset_index()
    settings = results.drop_duplicates("recipe").reindex(columns=["recipe", *DESCRIBED])
    return to_records(labels.merge(settings, on="recipe", how="left"))
