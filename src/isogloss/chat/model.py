"""The handle of a chat model: cheap to make and to pass around; making it sends nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from isogloss.chat.records import ChatError, ChatRequest
from isogloss.chat.scrubbing import Scrubber
from isogloss.partitions import digest

if TYPE_CHECKING:
    from isogloss.chat.specification import ChatSpecification

NO_KEY = "none"
"""What a server is sent that wants no key: the client insists on one."""
WHERE = "conf/local/credentials.yml"


class MissingKeyError(ChatError):
    """Nobody has given the key that asking some models takes.

    Args:
        names: of the models.
        remedy: what to do.
    """

    def __init__(self, names: Sequence[str], remedy: str) -> None:
        super().__init__(names, remedy)
        self.names, self.remedy = tuple(names), remedy

    def __str__(self) -> str:
        names = " and ".join(self.names)
        return f"Asking {names} takes a key, and there is none. {self.remedy}"


@dataclass(frozen=True)
class ChatModel:
    """A chat model of the zoo.

    Attributes:
        name: in the zoo.
        specification: where it answers, and within which limits.
        api_key: for its server; None looks in the environment. It is shown nowhere.
        credentials: name in credentials.yml under which a key was looked for and not found.

    Raises:
        ChatError: if the name cannot be a folder name.
    """

    name: str
    specification: ChatSpecification
    api_key: SecretStr | None = field(default=None, repr=False)
    credentials: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][\w-]*", self.name, re.ASCII):
            raise ChatError(
                f"{self.name!r} cannot name a model: use letters, digits, '_' and '-' only."
            )

    @property
    def family(self) -> str:
        """Under which models are compared."""
        return self.specification.family

    def key(self, request: ChatRequest) -> str:
        """Give the digest of what is asked of whom, under which the answer is stored."""
        return request.key(self.specification.model, self.specification.extra_body)

    def body(self, request: ChatRequest) -> dict[str, Any]:
        """Give what is sent to the server."""
        body = request.body(self.specification.model)
        if "max_tokens" in body:
            body[self.specification.max_tokens_name] = body.pop("max_tokens")
        return {**body, **self.specification.extra_body}

    def sent(self, body: Mapping[str, Any]) -> str:
        """Give a digest of what is sent where."""
        return digest(self.specification.url, body)

    def secret(self) -> str:
        """Give the key.

        Raises:
            MissingKeyError: if there is none; says where to write it.
        """
        found = self._find_key()
        if found is not None:
            return found
        variable = self.specification.key_variable
        if variable is None and not self.credentials:
            return NO_KEY
        name = self.credentials or "my_server"
        link = "" if self.credentials else f" and `credentials: {name}` into its catalog entry"
        or_variable = f", or set the environment variable {variable}" if variable else ""
        raise MissingKeyError(
            [self.name],
            f"Write this into {WHERE} (which git ignores){link}{or_variable}:\n{name}:\n"
            "  api_key: ...",
        )

    def scrubber(self) -> Scrubber:
        """Give what masks the key in texts of the server."""
        return Scrubber(self._find_key() or "")

    def _find_key(self) -> str | None:
        if self.api_key is not None:
            return self.api_key.get_secret_value()
        variable = self.specification.key_variable
        found = os.environ.get(variable, "").strip() if variable else ""
        return _checked_key(found, f"The environment variable {variable}") if found else None


def key_of_credentials(entry: str, given: Mapping[str, Any] | None) -> SecretStr | None:
    """Read the key from the credentials of a catalog entry, without ever repeating a value.

    Args:
        entry: name of the catalog entry, for messages.
        given: what credentials.yml holds for it.

    Raises:
        ChatError: if they hold anything but one key.
    """
    if given is None:
        return None
    key = given.get("api_key") if isinstance(given, Mapping) else None
    if not isinstance(key, str) or not key.strip() or set(given) != {"api_key"}:
        raise ChatError(
            f"The credentials of {entry} must hold one text, `api_key`, and nothing else. Correct "
            f"them in {WHERE}:\n<name of the credentials>:\n  api_key: ..."
        )
    return SecretStr(_checked_key(key.strip(), f"The api_key of {entry} in {WHERE}"))


def _checked_key(key: str, where: str) -> str:
    """Refuse what no header can carry; the library that sends it would repeat it in its error."""
    if not key.isascii() or not key.isprintable():
        raise ChatError(
            f"{where} holds what no key can: a line break, or a letter outside ASCII. Copy it anew."
        )
    return key
