from __future__ import annotations

import pytest

from isogloss.slugs import require_slug


@pytest.mark.parametrize("name", ["gemma_7b", "a", "llama3_1_8b"])
def test_names_that_can_stand_in_a_namespace(name: str) -> None:
    require_slug(name)


@pytest.mark.parametrize(
    ("name", "better"),
    [("Qwen2.5-7B", "qwen2_5_7b"), ("7b", "model_7b"), ("../x", "x"), ("", "my_model")],
)
def test_other_names_are_refused_with_a_better_one(name: str, better: str) -> None:
    with pytest.raises(ValueError, match=f"for example '{better}'"):
        require_slug(name)
