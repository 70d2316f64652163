from __future__ import annotations

import pytest

from isogloss.errors import Refusal
from isogloss.pipelines.merging.locales import choose_locales

THERE = ["de-DE", "en-US", "sw-KE"]


def test_they_keep_the_order_of_those_there_are() -> None:
    assert choose_locales(("all",), THERE, "merging.targets") == THERE
    assert choose_locales(("sw-KE", "de-DE"), THERE, "merging.targets") == ["de-DE", "sw-KE"]


def test_one_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(Refusal) as caught:
        choose_locales(("sw-TZ", "en-US"), THERE, "merging.targets")
    assert str(caught.value) == (
        "merging.targets names sw-TZ, of which there are no intents. Did you mean sw-KE? "
        "There are: de-DE, en-US, sw-KE."
    )
