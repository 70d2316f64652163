from __future__ import annotations

import pytest
from pydantic import ValidationError

from isogloss.errors import Refusal
from isogloss.pipelines.mediation.pair_parameters import PairParameters
from isogloss.setting_errors import describe_problems


def test_languages_have_phrases_of_their_own_or_those_that_are_known() -> None:
    mine = {"eng": {"text": "{list}: the last is"}, "ita": {"text": "Lista: {list}. Ultima:"}}
    parameters = PairParameters.model_validate({"control_phrases": mine})
    texts = [parameters.control_phrase(name).text for name in ("eng", "deu", "ita")]
    assert texts == [
        "{list}: the last is",
        "Liste: {list}. Letztes Wort:",
        "Lista: {list}. Ultima:",
    ]
    with pytest.raises(Refusal, match=r"in kat\. Add mediation_pairs.control_phrases.kat.text"):
        parameters.control_phrase("kat")


def test_parameters_are_checked() -> None:
    with pytest.raises(ValidationError, match=r"a list in dut, ita\. Did you mean deu\?"):
        PairParameters(languages=("dut", "ita"))
    with pytest.raises(ValidationError, match=r"keeps 1 of the 2 categories apart"):
        PairParameters(categories=("birds", "trees"), confirmation=0.5)
    with pytest.raises(ValidationError, match=r"hold \{list\} once"):
        PairParameters.model_validate({"control_phrases": {"eng": {"text": "Last item:"}}})
    assert PairParameters.model_validate({"lengths": "5 8"}).lengths == (5, 8)


@pytest.mark.parametrize(
    ("given", "meant"),
    [("6 7 8 9 10", "6 10"), ("3 6", "4 6"), (7, "7 7"), ([9, 5], "5 9"), ([], "4 4")],
)
def test_lengths_that_are_no_range_are_refused_with_the_range(given: object, meant: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PairParameters.model_validate({"lengths": given})
    [text] = describe_problems("mediation_pairs", {"lengths": given}, PairParameters, caught.value)
    assert text == (
        f"mediation_pairs.lengths = {given!r}: it is two numbers, the least and the greatest "
        f"number of items, 4 or more: mediation_pairs.lengths='{meant}', in a file "
        f"[{', '.join(meant.split())}]."
    )
