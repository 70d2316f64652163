"""Requests that are handed over in files: what goes into them, and what came of them."""

from __future__ import annotations

import logging
import shlex
from typing import TYPE_CHECKING

from isogloss.chat.batch_lines import join_lines, split_lines
from isogloss.chat.batch_state import Batch, BatchState, input_file, output_file
from isogloss.chat.budget import Budget
from isogloss.chat.contents import Failure
from isogloss.chat.records import ChatError, ChatRequest, request_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.chat.model import ChatModel
    from isogloss.chat.store import OpenStore

logger = logging.getLogger(__name__)


def refuse_what_is_under_way(
    chat: ChatModel, outstanding: Mapping[str, ChatRequest], store: OpenStore
) -> None:
    """Refuse to ask anew what another engine has handed over and not brought back yet.

    Raises:
        ChatError: names that engine.
    """
    state = BatchState(store.journal)
    for batch in state.under_way():
        if batch.engine == chat.specification.engine:
            continue
        if common := outstanding.keys() & state.bodies(batch).keys():
            raise ChatError(
                f"{len(common):,} requests to {chat.name} are in a batch under way. Set `engine: "
                f"{batch.engine}` in its catalog entry until their answers are there. To give them "
                f"up, delete {state.place}: they are then asked, and paid, once more."
            )


def hand_over(
    chat: ChatModel, outstanding: Mapping[str, ChatRequest], store: OpenStore, state: BatchState
) -> tuple[list[Batch], str]:
    """Write the requests that are in no batch yet into files, as far as the budget has room.

    Returns:
        All batches under way that hold outstanding requests, new ones included; and why some
        requests are in none, empty if all are.
    """
    budget = Budget(chat.specification, store.contents)
    batches: list[Batch] = []
    handed: set[str] = set()
    for batch in state.under_way():
        bodies = state.bodies(batch)
        # It will be charged, whether this run waits for it or not.
        for body in bodies.values():
            budget.reserve(budget.estimate(body))
        if outstanding.keys() & bodies.keys():
            batches.append(batch)
            handed |= bodies.keys()
    lines, stopped = [], ""
    for key, request in outstanding.items():
        if key not in handed:
            body = chat.body(request)
            estimate = budget.estimate(body)
            if not budget.has_room(estimate):
                stopped = budget.describe()
                break
            budget.reserve(estimate)
            lines.append(request_line(key, body))
    batches += [state.plan(chat.specification.engine, part) for part in split_lines(lines)]
    return batches, stopped


def take_back(
    chat: ChatModel, batch: Batch, files: Sequence[bytes], store: OpenStore, state: BatchState
) -> int:
    """Keep what came of a batch: answers, failures, and requests that no line tells of.

    Args:
        chat: the model.
        batch: of which the files tell.
        files: contents of output and error files.
        store: takes answers and failures.
        state: in which the batch is finished then.

    Returns:
        Number of answers.
    """
    bodies = state.bodies(batch)
    budget = Budget(chat.specification, store.contents)
    joined = join_lines(files, bodies, store.scrubber)
    store.keep_answers(
        budget.priced(line, budget.estimate(bodies[key]), 0) for key, line in joined.answers.items()
    )
    missing = joined.missing(bodies)
    reasons = {**joined.failures, **dict.fromkeys(missing, ("the batch brought no line", False))}
    store.keep_failures(
        Failure(key, reason, permanent, chat.sent(bodies[key]))
        for key, (reason, permanent) in reasons.items()
    )
    state.finish(batch)
    as_expected = len(joined.answers) == len(bodies) and not joined.odd
    logger.log(
        logging.INFO if as_expected else logging.WARNING,
        "Batch %s of %d requests: %d answers, %d errors, %d without a line; %d repeated lines, "
        "%d of unknown requests, %d damaged.",
        *(batch.name, len(bodies), len(joined.answers), len(joined.failures), len(missing)),
        *(joined.repeated, joined.unknown, joined.damaged),
    )
    return len(joined.answers)


def ask_by_files(chat: ChatModel, outstanding: Mapping[str, ChatRequest], store: OpenStore) -> str:
    """Write requests to files for `vllm run-batch`, and read what it has written.

    Args:
        chat: a model whose engine is `vllm_batch`.
        outstanding: key -> request without an answer.
        store: takes answers and failures.

    Returns:
        The commands to run, the files that vLLM has not finished, or why requests are in no file;
        empty if all files are read.

    Raises:
        ChatError: if the store does not lie where vLLM can read and write.
    """
    folder = store.journal.folder
    if folder is None:
        raise ChatError(
            f"{chat.name}: `vllm run-batch` reads and writes files on a local disk, and "
            f"{store.journal.place} is none. Set responses_root to a folder on one, or ask a "
            "server (`vllm serve`)."
        )
    state = BatchState(store.journal)
    batches, stopped = hand_over(chat, outstanding, store, state)
    commands, unfinished = [], []
    for batch in batches:
        output = output_file(folder, batch)
        if output.exists():
            content = output.read_bytes()
            bodies = state.bodies(batch)
            # vLLM writes a line for each request, failed ones too
            lacking = len(join_lines([content], bodies, store.scrubber).missing(bodies))
            if lacking:
                unfinished.append(
                    f"  {output} lacks {lacking:,} of {len(bodies):,} requests: vLLM is still at "
                    "it, or was stopped."
                )
            else:
                take_back(chat, batch, [content], store, state)
        else:
            paths = [shlex.quote(str(path)) for path in (input_file(folder, batch), output)]
            model = shlex.quote(chat.specification.model)
            commands.append(
                f"  vllm run-batch --input-file {paths[0]} --output-file {paths[1]} --model {model}"
            )
    if commands:
        stopped = "\n".join(["Requests wait for vLLM. Run:", *commands, stopped]).rstrip()
    if unfinished:
        remedy = "Wait until it has ended; if it has, delete the file to have the command again."
        stopped = "\n".join(["Files of vLLM are not whole:", *unfinished, remedy, stopped]).rstrip()
    return stopped
