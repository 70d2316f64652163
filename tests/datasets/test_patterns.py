from __future__ import annotations

from isogloss.datasets.patterns import to_expression


def test_placeholders_become_groups_and_repeat_their_value() -> None:
    expression = to_expression("{split}/{language}.{split}")
    found = expression.fullmatch("dev/zho_simpl.dev")
    assert found is not None
    assert found.groupdict() == {"split": "dev", "language": "zho_simpl"}
    assert expression.fullmatch("dev/eng.test") is None
    assert expression.fullmatch("dev/engxdev") is None, "a point is a point"


def test_other_braces_are_plain() -> None:
    expression = to_expression("{language}.{x}", "language")
    assert expression.fullmatch("eng.{x}") is not None
    assert expression.fullmatch("eng.txt") is None
