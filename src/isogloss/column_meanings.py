"""What columns mean that many tables share; what a schema says of its own column comes first."""

from __future__ import annotations

from types import MappingProxyType

EVERYWHERE = MappingProxyType(
    {
        "ci_high": "upper bound of the interval",
        "ci_low": "lower bound of the interval",
        "error": "standard error",
        "family": "of models: who made it; of languages: their family",
        "item_id": "of the item; the same in all languages",
        "language": "code, such as deu or zho_simpl; see the table languages",
        "language_a": "one language of the pair",
        "language_b": "the other one",
        "model": "name in the zoo",
        "n": "how many observations",
        "name": "of the row",
        "p": "p-value, two-sided if nothing else is said",
        "p_adjusted": "p-value, adjusted for the number of tests",
        "sample": "which draw, from 0",
        "seed": "of the random draws",
        "text": "the text itself",
    }
)
ALIGNMENT = MappingProxyType(
    {
        "aggregation": "over layers: mean, or max (the best one)",
        "chance": "score of vectors without any structure",
        "floor": "score of the same vectors where no sentence is paired with its translation",
        "layer": "0 the embeddings, l the output of block l, the last one behind the final norm",
        "metric": "of alignment, such as mexa_at_60; see methods/alignment",
        "n": "sentences",
        "n_pool": "candidates that a sentence has for its translation",
        "pivot": "language that all others are compared with",
        "pooling": "of tokens into a vector: mean, last or weighted",
        "rank": "from 1",
        "sample": "which draw of sentences, from 0; -1: averaged over draws",
        "score": "in the units of the metric",
    }
)
TASKS = MappingProxyType(
    {
        "chosen": "what the model took",
        "direction": "of translation: from_pivot or to_pivot; else empty",
        "formulation": "label (letters), cloze (texts of the options) or generated",
        "metric": "of the score; see methods/tasks",
        "normalisation": "of the log-likelihoods; see methods/tasks",
        "signature": "what made the score: checkpoint, versions and precision",
        "task": "belebele, mmlu or translation",
        "text_overlap": "share of the sentences of alignment that lie in the texts of the task",
        "triple": "hash of source, translation and reference",
    }
)
CORRELATION = MappingProxyType(
    {
        "aggregation": ALIGNMENT["aggregation"],
        "direction": TASKS["direction"],
        "metric": ALIGNMENT["metric"],
        "n_pool": ALIGNMENT["n_pool"],
        "pivot": ALIGNMENT["pivot"],
        "pooling": ALIGNMENT["pooling"],
        "task": TASKS["task"],
        "text_overlap": TASKS["text_overlap"],
    }
)
CULTURE = MappingProxyType(
    {
        "battery_ci_high": "upper bound, whole batteries of questions drawn",
        "battery_ci_low": "lower bound, whole batteries of questions drawn",
        "code": "of the survey's answer",
        "con": "opinions against",
        "elicitation": "open: in the model's own words; closed: the survey's answers",
        "family": "who made the model",
        "formulation": "number or text: what stands for an answer",
        "group": "country, language, or all",
        "labeller": "who said what side a statement is on; empty: nobody had to",
        "language": "of the prompt or interview; see the table languages",
        "level": "of the group: country, language or global",
        "metric": "of agreement: spearman, pearson, distance, ...",
        "n_eff": "respondents, less what unequal weights take away",
        "n_questions": "questions that both sides have",
        "n_responses": "responses behind the value",
        "neutral": "opinions on neither side",
        "orders": "in how many orders the answers were shown",
        "part": "overall; normative: with all other groups; distinctive: beyond that",
        "pro": "opinions in favour",
        "prompt_id": "of the prompt, in survey_prompts",
        "question": "key of the survey's question",
        "rounds": "of the published bootstrap; 0: none",
        "sample": "which draw of an answer, from 0",
        "share": "of the answers, 0 to 1",
        "synthetic": "the survey is made up: says nothing about any culture",
        "value": "in the units of the metric",
    }
)
COUNTING = MappingProxyType(
    {
        "attempt": "round in which the list was made",
        "candidate_mass": "probability that is on numbers at all",
        "category": "whose members are counted",
        "count": "members of the category in the list",
        "decided_by": "who told whether the label is right",
        "expected_count": "mean of the numbers, weighted by their probability",
        "framing": "few_shot: one text; chat: turns of a conversation",
        "length": "words of the list",
        "list_id": "of the words: a list that is asked for two categories has one",
        "method": "systematic: drawn from word lists; model: a model wrote it",
        "metric": "see methods/counting",
        "n": "lists, if nothing else is said",
        "position": "the category is named before the list (first) or behind it (last)",
        "reason": "why; empty where nothing is to be said",
        "scoring": "candidates: the likeliest number; generated: what was written",
        "shots": "lists with answers that are shown first",
        "value": "in the units of the metric or measure",
        "verdict": "on the label of the list",
        "word": "as it stands in the list",
    }
)
MERGING = MappingProxyType(
    {
        "accuracy": "share of items classified rightly",
        "detail": "in words",
        "encoder": "name in the zoo of the model that was fine-tuned",
        "item_id": "of the utterance; the same in all locales",
        "locale": "such as de-DE",
        "method": "of merging: linear, ties, ...; or a baseline or an ensemble",
        "p": "two-sided, on the same items",
        "partition": "train, dev or test",
        "recipe": "name of the way of merging, from its settings",
        "seed": "of the fine-tuning",
        "source": "locale whose classifier it is",
        "target": "locale that is classified",
        "what": "is counted or remarked on",
    }
)
MEDIATION = MappingProxyType(
    {
        "accuracy": "share of base prompts answered rightly",
        "answer": "the right answer",
        "argmax": "likeliest answer; of a control 0 is the donor's word, 1 the base's",
        "base_ids": "tokens of the base prompt",
        "best_constant": "accuracy of the best constant answer",
        "candidate_mass": "probability of all answers together",
        "category": "of the swapped word, or of the list",
        "change": "of the expected count, in items",
        "component": "what is patched: residual, attention, mlp, head or query",
        "correct": "whether the likeliest answer is the right one",
        "count": "members in the list of the base prompt",
        "denoising": "what the donor's run loses with the base's activation in it",
        "direction": "along which activations are moved",
        "donor_count": "members in the list of the donor prompt",
        "donor_ids": "tokens of the donor prompt",
        "donor_words": "the same of the donor",
        "edges": "which attention is cut, from where to where",
        "effect": "which one the row averages: total, noising, denoising, ...",
        "expected_count": "mean of the numbers, weighted by their probability",
        "expects": "what the hypothesis says of the mean and its margin",
        "framing": "few_shot: one text; chat: turns of a conversation",
        "gate": "open: there is a total effect to speak of; closed: there is none",
        "head": "from 0; -1: no single head",
        "kind": "of the pairs: count_swap, null_swap, control, ...; see methods/mediation",
        "layer": "block, from 1; 0: embeddings; -1: none",
        "length": "words of the list",
        "list_id": "of the words: lists with the same words have one",
        "mean": "over pairs, each category weighing alike",
        "measure": "what is measured",
        "method": "of the estimate: gradient, or integrated over steps",
        "n": "observations",
        "n_categories": "categories, which are drawn again",
        "n_irrelevant_categories": "categories asked both ways",
        "n_pairs": "pairs of prompts",
        "named": "the category stands before the list (first) or behind it (last)",
        "noising": "what the base's run gains with the donor's activation in it",
        "null_band": "size that effects of pairs without a change of count reach",
        "null_kind": "kind of pairs whose effect should be 0; empty: none were made",
        "other_place": "of the second one; -1: none",
        "outcome": "that effects are on: log_odds, expected_count, ...",
        "p": "by turning the signs of whole categories",
        "p_adjusted": "over all cells of a kind, outcome and effect (max-T)",
        "p_holm": "adjusted over the hypotheses of a model and language",
        "p_opposite_holm": "of the opposite, adjusted likewise",
        "pair_id": "of the pair of prompts",
        "part": "discovery, confirmation, or all pairs",
        "place": "of the swapped word, from 0; -1: none",
        "remark": "in words; may be empty",
        "role": "of the patched tokens in the prompt; empty: total effect",
        "run": "which of the two prompts",
        "separators": "between the words of the list",
        "sign": "1 where the donor has more members, else -1",
        "spot": "on the item, or on the separator behind it",
        "stage": "pairs asked for, or words tried",
        "states": "the hypothesis, in words",
        "subset": "all pairs; both answered rightly; or all swapped words known",
        "total": "effect of the whole swap on the outcome",
        "value": "of the measure",
        "verdict": "supported, not supported, contradicted or not testable",
        "words": "list of texts, in their order",
        "y": "logits of the answers, summed with the weights of contrast; nats",
    }
)
SCOREBOARD = MappingProxyType(
    {
        "above_chance_share": "of languages whose outcome is above chance",
        "confidence": "of the intervals",
        "confirmatory": "whether it was declared beforehand; all else is exploratory",
        "estimate": "the number that is claimed or tested, such as a rank correlation",
        "estimate_name": "what kind of number the estimate is",
        "gate": "open, or closed where nothing may be concluded; see methods/claims",
        "id": "of the claim; the same in every report",
        "level": "1: languages within a model; 2: languages over models; 3: items",
        "metric": "headline number of the study",
        "n_first": "observations of the first run",
        "n_second": "observations of the second run",
        "outcome": "study whose numbers are explained",
        "outcome_metric": "headline number of that study",
        "predictor": "declared beforehand: alignment, such as mexa_at_60",
        "reliability_outcome": "share of its variance over languages that is no noise",
        "reliability_predictor": "share of its variance over languages that is no noise",
        "role": "of the language in merging: target or source; else empty",
        "study": "that the number comes from",
        "text_overlap": "share of alignment's sentences that are in the texts of the outcome",
        "unit": "what n counts",
        "verdict": "associated, not separable, or not testable; see methods/cross-study",
        "without_family_high": "largest estimate without one family of languages",
        "wording": "what may be said of it; see methods/claims",
    }
)
STUDIES = MappingProxyType(
    {
        "alignment": ALIGNMENT,
        "answer": CULTURE,
        "comet": TASKS,
        "correlation": CORRELATION,
        "count_score": COUNTING,
        "counting": COUNTING,
        "cultural": CULTURE,
        "cultural_original": CULTURE,
        "intent": MERGING,
        "mediation": MEDIATION,
        "mediation_intervention": MEDIATION,
        "merge": MERGING,
        "response": CULTURE,
        "scoreboard": SCOREBOARD,
        "survey": CULTURE,
        "task": TASKS,
        "word": COUNTING,
        "word_knowledge": COUNTING,
    }
)
"""Beginning of the name of a module of schemas -> what columns mean in its study."""


def find_meaning(module: str, column: str) -> str | None:
    """Say what a column means that its schema leaves undescribed; None if nobody knows.

    Args:
        module: name of the module of the schema, such as `isogloss.task_schemas`.
        column: name of the column.
    """
    study = module.rpartition(".")[2].removesuffix("_schemas")
    return STUDIES.get(study, EVERYWHERE).get(column) or EVERYWHERE.get(column)
