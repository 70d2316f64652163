"""How embedding grows with sentences and with the tokens of a batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.measurement import measure_curve
from benchmarks.results import Curve
from benchmarks.sentences import count_tokens, read_sentences
from benchmarks.setting import Setting, handle
from isogloss.language_models.hidden_states import pool_sentences

SENTENCES_OF_CURVE, SENTENCES_OF_BUDGETS = 32, 160
ROUNDS = 3
BY_SENTENCES = (10, 20, 40, 80, 160, 320)
BY_BUDGET = (64, 128, 256, 512, 768, 1024, 2048, 4096)

SENTENCE_CURVE = Curve(
    what="representation over sentences",
    variable="sentences, of ten languages in turn",
    expected=(1, 1),
    first=80,
    why="every sentence is read once. Below 80 sentences there are few batches, and what is "
    "computed once a call counts",
)
BUDGET_CURVE = Curve(
    what="representation over the batch budget",
    variable="tokens a batch, padding included",
    unit="s a token",
    expected=(0, 0),
    first=512,
    why="a token costs the same in every batch. Small batches read the weights for few tokens",
)


def curves(setting: Setting) -> list[Curve]:
    """Measure how time grows with sentences and with the tokens of a batch, in bfloat16."""
    count = 4 if setting.quick else SENTENCES_OF_CURVE
    rounds = setting.rounds(ROUNDS)
    found = read_sentences(setting.sentences, count)
    # Languages in turn, so that the first sentences are like all.
    mixed = sorted(found, key=lambda sentence: (int(sentence.sentence_id), sentence.language))
    with handle(setting.model, "bfloat16").open() as loaded:
        some = mixed[:20] if setting.quick else mixed[:SENTENCES_OF_BUDGETS]
        sizes = [size for size in BY_SENTENCES if size <= len(mixed)]
        by_sentences: dict[float, Callable[[], object]] = {
            size: partial(pool_sentences, loaded, mixed[:size]) for size in sizes
        }
        by_budget: dict[float, Callable[[], object]] = {
            budget: partial(pool_sentences, loaded, some, token_budget=budget)
            for budget in (BY_BUDGET[3:5] if setting.quick else BY_BUDGET)
        }
        tokens = sum(count_tokens(loaded.tokenizer, some))
        return [
            measure_curve(SENTENCE_CURVE, by_sentences, rounds, whole=setting.quick),
            measure_curve(BUDGET_CURVE, by_budget, rounds, per=tokens),
        ]
