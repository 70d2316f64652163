from collections.abc import Callable
from pathlib import Path

import pytest

from isogloss.language_models import LanguageModel
from isogloss.pipelines.tasks.questions import Question
from tests.models import CHAT_TEMPLATE, local_model, number_tokens, save_decoder

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


def _save_character_model(folder: Path) -> None:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    vocabulary = number_tokens([*map(chr, range(32, 127)), "\n"])
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    save_decoder(
        folder, tokenizer, seed=2, positions=512, template=CHAT_TEMPLATE, initializer_range=0.3
    )


@pytest.fixture(scope="session")
def character_model(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    """Give a tiny random model whose tokens are characters."""
    folder = tmp_path_factory.mktemp("tasks") / "characters"
    _save_character_model(folder)
    return local_model(folder, folder.parent, folder.name, exclusive=False, probe_words=["a", "b"])
