"""All results of the cultural study as a JSON document, for other programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.figures.culture_study import (
    COUNTRY,
    LEVEL,
    SYNTHETIC,
    order_languages,
    order_models,
    widest,
)
from isogloss.pipelines.reporting.culture_agreement import native_agreement
from isogloss.pipelines.reporting.culture_attrition import count_responses
from isogloss.pipelines.reporting.culture_contrasts import judge_contrasts
from isogloss.pipelines.reporting.culture_inputs import guide_culture, leave_out_baselines
from isogloss.pipelines.reporting.culture_other_tables import judge_slopes
from isogloss.pipelines.reporting.culture_report import is_made_up
from isogloss.pipelines.reporting.merge_document import to_records
from isogloss.provenance import sources_of

if TYPE_CHECKING:
    import pandas as pd

    from isogloss.pipelines.reporting.culture_inputs import CulturePage


_SOURCES = ("scores", "truth", "alignment")


def write_document(inputs: CulturePage) -> str:
    """Write what was asked, what came back and every judged number as strict JSON.

    Numbers are not rounded; what is missing is null.

    Args:
        inputs: the tables of the study.

    Returns:
        An object with notice (if the survey was made up), synthetic, level, confidence, models,
        languages, countries, questions, made_from, responses (by model and language), labellers,
        label_accuracy, order_effects, agreement (with those who speak the language), contrasts,
        slopes, published (terms), consistency, cross_effects, elicitation_agreement and remarks.
        `word` is what may be said of a number.
    """
    inputs = leave_out_baselines(inputs)
    study = guide_culture(inputs)
    scores, truth = inputs["scores"], inputs["truth"]
    synthetic = is_made_up(inputs)
    slopes = inputs["regression"]
    document: dict[str, Any] = {
        **({"notice": SYNTHETIC} if synthetic else {}),
        "synthetic": synthetic,
        "level": LEVEL,
        "confidence": inputs["confidence"],
        "models": {model: study.label(model) for model in order_models(scores)},
        "languages": order_languages(scores["language"], study),
        "countries": sorted(set(truth.loc[truth["level"] == COUNTRY, "group"])),
        "questions": sorted(set(scores["question"])),
        "made_from": {
            name: sources_of(inputs[name])  # type: ignore[literal-required]
            for name in _SOURCES
        },
        "responses": _records(count_responses(scores, truth, inputs["response_languages"])),
        "labellers": _records(inputs["labellers"]),
        "label_accuracy": _records(inputs["accuracy"]),
        "order_effects": _records(inputs["order_effects"]),
        "agreement": _records(native_agreement(inputs["alignment"])),
        "contrasts": _records(judge_contrasts(inputs["contrasts"])),
        "slopes": _records(judge_slopes(slopes) if len(slopes) else slopes),
        "published": {
            "us_bias": _records(inputs["original_us_bias"]),
            "capability": _records(inputs["original_capability"]),
        },
        "consistency": _records(widest(inputs["consistency"])),
        "cross_effects": _records(inputs["cross"]),
        "elicitation_agreement": _records(widest(inputs["elicitation"])),
        "remarks": _records(inputs["remarks"]),
    }
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Give rows as objects that JSON knows, without numbers that it does not."""
    finite = table.replace([np.inf, -np.inf], np.nan)
    return [
        {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in row.items()
        }
        for row in to_records(finite)
    ]
