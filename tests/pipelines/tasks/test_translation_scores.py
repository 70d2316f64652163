from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sacrebleu
from scipy import stats

from isogloss.errors import Refusal
from isogloss.partitions import digest
from isogloss.pipelines.tasks import translation_metrics
from isogloss.pipelines.tasks.parameters import TaskParameters, TranslationParameters
from isogloss.pipelines.tasks.translation_comet import average_comet
from isogloss.pipelines.tasks.translation_metrics import Resampling, choose_tokeniser
from isogloss.pipelines.tasks.translation_scores import TranslationScoring, score_translations

LANGUAGES = pd.DataFrame(
    {
        "language": ["eng", "deu", "zho_simpl", "luo"],
        "bcp47": ["en", "de", "zh", "luo"],
        "iso_639_3": ["eng", "deu", "zho", "luo"],
        "script": ["Latn", "Latn", "Hans", "Latn"],
    }
)
GERMAN = [
    "Die alte Brücke über den Fluss wurde letzten Winter gesperrt.",
    "Meine Großmutter bewahrt ein kleines Glas Honig im Regal auf.",
    "Die Gletscher in diesem Gebirge verschwinden vielleicht noch in diesem Jahrhundert.",
    "Der Zug nach Hamburg fährt heute eine halbe Stunde später ab.",
]
WRITTEN = [
    "Die alte Brücke über dem Fluss war letzten Winter geschlossen.",
    "",
    "The glaciers in this mountain range may disappear in this century.",
    "Der Zug nach Hamburg fährt heute eine halbe Stunde später ab.",
]
CHINESE = [
    "河上的那座老桥去年冬天被关闭了。",
    "我的祖母在厨房的架子上放着一小罐蜂蜜。",
    "冰川",
    "火车",
]


def scoring(**changes: Any) -> TranslationScoring:
    settings: dict[str, Any] = {
        "model": "m",
        "data": "sample",
        "languages": LANGUAGES,
        "sentence_samples": pd.DataFrame({"sample": [0, 0], "sentence_id": ["b", "x"]}),
        "pivot": "eng",
        "translation": TranslationParameters(shots=3),
        "tasks": TaskParameters(rounds=200, seed=5, confidence=0.9),
    }
    return TranslationScoring(**{**settings, **changes})


def table(direction: str, language: str, texts: list[str], references: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "direction": direction,
            "language": language,
            "sentence_id": list("abcd"),
            "source": "s",
            "reference": references,
            "text": texts,
            "stop_reason": ["newline", "end", "budget", "newline"],
        }
    )


def loaders(*tables: pd.DataFrame) -> Any:
    return {
        f"{one['direction'][0]}.{one['language'][0]}": partial(pd.DataFrame.copy, one)
        for one in tables
    }


TO_GERMAN = table("from_pivot", "deu", WRITTEN, GERMAN)


def test_scores_are_those_of_sacrebleu() -> None:
    rows = score_translations(scoring(), loaders(TO_GERMAN)).set_index("metric")
    chrf = sacrebleu.corpus_chrf(WRITTEN, [GERMAN], word_order=2)
    bleu = sacrebleu.corpus_bleu(WRITTEN, [GERMAN])
    assert rows["score"].to_dict() == {"chrf": chrf.score, "bleu": bleu.score}
    signatures = rows["signature"]
    assert signatures["chrf"].startswith("nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:")
    assert signatures["bleu"].startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")
    characters = scoring(translation=TranslationParameters(chrf_word_order=0))
    rows = score_translations(characters, loaders(TO_GERMAN)).set_index("metric")
    assert rows.loc["chrf", "score"] == sacrebleu.corpus_chrf(WRITTEN, [GERMAN]).score


def test_intervals_are_those_of_resampled_corpora() -> None:
    rows = score_translations(scoring(), loaders(TO_GERMAN)).set_index("metric")
    counts = np.random.default_rng(5).multinomial(4, [0.25] * 4, size=200)
    metrics: dict[str, Any] = {
        "chrf": partial(sacrebleu.corpus_chrf, word_order=2),
        "bleu": sacrebleu.corpus_bleu,
    }
    for name, metric in metrics.items():
        draws = []
        for row in counts:
            texts, references = (
                [text for text, count in zip(group, row, strict=True) for _ in range(count)]
                for group in (WRITTEN, GERMAN)
            )
            draws.append(metric(texts, [references]).score)
        score = float(metric(WRITTEN, [GERMAN]).score)
        expected = student_limits(score, draws).clip(0, 100)
        np.testing.assert_allclose([rows["ci_low"][name], rows["ci_high"][name]], expected)


def student_limits(score: float, draws: Sequence[float]) -> np.ndarray[Any, Any]:
    """Give the interval of four sentences with a confidence of 90 %."""
    reach = stats.t.ppf(0.95, 3) * np.std(draws) * np.sqrt(4 / 3)
    return np.array([score - reach, score + reach])


def test_one_sentence_has_no_interval() -> None:
    rows = score_translations(scoring(), loaders(TO_GERMAN.head(1)))
    assert rows[["ci_low", "ci_high", "floor", "p_above_chance"]].isna().all(axis=None)
    assert rows["score"].notna().all()


def test_translations_are_told_from_references_of_other_sentences() -> None:
    good = TO_GERMAN.assign(text=TO_GERMAN["reference"])
    rows = score_translations(scoring(), loaders(good)).set_index("metric")
    assert rows["above_chance"]["chrf"]
    assert rows["p_above_chance"]["chrf"] == pytest.approx(4.0**-4)
    assert 0 < rows["floor"]["chrf"] < 40
    assert rows[["floor", "above_chance"]].loc["bleu"].isna().all()
    nothing = score_translations(scoring(), loaders(TO_GERMAN.assign(text="")))
    chrf = nothing.set_index("metric").loc["chrf"]
    assert (bool(chrf["above_chance"]), chrf["floor"]) == (False, 0)


def test_faults_are_counted() -> None:
    rows = score_translations(scoring(), loaders(TO_GERMAN))
    for row in rows.to_dict("records"):
        assert row["empty_rate"] == 0.25
        assert row["truncated_rate"] == 0.25
        assert row["wrong_language_rate"] == pytest.approx(1 / 3)
        assert row["reference_wrong_language_rate"] == 0
        assert row["text_overlap"] == 0.5
        assert (row["n"], row["shots"], row["data"]) == (4, 3, "sample")
        assert (row["task"], row["direction"], row["language"]) == (
            "translation",
            "from_pivot",
            "deu",
        )
        assert row["selected"] == (row["metric"] != "bleu")
        assert (row["ci_method"], row["confidence"]) == ("bootstrap_student", 0.9)
        assert math.isnan(row["chance"])


def test_the_target_decides_on_tokeniser_and_language() -> None:
    chinese = loaders(
        table("from_pivot", "zho_simpl", CHINESE, CHINESE),
        table("to_pivot", "zho_simpl", WRITTEN, GERMAN),
        table("from_pivot", "luo", WRITTEN, GERMAN),
    )
    rows = score_translations(scoring(), chinese).set_index(["direction", "language", "metric"])
    signature = rows["signature"]
    wrong, expected = rows["wrong_language_rate"], rows["reference_wrong_language_rate"]
    assert "|tok:zh|" in signature["from_pivot", "zho_simpl", "bleu"]
    assert "|tok:13a|" in signature["to_pivot", "zho_simpl", "bleu"]
    assert rows["score"]["from_pivot", "zho_simpl", "bleu"] == pytest.approx(100)
    assert wrong["from_pivot", "zho_simpl", "bleu"] == 0
    # English was asked for: what is German there is wrong, as the references are here.
    assert wrong["to_pivot", "zho_simpl", "chrf"] == pytest.approx(2 / 3)
    assert expected["to_pivot", "zho_simpl", "chrf"] == 1
    assert math.isnan(wrong["from_pivot", "luo", "chrf"])


def test_nothing_written_scores_nothing() -> None:
    rows = score_translations(scoring(), loaders(table("to_pivot", "deu", [""] * 4, GERMAN)))
    assert rows[["score", "ci_low", "ci_high"]].to_numpy().tolist() == [[0, 0, 0]] * 2
    assert rows["empty_rate"].tolist() == [1, 1]
    assert rows["wrong_language_rate"].isna().all()


def test_other_sentences_in_a_partition_are_refused() -> None:
    other = TO_GERMAN.assign(language="luo", sentence_id=list("abce"))
    with pytest.raises(Refusal, match=r"from_pivot\.luo are not of the same sentences"):
        score_translations(scoring(), loaders(TO_GERMAN, other))


@pytest.mark.parametrize(
    ("bcp47", "script", "installed", "tokeniser"),
    [
        ("zh", "Hant", False, "zh"),
        ("yue", "Hant", False, "zh"),
        ("ja", "Jpan", True, "ja-mecab"),
        ("ja", "Jpan", False, "char"),
        ("ko", "Hang", True, "ko-mecab"),
        ("ko", "Hang", False, "char"),
        ("th", "Thai", True, "char"),
        ("de", "Latn", True, "13a"),
        ("", "", False, "13a"),
    ],
)
def test_tokenisers_suit_the_script(
    bcp47: str, script: str, installed: bool, tokeniser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translation_metrics, "find_spec", lambda _name: installed or None)
    assert choose_tokeniser(bcp47, script) == tokeniser


def test_equal_numbers_of_sentences_get_equal_draws() -> None:
    resampling = Resampling(rounds=3, seed=1, confidence=0.9)
    assert (resampling.counts(7) == resampling.counts(7)).all()
    assert resampling.counts(7).sum(axis=1).tolist() == [7, 7, 7]


def comet_table(**changes: Any) -> pd.DataFrame:
    hashes = [digest("s", text, reference) for text, reference in zip(WRITTEN, GERMAN, strict=True)]
    return pd.DataFrame(
        {
            "model": "m",
            "direction": "from_pivot",
            "language": "deu",
            "sentence_id": list("abcd"),
            "triple": hashes,
            "comet": [0.8, 0.33, 0.4, 0.9],
            "signature": "wmt22",
            **changes,
        }
    )


def test_comet_is_averaged_with_nothing_for_empty_texts() -> None:
    (row,) = average_comet(scoring(), loaders(TO_GERMAN), comet_table()).to_dict("records")
    values = np.array([0.8, 0, 0.4, 0.9])
    assert row["score"] == pytest.approx(0.525)
    counts = np.random.default_rng(5).multinomial(4, [0.25] * 4, size=200)
    limits = student_limits(0.525, counts @ values / 4)
    np.testing.assert_allclose([row["ci_low"], row["ci_high"]], limits)
    assert (row["metric"], row["n"], row["signature"]) == ("comet", 4, "wmt22")
    assert row["empty_rate"] == 0.25
    assert row["selected"]
    assert "covered" not in row


def test_coverage_and_each_signature_are_kept() -> None:
    tables = [
        comet_table(covered=pd.array([True] * 4, "boolean")),
        comet_table(signature="afri", comet=0.5, covered=pd.array([None] * 4, "boolean")),
    ]
    rows = average_comet(scoring(), loaders(TO_GERMAN), pd.concat(tables)).set_index("signature")
    assert rows["covered"].dtype == "boolean"
    assert rows["covered"]["wmt22"]
    assert rows["covered"].isna().to_dict() == {"afri": True, "wmt22": False}
    assert rows["score"]["afri"] == pytest.approx(0.375)


def test_scores_of_other_translations_do_not_count(caplog: pytest.LogCaptureFixture) -> None:
    stale = comet_table()
    stale.loc[0, "triple"] = digest("s", "another text", GERMAN[0])
    with caplog.at_level(logging.WARNING):
        rows = average_comet(scoring(), loaders(TO_GERMAN), stale)
    assert rows["n"].tolist() == [3]
    assert rows["score"].tolist() == [pytest.approx(1.3 / 3)]
    assert "lacks 1 of 4 present translations of m, from_pivot deu" in caplog.text


def test_without_comet_there_are_no_rows() -> None:
    columns = pd.DataFrame(columns=list(comet_table()))
    assert average_comet(scoring(), loaders(TO_GERMAN), columns).empty
    assert average_comet(scoring(), loaders(TO_GERMAN), comet_table(model="other")).empty
    assert average_comet(scoring(), loaders(TO_GERMAN), comet_table(language="luo")).empty
    with pytest.raises(Refusal, match="neither a column `signature` nor `checkpoint`"):
        average_comet(scoring(), loaders(TO_GERMAN), comet_table().drop(columns="signature"))
    with_checkpoint = comet_table().rename(columns={"signature": "checkpoint"})
    assert len(average_comet(scoring(), loaders(TO_GERMAN), with_checkpoint)) == 1
