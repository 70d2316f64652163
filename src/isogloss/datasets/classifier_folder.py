"""Folders with one fine-tuned classifier a locale."""

from __future__ import annotations

import glob
import re
from functools import partial
from pathlib import Path
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
from isogloss.datasets.patterns import to_expression, with_braces
from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Key = tuple[str, int]

SUFFIX = ".safetensors"
NAMES_SHOWN = 5


class ClassifierFolderDataset(ExistingClassifiersDataset):
    """Classifiers in folders as `save_pretrained` writes them, or files as isogloss does.

    A folder has `config.json`, `model.safetensors` (or shards with their index) and the files of
    the tokenizer. Folders that match the pattern but hold no such model are failures, and so are
    locales that were asked for and have none.

    Args:
        filepath: the folder in which they all lie; a local one.
        pattern: where each lies below it, with `{locale}`, as often as it occurs, and `{seed}`
            where there are several seeds (else it is 0). `<locale>` and `<seed>` mean the same.
        base: where below `filepath` that lies which all were fine-tuned from: a classifier too,
            with its untrained output layer; with `{seed}` if each seed has its own. Without it
            only linear merges can be made. A locale called `base` is taken for it too.
        locales: names, or `all` that are found.
        labels: names of the classes by number, where the configurations do not name them.
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
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(labels)
        self._root = Path(filepath)
        self._pattern = as_pattern(pattern)
        self._base = with_braces(base, PLACEHOLDERS) if base is not None else None
        self._locales = as_words(locales)
        self.metadata = metadata

    def _places(self) -> tuple[Mapping[str, Callable[[], Path]], Mapping[str, str]]:
        found = dict(self._matches())
        if all(locale == BASE for locale, _ in found):
            raise ClassifiersError(self._nothing())
        seeds = sorted({seed for _, seed in found})
        bases = {(BASE, seed): path for seed in seeds if (path := self._base_path(seed))}
        wanted = {key: path for key, path in found.items() if self._wants(key[0])}
        absent = {
            classifier_name(*key): (
                f"{self._root / fill_pattern(self._pattern, *key)} does not exist. Put the "
                f"classifier of {key[0]} there, or leave {key[0]} out of `locales` in the catalog."
            )
            for key in self._asked(seeds)
            if key not in found
        }
        places = {
            classifier_name(*key): partial(Path, path) for key, path in (wanted | bases).items()
        }
        return places, absent

    def _matches(self) -> Iterator[tuple[Key, Path]]:
        """Go through what is named like the pattern, but for the base, in alphabetical order."""
        parts = re.split(rf"\{{(?:{PLACEHOLDERS})\}}", self._pattern)
        expression = to_expression(self._pattern, PLACEHOLDERS)
        for path in sorted(self._root.glob("*".join(map(glob.escape, parts)))):
            name = path.relative_to(self._root).as_posix()
            match = expression.fullmatch(name)
            is_base = self._base is not None and to_expression(self._base, "seed").fullmatch(name)
            if match and not is_base and (path.is_dir() or path.suffix == SUFFIX):
                fields = match.groupdict()
                seed = fields.get("seed", "0")
                # 01 would be another name for the seed 1.
                if seed.isdecimal() and seed == str(int(seed)):
                    yield (fields["locale"], int(seed)), path

    def _base_path(self, seed: int) -> Path | None:
        return self._root / self._base.replace(SEED, str(seed)) if self._base is not None else None

    def _asked(self, seeds: Sequence[int]) -> Iterator[Key]:
        """Go through what must be there: every locale that was named, in every seed."""
        for locale in self._locales:
            if locale != ALL:
                yield from ((locale, seed) for seed in seeds)

    def _wants(self, locale: str) -> bool:
        return ALL in self._locales or locale in (*self._locales, BASE)

    def _nothing(self) -> str:
        if not self._root.is_dir():
            return (
                f"The folder of classifiers {self._root} does not exist. Put one classifier a "
                f"locale into it, named like '{self._pattern}'; or name another folder in the "
                "catalog; or set merging.sources=trained, to have them made."
            )
        names = sorted(path.name for path in self._root.iterdir())
        return (
            f"Nothing in {self._root} is named like '{self._pattern}' "
            f"(found: {', '.join(names[:NAMES_SHOWN]) or 'nothing'}). Mend the names, or `pattern` "
            "of these classifiers in the catalog."
        )

    def content_version(self) -> str | None:
        """Give what changes whenever a file of a classifier does; None if there is none."""
        found = dict(self._matches())
        bases = (self._base_path(seed) for _, seed in found)
        paths = {*found.values(), *(path for path in bases if path is not None)}
        files = [
            file
            for path in sorted(paths)
            for file in ([path] if path.is_file() else sorted(path.glob("*")))
        ]
        states = [(file.relative_to(self._root).as_posix(), file.stat()) for file in files]
        stamps = [(name, state.st_size, state.st_mtime_ns) for name, state in states]
        return digest(stamps) if stamps else None

    def _exists(self) -> bool:
        return any(True for _ in self._matches())

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._root), "pattern": self._pattern, "base": self._base}
