from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pytest

from isogloss.language_models import LanguageModel
from isogloss.language_models.batching import CPU_TOKEN_BUDGET
from isogloss.language_models.outline import outline_model
from isogloss.partitions import StoredPartitions
from isogloss.pipelines.representation.nodes import (
    assemble_language_profile,
    assemble_tokenizer_profile,
    collect_tables,
    embed_sentences,
    measure_sentence_information,
    plan_representation,
    profile_tokenizer,
    report_status,
)
from isogloss.pipelines.representation.parameters import RepresentationParameters
from isogloss.pipelines.representation.plan import describe_duration

if TYPE_CHECKING:
    from collections.abc import Generator

PARAMETERS = RepresentationParameters(token_budget=32, group_size=2)
NO_SHARES = pd.DataFrame(columns=["language", "data_share"])
LANGUAGES = pd.DataFrame(
    {"language": ["eng"], "script": ["Latn"], "family": ["IE"], "resource_class": ["5"]}
)


def test_every_language_becomes_a_table_of_layers_sentences_and_units(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    openings: list[str],
) -> None:
    partitions = embed_sentences(lm, parallel_sentences, sentence_samples, PARAMETERS)
    assert list(partitions.items) == ["deu", "eng", "swh"]
    assert openings == []
    tables = dict(partitions.compute(list(partitions.items)))
    assert openings == ["opened", "closed"]
    assert set(tables) == {"deu", "eng", "swh"}
    swahili = tables["swh"]
    assert {name: array.shape for name, array in swahili.tensors.items()} == {
        "mean": (3, 3, 16),
        "last": (3, 3, 16),
        "weighted": (3, 3, 16),
    }
    assert json.loads(swahili.metadata["sentence_ids"]) == ["9", "10", "11"]
    assert json.loads(swahili.metadata["final_norm"]) is True
    assert json.loads(swahili.metadata["truncated"]) == []


def test_only_what_is_asked_for_is_computed_with_the_same_values(
    lm: LanguageModel, parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    partitions = embed_sentences(lm, parallel_sentences, sentence_samples, PARAMETERS)
    everything = dict(partitions.compute(["deu", "eng", "swh"]))
    rest = dict(partitions.compute(["swh"]))
    assert list(rest) == ["swh"]
    for pooling, array in rest["swh"].tensors.items():
        np.testing.assert_allclose(array, everything["swh"].tensors[pooling], atol=1e-5)


def test_the_model_is_closed_when_nobody_wants_more(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    openings: list[str],
) -> None:
    compute = embed_sentences(lm, parallel_sentences, sentence_samples, PARAMETERS).compute
    results = cast("Generator[Any]", compute(["deu", "eng", "swh"]))
    next(results)
    assert openings == ["opened"]
    results.close()
    assert openings == ["opened", "closed"]


def test_the_model_is_closed_after_an_error(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    openings: list[str],
) -> None:
    refuse = RepresentationParameters(overlong="refuse")
    long = parallel_sentences.replace("maji ni baridi", "maji " * 40)
    with pytest.raises(ValueError, match="41 tokens"):
        list(embed_sentences(lm, long, sentence_samples, refuse).compute(["swh"]))
    assert openings == ["opened", "closed"]


def test_fingerprints_change_with_what_changes_values_only(
    lm: LanguageModel, parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    def fingerprint(**settings: Any) -> Any:
        parameters = RepresentationParameters(**settings)
        return embed_sentences(lm, parallel_sentences, sentence_samples, parameters).fingerprint

    assert fingerprint() == fingerprint(token_budget=99, group_size=3, gigaflops=7)
    assert fingerprint(poolings="last mean") == fingerprint(poolings=["mean", "last"])
    assert fingerprint() != fingerprint(poolings="mean")
    assert fingerprint() != fingerprint(include_special_tokens=True)
    assert json.loads(json.dumps(fingerprint())) == fingerprint()


def test_in_half_precision_the_company_in_a_batch_is_part_of_the_fingerprint(
    lm: LanguageModel, parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    half = LanguageModel(
        lm.name, lm.specification.model_copy(update={"dtype": "bfloat16"}), lm.models_root
    )

    def fingerprint(**settings: Any) -> dict[str, Any]:
        parameters = RepresentationParameters(**settings)
        made = [
            node(half, parallel_sentences, sentence_samples, parameters).fingerprint
            for node in (embed_sentences, measure_sentence_information)
        ]
        names = ("token_budget", "group_size", "device")
        assert [made[0][name] for name in names] == [made[1][name] for name in names]
        return {name: made[0][name] for name in names}

    settled = {"token_budget": CPU_TOKEN_BUDGET, "group_size": 8, "device": "cpu"}
    assert fingerprint() == settled
    assert fingerprint(token_budget=CPU_TOKEN_BUDGET) == settled
    assert fingerprint(token_budget=64) == {**settled, "token_budget": 64}
    assert fingerprint(group_size=3) == {**settled, "group_size": 3}


def test_a_changed_text_changes_its_language_only(
    lm: LanguageModel, parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    before = embed_sentences(lm, parallel_sentences, sentence_samples, PARAMETERS).items
    changed = parallel_sentences.replace("maji ni baridi", "maji baridi")
    after = embed_sentences(lm, changed, sentence_samples, PARAMETERS).items
    assert [language for language in before if before[language] != after[language]] == ["swh"]


def test_the_profile_of_a_causal_model(
    lm: LanguageModel, parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    tokenization = profile_tokenizer(lm, parallel_sentences, sentence_samples, "eng")
    assert tokenization.set_index("language")["tokens"].to_dict() == {
        "deu": 13,
        "eng": 15,
        "swh": 10,
    }
    information = measure_sentence_information(lm, parallel_sentences, sentence_samples, PARAMETERS)
    tables = dict(information.compute(list(information.items)))
    assert list(tables["eng"].columns) == ["sentence_id", "tokens", "bits"]
    assert tables["eng"]["sentence_id"].tolist() == ["9", "10", "11"]
    stored = StoredPartitions(information.fingerprint, information.items, tables.__getitem__)
    profile = assemble_language_profile(tokenization, stored, LANGUAGES, {}, NO_SHARES, "eng")
    rows = profile.set_index("language")
    assert rows.loc["swh", "token_parity"] == pytest.approx(10 / 15)
    assert rows.loc["swh", "information_parity"] == pytest.approx(
        tables["eng"]["bits"].sum() / tables["swh"]["bits"].sum()
    )
    assert rows.loc["swh", "bits_per_sentence"] == pytest.approx(tables["swh"]["bits"].mean())
    assert profile.attrs["made_from"] == {
        "tokenization": tokenization.attrs["made_from"],
        "sentence_information": dict(information.fingerprint),
    }


def test_bits_of_other_sentences_than_the_tokens_are_refused(
    lm: LanguageModel, parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    information = measure_sentence_information(lm, parallel_sentences, sentence_samples, PARAMETERS)
    tables: dict[str, pd.DataFrame] = {}
    stored = StoredPartitions(information.fingerprint, information.items, tables.__getitem__)
    changed = parallel_sentences.replace("maji ni baridi", "maji baridi")
    tokenization = profile_tokenizer(lm, changed, sentence_samples, "eng")
    with pytest.raises(ValueError, match=r"sentence information were made.*\(swh: "):
        assemble_language_profile(tokenization, stored, LANGUAGES, {}, NO_SHARES, "eng")


def test_the_table_of_tokens_says_which_tokenizer_and_texts_it_is_made_from(
    lm: LanguageModel, parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    made = [
        profile_tokenizer(lm, texts, sentence_samples, "eng").attrs["made_from"]
        for texts in (
            parallel_sentences,
            parallel_sentences.replace("maji ni baridi", "maji baridi"),
        )
    ]
    assert made[0]["tokenizer"] == made[1]["tokenizer"] == lm.tokenizer_identity()
    assert made[0]["settings"] == {"pivot": "eng"}
    changed = [
        name for name in ("deu", "eng", "swh") if made[0]["texts"][name] != made[1]["texts"][name]
    ]
    assert changed == ["swh"]
    items = embed_sentences(lm, parallel_sentences, sentence_samples, PARAMETERS).items
    assert made[0]["texts"] == {language: item["texts"] for language, item in items.items()}


def test_the_profile_of_a_model_without_probabilities(
    lm: LanguageModel, parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    tokenization = profile_tokenizer(lm, parallel_sentences, sentence_samples, "eng")
    profile = assemble_tokenizer_profile(tokenization, LANGUAGES, {}, NO_SHARES, "eng")
    assert profile.attrs["made_from"] == {"tokenization": tokenization.attrs["made_from"]}
    assert profile["information_parity"].isna().all()
    assert profile["token_parity"].notna().all()


def test_the_plan_counts_passes_tokens_and_bytes(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    openings: list[str],
) -> None:
    parameters = RepresentationParameters(token_budget=24, group_size=2, gigaflops=0.001)
    plan = plan_representation(lm, parallel_sentences, sentence_samples, parameters)
    embedding, information = plan.to_dict("records")
    # Tokens with BOS: eng 5 7 6, deu 5 6 5, swh 4 4 5. Batches of at most 24 padded tokens:
    # deu and eng [7 6 6] [5 5 5], swh [5 4 4].
    assert (embedding["sentences"], embedding["tokens"], embedding["passes"]) == (9, 47, 3)
    assert embedding["gigabytes"] == pytest.approx(9 * 3 * 16 * 3 * 4 / 1e9)
    assert embedding["memory_gigabytes"] == pytest.approx(6 * 3 * 16 * 3 * 4 / 1e9)
    weights = 2 * (4 * 16 * 16 + 3 * 16 * 24)
    squares = sum(length**2 for length in (5, 7, 6, 5, 6, 5, 4, 4, 5))
    operations = 2 * weights * 47 + 4 * 2 * 16 * squares
    assert embedding["teraflops"] == pytest.approx(operations / 1e12)
    assert embedding["hours"] == pytest.approx(operations / 1e6 / 3600)
    assert information["teraflops"] > embedding["teraflops"]
    assert embedding["model_gigabytes"] == pytest.approx(
        outline_model(lm, lm.tokenizer()).total_weights * 4 / 1e9
    )
    assert openings == []


def test_the_plan_is_told_stage_by_stage_in_units_that_people_use(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level("INFO"):
        plan_representation(
            lm, parallel_sentences, sentence_samples, RepresentationParameters(gigaflops=1e-7)
        )
    assert caplog.messages[-1] == (
        "words: embed_sentences 73.6 minutes, measure_sentence_information 83.1 minutes; "
        "less than a megabyte on disk"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.02, "less than a second"),
        (40, "40 seconds"),
        (89, "89 seconds"),
        (90, "1.5 minutes"),
        (5399, "90.0 minutes"),
        (9000, "2.5 hours"),
    ],
)
def test_durations_are_written_in_the_unit_that_suits_them(seconds: float, text: str) -> None:
    assert describe_duration(seconds) == text


def test_a_plan_without_a_stated_rate_measures_one(
    lm: LanguageModel, parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    plan = plan_representation(lm, parallel_sentences, sentence_samples, PARAMETERS)
    assert (plan["gigaflops_per_second"] > 0.1).all()


def test_the_status_tells_done_missing_and_stale(
    lm: LanguageModel, parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> None:
    partitions = embed_sentences(lm, parallel_sentences, sentence_samples, PARAMETERS)
    markers = pd.DataFrame(
        [
            {
                "partition": language,
                "fingerprint": json.dumps(partitions.fingerprint),
                "item_fingerprint": json.dumps(partitions.items[language]),
            }
            for language in ("deu", "swh")
        ]
    )
    changed = parallel_sentences.replace("maji ni baridi", "maji baridi")
    status = report_status(lm, changed, sentence_samples, markers, PARAMETERS)
    assert status.set_index("language")["status"].to_dict() == {
        "deu": "done",
        "eng": "missing",
        "swh": "stale",
    }
    assert "texts" in str(status.set_index("language").loc["swh", "reason"])
    none = report_status(lm, changed, sentence_samples, markers.iloc[:0], PARAMETERS)
    assert set(none["status"]) == {"missing"}
    assert len(collect_tables(status, none)) == 6
