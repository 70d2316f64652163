"""What every setting may be: the name of a group of parameters, or of a place -> its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.alignment.parameters import AlignmentParameters
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.existing_examples_parameters import ExistingExamplesParameters
from isogloss.pipelines.counting.generation_parameters import CountingParameters
from isogloss.pipelines.counting.word_parameters import WordParameters
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from isogloss.pipelines.cultural.closed_parameters import ClosedSurveyParameters
from isogloss.pipelines.cultural.label_parameters import LabellingParameters
from isogloss.pipelines.cultural.prompt_parameters import (
    PromptTranslationParameters,
    SurveyPromptParameters,
)
from isogloss.pipelines.cultural.response_parameters import ResponseParameters
from isogloss.pipelines.cultural.truth_parameters import SurveyParameters
from isogloss.pipelines.ingestion.parameters import (
    IngestionParameters,
    IntentParameters,
    KnowledgeItemParameters,
    Languages,
    ReadingItemParameters,
    SentenceSampleParameters,
)
from isogloss.pipelines.mediation.effect_parameters import EffectParameters, ScreenParameters
from isogloss.pipelines.mediation.hypothesis_parameters import HypothesisParameters
from isogloss.pipelines.mediation.intervention_parameters import InterventionParameters
from isogloss.pipelines.mediation.pair_parameters import PairParameters
from isogloss.pipelines.mediation.probe_parameters import ProbeParameters
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from isogloss.pipelines.merging.finetuning_parameters import FinetuningParameters
from isogloss.pipelines.merging.parameters import MergingParameters
from isogloss.pipelines.merging.scoring_parameters import MergeScoringParameters
from isogloss.pipelines.reporting.parameters import (
    ComparisonParameters,
    CorrelationParameters,
    CrossStudyParameters,
    ReportingParameters,
    ScoreboardParameters,
)
from isogloss.pipelines.representation.parameters import RepresentationParameters
from isogloss.pipelines.tasks.comet_parameters import CometParameters
from isogloss.pipelines.tasks.parameters import (
    ItemAlignmentParameters,
    TaskParameters,
    TranslationParameters,
)
from isogloss.pipelines.tasks.prompts import PromptParameters
from isogloss.pipelines.tasks.translation_prompts import TranslationPrompts
from isogloss.study_parameters import (
    Device,
    LocalPlace,
    Name,
    Names,
    OptionalPlace,
    PatchingStudy,
    Place,
    Precision,
    ValueStudy,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

PARAMETERS: dict[str, type[BaseModel]] = {
    "alignment": AlignmentParameters,
    "closed_survey": ClosedSurveyParameters,
    "comet": CometParameters,
    "comparison": ComparisonParameters,
    "corpus": Name,
    "correlation": CorrelationParameters,
    "counters": Names,
    "counting": CountingParameters,
    "counting_benchmark": BenchmarkParameters,
    "counting_words": WordParameters,
    "cross_study": CrossStudyParameters,
    "cultural": ValueStudy,
    "cultural_analysis": AnalysisParameters,
    "existing_examples": ExistingExamplesParameters,
    "finetuning": FinetuningParameters,
    "ingestion": IngestionParameters,
    "intents": IntentParameters,
    "item_alignment": ItemAlignmentParameters,
    "knowledge": KnowledgeItemParameters,
    "languages": Languages,
    "mediation": PatchingStudy,
    "mediation_effects": EffectParameters,
    "mediation_hypotheses": HypothesisParameters,
    "mediation_interventions": InterventionParameters,
    "mediation_pairs": PairParameters,
    "mediation_probes": ProbeParameters,
    "mediation_screen": ScreenParameters,
    "mediation_summary": SummaryParameters,
    "merge_scoring": MergeScoringParameters,
    "merging": MergingParameters,
    "models": Names,
    "pivot": Name,
    "prompt_translation": PromptTranslationParameters,
    "prompts": PromptParameters,
    "reading": ReadingItemParameters,
    "reporting": ReportingParameters,
    "representation": RepresentationParameters,
    "scoreboard": ScoreboardParameters,
    "sentence_sample": SentenceSampleParameters,
    "stance_labelling": LabellingParameters,
    "survey": SurveyParameters,
    "survey_prompts": SurveyPromptParameters,
    "survey_responses": ResponseParameters,
    "tasks": TaskParameters,
    "translation": TranslationParameters,
    "translation_prompts": TranslationPrompts,
}
"""Of every parameter, whether or not a node of the study takes it."""

PLACES: dict[str, type[BaseModel]] = {
    "data_root": Place,
    "models_root": LocalPlace,
    "raw_data": Place,
    "survey_questions": Place,
    "prompt_tables": Place,
    "translated_prompts": Place,
    "word_tables": Place,
    "example_lists": Place,
    "responses_root": Place,
    "file_pattern": Place,
    "tiny_model": LocalPlace,
    "vllm_url": Place,
    "compare_with": OptionalPlace,
    "example_words": OptionalPlace,
    "device": Device,
    "dtype": Precision,
}
"""Of every setting of globals.yml."""
