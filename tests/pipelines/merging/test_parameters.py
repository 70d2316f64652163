from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from kedro.framework.cli.utils import _split_params
from pydantic import ValidationError

from isogloss.pipelines.merging.parameters import MergingParameters
from isogloss.setting_errors import describe_problems


def typed(text: str) -> Any:
    """Give what `kedro run --params` makes of a text."""
    return _split_params(None, None, text)["merging"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("merging.experiments=average similarity", {"experiments": ("average", "similarity")}),
        (
            "merging.targets=sw-KE,merging.encoders=minilm_l6 labse",
            {"targets": ("sw-KE",), "encoders": ("minilm_l6", "labse")},
        ),
        ("merging.features=syntax_knn+geo accuracy", {"features": ("syntax_knn+geo", "accuracy")}),
        ("merging.k=3,merging.include_target=true", {"k": (3,), "include_target": (True,)}),
        (
            "merging.temperatures=0.02 1,merging.include_target=false true,merging.seeds=0 1",
            {"temperatures": (0.02, 1.0), "include_target": (False, True), "seeds": (0, 1)},
        ),
        ("merging.manual.sw-KE.en-US=1", {"manual": {"sw-KE": {"en-US": 1.0}}}),
    ],
)
def test_what_a_person_types(text: str, expected: dict[str, Any]) -> None:
    given = MergingParameters.model_validate(typed(text))
    assert {name: getattr(given, name) for name in expected} == expected


def test_what_is_named_twice_is_done_once() -> None:
    given = MergingParameters.model_validate(typed("merging.k=3 5 3,merging.features=geo fam geo"))
    assert (given.k, given.features) == ((3, 5), ("geo", "fam"))


def test_groups_keep_the_rest_of_their_defaults() -> None:
    given = MergingParameters.model_validate(typed("merging.ties.densities=0.1 0.5"))
    assert (given.ties.densities, given.ties.lambdas, given.ties.trim) == (
        (0.1, 0.5),
        (1,),
        "tensor",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "merging.features=syntx_knn",
            "merging.features = 'syntx_knn': There are no features 'syntx_knn'. Did you mean "
            "syntax_knn or inventory_knn? There are syntax_knn, phonology_knn, inventory_knn, geo, "
            "fam, which join with '+', alignment and accuracy.",
        ),
        (
            "merging.features=accuracy+geo",
            "merging.features = 'accuracy+geo': 'accuracy' stands alone: only the sets syntax_knn, "
            "phonology_knn, inventory_knn, geo, fam join with '+'.",
        ),
        ("merging.features=geo+geo", "merging.features = 'geo+geo': 'geo+geo' names a set twice."),
        (
            "merging.experiments=manual",
            "merging: the experiment 'manual' needs weights in merging.manual: target -> source -> "
            "weight, on the command line merging.manual.sw-KE.en-US=1.",
        ),
        (
            "merging.manual.sw-KE.en-US=0",
            "merging.manual: sw-KE has no source with a weight above 0.",
        ),
        (
            "merging.normalisations=sinkhorm",
            "merging.normalisations = 'sinkhorm': it must be a list, each item of it 'softmax', "
            "'proportional' or 'sinkhorn'. Did you mean sinkhorn?",
        ),
        (
            "merging.ties.density=0.2",
            "There is no setting 'merging.ties.density' (given: 0.2). Did you mean densities? "
            "'merging.ties' has: densities, lambdas, trim.",
        ),
        (
            "merging.temperatures=0",
            "merging.temperatures = 0: it must be a list, each item of it greater than 0.",
        ),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    given = typed(text)
    with pytest.raises(ValidationError) as caught:
        MergingParameters.model_validate(given)
    assert describe_problems("merging", given, MergingParameters, caught.value) == [message]


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperatures": "inf"},
        {"k": "0"},
        {"k": "2.5"},
        {"seeds": "-1"},
        {"experiments": ""},
        {"methods": "slerp"},
        {"manual": {"sw-KE": {"en-US": -1}}},
        {"manual": {"sw-KE": {}}},
        {"task_arithmetic": {"lambdas": 0}},
        {"ties": {"densities": 1.5}},
        {"alignment": {"metric": "mexo"}},
        {"unknown_limit": 1.5},
        {"memory_gib": 0},
        {"memory_gib": "inf"},
        {"memory_gib": "automatic"},
    ],
)
def test_wrong_values_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MergingParameters.model_validate(wrong)


def test_the_file_of_base_names_every_setting(root: Path) -> None:
    text = (root / "conf" / "base" / "parameters" / "merging.yml").read_text(encoding="utf-8")
    given = yaml.safe_load(text)["merging"]
    assert set(given) == set(MergingParameters.model_fields)
    demo = MergingParameters.model_validate(given)
    assert demo.k == (3,)
    assert demo.temperatures == (0.05,)
