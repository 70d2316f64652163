"""Chat models as catalog entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from isogloss.datasets.bases import ReadOnlyDataset
from isogloss.errors import Refusal
from isogloss.setting_errors import describe_problems
from isogloss.zoo import ABSENT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from isogloss.chat import ChatModel

MAY_HOLD_KEYS = ("api_key_variable", "base_url", "extra_body")


class ChatModelDataset(ReadOnlyDataset["ChatModel"]):
    """A chat model behind a server; it is reached only when a request goes out.

    Args:
        name: under which its results are filed.
        credentials: `api_key`, from credentials.yml; without them the key is looked for in the
            environment.
        metadata: for plugins such as kedro-viz; unused here.
        **specification: the fields of `isogloss.chat.ChatSpecification`.

    Raises:
        Refusal: names every field that does not fit; never repeats what may be a key.
    """

    why_read_only = "models in the zoo are read only"

    def __init__(
        self,
        *,
        name: str,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        **specification: Any,
    ) -> None:
        from isogloss.chat import ChatModel, ChatSpecification
        from isogloss.chat.model import WHERE, key_of_credentials

        entry = f"{name}.chat"
        absent = str(credentials[ABSENT]) if credentials and ABSENT in credentials else ""
        key = None if absent else key_of_credentials(entry, credentials)
        try:
            checked = ChatSpecification.model_validate(specification)
        except ValidationError as error:
            given = _without_secrets(specification, ChatSpecification.model_fields)
            problems = describe_problems(entry, given, ChatSpecification, error)
            raise Refusal(
                "In the model zoo: " + "\n".join(problems) + f"\nA key stands in {WHERE} alone."
            ) from None
        self._model = ChatModel(name, checked, key, credentials=absent)
        self.metadata = metadata

    def load(self) -> ChatModel:
        """Give the handle; nothing is sent yet."""
        return self._model

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"name": self._model.name, **self._model.specification.model_dump(mode="json")}


def _without_secrets(given: Mapping[str, Any], declared: Collection[str]) -> dict[str, Any]:
    """Hide the values of fields in which somebody may have written a key, for messages."""
    return {
        name: value if name in declared and name not in MAY_HOLD_KEYS else "(not shown)"
        for name, value in given.items()
    }
