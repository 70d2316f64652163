from __future__ import annotations

import pytest
from pydantic import ValidationError

from isogloss.pipelines.reporting.parameters import ReportingParameters


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
