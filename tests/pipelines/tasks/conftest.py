from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.language_models import LanguageModel, ModelSpecification
from isogloss.pipelines.tasks.questions import Question

QuestionMaker = Callable[..., Question]


@pytest.fixture
def make_question() -> QuestionMaker:
    def make(
        item_id: str = "q1",
        *,
        answer: int = 2,
        split: str = "test",
        stratum: str = "",
        subset: str = "",
        options: tuple[str, str, str, str] = ("red", "green", "blue", "grey"),
        passage: str = "The door is green.",
        cluster: str = "",
    ) -> Question:
        return Question(
            item_id,
            {
                "passage": passage,
                "subject": stratum.replace("_", " "),
                "question": f"What about {item_id}?",
                **{f"option_{number}": text for number, text in enumerate(options, start=1)},
            },
            answer,
            split,
            cluster=cluster or item_id,
            stratum=stratum,
            subset=subset,
        )

    return make


CHAT_TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


def _save_character_model(folder: Path) -> None:
    import torch
    import transformers
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    characters = [*map(chr, range(32, 127)), "\n"]
    vocabulary = {one: place for place, one in enumerate(["<unk>", "<s>", "</s>", *characters])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    backend.decoder = decoders.Fuse()
    backend.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    names = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    tokenizer: Any = transformers.PreTrainedTokenizerFast
    tokenizer(tokenizer_object=backend, chat_template=CHAT_TEMPLATE, **names).save_pretrained(
        folder
    )
    with torch.random.fork_rng():
        torch.manual_seed(2)
        config = transformers.LlamaConfig(
            vocab_size=len(vocabulary),
            hidden_size=16,
            intermediate_size=24,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=512,
            initializer_range=0.3,
        )
        transformers.LlamaForCausalLM(config).save_pretrained(folder)


@pytest.fixture(scope="session")
def character_model(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    """Give a tiny random model whose tokens are characters."""
    folder = tmp_path_factory.mktemp("tasks") / "characters"
    _save_character_model(folder)
    specification = {
        "kind": "causal",
        "path": str(folder),
        "dtype": "float32",
        "device": "cpu",
        "exclusive": False,
        "probe_words": ["a", "b"],
    }
    checked = ModelSpecification.model_validate(specification)
    return LanguageModel("characters", checked, str(folder.parent))
