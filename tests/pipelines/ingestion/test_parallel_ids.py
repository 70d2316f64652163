from __future__ import annotations

import pandas as pd
import pytest

from isogloss.pipelines.ingestion.lines import CorpusError
from isogloss.pipelines.ingestion.parallel_ids import compare_locales, require_parallel
from isogloss.pipelines.ingestion.parameters import IntentParameters

PARTITIONS = ("train", "dev", "test")


def table(**locales: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Make a table of locales -> (item_id, partition, intent)."""
    rows = [(locale, *row) for locale, found in locales.items() for row in found]
    return pd.DataFrame(rows, columns=["locale", "item_id", "partition", "intent"])


def rows(number: int, **changed: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Make rows i0, i1 ... of all partitions, some with another partition and intent."""
    usual = {f"i{n}": (PARTITIONS[n % 3], "alarm_set") for n in range(number)}
    return [(item, *values) for item, values in {**usual, **changed}.items()]


def refuse(found: pd.DataFrame, **settings: object) -> None:
    parameters = IntentParameters.model_validate(settings)
    require_parallel(found, compare_locales(found), parameters, "folder")


def test_most_locales_decide_of_each_field_by_itself() -> None:
    found = table(
        de=[("0", "train", "a"), ("1", "dev", "a")],
        en=[("0", "test", "a"), ("1", "dev", "b")],
        fr=[("0", "train", "b"), ("2", "dev", "c")],
    )
    compared = compare_locales(found)
    assert compared["usual_partition"].tolist() == ["train", "dev", "train", "dev", "train", "dev"]
    assert compared["partition"].tolist() == [False, False, True, False, False, False]
    assert compared["usual_intent"].tolist() == ["a", "a", "a", "a", "a", "c"]
    assert compared["intent"].tolist() == [False, False, False, True, True, False]
    assert compared["shared"].tolist() == [True, True, True, True, True, False]


def test_where_as_many_say_so_as_otherwise_the_locale_named_first_decides() -> None:
    found = table(
        en=[("0", "train", "b")],
        de=[("0", "train", "a")],
        fr=[("0", "train", "a")],
        it=[("0", "train", "b")],
    )
    assert compare_locales(found)["intent"].tolist() == [False, True, True, False]


def test_a_few_conflicts_pass_and_more_are_refused() -> None:
    good, odd = rows(10), {"i3": ("train", "alarm_remove")}
    refuse(table(en=good, de=good, tr=rows(10, **odd)))
    with pytest.raises(CorpusError) as caught:
        refuse(table(en=good, de=good, tr=rows(10, **odd)), conflicts=0.09, exclude=["ja-JP"])
    assert str(caught.value).split("\n") == [
        "folder: not every locale fits the others.",
        "  tr: 1 of the 10 ids that it shares with others conflict (10 %): 1 in the intent "
        "(i3 is alarm_remove here, alarm_set elsewhere).",
        "A classifier is trained, stopped and tested in each locale, and locales are compared "
        "utterance by utterance: each needs train, dev and test, and an id has the same partition "
        "and intent everywhere, up to 9 % of conflicts (intents.conflicts). Correct these "
        "locales, or leave them out:",
        '  --params "intents.exclude=ja-JP tr"',
    ]


def test_everything_that_is_wrong_with_every_locale_is_named() -> None:
    good = rows(12)
    moved = [(item, "train", intent) for item, _, intent in good]
    other = rows(12, i0=("test", "alarm_remove"), i3=("dev", "alarm_set"))
    with pytest.raises(CorpusError) as caught:
        refuse(table(en=good, de=good, fr=good, ja=moved, ka=other))
    _, ja, ka, *_, remedy = str(caught.value).split("\n")
    assert ja == (
        "  ja: it has no rows of dev and test; 8 of the 12 ids that it shares with others conflict "
        "(67 %): 8 in the partition (i1 is train here, dev elsewhere)."
    )
    assert "2 of the 12" in ka
    assert "2 in the partition (i0 is test here, train elsewhere) and 1 in the intent" in ka
    assert remedy == '  --params "intents.exclude=ja ka"'


def test_one_locale_alone_or_without_common_ids_has_no_conflicts() -> None:
    refuse(table(en=rows(3)), conflicts=0)
    others = [(f"x{item}", partition, intent) for item, partition, intent in rows(3)]
    refuse(table(en=rows(3), de=others), conflicts=0)
