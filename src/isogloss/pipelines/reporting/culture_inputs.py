"""What the nodes that report the cultural study read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypedDict

from isogloss.figures import CultureGuide
from isogloss.figures.culture_study import is_synthetic, of_models

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import ReportingParameters


class CultureInputs(TypedDict):
    """What figures of the cultural study need beside the tables that they draw."""

    truth: pd.DataFrame
    languages: pd.DataFrame
    country_languages: pd.DataFrame
    questions: pd.DataFrame
    confidence: float
    parameters: ReportingParameters


class CultureTables(TypedDict):
    """What a page on the whole cultural study is made from; any table but the truth may be empty.

    Names are those of the tables without `survey_` and `cultural_`; elicitation is
    `elicitation_agreement`, accuracy `label_accuracy`, closed `closed_distributions`.
    `original_us_bias` and `original_capability` are empty unless the published analyses were
    computed.
    """

    scores: pd.DataFrame
    prompts: pd.DataFrame
    truth: pd.DataFrame
    remarks: pd.DataFrame
    alignment: pd.DataFrame
    contrasts: pd.DataFrame
    consistency: pd.DataFrame
    cross: pd.DataFrame
    elicitation: pd.DataFrame
    regression: pd.DataFrame
    labellers: pd.DataFrame
    accuracy: pd.DataFrame
    closed: pd.DataFrame
    order_effects: pd.DataFrame
    original_us_bias: pd.DataFrame
    original_capability: pd.DataFrame
    languages: pd.DataFrame
    country_languages: pd.DataFrame
    questions: pd.DataFrame
    response_languages: str
    confidence: float


class CulturePage(CultureTables):
    """These tables and the parameters of the room."""

    parameters: ReportingParameters


def leave_out_baselines(inputs: CulturePage) -> CulturePage:
    """Leave out answers that no model gave, which published scores hold.

    Args:
        inputs: the tables of the study.
    """
    return {**inputs, "scores": of_models(inputs["scores"])}


def guide_culture(inputs: CultureInputs | CulturePage) -> CultureGuide:
    """Gather what figures and pages call models, languages and questions.

    Args:
        inputs: tables and parameters.
    """
    return CultureGuide(
        labels=inputs["parameters"].model_labels,
        languages=inputs["languages"],
        country_languages=inputs["country_languages"],
        questions=inputs["questions"],
        confidence=inputs["confidence"],
        synthetic=is_synthetic(inputs["truth"]),
    )


def name_files(models: Iterable[str]) -> dict[str, str]:
    """Give every model a name that a file can have; equal ones are numbered.

    Args:
        models: names, of which those of published tables may hold anything.
    """
    names: dict[str, str] = {}
    for model in models:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", model).strip("._-") or "model"
        taken = sum(name == plain or name.startswith(f"{plain}_") for name in names.values())
        names[model] = plain if plain not in names.values() else f"{plain}_{taken + 1}"
    return names
