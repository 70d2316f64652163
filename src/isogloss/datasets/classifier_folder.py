"""Folders with one fine-tuned classifier a locale."""

from __future__ import annotations

import glob
import re
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from isogloss.classifier_names import BASE, classifier_name
from isogloss.datasets.existing_classifiers import (
    ALL,
    LOCALE,
    PLACEHOLDERS,
    SEED,
    ClassifiersError,
    ExistingClassifiersDataset,
    as_pattern,
    as_words,
    fill_pattern,
)
from isogloss.datasets.local_copies import LocalCopy
from isogloss.datasets.patterns import to_expression, with_braces
from isogloss.datasets.storage import Storage
from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    Key = tuple[str, int]

SUFFIX = ".safetensors"
COPIED = (SUFFIX, ".json", ".txt", ".model")
"""Of a folder in a store: what a classifier and its tokenizer consist of."""
NAMES_SHOWN = 5


class ClassifierFolderDataset(ExistingClassifiersDataset):
    """Classifiers in folders as `save_pretrained` writes them, or files as isogloss does.

    A folder has `config.json`, `model.safetensors` (or shards with their index) and the files of
    the tokenizer. Folders that match the pattern but hold no such model are failures, and so are
    locales that were asked for and have none.

    Args:
        filepath: the folder in which they all lie; local path or URL. Those in a store are copied
            to this machine for as long as they are read.
        pattern: where each lies below it, with `{locale}`, as often as it occurs, and `{seed}`
            where there are several seeds (else it is 0). `<locale>` and `<seed>` mean the same.
        base: where below `filepath` that lies which all were fine-tuned from: a classifier too,
            with its untrained output layer; with `{seed}` if each seed has its own. Without it
            only linear merges can be made. A locale called `base` is taken for it too.
        locales: names, or `all` that are found.
        labels: names of the classes by number, where the configurations do not name them.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        filepath: str,
        pattern: str = LOCALE,
        base: str | None = None,
        locales: str | Sequence[str] = ALL,
        labels: Sequence[str] | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(labels)
        self._storage = Storage(filepath, credentials)
        self._pattern = as_pattern(pattern)
        self._base = with_braces(base, PLACEHOLDERS) if base is not None else None
        self._locales = as_words(locales)
        self.metadata = metadata

    def _places(self) -> tuple[Mapping[str, Callable[[], LocalCopy]], Mapping[str, str]]:
        found = dict(self._matches())
        if all(locale == BASE for locale, _ in found):
            raise ClassifiersError(self._nothing())
        seeds = sorted({seed for _, seed in found})
        bases = {(BASE, seed): path for seed in seeds if (path := self._base_path(seed))}
        wanted = {key: path for key, path in found.items() if self._wants(key[0])}
        absent = {
            classifier_name(*key): (
                f"{self._storage.child(fill_pattern(self._pattern, *key))} does not exist. Put the "
                f"classifier of {key[0]} there, or leave {key[0]} out of `locales` in the catalog."
            )
            for key in self._asked(seeds)
            if key not in found
        }
        places = {
            classifier_name(*key): partial(self._fetch, path)
            for key, path in (wanted | bases).items()
        }
        return places, absent

    def _fetch(self, path: str) -> LocalCopy:
        if self._storage.is_local:
            return LocalCopy(Path(path))
        if path.endswith(SUFFIX):
            return self._storage.copy(path)
        return self._storage.copy_folder(path, COPIED)

    def _matches(self) -> Iterator[tuple[Key, str]]:
        """Go through what is named like the pattern, but for the base, in alphabetical order."""
        expression = to_expression(self._pattern, PLACEHOLDERS)
        for name, is_folder in sorted(self._names()):
            match = expression.fullmatch(name)
            is_base = self._base is not None and to_expression(self._base, "seed").fullmatch(name)
            if match and not is_base and (is_folder or name.endswith(SUFFIX)):
                fields = match.groupdict()
                seed = fields.get("seed", "0")
                # 01 would be another name for the seed 1.
                if seed.isdecimal() and seed == str(int(seed)):
                    yield (fields["locale"], int(seed)), self._storage.child(name)

    def _names(self) -> Collection[tuple[str, bool]]:
        """Give the names that may fit the pattern, each with whether it is a folder."""
        if self._storage.is_local:
            root = Path(self._storage.path)
            parts = re.split(rf"\{{(?:{PLACEHOLDERS})\}}", self._pattern)
            paths = root.glob("*".join(map(glob.escape, parts)))
            return [(path.relative_to(root).as_posix(), path.is_dir()) for path in paths]
        # A store has no folders but in the names of its files.
        root_length = len(self._storage.path.rstrip("/")) + 1
        files = [path[root_length:] for path in self._storage.find(self._storage.path)]
        folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
        return {(name, False) for name in files} | {(name, True) for name in folders - {"."}}

    def _base_path(self, seed: int) -> str | None:
        if self._base is None:
            return None
        return self._storage.child(self._base.replace(SEED, str(seed)))

    def _asked(self, seeds: Sequence[int]) -> Iterator[Key]:
        """Go through what must be there: every locale that was named, in every seed."""
        for locale in self._locales:
            if locale != ALL:
                yield from ((locale, seed) for seed in seeds)

    def _wants(self, locale: str) -> bool:
        return ALL in self._locales or locale in (*self._locales, BASE)

    def _nothing(self) -> str:
        root = self._storage.path
        if not self._storage.exists(root):
            return (
                f"The folder of classifiers {root} does not exist. Put one classifier a "
                f"locale into it, named like '{self._pattern}'; or name another folder in the "
                "catalog; or set merging.sources=trained, to have them made."
            )
        names = self._storage.names(root)
        return (
            f"Nothing in {root} is named like '{self._pattern}' "
            f"(found: {', '.join(names[:NAMES_SHOWN]) or 'nothing'}). Mend the names, or `pattern` "
            "of these classifiers in the catalog."
        )

    def content_version(self) -> str | None:
        """Give what changes whenever a file of a classifier does; None if there is none."""
        found = dict(self._matches())
        bases = (self._base_path(seed) for _, seed in found)
        paths = sorted({*found.values(), *(path for path in bases if path is not None)})
        versions = [sorted(self._storage.versions_below(path).items()) for path in paths]
        return digest(versions) if any(versions) else None

    def _exists(self) -> bool:
        return any(True for _ in self._matches())

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._storage.path, "pattern": self._pattern, "base": self._base}
