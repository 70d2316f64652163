"""Translations between the pivot and every language, written by a model after a few examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast, get_args

import pandas as pd

from isogloss.corpora import text_fingerprint
from isogloss.errors import Refusal
from isogloss.language_models.batching import AUTOMATIC, TokenBudget
from isogloss.language_models.chat_template import frame_as_chat
from isogloss.language_models.continuation_encoding import encode_prompts
from isogloss.language_models.fingerprints import model_fingerprint, settle_writing_budget
from isogloss.language_models.generation import generate_texts
from isogloss.partitions import Partitions, digest, portions
from isogloss.pipelines.tasks.parameters import Direction
from isogloss.pipelines.tasks.translation_plan import (
    TranslationPlan,
    count_text_tokens,
    plan_translation,
    writing_budgets,
)
from isogloss.pipelines.tasks.translation_requests import name_languages, write_prompts
from isogloss.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from isogloss.language_models.generation import GeneratedText
    from isogloss.language_models.handle import LanguageModel
    from isogloss.language_models.loading import LoadedModel
    from isogloss.partitions import Fingerprint
    from isogloss.pipelines.tasks.parameters import TranslationParameters
    from isogloss.pipelines.tasks.translation_prompts import TranslationPrompt, TranslationPrompts

SENTENCES_AT_ONCE = 64
DEFINITION = 1
"""Of what is stored; raised when a formula behind it changes."""


def translate_languages(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: TranslationParameters,
    prompts: TranslationPrompts,
    token_budget: TokenBudget = AUTOMATIC,
) -> Partitions[pd.DataFrame]:
    """Have a model translate between the pivot and every other language, greedily.

    The model is opened when the first missing partition is asked for; each is handed over as soon
    as it is written.

    Args:
        lm: a causal model, which continues the prompts, or a seq2seq one, which answers them.
        parallel_sentences: language, sentence_id, text.
        sentence_samples: sample, sentence_id; of the alignment.
        languages: language, name.
        pivot: language code.
        parameters: what is translated, and how.
        prompts: of which `parameters.template` names one.
        token_budget: tokens a batch, prompts, new tokens and padding included, or `auto`.

    Returns:
        `<direction>.<language>` -> direction, language (not the pivot), sentence_id, source,
        reference, text, tokens (written), budget (most it might have had), stop_reason (newline,
        end or budget), prompt_hash.

    Raises:
        Refusal: if the model is an encoder, if a language has no name, if there is no such prompt
            or nothing to translate; on computing, if a prompt with its budget exceeds the model.
    """
    if lm.kind == "encoder":
        raise Refusal(f"Model {lm.name!r} is an encoder and writes no text. Leave it out here.")
    prompt = prompts.choose(parameters.template)
    plan = plan_translation(parallel_sentences, sentence_samples, pivot, parameters)
    settled = settle_writing_budget(lm, token_budget)
    task = _Task(plan, name_languages(languages, plan), prompt, parameters, settled)
    return Partitions(
        _fingerprint(lm, task),
        task.items(),
        partial(_translate, lm, task),
        partial(portions, size=task.portion),
    )


def _fingerprint(lm: LanguageModel, task: _Task) -> Fingerprint:
    parameters = task.parameters
    return {
        "definition": DEFINITION,
        **model_fingerprint(lm, token_budget=task.token_budget),
        "prompt": task.prompt.model_dump(),
        "chat_template": parameters.chat_template,
        "shots": parameters.shots,
        "slack": parameters.slack,
        "least_budget": parameters.least_budget,
    }


@dataclass(frozen=True)
class _Task:
    """What one model is asked.

    Attributes:
        plan: the sentences.
        names: of the languages.
        prompt: in which they are put.
        parameters: how much may be written.
        token_budget: tokens a batch.
    """

    plan: TranslationPlan
    names: Mapping[str, str]
    prompt: TranslationPrompt
    parameters: TranslationParameters
    token_budget: int

    @property
    def portion(self) -> int:
        """So many directions together fill batches with sentences: a step costs the same."""
        return max(1, SENTENCES_AT_ONCE // len(self.plan.scored))

    def items(self) -> dict[str, Fingerprint]:
        """Give what makes each partition alone: names and texts."""
        # Budgets follow from all sentences of both languages.
        corpora = {
            language: text_fingerprint(sentences)["texts"]
            for language, sentences in self.plan.corpus.items()
        }
        return {
            f"{direction}.{language}": self._item(direction, language, corpora)
            for direction in self.parameters.directions
            for language in self.plan.languages
        }

    def _item(self, direction: Direction, language: str, corpora: Mapping[str, str]) -> Fingerprint:
        ends = self.plan.ends(direction, language)
        chosen = [self.plan.scored, self.plan.examples]
        return {
            "names": [self.names[end] for end in ends],
            "texts": digest(chosen, [self.plan.texts(end, ids) for end in ends for ids in chosen]),
            "corpus": digest([corpora[end] for end in ends]),
        }

    def requests(self, identifier: str, tokens: _TokenCounts) -> pd.DataFrame:
        """Tabulate what is to be written for one partition, with column `prompt`."""
        direction, language = split_identifier(identifier)
        source, target = self.plan.ends(direction, language)
        scored = self.plan.scored
        table = pd.DataFrame(
            {
                "direction": direction,
                "language": language,
                "sentence_id": list(scored),
                "source": self.plan.texts(source, scored),
                "reference": self.plan.texts(target, scored),
                "prompt": write_prompts(self.plan, self.prompt, self.names, direction, language),
            }
        )
        counts = tokens.of(source), tokens.of(target)
        return table.assign(budget=writing_budgets(*counts, scored, self.parameters))


def split_identifier(identifier: str) -> tuple[Direction, str]:
    """Give direction and language of a partition.

    Args:
        identifier: for example `to_pivot.deu`.
    """
    direction, _, language = identifier.partition(".")
    if direction not in get_args(Direction) or not language:
        raise Refusal(f"{identifier!r} is no partition of translations: <direction>.<language>.")
    return cast("Direction", direction), language


@dataclass(frozen=True)
class _TokenCounts:
    """Tokens of all sentences by language, counted when first asked for."""

    tokenizer: Any
    plan: TranslationPlan
    known: dict[str, dict[str, int]] = field(default_factory=dict)

    def of(self, language: str) -> dict[str, int]:
        if language not in self.known:
            sentences = self.plan.corpus[language]
            self.known[language] = count_text_tokens(self.tokenizer, sentences)
        return self.known[language]


def _translate(
    lm: LanguageModel, task: _Task, identifiers: Sequence[str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the translations of partitions, one at a time."""
    sentences = len(identifiers) * len(task.plan.scored)
    with lm.open() as loaded:
        tokens = _TokenCounts(loaded.tokenizer, task.plan)
        # Before the first of what may be many hours.
        for identifier in identifiers:
            requests = task.requests(identifier, tokens)
            _refuse_overlong(loaded, requests, _prompts(loaded, task, requests))
        with progress(
            f"{lm.name}: translation", len(identifiers), "directions", "sentences", sentences
        ) as report:
            for names in portions(identifiers, task.portion):
                tables = [task.requests(identifier, tokens) for identifier in names]
                requests = pd.concat(tables, keys=names)
                written = generate_texts(
                    loaded,
                    _prompts(loaded, task, requests),
                    requests["budget"].tolist(),
                    stop_at_newline=task.prompt.stop_at_newline,
                    token_budget=task.token_budget,
                    advance=report.worked,
                )
                answers = _answers(requests, written)
                for identifier in names:
                    yield identifier, answers.loc[[identifier]].reset_index(drop=True)
                    report.finished()


def _answers(requests: pd.DataFrame, written: Sequence[GeneratedText]) -> pd.DataFrame:
    answers = requests.assign(
        text=[text.text for text in written],
        tokens=[text.tokens for text in written],
        stop_reason=[text.stop_reason for text in written],
        prompt_hash=[digest(prompt) for prompt in requests["prompt"]],
    )
    return answers.drop(columns="prompt")


def _prompts(loaded: LoadedModel, task: _Task, requests: pd.DataFrame) -> list[str]:
    prompts: list[str] = requests["prompt"].tolist()
    if not task.parameters.chat_template:
        return prompts
    return [frame_as_chat(loaded, prompt) for prompt in prompts]


def _refuse_overlong(loaded: LoadedModel, requests: pd.DataFrame, prompts: Sequence[str]) -> None:
    """Refuse prompts that, with what may be written after them, are too long for the model."""
    if loaded.kind == "causal":
        lengths = pd.Series(map(len, encode_prompts(loaded.tokenizer, prompts)))
        totals = lengths + requests["budget"]
    else:
        totals = pd.Series(map(len, loaded.tokenizer(list(prompts), verbose=False)["input_ids"]))
    if totals.max() <= loaded.max_length:
        return
    place = (totals > loaded.max_length).to_numpy().argmax()
    first = requests.iloc[place]
    raise Refusal(
        f"Sentence {first['sentence_id']} of {first['language']} ({first['direction']}) needs "
        f"{totals.iloc[place]} tokens with its examples and its budget of {first['budget']} new "
        f"ones, and {loaded.name!r} reads at most {loaded.max_length}. Lower translation.shots or "
        "translation.slack, or drop the sentence from the corpus."
    )
