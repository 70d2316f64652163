"""What the nodes that report merging read, and what all of their pages must say of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from isogloss.figures import StudyGuide

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import ReportingParameters

SAMPLE = "sample"
"""The corpus of intents that was written for this project."""
OF_THE_PROJECT = "sample written for this project"
NO_LABELS = "none"


class StudyInputs(TypedDict):
    """What figures and pages of merging need beside the tables that they show."""

    spelling: pd.DataFrame
    locales: pd.DataFrame
    languages: pd.DataFrame
    corpus: str
    confidence: float
    parameters: ReportingParameters


class PageInputs(TypedDict):
    """What a page on all results of one encoder is made from."""

    results: pd.DataFrame
    comparisons: pd.DataFrame
    summary: pd.DataFrame
    weights: pd.DataFrame
    transfer: pd.DataFrame
    remarks: pd.DataFrame
    failures: pd.DataFrame
    spelling: pd.DataFrame
    locales: pd.DataFrame
    corpus: str
    pivot: str
    confidence: float
    parameters: ReportingParameters


def guide_study(encoder: str, inputs: StudyInputs) -> StudyGuide:
    """Gather what figures say of the study.

    Args:
        encoder: whose results are shown.
        inputs: tables of locales and languages, and parameters.
    """
    parameters = inputs["parameters"]
    return StudyGuide(
        labels=parameters.model_labels,
        locales=inputs["locales"],
        languages=inputs["languages"],
        spelling=inputs["spelling"],
        english_encoder=encoder in parameters.english_models,
        sample=inputs["corpus"] == SAMPLE,
    )


def encoder_of(*tables: pd.DataFrame) -> str:
    """Give the encoder that some tables are of: the first that one of them names, or nothing."""
    named = [table["encoder"].iloc[0] for table in tables if "encoder" in table and len(table)]
    return str(named[0]) if named else ""


def list_cautions(
    encoder: str, seeds: Iterable[int], corpus: str, parameters: ReportingParameters
) -> list[str]:
    """Say how far the results go: one seed, an English encoder, a sample of the project's own.

    Args:
        encoder: whose results they are.
        seeds: of its classifiers.
        corpus: of the intents.
        parameters: which models are English.
    """
    known = {
        "one seed": len(set(seeds)) == 1,
        "English encoder": encoder in parameters.english_models,
        OF_THE_PROJECT: corpus == SAMPLE,
    }
    return [text for text, holds in known.items() if holds]
