from __future__ import annotations

from typing import Any

import pytest

from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.pipelines.mediation.effect_parameters import EffectParameters, ScreenParameters
from isogloss.pipelines.mediation.language_pairs import LanguagePairs
from tests.pipelines.mediation.test_pair_nodes import make


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"confirmation": 0.5}, r"keeps 5 of the 10 categories in eng apart"),
        ({"languages": "all", "control_phrases": {}, "control": "first"}, "control_phrases.eng"),
        (
            {"effects": EffectParameters(layers=("all", 99))},
            r"^mediation_effects.layers: there is no layer 99; tiny has 0 \(embeddings\) to 3\.$",
        ),
        ({"screen": ScreenParameters(layers=(4, 5))}, r"^mediation_screen.layers: .* layer 5;"),
    ],
)
def test_what_cannot_be_used_is_refused_before_pairs_are_made(
    tiny_lm: LanguageModel,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    message: str,
) -> None:
    monkeypatch.delattr(LanguagePairs, "make_all")
    with pytest.raises(Refusal, match=message):
        make(tiny_lm, **settings)
