from __future__ import annotations

import pytest
from pydantic import ValidationError

from isogloss.pipelines.reporting.parameters import (
    CorrelationParameters,
    CrossStudyParameters,
    ReportingParameters,
)


def test_a_metric_needs_a_known_name() -> None:
    assert ReportingParameters().metric == "auto"
    assert ReportingParameters(metric="mexa_at_37").metric == "mexa_at_37"
    with pytest.raises(ValidationError, match="Unknown metric 'mexxa'"):
        ReportingParameters(metric="mexxa")


def test_names_fall_back_to_codes() -> None:
    parameters = ReportingParameters(model_labels={"a": "A"}, corpora={"c": "{n} proverbs"})
    assert (parameters.label("a"), parameters.label("b")) == ("A", "b")
    assert parameters.describe_corpus("c") == "{n} proverbs"
    assert parameters.describe_corpus("d") == "{n} sentences of the corpus 'd'"


def test_lists_of_columns_may_be_one_text() -> None:
    given = {"family": "task model", "covariates": "information_parity"}
    parameters = CorrelationParameters.model_validate(given)
    assert parameters.family == ("task", "model")
    assert parameters.covariates == ("information_parity",)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"family": ["tsk"]}, "family"),
        ({"covariates": ["fertility"]}, "covariates"),
        ({"exact_up_to": 12}, "exact_up_to"),
        ({"permutations": 10}, "permutations"),
        ({"bootstrap": 1}, "bootstrap"),
    ],
)
def test_correlations_refuse_what_they_do_not_know(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CorrelationParameters.model_validate(given)


def test_the_cross_study_analysis_has_a_declared_design() -> None:
    parameters = CrossStudyParameters()
    assert parameters.confirmatory == ("reading", "knowledge", "merging", "culture", "counting")
    assert parameters.covariates == {"information_parity": 15, "token_parity": 24}
    assert parameters.level == pytest.approx(0.05)
    assert CrossStudyParameters.model_validate({"confirmatory": "reading"}).confirmatory == (
        "reading",
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"confirmatory": ["mediation"]}, "confirmatory"),
        ({"covariates": {"fertility": 15}}, "covariates"),
        ({"least_reliability": 1.0}, "least_reliability"),
        ({"predictor": "mexxa"}, "Unknown metric 'mexxa'"),
    ],
)
def test_the_cross_study_analysis_refuses_what_it_does_not_know(
    given: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        CrossStudyParameters.model_validate(given)
