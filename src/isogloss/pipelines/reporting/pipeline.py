"""Tables into figures and text: per model in its namespace, and across models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.reporting import (
    alignment_steps,
    claim_steps,
    counting_steps,
    cross_steps,
    culture_steps,
    mediation_steps,
    merge_steps,
    report_steps,
    score_steps,
    task_steps,
)
from isogloss.pipelines.reporting.nodes import copy_table, stack_tables
from isogloss.provenance import trace_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from isogloss.study_rooms import MediationStudy

    Step = tuple[Callable[..., object], list[str] | dict[str, str], str]

ROOM = "reporting"
# The rooms that these reports are on, so that `--tags merging` runs both without alignment.
ALIGNMENT, MERGING, CULTURAL = "alignment", "merging", "cultural"
COUNTING, MEDIATION = "counting", "mediation"
STUDIES = [ALIGNMENT, MERGING, CULTURAL, COUNTING, MEDIATION]
QUESTIONS = frozenset({"belebele", "mmlu"})
TRACED = ("_cells", "scoreboard", "scoreboard_comparison", "claims", "cross_study")
"""How the tables are called, or what their names end with, that bring studies together."""


def create_pipeline(
    models: Sequence[str],
    profiled: Sequence[str] | None = None,
    scored: Sequence[str] | None = None,
    tasks: Collection[str] = QUESTIONS,
    merged: Sequence[str] = (),
    *,
    asked: bool = False,
    patched: MediationStudy | None = None,
    counters: Sequence[str] = (),
) -> Pipeline:
    """Make the pipeline that draws and describes the alignment of models and what goes with it.

    Args:
        models: that have been aligned.
        profiled: those of them that have a language profile (sentence vectors made elsewhere have
            none); None means all.
        scored: those of them that do the tasks; None means all.
        tasks: that they do; without any, neither tasks nor correlations are reported.
        merged: encoders whose classifiers were merged.
        asked: whether there are answers to the survey.
        counters: models that were asked to count.
        patched: in which models activations were patched, and what was done beside it.
    """
    others = [
        _merge_pipeline(merged),
        _culture_pipeline(asked=asked),
        _counting_pipeline(counters),
        _mediation_pipeline(patched),
    ]
    # Before alignment: without any model there is none, but there may be other studies.
    together = _score_pipeline()
    if not models:
        return _with_report(
            Pipeline([*others, *(together if any(one.nodes for one in others) else [])])
        )
    with_profile = list(models if profiled is None else profiled)
    with_scores = list(models if scored is None else scored) if tasks else []
    return _with_report(
        Pipeline(
            [
                _alignment_pipeline(models),
                _profile_pipeline(with_profile),
                _correlation_pipeline(with_scores, with_profile),
                _task_pipeline(with_scores, asked=not QUESTIONS.isdisjoint(tasks)),
                *others,
                *together,
                _cross_pipeline(models, with_profile, with_scores, tasks),
            ]
        )
    )


def create_comparison_pipeline(models: Sequence[str], scored: Sequence[str]) -> Pipeline:
    """Make the pipeline that compares the results of another run with those of this one.

    Args:
        models: that have been aligned, by which sentences are compared.
        scored: models that answer items, by which answers are compared.
    """
    nodes = _nodes(score_steps.comparison_steps(models, scored))
    return Pipeline(nodes + _twins(["scoreboard_comparison"]))


def _nodes(steps: Iterable[Step]) -> list[Node]:
    """Name nodes after their functions; tables over all studies note what they were made from."""
    return [
        Node(
            trace_sources(function) if output.endswith(TRACED) else function,
            inputs,
            output,
            name=function.__name__,
        )
        for function, inputs, output in steps
    ]


def _twins(tables: Iterable[str]) -> list[Node]:
    return [
        Node(copy_table, table, f"{table}_csv", name=f"copy_{table}_to_csv") for table in tables
    ]


def _stack(models: Sequence[str], table: str, stacked: str) -> Node:
    return Node(
        stack_tables, [f"{model}.{table}" for model in models], stacked, name=f"stack_{stacked}"
    )


def _for_each(
    models: Iterable[str], nodes: list[Node], inputs: set[str], parameters: set[str]
) -> list[Pipeline]:
    """Make the same nodes for every model; they read its tables, and these inputs of all."""
    return [
        Pipeline(nodes, namespace=model, tags=[model], inputs=inputs, parameters=parameters)
        for model in models
    ]


def _alignment_pipeline(models: Sequence[str]) -> Pipeline:
    own = _nodes(alignment_steps.list_own_steps()) + _twins(alignment_steps.OWN_CSV_TWINS)
    shared = [
        *alignment_steps.list_steps(), score_steps.ALIGNMENT_STEP, claim_steps.ALIGNMENT_STEP
    ]  # fmt: skip
    return Pipeline(
        [
            *_for_each(models, own, alignment_steps.SHARED, alignment_steps.SETTINGS),
            *(_stack(models, table, table) for table in alignment_steps.STACKED),
            *_nodes(shared),
            *_twins(alignment_steps.CSV_TWINS),
        ],
        tags=[ALIGNMENT],
    )


def _profile_pipeline(models: Sequence[str]) -> Pipeline:
    if not models:
        return Pipeline([])
    return Pipeline(
        [
            _stack(models, "language_profile", alignment_steps.PROFILES),
            *_nodes(alignment_steps.list_profile_steps()),
            *_twins([alignment_steps.PROFILES]),
        ],
        tags=[ALIGNMENT],
    )


def _task_pipeline(scored: Sequence[str], *, asked: bool) -> Pipeline:
    if not scored:
        return Pipeline([])
    own = _nodes(task_steps.list_own_steps(asked=asked))
    if asked:
        own += _twins(task_steps.QUESTION_CSV_TWINS)
    return Pipeline(
        [
            *_for_each(scored, own, alignment_steps.SHARED, alignment_steps.SETTINGS),
            *_nodes(task_steps.list_steps()),
            *_nodes([score_steps.TASK_STEP, claim_steps.TASK_STEP]),
            *_twins(task_steps.CSV_TWINS),
        ]
    )


def _correlation_pipeline(scored: Sequence[str], profiled: Sequence[str]) -> Pipeline:
    if not scored:
        return Pipeline([])
    nodes = _nodes(task_steps.list_correlation_steps()) + _twins(task_steps.CORRELATION_CSV_TWINS)
    if set(scored) & set(profiled):
        nodes += _nodes(task_steps.list_partial_steps()) + _twins(task_steps.PARTIAL_CSV_TWINS)
    return Pipeline(nodes)


def _cross_pipeline(
    models: Sequence[str], profiled: Sequence[str], scored: Sequence[str], tasks: Collection[str]
) -> Pipeline:
    """Set the alignment of models beside what the other studies found."""
    asked = [] if QUESTIONS.isdisjoint(tasks) else scored
    study = cross_steps.study_step(profiled=bool(profiled), asked=bool(asked))
    own, items = (
        _nodes([step]) for step in (cross_steps.PREDICTOR_STEP, cross_steps.EVIDENCE_STEP)
    )
    return Pipeline(
        [
            *_for_each(models, own, set(), cross_steps.SETTINGS),
            _stack(models, cross_steps.PREDICTOR, cross_steps.PREDICTOR),
            *_for_each(asked, items, set(), set()),
            *([_stack(asked, cross_steps.EVIDENCE, cross_steps.EVIDENCE)] if asked else []),
            *_nodes([study, *cross_steps.list_steps()]),
            *_twins(cross_steps.CSV_TWINS),
        ]
    )


def _score_pipeline() -> list[Pipeline]:
    """Bring all studies together, also where one of them alone is run."""
    nodes = _nodes([*score_steps.list_steps(), *claim_steps.list_steps()])
    nodes += _twins([*score_steps.CSV_TWINS, *claim_steps.CSV_TWINS])
    return [Pipeline(nodes, tags=STUDIES)]


def _with_report(studies: Pipeline) -> Pipeline:
    """Add the report: a section of each study that there is, and the page."""
    if not studies.nodes:
        return studies
    known = studies.datasets()
    sections = [
        (step, report_steps.TAGS.get(study, []))
        for study in report_steps.SECTIONS
        if (step := report_steps.section_step(study, known))
    ]
    page = _nodes([report_steps.report_step([step[2] for step, _ in sections])])
    return Pipeline(
        [
            studies,
            *(Pipeline(_nodes([step]), tags=tags) for step, tags in sections),
            # Also where one study alone is run: the sections of others lie there from before.
            Pipeline(page, tags=STUDIES),
        ],
        tags=[ROOM],
    )


def _merge_pipeline(encoders: Sequence[str]) -> Pipeline:
    if not encoders:
        return Pipeline([])
    score = score_steps.merge_step(merge_steps.CORPUS, merge_steps.CONFIDENCE)
    own = _nodes([*merge_steps.list_steps(), score]) + _twins(merge_steps.CSV_TWINS)
    claims = claim_steps.merge_step(merge_steps.CORPUS, merge_steps.CONFIDENCE)
    settings = {*merge_steps.SETTINGS, score_steps.SCOREBOARD}
    return Pipeline(
        [
            *_for_each(encoders, own, merge_steps.SHARED, settings),
            _stack(encoders, score_steps.MERGE_CELLS, "merging_cells"),
            *_nodes([*merge_steps.list_shared_steps(), claims]),
        ],
        tags=[MERGING],
    )


def _culture_pipeline(*, asked: bool) -> Pipeline:
    if not asked:
        return Pipeline([])
    twins = (*culture_steps.CSV_TWINS, *culture_steps.ORIGINAL_CSV_TWINS)
    nodes = _nodes(culture_steps.list_steps()) + _nodes(
        [score_steps.CULTURE_STEP, claim_steps.CULTURE_STEP]
    )
    return Pipeline([*nodes, *_twins(twins)], tags=[CULTURAL])


def _counting_pipeline(counters: Sequence[str]) -> Pipeline:
    if not counters:
        return Pipeline([])
    own = _nodes(counting_steps.list_own_steps())
    return Pipeline(
        [
            *_for_each(counters, own, alignment_steps.SHARED, alignment_steps.SETTINGS),
            *_nodes(counting_steps.list_steps()),
            *_nodes([score_steps.COUNTING_STEP, claim_steps.COUNTING_STEP]),
            *_twins(counting_steps.CSV_TWINS),
        ],
        tags=[COUNTING],
    )


def _mediation_pipeline(study: MediationStudy | None) -> Pipeline:
    if study is None or not study.models:
        return Pipeline([])
    own = _nodes(mediation_steps.list_own_steps(study.analyses))
    further = [mediation_steps.FURTHER_CSV_TWINS[name] for name in study.analyses]
    return Pipeline(
        [
            *_for_each(study.models, own, mediation_steps.SHARED, mediation_steps.SETTINGS),
            *_nodes([*mediation_steps.list_steps(), claim_steps.MEDIATION_STEP]),
            *_twins([*mediation_steps.CSV_TWINS, *further]),
        ],
        tags=[MEDIATION],
    )
