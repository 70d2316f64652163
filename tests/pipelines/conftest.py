"""What tests of several rooms share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from isogloss.language_models import LanguageModel


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record when a model is opened and closed."""
    events: list[str] = []
    real = LanguageModel.open

    @contextmanager
    def recorded(self: LanguageModel) -> Iterator[Any]:
        with real(self) as loaded:
            events.append("opened")
            try:
                yield loaded
            finally:
                events.append("closed")

    monkeypatch.setattr(LanguageModel, "open", recorded)
    return events
