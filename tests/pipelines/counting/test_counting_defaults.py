from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.generation_parameters import CountingParameters

SETTINGS = Path(__file__).parents[3] / "conf" / "base" / "parameters" / "counting.yml"


@pytest.mark.parametrize(
    ("group", "model"),
    [("counting", CountingParameters), ("counting_benchmark", BenchmarkParameters)],
)
def test_what_is_not_set_is_what_the_shipped_settings_say(
    group: str, model: type[BaseModel]
) -> None:
    settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))[group]
    assert model.model_validate(settings) == model()
    assert set(settings) == set(model.model_fields)
