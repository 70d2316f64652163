"""Values: what people think, what each model says, and how far the two agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.cultural.analysis_nodes import (
    compare_answer_languages,
    compare_ways_of_asking,
    correlate_countries,
    gather_model_capabilities,
    measure_agreement,
    measure_labeller_agreement,
    measure_self_consistency,
    regress_alignment_on_capability,
)
from isogloss.pipelines.cultural.closed_nodes import answer_survey, closed_scorer
from isogloss.pipelines.cultural.gathering_nodes import gatherer
from isogloss.pipelines.cultural.label_check_nodes import (
    call_checker,
    likelihood_checker,
    weigh_known_statements,
)
from isogloss.pipelines.cultural.labelling_nodes import (
    call_labeller,
    gather_stance_labels,
    likelihood_labeller,
    split_responses,
    weigh_statements,
)
from isogloss.pipelines.cultural.original_nodes import reproduce_published_analyses
from isogloss.pipelines.cultural.prompt_nodes import make_prompts
from isogloss.pipelines.cultural.prompt_translation_nodes import (
    copy_tables,
    refuse_to_translate,
    translate_prompt_tables,
)
from isogloss.pipelines.cultural.response_nodes import (
    answer_scorer,
    collect_survey_scores,
    responder,
)
from isogloss.pipelines.cultural.truth_nodes import measure_ground_truth

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from isogloss.study_rooms import CulturalStudy

ROOM = "cultural"
SURVEY, ANALYSIS = "params:survey", "params:cultural_analysis"
LABELLING, CLOSED = "params:stance_labelling", "params:closed_survey"
PROMPTS, RESPONSES = "params:survey_prompts", "params:survey_responses"
TRUTH = ["survey_ground_truth", "survey_questions"]
SHARED = {
    *("survey_prompts", "survey_questions", "survey_ground_truth", "prompt_statements"),
    *("closed_questions", "answer_words", "languages"),
}
TRANSLATION = "params:prompt_translation"
WORDED = [
    *("prompt_templates", "prompt_topics", "prompt_statements"),
    *("closed_questions", "answer_words"),
]
NOT_TRANSLATED = ["prompt_countries", "labelled_statements"]
LIKELIHOOD = "likelihood"
# What agreement is regressed on -> the table of another room that tells of it.
CAPABILITIES = {"alignment": "alignment_summary", "task": "task_scores"}


def create_pipeline(study: CulturalStudy) -> Pipeline:
    """Make the pipeline that asks models what people were asked, and compares.

    Args:
        study: who is asked, how, and who labels the answers.
    """
    # Open answers mean something only where somebody labels them.
    respondents = study.respondents if study.labellers else {}
    models = dict.fromkeys([*respondents, *study.choosers])
    scores = [
        *(f"{model}.open_scores" for model in respondents),
        *(f"{model}.closed_scores" for model in study.choosers),
        *(["published_survey_scores"] if study.published else []),
    ]
    nodes = [_truth_node(study.survey)]
    if scores:
        nodes += [
            _node(collect_survey_scores, scores, "survey_scores"),
            *_gathering_nodes(respondents, study),
            *_analysis_nodes(study.capabilities),
        ]
    return Pipeline([*nodes, *(_ask(model, study) for model in models)], tags=[ROOM])


def create_translation_pipeline(study: CulturalStudy) -> Pipeline:
    """Make the pipeline that has a model translate the tables of prompts.

    Args:
        study: names the translator; without one the pipeline says what to set.
    """
    if study.translator is None:
        return Pipeline([_node(refuse_to_translate, [TRANSLATION], [])])
    store = f"{study.translator.rpartition('.')[0]}.response_store"
    return Pipeline(
        [
            _node(
                translate_prompt_tables,
                [study.translator, store, "languages", TRANSLATION, *WORDED],
                [*(f"translated_{table}" for table in WORDED), "prompt_translations"],
            ),
            _node(copy_tables, NOT_TRANSLATED, [f"translated_{table}" for table in NOT_TRANSLATED]),
        ]
    )


def _node(
    function: Callable[..., object], inputs: list[str] | dict[str, str], outputs: str | list[str]
) -> Node:
    """Name a node after its function."""
    return Node(function, inputs, outputs, name=function.__name__)


def _truth_node(survey: str) -> Node:
    return _node(
        measure_ground_truth,
        [f"{survey}_survey", "survey_questions", "languages", SURVEY],
        ["survey_ground_truth", "survey_distributions", "country_languages", "survey_remarks"],
    )


def _gathering_nodes(respondents: Collection[str], study: CulturalStudy) -> list[Node]:
    """Gather what the models gave; where none was asked, tables without rows."""
    tables = {
        "stance_labels": respondents,
        "closed_distributions": study.choosers,
        "order_effects": study.choosers,
    }
    nodes = [
        Node(
            gatherer(table),
            [f"{model}.{table}" for model in models] or None,
            table,
            name=f"gather_{table}",
        )
        for table, models in tables.items()
    ]
    if not respondents:
        for table in ("survey_prompts", "label_accuracy"):
            nodes.append(Node(gatherer(table), None, table, name=f"leave_{table}_empty"))
        return nodes
    prompts = ["prompt_templates", "prompt_topics", "prompt_countries", PROMPTS]
    return [
        *nodes,
        _node(make_prompts, prompts, "survey_prompts"),
        *(
            node
            for name, described in study.labellers.items()
            for node in _check_nodes(name, *described)
        ),
        Node(
            gatherer("label_accuracy"),
            [f"{name}_label_accuracy" for name in study.labellers],
            "label_accuracy",
            name="gather_label_accuracy",
        ),
    ]


def _check_nodes(name: str, kind: str, model: str) -> list[Node]:
    """Try a labeller on statements whose side is known."""
    known = ["labelled_statements", "prompt_statements"]
    checked, check = f"{name}_label_accuracy", f"check_labels_by_{name}"
    if kind != LIKELIHOOD:
        chat = [f"{model}.chat", f"{model}.response_store"]
        inputs = [*chat, *known, "languages", LABELLING, PROMPTS]
        return [Node(call_checker(name), inputs, checked, name=check)]
    weights = f"{name}_check_weights"
    inputs = [f"{model}.lm", *known, "answer_words", LABELLING, PROMPTS]
    weigh = f"weigh_known_statements_by_{name}"
    return [
        Node(weigh_known_statements, inputs, weights, name=weigh),
        Node(likelihood_checker(name), [weights, known[0], LABELLING], checked, name=check),
    ]


def _ask(model: str, study: CulturalStudy) -> Pipeline:
    """Make the part of one model, in a namespace of its own."""
    family = study.families[model]
    nodes = []
    if model in study.respondents and study.labellers:
        nodes += _open_nodes(model, family, study)
    if model in study.choosers:
        nodes += _closed_nodes(model, family)
    used = {name for node in nodes for name in node.inputs}
    of_others = {name for name in used if name.endswith((".lm", ".chat", ".response_store"))}
    return Pipeline(
        nodes,
        namespace=model,
        tags=[model],
        inputs=(SHARED & used) | of_others,
        parameters={name for name in used if name.startswith("params:")},
    )


def _open_nodes(model: str, family: str, study: CulturalStudy) -> list[Node]:
    labels = [f"{name}_stance_labels" for name in study.labellers]
    return [
        _node(
            responder(model),
            [study.respondents[model], "response_store", "survey_prompts", RESPONSES],
            "responses",
        ),
        _node(split_responses, ["responses"], "statements"),
        *(
            node
            for name, (kind, labeller) in study.labellers.items()
            for node in _label_nodes(model, name, kind, labeller)
        ),
        _node(gather_stance_labels, labels, "stance_labels"),
        _node(
            answer_scorer(model, family),
            ["responses", "stance_labels", "survey_prompts", "languages"],
            "open_scores",
        ),
    ]


def _label_nodes(model: str, name: str, kind: str, labeller: str) -> list[Node]:
    answers = ["responses", "statements", "survey_prompts"]
    labels = f"{name}_stance_labels"
    if kind != LIKELIHOOD:
        chat = [_own(model, f"{labeller}.chat"), _own(model, f"{labeller}.response_store")]
        known = ["prompt_statements", "languages", LABELLING]
        inputs = [*chat, *answers, *known]
        return [Node(call_labeller(model, name), inputs, labels, name=f"label_by_{name}")]
    weights = f"{name}_statement_weights"
    known = ["prompt_statements", "answer_words", LABELLING]
    return [
        Node(
            weigh_statements,
            [_own(model, f"{labeller}.lm"), *answers, *known],
            weights,
            name=f"weigh_statements_by_{name}",
        ),
        Node(
            likelihood_labeller(model, name),
            [weights, *answers, LABELLING],
            labels,
            name=f"label_by_{name}",
        ),
    ]


def _own(model: str, entry: str) -> str:
    """Name an entry as inside the namespace of a model, which may label its own answers."""
    return entry.removeprefix(f"{model}.")


def _closed_nodes(model: str, family: str) -> list[Node]:
    return [
        _node(
            answer_survey,
            ["lm", "closed_questions", "survey_questions", "answer_words", CLOSED, PROMPTS],
            "survey_answers",
        ),
        _node(
            closed_scorer(model, family),
            ["survey_answers", "survey_questions", "survey_ground_truth", CLOSED],
            ["closed_distributions", "order_effects", "closed_scores"],
        ),
    ]


def _analysis_nodes(capabilities: Collection[str]) -> list[Node]:
    return [
        _node(
            measure_agreement,
            ["survey_scores", *TRUTH, "closed_distributions", "survey_distributions", ANALYSIS],
            ["cultural_alignment", "cultural_contrasts"],
        ),
        _node(correlate_countries, ["survey_ground_truth", ANALYSIS], "country_correlations"),
        _node(measure_self_consistency, ["survey_scores", *TRUTH, ANALYSIS], "self_consistency"),
        _node(compare_answer_languages, ["survey_scores", ANALYSIS], "cross_effects"),
        _node(
            compare_ways_of_asking,
            ["survey_scores", "survey_questions", ANALYSIS],
            "elicitation_agreement",
        ),
        _capability_node(capabilities),
        _node(
            regress_alignment_on_capability,
            ["survey_scores", *TRUTH, "model_capabilities", ANALYSIS],
            "capability_regression",
        ),
        _node(
            measure_labeller_agreement,
            ["stance_labels", "survey_prompts", ANALYSIS],
            "labeller_agreement",
        ),
        _node(
            reproduce_published_analyses,
            ["survey_scores", "survey_ground_truth", "benchmark_scores", ANALYSIS],
            ["original_cells", "original_us_bias", "original_capability", "original_consistency"],
        ),
    ]


def _capability_node(capabilities: Collection[str]) -> Node:
    """Read results of other rooms only where they are asked for: a run may do without them."""
    measured = [table for name, table in CAPABILITIES.items() if name in capabilities]
    return _node(
        gather_model_capabilities,
        {
            "benchmarks": "benchmark_scores",
            "parameters": ANALYSIS,
            **{table: table for table in measured},
        },
        "model_capabilities",
    )
