"""What pages on culture are made from in tests."""

from __future__ import annotations

from typing import Any

import pandas as pd

from isogloss.pipelines.reporting.culture_inputs import CultureInputs, CulturePage
from isogloss.pipelines.reporting.parameters import ReportingParameters
from tests.figures.conftest import language_table
from tests.figures.culture_drawing import DEMO_LABEL
from tests.figures.culture_tables import CultureStudy, make_culture

TWO = {"gpt-4o": "openai", "gemma-2-9b-it": "gemma"}
FIVE = {"US": "eng", "GB": "eng", "NG": "eng", "DK": "dan", "NL": "nld"}
PARAMETERS = ReportingParameters(model_labels={"gemma_270m_q4": DEMO_LABEL, "gpt-4o": "GPT-4o"})
REMARKS = pd.DataFrame(columns=["what", "level", "group", "question", "n", "of", "detail"])


def small_study() -> CultureStudy:
    return make_culture(TWO, FIVE, questions=20)


def make_study_inputs(study: CultureStudy) -> CultureInputs:
    return {
        "truth": study.truth,
        "languages": language_table(),
        "country_languages": study.country_languages,
        "questions": study.questions,
        "confidence": 0.95,
        "parameters": PARAMETERS,
    }


def make_page(study: CultureStudy, **others: Any) -> CulturePage:
    """Make what a page is made from; any of it may be replaced."""
    page: CulturePage = {
        "scores": study.scores,
        "prompts": study.prompts,
        "remarks": REMARKS,
        "alignment": study.alignment,
        "contrasts": study.contrasts,
        "consistency": study.consistency,
        "cross": study.cross,
        "elicitation": study.elicitation,
        "regression": study.regression,
        "labellers": study.labellers,
        "accuracy": study.accuracy,
        "closed": study.closed,
        "order_effects": study.order_effects,
        "original_us_bias": study.published[:0],
        "original_capability": pd.DataFrame(),
        "response_languages": "any",
        **make_study_inputs(study),
    }
    return CulturePage(**{**page, **others})  # type: ignore[typeddict-item]


def empty_page(study: CultureStudy, **others: Any) -> CulturePage:
    """Make a page of which every table but the truth is empty."""
    page = make_page(study)
    tables = ("scores", "prompts", "alignment", "contrasts", "consistency", "cross", "elicitation",
              "regression", "labellers", "accuracy", "closed", "order_effects")  # fmt: skip
    emptied = {name: page[name][:0] for name in tables}  # type: ignore[literal-required]
    return make_page(study, **{**emptied, **others})
