"""The dataset types that Kedro lacks: atomic files, resumable partitions, models, raw corpora."""

from isogloss.datasets.category_files import CategoryFilesDataset
from isogloss.datasets.chat_model import ChatModelDataset
from isogloss.datasets.classifier_folder import ClassifierFolderDataset
from isogloss.datasets.figure_folder import FigureFolderDataset
from isogloss.datasets.files import (
    AtomicCSVDataset,
    AtomicFigureDataset,
    AtomicJSONDataset,
    AtomicParquetDataset,
    AtomicTextDataset,
)
from isogloss.datasets.hub_classifiers import HubClassifiersDataset
from isogloss.datasets.hub_corpus import HubCorpusDataset
from isogloss.datasets.hub_items import HubFolderItemsDataset, HubItemsDataset
from isogloss.datasets.item_folder import ItemFolderDataset
from isogloss.datasets.language_model import LanguageModelDataset
from isogloss.datasets.markers import PartitionMarkersDataset
from isogloss.datasets.model_folders import ModelFoldersDataset
from isogloss.datasets.optional_json import OptionalJSONDataset
from isogloss.datasets.optional_partitions import OptionalPartitionsDataset
from isogloss.datasets.optional_table import OptionalTableDataset, OptionalTextTableDataset
from isogloss.datasets.partitions import ResumablePartitionsDataset
from isogloss.datasets.proofread_table import ProofreadCSVDataset
from isogloss.datasets.published_survey import (
    PublishedBenchmarksDataset,
    PublishedSurveyScoresDataset,
)
from isogloss.datasets.response_store import ResponseStoreDataset
from isogloss.datasets.survey_file import PublishedTruthDataset, SurveyFileDataset
from isogloss.datasets.text_files import TextFilesDataset
from isogloss.datasets.text_folder import TextFolderDataset
from isogloss.datasets.typology import TypologyDataset
from isogloss.datasets.vector_folder import VectorFolderDataset
from isogloss.datasets.word_folder import WordFolderDataset

__all__ = [
    "AtomicCSVDataset",
    "AtomicFigureDataset",
    "AtomicJSONDataset",
    "AtomicParquetDataset",
    "AtomicTextDataset",
    "CategoryFilesDataset",
    "ChatModelDataset",
    "ClassifierFolderDataset",
    "FigureFolderDataset",
    "HubClassifiersDataset",
    "HubCorpusDataset",
    "HubFolderItemsDataset",
    "HubItemsDataset",
    "ItemFolderDataset",
    "LanguageModelDataset",
    "ModelFoldersDataset",
    "OptionalJSONDataset",
    "OptionalPartitionsDataset",
    "OptionalTableDataset",
    "OptionalTextTableDataset",
    "PartitionMarkersDataset",
    "ProofreadCSVDataset",
    "PublishedBenchmarksDataset",
    "PublishedSurveyScoresDataset",
    "PublishedTruthDataset",
    "ResponseStoreDataset",
    "ResumablePartitionsDataset",
    "SurveyFileDataset",
    "TextFilesDataset",
    "TextFolderDataset",
    "TypologyDataset",
    "VectorFolderDataset",
    "WordFolderDataset",
]
