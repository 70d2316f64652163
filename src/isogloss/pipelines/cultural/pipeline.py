"""Values: what people think, what each model says, and how far the two agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.cultural import analysis_steps
from isogloss.pipelines.cultural.closed_nodes import answer_survey, closed_scorer
from isogloss.pipelines.cultural.gathering_nodes import gatherer
from isogloss.pipelines.cultural.label_check_nodes import (
    call_checker,
    likelihood_checker,
    weigh_known_statements,
)
from isogloss.pipelines.cultural.label_parameters import LIKELIHOOD
from isogloss.pipelines.cultural.labelling_nodes import (
    call_labeller,
    gather_stance_labels,
    likelihood_labeller,
    split_responses,
    weigh_statements,
)
from isogloss.pipelines.cultural.prompt_check_nodes import check_prompt_tables
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
SURVEY = "params:survey"
LABELLING, CLOSED = "params:stance_labelling", "params:closed_survey"
PROMPTS, RESPONSES = "params:survey_prompts", "params:survey_responses"
SHARED = {
    *("survey_prompts", "survey_questions", "survey_ground_truth", "languages"),
    *("checked_statements", "checked_closed_questions", "checked_answer_words"),
}
TRANSLATION = "params:prompt_translation"
WORDED = [
    *("prompt_templates", "prompt_topics", "prompt_statements"),
    *("closed_questions", "answer_words"),
]
NOT_TRANSLATED = ["prompt_countries", "labelled_statements"]
CLOSED_TABLES = {"closed_questions": "closed_questions", "answer_words": "answer_words"}
OPEN_TABLES = {
    **{name: f"prompt_{name}" for name in ("templates", "topics", "countries", "statements")},
    **{name: name for name in ("labelled_statements", "answer_words")},
}


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
    nodes = []
    if scores:
        nodes = [
            _truth_node(study.survey),
            _node(collect_survey_scores, scores, "survey_scores"),
            *_checking_nodes(respondents, study),
            *_gathering_nodes(respondents, study),
            *(_node(*step) for step in analysis_steps.list_steps(study.capabilities)),
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


def _checking_nodes(respondents: Collection[str], study: CulturalStudy) -> list[Node]:
    """Read all that models will be shown, before one is asked; nothing where none is."""
    tables = dict(OPEN_TABLES if respondents else {}) | (CLOSED_TABLES if study.choosers else {})
    if not tables:
        return []
    given = ["survey_questions", "survey_ground_truth"]
    settings = {"prompts": PROMPTS, "labelling": LABELLING, "closed": CLOSED}
    return [
        Node(
            check_prompt_tables,
            {name: name for name in given} | settings | tables,
            {name: f"checked_{name}" for name in tables},
            name=check_prompt_tables.__name__,
        )
    ]


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
    prompts = ["checked_templates", "checked_topics", "checked_countries", PROMPTS]
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
    known = ["checked_labelled_statements", "checked_statements"]
    checked, check = f"{name}_label_accuracy", f"check_labels_by_{name}"
    if kind != LIKELIHOOD:
        chat = [f"{model}.chat", f"{model}.response_store"]
        inputs = [*chat, *known, "languages", LABELLING, PROMPTS]
        return [Node(call_checker(name), inputs, checked, name=check)]
    weights = f"{name}_check_weights"
    inputs = [f"{model}.lm", *known, "checked_answer_words", LABELLING, PROMPTS]
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
        known = ["checked_statements", "languages", LABELLING]
        inputs = [*chat, *answers, *known]
        return [Node(call_labeller(model, name), inputs, labels, name=f"label_by_{name}")]
    weights = f"{name}_statement_weights"
    known = ["checked_statements", "checked_answer_words", LABELLING]
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
            [
                *("lm", "checked_closed_questions", "survey_questions", "checked_answer_words"),
                *(CLOSED, PROMPTS),
            ],
            "survey_answers",
        ),
        _node(
            closed_scorer(model, family),
            ["survey_answers", "survey_questions", "survey_ground_truth", CLOSED],
            ["closed_distributions", "order_effects", "closed_scores"],
        ),
    ]
