"""What is translated, after which examples, and with how many tokens at most."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.corpora import Sentence, select_sentences
from isogloss.errors import Refusal
from isogloss.language_models.batching import encode_sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

    from isogloss.pipelines.tasks.parameters import Direction, TranslationParameters

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TranslationPlan:
    """Which sentences are translated in all languages and directions.

    Attributes:
        corpus: language -> all its sentences; the same ids in the same order for all languages.
        scored: ids of the sentences to translate.
        examples: ids of those that are shown with their translations.
        pivot: language code.
        languages: that are translated from and into the pivot.
    """

    corpus: Mapping[str, Sequence[Sentence]]
    scored: Sequence[str]
    examples: Sequence[str]
    pivot: str
    languages: Sequence[str]

    def texts(self, language: str, ids: Sequence[str]) -> list[str]:
        """Give the texts of some sentences in one language."""
        texts = {sentence.sentence_id: sentence.text for sentence in self.corpus[language]}
        return [texts[identifier] for identifier in ids]

    def ends(self, direction: Direction, language: str) -> tuple[str, str]:
        """Give the source and target language of a direction between a language and the pivot."""
        ends = (self.pivot, language)
        return ends if direction == "from_pivot" else ends[::-1]


def plan_translation(
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    pivot: str,
    parameters: TranslationParameters,
) -> TranslationPlan:
    """Choose what is translated: sentences on which alignment is not measured come first.

    Those that no alignment sample holds stand in front of the others, both in order of their ids;
    the first are translated, the last are the examples.

    Args:
        parallel_sentences: language, sentence_id, text.
        sentence_samples: sample, sentence_id.
        pivot: language code.
        parameters: how many of each.

    Raises:
        Refusal: if a language lacks a sentence, if the pivot is not there, or if no sentence is
            left beside the examples.
    """
    corpus = select_sentences(parallel_sentences, parallel_sentences[["sentence_id"]])
    if pivot not in corpus:
        raise Refusal(f"The corpus has no sentences in the pivot {pivot!r}. Add it to `languages`.")
    sampled = set(sentence_samples["sentence_id"])
    ordered = sorted(
        (sentence.sentence_id for sentence in corpus[pivot]),
        key=lambda identifier: identifier in sampled,
    )
    left = len(ordered) - parameters.shots
    if left < 1:
        raise Refusal(
            f"translation.shots={parameters.shots} leaves nothing to translate of "
            f"{len(ordered)} sentences. Lower it."
        )
    wanted = parameters.sentences or left
    if wanted > left:
        logger.warning(
            "translation.sentences=%d, but beside %d examples the corpus has %d: all are taken.",
            wanted,
            parameters.shots,
            left,
        )
    chosen = _choose_languages(set(corpus) - {pivot}, parameters.languages)
    return TranslationPlan(corpus, ordered[: min(wanted, left)], ordered[left:], pivot, chosen)


def _choose_languages(known: Collection[str], wanted: Sequence[str]) -> list[str]:
    if wanted == ("all",) and known:
        return sorted(known)
    found = [language for language in wanted if language in known]
    if absent := [language for language in wanted if language not in known]:
        logger.info("Not translated, as the corpus lacks them: %s", ", ".join(absent))
    if not found:
        raise Refusal(
            f"translation.languages = {' '.join(wanted)}: the corpus has none of them beside the "
            f"pivot. It has: {' '.join(sorted(known)) or 'no other language'}. Choose others, or "
            "leave translation out of tasks.include."
        )
    return found


def sampled_share(sentence_ids: Sequence[str], sentence_samples: pd.DataFrame) -> float:
    """Give the share of the alignment's sentences that are translated as well.

    Args:
        sentence_ids: of the sentences that were translated.
        sentence_samples: sample, sentence_id; of the alignment.
    """
    sampled = set(sentence_samples["sentence_id"])
    return len(sampled & set(sentence_ids)) / len(sampled)


def count_text_tokens(tokenizer: Any, sentences: Sequence[Sentence]) -> dict[str, int]:
    """Count the tokens of each sentence, special ones left out.

    Args:
        tokenizer: of the model.
        sentences: of one language.
    """
    encoded = encode_sentences(tokenizer, sentences, None)
    return {row.sentence_id: len(row.ids) - sum(row.special) for row in encoded}


def writing_budgets(
    source: Mapping[str, int],
    target: Mapping[str, int],
    scored: Sequence[str],
    parameters: TranslationParameters,
) -> list[int]:
    """Say how many tokens each translation may have, whatever its own reference looks like.

    max(least_budget, ceil(slack s_i r_i)), where s_i are the tokens of the source and r_i those
    that the target language has for one of the source language, over all other sentences of the
    corpus; 1 if there are none.

    Args:
        source: sentence id -> tokens in the source language, for all the corpus.
        target: likewise in the target language.
        scored: ids of the sentences to translate.
        parameters: slack and least budget.
    """
    all_source, all_target = sum(source.values()), sum(target.values())
    budgets = []
    for identifier in scored:
        tokens = source[identifier]
        rest = all_source - tokens
        ratio = (all_target - target[identifier]) / rest if rest else 1.0
        budgets.append(max(parameters.least_budget, math.ceil(parameters.slack * tokens * ratio)))
    return budgets
