"""Language models as catalog entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from isogloss.datasets.bases import ReadOnlyDataset
from isogloss.errors import Refusal
from isogloss.setting_errors import describe_problems

if TYPE_CHECKING:
    from isogloss.language_models import LanguageModel


class LanguageModelDataset(ReadOnlyDataset["LanguageModel"]):
    """A language model, loaded only when a node opens it.

    Args:
        name: under which its results are filed.
        filepath: folder for converted models and the record of resolved revisions.
        path: local folder with a model, or a GGUF file.
        metadata: for plugins such as kedro-viz; unused here.
        **specification: the other fields of `isogloss.language_models.ModelSpecification`.

    Raises:
        Refusal: names every field that does not fit.
    """

    why_read_only = "models in the zoo are read only"

    def __init__(
        self,
        *,
        name: str,
        filepath: str,
        path: str | None = None,
        metadata: dict[str, Any] | None = None,
        **specification: Any,
    ) -> None:
        from isogloss.language_models import LanguageModel, ModelSpecification

        given = {"path": path, **specification}
        try:
            checked = ModelSpecification.model_validate(given)
        except ValidationError as error:
            problems = describe_problems(f"{name}.lm", given, ModelSpecification, error)
            raise Refusal("In the model zoo: " + "\n".join(problems)) from None
        self._model = LanguageModel(name=name, specification=checked, models_root=filepath)
        self.metadata = metadata

    def load(self) -> LanguageModel:
        """Give the handle; nothing is read yet."""
        return self._model

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"name": self._model.name, **self._model.specification.model_dump(mode="json")}
