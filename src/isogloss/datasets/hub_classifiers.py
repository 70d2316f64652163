"""Fine-tuned classifiers on the Hugging Face hub, one repository or subfolder a locale."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from isogloss.classifier_names import BASE, classifier_name
from isogloss.datasets.existing_classifiers import (
    ExistingClassifiersDataset,
    as_pattern,
    as_words,
    fill_pattern,
)
from isogloss.datasets.local_copies import LocalCopy
from isogloss.errors import Refusal
from isogloss.language_models.hub import LOCK_FILE, download, lock_key
from isogloss.language_models.storage import read_record
from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class HubPlace(NamedTuple):
    """Where a model lies on the hub.

    Attributes:
        name: of the repository.
        subfolder: in it; empty for its root.
        revision: commit, tag or branch; None is the main branch.
    """

    name: str
    subfolder: str = ""
    revision: str | None = None


class HubClassifiersDataset(ExistingClassifiersDataset):
    """Classifiers on the hub; configuration, safetensors and tokenizer are fetched, nothing else.

    The first use of a repository writes its commit to `models.lock.json` in `models_root`; later
    ones refuse another commit. Locales whose classifier cannot be had are failures. For private
    repositories set `HF_TOKEN` or run `hf auth login`.

    Args:
        name: of the repositories, with `{locale}`, or `<locale>`, which means the same.
        locales: names.
        models_root: folder of the record of commits.
        subfolder: of a repository in which the model lies, with `{locale}` if it depends on it.
        revision: of all, with `{locale}` if it depends on it; or locale -> revision.
        base: `name`, `subfolder` and `revision` of what all were fine-tuned from: a classifier
            too, with its untrained output layer. Without it only linear merges can be made.
        labels: names of the classes by number, where the configurations do not name them.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        name: str,
        locales: str | Sequence[str],
        models_root: str,
        subfolder: str = "",
        revision: str | Mapping[str, str] | None = None,
        base: Mapping[str, Any] | None = None,
        labels: Sequence[str] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(labels)
        patterns = [name, subfolder, *([revision] if isinstance(revision, str) else [])]
        as_pattern("".join(patterns))
        if strange := sorted({*(base or {})} - {*HubPlace._fields}):
            raise Refusal(
                f"There is no setting 'base.{strange[0]}' of classifiers on the hub; there are "
                f"{', '.join(HubPlace._fields)}."
            )
        self._name, self._subfolder, self._revision = name, subfolder, revision
        self._locales = as_words(locales)
        if not self._locales:
            raise Refusal(f"Name the locales of the classifiers '{name}' on the hub: `locales`.")
        self._models_root = Path(models_root)
        self._base = HubPlace(**base) if base else None
        self.metadata = metadata

    def _places(self) -> tuple[Mapping[str, Callable[[], LocalCopy]], Mapping[str, str]]:
        return {
            classifier_name(locale, 0): partial(self._download, classifier_name(locale, 0), place)
            for locale, place in self._all().items()
        }, {}

    def _all(self) -> dict[str, HubPlace]:
        """Give where everything lies: locale, or `base` -> place."""
        places = {BASE: self._base} if self._base else {}
        return places | {locale: self._place(locale) for locale in self._locales}

    def _place(self, locale: str) -> HubPlace:
        given = self._revision
        revision = given if given is None or isinstance(given, str) else given.get(locale)
        return HubPlace(
            fill_pattern(self._name, locale),
            fill_pattern(self._subfolder, locale),
            None if revision is None else fill_pattern(revision, locale),
        )

    def _download(self, name: str, place: HubPlace) -> LocalCopy:
        folder, _ = download(
            name, place.name, place.revision, self._models_root, subfolder=place.subfolder
        )
        return LocalCopy(folder)

    def content_version(self) -> str | None:
        """Give what changes whenever a commit does; None if none has been taken yet."""
        locked = read_record(self._models_root / LOCK_FILE)
        keys = {lock_key(place.name, place.revision) for place in self._all().values()}
        found = {key: locked[key] for key in sorted(keys) if key in locked}
        return digest(found) if found else None

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"name": self._name, "subfolder": self._subfolder, "revision": self._revision}
