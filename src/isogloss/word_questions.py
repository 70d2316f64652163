"""Whether a model takes a word for a member of a category: asked word by word, then decided.

Rooms that count in lists ask it, so that what a model does not know is told from what it miscounts.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from isogloss.counting_prompts import CHAT, Example, Frame, Names, Phrase, render_text
from isogloss.errors import Refusal
from isogloss.language_models.answer_encoding import encode_answers
from isogloss.language_models.option_scoring import score_continuations
from isogloss.partitions import digest
from isogloss.word_pools import WordPools

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from isogloss.counting_prompts import Framing
    from isogloss.language_models.batching import TokenBudget
    from isogloss.language_models.loading import LoadedModel

logger = logging.getLogger(__name__)
WORD, CATEGORY = "{word}", "{category}"
AT_ONCE = 512
"""Questions that are put to a model together: enough to fill batches."""
WORDING = ("heading", "text", "yes", "no")
QUESTION_COLUMNS = ("language", "category", *WORDING)
"""Of `membership_questions`."""
EXAMPLES = ("shown_headings", "shown_words", "shown_members")
ASKED = ("language", "category", "word", "member")
ASKED_COLUMNS = (*ASKED, *WORDING, *EXAMPLES)
KNOWLEDGE_COLUMNS = (
    *ASKED,
    "framing",
    "shots",
    "log_odds",
    "answer_mass",
    "threshold",
    "answer",
    "known",
    "said",
)


class Shown(NamedTuple):
    """A word that is shown first, with its answer."""

    heading: str
    word: str
    member: bool


def list_questions(
    asked: pd.DataFrame, questions: pd.DataFrame, words: pd.DataFrame, relations: pd.DataFrame
) -> pd.DataFrame:
    """List what is asked, with the words that are shown before; what has no question is left out.

    Args:
        asked: language, category, word, member; in any order, and as often as they come.
        questions: `membership_questions`.
        words: `word_lists`, of which some are shown, those that are not asked before others.
        relations: `category_relations`.

    Returns:
        one row a question: language, category, word, member, heading, text, yes, no,
        shown_headings, shown_words, shown_members (lists).
    """
    each = asked[list(ASKED)].drop_duplicates().sort_values(list(ASKED))
    wanted = each.merge(questions, on=["language", "category"], how="inner")
    tables = [
        _add_examples(
            str(language), own, questions[questions["language"] == language], words, relations
        )
        for language, own in wanted.groupby("language", sort=True)
    ]
    if not tables:
        return pd.DataFrame(columns=list(ASKED_COLUMNS))
    return pd.concat(tables, ignore_index=True)[list(ASKED_COLUMNS)]


def _add_examples(
    language: str,
    own: pd.DataFrame,
    questions: pd.DataFrame,
    words: pd.DataFrame,
    relations: pd.DataFrame,
) -> pd.DataFrame:
    """Put beside the questions of a language what is shown before; say where nothing is."""
    headings = _pair(questions, "category", "heading")
    here = words[words["language"] == language]
    pools = WordPools.read(here, relations, frozenset(own["word"]))
    shown = [
        _choose_shown(category, word, headings, pools)
        for category, word in zip(own["category"], own["word"], strict=True)
    ]
    if bare := sum(not row for row in shown):
        logger.warning(
            "%d of %d questions about words in %s are asked without examples: they take two other "
            "categories that share no word and have a question (relations.csv and questions.csv of "
            "word_tables).",
            bare,
            len(shown),
            language,
        )
    lists = {
        name: pd.Series([[one[place] for one in row] for row in shown], own.index)
        for place, name in enumerate(EXAMPLES)
    }
    return own.assign(**lists)


def _pair(table: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    return {str(one): str(two) for one, two in zip(table[key], table[value], strict=True)}


def _choose_shown(
    category: str, word: str, headings: Mapping[str, str], pools: WordPools
) -> list[Shown]:
    """Choose examples: members of two other categories, each shown with both of these.

    So neither the kind of a word nor the category tells the answer, but only whether they agree.
    """
    one, other = pools.choose_two([name for name in headings if name != category])
    shown: list[Shown] = []
    for asked, own in ((one, one), (other, one), (one, other), (other, other)):
        taken = {word, *(earlier.word for earlier in shown)}
        free = (name for name in pools.members.get(own, ()) if name not in taken)
        if found := next(free, ""):
            shown.append(Shown(headings[asked], found, asked == own))
    return shown


def identify_questions(questions: pd.DataFrame) -> str:
    """Give a digest of questions, the same before and after they were saved."""
    plain = questions[list(ASKED_COLUMNS)].to_dict("records")
    return digest(
        [
            {name: [*map(str, one)] if name in EXAMPLES else str(one) for name, one in row.items()}
            for row in plain
        ]
    )


def ask_words(
    loaded: LoadedModel,
    questions: pd.DataFrame,
    framing: Framing,
    token_budget: TokenBudget,
    advance: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Score yes and no as the answers to all questions of a language, and decide.

    Args:
        loaded: an open causal model.
        questions: of one language; see `list_questions`.
        framing: `few_shot` or `chat`.
        token_budget: tokens a batch.
        advance: told how many questions are finished.

    Returns:
        one row a question: language, category, word, member, framing, shots, log_odds (nats, log
        p(yes) - log p(no)), answer_mass (p(yes) + p(no)), and see `decide_memberships`.

    Raises:
        Refusal: if yes and no begin alike in tokens, or a prompt is too long for the model.
    """
    rows = questions.to_dict("records")
    prompts = [render_question(row, framing, loaded.tokenizer) for row in rows]
    values = []
    for start in range(0, len(rows), AT_ONCE):
        portion = prompts[start : start + AT_ONCE]
        values.append(_score(loaded, rows[0], portion, framing, token_budget))
        if advance is not None:
            advance(len(portion))
    scores = np.concatenate(values)
    table = questions[list(ASKED)].assign(
        framing=framing,
        shots=questions["shown_words"].map(len),
        log_odds=scores[:, 0] - scores[:, 1],
        # In half precision the rest of the vocabulary is rounded, and the sum may exceed 1.
        answer_mass=np.minimum(np.exp(scores).sum(axis=1), 1.0),
    )
    return decide_memberships(table)[list(KNOWLEDGE_COLUMNS)]


def render_question(row: Mapping[Hashable, Any], framing: Framing, tokenizer: Any) -> str:
    """Put a question into words, up to where its answer begins.

    Args:
        row: of `list_questions`.
        framing: `few_shot` or `chat`.
        tokenizer: its chat template is used for `chat`.
    """
    examples = tuple(
        Example((word,), _name(heading), row["yes" if member else "no"])
        for heading, word, member in zip(*(row[name] for name in EXAMPLES), strict=True)
    )
    frame = Frame(_phrase(row), examples, framing)
    return render_text(frame, (row["word"],), _name(row["heading"]), tokenizer)


def _phrase(row: Mapping[Hashable, Any]) -> Phrase:
    """Take the question for one about a list of one word."""
    return Phrase(row["text"].replace(WORD, "{list}").replace(CATEGORY, "{counted}"), "")


def _name(heading: str) -> Names:
    return Names(heading, heading)


def _score(
    loaded: LoadedModel,
    row: Mapping[Hashable, Any],
    prompts: Sequence[str],
    framing: Framing,
    token_budget: TokenBudget,
) -> np.ndarray:
    """Give log-likelihoods, float64 [prompts, yes and no]."""
    answers = [_phrase(row).joiner + row[name] for name in ("yes", "no")]
    encoded = encode_answers(loaded.tokenizer, prompts, answers, framed=framing == CHAT)
    for yes, no in encoded:
        short, long = sorted((yes.continuation, no.continuation), key=len)
        if long[: len(short)] == short:
            raise Refusal(
                f"The answers '{row['yes']}' and '{row['no']}' in {row['language']} begin alike "
                f"in the tokens of model {loaded.name!r}: choose other words in questions.csv of "
                "word_tables."
            )
    pairs = [pair for both in encoded for pair in both]
    scores = score_continuations(loaded, pairs, token_budget=token_budget, overlong="refuse")
    return scores.log_likelihoods.reshape(len(prompts), 2)


def decide_memberships(table: pd.DataFrame) -> pd.DataFrame:
    """Decide what a model takes for a member, without regard to how gladly it says yes.

    How gladly depends on the category: log-odds are taken from their median in it, members and
    others together. Of these the middle between the median of members and that of other words, in
    all other categories, is the threshold. So no label of a category decides on its own words; but
    their median does, so that members should be about as frequent among the words of each. Where
    other categories lack members or other words, the threshold is 0.

    Args:
        table: of one language and model: category, member, log_odds.

    Returns:
        the same with threshold (nats), answer (whether log_odds exceed it), known (whether that is
        right), and said (whether log_odds exceed 0, as the model says it).
    """
    odds, member = table["log_odds"].to_numpy(np.float64), table["member"].to_numpy(bool)
    typical = table.groupby("category")["log_odds"].transform("median").to_numpy(np.float64)
    threshold = np.zeros(len(table))
    for category in table["category"].unique():
        own = (table["category"] == category).to_numpy()
        rest = [(odds - typical)[~own & (member == is_in)] for is_in in (True, False)]
        if all(len(one) for one in rest):
            threshold[own] = typical[own] + np.mean([np.median(one) for one in rest])
    answer = odds > threshold
    return table.assign(threshold=threshold, answer=answer, known=answer == member, said=odds > 0)
