"""Batch files: requests split by the limits of the Batch API, and answers joined by key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from isogloss.chat.json_lines import encode_line
from isogloss.chat.records import OK, fault_of_body
from isogloss.chat.tries import read_status
from isogloss.json_texts import parse_json

if TYPE_CHECKING:
    from isogloss.chat.scrubbing import Scrubber

MOST_REQUESTS = 50_000
MOST_BYTES = 190_000_000
"""Of an input file; OpenAI takes 200 MB, and somewhat less is safe whatever a megabyte is."""


def split_lines(lines: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Split requests into files that the Batch API takes."""
    part: list[Mapping[str, Any]] = []
    size = 0
    for line in lines:
        length = len(encode_line(line).encode()) + 1
        if part and (len(part) >= MOST_REQUESTS or size + length > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(line)
        size += length
    if part:
        yield part


@dataclass
class Joined:
    """What the lines of output and error files say about the requests of a batch.

    Attributes:
        answers: key -> line with an answer.
        failures: key -> reason and whether it is for good, of requests without an answer.
        repeated: further lines of the same request; the first answer counts.
        unknown: lines of requests that were not in the batch.
        damaged: lines that are no JSON object with a custom_id.
    """

    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    failures: dict[str, tuple[str, bool]] = field(default_factory=dict)
    repeated: int = 0
    unknown: int = 0
    damaged: int = 0

    @property
    def odd(self) -> int:
        """Number of lines that a server should not write."""
        return self.repeated + self.unknown + self.damaged

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Give the requests of which no line tells."""
        return [key for key in keys if key not in self.answers and key not in self.failures]


def join_lines(contents: Sequence[bytes], keys: Iterable[str], scrubber: Scrubber) -> Joined:
    """Join the lines of batch output files with their requests, by key and never by position.

    Args:
        contents: of output and error files.
        keys: of the requests in the batch.
        scrubber: masks the key of the server in reasons.
    """
    joined, known = Joined(), set(keys)
    for raw in (raw for content in contents for raw in content.split(b"\n") if raw.strip()):
        line = _parse(raw)
        if line is None:
            joined.damaged += 1
        elif line["custom_id"] not in known:
            joined.unknown += 1
        else:
            _take(joined, line, scrubber)
    for key in joined.answers.keys() & joined.failures.keys():
        del joined.failures[key]
    return joined


def _parse(raw: bytes) -> dict[str, Any] | None:
    try:
        line = parse_json(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) and isinstance(line.get("custom_id"), str) else None


def _take(joined: Joined, line: Mapping[str, Any], scrubber: Scrubber) -> None:
    key = line["custom_id"]
    stated = line.get("response")
    response: Mapping[str, Any] = stated if isinstance(stated, Mapping) else {}
    body, status = response.get("body"), response.get("status_code")
    fault = fault_of_body(body)
    if status == OK and not fault:
        joined.repeated += key in joined.answers
        joined.answers.setdefault(key, {**line, "error": None})
    elif not isinstance(status, int) or status == OK:
        error = line.get("error") or fault
        message = error.get("message") if isinstance(error, Mapping) else error
        joined.failures.setdefault(key, (scrubber.message(str(message)), False))
    else:
        outcome = read_status(status, json.dumps(body), {}, scrubber)
        joined.failures.setdefault(key, (outcome.reason, outcome.kind == "refused"))
