from __future__ import annotations

from isogloss.classifier_names import BASE, classifier_name, classifier_parts


def test_names_of_classifiers_hold_locale_and_seed() -> None:
    assert classifier_name("de-DE", 3) == "de-DE-3"
    assert classifier_parts("de-DE-3") == ("de-DE", 3)
    assert classifier_parts(classifier_name(BASE, 12)) == ("base", 12)
