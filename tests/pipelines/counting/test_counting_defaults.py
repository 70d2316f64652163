from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.generation_parameters import CountingParameters

DEMO = {"languages", "per_category"}
"""What the demo has less of, of the benchmark."""
SETTINGS = Path(__file__).parents[3] / "conf" / "base" / "parameters" / "counting.yml"


@pytest.mark.parametrize(
    ("group", "model", "smaller"),
    [
        ("counting", CountingParameters, set[str]()),
        ("counting_benchmark", BenchmarkParameters, DEMO),
    ],
)
def test_what_is_not_set_is_what_the_shipped_settings_say(
    group: str, model: type[BaseModel], smaller: set[str]
) -> None:
    settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))[group]
    shipped, default = model.model_validate(settings).model_dump(), model().model_dump()
    assert {name for name in default if shipped[name] != default[name]} == smaller
    assert set(settings) == set(model.model_fields)
